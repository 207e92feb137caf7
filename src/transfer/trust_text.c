/* SPDX-License-Identifier: Apache-2.0 */
/* INVARIANT: a trust policy is never shown with a principal that the policy would not let in. */
#include "transfer/trust_text.h"

#include "codec/json.h"
#include "iam/policy.h"
#include "model/arn.h"
#include "model/id.h"
#include "store/role.h"
#include "store/user.h"

/* LIMIT: the same depth as in libiam's reader of documents. */
#define TREE_MAX_DEPTH 16

/* ---- principals ---- */

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
static enum iam_status present_arn(struct iam_txn *txn, struct iam_arena *arena, struct iam_str id,
                                   struct iam_str *ret)
{
    struct iam_user user;
    struct iam_role role;
    enum iam_kind kind;
    IAM_TRY(iam_id_parse(id, &kind));
    if (kind == IAM_KIND_USER) {
        IAM_TRY(iam_store_user_get_by_id(txn, arena, id, &user));
        *ret = user.arn;
        return IAM_OK;
    }
    IAM_TRY(iam_store_role_get_by_id(txn, arena, id, &role));
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
static enum iam_status text_of_pin(struct iam_txn *txn, struct iam_arena *arena,
                                   const struct iam_pinned_principal *pin, struct iam_str *ret)
{
    struct iam_str arn = iam_str_absent();
    enum iam_status st = present_arn(txn, arena, pin->unique_id, &arn);
    if (st == IAM_NOT_FOUND) {
        *ret = pin->unique_id;
        return IAM_OK;
    }
    IAM_TRY(st);
    /* The ARN of a session contains the name of its role, which never changes. */
    *ret = is_session(pin->principal_arn) ? pin->principal_arn : arn;
    return IAM_OK;
}

static enum iam_status find_changed(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_pin_list *pins, struct changed_list *ret)
{
    struct changed_list list = { iam_arena_zalloc(arena, pins->count + 1, sizeof(struct changed)),
                                 0 };
    IAM_ENSURE(list.items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < pins->count; i++) {
        const struct iam_pinned_principal *pin = &pins->items[i];
        struct iam_str now = iam_str_absent();
        IAM_TRY(text_of_pin(txn, arena, pin, &now));
        if (!iam_str_eq(now, pin->principal_arn)) {
            list.items[list.count++] = (struct changed){ pin->principal_arn, now };
        }
    }
    *ret = list;
    return IAM_OK;
}

/* ---- the form ---- */

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
static enum iam_status write_document(struct iam_arena *arena, struct iam_str document,
                                      const struct changed_list *changed, struct iam_str *ret)
{
    static const struct iam_json_limits limits = { IAM_POLICY_MAX_BYTES, TREE_MAX_DEPTH,
                                                   IAM_POLICY_MAX_BYTES };
    static const struct member_row rows[] = {
        {IAM_STR_INIT("Version"),    put_tree      },
        { IAM_STR_INIT("Id"),        put_tree      },
        { IAM_STR_INIT("Statement"), put_statements},
    };
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct writer w = { .changed = changed };
    const struct iam_json *root;
    struct iam_str text;
    IAM_TRY(iam_json_read(arena, document, &limits, &root, NULL));
    iam_buf_init(&w.out, &alloc, 2 * (size_t)IAM_POLICY_MAX_BYTES);
    put_members(&w, root, rows, IAM_COUNT(rows));
    IAM_TRY(iam_buf_finish(&w.out, &text));
    struct iam_buf escaped;
    iam_buf_init(&escaped, &alloc, 6 * (size_t)IAM_POLICY_MAX_BYTES);
    iam_json_add_latin1(&escaped, text);
    return iam_buf_finish(&escaped, ret);
}

enum iam_status iam_trust_text(struct iam_txn *txn, struct iam_arena *arena,
                               const struct iam_role *role, struct iam_str *ret)
{
    struct iam_pin_list pins = { 0 };
    struct changed_list changed;
    IAM_TRY(iam_store_role_pins(txn, arena, role->id, &pins));
    IAM_TRY(find_changed(txn, arena, &pins, &changed));
    return write_document(arena, role->trust_document, &changed, ret);
}
