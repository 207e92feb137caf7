/* SPDX-License-Identifier: Apache-2.0 */
/* INVARIANT: a trust policy is never shown with a principal that the policy would not let in. */
#include "services/iam/trust.h"

#include "codec/json.h"
#include "iam/policy.h"
#include "model/arn.h"
#include "model/id.h"
#include "services/iam/convert.h"
#include "store/role.h"
#include "store/user.h"

/* LIMIT: the same depth as in libiam's reader of documents. */
#define TREE_MAX_DEPTH 16

/* ---- in ---- */

static enum iam_status fail_principal(struct iam_call *call, struct iam_str value)
{
    return api_fail(call, API_ERR_MALFORMED_POLICY_DOCUMENT,
                    "Invalid principal in policy: \"AWS\":\"%.*s\"", API_QUOTED(value));
}

/*
 * Finds the ID of the user with this ARN, which must match in path and case; IAM_NOT_FOUND
 * otherwise.
 */
static enum iam_status find_user(struct iam_call *call, const struct iam_entity_arn *parts,
                                 struct iam_str arn, struct iam_str *ret_id)
{
    struct iam_user user;
    IAM_TRY(iam_store_user_get(call->txn, call->arena, parts->account, parts->name, &user));
    IAM_ENSURE(iam_str_eq(user.arn, arn), IAM_NOT_FOUND);
    *ret_id = user.id;
    return IAM_OK;
}

/*
 * Finds the ID of the role with this ARN, or of the role that the ARN of a session names;
 * IAM_NOT_FOUND otherwise.
 */
static enum iam_status find_role(struct iam_call *call, const struct iam_entity_arn *parts,
                                 struct iam_str arn, struct iam_str *ret_id)
{
    struct iam_role role;
    IAM_TRY(iam_store_role_get(call->txn, call->arena, parts->account, parts->name, &role));
    bool is_same = parts->kind == IAM_KIND_ROLE ? iam_str_eq(role.arn, arn)
                                                : iam_str_eq(role.name, parts->name);
    IAM_ENSURE(is_same, IAM_NOT_FOUND);
    *ret_id = role.id;
    return IAM_OK;
}

/*
 * Finds the ID of the principal with this ARN. *ret_id stays absent for what needs no pin: accounts
 * and federated users. IAM_NOT_FOUND: there is no such principal.
 */
static enum iam_status find_principal(struct iam_call *call, struct iam_str arn,
                                      struct iam_str *ret_id)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(arn, &parts) != IAM_OK) {
        return IAM_NOT_FOUND;
    }
    switch (parts.kind) {
    case IAM_KIND_USER:
        return find_user(call, &parts, arn, ret_id);
    case IAM_KIND_ROLE:
    case IAM_KIND_ROLE_SESSION:
        return find_role(call, &parts, arn, ret_id);
    case IAM_KIND_ACCOUNT:
    case IAM_KIND_FEDERATED_USER:
        return IAM_OK;
    default:
        return IAM_NOT_FOUND;
    }
}

static bool is_pinned(const struct iam_pinned_principal *pins, size_t count, struct iam_str arn)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq(pins[i].principal_arn, arn)) {
            return true;
        }
    }
    return false;
}

static size_t count_principals(const struct iam_policy *policy)
{
    struct iam_str type;
    struct iam_str value;
    size_t count = 0;
    for (size_t pos = 0; iam_policy_next_principal(policy, &pos, &type, &value);) {
        count++;
    }
    return count;
}

/* Appends the principal to pins unless it needs no pin or has one already. */
static enum iam_status pin_principal(struct iam_call *call, struct iam_str arn,
                                     struct iam_pinned_principal *pins, size_t *count)
{
    struct iam_str id = iam_str_absent();
    if (is_pinned(pins, *count, arn)) {
        return IAM_OK;
    }
    enum iam_status st = find_principal(call, arn, &id);
    if (st == IAM_NOT_FOUND) {
        return fail_principal(call, arn);
    }
    IAM_TRY(st);
    if (iam_str_is_set(id)) {
        /* The text is borrowed from the policy, which is released before the pins are stored. */
        IAM_TRY(iam_arena_dup(call->arena, arn, &pins[*count].principal_arn));
        pins[(*count)++].unique_id = id;
    }
    return IAM_OK;
}

/*
 * Pins the principals that are ARNs. Accounts, unique IDs and "*" stay as they are: libiam has
 * checked their form.
 */
