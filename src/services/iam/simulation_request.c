/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request that is imagined: actions, resources, who asks, and the condition keys that it has.
 * SPEC: IAM API Reference, "SimulateCustomPolicy", "ContextEntry"; what is not in there was
 * recorded: docs/conformance.md, "Simulation".
 */
#include "services/iam/simulation.h"

#include "base/time.h"
#include "codec/base64.h"
#include "model/arn.h"
#include "policy/value.h"

/* Keys that the caller and the account add to those that are given. */
#define MAX_DEFAULTS 4
/* LIMIT: of entries that are given. */
#define MAX_ENTRIES (IAM_REQUEST_MAX_CONTEXT - MAX_DEFAULTS)

enum iam_status sim_worked(struct iam_call *call, enum iam_status st)
{
    if (st != IAM_LIMIT || !call->work.is_out || call->work.is_short) {
        return st;
    }
    return api_fail(call, API_ERR_INVALID_INPUT,
                    "The simulation takes more work than the server does for one request; simulate "
                    "fewer resources, or policies, at once.");
}

/* ---- values ---------------------------------------------------------------------------------- */

/*
 * Checks a value, and rewrites it where it is compared in another form than it is given in.
 * IAM_SYNTAX: it is none of the type.
 */
typedef enum iam_status read_value_fn(struct iam_call *call, struct iam_str *value);

static enum iam_status read_any(struct iam_call *call, struct iam_str *value)
{
    (void)call;
    (void)value;
    return IAM_OK;
}

static enum iam_status read_number(struct iam_call *call, struct iam_str *value)
{
    struct iam_decimal number;
    (void)call;
    return iam_decimal_parse(*value, &number) == IAM_SYNTAX ? IAM_SYNTAX : IAM_OK;
}

static enum iam_status read_address(struct iam_call *call, struct iam_str *value)
{
    struct iam_net net;
    (void)call;
    return iam_address_parse(*value, &net) ? IAM_OK : IAM_SYNTAX;
}

static enum iam_status read_bytes(struct iam_call *call, struct iam_str *value)
{
    struct iam_str bytes;
    return iam_base64_decode(call->arena, *value, &bytes);
}

static enum iam_status read_date(struct iam_call *call, struct iam_str *value)
{
    int64_t ms;
    char text[IAM_TIME_ISO_MS_LEN + 1];
    IAM_ENSURE(iam_date_parse(*value, &ms), IAM_SYNTAX);
    iam_time_to_iso_ms(ms, text);
    return iam_arena_dup(call->arena, iam_str_c(text), value);
}

/* The types, whose lists have the same name with "List" after it. */
static const struct type {
    struct iam_str name;
    read_value_fn *read;
    const char *expected;
} types[] = {
    {IAM_STR_INIT("string"),   read_any,     NULL                           },
    { IAM_STR_INIT("numeric"), read_number,  "numeric format"               },
    { IAM_STR_INIT("boolean"), read_any,     NULL                           },
    { IAM_STR_INIT("ip"),      read_address, "IP address"                   },
    { IAM_STR_INIT("binary"),  read_bytes,   "base-64 encoded binary format"},
    { IAM_STR_INIT("date"),    read_date,    "DateTime format"              },
};

/* Finds a type; validation has refused all other names. */
static const struct type *find_type(struct iam_str name, bool *ret_is_list)
{
    const struct iam_str list = IAM_STR("List");
    *ret_is_list = iam_str_ends(name, list);
    struct iam_str one = iam_str_sub(name, 0, name.len - (*ret_is_list ? list.len : 0));
    size_t i = 0;
    while (i + 1 < IAM_COUNT(types) && !iam_str_eq(types[i].name, one)) {
        i++;
    }
    return &types[i];
}

/* ---- entries --------------------------------------------------------------------------------- */

bool sim_has_key(const struct iam_context_entry *entries, size_t count, struct iam_str key)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq_nocase(entries[i].key, key)) {
            return true;
        }
    }
    return false;
}

static enum iam_status check_entry(struct iam_call *call, const struct api_iam_context_entry *e)
{
    if (e->context_key_name.len == 0) {
        return api_fail(call, API_ERR_INVALID_INPUT, "ContextKeyName cannot be null or empty.");
    }
    if (e->context_key_values.count == 0) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Context values for context key %.*s cannot be null or empty.",
                        API_QUOTED(e->context_key_name));
    }
    if (!iam_str_is_set(e->context_key_type)) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Context key %.*s has invalid type null.",
                        API_QUOTED(e->context_key_name));
    }
    return IAM_OK;
}

