/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entity ARNs: one table says how the resource part of each kind looks, and both the reader and the
 * printer follow it. INVARIANT: what is printed is read back to the same parts.
 */
#include "model/arn.h"

#include "base/cur.h"
#include "model/id.h"

enum arn_tail { TAIL_NONE, TAIL_PATH_NAME, TAIL_NAME, TAIL_SESSION };

struct arn_form {
    struct iam_str service;
    struct iam_str type; /* up to and without the '/' */
    enum arn_tail tail;
};

#define S(text) IAM_STR_INIT(text)

static const struct arn_form FORMS[] = {
    [IAM_ARN_ROOT] = {S("iam"),  S("root"),             TAIL_NONE     },
    [IAM_ARN_USER] = { S("iam"), S("user"),             TAIL_PATH_NAME},
    [IAM_ARN_GROUP] = { S("iam"), S("group"),            TAIL_PATH_NAME},
    [IAM_ARN_ROLE] = { S("iam"), S("role"),             TAIL_PATH_NAME},
    [IAM_ARN_POLICY] = { S("iam"), S("policy"),           TAIL_PATH_NAME},
    [IAM_ARN_INSTANCE_PROFILE] = { S("iam"), S("instance-profile"), TAIL_PATH_NAME},
    [IAM_ARN_ASSUMED_ROLE] = { S("sts"), S("assumed-role"),     TAIL_SESSION  },
    [IAM_ARN_FEDERATED_USER] = { S("sts"), S("federated-user"),   TAIL_NAME     },
};

/* Splits "/a/b/name" into path "/a/b/" and "name". */
static bool parse_path_name(struct iam_str tail, struct iam_entity_arn *arn)
{
    size_t name_at = tail.len;

    while (name_at > 0 && tail.p[name_at - 1] != '/') {
        name_at--;
    }
    if (name_at == 0 || name_at == tail.len || tail.p[0] != '/') {
        return false;
    }
    arn->path = iam_str_sub(tail, 0, name_at);
    arn->name = iam_str_sub(tail, name_at, tail.len);
    return true;
}

/* Reads "/name" with nothing after it. */
static bool parse_name(struct iam_str tail, struct iam_entity_arn *arn)
{
    if (tail.len < 2 || tail.p[0] != '/' || iam_str_find(tail, '/', 1) != tail.len) {
        return false;
    }
    arn->name = iam_str_sub(tail, 1, tail.len);
    return true;
}

/* Reads "/name/session". */
static bool parse_name_session(struct iam_str tail, struct iam_entity_arn *arn)
{
    size_t slash = iam_str_find(tail, '/', 1);

    if (tail.len == 0 || slash == tail.len || !parse_name(iam_str_sub(tail, 0, slash), arn)) {
        return false;
    }
    arn->session = iam_str_sub(tail, slash + 1, tail.len);
    return arn->session.len > 0 && iam_str_find(arn->session, '/', 0) == arn->session.len;
}

static bool parse_tail(enum arn_tail kind, struct iam_str tail, struct iam_entity_arn *arn)
{
    switch (kind) {
    case TAIL_NONE:
        return tail.len == 0;
    case TAIL_PATH_NAME:
        return parse_path_name(tail, arn);
    case TAIL_NAME:
        return parse_name(tail, arn);
    case TAIL_SESSION:
        return parse_name_session(tail, arn);
    }
    return false;
}

static bool account_is_valid(enum iam_arn_kind kind, struct iam_str account)
{
    return iam_account_id_is_valid(account) ||
           (kind == IAM_ARN_POLICY && iam_str_eq(account, IAM_ACCOUNT_AWS));
}

enum iam_status iam_entity_arn_parse(struct iam_str text, struct iam_entity_arn *ret)
{
    struct iam_cur c = iam_cur_of(text);
    struct iam_entity_arn arn = { 0 };
    struct iam_str service;

    IAM_ENSURE(text.len <= IAM_ARN_MAX, IAM_SYNTAX);
    if (!iam_cur_lit(&c, IAM_STR("arn:aws:")) || !iam_cur_until(&c, ':', 3, &service) ||
        !iam_cur_char(&c, ':') || !iam_cur_until(&c, ':', IAM_ACCOUNT_ID_LEN, &arn.account)) {
        return IAM_SYNTAX;
    }
    for (size_t kind = 0; kind < IAM_COUNT(FORMS); kind++) {
        struct iam_cur tail = c;

        arn.kind = (enum iam_arn_kind)kind;
        if (iam_str_eq(service, FORMS[kind].service) && iam_cur_lit(&tail, FORMS[kind].type) &&
            parse_tail(FORMS[kind].tail, iam_cur_rest(&tail), &arn) &&
            account_is_valid(arn.kind, arn.account)) {
            *ret = arn;
            return IAM_OK;
        }
    }
    return IAM_SYNTAX;
}

enum iam_status iam_entity_arn_print(struct iam_arena *arena, const struct iam_entity_arn *arn,
                                     struct iam_str *ret)
{
    const struct arn_form *form = &FORMS[arn->kind];
    struct iam_str separator = IAM_STR("/");

    if (form->tail == TAIL_NONE) {
        separator.len = 0;
    } else if (form->tail == TAIL_PATH_NAME) {
        separator = arn->path;
    }
    return iam_arena_fmt(arena, ret, "arn:aws:%.*s::%.*s:%.*s%.*s%.*s%s%.*s",
                         IAM_STR_ARG(form->service), IAM_STR_ARG(arn->account),
                         IAM_STR_ARG(form->type), IAM_STR_ARG(separator), IAM_STR_ARG(arn->name),
                         form->tail == TAIL_SESSION ? "/" : "", IAM_STR_ARG(arn->session));
}

enum iam_status iam_arn_of(struct iam_arena *arena, enum iam_arn_kind kind, struct iam_str account,
                           struct iam_str path, struct iam_str name, struct iam_str *ret)
{
    struct iam_entity_arn arn = { .kind = kind, .account = account, .path = path, .name = name };

    return iam_entity_arn_print(arena, &arn, ret);
}
