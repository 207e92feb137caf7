/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoded authorization failure messages, which a service passes on to who was denied, and
 * sts:DecodeAuthorizationMessage shows to who may see them.
 * SPEC: STS API Reference, "DecodeAuthorizationMessage"; AWS CLI examples of it, for the members.
 */
#include "services/iamd/question.h"

#include <stdio.h>

#include "codec/base64.h"
#include "keeper/sealed_text.h"

/* How long a message can be decoded: ours. Less than a generation of keys lives. */
#define MESSAGE_MS (INT64_C(24) * 3600 * 1000)
/* LIMIT: characters of an encoded message. SPEC: as above. */
#define ENCODED_MAX 10240
/* LIMIT: bytes of what is encoded: of all, to the end of the statements, of who asked for what. */
#define PLAIN_MAX (ENCODED_MAX / 4 * 3 - IAM_SEALED_OVERHEAD)
#define STATEMENTS_MAX 3800
#define HEAD_MAX 3200
/* LIMIT: bytes of a resource whose name would not fit otherwise. */
#define RESOURCE_CUT 256
_Static_assert(STATEMENTS_MAX + HEAD_MAX + 256 < PLAIN_MAX, "there is room for conditions");
/* What closes a message after its conditions. */
#define TAIL "]}}}"
/* Steps of reading a byte of a policy once more. */
#define STEPS_PER_BYTE 4

static const struct iam_json_limits LIMITS = { .max_bytes = 1u << 18,
                                               .max_depth = 64,
                                               .max_nodes = 50000 };

/* A message while it is written, with one of its items. */
struct message {
    struct iam_buf text;
    struct iam_buf head; /* who asked for what */
    struct iam_buf item;
    size_t items; /* of the list that is being written */
};

/* Adds the item to the list, unless the text would be longer than max. False: it does not fit. */
static bool take_item(struct message *m, size_t max)
{
    bool fits = m->item.status == IAM_OK && m->text.len + 1 + m->item.len <= max;
    if (fits) {
        iam_buf_add_c(&m->text, m->items++ > 0 ? "," : "");
        iam_buf_add(&m->text, (struct iam_str){ m->item.p, m->item.len });
    }
    iam_buf_clear(&m->item);
    return fits;
}

static void add_value(struct iam_buf *b, bool *first, struct iam_str value)
{
    iam_buf_add_c(b, *first ? "{\"value\":" : ",{\"value\":");
    iam_json_add_string(b, value);
    iam_buf_add_char(b, '}');
    *first = false;
}

/* Adds a node's texts, one or a list, as AWS writes lists. */
static void add_texts(struct iam_buf *b, const struct iam_json *node)
{
    const struct iam_json *one = node != NULL && node->type == IAM_JSON_ARRAY ? node->first : node;
    bool is_list = one != node;
    bool first = true;
    iam_buf_add_c(b, "{\"items\":[");
    for (; one != NULL; one = is_list ? one->next : NULL) {
        bool is_true = one->type == IAM_JSON_BOOL && one->boolean;
        add_value(b, &first,
                  one->type != IAM_JSON_BOOL ? one->text
                  : is_true                  ? IAM_STR("true")
                                             : IAM_STR("false"));
    }
    iam_buf_add_c(b, "]}");
}

/* ---- statements ---- */

/* Adds what a statement names with one of two elements, of which the second means all others. */
static void add_element(struct iam_buf *b, const struct iam_json *statement, const char *element,
                        const char *name)
{
    const struct iam_json *node = iam_json_member(statement, iam_str_c(element));
    char others[32];
    if (node != NULL) {
        iam_buf_add_fmt(b, ",\"%ss\":", name);
        add_texts(b, node);
        return;
    }
    (void)snprintf(others, sizeof(others), "Not%s", element);
    node = iam_json_member(statement, iam_str_c(others));
    if (node != NULL) {
        iam_buf_add_fmt(b, ",\"not%ss\":", element);
        add_texts(b, node);
    }
}

