/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a file with hardware MFA devices. Laws: what is read is within its limits, has no blanks
 * in it, and a seed encoded again is the text it was read from, but for case and padding.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "server/seed_file.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_word(struct iam_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~') {
            return false;
        }
    }
    return s.len > 0;
}

/* The line holds the seed's digits, whatever their case. */
static void check_seed(const struct seed_line *line, struct iam_str text)
{
    char digits[IAM_BASE32_LEN(IAM_GIVEN_SEED_MAX)];
    size_t len = IAM_BASE32_LEN(line->seed_len);
    size_t at = 0;
    iam_base32_encode(line->seed, line->seed_len, digits);
    for (size_t i = (size_t)(line->serial.p - text.p) + line->serial.len; i < text.len && at < len;
         i++) {
        at += iam_ascii_lower(text.p[i]) == iam_ascii_lower(digits[at]) ? 1 : 0;
    }
    ENSURE(at == len);
}

static void check(const struct seed_line *line, struct iam_str text)
{
    bool is_key = line->seed_len == 0;
    ENSURE(line->serial.len >= 9 && line->serial.len <= 256 && is_word(line->serial));
    ENSURE(is_key == iam_str_is_set(line->user));
    if (is_key) {
        ENSURE(line->user.len <= 128 && is_word(line->user));
        ENSURE(line->certifications.len <= 16 * 162);
    } else {
        ENSURE(line->seed_len >= IAM_GIVEN_SEED_MIN && line->seed_len <= IAM_GIVEN_SEED_MAX);
        ENSURE(!iam_str_is_set(line->certifications));
        check_seed(line, text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str text = { size > 0 ? (const char *)data : "", size };
    struct iam_arena arena;
    struct seed_line line;
    const char *why = NULL;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = seed_line_read(&arena, text, &line, &why);
    ENSURE(st == IAM_OK || (st == IAM_SYNTAX && why != NULL));
    if (st == IAM_OK && iam_str_is_set(line.serial)) {
        check(&line, text);
    }
    iam_arena_done(&arena);
    return 0;
}
