/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of keys. Laws: there are no more than the limit, and each is found by no more than itself.
 */
#include <stdlib.h>

#include "jose/jwks.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct iam_jwks *jwks)
{
    const struct iam_jose_algorithm *rs256 = iam_jose_algorithm_find(IAM_STR("RS256"));
    const struct iam_jwk *found = iam_jwks_find(jwks, iam_str_absent(), rs256);
    ENSURE(iam_jwks_count(jwks) <= IAM_JWKS_MAX_KEYS);
    ENSURE(iam_jwks_has(jwks, iam_str_absent()) == (iam_jwks_count(jwks) > 0));
    if (found != NULL) {
        int bits = EVP_PKEY_get_bits(found->key);
        ENSURE(EVP_PKEY_get_base_id(found->key) == EVP_PKEY_RSA);
        ENSURE(bits >= IAM_JWK_RSA_MIN_BITS && bits <= IAM_JWK_RSA_MAX_BITS);
        ENSURE(!iam_str_is_set(found->kid) || iam_jwks_has(jwks, found->kid));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_jwks *jwks;
    if (iam_jwks_read((struct iam_str){ (const char *)data, size }, &jwks) == IAM_OK) {
        check(jwks);
        iam_jwks_unref(jwks);
    }
    return 0;
}
