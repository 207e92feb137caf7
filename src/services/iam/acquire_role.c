/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AcquireRole: the role that a template describes, which is made, or found as it was made before.
 * The template is rendered once the caller is known to be allowed to read it, by the resolver of
 * the second permission; further ones follow from what came out of it. SPEC: IAM API Reference,
 * "AcquireRole"; recorded on AWS: stackd, role_templates and role_acquisition. Which permission is
 * asked first was not recorded, nor the sentences that are called ours here.
 */
#include "base/sort.h"
#include "dispatch/reserved.h"
#include "policy/compiled.h"
#include "services/iam/convert.h"
#include "services/iam/role_template.h"
#include "services/iam/trust.h"
#include "store/inline_policy.h"
#include "store/policy.h"
#include "store/role.h"
#include "wire/codec.h"

/* LIMITS of what a role has, as everywhere. */
#define NAME_MAX_CHARS 64
#define PATH_MAX_CHARS 512
#define DESCRIPTION_MAX_CHARS 1000

/* What a template says of a role, with all parameters replaced. */
struct made {
    struct iam_str name;
    struct iam_str path;
    struct iam_str description; /* absent: none */
    struct iam_str trust;
    struct iam_inline_policy *policies; /* inline, with something left in them */
    size_t policy_count;
    struct iam_tag_list tags;
};

/* What an AcquireRole is about: the entity of the first permission, of no kind. */
struct acquisition {
    const struct iam_role_template *of;
    struct iam_template_use use;
    struct made made;
    const struct iam_role *role; /* that has this name now, or NULL */
};

/* ---- rendering ---- */

static enum iam_status render_tags(const struct iam_render *r, const struct iam_role_template *of,
                                   struct made *ret)
{
    struct iam_tag *tags = iam_arena_zalloc(r->call->arena, of->tags.count + 1, sizeof(*tags));
    IAM_ENSURE(tags != NULL, IAM_NOMEM);
    for (size_t i = 0; i < of->tags.count; i++) {
        IAM_TRY(iam_render_text(r, of->tags.items[i].name, &tags[i].key));
        IAM_TRY(iam_render_text(r, of->tags.items[i].value, &tags[i].value));
    }
    ret->tags.items = tags;
    ret->tags.count = of->tags.count;
    return IAM_OK;
}

static enum iam_status render_policies(const struct iam_render *r,
                                       const struct iam_role_template *of, struct made *ret)
{
    ret->policies =
        iam_arena_zalloc(r->call->arena, of->policies.count + 1, sizeof(*ret->policies));
    IAM_ENSURE(ret->policies != NULL, IAM_NOMEM);
    ret->policy_count = 0;
    for (size_t i = 0; i < of->policies.count; i++) {
        struct iam_inline_policy *to = &ret->policies[ret->policy_count];
        to->name = of->policies.items[i].name;
        IAM_TRY(iam_render_document(r, of->policies.items[i].document, &to->document));
        ret->policy_count += iam_str_is_set(to->document);
    }
    return IAM_OK;
}

static enum iam_status render(const struct iam_render *r, const struct iam_role_template *of,
                              struct made *ret)
{
    *ret = (struct made){ .name = iam_str_absent() };
    IAM_TRY(iam_render_check(r));
    IAM_TRY(iam_render_text(r, of->name_pattern, &ret->name));
    IAM_TRY(iam_render_text(r, of->path_pattern, &ret->path));
    IAM_TRY(iam_render_text(r, of->description_pattern, &ret->description));
    IAM_TRY(iam_render_document(r, of->trust, &ret->trust));
    ret->path = iam_path_or_root(ret->path);
    ret->trust = iam_str_or(ret->trust, IAM_STR(""));
    IAM_TRY(render_policies(r, of, ret));
    return render_tags(r, of, ret);
}

/* ---- what came out ---- */

static bool is_name(struct iam_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!iam_ascii_is_alnum(name.p[i]) &&
            iam_str_find(IAM_STR("_+=,.@-"), name.p[i], 0) == sizeof("_+=,.@-") - 1) {
            return false;
        }
    }
    return name.len > 0 && name.len <= NAME_MAX_CHARS;
}

/* Tells whether it is a path that clients may choose: slashes at both ends, visible ASCII. */
static bool is_path(struct iam_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.p[i] < '!' || path.p[i] > '~') {
            return false;
        }
    }
    return path.len > 0 && path.len <= PATH_MAX_CHARS && path.p[0] == '/' &&
           path.p[path.len - 1] == '/' && !api_is_reserved_path(path);
}

