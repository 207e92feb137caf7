/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this server requires of the lines of a head, beyond what an HTTP parser does: nothing is
 * repaired. A line that two implementations could read differently is refused, because a proxy in
 * front of this server may be the other one.
 */
#include "http/line_int.h"

#define METHOD_MAX 32
#define HOST_MAX 300

/* RFC 9110 5.6.2: tchar. */
static const bool TOKEN_CHARS[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,  ['#'] = true,
    ['$'] = true,         ['%'] = true,         ['&'] = true,         ['\''] = true, ['*'] = true,
    ['+'] = true,         ['-'] = true,         ['.'] = true,         ['^'] = true,  ['_'] = true,
    ['`'] = true,         ['|'] = true,         ['~'] = true,
};

static struct iam_http_refusal refuse(int status, const char *message)
{
    return (struct iam_http_refusal){ status, message };
}

bool iam_http_is_token_char(char c)
{
    return TOKEN_CHARS[(unsigned char)c];
}

static bool is_token(struct iam_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!TOKEN_CHARS[(unsigned char)s.p[i]]) {
            return false;
        }
    }
    return s.len > 0;
}

static struct iam_http_refusal check_version(struct iam_str version, bool *ret_is_1_0)
{
    *ret_is_1_0 = iam_str_eq(version, IAM_STR("HTTP/1.0"));
    if (*ret_is_1_0 || iam_str_eq(version, IAM_STR("HTTP/1.1"))) {
        return refuse(0, NULL);
    }
    if (version.len == 8 && iam_str_starts(version, IAM_STR("HTTP/")) &&
        iam_ascii_is_digit(version.p[5]) && version.p[6] == '.' &&
        iam_ascii_is_digit(version.p[7])) {
        return refuse(505, "only HTTP/1.1 and HTTP/1.0 are supported");
    }
    return refuse(400, "the request line does not end with an HTTP version");
}

/*
 * Accepts only the origin form. A fragment has no place in a request, and the absolute form would
 * name the host a second time.
 */
static bool target_is_valid(struct iam_str target)
{
    if (target.len == 0 || target.p[0] != '/') {
        return false;
    }
    bool bad = false;
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.p[i];
        bad |= c <= 0x20 || c >= 0x7f || c == '#';
    }
    return !bad;
}

struct iam_http_refusal iam_http_request_line_check(struct iam_str line,
                                                    struct iam_http_request_line *ret)
{
    size_t first = iam_str_find(line, ' ', 0);
    size_t second = iam_str_find(line, ' ', first + 1);
    struct iam_str method = iam_str_sub(line, 0, first);
    if (first == line.len || second >= line.len || first > METHOD_MAX || !is_token(method)) {
        return refuse(400, "the request line is not 'METHOD /target HTTP/1.1'");
    }
    bool is_1_0 = false;
    struct iam_http_refusal no = check_version(iam_str_sub(line, second + 1, line.len), &is_1_0);
    if (no.status != 0) {
        return no;
    }
    if (iam_str_eq(method, IAM_STR("CONNECT"))) {
        return refuse(501, "CONNECT is not supported");
    }
    struct iam_str target = iam_str_sub(line, first + 1, second - first - 1);
    if (!target_is_valid(target)) {
        return refuse(400, "the request target must start with '/' and be printable ASCII");
    }
    *ret = (struct iam_http_request_line){ method, target, is_1_0 };
    return no;
}

static bool is_control(unsigned char c)
{
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

static uint64_t repeat(unsigned char c)
{
    return UINT64_C(0x0101010101010101) * c;
}

/*
 * Tells whether one of the eight bytes may be a control character; a tab is one of those that may.
 */
static bool may_have_control(const char *p)
{
    uint64_t w = 0;
    memcpy(&w, p, sizeof(w));
    uint64_t del = w ^ repeat(0x7f);
    uint64_t below = (w - repeat(0x20)) & ~w;
    uint64_t zero = (del - repeat(0x01)) & ~del;
    return ((below | zero) & repeat(0x80)) != 0;
}

/* Looks at eight bytes at a time: most of what a head holds passes through here. */
static bool has_control(struct iam_str s)
{
    size_t i = 0;
    while (i < s.len) {
        if (s.len - i >= 8 && !may_have_control(s.p + i)) {
            i += 8;
        } else if (is_control((unsigned char)s.p[i])) {
            return true;
        } else {
            i++;
        }
    }
    return false;
}

struct iam_http_refusal iam_http_field_line_check(struct iam_str line)
{
    if (line.p[0] == ' ' || line.p[0] == '\t') {
        return refuse(400, "a header must not be folded over several lines");
    }
    size_t name = 0;
    while (name < line.len && TOKEN_CHARS[(unsigned char)line.p[name]]) {
        name++;
    }
    if (name == 0 || name == line.len || line.p[name] != ':') {
        return refuse(400, "a header must be a name directly followed by a colon");
    }
    if (has_control(iam_str_sub(line, name, line.len))) {
        return refuse(400, "a header must not hold control characters");
    }
    return refuse(0, NULL);
}

bool iam_http_host_is_valid(struct iam_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.p[i];
        if (!iam_ascii_is_alnum(c) && memchr("-._:[]", c, 6) == NULL) {
            return false;
        }
    }
    return value.len > 0 && value.len <= HOST_MAX;
}
