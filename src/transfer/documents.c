/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents: what libiam cannot decide with is not stored. A version that is not in force is left
 * out then; everything else is an error, since without it somebody could do more than before.
 * Trust policies name principals by ARN; each gets the unique ID that it has in the files.
 */
#include "base/heap.h"
#include "iam/policy.h"
#include "model/arn.h"
#include "transfer/transfer_int.h"

/* ---- reading ---- */

/* Reads a document. False, told as level, when it is no such policy. *ret is the caller's. */
static bool read_document(struct iam_transfer *t, const struct moved *e,
                          const struct moved_document *document, enum iam_policy_kind kind,
                          enum iam_transfer_level level, struct iam_policy **ret)
{
    struct iam_diag diag = { 0 };
    enum iam_status st = iam_policy_parse(iam_heap(), kind, document->text, ret, &diag);
    if (st == IAM_NOMEM) {
        transfer_fail(t, st);
    } else if (st != IAM_OK) {
        transfer_tell(
            t, level, document->at, "%.*s %.*s: this policy is refused: %s%s", MOVED_NAME(e),
            diag.message,
            level == IAM_TRANSFER_LEFT ? "; the version, which is not in force, is left out" : "");
    }
    return st == IAM_OK;
}

static bool check_document(struct iam_transfer *t, const struct moved *e,
                           const struct moved_document *document, enum iam_policy_kind kind,
                           enum iam_transfer_level level)
{
    struct iam_policy *policy = NULL;
    bool is_good = read_document(t, e, document, kind, level, &policy);
    iam_policy_unref(policy);
    return is_good;
}

static void check_inlines(struct iam_transfer *t, const struct moved *e)
{
    size_t chars = 0;
    for (size_t i = 0; i < e->inline_count && t->status == IAM_OK; i++) {
        chars += iam_quota_document_chars(e->inlines[i].text);
        (void)check_document(t, e, &e->inlines[i], IAM_POLICY_IDENTITY, IAM_TRANSFER_ERROR);
    }
    (void)moved_count(t, iam_kind_get(e->kind)->inline_quota, chars, e->at);
}

static void check_versions(struct iam_transfer *t, struct moved *policy)
{
    for (size_t i = 0; i < policy->version_count && t->status == IAM_OK; i++) {
        struct moved_document *version = &policy->versions[i];
        enum iam_transfer_level level =
            version->is_default ? IAM_TRANSFER_ERROR : IAM_TRANSFER_LEFT;
        (void)moved_count(t, IAM_QUOTA_MANAGED_POLICY_SIZE, iam_quota_document_chars(version->text),
                          version->at);
        version->is_left = !check_document(t, policy, version, IAM_POLICY_MANAGED, level);
    }
}

/* ---- principals ---- */

/* Finds whom an ARN of this account means, if it is somebody: NULL otherwise. */
static const struct moved *find_principal(const struct iam_transfer *t,
                                          const struct iam_entity_arn *parts, struct iam_str arn)
{
    bool is_user = parts->kind == IAM_KIND_USER;
    const struct moved *e = moved_find(t, is_user ? MOVED_USERS : MOVED_ROLES, parts->name);
    if (e == NULL) {
        return NULL;
    }
    /* The ARN of a session of a role has the name of the role and not its path. */
    bool is_same = parts->kind == IAM_KIND_ROLE_SESSION ? iam_str_eq(e->name, parts->name)
                                                        : iam_str_eq(e->arn, arn);
    return is_same ? e : NULL;
}

static bool needs_pin(enum iam_kind kind)
{
    return kind == IAM_KIND_USER || kind == IAM_KIND_ROLE || kind == IAM_KIND_ROLE_SESSION;
}

static bool is_pinned(const struct moved *role, struct iam_str arn)
{
    for (size_t i = 0; i < role->pin_count; i++) {
        if (iam_str_eq(role->pins[i].principal_arn, arn)) {
            return true;
        }
    }
    return false;
}

/* Pins a principal. Those of other accounts are as they are written: nobody here is one of them. */
static void pin(struct iam_transfer *t, struct moved *role, struct iam_str arn)
{
    struct iam_entity_arn parts;
    bool is_ours =
        iam_entity_arn_parse(arn, &parts) == IAM_OK && iam_str_eq(parts.account, t->account);
    if (!is_ours) {
        transfer_tell(t, IAM_TRANSFER_NOTE, role->trust.at,
                      "%.*s %.*s trusts %.*s, which is of another account", MOVED_NAME(role),
                      MOVED_QUOTED(arn));
        return;
    }
    if (!needs_pin(parts.kind) || is_pinned(role, arn)) {
        return;
    }
    const struct moved *principal = find_principal(t, &parts, arn);
    if (principal == NULL) {
        transfer_tell(t, IAM_TRANSFER_ERROR, role->trust.at,
                      "%.*s %.*s trusts %.*s, which is not in the lists", MOVED_NAME(role),
                      MOVED_QUOTED(arn));
        return;
    }
    struct iam_pinned_principal *made = &role->pins[role->pin_count];
    enum iam_status st = iam_arena_dup(t->arena, arn, &made->principal_arn);
    if (st != IAM_OK) {
        transfer_fail(t, st);
        return;
    }
    made->unique_id = principal->id;
    role->pin_count++;
}

static bool is_arn(struct iam_str type, struct iam_str value)
{
    return iam_str_eq(type, IAM_STR("AWS")) && iam_str_starts(value, IAM_STR("arn:"));
}

static void pin_all(struct iam_transfer *t, struct moved *role, const struct iam_policy *policy)
{
    struct iam_str type;
    struct iam_str value;
    size_t count = 0;
    for (size_t pos = 0; iam_policy_next_principal(policy, &pos, &type, &value);) {
        count += is_arn(type, value);
    }
    role->pins = iam_arena_zalloc(t->arena, count + 1, sizeof(*role->pins));
    if (role->pins == NULL) {
        transfer_fail(t, IAM_NOMEM);
        return;
    }
    for (size_t pos = 0; iam_policy_next_principal(policy, &pos, &type, &value);) {
        if (is_arn(type, value) && t->status == IAM_OK) {
            pin(t, role, value);
        }
    }
}

static void check_trust(struct iam_transfer *t, struct moved *role)
{
    struct iam_diag diag = { 0 };
    struct iam_policy *policy = NULL;
    (void)moved_count(t, IAM_QUOTA_TRUST_POLICY_SIZE, iam_quota_document_chars(role->trust.text),
                      role->trust.at);
    if (!read_document(t, role, &role->trust, IAM_POLICY_TRUST, IAM_TRANSFER_ERROR, &policy)) {
        return;
    }
    if (iam_policy_check_write(policy, &diag) != IAM_OK) {
        transfer_tell(t, IAM_TRANSFER_NOTE, role->trust.at,
                      "%.*s %.*s: this trust policy would be refused today: %s", MOVED_NAME(role),
                      diag.message);
    }
    pin_all(t, role, policy);
    iam_policy_unref(policy);
}

/* ---- all ---- */

void transfer_check_documents(struct iam_transfer *t)
{
    for (size_t i = 0; i < MOVED_LISTS; i++) {
        const struct moved_list *list = &t->lists[i];
        for (size_t n = 0; n < list->count && t->status == IAM_OK; n++) {
            struct moved *e = &list->items[n];
            if (e->kind == IAM_KIND_POLICY) {
                check_versions(t, e);
            } else {
                check_inlines(t, e);
            }
            if (e->kind == IAM_KIND_ROLE) {
                check_trust(t, e);
            }
        }
    }
}
