/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/algorithm.h"

#define S(text) IAM_STR_INIT(text)
#define RSA(text, md, pss)                                                \
    {                                                                     \
        .name = S(text), .kty = S("RSA"), .digest = (md), .is_pss = (pss) \
    }
#define EC(text, curve, md, bytes)                                                                \
    {                                                                                             \
        .name = S(text), .kty = S("EC"), .crv = S(curve), .digest = (md), .number_bytes = (bytes) \
    }

static const struct iam_jose_algorithm algorithms[] = {
    RSA("RS256", EVP_sha256, false),      RSA("RS384", EVP_sha384, false),
    RSA("RS512", EVP_sha512, false),      RSA("PS256", EVP_sha256, true),
    EC("ES256", "P-256", EVP_sha256, 32), EC("ES384", "P-384", EVP_sha384, 48),
    EC("ES512", "P-521", EVP_sha512, 66),
};

const struct iam_jose_algorithm *iam_jose_algorithm_find(struct iam_str name)
{
    for (size_t i = 0; i < IAM_COUNT(algorithms); i++) {
        if (iam_str_eq(algorithms[i].name, name)) {
            return &algorithms[i];
        }
    }
    return NULL;
}
