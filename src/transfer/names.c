/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What everything is called: names, paths, IDs and ARNs. SPEC: IAM API Reference, the patterns of
 * userNameType, groupNameType, roleNameType, policyNameType, instanceProfileNameType, pathType.
 */
#include "model/arn.h"
#include "model/id.h"
#include "transfer/transfer_int.h"

#define MAX_SHORT_NAME 64
#define MAX_LONG_NAME 128

/* ---- names that are there ---- */

/* Copies a name in lower case, the form of a key. Of a text that is no name, what fits. */
static struct iam_str key_of(struct iam_str name, char ret[MAX_LONG_NAME])
{
    size_t len = name.len < MAX_LONG_NAME ? name.len : MAX_LONG_NAME;
    for (size_t i = 0; i < len; i++) {
        ret[i] = iam_ascii_lower(name.p[i]);
    }
    return (struct iam_str){ ret, len };
}

struct moved *moved_find(const struct iam_transfer *t, enum moved_list_id list, struct iam_str name)
{
    char key[MAX_LONG_NAME];
    return name.len <= sizeof(key) ? iam_map_get(&t->names[list], key_of(name, key)) : NULL;
}

static void add_name(struct iam_transfer *t, enum moved_list_id list, struct moved *e)
{
    char lower[MAX_LONG_NAME];
    struct iam_str key;
    void *old = NULL;
    enum iam_status st = iam_arena_dup(t->arena, key_of(e->name, lower), &key);
    if (st == IAM_OK) {
        st = iam_map_put(&t->names[list], key, e, &old);
    }
    if (st != IAM_OK) {
        transfer_fail(t, st);
    } else if (old != NULL) {
        transfer_tell(t, IAM_TRANSFER_ERROR, e->at, "%.*s %.*s is there twice; case is the same",
                      MOVED_NAME(e));
    }
}

static void add_id(struct iam_transfer *t, struct moved *e)
{
    struct moved *old = iam_map_get(&t->ids, e->id);
    enum iam_status st = old == NULL ? iam_map_put(&t->ids, e->id, e, NULL) : IAM_OK;
    if (st != IAM_OK) {
        transfer_fail(t, st);
    } else if (old != NULL) {
        transfer_tell(t, IAM_TRANSFER_ERROR, e->at,
                      "%.*s %.*s has the ID %.*s, which %.*s %.*s has too", MOVED_NAME(e),
                      MOVED_QUOTED(e->id), MOVED_NAME(old));
    }
}

/* ---- forms ---- */

bool moved_is_name(struct iam_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!iam_ascii_is_alnum(text.p[i]) &&
            (text.p[i] == '\0' || strchr("+=,.@_-", text.p[i]) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_name(const struct moved *e)
{
    bool is_short = e->kind == IAM_KIND_USER || e->kind == IAM_KIND_ROLE;
    return moved_is_name(e->name) && e->name.len <= (is_short ? MAX_SHORT_NAME : MAX_LONG_NAME);
}

static bool is_path(struct iam_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.p[i] < 0x21 || path.p[i] > 0x7e) {
            return false;
        }
    }
    return path.len > 0 && path.p[0] == '/' && path.p[path.len - 1] == '/';
}

static void check_id(struct iam_transfer *t, struct moved *e)
{
    const struct iam_kind_row *row = iam_kind_get(e->kind);
    enum iam_kind kind;
    if (iam_id_parse(e->id, &kind) != IAM_OK || kind != e->kind) {
        transfer_tell(t, IAM_TRANSFER_ERROR, e->at,
                      "%.*s is no ID of %.*s %.*s: one is %.*s and %d of A-Z and 2-7",
                      MOVED_QUOTED(e->id), MOVED_NAME(e), IAM_STR_ARG(row->id_prefix),
                      row->id_len - (int)row->id_prefix.len);
        return;
    }
    add_id(t, e);
}

/* Takes the account of the first ARN for that of all. */
static void check_account(struct iam_transfer *t, const struct moved *e)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(e->arn, &parts) != IAM_OK || parts.kind != e->kind ||
        !iam_account_id_is_valid(parts.account)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, e->at, "%.*s is no ARN of %.*s %.*s",
                      MOVED_QUOTED(e->arn), MOVED_NAME(e));
        return;
    }
    if (!iam_str_is_set(t->account)) {
        t->account = parts.account;
    }
    if (!iam_str_eq(parts.account, t->account)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, e->at,
                      "%.*s %.*s is of account %.*s, what comes before of account %.*s",
                      MOVED_NAME(e), IAM_STR_ARG(parts.account), IAM_STR_ARG(t->account));
    } else if (!iam_str_eq(parts.path, e->path) || !iam_str_eq(parts.name, e->name)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, e->at,
                      "the ARN of %.*s %.*s, %.*s, has not its path and name", MOVED_NAME(e),
                      MOVED_QUOTED(e->arn));
    }
}

static void check_one(struct iam_transfer *t, enum moved_list_id list, struct moved *e)
{
    if (!is_name(e)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, e->at, "%.*s is no name of a %.*s %s",
                      MOVED_QUOTED(e->name), IAM_STR_ARG(iam_kind_get(e->kind)->noun),
                      "(letters, digits, and +=,.@_-)");
        return;
    }
    if (!is_path(e->path)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, e->at, "%.*s is no path of %.*s %.*s",
                      MOVED_QUOTED(e->path), MOVED_NAME(e));
        return;
    }
    check_account(t, e);
    check_id(t, e);
    add_name(t, list, e);
}

/* ---- policies of AWS ---- */

/* Tells when a policy of AWS is another one here. That it is missing is told where it is used. */
static void compare_aws(struct iam_transfer *t, const struct moved *e)
{
    const struct iam_catalogue_policy *here;
    enum iam_status st = iam_catalogue_find(t->options->catalogue, e->arn, &here);
    if (st != IAM_OK && st != IAM_NOT_FOUND) {
        transfer_fail(t, st);
    } else if (st == IAM_OK && e->default_version != 0 &&
               here->versions[0].number != e->default_version) {
        transfer_tell(t, IAM_TRANSFER_LEFT, e->at,
                      "of the AWS managed policy %.*s version v%lld is in force there, v%lld here",
                      MOVED_QUOTED(e->arn), (long long)e->default_version,
                      (long long)here->versions[0].number);
    }
}

static void take_out_aws(struct iam_transfer *t)
{
    struct moved_list *list = &t->lists[MOVED_POLICIES];
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (iam_arn_is_aws_policy(list->items[i].arn)) {
            compare_aws(t, &list->items[i]);
        } else {
            list->items[kept++] = list->items[i];
        }
    }
    list->count = kept;
}

/* ---- all ---- */

static void check_profiles(struct iam_transfer *t, struct moved *role)
{
    for (size_t i = 0; i < role->profile_count; i++) {
        role->profiles[i].owner = role;
        check_one(t, MOVED_PROFILES, &role->profiles[i]);
    }
}

void transfer_check_names(struct iam_transfer *t)
{
    take_out_aws(t);
    for (size_t i = 0; i < MOVED_LISTS; i++) {
        struct moved_list *list = &t->lists[i];
        for (size_t e = 0; e < list->count && t->status == IAM_OK; e++) {
            check_one(t, (enum moved_list_id)i, &list->items[e]);
            check_profiles(t, &list->items[e]);
        }
    }
    if (!iam_str_is_set(t->account) && t->found[IAM_TRANSFER_ERROR] == 0) {
        transfer_tell(t, IAM_TRANSFER_ERROR, NULL,
                      "there is nothing that tells which account this is: no user, group, role or "
                      "policy");
    }
}
