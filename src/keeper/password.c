/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/password.h"

#include <sodium.h>

#include "base/ct.h"
#include "keeper/random.h"

#define MEMORY_BYTES ((size_t)19 << 20)
#define PASSES 2
#define SALT_BYTES crypto_pwhash_SALTBYTES
#define HASH_BYTES 32
/* Of base64 without padding. */
#define SALT_CHARS 22
#define HASH_CHARS 43
#define BASE64 sodium_base64_VARIANT_ORIGINAL_NO_PADDING

/* How the text of a hash begins: it says what the hash was made with. */
static const struct iam_str PREFIX = IAM_STR_INIT("$argon2id$v=19$m=19456,t=2,p=1$");

_Static_assert(MEMORY_BYTES == 19456 * 1024 && PASSES == 2, "as in the prefix");
_Static_assert(sodium_base64_ENCODED_LEN(SALT_BYTES, BASE64) == SALT_CHARS + 1, "with a NUL");
_Static_assert(sodium_base64_ENCODED_LEN(HASH_BYTES, BASE64) == HASH_CHARS + 1, "with a NUL");

/* Returns what a hash was made with: prefix, salt and the sign after it; empty for none of ours. */
static struct iam_str made_with(struct iam_str hash)
{
    size_t len = PREFIX.len + SALT_CHARS + 1;
    bool is_ours =
        iam_str_starts(hash, PREFIX) && hash.len == len + HASH_CHARS && hash.p[len - 1] == '$';
    return is_ours ? iam_str_sub(hash, 0, len) : IAM_STR("");
}

/* Writes the text of a hash. */
static void write_text(const uint8_t salt[SALT_BYTES], const uint8_t hash[HASH_BYTES],
                       struct iam_password_hash *ret)
{
    char *p = ret->text;
    memset(ret, 0, sizeof(*ret));
    memcpy(p, PREFIX.p, PREFIX.len);
    p += PREFIX.len;
    (void)sodium_bin2base64(p, SALT_CHARS + 1, salt, SALT_BYTES, BASE64);
    p[SALT_CHARS] = '$';
    p += SALT_CHARS + 1;
    (void)sodium_bin2base64(p, HASH_CHARS + 1, hash, HASH_BYTES, BASE64);
}

static enum iam_status hash_with(struct iam_str password, const uint8_t salt[SALT_BYTES],
                                 struct iam_password_hash *ret)
{
    uint8_t hash[HASH_BYTES];
    IAM_ENSURE(password.len >= 1 && password.len <= IAM_PASSWORD_MAX, IAM_RANGE);
    /* Without it libsodium takes the slow implementation. Does nothing after the first time. */
    IAM_ENSURE(sodium_init() >= 0, IAM_IO);
    int failed = crypto_pwhash(hash, sizeof(hash), password.p, password.len, salt, PASSES,
                               MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    IAM_ENSURE(failed == 0, IAM_NOMEM);
    write_text(salt, hash, ret);
    iam_wipe(hash, sizeof(hash));
    return IAM_OK;
}

enum iam_status iam_password_hash(struct iam_str password, struct iam_password_hash *ret)
{
    uint8_t salt[SALT_BYTES];
    IAM_TRY(iam_keeper_random(salt, sizeof(salt)));
    return hash_with(password, salt, ret);
}

enum iam_status iam_password_hash_like(struct iam_str password, struct iam_str like,
                                       struct iam_password_hash *ret)
{
    uint8_t salt[SALT_BYTES];
    size_t len = 0;
    struct iam_str made = made_with(like);
    IAM_ENSURE(made.len > 0, IAM_CORRUPT);
    int failed = sodium_base642bin(salt, sizeof(salt), made.p + PREFIX.len, SALT_CHARS, NULL, &len,
                                   NULL, BASE64);
    IAM_ENSURE(failed == 0 && len == sizeof(salt), IAM_CORRUPT);
    return hash_with(password, salt, ret);
}

enum iam_status iam_password_verify(struct iam_str password, struct iam_str hash)
{
    struct iam_password_hash own;
    IAM_TRY(iam_password_hash_like(password, hash, &own));
    bool is_equal = iam_password_hash_equals(iam_str_c(own.text), hash);
    iam_wipe(&own, sizeof(own));
    return is_equal ? IAM_OK : IAM_CONFLICT;
}

bool iam_password_has_salt_of(struct iam_str hash, struct iam_str other)
{
    struct iam_str made = made_with(hash);
    return made.len > 0 && iam_str_eq(made, made_with(other));
}

bool iam_password_hash_equals(struct iam_str hash, struct iam_str other)
{
    return hash.len == other.len && iam_ct_equal(hash.p, other.p, hash.len);
}
