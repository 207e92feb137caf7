/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of templates. Each line is an object with one member: RoleTemplateVersion, as
 * GetRoleTemplateVersion answers it, or PolicyTemplate. Every member is checked here, so that who
 * uses a template finds what it needs. INVARIANT: what is returned lies in the arena with the text.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "catalogue/parts_int.h"
#include "codec/json.h"

/* LIMITS of a line. */
static const struct iam_json_limits LIMITS = { .max_bytes = 1u << 18,
                                               .max_depth = 32,
                                               .max_nodes = 20000 };
#define MAX_MINOR 1000000
#define MAX_SESSION_SECONDS 43200

enum form { TEXT, INT, BOOL, TIME, DOCUMENT, TEXTS, POLICIES, TAGS, PARAMETERS };

/* A member of an object, and where it goes. */
struct member {
    struct iam_str name;
    enum form form;
    bool is_required;
    size_t offset;
};

#define OF(type, name, form, is_required, member)                            \
    {                                                                        \
        IAM_STR_INIT(name), form, is_required, offsetof(struct type, member) \
    }
#define ROLE(name, form, is_required, member) OF(iam_role_template, name, form, is_required, member)
#define POLICY(name, form, is_required, member) \
    OF(iam_policy_template, name, form, is_required, member)
#define PARAMETER(name, form, is_required, member) \
    OF(iam_template_parameter, name, form, is_required, member)

static const struct member ROLE_MEMBERS[] = {
    ROLE("TemplateArn", TEXT, true, arn),
    ROLE("TemplateName", TEXT, true, name),
    ROLE("TemplateVersionId", TEXT, false, version_id),
    ROLE("Description", TEXT, false, description),
    ROLE("MajorVersion", INT, true, major),
    ROLE("DefaultMinorVersion", INT, true, default_minor),
    ROLE("ManagedByType", TEXT, false, managed_by_type),
    ROLE("ManagedByValue", TEXT, false, managed_by_value),
    ROLE("Enabled", BOOL, true, is_enabled),
    ROLE("MinorVersion", INT, true, minor),
    ROLE("RoleNamePattern", TEXT, true, name_pattern),
    ROLE("RolePathPattern", TEXT, false, path_pattern),
    ROLE("RoleDescriptionPattern", TEXT, false, description_pattern),
    ROLE("AssumeRolePolicyDocumentTemplate", DOCUMENT, true, trust),
    ROLE("InlinePolicyTemplates", POLICIES, false, policies),
    ROLE("ManagedPolicyArns", TEXTS, false, managed_arns),
    ROLE("PermissionBoundaryArn", TEXT, false, boundary_arn),
    ROLE("ParametersDefinition", PARAMETERS, false, parameters),
    ROLE("RoleTagsTemplate", TAGS, false, tags),
    ROLE("MaxSessionDuration", INT, false, max_session_seconds),
    ROLE("VersionEnabled", BOOL, true, is_version_enabled),
    ROLE("CreateTimestamp", TIME, true, created_ms),
    ROLE("UpdateTimestamp", TIME, true, updated_ms),
};

static const struct member POLICY_MEMBERS[] = {
    POLICY("PolicyTemplateArn", TEXT, true, arn),
    POLICY("RequestorAccountId", TEXT, false, requestor_account),
    POLICY("RequestorName", TEXT, false, requestor_name),
    POLICY("PolicyDocumentTemplate", DOCUMENT, true, document),
    POLICY("ParametersDefinition", PARAMETERS, false, parameters),
};

static const struct member PARAMETER_MEMBERS[] = {
    PARAMETER("Name", TEXT, true, name),
    PARAMETER("Type", TEXT, true, type),
    PARAMETER("SubType", TEXT, false, sub_type),
    PARAMETER("Description", TEXT, false, description),
    PARAMETER("IsRequired", BOOL, false, is_required),
    PARAMETER("DefaultValue", TEXT, false, default_value),
    PARAMETER("Immutable", BOOL, false, is_immutable),
};

struct reader {
    struct iam_arena *arena;
    struct iam_str wrong; /* the member that is */
};

/* Refuses what is not of the form that its member has. */
static enum iam_status want(struct reader *r, bool is_right, struct iam_str name)
{
    r->wrong = is_right ? r->wrong : name;
    return is_right ? IAM_OK : IAM_SYNTAX;
}

/* ---- values ---- */

static bool is_text(const struct iam_json *node)
{
    return node != NULL && node->type == IAM_JSON_STRING;
}

static enum iam_status read_texts(struct reader *r, const struct iam_json *node, void *to)
{
    struct iam_role_template *role = to; /* the only owner of such a list */
    struct iam_str *items = iam_arena_zalloc(r->arena, node->child_count + 1, sizeof(*items));

