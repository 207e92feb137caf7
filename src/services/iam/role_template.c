/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Role templates, as the catalogue has them. SPEC: IAM API Reference, "GetRoleTemplateVersion";
 * recorded on AWS: stackd, role_template_catalogue.
 */
#include "services/iam/role_template.h"

#include "codec/json.h"
#include "services/iam/convert.h"

/* ---- what a role keeps ---- */

#define ARN IAM_STR("TemplateArn")
#define MINOR IAM_STR("TemplateMinorVersion")
#define VALUES IAM_STR("ReplacementValues")
/* LIMIT: bytes of the text; its values have at most IAM_TEMPLATE_VALUES_MAX, before escapes. */
#define USE_MAX_BYTES (8 * IAM_TEMPLATE_VALUES_MAX)

static void print_values(const struct iam_template_use *use, struct iam_buf *b)
{
    bool is_first = true;
    iam_buf_add_char(b, '{');
    for (size_t i = 0; i < use->value_count; i++) {
        iam_json_add_name(b, &is_first, use->values[i].name);
        for (size_t k = 0; k < use->values[i].count; k++) {
            iam_buf_add_char(b, k == 0 ? '[' : ',');
            iam_json_add_string(b, use->values[i].items[k]);
        }
        iam_buf_add_char(b, ']');
    }
    iam_buf_add_char(b, '}');
}

enum iam_status iam_template_use_print(struct iam_arena *arena, const struct iam_template_use *use,
                                       struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    bool is_first = true;
    iam_buf_init(&b, &alloc, USE_MAX_BYTES);
    iam_buf_add_char(&b, '{');
    iam_json_add_name(&b, &is_first, ARN);
    iam_json_add_string(&b, use->arn);
    iam_json_add_name(&b, &is_first, MINOR);
    iam_buf_add_i64(&b, use->minor);
    iam_json_add_name(&b, &is_first, VALUES);
    print_values(use, &b);
    iam_buf_add_char(&b, '}');
    return iam_buf_finish(&b, ret);
}

static enum iam_status read_value(struct iam_arena *arena, const struct iam_json *node,
                                  struct iam_template_value *ret)
{
    struct iam_str *items = iam_arena_zalloc(arena, node->child_count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    IAM_ENSURE(node->type == IAM_JSON_ARRAY && node->child_count > 0, IAM_CORRUPT);
    *ret = (struct iam_template_value){ node->name, items, 0 };
    for (const struct iam_json *at = node->first; at != NULL; at = at->next) {
        items[ret->count++] = at->text;
    }
    return IAM_OK;
}

static enum iam_status read_values(struct iam_arena *arena, const struct iam_json *node,
                                   struct iam_template_use *ret)
{
    IAM_ENSURE(node != NULL && node->type == IAM_JSON_OBJECT, IAM_CORRUPT);
    struct iam_template_value *values =
        iam_arena_zalloc(arena, node->child_count + 1, sizeof(*values));
    IAM_ENSURE(values != NULL, IAM_NOMEM);
    ret->values = values;
    ret->value_count = 0;
    for (const struct iam_json *at = node->first; at != NULL; at = at->next) {
        IAM_TRY(read_value(arena, at, &values[ret->value_count++]));
    }
    return IAM_OK;
}

enum iam_status iam_template_use_read(struct iam_arena *arena, struct iam_str text,
                                      struct iam_template_use *ret)
{
    static const struct iam_json_limits LIMITS = { .max_bytes = USE_MAX_BYTES,
                                                   .max_depth = 4,
                                                   .max_nodes = 20000 };
    const struct iam_json *root;
    enum iam_status st = iam_json_read(arena, text, &LIMITS, &root, NULL);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOMEM ? st : IAM_CORRUPT);
    const struct iam_json *arn = iam_json_member(root, ARN);
    const struct iam_json *minor = iam_json_member(root, MINOR);
    IAM_ENSURE(arn != NULL && minor != NULL, IAM_CORRUPT);
    ret->arn = arn->text;
    IAM_ENSURE(iam_str_to_i64(minor->text, 0, INT32_MAX, &ret->minor) == IAM_OK, IAM_CORRUPT);
    return read_values(arena, iam_json_member(root, VALUES), ret);
}

enum iam_status iam_template_use_out(struct iam_call *call, const struct iam_role *role,
                                     struct api_iam_source_role_template **ret)
{
    struct iam_template_use use;
    *ret = NULL;
    if (!iam_str_is_set(role->template_use)) {
        return IAM_OK;
    }
    IAM_TRY(iam_template_use_read(call->arena, role->template_use, &use));
    *ret = iam_arena_zalloc(call->arena, 1, sizeof(**ret));
    IAM_ENSURE(*ret != NULL, IAM_NOMEM);
    (*ret)->template_arn = use.arn;
    (*ret)->template_minor_version = api_int(use.minor);
    return IAM_OK;
}

/* ---- showing ---- */