static enum iam_status read_values(struct iam_call *call, const struct api_iam_context_entry *e,
                                   const struct type *type, struct iam_str *values)
{
    for (size_t i = 0; i < e->context_key_values.count; i++) {
        values[i] = iam_str_or(e->context_key_values.items[i], IAM_STR(""));
        enum iam_status st = type->read(call, &values[i]);
        if (st == IAM_SYNTAX) {
            return api_fail(call, API_ERR_INVALID_INPUT,
                            "Invalid context value for key %.*s: expected %s.",
                            API_QUOTED(e->context_key_name), type->expected);
        }
        IAM_TRY(st);
    }
    return IAM_OK;
}

static enum iam_status read_entry(struct iam_call *call, const struct api_iam_context_entry *e,
                                  struct iam_context_entry *ret)
{
    size_t count = e->context_key_values.count;
    bool is_list;
    IAM_TRY(check_entry(call, e));
    const struct type *type = find_type(e->context_key_type, &is_list);
    if (!is_list && count != 1) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Context key %.*s expected a single value, but received %zu.",
                        IAM_STR_ARG(e->context_key_type), count);
    }
    struct iam_str *values = iam_arena_zalloc(call->arena, count, sizeof(*values));
    IAM_ENSURE(values != NULL, IAM_NOMEM);
    IAM_TRY(read_values(call, e, type, values));
    *ret = (struct iam_context_entry){ e->context_key_name, values, count, is_list };
    return IAM_OK;
}

/* Tells whether nothing of an entry is given: AWS passes over it. */
static bool is_empty(const struct api_iam_context_entry *e)
{
    return !iam_str_is_set(e->context_key_name) && !iam_str_is_set(e->context_key_type) &&
           e->context_key_values.count == 0;
}

static enum iam_status read_entries(struct iam_call *call,
                                    const struct api_iam_context_entry_list *list,
                                    struct iam_context_entry *entries, size_t *ret_count)
{
    size_t n = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct api_iam_context_entry *e = &list->items[i];
        if (is_empty(e)) {
            continue;
        }
        IAM_TRY(read_entry(call, e, &entries[n]));
        if (sim_has_key(entries, n, entries[n].key)) {
            return api_fail(call, API_ERR_INVALID_INPUT, "Duplicate context key: %.*s.",
                            API_QUOTED(entries[n].key));
        }
        n++;
    }
    *ret_count = n;
    return IAM_OK;
}

/* ---- who asks -------------------------------------------------------------------------------- */

/* The entries while they are put together. */
struct entries {
    struct iam_context_entry *items;
    struct iam_str *values; /* of those that have one each */
    size_t count;
};

/* Adds a key unless it was given. */
static void add_default(struct entries *e, struct iam_str key, struct iam_str value)
{
    if (!sim_has_key(e->items, e->count, key)) {
        e->values[e->count] = value;
        e->items[e->count] = (struct iam_context_entry){ key, &e->values[e->count], 1, false };
        e->count++;
    }
}

static enum iam_status read_caller(struct iam_call *call, struct iam_str arn, struct entries *e,
                                   struct iam_principal *ret)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(arn, &parts) != IAM_OK ||
        (parts.kind != IAM_KIND_USER && parts.kind != IAM_KIND_GROUP &&
         parts.kind != IAM_KIND_ROLE)) {
        return api_fail(
            call, API_ERR_INVALID_INPUT,
            "Invalid caller - Caller must be an IAM user, role or group in this context.");
    }
    bool is_role = parts.kind == IAM_KIND_ROLE;
    *ret =
        (struct iam_principal){ .kind = is_role ? IAM_PRINCIPAL_ASSUMED_ROLE : IAM_PRINCIPAL_USER,
                                .account = parts.account,
                                .arn = arn };
    add_default(e, IAM_STR("aws:PrincipalArn"), arn);
    add_default(e, IAM_STR("aws:PrincipalAccount"), parts.account);
    add_default(e, IAM_STR("aws:userid"), arn);
    if (parts.kind == IAM_KIND_USER) {
        add_default(e, IAM_STR("aws:username"), parts.name);
    }
    return IAM_OK;
}