static bool is_description(struct iam_str text)
{
    return iam_utf8_is_valid(text) && iam_utf8_count(text) <= DESCRIPTION_MAX_CHARS;
}

/* Tells in *ret whether CreateRole would take the tags. */
static enum iam_status are_tags(struct iam_call *call, const struct made *made, bool *ret)
{
    const struct api_op *op = api_op_find(call->op->service, IAM_STR("CreateRole"));
    struct api_iam_create_role_in parameters = { .role_name = IAM_STR("name"),
                                                 .assume_role_policy_document = IAM_STR("{}") };
    struct api_fault fault = { 0 };
    IAM_ENSURE(op != NULL, IAM_UNSUPPORTED);
    IAM_TRY(iam_tag_list_out(call, &made->tags, &parameters.tags));
    enum iam_status st =
        api_validate(call->arena, call->op->service, op->input, &parameters, &fault);
    *ret = st == IAM_OK;
    for (size_t i = 0; *ret && i < made->tags.count; i++) {
        struct iam_str key = made->tags.items[i].key;
        *ret = !iam_str_starts_nocase(key, IAM_STR("aws:")) &&
               iam_tag_find(made->tags.items, i, key) == NULL;
    }
    return st == IAM_FAULT ? IAM_OK : st;
}

/* Fails for a name, a path or a tag that no role may have. The sentences are ours. */
static enum iam_status check_made(struct iam_call *call, const struct made *made)
{
    bool has_good_tags;
    IAM_TRY(are_tags(call, made, &has_good_tags));
    const char *what = !is_name(made->name)                 ? "name"
                       : !is_path(made->path)               ? "path"
                       : !is_description(made->description) ? "description"
                       : !has_good_tags                     ? "tag"
                                                            : NULL;
    if (what == NULL) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_INVALID_INPUT,
                    "Failed to render template: No role may have such a %s.", what);
}

static int by_parameter(const void *a, const void *b)
{
    const struct iam_template_value *x = a;
    const struct iam_template_value *y = b;
    return iam_str_cmp(x->name, y->name);
}

/* Reads what is given for the template, sorted: the order of a map says nothing. */
static enum iam_status read_values(struct iam_call *call,
                                   const struct api_iam_replacement_value_map *in,
                                   struct iam_template_use *ret)
{
    struct iam_template_value *all = iam_arena_zalloc(call->arena, in->count + 1, sizeof(*all));
    const void **sorted = iam_arena_zalloc(call->arena, in->count + 1, sizeof(*sorted));
    struct iam_template_value *values =
        iam_arena_zalloc(call->arena, in->count + 1, sizeof(*values));
    IAM_ENSURE(all != NULL && sorted != NULL && values != NULL, IAM_NOMEM);
    for (size_t i = 0; i < in->count; i++) {
        all[i] = (struct iam_template_value){ in->items[i].key, in->items[i].value.values.items,
                                              in->items[i].value.values.count };
        sorted[i] = &all[i];
    }
    iam_sort(sorted, in->count, by_parameter);
    for (size_t i = 0; i < in->count; i++) {
        values[i] = *(const struct iam_template_value *)sorted[i];
    }
    ret->values = values;
    ret->value_count = in->count;
    return IAM_OK;
}

static struct iam_render render_of(struct iam_call *call, const struct iam_role_template *of,
                                   const struct iam_template_use *use)
{
    return (struct iam_render){ call, &of->parameters, use->values, use->value_count };
}

/* Finds the template and renders it. */
static enum iam_status begin(struct iam_call *call, const struct api_iam_acquire_role_in *in,
                             struct acquisition *ret)
{
    enum iam_status st = iam_catalogue_role_template(
        call->env->catalogue, in->template_arn,
        in->template_minor_version.is_set ? &in->template_minor_version.value : NULL, &ret->of);
    if (st == IAM_NOT_FOUND) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Role template not found in repository: %.*s",
                        API_QUOTED(in->template_arn));
    }
    IAM_TRY(st);
    if (!ret->of->is_enabled || !ret->of->is_version_enabled) {
        return api_fail(call, API_ERR_ROLE_TEMPLATE_DISABLED, "Role template %.*s is disabled.",
                        API_QUOTED(in->template_arn));
    }
    ret->use = (struct iam_template_use){ .arn = ret->of->arn, .minor = ret->of->minor };
    IAM_TRY(read_values(call, &in->replacement_values, &ret->use));
    struct iam_render r = render_of(call, ret->of, &ret->use);
    IAM_TRY(render(&r, ret->of, &ret->made));
    return check_made(call, &ret->made);
}

