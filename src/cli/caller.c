/* SPDX-License-Identifier: Apache-2.0 */
/* Dividing a principal's text into its parts. */
#include "cli/caller.h"

#include "base/buf.h"
#include "base/cur.h"

struct arn {
    struct iam_str partition;
    struct iam_str service;
    struct iam_str account;
    struct iam_str resource;
};

static bool split(struct iam_str text, struct arn *ret)
{
    struct iam_cur c = iam_cur_of(text);
    struct iam_str region;
    if (!iam_cur_lit(&c, IAM_STR("arn:")) || !iam_cur_until(&c, ':', 32, &ret->partition) ||
        !iam_cur_until(&c, ':', 64, &ret->service) || !iam_cur_until(&c, ':', 64, &region) ||
        !iam_cur_until(&c, ':', 64, &ret->account)) {
        return false;
    }
    ret->resource = iam_cur_rest(&c);
    return true;
}

static struct iam_str session_role(const struct arn *session)
{
    struct iam_str rest = iam_str_sub(session->resource, IAM_STR("assumed-role/").len, SIZE_MAX);
    return iam_str_sub(rest, 0, iam_str_find(rest, '/', 0));
}

/* Makes arn:partition:iam::account:role/name for "assumed-role/name/session". */
static enum iam_status role_arn(struct iam_arena *arena, const struct arn *a, struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, 4096);
    iam_buf_add_c(&b, "arn:");
    iam_buf_add(&b, a->partition);
    iam_buf_add_c(&b, ":iam::");
    iam_buf_add(&b, a->account);
    iam_buf_add_c(&b, ":role/");
    iam_buf_add(&b, session_role(a));
    struct iam_str made;
    IAM_TRY(iam_buf_finish(&b, &made));
    return iam_arena_dup(arena, made, ret);
}

static enum iam_status parse_sts(struct iam_arena *arena, const struct arn *a,
                                 struct iam_str principal_arn, struct iam_principal *p)
{
    if (iam_str_starts(a->resource, IAM_STR("federated-user/"))) {
        p->kind = IAM_PRINCIPAL_FEDERATED_USER;
        return IAM_OK;
    }
    if (!iam_str_starts(a->resource, IAM_STR("assumed-role/"))) {
        return IAM_SYNTAX;
    }
    p->kind = IAM_PRINCIPAL_ASSUMED_ROLE;
    p->session_arn = p->arn;
    p->arn = principal_arn;
    return iam_str_is_set(principal_arn) ? IAM_OK : role_arn(arena, a, &p->arn);
}

static enum iam_status parse_iam(const struct arn *a, struct iam_principal *p)
{
    if (iam_str_eq(a->resource, IAM_STR("root"))) {
        p->kind = IAM_PRINCIPAL_ROOT;
    } else if (iam_str_starts(a->resource, IAM_STR("user/"))) {
        p->kind = IAM_PRINCIPAL_USER;
    } else if (iam_str_starts(a->resource, IAM_STR("role/"))) {
        p->kind = IAM_PRINCIPAL_ASSUMED_ROLE;
    } else if (iam_str_starts(a->resource, IAM_STR("saml-provider/")) ||
               iam_str_starts(a->resource, IAM_STR("oidc-provider/"))) {
        p->kind = IAM_PRINCIPAL_FEDERATED;
        p->account = iam_str_absent();
    } else {
        return IAM_SYNTAX;
    }
    return IAM_OK;
}

static enum iam_status parse_name(struct iam_str text, struct iam_principal *p)
{
    if (iam_str_find(text, '.', 0) == text.len || iam_str_find(text, ':', 0) < text.len) {
        return IAM_SYNTAX;
    }
    /* SPEC: IAM User Guide, "Principal", OIDC federated principals: a provider, not a service. */
    bool provider = iam_str_eq(text, IAM_STR("cognito-identity.amazonaws.com"));
    bool service = !provider && (iam_str_ends(text, IAM_STR(".amazonaws.com")) ||
                                 iam_str_ends(text, IAM_STR(".amazonaws.com.cn")));
    p->kind = service ? IAM_PRINCIPAL_SERVICE : IAM_PRINCIPAL_FEDERATED;
    return IAM_OK;
}

enum iam_status iam_caller_parse(struct iam_arena *arena, struct iam_str text,
                                 struct iam_str principal_arn, struct iam_principal *ret)
{
    struct iam_principal p = { .kind = IAM_PRINCIPAL_ANONYMOUS };
    struct arn a;
    enum iam_status st;
    if (iam_str_eq(text, IAM_STR("*")) || iam_str_eq(text, IAM_STR("anonymous"))) {
        *ret = p;
        return IAM_OK;
    }
    p.arn = text;
    if (!split(text, &a)) {
        st = parse_name(text, &p);
    } else {
        p.account = a.account;
        st = iam_str_eq(a.service, IAM_STR("sts"))   ? parse_sts(arena, &a, principal_arn, &p)
             : iam_str_eq(a.service, IAM_STR("iam")) ? parse_iam(&a, &p)
                                                     : IAM_SYNTAX;
    }
    IAM_TRY(st);
    *ret = p;
    return IAM_OK;
}