static void add_statement_conditions(struct iam_buf *b, const struct iam_json *statement)
{
    const struct iam_json *condition = iam_json_member(statement, IAM_STR("Condition"));
    const char *before = "";
    iam_buf_add_c(b, ",\"conditions\":{\"items\":[");
    for (const struct iam_json *op = condition != NULL ? condition->first : NULL; op != NULL;
         op = op->next) {
        for (const struct iam_json *key = op->first; key != NULL; key = key->next) {
            iam_buf_add_fmt(b, "%s{\"key\":", before);
            iam_json_add_string(b, key->name);
            iam_buf_add_c(b, ",\"values\":");
            add_texts(b, key);
            iam_buf_add_char(b, '}');
            before = ",";
        }
    }
    iam_buf_add_c(b, "]}");
}

/* Finds a statement in the text of its policy, which was parsed before. */
static enum iam_status find_statement(struct iam_call *call, struct iam_arena *scratch,
                                      const struct iam_policy *policy, size_t number,
                                      const struct iam_json **ret)
{
    struct iam_str text = iam_policy_text(policy);
    const struct iam_json *root;
    IAM_ENSURE(api_work_spend(&call->work, STEPS_PER_BYTE * text.len), IAM_LIMIT);
    enum iam_status st = iam_json_read(scratch, text, &LIMITS, &root, NULL);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOMEM ? st : IAM_CORRUPT);
    const struct iam_json *at = iam_json_member(root, IAM_STR("Statement"));
    if (at != NULL && at->type == IAM_JSON_ARRAY) {
        at = at->first;
        for (size_t i = 0; i < number && at != NULL; i++) {
            at = at->next;
        }
    }
    IAM_ENSURE(at != NULL, IAM_CORRUPT);
    *ret = at;
    return IAM_OK;
}

static enum iam_status write_statement(struct iam_call *call, struct iam_arena *scratch,
                                       const struct iam_matched *matched, struct iam_str principal,
                                       struct iam_buf *b)
{
    const struct iam_policy *policy = iam_policy_set_policy(matched->set, matched->entry);
    const struct iam_json *statement;
    bool first = true;
    IAM_TRY(find_statement(call, scratch, policy, matched->statement, &statement));
    iam_buf_add_c(b, "{\"statementId\":");
    iam_json_add_string(b, iam_str_or(iam_policy_sid(policy, matched->statement), IAM_STR("")));
    iam_buf_add_c(b, ",\"effect\":\"DENY\",\"principals\":{\"items\":[");
    add_value(b, &first, principal);
    iam_buf_add_c(b, "]},\"principalGroups\":{\"items\":[]}");
    add_element(b, statement, "Action", "action");
    add_element(b, statement, "Resource", "resource");
    add_statement_conditions(b, statement);
    iam_buf_add_char(b, '}');
    return IAM_OK;
}

static enum iam_status write_statements(struct iam_call *call, struct iam_arena *scratch,
                                        const struct authzen_denial *denial, struct message *m)
{
    const struct iam_decision *d = denial->decision;
    size_t count =
        d->matched_count < IAM_DECISION_MAX_MATCHED ? d->matched_count : IAM_DECISION_MAX_MATCHED;
    m->items = 0;
    iam_buf_add_c(&m->text, "{\"items\":[");
    for (size_t i = 0; d->effect == IAM_EXPLICIT_DENY && i < count; i++) {
        IAM_TRY(
            write_statement(call, scratch, &d->matched[i], denial->subject->view->id, &m->item));
        (void)take_item(m, STATEMENTS_MAX);
    }
    iam_buf_add_c(&m->text, "]}");
    return IAM_OK;
}

/* ---- the context ---- */