/* ---- permissions ---- */

static const struct acquisition *acquisition_of(const struct iam_call *call)
{
    return call->target.entity;
}

/* Sets the ARN of the role that is to be made; *ret is moot unless one is and is_needed. */
static enum iam_status set_new(struct iam_call *call, bool is_needed, struct api_target *ret)
{
    const struct acquisition *a = acquisition_of(call);
    ret->is_moot = a->role != NULL || !is_needed;
    ret->facts[0] = (struct api_fact_text){ IAM_STR("boundary"), a->of->boundary_arn };
    ret->tags.rows = (struct iam_rows){ .items = a->made.tags.items, .count = a->made.tags.count };
    ret->has_tags = true;
    return iam_arn_of(call->arena, IAM_KIND_ROLE, api_account(call), a->made.path, a->made.name,
                      &ret->arn);
}

/* Renders the template, and resolves to the role that has its name. */
enum iam_status api_iam_resolve_acquired_role(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    struct acquisition *a = iam_arena_zalloc(call->arena, 1, sizeof(*a));
    struct iam_role *role = iam_arena_zalloc(call->arena, 1, sizeof(*role));
    (void)ref;
    IAM_ENSURE(a != NULL && role != NULL, IAM_NOMEM);
    IAM_TRY(begin(call, in, a));
    enum iam_status st =
        iam_store_role_get(call->txn, call->arena, api_account(call), a->made.name, role);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    call->target.entity = a;
    ret->is_moot = st == IAM_NOT_FOUND;
    if (st == IAM_OK) {
        a->role = role;
        ret->ref = iam_ref_role(role);
        ret->arn = role->arn;
        ret->facts[0] = (struct api_fact_text){ IAM_STR("boundary"), role->boundary_arn };
    }
    return IAM_OK;
}

enum iam_status api_iam_resolve_acquired_new_role(struct iam_call *call, const void *in,
                                                  const struct api_reference *ref,
                                                  struct api_target *ret)
{
    (void)in;
    (void)ref;
    return set_new(call, true, ret);
}

enum iam_status api_iam_resolve_acquired_tags(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    (void)in;
    (void)ref;
    return set_new(call, acquisition_of(call)->made.tags.count > 0, ret);
}

/* Resolves to the role once for each managed policy. */
enum iam_status api_iam_resolve_acquired_policies(struct iam_call *call, const void *in,
                                                  const struct api_reference *ref,
                                                  struct api_target *ret)
{
    const struct iam_role_template *of = acquisition_of(call)->of;
    (void)in;
    IAM_TRY(set_new(call, ref->round < of->managed_count, ret));
    if (!ret->is_moot) {
        ret->facts[1] = (struct api_fact_text){ IAM_STR("policy"), of->managed_arns[ref->round] };
        ret->has_more = ref->round + 1 < of->managed_count;
    }
    return IAM_OK;
}

enum iam_status api_iam_resolve_acquired_inline_policies(struct iam_call *call, const void *in,
                                                         const struct api_reference *ref,
                                                         struct api_target *ret)
{
    (void)in;
    (void)ref;
    return set_new(call, acquisition_of(call)->made.policy_count > 0, ret);
}

enum iam_status api_iam_resolve_acquired_boundary(struct iam_call *call, const void *in,
                                                  const struct api_reference *ref,
                                                  struct api_target *ret)
{
    (void)in;
    (void)ref;
    return set_new(call, iam_str_is_set(acquisition_of(call)->of->boundary_arn), ret);
}

/* ---- a role that is there ---- */

static bool has_tag(const struct made *made, const struct iam_tag *tag)
{
    for (size_t i = 0; i < made->tags.count; i++) {
        if (iam_str_eq_nocase(made->tags.items[i].key, tag->key) &&
            iam_str_eq(made->tags.items[i].value, tag->value)) {
            return true;
        }
    }
    return false;
}

static bool has_policy(struct iam_arena *arena, const struct made *made,
                       const struct iam_inline_policy *policy)
{
    for (size_t i = 0; i < made->policy_count; i++) {
        if (iam_str_eq(made->policies[i].name, policy->name)) {
            return iam_documents_agree(arena, made->policies[i].document, policy->document);
        }
    }
    return false;
}