/* Encodes a document as it is written in the template. */
static enum iam_status document_out(struct iam_call *call, const struct iam_json *document,
                                    struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, &alloc, IAM_POLICY_MAX_BYTES);
    iam_json_add_tree(&b, document);
    IAM_TRY(iam_buf_finish(&b, &text));
    return api_encode_document(call, text, ret);
}

static enum iam_status policies_out(struct iam_call *call, const struct iam_template_pairs *from,
                                    struct api_iam_inline_policy_template_list *ret)
{
    struct api_iam_inline_policy *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        items[i].policy_name = from->items[i].name;
        IAM_TRY(document_out(call, from->items[i].document, &items[i].policy_document));
    }
    *ret = (struct api_iam_inline_policy_template_list){ items, from->count, from->count > 0 };
    return IAM_OK;
}

static enum iam_status tags_out(struct iam_call *call, const struct iam_template_pairs *from,
                                struct api_iam_tag_template_list *ret)
{
    struct api_iam_tag_template *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        items[i] = (struct api_iam_tag_template){ from->items[i].name, from->items[i].value };
    }
    *ret = (struct api_iam_tag_template_list){ items, from->count, from->count > 0 };
    return IAM_OK;
}

static enum iam_status parameters_out(struct iam_call *call,
                                      const struct iam_template_parameters *from,
                                      struct api_iam_parameters_definition_list *ret)
{
    struct api_iam_parameter_definition *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        const struct iam_template_parameter *one = &from->items[i];
        items[i] =
            (struct api_iam_parameter_definition){ .name = one->name,
                                                   .type = one->type,
                                                   .sub_type = one->sub_type,
                                                   .description = one->description,
                                                   .is_required = api_bool(one->is_required),
                                                   .default_value = one->default_value,
                                                   .immutable = api_bool(one->is_immutable) };
    }
    *ret = (struct api_iam_parameters_definition_list){ items, from->count, from->count > 0 };
    return IAM_OK;
}

/* Copies the ARNs: an answer's list may be changed. */
static enum iam_status arns_out(struct iam_call *call, const struct iam_role_template *from,
                                struct api_iam_managed_policy_arn_list *ret)
{
    struct iam_str *items = iam_arena_zalloc(call->arena, from->managed_count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->managed_count; i++) {
        items[i] = from->managed_arns[i];
    }
    *ret = (struct api_iam_managed_policy_arn_list){ items, from->managed_count,
                                                     from->managed_count > 0 };
    return IAM_OK;
}

static enum iam_status template_out(struct iam_call *call, const struct iam_role_template *from,
                                    struct api_iam_role_template_version *ret)
{
    *ret = (struct api_iam_role_template_version){
        .template_arn = from->arn,
        .template_name = from->name,
        .template_version_id = from->version_id,
        .description = from->description,
        .major_version = api_int(from->major),
        .default_minor_version = api_int(from->default_minor),
        .managed_by_type = from->managed_by_type,
        .managed_by_value = from->managed_by_value,
        .enabled = api_bool(from->is_enabled),
        .minor_version = api_int(from->minor),
        .role_name_pattern = from->name_pattern,
        .role_path_pattern = from->path_pattern,
        .role_description_pattern = from->description_pattern,
        .permission_boundary_arn = from->boundary_arn,
        .version_enabled = api_bool(from->is_version_enabled),
        .create_timestamp = api_time(from->created_ms),
        .update_timestamp = api_time(from->updated_ms),
    };
    if (from->max_session_seconds > 0) {
        ret->max_session_duration = api_int(from->max_session_seconds);
    }
    IAM_TRY(document_out(call, from->trust, &ret->assume_role_policy_document_template));
    IAM_TRY(policies_out(call, &from->policies, &ret->inline_policy_templates));
    IAM_TRY(arns_out(call, from, &ret->managed_policy_arns));
    IAM_TRY(tags_out(call, &from->tags, &ret->role_tags_template));
    return parameters_out(call, &from->parameters, &ret->parameters_definition);
}

/* Resolves to the ARN that was sent: a template is of AWS, or of an operator who says so. */
enum iam_status api_iam_resolve_role_template(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    (void)call;
    (void)in;
    iam_set_sent_arn(ref->name, ret);
    return IAM_OK;
}

enum iam_status
api_iam_get_role_template_version(struct iam_call *call,
                                  const struct api_iam_get_role_template_version_in *in,
                                  struct api_iam_get_role_template_version_out *out)
{
    const struct iam_role_template *found;
    enum iam_status st = iam_catalogue_role_template(
        call->env->catalogue, in->template_arn,
        in->minor_version.is_set ? &in->minor_version.value : NULL, &found);
    if (st == IAM_NOT_FOUND) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Role Template %.*s cannot be found.",
                        API_QUOTED(in->template_arn));
    }
    IAM_TRY(st);
    out->role_template_version =
        iam_arena_zalloc(call->arena, 1, sizeof(*out->role_template_version));
    IAM_ENSURE(out->role_template_version != NULL, IAM_NOMEM);
    return template_out(call, found, out->role_template_version);
}