    IAM_ENSURE(items != NULL, IAM_NOMEM);
    role->managed_arns = items;
    for (const struct iam_json *at = node->first; at != NULL; at = at->next) {
        IAM_TRY(want(r, is_text(at), node->name));
        items[role->managed_count++] = at->text;
    }
    return IAM_OK;
}

/* Reads a list of tags, or of policies. */
static enum iam_status read_pairs(struct reader *r, const struct iam_json *node, bool is_of_tags,
                                  struct iam_template_pairs *ret)
{
    struct iam_template_pair *items =
        iam_arena_zalloc(r->arena, node->child_count + 1, sizeof(*items));

    IAM_ENSURE(items != NULL, IAM_NOMEM);
    *ret = (struct iam_template_pairs){ items, 0 };
    for (const struct iam_json *at = node->first; at != NULL; at = at->next) {
        struct iam_template_pair *pair = &items[ret->count++];
        const struct iam_json *name =
            iam_json_member(at, is_of_tags ? IAM_STR("Key") : IAM_STR("PolicyName"));
        const struct iam_json *value =
            iam_json_member(at, is_of_tags ? IAM_STR("Value") : IAM_STR("PolicyDocument"));
        bool is_right =
            is_of_tags ? is_text(value) : value != NULL && value->type == IAM_JSON_OBJECT;

        IAM_TRY(want(r, is_text(name) && is_right, node->name));
        pair->name = name->text;
        pair->value = is_of_tags ? value->text : iam_str_absent();
        pair->document = is_of_tags ? NULL : value;
    }
    return IAM_OK;
}

static enum iam_status read_scalar(struct reader *r, const struct iam_json *node, enum form form,
                                   void *to)
{
    int64_t number = 0;

    if (form == TEXT) {
        IAM_TRY(want(r, is_text(node), node->name));
        *(struct iam_str *)to = node->text;
    } else if (form == BOOL) {
        IAM_TRY(want(r, node->type == IAM_JSON_BOOL, node->name));
        *(bool *)to = node->boolean;
    } else if (form == INT) {
        IAM_TRY(want(r,
                     node->type == IAM_JSON_NUMBER &&
                         iam_str_to_i64(node->text, 0, MAX_MINOR, &number) == IAM_OK,
                     node->name));
        *(int64_t *)to = number;
    } else {
        IAM_TRY(
            want(r, is_text(node) && iam_time_from_iso(node->text, &number) == IAM_OK, node->name));
        *(int64_t *)to = number;
    }
    return IAM_OK;
}

/* Reads what is no list of objects with members of their own; object is where the member is. */
static enum iam_status read_value(struct reader *r, const struct iam_json *node,
                                  const struct member *member, void *object)
{
    void *to = (char *)object + member->offset;

    switch (member->form) {
    case DOCUMENT:
        IAM_TRY(want(r, node->type == IAM_JSON_OBJECT, node->name));
        *(const struct iam_json **)to = node;
        return IAM_OK;
    case TEXTS:
        IAM_TRY(want(r, node->type == IAM_JSON_ARRAY, node->name));
        return read_texts(r, node, object);
    case POLICIES:
    case TAGS:
        IAM_TRY(want(r, node->type == IAM_JSON_ARRAY, node->name));
        return read_pairs(r, node, member->form == TAGS, to);
    case TEXT:
    case INT:
    case BOOL:
    case TIME:
    case PARAMETERS:
        break;
    }
    return read_scalar(r, node, member->form, to);
}

static enum iam_status read_parameter(struct reader *r, const struct iam_json *object,
                                      struct iam_template_parameter *ret)
{
    static const struct iam_str TYPES[] = { IAM_STR_INIT("String"), IAM_STR_INIT("StringList"),
                                            IAM_STR_INIT("Number"), IAM_STR_INIT("NumberList"),
                                            IAM_STR_INIT("Arn"),    IAM_STR_INIT("ArnList") };
    bool is_type = false;

    for (size_t i = 0; i < IAM_COUNT(PARAMETER_MEMBERS); i++) {
        const struct member *member = &PARAMETER_MEMBERS[i];
        const struct iam_json *node = iam_json_member(object, member->name);

        IAM_TRY(want(r, node != NULL || !member->is_required, member->name));
        if (node != NULL) {
            IAM_TRY(read_value(r, node, member, ret));
        }
    }
    for (size_t i = 0; i < IAM_COUNT(TYPES); i++) {
        is_type |= iam_str_eq(TYPES[i], ret->type);
    }
    return want(r, is_type, IAM_STR("Type"));
}

static enum iam_status read_parameters(struct reader *r, const struct iam_json *node,
                                       struct iam_template_parameters *ret)
{
    struct iam_template_parameter *items =
        iam_arena_zalloc(r->arena, node->child_count + 1, sizeof(*items));

