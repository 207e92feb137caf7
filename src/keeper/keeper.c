/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and freeing the keeper, and the secrets of long-term access keys. Sessions are in
 * session_token.c.
 */
#include "keeper/keeper.h"

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/ct.h"
#include "keeper/digest.h"
#include "keeper/keeper_int.h"
#include "keeper/master_key_int.h"

#define SCOPE_PART_MAX 64
#define GIVEN_SECRET_MIN 16
#define DUMMY_ID IAM_STR("AKIA0000000000000000")

static enum iam_status derive_purpose_key(struct iam_str master, struct iam_str label,
                                          enum keeper_purpose purpose, const uint8_t *key_id,
                                          struct keeper_purpose_key *ret)
{
    ret->purpose = purpose;
    memcpy(ret->key_id, key_id, KEEPER_KEY_ID_BYTES);
    return keeper_derive(master, label, ret->bytes);
}

/* Returns a number that no other keeper of this process has had. */
static uint64_t next_serial(void)
{
    static atomic_uint_fast64_t last;
    return atomic_fetch_add(&last, 1) + 1;
}

/* Derives the keys. Each purpose has its own label, so that no key can be used as another. */
static enum iam_status derive_keys(struct iam_keeper *k, struct iam_str master)
{
    uint8_t id[KEEPER_KEY_BYTES];
    IAM_TRY(keeper_derive(master, IAM_STR("iamd v1 master key id"), id));
    IAM_TRY(derive_purpose_key(master, IAM_STR("iamd v1 access key secrets"), KEEPER_PURPOSE_SECRET,
                               id, &k->secret_key));
    IAM_TRY(derive_purpose_key(master, IAM_STR("iamd v1 session tokens"), KEEPER_PURPOSE_SESSION,
                               id, &k->session_key));
    IAM_TRY(keeper_derive(master, IAM_STR("iamd v1 markers"), k->marker_key));
    IAM_TRY(keeper_derive(master, IAM_STR("iamd v1 rows"), k->row_key));
    k->row_serial = next_serial();
    IAM_ASSERT(!iam_ct_equal(k->secret_key.bytes, k->session_key.bytes, KEEPER_KEY_BYTES) &&
               !iam_ct_equal(k->secret_key.bytes, k->marker_key, KEEPER_KEY_BYTES) &&
               !iam_ct_equal(k->session_key.bytes, k->marker_key, KEEPER_KEY_BYTES) &&
               !iam_ct_equal(k->marker_key, k->row_key, KEEPER_KEY_BYTES));
    return IAM_OK;
}

void keeper_secret_text(const uint8_t bytes[KEEPER_SECRET_BYTES], struct iam_secret_text *ret)
{
    /* Writes 40 characters and a NUL. */
    (void)EVP_EncodeBlock((unsigned char *)ret->text, bytes, KEEPER_SECRET_BYTES);
}

static enum iam_status make_text(struct iam_secret_text *ret)
{
    uint8_t bytes[KEEPER_SECRET_BYTES];
    IAM_TRY(iam_keeper_random(bytes, sizeof(bytes)));
    keeper_secret_text(bytes, ret);
    iam_wipe(bytes, sizeof(bytes));
    return IAM_OK;
}

static struct iam_str text_of(const struct iam_secret_text *secret)
{
    return (struct iam_str){ secret->text, IAM_SECRET_TEXT_LEN };
}

static enum iam_status make_dummy(struct iam_keeper *k)
{
    struct iam_secret_text secret;
    IAM_TRY(make_text(&secret));
    enum iam_status st = keeper_seal(&k->secret_key, DUMMY_ID, text_of(&secret), k->dummy_sealed);
    iam_wipe(&secret, sizeof(secret));
    k->dummy_len = IAM_SECRET_TEXT_LEN + KEEPER_SEAL_OVERHEAD;
    return st;
}

static enum iam_status keeper_init(struct iam_keeper *k, const struct iam_keeper_config *config,
                                   char *error_text, size_t cap)
{
    uint8_t master[IAM_MASTER_KEY_BYTES];
    IAM_TRY(master_key_load(config, master, error_text, cap));
    enum iam_status st = derive_keys(k, (struct iam_str){ (const char *)master, sizeof(master) });
    iam_wipe(master, sizeof(master));
    IAM_TRY(st);
    IAM_TRY(make_dummy(k));
    return key_cache_init(&k->cache, config->alloc);
}

enum iam_status iam_keeper_new(const struct iam_keeper_config *config, struct iam_keeper **ret,
                               char *error_text, size_t cap)
{
    if (cap > 0) {
        (void)snprintf(error_text, cap, "the keeper cannot be set up");
    }
    struct iam_keeper *k = config->alloc->alloc(config->alloc->ctx, sizeof(*k));
    IAM_ENSURE(k != NULL, IAM_NOMEM);
    memset(k, 0, sizeof(*k));
    k->alloc = config->alloc;
    enum iam_status st = keeper_init(k, config, error_text, cap);
    if (st != IAM_OK) {
        iam_keeper_free(k);
        return st;
    }
    *ret = k;
    return IAM_OK;
}

void iam_keeper_free(struct iam_keeper *k)
{
    if (k == NULL) {
        return;
    }
    key_cache_done(&k->cache);
    const struct iam_alloc *alloc = k->alloc;
    iam_wipe(k, sizeof(*k));
    alloc->free(alloc->ctx, k);
}

