/* SPDX-License-Identifier: Apache-2.0 */
#include "server/seed_file.h"

#include "base/buf.h"
#include "model/arn.h"

/* SPEC: IAM API Reference, serialNumberType, existingUserNameType, CertificationMapType. */
#define SERIAL_MIN 9
#define SERIAL_MAX 256
#define USER_MAX 128
#define KEY_MAX 128
#define VALUE_MAX 32
#define CERTIFICATIONS_MAX 16

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next word from *line; absent at its end. */
static struct iam_str next_word(struct iam_str *line)
{
    size_t begin = 0;
    size_t end;

    while (begin < line->len && is_blank(line->p[begin])) {
        begin++;
    }
    for (end = begin; end < line->len && !is_blank(line->p[end]);) {
        end++;
    }
    struct iam_str word = iam_str_sub(*line, begin, end - begin);
    *line = iam_str_sub(*line, end, line->len - end);
    return word.len > 0 ? word : iam_str_absent();
}

static enum iam_status fail(const char **ret_why, const char *why)
{
    *ret_why = why;
    return IAM_SYNTAX;
}

/* Tells whether s has min to max letters, digits and characters of more. */
static bool is_made_of(struct iam_str s, size_t min, size_t max, const char *more)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!iam_ascii_is_alnum(s.p[i]) && (s.p[i] == '\0' || strchr(more, s.p[i]) == NULL)) {
            return false;
        }
    }
    return s.len >= min && s.len <= max;
}

static bool is_printable(struct iam_str s, size_t max)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~') {
            return false;
        }
    }
    return s.len >= 1 && s.len <= max;
}

static enum iam_status read_serial(struct iam_str word, struct seed_line *ret, const char **ret_why)
{
    struct iam_entity_arn arn;

    if (!is_made_of(word, SERIAL_MIN, SERIAL_MAX, "_+=/:,.@-")) {
        return fail(ret_why, "a serial number has 9 to 256 letters, digits and _+=/:,.@-");
    }
    if (iam_entity_arn_parse(word, &arn) == IAM_OK && arn.kind == IAM_KIND_MFA_DEVICE) {
        return fail(ret_why, "the serial number is the ARN of a virtual device");
    }
    ret->serial = word;
    return IAM_OK;
}

static enum iam_status read_seed(struct iam_str word, struct seed_line *ret, const char **ret_why)
{
    enum iam_status st = iam_base32_decode(word, ret->seed, sizeof(ret->seed), &ret->seed_len);

    if (st != IAM_OK || ret->seed_len < IAM_GIVEN_SEED_MIN) {
        return fail(ret_why, "a seed is 16 to 64 bytes in base32");
    }
    return IAM_OK;
}

/* Adds a word KEY=VALUE as a line. */
static bool add_certification(struct iam_buf *b, struct iam_str word)
{
    size_t equals = iam_str_find(word, '=', 0);
    struct iam_str key = iam_str_sub(word, 0, equals);
    struct iam_str value = iam_str_sub(word, equals + 1, word.len);

    if (!is_printable(key, KEY_MAX) || !is_printable(value, VALUE_MAX)) {
        return false;
    }
    iam_buf_add(b, key);
    iam_buf_add_char(b, ' ');
    iam_buf_add(b, value);
    iam_buf_add_char(b, '\n');
    return true;
}

/* Reads the words after "fido": the user, and certifications. */
static enum iam_status read_key(struct iam_arena *arena, struct iam_str rest, struct seed_line *ret,
                                const char **ret_why)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    struct iam_str word;
    size_t count = 0;

    ret->user = next_word(&rest);
    if (!is_made_of(ret->user, 1, USER_MAX, "_+=,.@-")) {
        return fail(ret_why, "after fido comes the name of the user who has the key");
    }
    iam_buf_init(&b, &alloc, (size_t)CERTIFICATIONS_MAX * (KEY_MAX + VALUE_MAX + 2));
    while (iam_str_is_set(word = next_word(&rest))) {
        if (++count > CERTIFICATIONS_MAX || !add_certification(&b, word)) {
            return fail(ret_why, "after the user come at most 16 certifications KEY=VALUE, keys of "
                                 "at most 128 and values of at most 32 characters");
        }
    }
    return count > 0 ? iam_buf_finish(&b, &ret->certifications) : IAM_OK;
}

enum iam_status seed_line_read(struct iam_arena *arena, struct iam_str line, struct seed_line *ret,
                               const char **ret_why)
{
    struct iam_str rest = line;
    struct iam_str serial = next_word(&rest);
    struct iam_str second = next_word(&rest);

    *ret = (struct seed_line){ 0 };
    if (!iam_str_is_set(serial) || serial.p[0] == '#') {
        return IAM_OK;
    }
    IAM_TRY(read_serial(serial, ret, ret_why));
    if (iam_str_eq(second, IAM_STR("fido"))) {
        return read_key(arena, rest, ret, ret_why);
    }
    IAM_TRY(read_seed(second, ret, ret_why));
    return iam_str_is_set(next_word(&rest)) ? fail(ret_why, "something follows the seed") : IAM_OK;
}
