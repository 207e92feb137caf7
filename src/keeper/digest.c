/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 and HMAC-SHA-256 with the thread's contexts. */
#include "keeper/digest.h"

#include "keeper/evp_int.h"

enum iam_status iam_sha256(struct iam_str s, uint8_t ret[IAM_SHA256_BYTES])
{
    struct keeper_evp *e = keeper_evp_get();
    IAM_ENSURE(e != NULL, IAM_IO);
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_DigestInit_ex2(e->md, e->sha256, NULL) != 1 ||
        EVP_DigestUpdate(e->md, s.p, s.len) != 1 || EVP_DigestFinal_ex(e->md, out, &len) != 1 ||
        len != IAM_SHA256_BYTES) {
        return IAM_IO;
    }
    memcpy(ret, out, IAM_SHA256_BYTES);
    return IAM_OK;
}

void iam_sha256_to_hex(const uint8_t bytes[IAM_SHA256_BYTES], char ret[IAM_SHA256_HEX_LEN + 1])
{
    iam_bytes_to_hex(bytes, IAM_SHA256_BYTES, ret);
    ret[IAM_SHA256_HEX_LEN] = '\0';
}

enum iam_status iam_sha256_hex(struct iam_str s, char ret[IAM_SHA256_HEX_LEN + 1])
{
    uint8_t bytes[IAM_SHA256_BYTES];
    IAM_TRY(iam_sha256(s, bytes));
    iam_sha256_to_hex(bytes, ret);
    return IAM_OK;
}

enum iam_status iam_hmac_sha256(struct iam_str key, struct iam_str s, uint8_t ret[IAM_SHA256_BYTES])
{
    struct keeper_evp *e = keeper_evp_get();
    IAM_ENSURE(e != NULL, IAM_IO);
    uint8_t out[EVP_MAX_MD_SIZE];
    size_t len = 0;
    if (EVP_MAC_init(e->hmac, (const unsigned char *)key.p, key.len, NULL) != 1 ||
        EVP_MAC_update(e->hmac, (const unsigned char *)s.p, s.len) != 1 ||
        EVP_MAC_final(e->hmac, out, &len, sizeof(out)) != 1 || len != IAM_SHA256_BYTES) {
        return IAM_IO;
    }
    memcpy(ret, out, IAM_SHA256_BYTES);
    return IAM_OK;
}