static enum iam_status seal_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                   struct iam_str secret, struct iam_arena *arena,
                                   struct iam_str *ret_sealed)
{
    size_t len = secret.len + KEEPER_SEAL_OVERHEAD;
    uint8_t *out = iam_arena_alloc(arena, len);
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    IAM_TRY(keeper_seal(&k->secret_key, access_key_id, secret, out));
    *ret_sealed = (struct iam_str){ (const char *)out, len };
    return IAM_OK;
}

enum iam_status iam_keeper_make_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                       struct iam_arena *arena, struct iam_str *ret_sealed,
                                       struct iam_secret_text *ret_secret)
{
    struct iam_secret_text secret;
    IAM_TRY(make_text(&secret));
    enum iam_status st = seal_secret(k, access_key_id, text_of(&secret), arena, ret_sealed);
    if (st == IAM_OK) {
        *ret_secret = secret;
    }
    iam_wipe(&secret, sizeof(secret));
    return st;
}

enum iam_status iam_keeper_seal_given_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                             struct iam_str secret, struct iam_arena *arena,
                                             struct iam_str *ret_sealed)
{
    IAM_ENSURE(secret.len >= GIVEN_SECRET_MIN && secret.len <= IAM_GIVEN_SECRET_MAX, IAM_RANGE);
    for (size_t i = 0; i < secret.len; i++) {
        IAM_ENSURE(secret.p[i] > ' ' && secret.p[i] <= '~', IAM_RANGE);
    }
    return seal_secret(k, access_key_id, secret, arena, ret_sealed);
}

/* Opens the secret of a sealed blob into out, which holds IAM_GIVEN_SECRET_MAX bytes. */
static enum iam_status open_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                   struct iam_str sealed, uint8_t *out, struct iam_str *ret)
{
    IAM_ENSURE(sealed.len > KEEPER_SEAL_OVERHEAD &&
                   sealed.len <= KEEPER_SEAL_OVERHEAD + IAM_GIVEN_SECRET_MAX,
               IAM_CORRUPT);
    IAM_TRY(keeper_open(&k->secret_key, access_key_id, sealed, out));
    *ret = (struct iam_str){ (const char *)out, sealed.len - KEEPER_SEAL_OVERHEAD };
    return IAM_OK;
}

enum iam_status iam_keeper_check_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                        struct iam_str sealed)
{
    uint8_t bytes[IAM_GIVEN_SECRET_MAX];
    struct iam_str secret;
    enum iam_status st = open_secret(k, access_key_id, sealed, bytes, &secret);
    iam_wipe(bytes, sizeof(bytes));
    return st;
}

static bool is_part(struct iam_str s)
{
    return s.len >= 1 && s.len <= SCOPE_PART_MAX;
}

enum iam_status keeper_check_scope(const struct iam_key_scope *scope)
{
    IAM_ENSURE(scope->date.len == 8 && is_part(scope->region) && is_part(scope->service),
               IAM_RANGE);
    return IAM_OK;
}

static enum iam_status next_key(struct iam_signing_key *key, struct iam_str part)
{
    struct iam_signing_key next;
    struct iam_str current = { (const char *)key->bytes, sizeof(key->bytes) };
    enum iam_status st = iam_hmac_sha256(current, part, next.bytes);
    *key = next;
    iam_wipe(&next, sizeof(next));
    return st;
}

enum iam_status keeper_derive_signing_key(struct iam_str secret, const struct iam_key_scope *scope,
                                          struct iam_signing_key *ret)
{
    char first[4 + IAM_GIVEN_SECRET_MAX] = { 'A', 'W', 'S', '4' };
    memcpy(first + 4, secret.p, secret.len);
    struct iam_signing_key key = { { 0 } };
    enum iam_status st =
        iam_hmac_sha256((struct iam_str){ first, 4 + secret.len }, scope->date, key.bytes);
    iam_wipe(first, sizeof(first));

    const struct iam_str parts[] = { scope->region, scope->service, IAM_STR("aws4_request") };
    for (size_t i = 0; st == IAM_OK && i < IAM_COUNT(parts); i++) {
        st = next_key(&key, parts[i]);
    }
    if (st == IAM_OK) {
        *ret = key;
    }
    iam_wipe(&key, sizeof(key));
    return st;
}

enum iam_status iam_keeper_signing_key(struct iam_keeper *k, struct iam_str access_key_id,
                                       struct iam_str sealed, const struct iam_key_scope *scope,
                                       struct iam_signing_key *ret)
{
    IAM_TRY(keeper_check_scope(scope));
    struct key_cache_name name;
    key_cache_name_set(&name, access_key_id, scope, sealed);
    if (key_cache_get(&k->cache, &name, ret)) {
        return IAM_OK;
    }
    uint8_t bytes[IAM_GIVEN_SECRET_MAX];
    struct iam_str secret;
    enum iam_status st = open_secret(k, access_key_id, sealed, bytes, &secret);
    if (st == IAM_OK) {
        st = keeper_derive_signing_key(secret, scope, ret);
    }
    iam_wipe(bytes, sizeof(bytes));
    IAM_TRY(st);
    key_cache_put(&k->cache, &name, ret);
    return IAM_OK;
}

enum iam_status iam_keeper_dummy_signing_key(struct iam_keeper *k,
                                             const struct iam_key_scope *scope,
                                             struct iam_signing_key *ret)
{
    struct iam_str sealed = { (const char *)k->dummy_sealed, k->dummy_len };
    return iam_keeper_signing_key(k, DUMMY_ID, sealed, scope, ret);
}

void iam_keeper_forget(struct iam_keeper *k, struct iam_str access_key_id)
{
    key_cache_forget(&k->cache, access_key_id);
}
