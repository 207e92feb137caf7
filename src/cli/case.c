/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a case into the library's own structures and asking the library. Members that are not
 * known are refused inside request and policies: a dropped member would change the question.
 */
#include "cli/case.h"

#include <stdio.h>

#include "cli/caller.h"
#include "policy/compiled.h"
#include "policy/kind.h"

#define MAX_LEVELS 16
#define MESSAGE_BYTES 4096
/* LIMIT: of a name in a message. */
#define NAME_SHOWN_MAX 64

struct reading {
    struct iam_arena *arena;
    struct iam_alloc alloc; /* of the arena */
    struct iam_str text;
    struct iam_str error;
    size_t error_at;
    struct iam_str member; /* of policies, being read */
    bool has_levels;
    size_t level; /* of member, when it has levels */
    struct iam_request request;
    struct iam_policies policies;
    const struct iam_policy_set **levels[3]; /* session, scp, rcp: MAX_LEVELS each */
    const struct iam_principal_pin *pins;
    size_t pin_count;
    bool is_readable;
};

static enum iam_status fail(struct reading *r, enum iam_status st, const char *what)
{
    if (!iam_str_is_set(r->error)) {
        r->error = iam_str_c(what);
    }
    return st;
}

/* Refuses a case that is itself, apart from its documents, not what it has to be. */
static enum iam_status unreadable(struct reading *r, const char *what)
{
    r->is_readable = false;
    return fail(r, IAM_SYNTAX, what);
}

/* Refuses a member that object may not have. */
static enum iam_status unknown(struct reading *r, const char *object, const struct iam_json *m)
{
    struct iam_str what;
    IAM_TRY(iam_arena_fmt(r->arena, &what, "%s has no member \"%.*s\"", object,
                          (int)(m->name.len < NAME_SHOWN_MAX ? m->name.len : NAME_SHOWN_MAX),
                          m->name.p));
    r->error_at = m->name_offset;
    return fail(r, IAM_SYNTAX, what.p);
}

/* ---- request --------------------------------------------------------------------------------- */

static enum iam_status read_scalar(struct reading *r, const struct iam_json *node,
                                   struct iam_str *ret)
{
    switch (node->type) {
    case IAM_JSON_STRING:
    case IAM_JSON_NUMBER:
        *ret = node->text;
        return IAM_OK;
    case IAM_JSON_BOOL:
        *ret = node->boolean ? IAM_STR("true") : IAM_STR("false");
        return IAM_OK;
    case IAM_JSON_NULL:
    case IAM_JSON_ARRAY:
    case IAM_JSON_OBJECT:
        break;
    }
    return fail(r, IAM_SYNTAX,
                "a context value must be a string, a number, a boolean or a list of these");
}

static enum iam_status read_entry(struct reading *r, const struct iam_json *node,
                                  struct iam_context_entry *e)
{
    struct iam_str *values;
    e->key = node->name;
    e->is_list = node->type == IAM_JSON_ARRAY;
    e->value_count = e->is_list ? node->child_count : 1;
    values = iam_arena_zalloc(r->arena, e->value_count, sizeof(*values));
    IAM_ENSURE(values != NULL, IAM_NOMEM);
    e->values = values;
    if (!e->is_list) {
        return read_scalar(r, node, values);
    }
    for (const struct iam_json *item = node->first; item != NULL; item = item->next) {
        IAM_TRY(read_scalar(r, item, values++));
    }
    return IAM_OK;
}

static enum iam_status read_context(struct reading *r, const struct iam_json *node)
{
    struct iam_context_entry *entries;
    size_t n = 0;
    if (node->type != IAM_JSON_OBJECT) {
        return fail(r, IAM_SYNTAX, "context must be an object");
    }
    entries = iam_arena_zalloc(r->arena, node->child_count, sizeof(*entries));
    IAM_ENSURE(entries != NULL, IAM_NOMEM);
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        /* null is the same as no key. */
        if (m->type != IAM_JSON_NULL) {
            IAM_TRY(read_entry(r, m, &entries[n++]));
        }
    }
    r->request.context = entries;
    r->request.context_count = n;
    return IAM_OK;
}

