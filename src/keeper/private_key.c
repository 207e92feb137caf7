/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/private_key.h"

#include "base/ct.h"
#include "keeper/keeper_int.h"

enum iam_status iam_keeper_seal_private_key(struct iam_keeper *k, struct iam_str id,
                                            struct iam_str key, struct iam_arena *arena,
                                            struct iam_str *ret_sealed)
{
    size_t len = key.len + KEEPER_SEAL_OVERHEAD;
    struct keeper_purpose_key purpose_key;
    IAM_ENSURE(key.len >= 1 && key.len <= IAM_PRIVATE_KEY_MAX, IAM_RANGE);
    uint8_t *out = iam_arena_alloc(arena, len);
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    keeper_newest_key(k, KEEPER_PURPOSE_PRIVATE_KEY, &purpose_key);
    enum iam_status st = keeper_seal(&purpose_key, id, key, out);
    iam_wipe(&purpose_key, sizeof(purpose_key));
    IAM_TRY(st);
    *ret_sealed = (struct iam_str){ (const char *)out, len };
    return IAM_OK;
}

/* Opens sealed into out, which the caller wipes. */
static enum iam_status open_key(struct iam_keeper *k, struct iam_str id, struct iam_str sealed,
                                uint8_t out[IAM_PRIVATE_KEY_MAX], struct iam_str *ret)
{
    struct keeper_purpose_key purpose_key;
    IAM_ENSURE(sealed.len > KEEPER_SEAL_OVERHEAD &&
                   sealed.len <= KEEPER_SEAL_OVERHEAD + IAM_PRIVATE_KEY_MAX,
               IAM_CORRUPT);
    IAM_TRY(keeper_key_of(k, KEEPER_PURPOSE_PRIVATE_KEY, sealed, &purpose_key));
    enum iam_status st = keeper_open(&purpose_key, id, sealed, out);
    iam_wipe(&purpose_key, sizeof(purpose_key));
    *ret = (struct iam_str){ (const char *)out, sealed.len - KEEPER_SEAL_OVERHEAD };
    return st;
}

enum iam_status iam_keeper_check_private_key(struct iam_keeper *k, struct iam_str id,
                                             struct iam_str sealed)
{
    uint8_t bytes[IAM_PRIVATE_KEY_MAX];
    struct iam_str key;
    enum iam_status st = open_key(k, id, sealed, bytes, &key);
    iam_wipe(bytes, sizeof(bytes));
    return st;
}

enum iam_status iam_keeper_reseal_private_key(struct iam_keeper *k, struct iam_str id,
                                              struct iam_str sealed, struct iam_arena *arena,
                                              struct iam_str *ret_sealed)
{
    uint8_t bytes[IAM_PRIVATE_KEY_MAX];
    struct keeper_purpose_key purpose_key;
    struct iam_str key;
    keeper_newest_key(k, KEEPER_PURPOSE_PRIVATE_KEY, &purpose_key);
    bool is_newest = keeper_is_sealed_by(sealed, &purpose_key);
    iam_wipe(&purpose_key, sizeof(purpose_key));
    IAM_ENSURE(!is_newest, IAM_EXISTS);
    enum iam_status st = open_key(k, id, sealed, bytes, &key);
    if (st == IAM_OK) {
        st = iam_keeper_seal_private_key(k, id, key, arena, ret_sealed);
    }
    iam_wipe(bytes, sizeof(bytes));
    return st;
}
