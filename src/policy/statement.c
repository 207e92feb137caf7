/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One statement: which elements it may and must have in each kind of document. An element that is
 * not known is refused, never skipped: dropping a Condition would turn it into a wider grant.
 */
#include "policy/read_int.h"

/* The elements of a statement, as found. */
struct elements {
    const struct iam_json *sid;
    const struct iam_json *effect;
    const struct iam_json *principal;
    const struct iam_json *not_principal;
    const struct iam_json *action;
    const struct iam_json *not_action;
    const struct iam_json *resource;
    const struct iam_json *not_resource;
    const struct iam_json *condition;
};

struct element_row {
    struct iam_str name;
    size_t offset;
};

static const struct element_row element_rows[] = {
    {IAM_STR_INIT("Sid"),           offsetof(struct elements, sid)          },
    { IAM_STR_INIT("Effect"),       offsetof(struct elements, effect)       },
    { IAM_STR_INIT("Principal"),    offsetof(struct elements, principal)    },
    { IAM_STR_INIT("NotPrincipal"), offsetof(struct elements, not_principal)},
    { IAM_STR_INIT("Action"),       offsetof(struct elements, action)       },
    { IAM_STR_INIT("NotAction"),    offsetof(struct elements, not_action)   },
    { IAM_STR_INIT("Resource"),     offsetof(struct elements, resource)     },
    { IAM_STR_INIT("NotResource"),  offsetof(struct elements, not_resource) },
    { IAM_STR_INIT("Condition"),    offsetof(struct elements, condition)    },
};

static enum iam_status collect(const struct iam_reader *r, const struct iam_json *node,
                               struct elements *e)
{
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        const struct element_row *row = NULL;
        for (size_t i = 0; i < IAM_COUNT(element_rows) && row == NULL; i++) {
            row = iam_str_eq(element_rows[i].name, m->name) ? &element_rows[i] : NULL;
        }
        if (row == NULL) {
            return iam_read_refuse(r, m->name_offset, IAM_SAYS_SYNTAX, "a statement has no element",
                                   m->name);
        }
        memcpy((char *)e + row->offset, &m, sizeof(m));
    }
    return IAM_OK;
}

static enum iam_status refuse_pair(const struct iam_reader *r, const struct iam_json *a,
                                   const struct iam_json *b)
{
    const struct iam_json *later = a->name_offset > b->name_offset ? a : b;
    return iam_read_refuse(r, later->name_offset, IAM_SAYS_SYNTAX,
                           "the statement has the opposite element too; remove", later->name);
}

static enum iam_status read_effect(const struct iam_reader *r, const struct iam_json *node,
                                   const struct elements *e, struct iam_statement *s)
{
    const struct iam_json *effect = e->effect;
    if (effect == NULL) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "the statement has no Effect; write \"Allow\" or \"Deny\"",
                               iam_str_absent());
    }
    if (effect->type == IAM_JSON_STRING && iam_str_eq(effect->text, IAM_STR("Deny"))) {
        s->deny = true;
        return IAM_OK;
    }
    if (effect->type == IAM_JSON_STRING && iam_str_eq(effect->text, IAM_STR("Allow"))) {
        return IAM_OK;
    }
    return iam_read_refuse(r, effect->offset, IAM_SAYS_LEGACY,
                           "Effect must be exactly \"Allow\" or \"Deny\", not", effect->text);
}

/* Reads the Sid. SPEC: IAM User Guide, "IAM JSON policy elements: Sid". */
static enum iam_status read_sid(const struct iam_reader *r, const struct elements *e,
                                struct iam_statement *s)
{
    const struct iam_json *sid = e->sid;
    if (sid == NULL) {
        return IAM_OK;
    }
    if (sid->type != IAM_JSON_STRING) {
        return iam_read_refuse(r, sid->offset, IAM_SAYS_SYNTAX, "write a string as the value of",
                               sid->name);
    }
    /* Other services permit more characters in the Sids of their own resource policies. */
    for (size_t i = 0; r->policy->kind != IAM_POLICY_RESOURCE && i < sid->text.len; i++) {
        if (!iam_ascii_is_alnum(sid->text.p[i])) {
            return iam_read_refuse(r, sid->offset, IAM_SAYS_SID_CHARACTERS,
                                   "use letters and digits only in", sid->text);
        }
    }
    struct iam_str kept;
    IAM_TRY(iam_read_keep(r, sid, sid->text, &kept));
    iam_rel_set(&s->sid, kept.p);
    s->sid_len = (uint16_t)kept.len;
    return IAM_OK;
}