/* Imagines a user of the account of whom nothing else is known. */
static void imagine_caller(struct iam_call *call, struct entries *e, struct iam_principal *ret)
{
    *ret = (struct iam_principal){ .kind = IAM_PRINCIPAL_USER, .account = api_account(call) };
    add_default(e, IAM_STR("aws:PrincipalAccount"), api_account(call));
    add_default(e, IAM_STR("aws:userid"), IAM_STR("STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"));
}

static enum iam_status read_owner(struct iam_call *call, struct iam_str arn, struct iam_str *ret)
{
    struct iam_entity_arn parts;
    *ret = iam_str_absent();
    if (!iam_str_is_set(arn)) {
        return IAM_OK;
    }
    if (iam_entity_arn_parse(arn, &parts) != IAM_OK || !iam_str_is_digits(parts.account, 12)) {
        return api_fail(call, API_ERR_INVALID_INPUT, "'%.*s' is not a valid as a Resource Owner.",
                        API_QUOTED(arn));
    }
    *ret = parts.account;
    return IAM_OK;
}

enum iam_status sim_request_read(struct iam_call *call,
                                 const struct api_iam_simulate_custom_policy_in *in,
                                 struct sim_request *ret)
{
    size_t room = in->context_entries.count + MAX_DEFAULTS;
    if (in->context_entries.count > MAX_ENTRIES) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "The list of context entries cannot exceed %u items.", MAX_ENTRIES);
    }
    struct entries e = { .items = iam_arena_zalloc(call->arena, room, sizeof(*e.items)),
                         .values = iam_arena_zalloc(call->arena, room, sizeof(*e.values)) };
    IAM_ENSURE(e.items != NULL && e.values != NULL, IAM_NOMEM);
    *ret = (struct sim_request){ .has_caller = iam_str_is_set(in->caller_arn) };
    IAM_TRY(read_entries(call, &in->context_entries, e.items, &e.count));
    ret->given_count = e.count;
    if (ret->has_caller) {
        IAM_TRY(read_caller(call, in->caller_arn, &e, &ret->request.principal));
    } else {
        imagine_caller(call, &e, &ret->request.principal);
    }
    ret->request.context = e.items;
    ret->request.context_count = e.count;
    return read_owner(call, in->resource_owner, &ret->owner);
}

/* ---- actions and resources ------------------------------------------------------------------- */

/* What was recorded of the resources of services. */
static const struct service {
    struct iam_str prefix; /* of its actions */
    struct iam_str template;
    struct iam_str owners[2]; /* the services in the ARNs of its resources; none: any */
} services[] = {
    {IAM_STR_INIT("ec2"),
     IAM_STR_INIT("ec2:${Region}:${Account}:${ResourceType}/${ResourcePath}"),
     { { NULL, 0 } }                                                                                  },
    { IAM_STR_INIT("iam"),
     IAM_STR_INIT("iam::${Account}:${ResourceType}/${ResourceName}"),
     { IAM_STR_INIT("iam") }                                                                          },
    { IAM_STR_INIT("kms"),
     IAM_STR_INIT("kms:${Region}:${Account}:${ResourceType}/${Id}"),
     { IAM_STR_INIT("kms") }                                                                          },
    { IAM_STR_INIT("lambda"),
     IAM_STR_INIT("lambda:${Region}:${Account}:${ResourceType}:${ResourceId}"),
     { IAM_STR_INIT("lambda") }                                                                       },
    { IAM_STR_INIT("s3"),     IAM_STR_INIT("s3:::${BucketName}/${KeyName}"),    { IAM_STR_INIT("s3") }},
    { IAM_STR_INIT("sqs"),
     IAM_STR_INIT("sqs:${Region}:${Account}:${QueueName}"),
     { IAM_STR_INIT("sqs") }                                                                          },
    { IAM_STR_INIT("sts"),
     IAM_STR_INIT("iam::${Account}:${RelativeId}"),
     { IAM_STR_INIT("iam"), IAM_STR_INIT("sts") }                                                     },
};

