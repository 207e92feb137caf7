/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements: which elements they may and must have in each kind of document. An element that is
 * not known is refused, never skipped: dropping a Condition would turn it into a wider grant.
 */
#include "policy/read_int.h"

struct element_row {
    struct iam_str name;
    size_t offset;
};

static const struct element_row element_rows[] = {
    {IAM_STR_INIT("Sid"),           offsetof(struct iam_draft, sid)          },
    { IAM_STR_INIT("Effect"),       offsetof(struct iam_draft, effect)       },
    { IAM_STR_INIT("Principal"),    offsetof(struct iam_draft, principal)    },
    { IAM_STR_INIT("NotPrincipal"), offsetof(struct iam_draft, not_principal)},
    { IAM_STR_INIT("Action"),       offsetof(struct iam_draft, action)       },
    { IAM_STR_INIT("NotAction"),    offsetof(struct iam_draft, not_action)   },
    { IAM_STR_INIT("Resource"),     offsetof(struct iam_draft, resource)     },
    { IAM_STR_INIT("NotResource"),  offsetof(struct iam_draft, not_resource) },
    { IAM_STR_INIT("Condition"),    offsetof(struct iam_draft, condition)    },
};

static const struct element_row *find_element(struct iam_str name)
{
    for (size_t i = 0; i < IAM_COUNT(element_rows); i++) {
        if (iam_str_eq(element_rows[i].name, name)) {
            return &element_rows[i];
        }
    }
    return NULL;
}

bool iam_is_element(struct iam_str name)
{
    return find_element(name) != NULL;
}

/* Returns the element or its opposite, whichever is there; NULL for none. */
static const struct iam_json *either(const struct iam_json *element,
                                     const struct iam_json *opposite)
{
    return element != NULL ? element : opposite;
}

/* ---- the grammar ----------------------------------------------------------------------------- */

static enum iam_status collect(const struct iam_reader *r, const struct iam_json *node,
                               struct iam_draft *d)
{
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        const struct element_row *row = find_element(m->name);
        if (row == NULL) {
            return iam_read_refuse(r, m->name_offset, IAM_SAYS_SYNTAX, "a statement has no element",
                                   m->name);
        }
        memcpy((char *)d + row->offset, &m, sizeof(m));
    }
    return IAM_OK;
}

static enum iam_status check_pair(const struct iam_reader *r, const struct iam_json *a,
                                  const struct iam_json *b)
{
    if (a == NULL || b == NULL) {
        return IAM_OK;
    }
    const struct iam_json *later = a->name_offset > b->name_offset ? a : b;
    return iam_read_refuse(r, later->name_offset, IAM_SAYS_SYNTAX,
                           "the statement has the opposite element too; remove", later->name);
}

static enum iam_status refuse_effect(const struct iam_reader *r, const struct iam_json *effect,
                                     enum iam_says says)
{
    return iam_read_refuse(r, effect->offset, says,
                           "Effect must be exactly \"Allow\" or \"Deny\", not", effect->text);
}

/* Checks the Effect but for its case. */
static enum iam_status check_effect(const struct iam_reader *r, const struct iam_draft *d)
{
    const struct iam_json *effect = d->effect;
    if (effect == NULL) {
        return iam_read_refuse(r, d->node->offset, IAM_SAYS_SYNTAX,
                               "the statement has no Effect; write \"Allow\" or \"Deny\"",
                               iam_str_absent());
    }
    bool is_word =
        effect->type == IAM_JSON_STRING && (iam_str_eq_nocase(effect->text, IAM_STR("Allow")) ||
                                            iam_str_eq_nocase(effect->text, IAM_STR("Deny")));
    return is_word ? IAM_OK : refuse_effect(r, effect, IAM_SAYS_SYNTAX);
}

/* Checks that an element (may be NULL) is a string or a list of strings. */
static enum iam_status check_strings(const struct iam_reader *r, const struct iam_json *node)
{
    const struct iam_json *first;
    uint32_t count;
    return node == NULL ? IAM_OK : iam_read_strings(r, node, node->name, &first, &count);
}

static bool takes_principal(enum iam_policy_kind kind)
{
    return kind == IAM_POLICY_RESOURCE || kind == IAM_POLICY_TRUST || kind == IAM_POLICY_RCP;
}

static enum iam_status check_shapes(const struct iam_reader *r, const struct iam_draft *d)
{
    const struct iam_json *principal = either(d->principal, d->not_principal);
    if (d->sid != NULL && d->sid->type != IAM_JSON_STRING) {
        return iam_read_refuse(r, d->sid->offset, IAM_SAYS_SYNTAX, "write a string as the value of",
                               d->sid->name);
    }
    IAM_TRY(check_strings(r, either(d->action, d->not_action)));
    IAM_TRY(check_strings(r, either(d->resource, d->not_resource)));
    if (principal != NULL && takes_principal(r->kind)) {
        IAM_TRY(iam_check_principal_shape(r, principal));
    }
    return d->condition != NULL ? iam_check_condition_shape(r, d->condition) : IAM_OK;
}

