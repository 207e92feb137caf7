/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of Markers. A code is made again and compared, so there is nothing to open. */
#include "base/ct.h"
#include "keeper/digest.h"
#include "keeper/keeper.h"
#include "keeper/keeper_int.h"

_Static_assert(IAM_MARKER_CODE_BYTES <= IAM_SHA256_BYTES, "a code is the beginning of an HMAC");

static enum iam_status code_of(const struct keeper_generation *g, struct iam_str bytes,
                               uint8_t ret[IAM_MARKER_CODE_BYTES])
{
    uint8_t mac[IAM_SHA256_BYTES];
    struct iam_str key = { (const char *)g->marker_key, sizeof(g->marker_key) };
    IAM_TRY(iam_hmac_sha256(key, bytes, mac));
    memcpy(ret, mac, IAM_MARKER_CODE_BYTES);
    iam_wipe(mac, sizeof(mac));
    return IAM_OK;
}

enum iam_status iam_keeper_marker_code(struct iam_keeper *k, struct iam_str bytes,
                                       uint8_t ret[IAM_MARKER_CODE_BYTES])
{
    (void)pthread_rwlock_rdlock(&k->lock);
    enum iam_status st = code_of(ring_newest(&k->ring), bytes, ret);
    (void)pthread_rwlock_unlock(&k->lock);
    return st;
}

/* Compares with the code of every generation, so that a rotation does not break a list. */
static enum iam_status check(const struct keeper_ring *ring, struct iam_str bytes,
                             const uint8_t code[IAM_MARKER_CODE_BYTES])
{
    bool is_ours = false;
    for (size_t i = 0; i < ring->count; i++) {
        uint8_t ours[IAM_MARKER_CODE_BYTES];
        IAM_TRY(code_of(&ring->items[i], bytes, ours));
        is_ours |= iam_ct_equal(ours, code, sizeof(ours));
        iam_wipe(ours, sizeof(ours));
    }
    return is_ours ? IAM_OK : IAM_CORRUPT;
}

enum iam_status iam_keeper_check_marker(struct iam_keeper *k, struct iam_str bytes,
                                        const uint8_t code[IAM_MARKER_CODE_BYTES])
{
    (void)pthread_rwlock_rdlock(&k->lock);
    enum iam_status st = check(&k->ring, bytes, code);
    (void)pthread_rwlock_unlock(&k->lock);
    return st;
}
