/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing certificates of users and of the root user. The ID follows from the certificate. SPEC:
 * IAM API Reference, "UploadSigningCertificate" and the actions about signing certificates;
 * recorded on AWS, docs/conformance.md, "Requests of IAM and STS".
 */
#include "pki/certificate.h"
#include "services/iam/convert.h"

/* Answers that there is no such certificate, also for one of another user. */
static enum iam_status or_no_certificate(struct iam_call *call, enum iam_status st,
                                         struct iam_str id)
{
    if (st != IAM_NOT_FOUND) {
        return st;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "The Certificate with id %.*s cannot be found.",
                    API_QUOTED(id));
}

static void fill(const struct iam_owner *owner, const struct iam_signing_certificate *from,
                 struct api_iam_signing_certificate *to)
{
    *to =
        (struct api_iam_signing_certificate){ .user_name = iam_str_or(owner->name, IAM_STR("root")),
                                              .certificate_id = from->id,
                                              .certificate_body = from->body,
                                              .status = iam_active_text(from->is_active),
                                              .upload_date = api_time(from->created_ms) };
}

/* ---- making ---- */

static enum iam_status fail_body(struct iam_call *call, struct iam_str body, const char *what)
{
    return api_fail(call, API_ERR_MALFORMED_CERTIFICATE, "Certificate %.*s is %s.",
                    API_QUOTED(body), what);
}

static enum iam_status read_body(struct iam_call *call, struct iam_str body,
                                 struct iam_certificate *ret)
{
    enum iam_status st = iam_certificate_read(call->arena, body, ret);
    if (st == IAM_SYNTAX) {
        return fail_body(call, body, "malformed");
    }
    IAM_TRY(st);
    if (call->high_ms > ret->not_after_ms) {
        return fail_body(call, body, "expired");
    }
    return call->high_ms < ret->not_before_ms ? fail_body(call, body, "not yet valid") : IAM_OK;
}

/* Keeps a certificate that its owner does not have. */
static enum iam_status add(struct iam_call *call, const struct iam_owner *owner,
                           const struct iam_signing_certificate *cert)
{
    int64_t count;
    IAM_TRY(iam_store_signing_certificate_count(call->txn, owner->ref.id, &count));
    IAM_TRY(iam_check_quota(call, IAM_QUOTA_SIGNING_CERTIFICATES, count));
    enum iam_status st = iam_store_signing_certificate_add(call->txn, &owner->ref, cert);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_DUPLICATE_CERTIFICATE, "Duplicate certificate uploaded.");
    }
    return st;
}

enum iam_status
api_iam_upload_signing_certificate(struct iam_call *call,
                                   const struct api_iam_upload_signing_certificate_in *in,
                                   struct api_iam_upload_signing_certificate_out *out)
{
    struct iam_owner owner;
    struct iam_certificate read;
    struct iam_signing_certificate cert;
    IAM_TRY(iam_need_owner(call, in->user_name, &owner));
    IAM_TRY(read_body(call, in->certificate_body, &read));
    out->certificate = iam_arena_zalloc(call->arena, 1, sizeof(*out->certificate));
    IAM_ENSURE(out->certificate != NULL, IAM_NOMEM);
    enum iam_status st = iam_store_signing_certificate_get(call->txn, call->arena, owner.ref.id,
                                                           iam_str_c(read.id), &cert);
    if (st == IAM_NOT_FOUND) {
        cert = (struct iam_signing_certificate){ .created_ms = iam_created_now(call),
                                                 .body = in->certificate_body,
                                                 .is_active = true };
        IAM_TRY(iam_arena_dup(call->arena, iam_str_c(read.id), &cert.id));
        st = add(call, &owner, &cert);
    }
    IAM_TRY(st);
    /* Recorded on AWS: so it says of one that is there and is inactive, which it stays. */
    cert.is_active = true;
    fill(&owner, &cert, out->certificate);
    return IAM_OK;
}

/* ---- reading ---- */

static enum iam_status list_out(struct iam_call *call, const struct iam_owner *owner,
                                const struct iam_signing_certificate_list *from,
                                struct api_iam_signing_certificate_list *ret)
{
    struct api_iam_signing_certificate *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        fill(owner, &from->items[i], &items[i]);
    }
    *ret = (struct api_iam_signing_certificate_list){ items, from->count, true };
    return IAM_OK;
}

enum iam_status
api_iam_list_signing_certificates(struct iam_call *call,
                                  const struct api_iam_list_signing_certificates_in *in,
                                  struct api_iam_list_signing_certificates_out *out)
{
    struct iam_owner owner;
    struct iam_page page;
    struct iam_signing_certificate_list list = { 0 };
    IAM_TRY(iam_need_owner(call, in->user_name, &owner));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_signing_certificate_list(call->txn, call->arena, owner.ref.id, &page, &list));
    IAM_TRY(list_out(call, &owner, &list, &out->certificates));
    return api_page_close(call, list.is_truncated, list.next, &out->is_truncated, &out->marker);
}

/* ---- changing ---- */

enum iam_status
api_iam_update_signing_certificate(struct iam_call *call,
                                   const struct api_iam_update_signing_certificate_in *in)
{
    struct iam_owner owner;
    bool is_active;
    IAM_TRY(iam_need_owner(call, in->user_name, &owner));
    IAM_TRY(iam_check_active(call, in->status, &is_active));
    return or_no_certificate(call,
                             iam_store_signing_certificate_set_active(
                                 call->txn, &owner.ref, in->certificate_id, is_active),
                             in->certificate_id);
}

enum iam_status
api_iam_delete_signing_certificate(struct iam_call *call,
                                   const struct api_iam_delete_signing_certificate_in *in)
{
    struct iam_owner owner;
    IAM_TRY(iam_need_owner(call, in->user_name, &owner));
    return or_no_certificate(
        call, iam_store_signing_certificate_delete(call->txn, &owner.ref, in->certificate_id),
        in->certificate_id);
}
