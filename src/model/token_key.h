/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys with which an account signs tokens about its principals (outbound federation), and their
 * life. A key is published before it signs, so that who has the published keys in memory knows it
 * in time, and stays published after it has signed for the last time, until no token of it is
 * valid any more. How long is ours: AWS does not say.
 */
#pragma once

#include "base/arena.h"

/* How long a key is published before it signs. Longer than anybody may keep the published keys. */
#define IAM_TOKEN_KEY_LEAD_MS (INT64_C(24) * 3600 * 1000)
/* How old the newest key is when another one is made. */
#define IAM_TOKEN_KEY_AGE_MS (INT64_C(90) * 24 * 3600 * 1000)
/* How long a key stays after the next one signs: longer than a token and the skew of clocks. */
#define IAM_TOKEN_KEY_REST_MS (INT64_C(24) * 3600 * 1000)
/* How long the published keys may be kept in memory. */
#define IAM_TOKEN_KEYS_FRESH_SECONDS 3600

/* Numbers are stored. */
enum iam_token_algorithm { IAM_TOKEN_RS256 = 1, IAM_TOKEN_ES384 = 2, IAM_TOKEN_ALGORITHM_END };

/* LIMIT: of a kid. */
#define IAM_TOKEN_KEY_ID_MAX 32

struct iam_token_key {
    struct iam_str id; /* the kid: "RSA_0" */
    struct iam_str account;
    int64_t algorithm;  /* enum iam_token_algorithm */
    int64_t created_ms; /* of the highest time */
    /*
     * RS256: the modulus, 256 bytes; the exponent is 65537. ES384: the coordinates x and y of the
     * point on P-384, 48 bytes each.
     */
    struct iam_str public_key;
    struct iam_str sealed_key; /* bytes that only the keeper can open */
};

/* Returns the name of an algorithm as JWS has it. */
struct iam_str iam_token_algorithm_name(enum iam_token_algorithm algorithm);
/* Finds the algorithm with exactly that name. False: it is none of ours. */
bool iam_token_algorithm_of(struct iam_str name, enum iam_token_algorithm *ret);
/* Writes the kid of an algorithm's key with that number, from 0, as AWS writes it. */
void iam_token_key_id(enum iam_token_algorithm algorithm, unsigned number,
                      char ret[IAM_TOKEN_KEY_ID_MAX]);
/*
 * Makes the text for which a key is sealed, and which names it among those of all accounts:
 * ACCOUNT/ID. IAM_NOMEM.
 */
enum iam_status iam_token_key_owner(struct iam_arena *arena, const struct iam_token_key *key,
                                    struct iam_str *ret) IAM_MUST_USE;
/* Returns the number in the kid of a key; 0 for a text that is none. */
unsigned iam_token_key_number(const struct iam_token_key *key);

/*
 * Returns which of the keys signs with the algorithm at that time: the newest that has been
 * published for long enough; the oldest when none has, for then nobody knew another one. NULL:
 * there is none.
 */
const struct iam_token_key *iam_token_key_signing(const struct iam_token_key *keys, size_t count,
                                                  enum iam_token_algorithm algorithm,
                                                  int64_t now_ms);
/*
 * Tells whether another key of the algorithm is due, and which number it gets: when there is none,
 * or the newest is old.
 */
bool iam_token_key_is_due(const struct iam_token_key *keys, size_t count,
                          enum iam_token_algorithm algorithm, int64_t now_ms, unsigned *ret_number);
/* Tells whether nobody needs a key any more: another one has signed for longer than tokens live. */
bool iam_token_key_is_over(const struct iam_token_key *keys, size_t count,
                           const struct iam_token_key *key, int64_t now_ms);