static struct iam_str context_value(const struct reading *r, struct iam_str key)
{
    for (size_t i = 0; i < r->request.context_count; i++) {
        const struct iam_context_entry *e = &r->request.context[i];
        if (!e->is_list && iam_str_eq_nocase(e->key, key)) {
            return e->values[0];
        }
    }
    return iam_str_absent();
}

static enum iam_status read_member(struct reading *r, const struct iam_json *m,
                                   struct iam_str *principal, struct iam_str *id,
                                   struct iam_str *user)
{
    const struct {
        struct iam_str name;
        struct iam_str *to;
    } rows[] = {
        {IAM_STR("principal"),        principal                   },
        { IAM_STR("action"),          &r->request.action          },
        { IAM_STR("resource"),        &r->request.resource        },
        { IAM_STR("resourceAccount"), &r->request.resource_account},
        { IAM_STR("principalId"),     id                          },
        { IAM_STR("userArn"),         user                        },
    };
    if (iam_str_eq(m->name, IAM_STR("context"))) {
        return read_context(r, m);
    }
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        if (iam_str_eq(m->name, rows[i].name)) {
            if (m->type != IAM_JSON_STRING) {
                return fail(r, IAM_SYNTAX, "every member of request but context must be a string");
            }
            *rows[i].to = m->text;
            return IAM_OK;
        }
    }
    return unknown(r, "request", m);
}

static enum iam_status read_request(struct reading *r, const struct iam_json *node)
{
    struct iam_str principal = iam_str_absent();
    struct iam_str id = iam_str_absent();
    struct iam_str user = iam_str_absent();
    if (node == NULL || node->type != IAM_JSON_OBJECT) {
        return fail(r, IAM_SYNTAX, "the case has no request object");
    }
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        IAM_TRY(read_member(r, m, &principal, &id, &user));
    }
    if (!iam_str_is_set(principal) || !iam_str_is_set(r->request.action) ||
        !iam_str_is_set(r->request.resource)) {
        return fail(r, IAM_SYNTAX, "request needs principal, action and resource");
    }
    enum iam_status st = iam_caller_parse(
        r->arena, principal, context_value(r, IAM_STR("aws:PrincipalArn")), &r->request.principal);
    if (st != IAM_OK) {
        return fail(r, st, "principal must be \"*\", an ARN, a service or a provider");
    }
    r->request.principal.id = id;
    r->request.principal.user_arn = user;
    return IAM_OK;
}

/* ---- policies -------------------------------------------------------------------------------- */

enum iam_status iam_case_document(struct iam_arena *arena, struct iam_str text,
                                  const struct iam_json *node, struct iam_str *ret)
{
    struct iam_str written = iam_str_sub(text, node->offset, node->end_offset - node->offset);
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    if (node->type == IAM_JSON_STRING) {
        *ret = node->text;
        return IAM_OK;
    }
    /* An escape is at most three times as long as the character. */
    iam_buf_init(&b, &alloc, 3 * written.len + 1);
    iam_json_add_ascii(&b, written);
    return iam_buf_finish(&b, ret);
}

/*
 * Says which document was refused, and where in the case. The place in a document that is written
 * as a string is one in the text that the string means.
 */
static enum iam_status refuse_document(struct reading *r, const struct iam_json *node, size_t index,
                                       const struct iam_diag *diag)
{
    char level[32] = "";
    char within[64] = "";
    bool is_text = node->type == IAM_JSON_STRING;
    if (r->has_levels) {
        (void)snprintf(level, sizeof(level), "[%zu]", r->level);
    }
    if (is_text) {
        (void)snprintf(within, sizeof(within), " (line %u, column %u of the string)", diag->line,
                       diag->column);
    }
    r->error_at = node->offset + (is_text ? 0 : diag->offset);
    IAM_TRY(iam_arena_fmt(r->arena, &r->error, "policies.%.*s%s[%zu]: %s%s", IAM_STR_ARG(r->member),
                          level, index, diag->message, within));
    return diag->status;
}

