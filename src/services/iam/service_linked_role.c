/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service-linked roles: what they are comes from the catalogue, by service, and nobody but the
 * service changes them. A role has no use here that would hold up its deletion, so that is done
 * when it is asked for, and the ID of the task is the proof. SPEC: IAM API Reference,
 * "CreateServiceLinkedRole", "DeleteServiceLinkedRole", "GetServiceLinkedRoleDeletionStatus".
 */
#include "base/ct.h"
#include "base/cur.h"
#include "keeper/random.h"
#include "services/iam/convert.h"
#include "services/iam/trust.h"
#include "store/role.h"

/* LIMIT: of a role's name, as everywhere. */
#define ROLE_NAME_MAX 64

/* ---- creating ---- */

/* Makes the name of the role that is asked for. */
static enum iam_status role_name(struct iam_call *call, const struct iam_catalogue_service *service,
                                 struct iam_str suffix, struct iam_str *ret)
{
    if (!iam_str_is_set(suffix)) {
        *ret = service->role_name;
        return IAM_OK;
    }
    return iam_arena_fmt(call->arena, ret, "%.*s_%.*s", IAM_STR_ARG(service->role_name),
                         IAM_STR_ARG(suffix));
}

static enum iam_status role_path(struct iam_call *call, struct iam_str service, struct iam_str *ret)
{
    return iam_arena_fmt(call->arena, ret, IAM_SERVICE_ROLE_PATH "%.*s/", IAM_STR_ARG(service));
}

enum iam_status iam_service_role_arn(struct iam_call *call,
                                     const struct api_iam_create_service_linked_role_in *in,
                                     struct iam_str *ret)
{
    const struct iam_catalogue_service *service;
    struct iam_str name = IAM_STR("*");
    struct iam_str path;
    enum iam_status st =
        iam_catalogue_service(call->env->catalogue, in->aws_service_name, &service);
    if (st == IAM_OK) {
        st = role_name(call, service, in->custom_suffix, &name);
    }
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    IAM_TRY(role_path(call, in->aws_service_name, &path));
    return iam_arn_of(call->arena, IAM_KIND_ROLE, api_account(call), path, name, ret);
}

/* Resolves to the ARN that the role will have. */
enum iam_status api_iam_resolve_new_service_role(struct iam_call *call, const void *in,
                                                 const struct api_reference *ref,
                                                 struct api_target *ret)
{
    (void)ref;
    return iam_service_role_arn(call, in, &ret->arn);
}

/* Finds the service; the sentence about one that is not known is ours. */
static enum iam_status find_service(struct iam_call *call,
                                    const struct api_iam_create_service_linked_role_in *in,
                                    const struct iam_catalogue_service **ret)
{
    enum iam_status st = iam_catalogue_service(call->env->catalogue, in->aws_service_name, ret);
    if (st == IAM_NOT_FOUND) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Service-linked roles are not supported for %.*s",
                        API_QUOTED(in->aws_service_name));
    }
    IAM_TRY(st);
    if (iam_str_is_set(in->custom_suffix) && !(*ret)->takes_suffix) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Custom suffix is not allowed for %.*s",
                        API_QUOTED(in->aws_service_name));
    }
    return IAM_OK;
}

/* Fills in what follows from the service: names, description and trust policy. */
static enum iam_status fill(struct iam_call *call,
                            const struct api_iam_create_service_linked_role_in *in,
                            const struct iam_catalogue_service *service, struct iam_role *role)
{
    role->description = in->description.len > 0 ? in->description : service->description;
    IAM_TRY(role_name(call, service, in->custom_suffix, &role->name));
    IAM_TRY(role_path(call, service->service, &role->path));
    IAM_TRY(iam_new_id(call, IAM_KIND_ROLE, &role->id));
    if (role->name.len > ROLE_NAME_MAX) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Service role name %.*s is longer than %d characters.",
                        API_QUOTED(role->name), ROLE_NAME_MAX);
    }
    return iam_arena_fmt(
        call->arena, &role->trust_document,
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Action\":[\"sts:AssumeRole\"],"
        "\"Effect\":\"Allow\",\"Principal\":{\"Service\":[\"%.*s\"]}}]}",
        IAM_STR_ARG(service->service));
}

