/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that a store keeps sealed, each under a key for its purpose. */
#include "base/ct.h"
#include "keeper/keeper_int.h"

enum iam_status keeper_seal_for(struct iam_keeper *k, enum keeper_purpose purpose,
                                struct iam_str owner, struct iam_str plain, struct iam_arena *arena,
                                struct iam_str *ret)
{
    size_t len = plain.len + KEEPER_SEAL_OVERHEAD;
    struct keeper_purpose_key key;

    IAM_ENSURE(plain.len >= 1 && plain.len <= KEEPER_OPENED_MAX, IAM_RANGE);
    uint8_t *out = iam_arena_alloc(arena, len);
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    keeper_newest_key(k, purpose, &key);
    enum iam_status st = keeper_seal(&key, owner, plain, out);
    iam_wipe(&key, sizeof(key));
    IAM_TRY(st);
    *ret = (struct iam_str){ (const char *)out, len };
    return IAM_OK;
}

enum iam_status keeper_open_for(struct iam_keeper *k, enum keeper_purpose purpose,
                                struct iam_str owner, struct iam_str sealed, uint8_t *out,
                                size_t cap, struct iam_str *ret)
{
    struct keeper_purpose_key key;

    IAM_ENSURE(sealed.len > KEEPER_SEAL_OVERHEAD && sealed.len <= KEEPER_SEAL_OVERHEAD + cap,
               IAM_CORRUPT);
    IAM_TRY(keeper_key_of(k, purpose, sealed, &key));
    enum iam_status st = keeper_open(&key, owner, sealed, out);
    iam_wipe(&key, sizeof(key));
    IAM_TRY(st);
    *ret = (struct iam_str){ (const char *)out, sealed.len - KEEPER_SEAL_OVERHEAD };
    return IAM_OK;
}

enum iam_status keeper_check_for(struct iam_keeper *k, enum keeper_purpose purpose,
                                 struct iam_str owner, struct iam_str sealed, size_t max)
{
    uint8_t bytes[KEEPER_OPENED_MAX];
    struct iam_str plain;
    enum iam_status st;

    IAM_ASSERT(max <= sizeof(bytes));
    st = keeper_open_for(k, purpose, owner, sealed, bytes, max, &plain);
    iam_wipe(bytes, sizeof(bytes));
    return st;
}

enum iam_status keeper_reseal_for(struct iam_keeper *k, enum keeper_purpose purpose,
                                  struct iam_str owner, struct iam_str sealed,
                                  struct iam_arena *arena, struct iam_str *ret)
{
    uint8_t bytes[KEEPER_OPENED_MAX];
    struct keeper_purpose_key key;
    struct iam_str plain;

    keeper_newest_key(k, purpose, &key);
    bool is_newest = keeper_is_sealed_by(sealed, &key);
    iam_wipe(&key, sizeof(key));
    IAM_ENSURE(!is_newest, IAM_EXISTS);
    enum iam_status st = keeper_open_for(k, purpose, owner, sealed, bytes, sizeof(bytes), &plain);
    if (st == IAM_OK) {
        st = keeper_seal_for(k, purpose, owner, plain, arena, ret);
    }
    iam_wipe(bytes, sizeof(bytes));
    return st;
}