static enum iam_status parse_document(struct reading *r, const struct iam_json *node, size_t index,
                                      enum iam_policy_kind kind, struct iam_policy **ret)
{
    struct iam_diag diag;
    struct iam_str text;
    IAM_TRY(iam_case_document(r->arena, r->text, node, &text));
    enum iam_status st = iam_policy_parse(&r->alloc, kind, text, ret, &diag);
    return st == IAM_OK ? st : refuse_document(r, node, index, &diag);
}

/*
 * Reads a list of documents as one set. A document that cannot be read makes the whole case a deny.
 */
static enum iam_status read_set(struct reading *r, const struct iam_json *list,
                                enum iam_policy_kind kind, const struct iam_policy_set **ret)
{
    struct iam_set_entry *entries;
    struct iam_policy_set *set;
    size_t n = 0;
    if (list->type != IAM_JSON_ARRAY) {
        return unreadable(r, "policies must be given as a list of documents");
    }
    entries = iam_arena_zalloc(r->arena, list->child_count, sizeof(*entries));
    IAM_ENSURE(entries != NULL, IAM_NOMEM);
    for (const struct iam_json *item = list->first; item != NULL; item = item->next) {
        bool pinned = kind == IAM_POLICY_RESOURCE || kind == IAM_POLICY_TRUST;
        IAM_TRY(parse_document(r, item, n, kind, &entries[n].policy));
        entries[n].pins = pinned ? r->pins : NULL;
        entries[n].pin_count = pinned ? r->pin_count : 0;
        n++;
    }
    /* Everything belongs to the arena, and goes with it: no reference is dropped. */
    IAM_TRY(iam_policy_set_new(&r->alloc, entries, n, &set));
    *ret = set;
    return IAM_OK;
}

static enum iam_status read_levels(struct reading *r, const struct iam_json *list,
                                   enum iam_policy_kind kind, const struct iam_policy_set **levels,
                                   size_t *ret_count)
{
    if (list->type != IAM_JSON_ARRAY || list->child_count > MAX_LEVELS) {
        return unreadable(r, "levels must be given as a list of at most 16 lists");
    }
    r->has_levels = true;
    r->level = 0;
    for (const struct iam_json *level = list->first; level != NULL; level = level->next) {
        IAM_TRY(read_set(r, level, kind, &levels[r->level]));
        r->level++;
    }
    r->has_levels = false;
    *ret_count = r->level;
    return IAM_OK;
}

/* Reads one layer written as a list of documents, or several as a list of lists. */
static enum iam_status read_session(struct reading *r, const struct iam_json *list)
{
    if (list->type == IAM_JSON_ARRAY && list->child_count == 0) {
        return IAM_OK;
    }
    if (list->first != NULL && list->first->type == IAM_JSON_ARRAY) {
        return read_levels(r, list, IAM_POLICY_SESSION, r->levels[0], &r->policies.session_count);
    }
    r->policies.session_count = 1;
    return read_set(r, list, IAM_POLICY_SESSION, &r->levels[0][0]);
}

static bool is_role_trust(const struct reading *r)
{
    struct iam_str rest = r->request.resource;
    return iam_str_starts_nocase(r->request.action, IAM_STR("sts:")) &&
           iam_str_starts(rest, IAM_STR("arn:")) && memmem(rest.p, rest.len, ":iam::", 6) != NULL &&
           memmem(rest.p, rest.len, ":role/", 6) != NULL;
}

static bool is_key(const struct reading *r)
{
    struct iam_str rest = r->request.resource;
    return iam_str_starts(rest, IAM_STR("arn:")) && memmem(rest.p, rest.len, ":kms:", 5) != NULL &&
           memmem(rest.p, rest.len, ":key/", 5) != NULL;
}