enum iam_status iam_draft_begin(const struct iam_reader *r, const struct iam_json *node,
                                struct iam_statement *s, struct iam_draft *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->node = node;
    ret->s = s;
    IAM_TRY(iam_read_check_case(r, node));
    IAM_TRY(collect(r, node, ret));
    IAM_TRY(check_effect(r, ret));
    IAM_TRY(check_pair(r, ret->action, ret->not_action));
    IAM_TRY(check_pair(r, ret->resource, ret->not_resource));
    IAM_TRY(check_pair(r, ret->principal, ret->not_principal));
    return check_shapes(r, ret);
}

/* ---- what AWS's older parser refuses --------------------------------------------------------- */

static enum iam_status read_effect(const struct iam_reader *r, const struct iam_draft *d)
{
    d->s->deny = iam_str_eq(d->effect->text, IAM_STR("Deny"));
    return d->s->deny || iam_str_eq(d->effect->text, IAM_STR("Allow"))
               ? IAM_OK
               : refuse_effect(r, d->effect, IAM_SAYS_LEGACY);
}

static enum iam_status read_legacy(const struct iam_reader *r, const struct iam_draft *d)
{
    const struct iam_json *resource = either(d->resource, d->not_resource);
    IAM_TRY(read_effect(r, d));
    if (resource != NULL && r->kind != IAM_POLICY_TRUST) {
        d->s->not_resource = d->not_resource != NULL;
        IAM_TRY(iam_read_resources(r, resource, d->s));
    }
    return d->condition != NULL ? iam_read_conditions(r, d->condition, d->s) : IAM_OK;
}

/* ---- the elements ---------------------------------------------------------------------------- */

/* Reads the Sid. SPEC: IAM User Guide, "IAM JSON policy elements: Sid". */
static enum iam_status read_sid(const struct iam_reader *r, const struct iam_draft *d)
{
    const struct iam_json *sid = d->sid;
    if (sid == NULL) {
        return IAM_OK;
    }
    /* Other services permit more characters in the Sids of their own resource policies. */
    for (size_t i = 0; r->kind != IAM_POLICY_RESOURCE && i < sid->text.len; i++) {
        if (!iam_ascii_is_alnum(sid->text.p[i])) {
            return iam_read_refuse(r, sid->offset, IAM_SAYS_SID_CHARACTERS,
                                   "use letters and digits only in", sid->text);
        }
    }
    struct iam_str kept;
    IAM_TRY(iam_read_keep(r, sid, sid->text, &kept));
    iam_rel_set(&d->s->sid, kept.p);
    d->s->sid_len = (uint16_t)kept.len;
    return IAM_OK;
}

static enum iam_status read_principal(const struct iam_reader *r, const struct iam_draft *d)
{
    const struct iam_json *present = either(d->principal, d->not_principal);
    if (!takes_principal(r->kind)) {
        return present == NULL ? IAM_OK
                               : iam_read_refuse(r, present->name_offset, IAM_SAYS_PRINCIPAL,
                                                 "remove", present->name);
    }
    if (present == NULL) {
        return iam_read_refuse(r, d->node->offset, IAM_SAYS_NO_PRINCIPAL,
                               "add Principal to the statement", iam_str_absent());
    }
    if (present == d->not_principal && r->kind != IAM_POLICY_RESOURCE) {
        return iam_read_refuse(r, present->name_offset, IAM_SAYS_NOT_PRINCIPAL,
                               "write Principal instead of", present->name);
    }
    d->s->not_principal = present == d->not_principal;
    /* SPEC: IAM User Guide, "AWS JSON policy elements: NotPrincipal": not supported with Allow. */
    if (d->s->not_principal && !d->s->deny) {
        return iam_read_refuse(r, present->name_offset, IAM_SAYS_SYNTAX,
                               "with the Effect Allow write Principal, not", present->name);
    }
    return iam_read_principals(r, present, d->s);
}

/* Tells whether an element is not there, or an empty list. */
static bool is_missing(const struct iam_json *node)
{
    return node == NULL || (node->type == IAM_JSON_ARRAY && node->child_count == 0);
}

static enum iam_status find_actions(const struct iam_reader *r, const struct iam_draft *d)
{
    const struct iam_json *present = either(d->action, d->not_action);
    if (is_missing(present)) {
        return iam_read_refuse(
            r, present != NULL ? present->offset : d->node->offset, IAM_SAYS_NO_ACTIONS,
            "name at least one in Action or NotAction of the statement", iam_str_absent());
    }
    if (present == d->not_action && r->kind == IAM_POLICY_RCP) {
        return iam_read_refuse(r, present->name_offset, IAM_SAYS_SYNTAX,
                               "a resource control policy takes Action, not", present->name);
    }
    d->s->not_action = present == d->not_action;
    return IAM_OK;
}

