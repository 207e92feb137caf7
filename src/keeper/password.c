/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/password.h"

#include <sodium.h>

#define MEMORY_BYTES ((size_t)19 << 20)
#define PASSES 2

_Static_assert(sizeof(((struct iam_password_hash *)NULL)->text) == crypto_pwhash_STRBYTES,
               "a hash fits exactly");

enum iam_status iam_password_hash(struct iam_str password, struct iam_password_hash *ret)
{
    IAM_ENSURE(password.len >= 1 && password.len <= IAM_PASSWORD_MAX, IAM_RANGE);
    /* Without it libsodium takes the slow implementation. Does nothing after the first time. */
    IAM_ENSURE(sodium_init() >= 0, IAM_IO);
    int failed = crypto_pwhash_str_alg(ret->text, password.p, password.len, PASSES, MEMORY_BYTES,
                                       crypto_pwhash_ALG_ARGON2ID13);
    return failed == 0 ? IAM_OK : IAM_NOMEM;
}
