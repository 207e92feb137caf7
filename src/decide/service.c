/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/service.h"

#include "decide/glob.h"
#include "policy/compiled.h"

static bool is_every(struct iam_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] != '*') {
            return false;
        }
    }
    return text.len > 0;
}

/* Tells whether a pattern of actions matches the action, or an action of the service. */
static bool names(struct iam_str pattern, struct iam_str service)
{
    if (iam_str_find(service, ':', 0) < service.len) {
        return iam_glob_match(iam_glob_of(pattern), service);
    }
    return is_every(pattern) || (pattern.len > service.len && pattern.p[service.len] == ':' &&
                                 iam_str_starts(pattern, service));
}

/* Tells whether it matches the action, or every action of the service. */
static bool covers(struct iam_str pattern, struct iam_str service)
{
    if (iam_str_find(service, ':', 0) < service.len || is_every(pattern)) {
        return names(pattern, service);
    }
    return names(pattern, service) && is_every(iam_str_sub(pattern, service.len + 1, pattern.len));
}

typedef bool pattern_fn(struct iam_str pattern, struct iam_str service);

static bool any_action(const struct iam_statement *s, pattern_fn *fn, struct iam_str service)
{
    const char *at = iam_statement_actions(s);
    for (size_t i = 0; i < s->action_count; i++) {
        if (fn(iam_action_next(&at), service)) {
            return true;
        }
    }
    return false;
}

/* Tells whether the statement is for every resource: "*" is one of them. */
static bool is_everywhere(const struct iam_statement *s)
{
    const struct iam_pattern *patterns = iam_statement_resources(s);
    for (size_t i = 0; i < s->resource_count; i++) {
        if (patterns[i].any) {
            return !s->not_resource;
        }
    }
    return false;
}

static bool allows(const struct iam_statement *s, struct iam_str service)
{
    if (s->deny) {
        return false;
    }
    return s->not_action ? !any_action(s, covers, service) : any_action(s, names, service);
}

static bool denies(const struct iam_statement *s, struct iam_str service)
{
    if (!s->deny || s->condition_count > 0 || !is_everywhere(s)) {
        return false;
    }
    return s->not_action ? !any_action(s, names, service) : any_action(s, covers, service);
}

bool iam_policy_allows_service(const struct iam_policy *policy, struct iam_str service)
{
    for (size_t i = 0; i < policy->statement_count; i++) {
        if (allows(&iam_policy_statements(policy)[i], service)) {
            return true;
        }
    }
    return false;
}

bool iam_policy_denies_service(const struct iam_policy *policy, struct iam_str service)
{
    for (size_t i = 0; i < policy->statement_count; i++) {
        if (denies(&iam_policy_statements(policy)[i], service)) {
            return true;
        }
    }
    return false;
}

static bool each_of(const struct iam_statement *s, iam_policy_service_fn *each, void *ctx)
{
    const char *at = iam_statement_actions(s);
    for (size_t i = 0; i < s->action_count; i++) {
        struct iam_str action = iam_action_next(&at);
        size_t colon = iam_str_find(action, ':', 0);
        if (colon < action.len && !each(ctx, iam_str_sub(action, 0, colon))) {
            return false;
        }
    }
    return true;
}

bool iam_policy_each_service(const struct iam_policy *policy, iam_policy_service_fn *each,
                             void *ctx)
{
    for (size_t i = 0; i < policy->statement_count; i++) {
        const struct iam_statement *s = &iam_policy_statements(policy)[i];
        if (!s->deny && !s->not_action && !each_of(s, each, ctx)) {
            return false;
        }
    }
    return true;
}
