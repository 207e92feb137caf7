/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entity ARNs: the table of kinds says how the resource part of each looks, and both the reader and
 * the printer follow it. INVARIANT: what is printed is read back to the same parts.
 */
#include "model/arn.h"

#include "base/cur.h"
#include "model/id.h"

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

/* Reads "/name", with nothing after it. */
static bool parse_name(struct iam_str tail, struct iam_entity_arn *arn)
{
    if (tail.len < 2 || tail.p[0] != '/' || iam_str_find(tail, '/', 1) != tail.len) {
        return false;
    }
    arn->name = iam_str_sub(tail, 1, tail.len);
    return true;
}

/* Reads "/name", in which slashes are part of the name. */
static bool parse_name_to_end(struct iam_str tail, struct iam_entity_arn *arn)
{
    if (tail.len < 2 || tail.p[0] != '/') {
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

static bool parse_tail(enum iam_arn_tail kind, struct iam_str tail, struct iam_entity_arn *arn)
{
    switch (kind) {
    case IAM_ARN_TAIL_NONE:
        return tail.len == 0;
    case IAM_ARN_TAIL_PATH_NAME:
        return parse_path_name(tail, arn);
    case IAM_ARN_TAIL_NAME:
        return parse_name(tail, arn);
    case IAM_ARN_TAIL_REST:
        return parse_name_to_end(tail, arn);
    case IAM_ARN_TAIL_SESSION:
        return parse_name_session(tail, arn);
    }
    return false;
}

static bool account_is_valid(enum iam_kind kind, struct iam_str account)
{
    return iam_account_id_is_valid(account) ||
           (kind == IAM_KIND_POLICY && iam_str_eq(account, IAM_ACCOUNT_AWS));
}

/* Tells whether service and what is after the account are in the form of arn->kind. */
static bool parse_rest(struct iam_str service, struct iam_cur rest, struct iam_entity_arn *arn)
{
    const struct iam_kind_row *form = iam_kind_get(arn->kind);

    return iam_str_is_set(form->arn_service) && iam_str_eq(service, form->arn_service) &&
           iam_cur_lit(&rest, form->arn_type) &&
           parse_tail(form->arn_tail, iam_cur_rest(&rest), arn) &&
           account_is_valid(arn->kind, arn->account);
}

enum iam_status iam_entity_arn_parse(struct iam_str text, struct iam_entity_arn *ret)
{
    struct iam_cur c = iam_cur_of(text);
    struct iam_entity_arn arn = { 0 };
    struct iam_str service;

    IAM_ENSURE(text.len <= IAM_ARN_MAX, IAM_SYNTAX);
    if (!iam_cur_lit(&c, IAM_STR("arn:" IAM_PARTITION ":")) ||
        !iam_cur_until(&c, ':', 3, &service) || !iam_cur_char(&c, ':') ||
        !iam_cur_until(&c, ':', IAM_ACCOUNT_ID_LEN, &arn.account)) {
        return IAM_SYNTAX;
    }
    /* Of kinds with the same form the first is meant: any way of assuming a role. */
    for (int kind = 0; kind < IAM_KIND_COUNT; kind++) {
        arn.kind = (enum iam_kind)kind;
        if (parse_rest(service, c, &arn)) {
            *ret = arn;
            return IAM_OK;
        }
    }
    return IAM_SYNTAX;
}

struct iam_str iam_arn_partition(struct iam_str text)
{
    struct iam_cur c = iam_cur_of(text);
    struct iam_str partition;
    struct iam_str service;
    struct iam_str part;
    bool is_arn = iam_cur_lit(&c, IAM_STR("arn:")) &&
                  iam_cur_until(&c, ':', IAM_ARN_MAX, &partition) && partition.len > 0 &&
                  iam_cur_until(&c, ':', IAM_ARN_MAX, &service) && service.len > 0 &&
                  iam_cur_until(&c, ':', IAM_ARN_MAX, &part) &&
                  iam_cur_until(&c, ':', IAM_ARN_MAX, &part) && !iam_cur_at_end(&c);

    return is_arn ? partition : iam_str_absent();
}

enum iam_status iam_entity_arn_print(struct iam_arena *arena, const struct iam_entity_arn *arn,
                                     struct iam_str *ret)
{
    const struct iam_kind_row *form = iam_kind_get(arn->kind);
    struct iam_str separator = IAM_STR("/");

    if (form->arn_tail == IAM_ARN_TAIL_NONE) {
        separator.len = 0;
    } else if (form->arn_tail == IAM_ARN_TAIL_PATH_NAME) {
        separator = arn->path;
    }
    const struct iam_str parts[] = {
        IAM_STR("arn:" IAM_PARTITION ":"),
        form->arn_service,
        IAM_STR("::"),
        arn->account,
        IAM_STR(":"),
        form->arn_type,
        separator,
        arn->name,
        form->arn_tail == IAM_ARN_TAIL_SESSION ? IAM_STR("/") : IAM_STR(""),
        arn->session,
    };
    return iam_arena_join(arena, parts, IAM_COUNT(parts), ret);
}

enum iam_status iam_arn_of(struct iam_arena *arena, enum iam_kind kind, struct iam_str account,
                           struct iam_str path, struct iam_str name, struct iam_str *ret)
{
    struct iam_entity_arn arn = { .kind = kind, .account = account, .path = path, .name = name };

    return iam_entity_arn_print(arena, &arn, ret);
}
