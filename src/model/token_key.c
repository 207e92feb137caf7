/* SPDX-License-Identifier: Apache-2.0 */
#include "model/token_key.h"

#include <stdio.h>

_Static_assert(IAM_TOKEN_RS256 == 1 && IAM_TOKEN_ES384 == 2, "stored");
_Static_assert(IAM_TOKEN_KEY_LEAD_MS > IAM_TOKEN_KEYS_FRESH_SECONDS * INT64_C(1000),
               "who keeps the keys has seen a key before it signs");

static const struct {
    struct iam_str name;
    struct iam_str prefix; /* of kids, as recorded on AWS: RSA_0, EC384_0 */
} ROWS[] = {
    [IAM_TOKEN_RS256] = {IAM_STR_INIT("RS256"),  IAM_STR_INIT("RSA_")  },
    [IAM_TOKEN_ES384] = { IAM_STR_INIT("ES384"), IAM_STR_INIT("EC384_")},
};

struct iam_str iam_token_algorithm_name(enum iam_token_algorithm algorithm)
{
    return ROWS[algorithm].name;
}

bool iam_token_algorithm_of(struct iam_str name, enum iam_token_algorithm *ret)
{
    for (size_t i = IAM_TOKEN_RS256; i < IAM_TOKEN_ALGORITHM_END; i++) {
        if (iam_str_eq(ROWS[i].name, name)) {
            *ret = (enum iam_token_algorithm)i;
            return true;
        }
    }
    return false;
}

void iam_token_key_id(enum iam_token_algorithm algorithm, unsigned number,
                      char ret[IAM_TOKEN_KEY_ID_MAX])
{
    (void)snprintf(ret, IAM_TOKEN_KEY_ID_MAX, "%.*s%u", IAM_STR_ARG(ROWS[algorithm].prefix),
                   number);
}

enum iam_status iam_token_key_owner(struct iam_arena *arena, const struct iam_token_key *key,
                                    struct iam_str *ret)
{
    return iam_arena_fmt(arena, ret, "%.*s/%.*s", IAM_STR_ARG(key->account), IAM_STR_ARG(key->id));
}

unsigned iam_token_key_number(const struct iam_token_key *key)
{
    unsigned number = 0;
    size_t at = iam_str_find(key->id, '_', 0) + 1;
    for (; at < key->id.len && key->id.p[at] >= '0' && key->id.p[at] <= '9'; at++) {
        number = number * 10 + (unsigned)(key->id.p[at] - '0');
    }
    return number;
}

/* Tells whether a comes after b: by its time, and of the same time by its number. */
static bool is_newer(const struct iam_token_key *a, const struct iam_token_key *b)
{
    return a->created_ms != b->created_ms ? a->created_ms > b->created_ms
                                          : iam_token_key_number(a) > iam_token_key_number(b);
}

/* Returns the newest key of the algorithm that was made by that time, or NULL. */
static const struct iam_token_key *newest(const struct iam_token_key *keys, size_t count,
                                          int64_t algorithm, int64_t made_ms)
{
    const struct iam_token_key *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (keys[i].algorithm == algorithm && keys[i].created_ms <= made_ms &&
            (found == NULL || is_newer(&keys[i], found))) {
            found = &keys[i];
        }
    }
    return found;
}

static const struct iam_token_key *oldest(const struct iam_token_key *keys, size_t count,
                                          int64_t algorithm)
{
    const struct iam_token_key *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (keys[i].algorithm == algorithm && (found == NULL || is_newer(found, &keys[i]))) {
            found = &keys[i];
        }
    }
    return found;
}

const struct iam_token_key *iam_token_key_signing(const struct iam_token_key *keys, size_t count,
                                                  enum iam_token_algorithm algorithm,
                                                  int64_t now_ms)
{
    const struct iam_token_key *known =
        newest(keys, count, algorithm, now_ms - IAM_TOKEN_KEY_LEAD_MS);
    return known != NULL ? known : oldest(keys, count, algorithm);
}

bool iam_token_key_is_due(const struct iam_token_key *keys, size_t count,
                          enum iam_token_algorithm algorithm, int64_t now_ms, unsigned *ret_number)
{
    const struct iam_token_key *last = newest(keys, count, algorithm, INT64_MAX);
    if (last != NULL && now_ms - last->created_ms < IAM_TOKEN_KEY_AGE_MS) {
        return false;
    }
    *ret_number = last != NULL ? iam_token_key_number(last) + 1 : 0;
    return true;
}

bool iam_token_key_is_over(const struct iam_token_key *keys, size_t count,
                           const struct iam_token_key *key, int64_t now_ms)
{
    const struct iam_token_key *since =
        newest(keys, count, key->algorithm, now_ms - IAM_TOKEN_KEY_LEAD_MS - IAM_TOKEN_KEY_REST_MS);
    return since != NULL && is_newer(since, key);
}
