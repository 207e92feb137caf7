/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a file with hardware MFA devices, as iamd mfa import takes it:
 *
 *     GAHT12345678 GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ     a token, its seed in base32
 *     u2f-1234567 fido alice FIDO=L1 FIPS-140-2=L2      a security key of a user
 */
#pragma once

#include "base/arena.h"
#include "keeper/seed.h"

/* LIMIT: bytes of a file, and lines with devices. */
#define SEED_FILE_MAX_BYTES ((size_t)4 << 20)
#define SEED_FILE_MAX_LINES 10000

/* A device; texts borrow from the line, or live in the arena. */
struct seed_line {
    struct iam_str serial; /* absent: the line has none, only blanks or a comment */
    uint8_t seed[IAM_GIVEN_SEED_MAX];
    size_t seed_len;               /* 0: a security key */
    struct iam_str user;           /* of a security key */
    struct iam_str certifications; /* of a security key, a line "key value" each; absent: none */
};

/*
 * Reads a line without its end. IAM_SYNTAX, *ret_why then says what is wrong, without anything of
 * the line; IAM_NOMEM. The caller wipes ret.
 */
enum iam_status seed_line_read(struct iam_arena *arena, struct iam_str line, struct seed_line *ret,
                               const char **ret_why) IAM_MUST_USE;
