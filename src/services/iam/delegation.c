/* SPDX-License-Identifier: Apache-2.0 */
#include "services/iam/delegation.h"

#include "catalogue/template.h"
#include "codec/json.h"
#include "dispatch/authorize.h"
#include "policy/compiled.h"

/* LIMIT: characters of a summary. SPEC: IAM API Reference, "GetHumanReadableSummary". */
#define SUMMARY_MAX 10000

static const struct iam_json_limits LIMITS = { .max_bytes = 1u << 16,
                                               .max_depth = 64,
                                               .max_nodes = 5000 };

enum iam_delegation_state iam_delegation_state_now(const struct iam_call *call,
                                                   const struct iam_delegation_request *request)
{
    return request->expires_ms <= call->high_ms ? IAM_DELEGATION_EXPIRED
                                                : (enum iam_delegation_state)request->state;
}

struct iam_str iam_delegation_requestor(const struct iam_call *call,
                                        const struct iam_delegation_request *request)
{
    const struct iam_policy_template *of;
    enum iam_status st =
        iam_catalogue_policy_template(call->env->catalogue, request->template_arn, &of);
    return st == IAM_OK ? of->requestor_name : iam_str_absent();
}

/* ---- the policy ---- */

/* Returns the first of the values of an element, which may be one or a list; NULL: there is none.
 */
static const struct iam_json *first_of(const struct iam_json *statement, struct iam_str element)
{
    const struct iam_json *node = iam_json_member(statement, element);
    return node != NULL && node->type == IAM_JSON_ARRAY ? node->first : node;
}

/* Returns the value after at, one of those of an element. */
static const struct iam_json *next_of(const struct iam_json *statement, struct iam_str element,
                                      const struct iam_json *at)
{
    const struct iam_json *node = iam_json_member(statement, element);
    return node->type == IAM_JSON_ARRAY ? at->next : NULL;
}

/* Reads the policy; *ret_first is the first statement. */
static enum iam_status read_policy(struct iam_call *call,
                                   const struct iam_delegation_request *request,
                                   const struct iam_json **ret, const struct iam_json **ret_first)
{
    enum iam_status st = iam_json_read(call->arena, request->policy, &LIMITS, ret, NULL);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOMEM ? st : IAM_CORRUPT);
    *ret_first = first_of(*ret, IAM_STR("Statement"));
    return IAM_OK;
}

static const struct iam_json *next_statement(const struct iam_json *policy,
                                             const struct iam_json *at)
{
    return next_of(policy, IAM_STR("Statement"), at);
}

static bool is_allow(const struct iam_json *statement)
{
    const struct iam_json *effect = iam_json_member(statement, IAM_STR("Effect"));
    return effect != NULL && iam_str_eq(effect->text, IAM_STR("Allow"));
}

/* ---- boundaries ---- */

static bool makes_roles(const struct iam_json *statement)
{
    const struct iam_str element = IAM_STR("Action");
    for (const struct iam_json *at = first_of(statement, element); at != NULL;
         at = next_of(statement, element, at)) {
        if (iam_str_eq_nocase(at->text, IAM_STR("iam:CreateRole"))) {
            return true;
        }
    }
    return false;
}

/* Adds the values that a condition of the statement compares the boundary with, up to room. */
static void add_boundaries(const struct iam_json *statement, struct iam_str *items, size_t room,
                           size_t *count)
{
    const struct iam_json *condition = iam_json_member(statement, IAM_STR("Condition"));
    for (const struct iam_json *op = condition != NULL ? condition->first : NULL; op != NULL;
         op = op->next) {
        for (const struct iam_json *key = op->first; key != NULL; key = key->next) {
            if (!iam_str_eq_nocase(key->name, IAM_STR("iam:PermissionsBoundary"))) {
                continue;
            }
            for (const struct iam_json *at = first_of(op, key->name); at != NULL && *count < room;
                 at = next_of(op, key->name, at)) {
                items[(*count)++] = at->text;
            }
        }
    }
}

/* LIMIT: boundaries of one policy, which has 2,048 characters. */
#define MAX_BOUNDARIES 64