static enum iam_status pin_principals(struct iam_call *call, const struct iam_policy *policy,
                                      struct iam_trust *ret)
{
    struct iam_str type;
    struct iam_str value;
    size_t count = 0;
    struct iam_pinned_principal *pins =
        iam_arena_zalloc(call->arena, count_principals(policy) + 1, sizeof(*pins));
    IAM_ENSURE(pins != NULL, IAM_NOMEM);
    for (size_t pos = 0; iam_policy_next_principal(policy, &pos, &type, &value);) {
        if (iam_str_eq(type, IAM_STR("AWS")) && iam_str_starts(value, IAM_STR("arn:"))) {
            IAM_TRY(pin_principal(call, value, pins, &count));
        }
    }
    *ret = (struct iam_trust){ pins, count };
    return IAM_OK;
}

enum iam_status iam_trust_in(struct iam_call *call, struct iam_str document, struct iam_trust *ret)
{
    int64_t max = api_quota(call, IAM_QUOTA_TRUST_POLICY_SIZE);
    struct iam_policy *policy = NULL;
    if (api_is_over_size(iam_quota_document_chars(document), document.len, (size_t)max)) {
        return iam_check_quota(call, IAM_QUOTA_TRUST_POLICY_SIZE, max);
    }
    IAM_TRY(api_read_document(call, IAM_POLICY_TRUST, document, &policy));
    enum iam_status st = pin_principals(call, policy, ret);
    iam_policy_unref(policy);
    return st;
}

/* ---- out ---- */

/* A principal whose text is no longer what it was when the policy was saved. */
struct changed {
    struct iam_str written;
    struct iam_str now;
};

struct changed_list {
    struct changed *items;
    size_t count;
};

/*
 * Finds the present ARN of the entity with that unique ID; IAM_NOT_FOUND when it no longer exists.
 */
static enum iam_status present_arn(struct iam_call *call, struct iam_str id, struct iam_str *ret)
{
    struct iam_user user;
    struct iam_role role;
    enum iam_kind kind;
    IAM_TRY(iam_id_parse(id, &kind));
    if (kind == IAM_KIND_USER) {
        IAM_TRY(iam_store_user_get_by_id(call->txn, call->arena, id, &user));
        *ret = user.arn;
        return IAM_OK;
    }
    IAM_TRY(iam_store_role_get_by_id(call->txn, call->arena, id, &role));
    *ret = role.arn;
    return IAM_OK;
}

static bool is_session(struct iam_str arn)
{
    struct iam_entity_arn parts;
    return iam_entity_arn_parse(arn, &parts) == IAM_OK && parts.kind == IAM_KIND_ROLE_SESSION;
}

/*
 * Chooses what to show for a pin: the unique ID if the entity is gone, the new ARN if it was
 * renamed.
 */
static enum iam_status text_of_pin(struct iam_call *call, const struct iam_pinned_principal *pin,
                                   struct iam_str *ret)
{
    struct iam_str arn = iam_str_absent();
    enum iam_status st = present_arn(call, pin->unique_id, &arn);
    if (st == IAM_NOT_FOUND) {
        *ret = pin->unique_id;
        return IAM_OK;
    }
    IAM_TRY(st);
    /* The ARN of a session contains the name of its role, which never changes. */
    *ret = is_session(pin->principal_arn) ? pin->principal_arn : arn;
    return IAM_OK;
}

static enum iam_status find_changed(struct iam_call *call, const struct iam_pin_list *pins,
                                    struct changed_list *ret)
{
    struct changed_list list = {
        iam_arena_zalloc(call->arena, pins->count + 1, sizeof(struct changed)), 0
    };
    IAM_ENSURE(list.items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < pins->count; i++) {
        const struct iam_pinned_principal *pin = &pins->items[i];
        struct iam_str now = iam_str_absent();
        IAM_TRY(text_of_pin(call, pin, &now));
        if (!iam_str_eq(now, pin->principal_arn)) {
            list.items[list.count++] = (struct changed){ pin->principal_arn, now };
        }
    }
    *ret = list;
    return IAM_OK;
}

/* ---- as IAM writes it ---- */

/* A document that is being written. */
struct writer {
    const struct changed_list *changed;
    struct iam_buf out;
};

typedef void (*put_fn)(struct writer *w, const struct iam_json *node);

struct member_row {
    struct iam_str name;
    put_fn put;
};

/* Writes the members that rows name, in the order of rows. */
static void put_members(struct writer *w, const struct iam_json *obj, const struct member_row *rows,
                        size_t count)
{
    bool first = true;
    iam_buf_add_char(&w->out, '{');
    for (size_t i = 0; i < count; i++) {
        const struct iam_json *m = iam_json_member(obj, rows[i].name);
        if (m != NULL) {
            iam_json_add_name(&w->out, &first, m->name);
            rows[i].put(w, m);
        }
    }
    iam_buf_add_char(&w->out, '}');
}

/* Writes every member of an object with put. */
static void put_all(struct writer *w, const struct iam_json *obj, put_fn put)
{
    bool first = true;
    iam_buf_add_char(&w->out, '{');
    for (const struct iam_json *m = obj->first; m != NULL; m = m->next) {
        iam_json_add_name(&w->out, &first, m->name);
        put(w, m);
    }
    iam_buf_add_char(&w->out, '}');
}

