/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON strings and numbers (RFC 8259 sections 6 and 7). INVARIANT: a decoded string is valid UTF-8
 * without NUL, so an escape that names half of a surrogate pair, or U+0000, is refused.
 */
#include "codec/json_int.h"

#include <endian.h>

#include "base/diag.h"

#define ONES UINT64_C(0x0101010101010101)
#define HIGH_BITS (ONES * 0x80)

enum iam_status iam_json_fail(const struct json_reader *r, enum iam_status status, const char *at,
                              const char *message)
{
    return iam_diag_set(r->diag, status, r->text, (size_t)(at - r->text.p), message);
}

static uint64_t load_word(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return le64toh(word);
}

/* Sets the high bit of some byte when a byte of word is zero. */
static uint64_t zero_bytes(uint64_t word)
{
    return (word - ONES) & ~word & HIGH_BITS;
}

/*
 * Returns, of eight bytes, the high bit of the first that is a quote, a backslash, a control
 * character or not ASCII, and perhaps bits after it; 0 when there is none. "First" is the least
 * significant.
 */
static uint64_t special_bytes(const char *p)
{
    uint64_t word = load_word(p);
    uint64_t control = (word - ONES * 0x20) & ~word;
    return ((word | control) & HIGH_BITS) | zero_bytes(word ^ ONES * '"') |
           zero_bytes(word ^ ONES * '\\');
}

static const bool IS_SPECIAL[256] = {
    [0 ... 0x1F] = true, ['"'] = true, ['\\'] = true, [0x80 ... 0xFF] = true
};

const char *iam_json_skip_plain(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t special = special_bytes(p);
        if (special != 0) {
            return p + __builtin_ctzll(special) / 8;
        }
        p += 8;
    }
    while (p != end && !IS_SPECIAL[(unsigned char)*p]) {
        p++;
    }
    return p;
}

const char *iam_json_skip_blanks(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t other = load_word(p) ^ ONES * ' ';
        if (other != 0) {
            return p + __builtin_ctzll(other) / 8;
        }
        p += 8;
    }
    while (p != end && *p == ' ') {
        p++;
    }
    return p;
}

/*
 * Says why the string cannot go on at p, which is a special byte other than a quote or backslash.
 */
static enum iam_status bad_byte(const struct json_reader *r, const char *p)
{
    if (p == r->end) {
        return iam_json_fail(r, IAM_SYNTAX, p, "the text ends inside a string");
    }
    if ((unsigned char)*p < 0x20) {
        return iam_json_fail(
            r, IAM_SYNTAX, p,
            "a string holds a control character; write it as an escape such as \\n");
    }
    return iam_json_fail(r, IAM_SYNTAX, p, "the string is not valid UTF-8");
}

/* Moves *p to the next quote or backslash, through well-formed characters only. */
static enum iam_status skip_characters(const struct json_reader *r, const char **p)
{
    for (;;) {
        const char *at = iam_json_skip_plain(*p, r->end);
        *p = at;
        if (at != r->end && (*at == '"' || *at == '\\')) {
            return IAM_OK;
        }
        size_t n = at != r->end && (unsigned char)*at >= 0x80
                       ? iam_utf8_first((struct iam_str){ at, (size_t)(r->end - at) })
                       : 0;
        if (n == 0) {
            return bad_byte(r, at);
        }
        *p = at + n;
    }
}

/* Reads four hexadecimal digits at p. */
static bool read_hex4(const struct json_reader *r, const char *p, uint32_t *ret)
{
    uint32_t v = 0;

    if (r->end - p < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        int digit = iam_ascii_hex_value(p[i]);
        if (digit < 0) {
            return false;
        }
        v = v << 4 | (uint32_t)digit;
    }
    *ret = v;
    return true;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (char)(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *to++ = (char)(0xE0 | c >> 12);
        } else {
            *to++ = (char)(0xF0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 0x3F));
        }
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *to++ = (char)(0x80 | (c & 0x3F));
    return to;
}

/* Reads an escape whose 'u' is at *p, and the second half of a surrogate pair. */
static enum iam_status read_unicode_escape(const struct json_reader *r, const char **p, char **to)
{
    const char *at = *p;
    uint32_t c;
    uint32_t low;