enum iam_status iam_delegation_boundaries(struct iam_call *call,
                                          const struct iam_delegation_request *request,
                                          struct api_iam_role_permission_restriction_arn_list *ret)
{
    const struct iam_json *policy;
    const struct iam_json *at;
    struct iam_str *items = iam_arena_zalloc(call->arena, MAX_BOUNDARIES, sizeof(*items));
    size_t count = 0;
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    IAM_TRY(read_policy(call, request, &policy, &at));
    for (; at != NULL; at = next_statement(policy, at)) {
        if (is_allow(at) && makes_roles(at)) {
            add_boundaries(at, items, MAX_BOUNDARIES, &count);
        }
    }
    *ret = (struct api_iam_role_permission_restriction_arn_list){ items, count, count > 0 };
    return IAM_OK;
}

/* ---- what the caller itself may do ---- */

struct check {
    struct iam_call *call;
    struct api_context context;
    bool is_denied;
    bool is_unsure;
};

static bool has_wildcard(struct iam_str text)
{
    return iam_str_find(text, '*', 0) < text.len || iam_str_find(text, '?', 0) < text.len;
}

/* Decides one action on one resource, as if the caller asked for it now. */
static enum iam_status check_one(struct check *c, struct iam_str action, struct iam_str resource)
{
    struct iam_decision decision;
    struct iam_request request = { .action = action, .resource = resource };
    struct api_question q = {
        .subject = &c->call->subject,
        .action = action,
        .resource = resource,
        .resource_account = iam_str_or(iam_arn_account(resource), api_account(c->call)),
        .context = c->context.entries,
        .context_count = c->context.count,
        .work = &c->call->work,
    };
    if (has_wildcard(action) || !iam_request_check(&request, NULL)) {
        c->is_unsure = true;
        return IAM_OK;
    }
    IAM_TRY(api_decide(&q, &decision, &request));
    c->is_unsure |= decision.refused.member != IAM_MEMBER_NONE;
    c->is_denied |= decision.refused.member == IAM_MEMBER_NONE && decision.effect != IAM_ALLOW;
    return IAM_OK;
}

static enum iam_status check_statement(struct check *c, const struct iam_json *statement)
{
    const struct iam_str action = IAM_STR("Action");
    const struct iam_str resource = IAM_STR("Resource");
    const struct iam_json *a = first_of(statement, action);
    c->is_unsure |= a == NULL || first_of(statement, resource) == NULL;
    for (; a != NULL; a = next_of(statement, action, a)) {
        for (const struct iam_json *r = first_of(statement, resource); r != NULL;
             r = next_of(statement, resource, r)) {
            IAM_TRY(check_one(c, a->text, r->text));
        }
    }
    return IAM_OK;
}

enum iam_status iam_delegation_check(struct iam_call *call,
                                     const struct iam_delegation_request *request,
                                     struct iam_str *ret)
{
    struct check c = { .call = call };
    const struct iam_json *policy;
    const struct iam_json *at;
    api_context_init(&c.context, call->arena);
    api_context_add_principal(&c.context, &call->subject, call->high_ms);
    api_context_add_time(&c.context, call->high_ms);
    IAM_ENSURE(!c.context.failed, IAM_LIMIT);
    IAM_TRY(read_policy(call, request, &policy, &at));
    for (; at != NULL; at = next_statement(policy, at)) {
        if (is_allow(at)) {
            IAM_TRY(check_statement(&c, at));
        }
    }
    *ret = c.is_denied ? IAM_STR("DENIED") : c.is_unsure ? IAM_STR("UNSURE") : IAM_STR("ALLOWED");
    return IAM_OK;
}

/* ---- words ---- */

static void add_amount(struct iam_buf *b, int64_t number, const char *unit, const char *before)
{
    if (number > 0) {
        iam_buf_add_fmt(b, "%s%lld %s%s", before, (long long)number, unit, number == 1 ? "" : "s");
    }
}