static void put_item(struct writer *w, const struct iam_json *item)
{
    for (size_t i = 0; item->type == IAM_JSON_STRING && i < w->changed->count; i++) {
        const struct changed *c = &w->changed->items[i];
        if (iam_str_eq(c->written, item->text)) {
            iam_json_add_string(&w->out, c->now);
            return;
        }
    }
    iam_json_add_tree(&w->out, item);
}

/* Writes a list, of one thing as that thing. */
static void put_list(struct writer *w, const struct iam_json *node, put_fn put)
{
    if (node->type != IAM_JSON_ARRAY || node->child_count == 1) {
        put(w, node->type == IAM_JSON_ARRAY ? node->first : node);
        return;
    }
    iam_buf_add_char(&w->out, '[');
    for (const struct iam_json *item = node->first; item != NULL; item = item->next) {
        put(w, item);
        if (item->next != NULL) {
            iam_buf_add_char(&w->out, ',');
        }
    }
    iam_buf_add_char(&w->out, ']');
}

static void put_tree(struct writer *w, const struct iam_json *node)
{
    iam_json_add_tree(&w->out, node);
}

static void put_plain(struct writer *w, const struct iam_json *node)
{
    put_list(w, node, put_tree);
}

/* Writes the names of one type of principals; only ARNs, which AWS alone has, ever change. */
static void put_names(struct writer *w, const struct iam_json *node)
{
    put_list(w, node, iam_str_eq(node->name, IAM_STR("AWS")) ? put_item : put_tree);
}

static void put_principal(struct writer *w, const struct iam_json *node)
{
    if (node->type == IAM_JSON_OBJECT) {
        put_all(w, node, put_names);
    } else {
        put_tree(w, node);
    }
}

static void put_keys(struct writer *w, const struct iam_json *node)
{
    put_all(w, node, put_plain);
}

static void put_condition(struct writer *w, const struct iam_json *node)
{
    put_all(w, node, put_keys);
}

static void put_statement(struct writer *w, const struct iam_json *node)
{
    static const struct member_row rows[] = {
        {IAM_STR_INIT("Sid"),           put_tree     },
        { IAM_STR_INIT("Effect"),       put_tree     },
        { IAM_STR_INIT("Principal"),    put_principal},
        { IAM_STR_INIT("NotPrincipal"), put_principal},
        { IAM_STR_INIT("Action"),       put_plain    },
        { IAM_STR_INIT("NotAction"),    put_plain    },
        { IAM_STR_INIT("Condition"),    put_condition},
    };
    put_members(w, node, rows, IAM_COUNT(rows));
}

/* Writes the statements, which stay a list even when there is one. */
static void put_statements(struct writer *w, const struct iam_json *node)
{
    bool brackets = node->type != IAM_JSON_ARRAY || node->child_count == 1;
    iam_buf_add(&w->out, brackets ? IAM_STR("[") : IAM_STR(""));
    put_list(w, node, put_statement);
    iam_buf_add(&w->out, brackets ? IAM_STR("]") : IAM_STR(""));
}

/*
 * Writes the document in IAM's form: its members in one order, a list of one as what is in it, no
 * white space. The parser has checked that there is nothing else in it.
 */
static enum iam_status write_document(struct iam_call *call, struct iam_str document,
                                      const struct changed_list *changed, struct iam_str *ret)
{
    static const struct iam_json_limits limits = { IAM_POLICY_MAX_BYTES, TREE_MAX_DEPTH,
                                                   IAM_POLICY_MAX_BYTES };
    static const struct member_row rows[] = {
        {IAM_STR_INIT("Version"),    put_tree      },
        { IAM_STR_INIT("Id"),        put_tree      },
        { IAM_STR_INIT("Statement"), put_statements},
    };
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct writer w = { .changed = changed };
    const struct iam_json *root;
    IAM_TRY(iam_json_read(call->arena, document, &limits, &root, NULL));
    iam_buf_init(&w.out, &alloc, 2 * (size_t)IAM_POLICY_MAX_BYTES);
    put_members(&w, root, rows, IAM_COUNT(rows));
    return iam_buf_finish(&w.out, ret);
}

enum iam_status iam_trust_out(struct iam_call *call, const struct iam_role *role,
                              struct iam_str *ret)
{
    struct iam_pin_list pins = { 0 };
    struct iam_str document;
    IAM_TRY(iam_store_role_pins(call->txn, call->arena, role->id, &pins));
    struct changed_list changed;
    IAM_TRY(find_changed(call, &pins, &changed));
    IAM_TRY(write_document(call, role->trust_document, &changed, &document));
    return api_encode_document(call, document, ret);
}