static enum iam_status read_action_element(const struct iam_reader *r, const struct iam_json *node,
                                           const struct elements *e, struct iam_statement *s)
{
    if (e->action != NULL && e->not_action != NULL) {
        return refuse_pair(r, e->action, e->not_action);
    }
    if (e->action == NULL && e->not_action == NULL) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_NO_ACTIONS,
                               "add Action or NotAction to the statement", iam_str_absent());
    }
    if (e->not_action != NULL && r->policy->kind == IAM_POLICY_RCP) {
        return iam_read_refuse(r, e->not_action->name_offset, IAM_SAYS_SYNTAX,
                               "a resource control policy takes Action, not", e->not_action->name);
    }
    s->not_action = e->not_action != NULL;
    return iam_read_actions(r, s->not_action ? e->not_action : e->action, s);
}

static enum iam_status read_resource_element(const struct iam_reader *r,
                                             const struct iam_json *node, const struct elements *e,
                                             struct iam_statement *s)
{
    const struct iam_json *present = e->resource != NULL ? e->resource : e->not_resource;
    if (e->resource != NULL && e->not_resource != NULL) {
        return refuse_pair(r, e->resource, e->not_resource);
    }
    if (r->policy->kind == IAM_POLICY_TRUST) {
        return present == NULL
                   ? IAM_OK
                   : iam_read_refuse(r, present->name_offset, "Has prohibited field Resource",
                                     "a trust policy applies to its own role; remove",
                                     present->name);
    }
    if (present == NULL) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_NO_RESOURCES,
                               "add Resource or NotResource to the statement", iam_str_absent());
    }
    s->not_resource = e->not_resource != NULL;
    return iam_read_resources(r, present, s);
}

static bool takes_principal(enum iam_policy_kind kind)
{
    return kind == IAM_POLICY_RESOURCE || kind == IAM_POLICY_TRUST || kind == IAM_POLICY_RCP;
}

static enum iam_status read_principal_element(const struct iam_reader *r,
                                              const struct iam_json *node, const struct elements *e,
                                              struct iam_statement *s)
{
    const struct iam_json *present = e->principal != NULL ? e->principal : e->not_principal;
    if (e->principal != NULL && e->not_principal != NULL) {
        return refuse_pair(r, e->principal, e->not_principal);
    }
    if (!takes_principal(r->policy->kind)) {
        return present == NULL ? IAM_OK
                               : iam_read_refuse(r, present->name_offset, IAM_SAYS_PRINCIPAL,
                                                 "remove", present->name);
    }
    if (present == NULL) {
        return iam_read_refuse(r, node->offset, "Missing required field Principal",
                               "add Principal to the statement", iam_str_absent());
    }
    if (present == e->not_principal && r->policy->kind != IAM_POLICY_RESOURCE) {
        return iam_read_refuse(r, present->name_offset, "Has prohibited field NotPrincipal",
                               "write Principal instead", iam_str_absent());
    }
    s->not_principal = present == e->not_principal;
    /* SPEC: IAM User Guide, "AWS JSON policy elements: NotPrincipal": not supported with Allow. */
    if (s->not_principal && !s->deny) {
        return iam_read_refuse(r, present->name_offset, IAM_SAYS_SYNTAX,
                               "with the Effect Allow write Principal, not", present->name);
    }
    return iam_read_principals(r, present, s);
}

/*
 * Checks the shape of an RCP.
 * SPEC: Organizations User Guide, "RCP syntax": Principal "*", and Deny; an Allow only in the shape
 * of the managed RCPFullAWSAccess.
 */
static enum iam_status check_rcp(const struct iam_reader *r, const struct elements *e,
                                 const struct iam_statement *s)
{
    if (s->principal_count != 1 || !iam_statement_principals(s)->bare) {
        return iam_read_refuse(r, e->principal->offset, IAM_SAYS_SYNTAX,
                               "write \"*\" as the Principal and limit it by Condition",
                               iam_str_absent());
    }
    if (s->deny) {
        return IAM_OK;
    }
    const char *at = iam_statement_actions(s);
    bool full = s->condition_count == 0 && e->condition == NULL && s->action_count == 1 &&
                iam_str_eq(iam_action_next(&at), IAM_STR("*")) && !s->not_resource &&
                s->resource_count == 1 && iam_statement_resources(s)->any;
    return full ? IAM_OK
                : iam_read_refuse(r, e->effect->offset, IAM_SAYS_SYNTAX,
                                  "a resource control policy can only deny", iam_str_absent());
}

enum iam_status iam_read_statement(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_statement *s)
{
    struct elements e;
    memset(&e, 0, sizeof(e));
    IAM_TRY(iam_read_check_case(r, node));
    IAM_TRY(collect(r, node, &e));
    IAM_TRY(read_effect(r, node, &e, s));
    IAM_TRY(read_sid(r, &e, s));
    IAM_TRY(read_principal_element(r, node, &e, s));
    IAM_TRY(read_action_element(r, node, &e, s));
    IAM_TRY(read_resource_element(r, node, &e, s));
    if (e.condition != NULL) {
        IAM_TRY(iam_read_conditions(r, e.condition, s));
    }
    return r->policy->kind == IAM_POLICY_RCP ? check_rcp(r, &e, s) : IAM_OK;
}
