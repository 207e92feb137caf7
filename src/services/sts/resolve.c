/* SPDX-License-Identifier: Apache-2.0 */
/* The role or the federated user that a request to STS is about. */
#include "model/arn.h"
#include "services/sts/issue.h"
#include "store/role.h"

enum iam_status sts_role_arn_read(struct iam_call *call, struct iam_str text,
                                  struct iam_entity_arn *ret)
{
    if (iam_entity_arn_parse(text, ret) != IAM_OK || ret->kind != IAM_KIND_ROLE) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "%.*s is invalid", API_QUOTED(text));
    }
    return IAM_OK;
}

/*
 * Reads the role that a compiled view was made from; leaves *ret alone when it was deleted just
 * now.
 */
static enum iam_status read_role(struct iam_call *call, struct iam_str id, struct api_target *ret)
{
    struct iam_role *role = iam_arena_alloc(call->arena, sizeof(*role));
    IAM_ENSURE(role != NULL, IAM_NOMEM);
    enum iam_status st = iam_store_role_get_by_id(call->txn, call->arena, id, role);
    if (st == IAM_NOT_FOUND) {
        return IAM_OK;
    }
    IAM_TRY(st);
    ret->entity = role;
    ret->ref = (struct iam_entity_ref){ IAM_KIND_ROLE, role->account, role->id };
    ret->arn = role->arn;
    return IAM_OK;
}

/*
 * Resolves to the role, which may be in any account: its own trust policy decides who may assume
 * it.
 */
enum iam_status api_sts_resolve_role_arn(struct iam_call *call, const void *in,
                                         const struct api_reference *ref, struct api_target *ret)
{
    struct iam_entity_arn parts;
    (void)in;
    IAM_TRY(sts_role_arn_read(call, ref->name, &parts));
    ret->arn = ref->name;
    ret->account = parts.account;
    const struct iam_view *view;
    enum iam_status st = iam_directory_by_arn(call->env->directory, call->txn, ref->name, &view);
    if (st != IAM_OK) {
        return st == IAM_NOT_FOUND ? IAM_OK : api_fail_look_up(call, st);
    }
    ret->view = view; /* released with the call */
    if (view->kind != IAM_KIND_ROLE) {
        return IAM_OK;
    }
    return read_role(call, ret->view->id, ret);
}

/* Resolves to the federated user of the caller's account that will have the name. */
enum iam_status api_sts_resolve_federated_user(struct iam_call *call, const void *in,
                                               const struct api_reference *ref,
                                               struct api_target *ret)
{
    const struct iam_entity_arn arn = { .kind = IAM_KIND_FEDERATED_USER,
                                        .account = api_account(call),
                                        .name = ref->name };
    (void)in;
    return iam_entity_arn_print(call->arena, &arn, &ret->arn);
}