    if (!read_hex4(r, at + 1, &c)) {
        return iam_json_fail(r, IAM_SYNTAX, at - 1, "\\u needs four hexadecimal digits");
    }
    at += 5;
    if (c == 0) {
        return iam_json_fail(r, IAM_SYNTAX, *p - 1, "\\u0000 is not accepted in a string");
    }
    if (c >= 0xD800 && c <= 0xDFFF) {
        if (c >= 0xDC00 || r->end - at < 6 || at[0] != '\\' || at[1] != 'u' ||
            !read_hex4(r, at + 2, &low) || low < 0xDC00 || low > 0xDFFF) {
            return iam_json_fail(r, IAM_SYNTAX, *p - 1,
                                 "\\u escape names half of a surrogate pair");
        }
        at += 6;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    *to = put_utf8(*to, c);
    *p = at;
    return IAM_OK;
}

/* Reads an escape; *p is at the byte after its backslash. */
static enum iam_status read_escape(const struct json_reader *r, const char **p, char **to)
{
    static const char NAMES[] = "\"\\/bfnrt";
    static const char VALUES[] = "\"\\/\b\f\n\r\t";

    if (*p == r->end) {
        return bad_byte(r, *p);
    }
    if (**p == 'u') {
        return read_unicode_escape(r, p, to);
    }
    const char *name = memchr(NAMES, **p, sizeof(NAMES) - 1);
    if (name == NULL) {
        return iam_json_fail(r, IAM_SYNTAX, *p - 1, "unknown escape; write \\\\ for a backslash");
    }
    *(*to)++ = VALUES[name - NAMES];
    (*p)++;
    return IAM_OK;
}

/*
 * Returns the closing quote of the string that goes on at p, or end: an upper bound for its length.
 */
static const char *find_end(const struct json_reader *r, const char *p)
{
    while (p != r->end && *p != '"') {
        p += *p == '\\' && r->end - p > 1 ? 2 : 1;
    }
    return p;
}

static bool is_text(struct iam_str s)
{
    return iam_utf8_is_valid(s) && iam_str_find(s, '\0', 0) == s.len;
}

/* Reads a string with escapes; r->p is at its quote and first at its first backslash. */
static enum iam_status read_escaped(struct json_reader *r, const char *first, struct iam_str *ret)
{
    const char *from = r->p + 1;
    const char *p = first;
    /* No escape decodes to more bytes than it is long. */
    char *start = iam_arena_alloc(r->arena, (size_t)(find_end(r, first) - from));
    char *to = start;

    if (start == NULL) {
        return iam_json_fail(r, IAM_NOMEM, r->p, "out of memory");
    }
    for (;;) {
        memcpy(to, from, (size_t)(p - from));
        to += p - from;
        if (*p == '"') {
            break;
        }
        p++;
        IAM_TRY(read_escape(r, &p, &to));
        from = p;
        IAM_TRY(skip_characters(r, &p));
    }
    r->p = p + 1;
    *ret = (struct iam_str){ start, (size_t)(to - start) };
    IAM_ASSERT(is_text(*ret));
    return IAM_OK;
}

enum iam_status iam_json_read_string(struct json_reader *r, struct iam_str *ret)
{
    const char *start = r->p + 1;
    const char *p = start;

    IAM_TRY(skip_characters(r, &p));
    if (*p == '\\') {
        return read_escaped(r, p, ret);
    }
    *ret = (struct iam_str){ start, (size_t)(p - start) };
    IAM_ASSERT(is_text(*ret));
    r->p = p + 1;
    return IAM_OK;
}

/* Skips one or more digits; false when there is none. */
static bool skip_digits(struct json_reader *r)
{
    const char *start = r->p;

    while (r->p != r->end && iam_ascii_is_digit(*r->p)) {
        r->p++;
    }
    return r->p != start;
}

static bool skip_char(struct json_reader *r, char c)
{
    if (r->p == r->end || *r->p != c) {
        return false;
    }
    r->p++;
    return true;
}

enum iam_status iam_json_read_number(struct json_reader *r, struct iam_str *ret)
{
    const char *start = r->p;

    (void)skip_char(r, '-');
    if (!skip_char(r, '0') && !skip_digits(r)) {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "a digit must follow the minus sign");
    }
    if (r->p != r->end && iam_ascii_is_digit(*r->p)) {
        return iam_json_fail(r, IAM_SYNTAX, start, "a number must not start with a zero");
    }
    if (skip_char(r, '.') && !skip_digits(r)) {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "a digit must follow the decimal point");
    }
    if (skip_char(r, 'e') || skip_char(r, 'E')) {
        if (!skip_char(r, '+')) {
            (void)skip_char(r, '-');
        }
        if (!skip_digits(r)) {
            return iam_json_fail(r, IAM_SYNTAX, r->p, "the exponent needs a digit");
        }
    }
    *ret = (struct iam_str){ start, (size_t)(r->p - start) };
    return IAM_OK;
}
