/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeds of MFA devices. A seed leaves the keeper once, as text, when it is made; after that the
 * keeper tells only which step a code is of, and that not often enough for guessing. Functions may
 * be called from any thread.
 */
#pragma once

#include "base/arena.h"
#include "keeper/base32.h"

struct iam_keeper;

/* Of a seed that is made, as AWS makes them. */
#define IAM_SEED_BYTES 40
#define IAM_SEED_TEXT_LEN IAM_BASE32_LEN(IAM_SEED_BYTES)
/* LIMIT: of a seed that is given; RFC 4226, R6 demands 128 bits. */
#define IAM_GIVEN_SEED_MIN 16
#define IAM_GIVEN_SEED_MAX 64
#define IAM_CODE_LEN 6
#define IAM_STEP_MS (INT64_C(30) * 1000)

/* A seed in clear, base32, to be shown once. Wipe it with iam_wipe afterwards. */
struct iam_seed_text {
    char text[IAM_SEED_TEXT_LEN + 1]; /* NUL-terminated */
};

/*
 * Makes a new seed for a device (its unique ID): in clear, and sealed so that it opens for this ID
 * only. *ret_sealed lives in arena. IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_make_seed(struct iam_keeper *k, struct iam_str device_id,
                                     struct iam_arena *arena, struct iam_str *ret_sealed,
                                     struct iam_seed_text *ret_seed) IAM_MUST_USE;
/*
 * Seals a seed that was given, IAM_GIVEN_SEED_MIN to IAM_GIVEN_SEED_MAX bytes (IAM_RANGE). As
 * above.
 */
enum iam_status iam_keeper_seal_given_seed(struct iam_keeper *k, struct iam_str device_id,
                                           struct iam_str seed, struct iam_arena *arena,
                                           struct iam_str *ret_sealed) IAM_MUST_USE;
/* Returns IAM_OK when sealed opens for device_id, otherwise IAM_CORRUPT. */
enum iam_status iam_keeper_check_seed(struct iam_keeper *k, struct iam_str device_id,
                                      struct iam_str sealed) IAM_MUST_USE;
/* Seals the seed of sealed again, under the newest generation; see iam_keeper_reseal_secret. */
enum iam_status iam_keeper_reseal_seed(struct iam_keeper *k, struct iam_str device_id,
                                       struct iam_str sealed, struct iam_arena *arena,
                                       struct iam_str *ret_sealed) IAM_MUST_USE;

/* LIMIT: steps of one search. */
#define IAM_CODE_SEARCH_MAX 2048

/* Which steps a code may be of. */
struct iam_code_search {
    int64_t first; /* with last, at most IAM_CODE_SEARCH_MAX steps */
    int64_t last;
    int64_t near;          /* of several that fit, the one next to this is found */
    uint64_t skip;         /* bit i: step first + i is not meant */
    struct iam_str code;   /* six digits; of the step that is found */
    struct iam_str before; /* of the step before that; absent: not asked for */
};

/*
 * Finds the step of a code, and counts an attempt for the device at now_ms, whatever comes of it.
 * IAM_NOT_FOUND: the code is of none of these steps; IAM_LIMIT: there were too many attempts,
 * nothing was looked at; IAM_RANGE for too many steps; IAM_CORRUPT as above; IAM_IO. On failure
 * *ret_step is untouched.
 */
enum iam_status iam_keeper_find_code(struct iam_keeper *k, struct iam_str device_id,
                                     struct iam_str sealed, const struct iam_code_search *search,
                                     int64_t now_ms, int64_t *ret_step) IAM_MUST_USE;