static bool is_managed(const struct iam_role_template *of, struct iam_str arn)
{
    for (size_t i = 0; i < of->managed_count; i++) {
        if (iam_str_eq(of->managed_arns[i], arn)) {
            return true;
        }
    }
    return false;
}

/* Tells whether the role has the policies of the template and no others. */
static enum iam_status compare_policies(struct iam_call *call, const struct acquisition *a,
                                        bool *ret)
{
    const struct iam_entity_ref ref = iam_ref_role(a->role);
    struct iam_inline_list own = { 0 };
    struct iam_attached_list managed = { 0 };
    IAM_TRY(iam_store_inline_load(call->txn, call->arena, &ref, &own));
    IAM_TRY(
        iam_store_attached_list(call->txn, call->arena, &ref, iam_str_absent(), NULL, &managed));
    *ret = own.count == a->made.policy_count && managed.count == a->of->managed_count;
    for (size_t i = 0; *ret && i < own.count; i++) {
        *ret = has_policy(call->arena, &a->made, &own.items[i]);
    }
    for (size_t i = 0; *ret && i < managed.count; i++) {
        *ret = is_managed(a->of, managed.items[i].arn);
    }
    return IAM_OK;
}

static enum iam_status compare_tags(struct iam_call *call, const struct acquisition *a, bool *ret)
{
    const struct iam_entity_ref ref = iam_ref_role(a->role);
    struct iam_tag_list tags = { 0 };
    IAM_TRY(iam_store_tag_list(call->txn, call->arena, &ref, NULL, &tags));
    *ret = tags.count == a->made.tags.count;
    for (size_t i = 0; *ret && i < tags.count; i++) {
        *ret = has_tag(&a->made, &tags.items[i]);
    }
    return IAM_OK;
}

/*
 * Tells whether the role is still as it was made. Recorded on AWS: the description and the longest
 * session do not count.
 */
static enum iam_status compare_role(struct iam_call *call, const struct acquisition *a, bool *ret)
{
    bool has_policies;
    bool has_tags;
    IAM_TRY(compare_policies(call, a, &has_policies));
    IAM_TRY(compare_tags(call, a, &has_tags));
    *ret = has_policies && has_tags && iam_str_eq(a->role->path, a->made.path) &&
           iam_str_eq(a->role->boundary_arn, a->of->boundary_arn) &&
           iam_documents_agree(call->arena, a->role->trust_document, a->made.trust);
    return IAM_OK;
}

/* Tells whether two uses of one template come to the same role. */
static bool is_same(struct iam_arena *arena, const struct made *x, const struct made *y)
{
    bool is_equal = iam_str_eq(x->name, y->name) && iam_str_eq(x->path, y->path) &&
                    iam_str_eq(x->description, y->description) &&
                    iam_documents_agree(arena, x->trust, y->trust) &&
                    x->policy_count == y->policy_count && x->tags.count == y->tags.count;
    for (size_t i = 0; is_equal && i < x->policy_count; i++) {
        is_equal = has_policy(arena, y, &x->policies[i]);
    }
    for (size_t i = 0; is_equal && i < x->tags.count; i++) {
        is_equal = has_tag(y, &x->tags.items[i]);
    }
    return is_equal;
}

/*
 * Tells whether the role was made with what is given now, whatever became of it: what was given
 * then is rendered again. A version of the template that is gone makes nothing.
 */
static enum iam_status was_made_so(struct iam_call *call, const struct acquisition *a,
                                   const struct iam_template_use *then, bool *ret)
{
    const struct iam_role_template *of;
    struct made made;
    enum iam_status st =
        iam_catalogue_role_template(call->env->catalogue, then->arn, &then->minor, &of);
    if (st == IAM_OK) {
        struct iam_render r = render_of(call, of, then);
        st = render(&r, of, &made);
    }
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND || st == IAM_FAULT, st);
    *ret = st == IAM_OK && is_same(call->arena, &a->made, &made);
    return IAM_OK;
}

