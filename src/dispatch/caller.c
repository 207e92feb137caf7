/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/caller.h"

#include "dispatch/refusal.h"

static enum iam_status fail_authn(struct api_request *r, enum iam_authn_error error,
                                  struct iam_str message)
{
    static const enum api_error errors[IAM_AUTHN_ERROR_COUNT] = {
        [IAM_AUTHN_MISSING_TOKEN] = API_ERR_MISSING_AUTHENTICATION_TOKEN,
        [IAM_AUTHN_INCOMPLETE_SIGNATURE] = API_ERR_INCOMPLETE_SIGNATURE,
        [IAM_AUTHN_INVALID_TOKEN] = API_ERR_INVALID_CLIENT_TOKEN_ID,
        [IAM_AUTHN_SIGNATURE_MISMATCH] = API_ERR_SIGNATURE_DOES_NOT_MATCH,
        [IAM_AUTHN_EXPIRED_TOKEN] = API_ERR_EXPIRED_TOKEN,
        [IAM_AUTHN_REQUEST_EXPIRED] = API_ERR_REQUEST_EXPIRED,
    };
    return api_fault_text(&r->call.fault, errors[error], message);
}

static enum iam_status fail_invalid(struct api_request *r)
{
    return fail_authn(r, IAM_AUTHN_INVALID_TOKEN,
                      iam_authn_says_invalid(r->identity.session != NULL));
}

/*
 * Makes the subject of the verified identity. A principal that is not in the directory does not
 * count as a caller.
 */
static enum iam_status open_subject(struct api_request *r)
{
    const struct iam_identity *identity = &r->identity;
    const struct iam_view *view;
    enum iam_status st =
        iam_directory_by_id(r->call.env->directory, r->call.txn, identity->principal_id, &view);
    if (st != IAM_OK) {
        return st == IAM_NOT_FOUND ? fail_invalid(r) : api_fail_look_up(&r->call, st);
    }
    if (!iam_str_eq(view->account, identity->account) ||
        (identity->session != NULL && !iam_kind_can_issue(view->kind, identity->session->kind))) {
        iam_view_unref(view);
        return fail_invalid(r);
    }
    IAM_TRY(api_subject_open(&r->call, r->call.arena, view, identity->session, &r->call.subject));
    r->call.caller = identity;
    return IAM_OK;
}

static void note_use(struct api_request *r)
{
    const struct api_env *env = r->call.env;
    if (env->note_use != NULL) {
        env->note_use(env->note_use_ctx, &r->identity, r->service->signing_name,
                      r->identity.signed_region, r->call.now_ms);
    }
    if (env->note_service != NULL && r->call.op != NULL) {
        const struct api_service_use use = { .principal_id = r->identity.principal_id,
                                             .service = r->service->signing_name,
                                             .action = r->call.op->name,
                                             .region = r->identity.signed_region };
        env->note_service(env->note_service_ctx, &use, r->call.now_ms);
    }
}

enum iam_status api_caller_authenticate(struct api_request *r,
                                        const struct iam_authn_request *request)
{
    static const struct iam_identity nobody = { .kind = IAM_KIND_NONE };
    struct iam_authn_result result;
    struct iam_authn_failure failure;

    r->call.caller = &nobody;
    if (r->call.op != NULL && r->call.op->rule->access == API_ACCESS_PUBLIC) {
        return IAM_OK;
    }
    if (r->call.op != NULL && r->call.op->rule->access == API_ACCESS_EVIDENCE &&
        !iam_authn_is_signed(request)) {
        return IAM_OK;
    }
    enum iam_status st = iam_authn_verify(r->authn, request, r->call.arena, &result, &failure);
    if (st == IAM_DENIED) {
        r->named_access_key_id = failure.access_key_id;
        r->audit_message = failure.short_message;
        return fail_authn(r, failure.error,
                          r->service->explains_signatures ? failure.message
                                                          : failure.short_message);
    }
    if (st == IAM_IO) {
        return api_fail_look_up(&r->call, st);
    }
    IAM_TRY(st);
    r->identity = result.identity;
    IAM_TRY(open_subject(r));
    IAM_TRY(api_check_refusals(&r->call, r->service->refusals, r->service->refusal_count));
    note_use(r);
    return IAM_OK;
}

/* ---- once more, before a change ---- */

/*
 * Checks that the session has not expired, and that what it stems from is there. Whether its role
 * still exists shows when the subject is opened.
 */
static enum iam_status check_session(struct api_request *r, const struct iam_session *session)
{
    if (session->expires_ms <= r->call.env->high_ms()) {
        return fail_authn(r, IAM_AUTHN_EXPIRED_TOKEN,
                          IAM_STR("The security token included in the request is expired"));
    }
    enum iam_status st =
        iam_directory_origin(r->call.env->directory, r->call.txn, session, r->call.arena);
    if (st == IAM_OK) {
        return IAM_OK;
    }
    return st == IAM_NOT_FOUND ? fail_invalid(r) : api_fail_look_up(&r->call, st);
}

static enum iam_status check_key(struct api_request *r)
{
    struct iam_directory_key key;
    enum iam_status st = iam_directory_key(r->call.env->directory, r->call.txn,
                                           r->identity.access_key_id, r->call.arena, &key);
    if (st != IAM_OK) {
        return st == IAM_NOT_FOUND ? fail_invalid(r) : api_fail_look_up(&r->call, st);
    }
    bool is_same = key.is_active && iam_str_eq(key.owner_id, r->identity.principal_id) &&
                   iam_str_eq(key.account, r->identity.account);
    return is_same ? IAM_OK : fail_invalid(r);
}

enum iam_status api_caller_renew(struct api_request *r)
{
    IAM_ASSERT(r->call.txn == NULL && api_request_is_write(r));
    r->call.now_ms = r->call.env->now_ms();
    r->call.high_ms = r->call.env->high_ms();
    r->call.work = (struct api_work){ .left = API_STEPS_WRITE };
    if (r->call.caller->kind == IAM_KIND_NONE) {
        return IAM_OK;
    }
    if (r->identity.session != NULL) {
        IAM_TRY(check_session(r, r->identity.session));
    } else {
        IAM_TRY(check_key(r));
    }
    api_subject_close(&r->call.subject);
    return open_subject(r);
}