static void add_duration(struct iam_buf *b, int64_t seconds)
{
    bool has_hours = seconds >= 3600;
    bool has_minutes = seconds % 3600 >= 60;
    add_amount(b, seconds / 3600, "hour", "");
    add_amount(b, seconds % 3600 / 60, "minute", has_hours ? " " : "");
    add_amount(b, seconds % 60, "second", has_hours || has_minutes ? " " : "");
}

/* Appends the values of an element, or of the one that is its reverse. */
static void add_values(struct iam_buf *b, const struct iam_json *statement, struct iam_str element,
                       struct iam_str reverse, const char *all_but)
{
    bool is_reversed = iam_json_member(statement, element) == NULL;
    struct iam_str used = is_reversed ? reverse : element;
    const char *before = is_reversed ? all_but : "";
    for (const struct iam_json *at = first_of(statement, used); at != NULL;
         at = next_of(statement, used, at)) {
        iam_buf_add_c(b, before);
        iam_buf_add(b, at->text);
        before = ", ";
    }
}

/* Appends the condition keys that a statement depends on. */
static void add_conditions(struct iam_buf *b, const struct iam_json *statement)
{
    const struct iam_json *condition = iam_json_member(statement, IAM_STR("Condition"));
    const char *before = ", under conditions on ";
    for (const struct iam_json *op = condition != NULL ? condition->first : NULL; op != NULL;
         op = op->next) {
        for (const struct iam_json *key = op->first; key != NULL; key = key->next) {
            iam_buf_add_c(b, before);
            iam_buf_add(b, key->name);
            before = ", ";
        }
    }
}

/* Appends the statements that allow, or those that deny, after a heading. */
static void add_statements(struct iam_buf *b, const struct iam_json *policy,
                           const struct iam_json *first, bool of_allow, const char *heading)
{
    bool has_heading = false;
    for (const struct iam_json *at = first; at != NULL; at = next_statement(policy, at)) {
        if (is_allow(at) != of_allow) {
            continue;
        }
        iam_buf_add_c(b, has_heading ? "" : heading);
        has_heading = true;
        iam_buf_add_c(b, "- ");
        add_values(b, at, IAM_STR("Action"), IAM_STR("NotAction"), "everything but ");
        iam_buf_add_c(b, " on ");
        add_values(b, at, IAM_STR("Resource"), IAM_STR("NotResource"), "all resources but ");
        add_conditions(b, at);
        iam_buf_add_char(b, '\n');
    }
}

static void add_who(struct iam_buf *b, const struct iam_call *call,
                    const struct iam_delegation_request *request)
{
    struct iam_str name = iam_delegation_requestor(call, request);
    if (iam_str_is_set(name)) {
        iam_buf_add_fmt(b, "%.*s, with the account %.*s,", IAM_STR_ARG(name),
                        IAM_STR_ARG(request->account));
    } else {
        iam_buf_add_fmt(b, "The account %.*s", IAM_STR_ARG(request->account));
    }
    iam_buf_add_c(b, " asks for access to ");
    if (iam_str_is_set(request->owner_account)) {
        iam_buf_add_fmt(b, "the account %.*s", IAM_STR_ARG(request->owner_account));
    } else {
        iam_buf_add_c(b, "the account that takes the request");
    }
    iam_buf_add_c(b, " for ");
    add_duration(b, request->session_seconds);
    iam_buf_add_c(b, ".\n");
}

static void add_quoted(struct iam_buf *b, const char *what, struct iam_str text)
{
    if (text.len > 0) {
        iam_buf_add_fmt(b, "%s: %.*s\n", what, IAM_STR_ARG(text));
    }
}

enum iam_status iam_delegation_summary(struct iam_call *call,
                                       const struct iam_delegation_request *request,
                                       struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    const struct iam_json *policy;
    const struct iam_json *first;
    IAM_TRY(read_policy(call, request, &policy, &first));
    iam_buf_init(&b, &alloc, SUMMARY_MAX);
    add_who(&b, call, request);
    add_quoted(&b, "Description", request->description);
    add_quoted(&b, "Message", request->message);
    add_statements(&b, policy, first, true, "It would be permitted:\n");
    add_statements(&b, policy, first, false, "It would be denied, whatever else permits it:\n");
    return iam_buf_finish(&b, ret);
}