static enum iam_status check_found(struct iam_call *call, const struct acquisition *a)
{
    struct iam_template_use then = { .arn = iam_str_absent() };
    bool is_right;
    if (iam_str_is_set(a->role->template_use)) {
        IAM_TRY(iam_template_use_read(call->arena, a->role->template_use, &then));
    }
    if (!iam_str_eq(then.arn, a->of->arn)) {
        return api_fail(call, API_ERR_NAME_CONFLICT,
                        "A role with this name already exists in the account but was not created "
                        "from this template. Choose a different role name, or remove the existing "
                        "role if it is no longer needed.");
    }
    IAM_TRY(was_made_so(call, a, &then, &is_right));
    if (!is_right || !iam_str_eq(a->role->name, a->made.name)) {
        return api_fail(call, API_ERR_NAME_CONFLICT,
                        "A role with this name exists but was created with different parameters. "
                        "Pass a unique roleName to create a new role.");
    }
    IAM_TRY(compare_role(call, a, &is_right));
    if (!is_right) {
        return api_fail(call, API_ERR_ROLE_MODIFIED,
                        "Role %.*s has been modified since it was created and is no longer "
                        "managed.",
                        API_QUOTED(a->role->name));
    }
    return IAM_OK;
}

/* ---- a role that is made ---- */

static enum iam_status attach_policies(struct iam_call *call, const struct acquisition *a,
                                       const struct iam_entity_ref *ref)
{
    for (size_t i = 0; i < a->of->managed_count; i++) {
        struct iam_str arn = a->of->managed_arns[i];
        if (iam_str_starts(arn, IAM_STR("arn:aws:iam::aws:policy" IAM_SERVICE_ROLE_PATH))) {
            return api_fail(call, API_ERR_INVALID_INPUT,
                            "Failed to render template: Policy %.*s is not attachable.",
                            API_QUOTED(arn));
        }
        IAM_TRY(iam_attach(call, ref, arn));
    }
    return IAM_OK;
}

static enum iam_status put_tags(struct iam_call *call, const struct made *made,
                                const struct iam_entity_ref *ref)
{
    struct api_iam_tag_list tags;
    IAM_TRY(iam_tag_list_out(call, &made->tags, &tags));
    return iam_tags_put(call, ref, &tags);
}

static enum iam_status add_role(struct iam_call *call, const struct acquisition *a,
                                struct iam_role *role)
{
    struct iam_trust trust = { 0 };
    struct iam_str boundary;
    *role = (struct iam_role){ .account = api_account(call),
                               .name = a->made.name,
                               .path = a->made.path,
                               .created_ms = iam_created_now(call),
                               .trust_document = a->made.trust,
                               .max_session_seconds = a->of->max_session_seconds > 0
                                                          ? a->of->max_session_seconds
                                                          : IAM_SESSION_DEFAULT_SECONDS };
    if (a->made.description.len > 0) {
        role->description = a->made.description;
    }
    IAM_TRY(iam_trust_in(call, a->made.trust, &trust));
    IAM_TRY(iam_boundary_in(call, a->of->boundary_arn, &boundary));
    iam_boundary_set(boundary, &role->boundary_policy_id, &role->aws_boundary_arn);
    IAM_TRY(iam_template_use_print(call->arena, &a->use, &role->template_use));
    IAM_TRY(iam_check_room(call, IAM_KIND_ROLE, IAM_TABLE_ROLE));
    IAM_TRY(iam_new_id(call, IAM_KIND_ROLE, &role->id));
    return iam_store_role_add(call->txn, role, trust.pins, trust.pin_count);
}

static enum iam_status make_role(struct iam_call *call, const struct acquisition *a,
                                 struct iam_role *ret)
{
    IAM_TRY(add_role(call, a, ret));
    const struct iam_entity_ref ref = iam_ref_role(ret);
    IAM_TRY(put_tags(call, &a->made, &ref));
    IAM_TRY(attach_policies(call, a, &ref));
    for (size_t i = 0; i < a->made.policy_count; i++) {
        const struct iam_inline_policy *policy = &a->made.policies[i];
        IAM_TRY(iam_role_inline_put(call, ret, policy->name, policy->document));
    }
    return iam_store_role_get_by_id(call->txn, call->arena, ret->id, ret);
}

enum iam_status api_iam_acquire_role(struct iam_call *call,
                                     const struct api_iam_acquire_role_in *in,
                                     struct api_iam_acquire_role_out *out)
{
    const struct acquisition *a = acquisition_of(call);
    struct iam_role made;
    const struct iam_role *role = a->role;
    (void)in;
    if (role != NULL) {
        IAM_TRY(check_found(call, a));
    } else {
        IAM_TRY(make_role(call, a, &made));
        role = &made;
    }
    out->role = iam_arena_zalloc(call->arena, 1, sizeof(*out->role));
    IAM_ENSURE(out->role != NULL, IAM_NOMEM);
    return iam_role_fill(call, role, out->role);
}
