/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MACs of rows of the store. A MAC is the ID of the key, and then an HMAC cut to what is left: 28
 * bytes. The key is of no generation: a rotation does not touch it.
 */
#include "base/ct.h"
#include "keeper/digest.h"
#include "keeper/keeper.h"
#include "keeper/keeper_int.h"

_Static_assert(IAM_ROW_CODE_BYTES == 32 && KEEPER_KEY_ID_BYTES == 4, "MACs are stored");

enum iam_status iam_keeper_row_mac(struct iam_keeper *k, struct iam_str bytes,
                                   uint8_t ret[IAM_ROW_CODE_BYTES])
{
    uint8_t id[KEEPER_KEY_ID_BYTES];
    struct iam_hmac_key key;
    uint8_t mac[IAM_SHA256_BYTES];

    (void)pthread_rwlock_rdlock(&k->lock);
    memcpy(id, k->ring.row_id, sizeof(id));
    key = k->ring.row_key;
    (void)pthread_rwlock_unlock(&k->lock);
    enum iam_status st = iam_hmac_with(&key, bytes, mac);
    iam_wipe(&key, sizeof(key));
    IAM_TRY(st);
    memcpy(ret, id, KEEPER_KEY_ID_BYTES);
    memcpy(ret + KEEPER_KEY_ID_BYTES, mac, IAM_ROW_CODE_BYTES - KEEPER_KEY_ID_BYTES);
    iam_wipe(mac, sizeof(mac));
    return IAM_OK;
}

enum iam_status iam_keeper_check_row_mac(struct iam_keeper *k, struct iam_str bytes,
                                         const uint8_t mac[IAM_ROW_CODE_BYTES])
{
    uint8_t ours[IAM_ROW_CODE_BYTES];

    IAM_TRY(iam_keeper_row_mac(k, bytes, ours));
    bool is_equal = iam_ct_equal(ours, mac, sizeof(ours));
    /* The right MAC of a row that was forged must not remain in memory. */
    iam_wipe(ours, sizeof(ours));
    return is_equal ? IAM_OK : IAM_CORRUPT;
}
