/* SPDX-License-Identifier: Apache-2.0 */
#include "services/iam/oidc_url.h"

#include "base/cur.h"

static const struct iam_str HTTPS = IAM_STR_INIT("https://");
static const struct iam_str PORT = IAM_STR_INIT(":443");

static bool is_in_host(char c)
{
    return iam_ascii_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* Tells whether a path may have the character. SPEC: RFC 3986, 3.3. */
static bool is_in_path(char c)
{
    return iam_ascii_is_alnum(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@/%", c) != NULL);
}

static bool all_are(struct iam_str text, bool (*is_good)(char c))
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_good(text.p[i])) {
            return false;
        }
    }
    return true;
}

/* Takes the port away, if it is the one that https has anyway. */
static struct iam_str without_port(struct iam_str authority)
{
    bool has_port =
        authority.len > PORT.len &&
        iam_str_eq(iam_str_sub(authority, authority.len - PORT.len, authority.len), PORT);
    return has_port ? iam_str_sub(authority, 0, authority.len - PORT.len) : authority;
}

static bool is_host(struct iam_str host)
{
    return host.len > 0 && host.p[0] != '.' && all_are(host, is_in_host);
}

enum iam_status iam_oidc_url_read(struct iam_arena *arena, struct iam_str url, struct iam_str *ret)
{
    struct iam_cur c = iam_cur_of(url);
    struct iam_str scheme;
    if (!iam_cur_lit(&c, HTTPS)) {
        bool has_scheme = iam_cur_until(&c, ':', url.len, &scheme) && scheme.len > 0 &&
                          iam_cur_lit(&c, IAM_STR("//"));
        return has_scheme ? IAM_UNSUPPORTED : IAM_SYNTAX;
    }
    struct iam_str rest = iam_cur_rest(&c);
    IAM_ENSURE(rest.len > 0, IAM_SYNTAX);
    size_t slash = iam_str_find(rest, '/', 0);
    struct iam_str parts[] = { without_port(iam_str_sub(rest, 0, slash)),
                               iam_str_sub(rest, slash, rest.len) };
    IAM_ENSURE(is_host(parts[0]) && all_are(parts[1], is_in_path), IAM_RANGE);
    return iam_arena_join(arena, parts, IAM_COUNT(parts), ret);
}