    IAM_ENSURE(items != NULL, IAM_NOMEM);
    IAM_TRY(want(r, node->type == IAM_JSON_ARRAY, node->name));
    *ret = (struct iam_template_parameters){ items, 0 };
    for (const struct iam_json *at = node->first; at != NULL; at = at->next) {
        IAM_TRY(read_parameter(r, at, &items[ret->count++]));
    }
    return IAM_OK;
}

/* Reads the members of a template; those that are not known are left out. */
static enum iam_status read_members(struct reader *r, const struct iam_json *object,
                                    const struct member *members, size_t count, void *ret)
{
    for (size_t i = 0; i < count; i++) {
        const struct iam_json *node = iam_json_member(object, members[i].name);

        IAM_TRY(want(r, node != NULL || !members[i].is_required, members[i].name));
        if (node != NULL && members[i].form == PARAMETERS) {
            IAM_TRY(read_parameters(r, node, (void *)((char *)ret + members[i].offset)));
        } else if (node != NULL) {
            IAM_TRY(read_value(r, node, &members[i], ret));
        }
    }
    return IAM_OK;
}

/* ---- lines ---- */

static enum iam_status read_line(struct reader *r, struct iam_str line,
                                 struct iam_catalogue_templates *ret)
{
    const struct iam_json *root;

    r->wrong = IAM_STR("the line");
    IAM_TRY(iam_json_read(r->arena, line, &LIMITS, &root, NULL));
    const struct iam_json *role = iam_json_member(root, IAM_STR("RoleTemplateVersion"));
    const struct iam_json *policy = iam_json_member(root, IAM_STR("PolicyTemplate"));
    IAM_ENSURE(ret->role_count + ret->policy_count < IAM_CATALOGUE_MAX_TEMPLATES, IAM_LIMIT);
    if (role != NULL) {
        struct iam_role_template *one = &ret->roles[ret->role_count++];

        IAM_TRY(read_members(r, role, ROLE_MEMBERS, IAM_COUNT(ROLE_MEMBERS), one));
        return want(r, one->max_session_seconds <= MAX_SESSION_SECONDS,
                    IAM_STR("MaxSessionDuration"));
    }
    IAM_TRY(want(r, policy != NULL, IAM_STR("RoleTemplateVersion")));
    return read_members(r, policy, POLICY_MEMBERS, IAM_COUNT(POLICY_MEMBERS),
                        &ret->policies[ret->policy_count++]);
}

static size_t count_lines(struct iam_str text)
{
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++) {
        count += text.p[i] == '\n';
    }
    return count < IAM_CATALOGUE_MAX_TEMPLATES ? count : IAM_CATALOGUE_MAX_TEMPLATES;
}

static enum iam_status read_lines(struct reader *r, struct iam_str text,
                                  struct iam_catalogue_templates *ret, size_t *ret_line)
{
    size_t room = count_lines(text) + 1;

    ret->roles = iam_arena_zalloc(r->arena, room, sizeof(*ret->roles));
    ret->policies = iam_arena_zalloc(r->arena, room, sizeof(*ret->policies));
    IAM_ENSURE(ret->roles != NULL && ret->policies != NULL, IAM_NOMEM);
    for (size_t at = 0; at < text.len;) {
        size_t end = iam_str_find(text, '\n', at);
        struct iam_str line = iam_str_trim(iam_str_sub(text, at, end - at));

        ++*ret_line;
        at = end + 1;
        if (line.len > 0 && line.p[0] != '#') {
            IAM_TRY(read_line(r, line, ret));
        }
    }
    return IAM_OK;
}

enum iam_status iam_catalogue_templates(int dir_fd, const char *file, struct iam_arena *arena,
                                        struct iam_catalogue_templates *ret,
                                        char error[IAM_CATALOGUE_ERROR_MAX])
{
    struct reader r = { .arena = arena };
    struct iam_str text;
    int64_t ignored;
    size_t line = 0;
    enum iam_status st =
        iam_catalogue_text(dir_fd, file, IAM_CATALOGUE_TEMPLATES_BYTES, arena, &text, &ignored);

    if (st != IAM_OK) {
        (void)snprintf(error, IAM_CATALOGUE_ERROR_MAX, "%.400s: %s", file,
                       st == IAM_IO ? strerror(errno) : "no file of at most 4 MiB");
        return st;
    }
    st = read_lines(&r, text, ret, &line);
    if (st != IAM_OK) {
        (void)snprintf(error, IAM_CATALOGUE_ERROR_MAX,
                       "%.300s: line %zu is no template: %.*s is missing or wrong", file, line,
                       IAM_STR_ARG(r.wrong));
    }
    return st;
}
