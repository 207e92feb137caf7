/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http_options.h"

#include <grp.h>
#include <stdio.h>

#define SOURCE_CONNECTIONS_MAX 65535
#define MODE_DIGITS 4
/* The group that chown takes for "leave it". */
#define NO_GROUP ((gid_t)-1)

static enum iam_status refuse(const char *why)
{
    (void)fprintf(stderr, "iamd: %s\n", why);
    return IAM_RANGE;
}

static enum iam_status add_exempt(struct http_options *o, struct iam_str text)
{
    IAM_ENSURE(o->exempt_count < IAM_HTTP_EXEMPT_MAX, IAM_LIMIT);
    IAM_TRY(iam_http_network_parse(text, &o->exempt[o->exempt_count]));
    o->exempt_count++;
    return IAM_OK;
}

void http_options_default(struct http_options *o)
{
    *o = (struct http_options){ .unix_gid = NO_GROUP };
    enum iam_status v4 = add_exempt(o, IAM_STR("127.0.0.0/8"));
    enum iam_status v6 = add_exempt(o, IAM_STR("::1"));
    IAM_ASSERT(v4 == IAM_OK && v6 == IAM_OK);
    (void)v4;
    (void)v6;
}

enum iam_status http_option_source_connections(struct http_options *o, const char *value)
{
    uint64_t n;
    if (iam_str_to_u64(iam_str_c(value), SOURCE_CONNECTIONS_MAX, &n) != IAM_OK || n == 0) {
        return refuse("--per-source-connections takes a number from 1 to 65535");
    }
    o->source_connections = (size_t)n;
    return IAM_OK;
}

enum iam_status http_option_exempt(struct http_options *o, const char *value)
{
    if (!o->exempt_is_set) {
        o->exempt_is_set = true;
        o->exempt_count = 0;
    }
    if (iam_str_eq(iam_str_c(value), IAM_STR("none"))) {
        return IAM_OK;
    }
    enum iam_status st = add_exempt(o, iam_str_c(value));
    if (st == IAM_LIMIT) {
        return refuse("--per-source-exempt may be given 16 times");
    }
    return st == IAM_OK ? IAM_OK
                        : refuse("--per-source-exempt takes an address, a network as 10.0.0.0/8, "
                                 "or 'none'");
}

enum iam_status http_option_unix_mode(struct http_options *o, const char *value)
{
    struct iam_str text = iam_str_c(value);
    unsigned mode = 0;
    bool ok = text.len > 0 && text.len <= MODE_DIGITS;
    for (size_t i = 0; i < text.len && ok; i++) {
        ok = text.p[i] >= '0' && text.p[i] <= '7';
        mode = mode * 8 + (unsigned)(text.p[i] - '0');
    }
    if (!ok || mode == 0 || mode > 0777) {
        return refuse("--unix-mode takes an octal number such as 0660");
    }
    o->unix_mode = mode;
    return IAM_OK;
}

enum iam_status http_option_unix_group(struct http_options *o, const char *value)
{
    uint64_t number;
    if (iam_str_to_u64(iam_str_c(value), NO_GROUP - 1, &number) == IAM_OK) {
        o->unix_gid = (gid_t)number;
        return IAM_OK;
    }
    const struct group *group = getgrnam(value);
    if (group == NULL) {
        return refuse("--unix-group takes the name or the number of a group");
    }
    o->unix_gid = group->gr_gid;
    return IAM_OK;
}

bool http_options_need_unix(const struct http_options *o)
{
    return o->unix_mode != 0 || o->unix_gid != NO_GROUP;
}

bool http_option_is_loopback(const char *address)
{
    struct iam_str text = iam_str_c(address);
    return iam_str_starts(text, IAM_STR("127.")) || iam_str_starts(text, IAM_STR("[::1]:"));
}