static enum iam_status read_pins(struct reading *r, const struct iam_json *node)
{
    struct iam_principal_pin *pins;
    size_t n = 0;
    if (node == NULL) {
        return IAM_OK;
    }
    if (node->type != IAM_JSON_OBJECT) {
        return unreadable(r, "pins must be an object of unique IDs");
    }
    pins = iam_arena_zalloc(r->arena, node->child_count, sizeof(*pins));
    IAM_ENSURE(pins != NULL, IAM_NOMEM);
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        if (m->type != IAM_JSON_STRING || m->text.len == 0) {
            return unreadable(r, "pins must be an object of unique IDs");
        }
        pins[n++] = (struct iam_principal_pin){ m->name, m->text };
    }
    r->pins = pins;
    r->pin_count = n;
    return IAM_OK;
}

/* Reads a list that is not empty as a set; an empty one is no set at all. */
static enum iam_status read_optional(struct reading *r, const struct iam_json *list,
                                     enum iam_policy_kind kind, const struct iam_policy_set **ret)
{
    if (list->type == IAM_JSON_ARRAY && list->child_count == 0) {
        return IAM_OK;
    }
    return read_set(r, list, kind, ret);
}

/* Reads the policy of the resource, under either of its names. */
static enum iam_status read_resource_policy(struct reading *r, const struct iam_json *list,
                                            enum iam_policy_kind kind)
{
    if (r->policies.resource != NULL && list->child_count > 0) {
        return unreadable(r, "a resource has one policy: give resource or trust, not both");
    }
    return read_optional(r, list, kind, &r->policies.resource);
}

static enum iam_status read_policy_member(struct reading *r, const struct iam_json *m)
{
    struct iam_policies *p = &r->policies;
    enum iam_policy_kind kind;
    if (iam_str_eq(m->name, IAM_STR("pins"))) {
        return IAM_OK;
    }
    r->member = m->name;
    if (!iam_policy_kind_find(m->name, &kind)) {
        r->is_readable = false;
        return unknown(r, "policies", m);
    }
    switch (kind) {
    case IAM_POLICY_IDENTITY:
        return read_optional(r, m, kind, &p->identity);
    case IAM_POLICY_BOUNDARY:
        return read_optional(r, m, kind, &p->boundary);
    case IAM_POLICY_RESOURCE:
        return read_resource_policy(r, m, is_role_trust(r) ? IAM_POLICY_TRUST : kind);
    case IAM_POLICY_TRUST:
        p->resource_must_allow = true;
        return read_resource_policy(r, m, kind);
    case IAM_POLICY_SESSION:
        return read_session(r, m);
    case IAM_POLICY_SCP:
        return read_levels(r, m, kind, r->levels[1], &p->scp_count);
    case IAM_POLICY_RCP:
        return read_levels(r, m, kind, r->levels[2], &p->rcp_count);
    case IAM_POLICY_MANAGED:
        break;
    }
    return unreadable(r, "a managed policy counts as identity or boundary: give it as one");
}

static enum iam_status read_policies(struct reading *r, const struct iam_json *node)
{
    for (size_t i = 0; i < IAM_COUNT(r->levels); i++) {
        r->levels[i] = iam_arena_zalloc(r->arena, MAX_LEVELS, sizeof(*r->levels[i]));
        IAM_ENSURE(r->levels[i] != NULL, IAM_NOMEM);
    }
    r->policies.session = r->levels[0];
    r->policies.scp = r->levels[1];
    r->policies.rcp = r->levels[2];
    r->policies.resource_must_allow = is_role_trust(r) || is_key(r);
    if (node == NULL || node->type != IAM_JSON_OBJECT) {
        return unreadable(r, "the case has no policies object");
    }
    IAM_TRY(read_pins(r, iam_json_member(node, IAM_STR("pins"))));
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        IAM_TRY(read_policy_member(r, m));
    }
    return IAM_OK;
}

/* ---- the case -------------------------------------------------------------------------------- */

static enum iam_status read_case(struct reading *r, struct iam_case_result *ret)
{
    static const struct iam_json_limits limits = { IAM_CASE_MAX_BYTES, 32, IAM_CASE_MAX_BYTES };
    struct iam_diag diag;
    enum iam_status st = iam_json_read(r->arena, r->text, &limits, &ret->root, &diag);
    if (st != IAM_OK) {
        r->error_at = diag.offset;
        IAM_TRY(iam_arena_dup(r->arena, iam_str_c(diag.message), &r->error));
        return st;
    }
    IAM_TRY(read_request(r, iam_json_member(ret->root, IAM_STR("request"))));
    r->is_readable = true;
    return read_policies(r, iam_json_member(ret->root, IAM_STR("policies")));
}