static enum iam_status find_resources(const struct iam_reader *r, const struct iam_draft *d)
{
    const struct iam_json *present = either(d->resource, d->not_resource);
    if (r->kind == IAM_POLICY_TRUST) {
        return present == NULL ? IAM_OK
                               : iam_read_refuse(r, present->name_offset, IAM_SAYS_RESOURCE,
                                                 "a trust policy applies to its own role; remove",
                                                 present->name);
    }
    if (is_missing(present)) {
        return iam_read_refuse(
            r, present != NULL ? present->offset : d->node->offset, IAM_SAYS_NO_RESOURCES,
            "name at least one in Resource or NotResource of the statement", iam_str_absent());
    }
    return IAM_OK;
}

static enum iam_status check_resources(const struct iam_reader *r, const struct iam_draft *d)
{
    return d->s->has_resource ? iam_check_resources(r, either(d->resource, d->not_resource), d->s)
                              : IAM_OK;
}

static enum iam_status read_actions(const struct iam_reader *r, const struct iam_draft *d)
{
    return iam_read_actions(r, either(d->action, d->not_action), d->s);
}

/* ---- resource control policies --------------------------------------------------------------- */

/* Tells whether s is the Allow of the managed RCPFullAWSAccess. */
static bool is_full_access(const struct iam_draft *d)
{
    const struct iam_statement *s = d->s;
    const char *at = iam_statement_actions(s);
    return !s->deny && d->condition == NULL && s->action_count == 1 &&
           iam_str_eq(iam_action_next(&at), IAM_STR("*")) && !s->not_resource &&
           s->resource_count == 1 && iam_statement_resources(s)->any;
}

static enum iam_status check_rcp_actions(const struct iam_reader *r, const struct iam_draft *d)
{
    const char *at = iam_statement_actions(d->s);
    for (uint32_t i = 0; i < d->s->action_count; i++) {
        struct iam_str action = iam_action_next(&at);
        if (!iam_is_rcp_service(action)) {
            return iam_read_refuse(r, d->action->offset, IAM_SAYS_SYNTAX,
                                   "write an action of a service that supports resource control "
                                   "policies instead of",
                                   action);
        }
    }
    return IAM_OK;
}

/*
 * Checks the shape of an RCP: "*" or {"AWS":"*"} as the Principal, and Deny; an Allow only in the
 * shape of the managed RCPFullAWSAccess.
 * SPEC: docs/conformance.md, "Documents", RCP.
 */
static enum iam_status check_rcp(const struct iam_reader *r, const struct iam_draft *d)
{
    const struct iam_json *aws = iam_json_member(d->principal, IAM_STR("AWS"));
    bool everyone = d->s->principal_count == 1 &&
                    iam_statement_principals(d->s)->kind == IAM_NAMED_EVERYONE &&
                    (aws == NULL || aws->type == IAM_JSON_STRING);
    if (!everyone) {
        return iam_read_refuse(r, d->principal->offset, IAM_SAYS_SYNTAX,
                               "write \"*\" as the Principal and limit it by Condition",
                               iam_str_absent());
    }
    if (is_full_access(d)) {
        return IAM_OK;
    }
    return d->s->deny
               ? check_rcp_actions(r, d)
               : iam_read_refuse(r, d->effect->offset, IAM_SAYS_SYNTAX,
                                 "a resource control policy can only deny", iam_str_absent());
}

/* ---- in AWS's order -------------------------------------------------------------------------- */

/*
 * Compares all pairs: with at most 1000 statements that is half a million short comparisons at
 * worst.
 */
static enum iam_status check_sids(const struct iam_reader *r, const struct iam_draft *drafts,
                                  size_t count)
{
    for (size_t i = 0; r->kind != IAM_POLICY_RESOURCE && i < count; i++) {
        struct iam_str own = iam_statement_sid(drafts[i].s);
        for (size_t k = 0; own.len > 0 && k < i; k++) {
            if (iam_str_eq(own, iam_statement_sid(drafts[k].s))) {
                return iam_read_refuse(r, drafts[i].sid->offset, IAM_SAYS_SIDS, "the second is",
                                       own);
            }
        }
    }
    return IAM_OK;
}

typedef enum iam_status (*step_fn)(const struct iam_reader *r, const struct iam_draft *d);

static enum iam_status run(const struct iam_reader *r, const struct iam_draft *drafts, size_t count,
                           const step_fn *steps, size_t step_count)
{
    for (size_t step = 0; step < step_count; step++) {
        for (size_t i = 0; i < count; i++) {
            IAM_TRY(steps[step](r, &drafts[i]));
        }
    }
    return IAM_OK;
}

enum iam_status iam_draft_read(const struct iam_reader *r, const struct iam_draft *drafts,
                               size_t count)
{
    static const step_fn first[] = { read_legacy, read_sid };
    static const step_fn second[] = { read_principal, find_actions, find_resources, check_resources,
                                      read_actions };
    static const step_fn last[] = { check_rcp };
    IAM_TRY(run(r, drafts, count, first, IAM_COUNT(first)));
    IAM_TRY(check_sids(r, drafts, count));
    IAM_TRY(run(r, drafts, count, second, IAM_COUNT(second)));
    return run(r, drafts, count, last, r->kind == IAM_POLICY_RCP ? IAM_COUNT(last) : 0);
}
