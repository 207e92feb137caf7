/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MACs of rows of the store. A MAC is the ID of the master key, and then an HMAC cut to what is
 * left: 28 bytes. It names the key, so that rows can be given another one while both are known.
 */
#include "base/ct.h"
#include "keeper/digest.h"
#include "keeper/keeper.h"
#include "keeper/keeper_int.h"

_Static_assert(IAM_ROW_CODE_BYTES == 32 && KEEPER_KEY_ID_BYTES == 4, "MACs are stored");

enum iam_status iam_keeper_row_mac(const struct iam_keeper *k, struct iam_str bytes,
                                   uint8_t ret[IAM_ROW_CODE_BYTES])
{
    uint8_t mac[IAM_SHA256_BYTES];
    struct iam_str key = { (const char *)k->row_key, sizeof(k->row_key) };

    IAM_TRY(iam_hmac_sha256(key, bytes, mac));
    memcpy(ret, k->secret_key.key_id, KEEPER_KEY_ID_BYTES);
    memcpy(ret + KEEPER_KEY_ID_BYTES, mac, IAM_ROW_CODE_BYTES - KEEPER_KEY_ID_BYTES);
    return IAM_OK;
}

enum iam_status iam_keeper_check_row_mac(const struct iam_keeper *k, struct iam_str bytes,
                                         const uint8_t mac[IAM_ROW_CODE_BYTES])
{
    uint8_t ours[IAM_ROW_CODE_BYTES];

    IAM_TRY(iam_keeper_row_mac(k, bytes, ours));
    return iam_ct_equal(ours, mac, sizeof(ours)) ? IAM_OK : IAM_CORRUPT;
}
