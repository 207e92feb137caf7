/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session tokens: the claims sealed for one access key ID, as base64.
 * INVARIANT: a token has one text. Its length is a multiple of four without padding, so that no
 * spare bits exist that could be changed unnoticed by the seal.
 */
#include <openssl/evp.h>

#include "base/ct.h"
#include "keeper/claims_int.h"
#include "keeper/keeper_int.h"

_Static_assert(CLAIMS_SECRET_BYTES == KEEPER_SECRET_BYTES, "one form of secrets");

static enum iam_status to_text(const uint8_t *bytes, size_t n, struct iam_arena *arena,
                               struct iam_str *ret)
{
    size_t len = n / 3 * 4;
    IAM_ENSURE(n % 3 == 0 && len <= IAM_SESSION_TOKEN_MAX, IAM_LIMIT);
    char *text = iam_arena_alloc(arena, len + 1);
    IAM_ENSURE(text != NULL, IAM_NOMEM);
    (void)EVP_EncodeBlock((unsigned char *)text, bytes, (int)n);
    *ret = (struct iam_str){ text, len };
    return IAM_OK;
}

/* Accepts only what to_text writes; libcrypto alone would skip white space and take padding. */
static bool is_token_text(struct iam_str s)
{
    if (s.len == 0 || s.len > IAM_SESSION_TOKEN_MAX || s.len % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (!iam_ascii_is_alnum(s.p[i]) && s.p[i] != '+' && s.p[i] != '/') {
            return false;
        }
    }
    return true;
}

static enum iam_status from_text(struct iam_str text, struct iam_arena *arena, struct iam_str *ret)
{
    IAM_ENSURE(is_token_text(text), IAM_CORRUPT);
    size_t len = text.len / 4 * 3;
    unsigned char *bytes = iam_arena_alloc(arena, len);
    IAM_ENSURE(bytes != NULL, IAM_NOMEM);
    int n = EVP_DecodeBlock(bytes, (const unsigned char *)text.p, (int)text.len);
    IAM_ENSURE(n == (int)len, IAM_CORRUPT);
    *ret = (struct iam_str){ (const char *)bytes, len };
    return IAM_OK;
}

static enum iam_status seal_claims(struct iam_keeper *k, const struct iam_session *session,
                                   size_t min_len, const uint8_t secret[CLAIMS_SECRET_BYTES],
                                   struct iam_arena *arena, struct iam_str *ret_token)
{
    const struct claims_padding padding = { .extra = KEEPER_SEAL_OVERHEAD,
                                            .min = (min_len + 3) / 4 * 3 };
    uint8_t plain[CLAIMS_MAX];
    uint8_t sealed[CLAIMS_MAX + KEEPER_SEAL_OVERHEAD];
    struct keeper_purpose_key key;
    size_t len = 0;
    enum iam_status st = claims_write(session, secret, &padding, plain, &len);
    if (st == IAM_OK) {
        keeper_newest_key(k, KEEPER_PURPOSE_SESSION, &key);
        st = keeper_seal(&key, session->access_key_id, (struct iam_str){ (const char *)plain, len },
                         sealed);
        iam_wipe(&key, sizeof(key));
    }
    iam_wipe(plain, sizeof(plain));
    IAM_TRY(st);
    IAM_TRY(to_text(sealed, len + KEEPER_SEAL_OVERHEAD, arena, ret_token));
    IAM_ASSERT(is_token_text(*ret_token));
    return IAM_OK;
}

enum iam_status iam_keeper_seal_session(struct iam_keeper *k, const struct iam_session *session,
                                        size_t min_len, struct iam_arena *arena,
                                        struct iam_str *ret_token,
                                        struct iam_secret_text *ret_secret)
{
    uint8_t secret[CLAIMS_SECRET_BYTES];
    IAM_TRY(iam_keeper_random(secret, sizeof(secret)));
    enum iam_status st = seal_claims(k, session, min_len, secret, arena, ret_token);
    if (st == IAM_OK) {
        keeper_secret_text(secret, ret_secret);
    }
    iam_wipe(secret, sizeof(secret));
    return st;
}

/* Returns what names a token in the caches. */
static struct iam_str fingerprint_of(struct iam_str sealed)
{
    return iam_str_sub(sealed, 1 + KEEPER_KEY_ID_BYTES, SESSION_FINGERPRINT_BYTES);
}

/*
 * Derives the signing key of a session. sealed was opened before: its salt and nonce are ours, and
 * no other token has them.
 */
static enum iam_status session_signing_key(struct iam_keeper *k, struct iam_str access_key_id,
                                           struct iam_str sealed,
                                           const uint8_t secret[CLAIMS_SECRET_BYTES],
                                           const struct iam_key_scope *scope,
                                           struct iam_signing_key *ret)
{
    struct key_cache_name name;
    key_cache_name_set(&name, access_key_id, scope, fingerprint_of(sealed));
    if (key_cache_get(&k->cache, &name, ret)) {
        return IAM_OK;
    }
    struct iam_secret_text text;
    keeper_secret_text(secret, &text);
    enum iam_status st =
        keeper_derive_signing_key((struct iam_str){ text.text, IAM_SECRET_TEXT_LEN }, scope, ret);
    iam_wipe(&text, sizeof(text));
    IAM_TRY(st);
    key_cache_put(&k->cache, &name, ret);
    return IAM_OK;
}