static const struct service *find_service(struct iam_str action)
{
    struct iam_str prefix = iam_str_sub(action, 0, iam_str_find(action, ':', 0));
    for (size_t i = 0; i < IAM_COUNT(services); i++) {
        if (iam_str_eq_nocase(services[i].prefix, prefix)) {
            return &services[i];
        }
    }
    return NULL;
}

struct iam_str sim_resource_template(struct iam_str action)
{
    const struct service *s = find_service(action);
    return s != NULL ? s->template : iam_str_absent();
}

bool sim_fits(struct iam_str action, struct iam_str resource)
{
    const struct service *s = find_service(action);
    if (s == NULL || s->owners[0].len == 0 || iam_str_eq(resource, IAM_STR("*"))) {
        return true;
    }
    size_t partition = iam_str_find(resource, ':', 0) + 1;
    size_t from = iam_str_find(resource, ':', partition) + 1;
    struct iam_str owner = iam_str_sub(resource, from, iam_str_find(resource, ':', from) - from);
    return iam_str_eq(owner, s->owners[0]) ||
           (s->owners[1].len > 0 && iam_str_eq(owner, s->owners[1]));
}

bool sim_names_resources(const struct api_iam_resource_name_list *resources)
{
    return resources->count > 1 ||
           (resources->count == 1 && !iam_str_eq(resources->items[0], IAM_STR("*")));
}

static enum iam_status check_resources(struct iam_call *call,
                                       const struct api_iam_resource_name_list *resources)
{
    for (size_t i = 0; i < resources->count; i++) {
        struct iam_str arn = resources->items[i];
        if (!iam_str_eq(arn, IAM_STR("*")) && !iam_str_is_set(iam_arn_partition(arn))) {
            return api_fail(call, API_ERR_INVALID_INPUT,
                            "ResourceNames are not in a valid ARN format: %.*s.", API_QUOTED(arn));
        }
    }
    return IAM_OK;
}

static enum iam_status check_actions(struct iam_call *call,
                                     const struct api_iam_action_name_list *actions)
{
    for (size_t i = 0; i < actions->count; i++) {
        if (iam_str_find(actions->items[i], ':', 0) == actions->items[i].len) {
            return api_fail(call, API_ERR_INVALID_INPUT,
                            "The action is invalid since it is missing names");
        }
    }
    return IAM_OK;
}

/* The scenarios of ec2:RunInstances, which ask for no other resources than those that are named. */
static const struct iam_str handling_options[] = {
    IAM_STR_INIT("EC2-Classic-InstanceStore"),
    IAM_STR_INIT("EC2-Classic-EBS"),
    IAM_STR_INIT("EC2-VPC-InstanceStore"),
    IAM_STR_INIT("EC2-VPC-InstanceStore-Subnet"),
    IAM_STR_INIT("EC2-VPC-EBS"),
    IAM_STR_INIT("EC2-VPC-EBS-Subnet"),
};

static bool takes_option(struct iam_str action, struct iam_str option)
{
    for (size_t i = 0; i < IAM_COUNT(handling_options); i++) {
        if (iam_str_eq(handling_options[i], option)) {
            return iam_str_eq_nocase(action, IAM_STR("ec2:RunInstances"));
        }
    }
    return false;
}

static enum iam_status check_option(struct iam_call *call,
                                    const struct api_iam_simulate_custom_policy_in *in)
{
    if (!iam_str_is_set(in->resource_handling_option) || !sim_names_resources(&in->resource_arns)) {
        return IAM_OK;
    }
    for (size_t i = 0; i < in->action_names.count; i++) {
        struct iam_str action = in->action_names.items[i];
        if (!takes_option(action, in->resource_handling_option)) {
            return api_fail(call, API_ERR_INVALID_INPUT,
                            "Invalid input resource handling options. Action does not support "
                            "resource handling options: %.*s. Please refer to the documentation "
                            "for more details: "
                            "https://docs.aws.amazon.com/IAM/latest/APIReference/API_%.*s.html",
                            API_QUOTED(action), IAM_STR_ARG(call->op->name));
        }
    }
    return IAM_OK;
}

enum iam_status sim_check_subjects(struct iam_call *call,
                                   const struct api_iam_simulate_custom_policy_in *in)
{
    IAM_TRY(check_resources(call, &in->resource_arns));
    IAM_TRY(check_actions(call, &in->action_names));
    return check_option(call, in);
}