static enum iam_status attach_one(struct iam_call *call, const struct iam_entity_ref *ref,
                                  struct iam_str tail)
{
    const struct iam_str parts[] = { IAM_STR(IAM_AWS_POLICY_PREFIX), tail };
    struct iam_managed_policy policy;
    struct iam_str arn;
    IAM_TRY(iam_arena_join(call->arena, parts, IAM_COUNT(parts), &arn));
    enum iam_status st = iam_policy_find(call, arn, &policy);
    if (st == IAM_NOT_FOUND) {
        return iam_fail_no_policy(call, arn);
    }
    IAM_TRY(st);
    return iam_store_policy_attach(call->txn, ref, arn);
}

static enum iam_status attach_all(struct iam_call *call, const struct iam_entity_ref *ref,
                                  struct iam_str policies)
{
    for (size_t at = 0; at < policies.len;) {
        size_t end = iam_str_find(policies, ',', at);
        IAM_TRY(attach_one(call, ref, iam_str_sub(policies, at, end - at)));
        at = end + 1;
    }
    return IAM_OK;
}

enum iam_status iam_service_role_add(struct iam_call *call,
                                     const struct api_iam_create_service_linked_role_in *in,
                                     struct iam_role *ret)
{
    const struct iam_catalogue_service *service;
    struct iam_role role = { .account = api_account(call),
                             .created_ms = iam_created_now(call),
                             .max_session_seconds = IAM_SESSION_DEFAULT_SECONDS };
    IAM_TRY(find_service(call, in, &service));
    IAM_TRY(fill(call, in, service, &role));
    IAM_TRY(iam_check_room(call, IAM_KIND_ROLE, IAM_TABLE_ROLE));
    enum iam_status st = iam_store_role_add(call->txn, &role, NULL, 0);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Service role name %.*s has been taken in this account, please try a "
                        "different suffix.",
                        API_QUOTED(role.name));
    }
    IAM_TRY(st);
    const struct iam_entity_ref ref = iam_ref_role(&role);
    IAM_TRY(attach_all(call, &ref, service->policies));
    return iam_store_role_get_by_id(call->txn, call->arena, role.id, ret);
}

enum iam_status
api_iam_create_service_linked_role(struct iam_call *call,
                                   const struct api_iam_create_service_linked_role_in *in,
                                   struct api_iam_create_service_linked_role_out *out)
{
    struct iam_role role;
    IAM_TRY(iam_service_role_add(call, in, &role));
    out->role = iam_arena_zalloc(call->arena, 1, sizeof(*out->role));
    IAM_ENSURE(out->role != NULL, IAM_NOMEM);
    IAM_TRY(iam_role_fill(call, &role, out->role));
    return api_encode_document(call, role.trust_document, &out->role->assume_role_policy_document);
}

/* ---- deletion tasks ---- */

/*
 * The ID of a task is "task", path and name of the role, a slash and a UUID: 8 random bytes, and 8
 * of a code of the keeper about all of it and the account. So who was not told an ID finds none,
 * and none has to be kept.
 */
#define NONCE_BYTES 8
#define CODE_BYTES 8
#define TASK_WORD "task"
_Static_assert(CODE_BYTES <= IAM_MARKER_CODE_BYTES, "a part of the code is kept");
_Static_assert(NONCE_BYTES + CODE_BYTES == IAM_UUID_BYTES, "nonce and code are the UUID");

struct task {
    struct iam_str role; /* its path and name */
    uint8_t uuid[IAM_UUID_BYTES];
};

/* Makes the UUID of a role's task of its first bytes. */
static enum iam_status seal_task(struct iam_call *call, struct iam_str role,
                                 uint8_t uuid[IAM_UUID_BYTES])
{
    uint8_t code[IAM_MARKER_CODE_BYTES];
    char nonce[2 * NONCE_BYTES];
    struct iam_str text;
    iam_uuid_set_version(uuid);
    iam_bytes_to_hex(uuid, NONCE_BYTES, nonce);
    IAM_TRY(iam_arena_fmt(call->arena, &text, "DeletionTask %.*s %.*s %.*s",
                          IAM_STR_ARG(api_account(call)), IAM_STR_ARG(role), (int)sizeof(nonce),
                          nonce));
    IAM_TRY(iam_keeper_marker_code(call->env->keeper, text, code));
    memcpy(uuid + NONCE_BYTES, code, CODE_BYTES);
    iam_uuid_set_version(uuid);
    return IAM_OK;
}