/*
 * Opens the claims into arena, where the secret is wiped once it was copied out; *ret_plain is what
 * is left.
 */
static enum iam_status open_claims(struct iam_keeper *k, struct iam_str access_key_id,
                                   struct iam_str sealed, struct iam_arena *arena,
                                   struct iam_session *ret, uint8_t ret_secret[CLAIMS_SECRET_BYTES],
                                   struct iam_str *ret_plain)
{
    IAM_ENSURE(sealed.len > KEEPER_SEAL_OVERHEAD, IAM_CORRUPT);
    size_t len = sealed.len - KEEPER_SEAL_OVERHEAD;
    uint8_t *plain = iam_arena_alloc(arena, len);
    IAM_ENSURE(plain != NULL, IAM_NOMEM);
    struct keeper_purpose_key key;
    IAM_TRY(keeper_key_of(k, KEEPER_PURPOSE_SESSION, sealed, &key));
    enum iam_status st = keeper_open(&key, access_key_id, sealed, plain);
    iam_wipe(&key, sizeof(key));
    IAM_TRY(st);

    struct iam_str text = { (const char *)plain, len };
    st = claims_read(text, arena, ret, ret_secret);
    /* Version and kind come before it; a shorter text was refused and holds no secret. */
    if (len >= 2 + CLAIMS_SECRET_BYTES) {
        iam_wipe(plain + 2, CLAIMS_SECRET_BYTES);
    }
    *ret_plain = text;
    return st;
}

/* Opens a token that is not known, and remembers it when it is good. */
static enum iam_status open_token(struct iam_keeper *k, struct iam_str access_key_id,
                                  struct iam_str token, const struct iam_key_scope *scope,
                                  struct iam_arena *arena, struct iam_session *session,
                                  struct iam_signing_key *ret_key)
{
    uint64_t epoch = session_cache_epoch(&k->sessions);
    uint8_t secret[CLAIMS_SECRET_BYTES] = { 0 };
    struct iam_str sealed;
    struct iam_str plain;

    IAM_TRY(from_text(token, arena, &sealed));
    IAM_TRY(open_claims(k, access_key_id, sealed, arena, session, secret, &plain));
    enum iam_status st = IAM_OK;
    if (scope != NULL) {
        st = session_signing_key(k, access_key_id, sealed, secret, scope, ret_key);
    }
    iam_wipe(secret, sizeof(secret));
    IAM_TRY(st);
    session_cache_put(&k->sessions, epoch, access_key_id, token, fingerprint_of(sealed), plain);
    return IAM_OK;
}

/* Reads a token that was opened before. IAM_NOT_FOUND: it was not, or not for this scope. */
static enum iam_status recall(struct iam_keeper *k, struct iam_str access_key_id,
                              struct iam_str token, const struct iam_key_scope *scope,
                              struct iam_arena *arena, struct iam_session *session,
                              struct iam_signing_key *ret_key)
{
    uint8_t no_secret[CLAIMS_SECRET_BYTES];
    struct session_cached known;
    struct key_cache_name name;
    struct iam_str plain;

    IAM_ENSURE(session_cache_get(&k->sessions, access_key_id, token, &known), IAM_NOT_FOUND);
    if (scope != NULL) {
        key_cache_name_set(
            &name, access_key_id, scope,
            (struct iam_str){ (const char *)known.fingerprint, sizeof(known.fingerprint) });
        IAM_ENSURE(key_cache_get(&k->cache, &name, ret_key), IAM_NOT_FOUND);
    }
    IAM_TRY(iam_arena_dup(arena, (struct iam_str){ (const char *)known.plain, known.len }, &plain));
    return claims_read(plain, arena, session, no_secret);
}

enum iam_status iam_keeper_open_session(struct iam_keeper *k, struct iam_str access_key_id,
                                        struct iam_str token, const struct iam_key_scope *scope,
                                        struct iam_arena *arena,
                                        const struct iam_session **ret_session,
                                        struct iam_signing_key *ret_key)
{
    if (scope != NULL) {
        IAM_TRY(keeper_check_scope(scope));
    }
    struct iam_session *session = iam_arena_zalloc(arena, 1, sizeof(*session));
    IAM_ENSURE(session != NULL, IAM_NOMEM);
    enum iam_status st = recall(k, access_key_id, token, scope, arena, session, ret_key);
    if (st == IAM_NOT_FOUND) {
        st = open_token(k, access_key_id, token, scope, arena, session, ret_key);
    }
    IAM_TRY(st);
    IAM_TRY(iam_arena_dup(arena, access_key_id, &session->access_key_id));
    *ret_session = session;
    return IAM_OK;
}
