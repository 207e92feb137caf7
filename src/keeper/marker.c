/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of Markers. A code is made again and compared, so there is nothing to open. */
#include "base/ct.h"
#include "keeper/digest.h"
#include "keeper/keeper.h"
#include "keeper/keeper_int.h"

_Static_assert(IAM_MARKER_CODE_BYTES <= IAM_SHA256_BYTES, "a code is the beginning of an HMAC");

enum iam_status iam_keeper_marker_code(const struct iam_keeper *k, struct iam_str bytes,
                                       uint8_t ret[IAM_MARKER_CODE_BYTES])
{
    uint8_t mac[IAM_SHA256_BYTES];
    struct iam_str key = { (const char *)k->marker_key, sizeof(k->marker_key) };
    IAM_TRY(iam_hmac_sha256(key, bytes, mac));
    memcpy(ret, mac, IAM_MARKER_CODE_BYTES);
    iam_wipe(mac, sizeof(mac));
    return IAM_OK;
}

enum iam_status iam_keeper_check_marker(const struct iam_keeper *k, struct iam_str bytes,
                                        const uint8_t code[IAM_MARKER_CODE_BYTES])
{
    uint8_t ours[IAM_MARKER_CODE_BYTES];
    IAM_TRY(iam_keeper_marker_code(k, bytes, ours));
    bool is_ours = iam_ct_equal(ours, code, sizeof(ours));
    iam_wipe(ours, sizeof(ours));
    return is_ours ? IAM_OK : IAM_CORRUPT;
}
