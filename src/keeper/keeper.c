/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and freeing the keeper, and the secrets of long-term access keys. Sessions are in
 * session_token.c.
 */
#include "keeper/keeper.h"

#include <stdio.h>

#include "base/ct.h"
#include "keeper/digest.h"
#include "keeper/keeper_int.h"
#include "keeper/master_key_int.h"

#define SCOPE_PART_MAX 64
#define GIVEN_SECRET_MIN 16

static enum iam_status keeper_init(struct iam_keeper *k, const struct iam_keeper_config *config,
                                   char *error_text, size_t cap)
{
    uint8_t master[IAM_MASTER_KEY_BYTES];
    IAM_TRY(attempts_init(&k->attempts));
    IAM_TRY(master_key_load(config, master, error_text, cap));
    enum iam_status st = ring_init(&k->ring, master);
    if (st == IAM_OK) {
        st = ring_add(&k->ring, 1, master);
    }
    iam_wipe(master, sizeof(master));
    IAM_TRY(st);
    IAM_TRY(keeper_make_dummy(&k->ring, k->dummy_sealed, &k->dummy_len));
    IAM_TRY(session_cache_init(&k->sessions, config->alloc));
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
    /* Default attributes: cannot fail on Linux. */
    (void)pthread_rwlock_init(&k->lock, NULL);
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
    session_cache_done(&k->sessions);
    attempts_done(&k->attempts);
    (void)pthread_rwlock_destroy(&k->lock);
    const struct iam_alloc *alloc = k->alloc;
    iam_wipe(k, sizeof(*k));
    alloc->free(alloc->ctx, k);
}

enum iam_status iam_keeper_make_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                       struct iam_arena *arena, struct iam_str *ret_sealed,
                                       struct iam_secret_text *ret_secret)
{
    struct iam_secret_text secret;
    IAM_TRY(keeper_make_text(&secret));
    enum iam_status st =
        keeper_seal_for(k, KEEPER_PURPOSE_SECRET, access_key_id,
                        (struct iam_str){ secret.text, IAM_SECRET_TEXT_LEN }, arena, ret_sealed);
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
    return keeper_seal_for(k, KEEPER_PURPOSE_SECRET, access_key_id, secret, arena, ret_sealed);
}

enum iam_status iam_keeper_check_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                        struct iam_str sealed)
{
    return keeper_check_for(k, KEEPER_PURPOSE_SECRET, access_key_id, sealed, IAM_GIVEN_SECRET_MAX);
}

enum iam_status iam_keeper_compare_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                          struct iam_str sealed, struct iam_str secret)
{
    uint8_t bytes[IAM_GIVEN_SECRET_MAX];
    struct iam_str ours;
    enum iam_status st = keeper_open_for(k, KEEPER_PURPOSE_SECRET, access_key_id, sealed, bytes,
                                         sizeof(bytes), &ours);
    if (st == IAM_OK && (ours.len != secret.len || !iam_ct_equal(ours.p, secret.p, ours.len))) {
        st = IAM_CONFLICT;
    }
    iam_wipe(bytes, sizeof(bytes));
    return st;
}

enum iam_status iam_keeper_reseal_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                         struct iam_str sealed, struct iam_arena *arena,
                                         struct iam_str *ret_sealed)
{
    return keeper_reseal_for(k, KEEPER_PURPOSE_SECRET, access_key_id, sealed, arena, ret_sealed);
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
    if (st == IAM_OK) {
        *key = next;
    }
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
    enum iam_status st = keeper_open_for(k, KEEPER_PURPOSE_SECRET, access_key_id, sealed, bytes,
                                         sizeof(bytes), &secret);
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
    char bytes[IAM_SEALED_SECRET_MAX];
    (void)pthread_rwlock_rdlock(&k->lock);
    struct iam_str sealed = { bytes, k->dummy_len };
    memcpy(bytes, k->dummy_sealed, k->dummy_len);
    (void)pthread_rwlock_unlock(&k->lock);
    return iam_keeper_signing_key(k, KEEPER_DUMMY_ID, sealed, scope, ret);
}

void iam_keeper_forget(struct iam_keeper *k, struct iam_str access_key_id)
{
    key_cache_forget(&k->cache, access_key_id);
}
