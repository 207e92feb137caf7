/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MACs of rows of the store. A MAC is the ID of the key, and then an HMAC cut to what is left: 28
 * bytes. The key is of no generation: a rotation does not touch it.
 */
#include "base/ct.h"
#include "keeper/digest.h"
#include "keeper/evp_int.h"
#include "keeper/keeper.h"
#include "keeper/keeper_int.h"

_Static_assert(IAM_ROW_CODE_BYTES == 32 && KEEPER_KEY_ID_BYTES == 4, "MACs are stored");

/* Starts an HMAC. To give a context its key costs as much as a MAC, so it keeps the last one. */
static bool start(struct keeper_evp *e, const struct keeper_ring *ring)
{
    if (e->row_serial == ring->row_serial) {
        return EVP_MAC_init(e->row, NULL, 0, NULL) == 1;
    }
    e->row_serial = 0;
    if (EVP_MAC_init(e->row, ring->row_key, sizeof(ring->row_key), NULL) != 1) {
        return false;
    }
    e->row_serial = ring->row_serial;
    return true;
}

enum iam_status iam_keeper_row_mac(struct iam_keeper *k, struct iam_str bytes,
                                   uint8_t ret[IAM_ROW_CODE_BYTES])
{
    struct keeper_evp *e = keeper_evp_get();
    uint8_t id[KEEPER_KEY_ID_BYTES];
    uint8_t mac[EVP_MAX_MD_SIZE];
    size_t len = 0;

    IAM_ENSURE(e != NULL, IAM_IO);
    (void)pthread_rwlock_rdlock(&k->lock);
    bool is_started = start(e, &k->ring);
    memcpy(id, k->ring.row_id, sizeof(id));
    (void)pthread_rwlock_unlock(&k->lock);
    IAM_ENSURE(is_started && EVP_MAC_update(e->row, (const uint8_t *)bytes.p, bytes.len) == 1 &&
                   EVP_MAC_final(e->row, mac, &len, sizeof(mac)) == 1 && len == IAM_SHA256_BYTES,
               IAM_IO);
    memcpy(ret, id, KEEPER_KEY_ID_BYTES);
    memcpy(ret + KEEPER_KEY_ID_BYTES, mac, IAM_ROW_CODE_BYTES - KEEPER_KEY_ID_BYTES);
    return IAM_OK;
}

enum iam_status iam_keeper_check_row_mac(struct iam_keeper *k, struct iam_str bytes,
                                         const uint8_t mac[IAM_ROW_CODE_BYTES])
{
    uint8_t ours[IAM_ROW_CODE_BYTES];

    IAM_TRY(iam_keeper_row_mac(k, bytes, ours));
    return iam_ct_equal(ours, mac, sizeof(ours)) ? IAM_OK : IAM_CORRUPT;
}