/* Returns how many hyphens come before byte i of a UUID. */
static size_t hyphens(size_t i)
{
    return i < 4 ? 0 : i < 10 ? (i - 2) / 2 : 4;
}

static bool read_uuid(struct iam_str text, uint8_t ret[IAM_UUID_BYTES])
{
    char again[IAM_UUID_CHARS + 1];
    if (text.len != IAM_UUID_CHARS) {
        return false;
    }
    for (size_t i = 0; i < IAM_UUID_BYTES; i++) {
        const char *at = &text.p[2 * i + hyphens(i)];
        int high = iam_ascii_hex_value(at[0]);
        int low = iam_ascii_hex_value(at[1]);
        if (high < 0 || low < 0) {
            return false;
        }
        ret[i] = (uint8_t)(high << 4 | low);
    }
    iam_uuid_print(ret, again);
    return iam_str_eq_nocase(iam_str_c(again), text);
}

/* Reads the ID of a task; false for a text that is none. */
static bool read_task(struct iam_str id, struct task *ret)
{
    struct iam_str prefix = IAM_STR(TASK_WORD IAM_SERVICE_ROLE_PATH);
    size_t word = sizeof(TASK_WORD) - 1;
    if (!iam_str_starts(id, prefix) || id.len < prefix.len + 1 + IAM_UUID_CHARS) {
        return false;
    }
    size_t slash = id.len - IAM_UUID_CHARS - 1;
    struct iam_str role = iam_str_sub(id, word, slash - word);
    struct iam_str names = iam_str_sub(role, prefix.len - word, role.len);
    size_t between = iam_str_find(names, '/', 0);
    ret->role = role;
    return id.p[slash] == '/' && between > 0 && between + 1 < names.len &&
           iam_str_find(names, '/', between + 1) == names.len &&
           read_uuid(iam_str_sub(id, slash + 1, id.len), ret->uuid);
}

/* Resolves to the role that a task was about; an ID that is none is about nothing. */
enum iam_status api_iam_resolve_deletion_task(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    struct task task;
    (void)in;
    if (!read_task(ref->name, &task)) {
        return IAM_OK;
    }
    return iam_arena_fmt(call->arena, &ret->arn, "arn:" IAM_PARTITION ":iam::%.*s:role%.*s",
                         IAM_STR_ARG(api_account(call)), IAM_STR_ARG(task.role));
}

enum iam_status
api_iam_delete_service_linked_role(struct iam_call *call,
                                   const struct api_iam_delete_service_linked_role_in *in,
                                   struct api_iam_delete_service_linked_role_out *out)
{
    const struct iam_role *role;
    uint8_t uuid[IAM_UUID_BYTES];
    char text[IAM_UUID_CHARS + 1];
    struct iam_str name;
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    if (!iam_role_is_of_service(role)) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "%.*s exists but is not a service role.",
                        API_QUOTED(role->name));
    }
    const struct iam_str parts[] = { role->path, role->name };
    IAM_TRY(iam_arena_join(call->arena, parts, IAM_COUNT(parts), &name));
    IAM_TRY(iam_keeper_random(uuid, sizeof(uuid)));
    IAM_TRY(seal_task(call, name, uuid));
    iam_uuid_print(uuid, text);
    IAM_TRY(iam_arena_fmt(call->arena, &out->deletion_task_id, TASK_WORD "%.*s/%s",
                          IAM_STR_ARG(name), text));
    return iam_store_role_delete(call->txn, role->account, role->id);
}

enum iam_status api_iam_get_service_linked_role_deletion_status(
    struct iam_call *call, const struct api_iam_get_service_linked_role_deletion_status_in *in,
    struct api_iam_get_service_linked_role_deletion_status_out *out)
{
    struct task task;
    uint8_t uuid[IAM_UUID_BYTES];
    if (!read_task(in->deletion_task_id, &task)) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Invalid task id");
    }
    memcpy(uuid, task.uuid, sizeof(uuid));
    IAM_TRY(seal_task(call, task.role, uuid));
    if (!iam_ct_equal(uuid, task.uuid, sizeof(uuid))) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Cannot find deletion status for given id.");
    }
    out->status = IAM_STR("SUCCEEDED");
    return IAM_OK;
}
