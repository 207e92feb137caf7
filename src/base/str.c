/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slices: comparison, search, decimal numbers. An absent slice behaves as an empty one everywhere;
 * no function here passes a NULL pointer to libc.
 */
#include "base/str.h"

static struct iam_str head(struct iam_str s, size_t len)
{
    return (struct iam_str){ s.p, len };
}

bool iam_bytes_eq_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i] && iam_ascii_lower(a[i]) != iam_ascii_lower(b[i])) {
            return false;
        }
    }
    return true;
}

void iam_bytes_to_hex(const void *bytes, size_t n, char *ret)
{
    static const char DIGITS[] = "0123456789abcdef";
    const unsigned char *u = bytes;
    for (size_t i = 0; i < n; i++) {
        ret[2 * i] = DIGITS[u[i] >> 4];
        ret[2 * i + 1] = DIGITS[u[i] & 15];
    }
}

static int order_of_lengths(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

int iam_str_cmp(struct iam_str a, struct iam_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.p, b.p, common) : 0;

    return order != 0 ? order : order_of_lengths(a.len, b.len);
}

int iam_str_cmp_nocase(struct iam_str a, struct iam_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;

    for (size_t i = 0; i < common; i++) {
        int x = (unsigned char)iam_ascii_lower(a.p[i]);
        int y = (unsigned char)iam_ascii_lower(b.p[i]);
        if (x != y) {
            return x - y;
        }
    }
    return order_of_lengths(a.len, b.len);
}

bool iam_str_starts(struct iam_str s, struct iam_str prefix)
{
    return s.len >= prefix.len && iam_str_eq(head(s, prefix.len), prefix);
}

bool iam_str_starts_nocase(struct iam_str s, struct iam_str prefix)
{
    return s.len >= prefix.len && iam_str_eq_nocase(head(s, prefix.len), prefix);
}

bool iam_str_ends(struct iam_str s, struct iam_str suffix)
{
    return s.len >= suffix.len &&
           iam_str_eq(iam_str_sub(s, s.len - suffix.len, suffix.len), suffix);
}

size_t iam_str_find(struct iam_str s, char c, size_t from)
{
    if (from >= s.len) {
        return s.len;
    }
    const char *at = memchr(s.p + from, c, s.len - from);
    return at != NULL ? (size_t)(at - s.p) : s.len;
}

struct iam_str iam_str_sub(struct iam_str s, size_t start, size_t len)
{
    if (s.p == NULL) {
        return iam_str_absent();
    }
    if (start > s.len) {
        start = s.len;
    }
    size_t left = s.len - start;
    return (struct iam_str){ s.p + start, len < left ? len : left };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct iam_str iam_str_trim(struct iam_str s)
{
    size_t start = 0;
    size_t end = s.len;

    while (start < end && is_blank(s.p[start])) {
        start++;
    }
    while (end > start && is_blank(s.p[end - 1])) {
        end--;
    }
    return iam_str_sub(s, start, end - start);
}

/*
 * Reads digits only, to the end. A value above UINT64_MAX is IAM_RANGE, once the syntax was
 * checked.
 */
static enum iam_status read_decimal(struct iam_str s, uint64_t *ret)
{
    uint64_t v = 0;
    bool overflow = false;

    IAM_ENSURE(s.len > 0, IAM_SYNTAX);
    for (size_t i = 0; i < s.len; i++) {
        IAM_ENSURE(iam_ascii_is_digit(s.p[i]), IAM_SYNTAX);
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        overflow = overflow || v > (UINT64_MAX - digit) / 10;
        v = v * 10 + digit;
    }
    IAM_ENSURE(!overflow, IAM_RANGE);
    *ret = v;
    return IAM_OK;
}

enum iam_status iam_str_to_u64(struct iam_str s, uint64_t max, uint64_t *ret)
{
    uint64_t v;

    IAM_TRY(read_decimal(s, &v));
    IAM_ENSURE(v <= max, IAM_RANGE);
    *ret = v;
    return IAM_OK;
}

enum iam_status iam_str_to_i64(struct iam_str s, int64_t min, int64_t max, int64_t *ret)
{
    bool negative = s.len > 0 && s.p[0] == '-';
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t magnitude;

    IAM_TRY(read_decimal(negative ? iam_str_sub(s, 1, s.len) : s, &magnitude));
    IAM_ENSURE(magnitude <= limit, IAM_RANGE);
    /* Two's complement: the negation of 2^63 as unsigned is INT64_MIN. */
    int64_t v = (int64_t)(negative ? 0 - magnitude : magnitude);
    IAM_ENSURE(v >= min && v <= max, IAM_RANGE);
    *ret = v;
    return IAM_OK;
}

bool iam_str_is_digits(struct iam_str s, size_t n)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!iam_ascii_is_digit(s.p[i])) {
            return false;
        }
    }
    return s.len == n;
}
