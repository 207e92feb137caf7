/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Condition keys: a hash and a comparison that ignore ASCII case. The hash is computed once for a
 * key in a policy, and once per decision for a key of the request.
 */
#pragma once

#include "base/str.h"
#include "base/word.h"

/*
 * Computes a hash that is equal for keys that differ in ASCII case only. It has no seed: tables
 * built on it are small and bounded.
 */
static inline uint16_t iam_key_hash(struct iam_str key)
{
    uint64_t h = key.len * 0x9e3779b97f4a7c15ull;
    uint64_t rest = 0;
    size_t i = 0;
    for (; i + 8 <= key.len; i += 8) {
        h = (h ^ (iam_word_at(key.p + i) | IAM_EACH(0x20u))) * 0xff51afd7ed558ccdull;
        h ^= h >> 32;
    }
    if (key.len >= 8) {
        /* Some bytes count twice, which does not matter. */
        rest = iam_word_at(key.p + key.len - 8) | IAM_EACH(0x20u);
    } else {
        for (; i < key.len; i++) {
            rest = rest << 8 | ((unsigned char)key.p[i] | 0x20u);
        }
    }
    h = (h ^ rest) * 0xc4ceb9fe1a85ec53ull;
    return (uint16_t)((h ^ h >> 32) >> 8);
}

static inline bool iam_key_eq(struct iam_str a, struct iam_str b)
{
    return a.len == b.len && (memcmp(a.p, b.p, a.len) == 0 || iam_str_eq_nocase(a, b));
}