static void write_head(const struct authzen_denial *denial, struct iam_str resource,
                       struct iam_buf *b)
{
    const struct api_subject *subject = denial->subject;
    iam_buf_add_c(b, ",\"failures\":{\"items\":[]},\"context\":{\"principal\":{\"id\":");
    iam_json_add_string(b, subject->user_id);
    if (subject->kind == IAM_KIND_USER) {
        iam_buf_add_c(b, ",\"name\":");
        iam_json_add_string(b, subject->view->name);
    }
    iam_buf_add_c(b, ",\"arn\":");
    iam_json_add_string(b, api_subject_arn(subject));
    iam_buf_add_c(b, "},\"action\":");
    iam_json_add_string(b, denial->request->action);
    iam_buf_add_c(b, ",\"resource\":");
    iam_json_add_string(b, resource);
    iam_buf_add_c(b, ",\"conditions\":");
}

/* Adds who asked for what, with the beginning of a resource that is too long. */
static enum iam_status add_head(const struct authzen_denial *denial, struct message *m)
{
    struct iam_str resource = denial->request->resource;
    struct iam_str head;
    write_head(denial, resource, &m->head);
    if (m->head.status == IAM_LIMIT) {
        iam_buf_clear(&m->head);
        write_head(denial, iam_utf8_clip(resource, RESOURCE_CUT), &m->head);
    }
    IAM_TRY(iam_buf_finish(&m->head, &head));
    iam_buf_add(&m->text, head);
    return IAM_OK;
}

/* Writes the keys of the request, in their order, as many as there is room for. */
static void write_conditions(const struct iam_request *request, struct message *m)
{
    m->items = 0;
    iam_buf_add_c(&m->text, "{\"items\":[");
    for (size_t i = 0; i < request->context_count; i++) {
        const struct iam_context_entry *entry = &request->context[i];
        bool first = true;
        iam_buf_add_c(&m->item, "{\"key\":");
        iam_json_add_string(&m->item, entry->key);
        iam_buf_add_c(&m->item, ",\"values\":{\"items\":[");
        for (size_t k = 0; k < entry->value_count; k++) {
            add_value(&m->item, &first, entry->values[k]);
        }
        iam_buf_add_c(&m->item, "]}}");
        (void)take_item(m, PLAIN_MAX - (sizeof(TAIL) - 1));
    }
    iam_buf_add_c(&m->text, TAIL);
}

static enum iam_status write_message(struct iam_call *call, struct iam_arena *scratch,
                                     const struct authzen_denial *denial, struct message *m)
{
    iam_buf_add_fmt(&m->text, "{\"allowed\":false,\"explicitDeny\":%s,\"matchedStatements\":",
                    denial->decision->effect == IAM_EXPLICIT_DENY ? "true" : "false");
    IAM_TRY(write_statements(call, scratch, denial, m));
    IAM_TRY(add_head(denial, m));
    write_conditions(denial->request, m);
    return IAM_OK;
}

static enum iam_status encode(struct iam_call *call, struct iam_str plain, struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    struct iam_str sealed;
    IAM_TRY(iam_keeper_seal_text(call->env->keeper, IAM_SEALED_MESSAGE, api_account(call),
                                 call->high_ms + MESSAGE_MS, plain, call->arena, &sealed));
    iam_buf_init(&b, &alloc, ENCODED_MAX);
    iam_base64url_add(&b, sealed.p, sealed.len);
    return iam_buf_finish(&b, ret);
}

enum iam_status authzen_encode_denial(struct iam_call *call, struct iam_arena *scratch,
                                      const struct authzen_denial *denial, struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(scratch);
    struct message m;
    struct iam_str plain;
    iam_buf_init(&m.text, &alloc, PLAIN_MAX);
    iam_buf_init(&m.head, &alloc, HEAD_MAX);
    iam_buf_init(&m.item, &alloc, PLAIN_MAX);
    IAM_TRY(write_message(call, scratch, denial, &m));
    IAM_TRY(iam_buf_finish(&m.text, &plain));
    return encode(call, plain, ret);
}
