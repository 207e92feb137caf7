/* SPDX-License-Identifier: Apache-2.0 */
/* Members of entities, as the AWS CLI prints them. */
#include "base/time.h"
#include "codec/json.h"
#include "codec/uri.h"
#include "iam/policy.h"
#include "store/inline_policy.h"
#include "store/tag.h"
#include "transfer/write_int.h"

/* LIMIT: the same depth as in libiam's reader of documents. */
#define TREE_MAX_DEPTH 16

void write_text(struct writer *w, bool *first, struct iam_str name, struct iam_str text)
{
    iam_json_add_name(&w->one, first, name);
    iam_json_add_string(&w->one, text);
}

void write_number(struct writer *w, bool *first, struct iam_str name, int64_t number)
{
    iam_json_add_name(&w->one, first, name);
    iam_buf_add_i64(&w->one, number);
}

void write_bool(struct writer *w, bool *first, struct iam_str name, bool value)
{
    iam_json_add_name(&w->one, first, name);
    iam_buf_add(&w->one, value ? IAM_STR("true") : IAM_STR("false"));
}

void write_date(struct writer *w, bool *first, struct iam_str name, int64_t ms)
{
    char text[IAM_TIME_ISO_LEN + 1];
    iam_time_to_iso(ms, text);
    iam_json_add_name(&w->one, first, name);
    /* The CLI writes the time zone as a number. */
    iam_buf_add_fmt(&w->one, "\"%.*s+00:00\"", IAM_TIME_ISO_LEN - 1, text);
}

/* ---- documents ---- */

static enum iam_status add_encoded(struct writer *w, struct iam_str text)
{
    iam_buf_add_char(&w->one, '"');
    iam_uri_encode(&w->one, text, false);
    iam_buf_add_char(&w->one, '"');
    return IAM_OK;
}

enum iam_status write_document(struct writer *w, bool *first, struct iam_str name,
                               struct iam_str text)
{
    static const struct iam_json_limits limits = { IAM_POLICY_MAX_BYTES, TREE_MAX_DEPTH,
                                                   IAM_POLICY_MAX_BYTES };
    const struct iam_json *tree;
    iam_json_add_name(&w->one, first, name);
    if (w->options->is_encoded) {
        return add_encoded(w, text);
    }
    enum iam_status st = iam_json_read(w->arena, text, &limits, &tree, NULL);
    if (st == IAM_SYNTAX || st == IAM_LIMIT) {
        /* One that was stored by an earlier version; an import says what is wrong with it. */
        return add_encoded(w, text);
    }
    IAM_TRY(st);
    iam_json_add_tree(&w->one, tree);
    return IAM_OK;
}

enum iam_status write_inlines(struct writer *w, bool *first, struct iam_str name, size_t owner,
                              bool may_be_left)
{
    const struct iam_inline_list list = { .rows = w->holdings.inlines.of[owner] };
    bool is_first = true;
    if (list.count == 0 && may_be_left) {
        return IAM_OK;
    }
    iam_json_add_name(&w->one, first, name);
    iam_buf_add_char(&w->one, '[');
    for (size_t i = 0; i < list.count; i++) {
        iam_buf_add(&w->one, i > 0 ? IAM_STR(",{") : IAM_STR("{"));
        is_first = true;
        write_text(w, &is_first, IAM_STR("PolicyName"), list.items[i].name);
        IAM_TRY(write_document(w, &is_first, IAM_STR("PolicyDocument"), list.items[i].document));
        iam_buf_add_char(&w->one, '}');
    }
    iam_buf_add_char(&w->one, ']');
    return IAM_OK;
}

/* ---- lists ---- */

void write_attached(struct writer *w, bool *first, size_t owner)
{
    const struct iam_attached_list list = { .rows = w->holdings.attached.of[owner] };
    iam_json_add_name(&w->one, first, IAM_STR("AttachedManagedPolicies"));
    iam_buf_add_char(&w->one, '[');
    for (size_t i = 0; i < list.count; i++) {
        bool is_first = true;
        iam_buf_add(&w->one, i > 0 ? IAM_STR(",{") : IAM_STR("{"));
        write_text(w, &is_first, IAM_STR("PolicyName"), list.items[i].name);
        write_text(w, &is_first, IAM_STR("PolicyArn"), list.items[i].arn);
        iam_buf_add_char(&w->one, '}');
    }
    iam_buf_add_char(&w->one, ']');
}

static void write_tag_list(struct writer *w, bool *first, const struct iam_tag_list *list)
{
    iam_json_add_name(&w->one, first, IAM_STR("Tags"));
    iam_buf_add_char(&w->one, '[');
    for (size_t i = 0; i < list->count; i++) {
        bool is_first = true;
        iam_buf_add(&w->one, i > 0 ? IAM_STR(",{") : IAM_STR("{"));
        write_text(w, &is_first, IAM_STR("Key"), list->items[i].key);
        write_text(w, &is_first, IAM_STR("Value"), list->items[i].value);
        iam_buf_add_char(&w->one, '}');
    }
    iam_buf_add_char(&w->one, ']');
}

void write_tags(struct writer *w, bool *first, size_t owner)
{
    const struct iam_tag_list list = { .rows = w->holdings.tags.of[owner] };
    write_tag_list(w, first, &list);
}

enum iam_status write_tags_of(struct writer *w, bool *first, const struct iam_entity_ref *ref)
{
    struct iam_tag_list list = { 0 };
    IAM_TRY(iam_store_tag_list(w->txn, w->arena, ref, NULL, &list));
    if (list.count > 0) {
        write_tag_list(w, first, &list);
    }
    return IAM_OK;
}

void write_boundary(struct writer *w, bool *first, struct iam_str arn)
{
    bool is_first = true;
    if (!iam_str_is_set(arn)) {
        return;
    }
    iam_json_add_name(&w->one, first, IAM_STR("PermissionsBoundary"));
    iam_buf_add_char(&w->one, '{');
    write_text(w, &is_first, IAM_STR("PermissionsBoundaryType"), IAM_STR("Policy"));
    write_text(w, &is_first, IAM_STR("PermissionsBoundaryArn"), arn);
    iam_buf_add_char(&w->one, '}');
}
