/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding. What has to be written or read is counted first, so nothing grows twice. */
#include "codec/uri.h"

/* Tells of the unreserved characters of RFC 3986 section 2.3; and of the slash, in paths only. */
/* SPEC: RFC 3986, section 2.3, "Unreserved Characters". */
static const bool IS_UNRESERVED[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true,
    ['.'] = true,         ['_'] = true,         ['~'] = true,
};

static bool is_plain(char c, bool keep_slash)
{
    return IS_UNRESERVED[(unsigned char)c] || (keep_slash && c == '/');
}

static size_t count_escapes(struct iam_str s, bool keep_slash)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        n += !is_plain(s.p[i], keep_slash);
    }
    return n;
}

void iam_uri_encode(struct iam_buf *b, struct iam_str s, bool keep_slash)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    size_t escapes = count_escapes(s, keep_slash);

    if (escapes == 0) {
        iam_buf_add(b, s);
        return;
    }
    /* Of s.len bytes in memory, 3 * s.len cannot wrap on a 64-bit machine. */
    char *to = iam_buf_extend(b, s.len + 2 * escapes);
    for (size_t i = 0; to != NULL && i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (is_plain(s.p[i], keep_slash)) {
            *to++ = s.p[i];
        } else {
            *to++ = '%';
            *to++ = DIGITS[c >> 4];
            *to++ = DIGITS[c & 15];
        }
    }
}

/* Returns the byte that the two digits at s.p[i + 1] name, or -1 when they are not there. */
static int escaped_byte(struct iam_str s, size_t i)
{
    if (s.len - i < 3) {
        return -1;
    }
    int high = iam_ascii_hex_value(s.p[i + 1]);
    int low = iam_ascii_hex_value(s.p[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static size_t first_to_decode(struct iam_str s, bool plus_is_space)
{
    size_t i = 0;

    while (i < s.len && s.p[i] != '%' && !(plus_is_space && s.p[i] == '+')) {
        i++;
    }
    return i;
}

enum iam_status iam_uri_decode(struct iam_arena *arena, struct iam_str s, bool plus_is_space,
                               struct iam_str *ret)
{
    size_t len = first_to_decode(s, plus_is_space);

    if (len == s.len) {
        *ret = s;
        return IAM_OK;
    }
    char *to = iam_arena_alloc(arena, s.len);
    IAM_ENSURE(to != NULL, IAM_NOMEM);
    memcpy(to, s.p, len);
    for (size_t i = len; i < s.len; i++) {
        char c = s.p[i];
        if (c == '%') {
            int byte = escaped_byte(s, i);
            IAM_ENSURE(byte >= 0, IAM_SYNTAX);
            c = (char)byte;
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        to[len++] = c;
    }
    *ret = (struct iam_str){ to, len };
    return IAM_OK;
}