/* The members of a case that the members of a request are made from. */
static const struct iam_str members[] = {
    [IAM_MEMBER_PRINCIPAL_KIND] = IAM_STR_INIT("principal"),
    [IAM_MEMBER_PRINCIPAL_ACCOUNT] = IAM_STR_INIT("principal"),
    [IAM_MEMBER_PRINCIPAL_ARN] = IAM_STR_INIT("principal"),
    [IAM_MEMBER_PRINCIPAL_SESSION_ARN] = IAM_STR_INIT("principal"),
    [IAM_MEMBER_PRINCIPAL_USER_ARN] = IAM_STR_INIT("userArn"),
    [IAM_MEMBER_PRINCIPAL_ID] = IAM_STR_INIT("principalId"),
    [IAM_MEMBER_ACTION] = IAM_STR_INIT("action"),
    [IAM_MEMBER_RESOURCE] = IAM_STR_INIT("resource"),
    [IAM_MEMBER_RESOURCE_ACCOUNT] = IAM_STR_INIT("resourceAccount"),
    [IAM_MEMBER_CONTEXT] = IAM_STR_INIT("context"),
};

/* Says which member is wrong of a request that contradicts itself. */
static enum iam_status refuse_request(struct reading *r, const struct iam_json *request,
                                      const struct iam_request_fault *f)
{
    char why[MESSAGE_BYTES];
    size_t n = iam_request_fault_text(f, &r->request, why, sizeof(why));
    const struct iam_json *node = iam_json_member(request, members[f->member]);
    r->error_at = node != NULL ? node->offset : request->offset;
    return iam_arena_fmt(r->arena, &r->error, "request.%.*s: %.*s", IAM_STR_ARG(members[f->member]),
                         (int)n, why);
}

/* Decides what was read. */
static enum iam_status decide(struct reading *r, struct iam_case_result *ret)
{
    const struct iam_request *request = &ret->request;
    struct iam_decision *d = &ret->decision;
    iam_decide(&ret->policies, request, d);
    if (d->refused.member != IAM_MEMBER_NONE) {
        return refuse_request(r, iam_json_member(ret->root, IAM_STR("request")), &d->refused);
    }
    if (d->effect == IAM_ALLOW && request->principal.kind == IAM_PRINCIPAL_ROOT &&
        iam_is_refused_to_root(request->action)) {
        *d = (struct iam_decision){ .effect = IAM_IMPLICIT_DENY, .reason = IAM_POLICY_TRUST };
        ret->message = IAM_STR(IAM_SAYS_ROOT_ASSUMES);
        return IAM_OK;
    }
    char *message = iam_arena_alloc(r->arena, MESSAGE_BYTES);
    IAM_ENSURE(message != NULL, IAM_NOMEM);
    ret->message.p = message;
    ret->message.len = iam_decision_message(d, request, message, MESSAGE_BYTES);
    return IAM_OK;
}

void iam_case_decide(struct iam_arena *arena, struct iam_str text, struct iam_case_result *ret)
{
    struct reading r;
    memset(&r, 0, sizeof(r));
    memset(ret, 0, sizeof(*ret));
    r.arena = arena;
    r.alloc = iam_arena_allocator(arena);
    r.text = text;
    enum iam_status st = read_case(&r, ret);
    ret->is_readable = r.is_readable;
    if (st == IAM_OK) {
        ret->request = r.request;
        ret->policies = r.policies;
        st = decide(&r, ret);
    }
    ret->error = r.error;
    ret->error_at = r.error_at;
    if (st != IAM_OK) {
        ret->decision.effect = IAM_IMPLICIT_DENY;
        ret->error = iam_str_is_set(r.error) ? r.error : iam_str_c(iam_status_text(st));
    }
}
