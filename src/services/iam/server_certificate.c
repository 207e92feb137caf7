/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of TLS servers. INVARIANT: a private key is in the request that brings it, and in
 * the store as the keeper has sealed it; nothing returns it. SPEC: IAM API Reference,
 * "UploadServerCertificate" and the actions about server certificates; recorded on AWS,
 * docs/conformance.md, "Requests of IAM and STS".
 */
#include "pki/server_certificate.h"
#include "pki/certificate.h"
#include "services/iam/convert.h"
#include "store/server_certificate.h"

/* ---- which one ---- */

static enum iam_status assume(struct iam_call *call, struct iam_str path, struct iam_str name,
                              struct iam_str *ret_arn)
{
    return iam_arn_of(call->arena, IAM_KIND_SERVER_CERTIFICATE, api_account(call),
                      iam_path_or_root(path), name, ret_arn);
}

static struct iam_entity_ref ref_of(const struct iam_server_certificate *cert)
{
    return (struct iam_entity_ref){ IAM_KIND_SERVER_CERTIFICATE, cert->account, cert->id };
}

enum iam_status api_iam_resolve_server_certificate(struct iam_call *call, const void *in,
                                                   const struct api_reference *ref,
                                                   struct api_target *ret)
{
    struct iam_server_certificate *cert = iam_arena_alloc(call->arena, sizeof(*cert));
    (void)in;
    IAM_ENSURE(cert != NULL, IAM_NOMEM);
    enum iam_status st = iam_store_server_certificate_find(call->txn, call->arena,
                                                           api_account(call), ref->name, cert);
    if (st == IAM_NOT_FOUND) {
        return assume(call, iam_str_absent(), ref->name, &ret->arn);
    }
    IAM_TRY(st);
    ret->entity = cert;
    ret->ref = ref_of(cert);
    ret->arn = cert->arn;
    return IAM_OK;
}

enum iam_status api_iam_resolve_new_server_certificate(struct iam_call *call, const void *in,
                                                       const struct api_reference *ref,
                                                       struct api_target *ret)
{
    (void)in;
    return assume(call, ref->path, ref->name, &ret->arn);
}

enum iam_status api_iam_resolve_server_certificate_path(struct iam_call *call, const void *in,
                                                        const struct api_reference *ref,
                                                        struct api_target *ret)
{
    (void)in;
    return assume(call, ref->path, iam_str_absent(), &ret->arn);
}

/* Resolves to what a certificate becomes, as api_iam_resolve_renamed_user does for a user. */
enum iam_status api_iam_resolve_renamed_server_certificate(struct iam_call *call, const void *in,
                                                           const struct api_reference *ref,
                                                           struct api_target *ret)
{
    const struct iam_server_certificate *cert =
        api_target_entity(call, IAM_KIND_SERVER_CERTIFICATE);
    (void)in;
    *ret = call->target;
    if (cert == NULL) {
        return IAM_OK;
    }
    return assume(call, iam_str_or(ref->path, cert->path), ref->name, &ret->arn);
}

/*
 * Returns in *ret the certificate that the call is about, without body and chain; NoSuchEntity with
 * the name that was asked for when there is none.
 */
static enum iam_status need(struct iam_call *call, struct iam_str name,
                            const struct iam_server_certificate **ret)
{
    *ret = api_target_entity(call, IAM_KIND_SERVER_CERTIFICATE);
    if (*ret != NULL) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                    "The Server Certificate with name %.*s cannot be found.", API_QUOTED(name));
}

static enum iam_status or_exists(struct iam_call *call, enum iam_status st, struct iam_str name)
{
    if (st != IAM_EXISTS) {
        return st;
    }
    return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS,
                    "The Server Certificate with name %.*s already exists.", API_QUOTED(name));
}

/* ---- what is shown of one ---- */

static void fill(const struct iam_server_certificate *from,
                 struct api_iam_server_certificate_metadata *to)
{
    *to = (struct api_iam_server_certificate_metadata){ .path = from->path,
                                                        .server_certificate_name = from->name,
                                                        .server_certificate_id = from->id,
                                                        .arn = from->arn,
                                                        .upload_date = api_time(from->created_ms),
                                                        .expiration = api_time(from->expires_ms) };
}

static enum iam_status metadata_out(struct iam_call *call,
                                    const struct iam_server_certificate *from,
                                    struct api_iam_server_certificate_metadata **ret)
{
    struct api_iam_server_certificate_metadata *out =
        iam_arena_zalloc(call->arena, 1, sizeof(*out));
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    fill(from, out);
    *ret = out;
    return IAM_OK;
}

/* ---- making ---- */

/* What the preparation of an upload leaves for its handler. */
struct prepared {
    struct iam_str id;
    struct iam_str sealed_key;
    int64_t expires_ms;
};

static enum iam_status check_body(struct iam_call *call, struct iam_str body,
                                  struct iam_certificate *ret)
{
    enum iam_status st = iam_certificate_read(call->arena, body, ret);
    if (st == IAM_SYNTAX) {
        return api_fail(call, API_ERR_MALFORMED_CERTIFICATE,
                        "Unable to parse certificate. Please ensure the certificate is in PEM "
                        "format.");
    }
    IAM_TRY(st);
    if (call->high_ms > ret->not_after_ms) {
        return api_fail(call, API_ERR_MALFORMED_CERTIFICATE,
                        "Certificate is no longer valid. The 'Not After' date restriction on the "
                        "certificate has passed.");
    }
    if (call->high_ms < ret->not_before_ms) {
        return api_fail(call, API_ERR_MALFORMED_CERTIFICATE,
                        "Certificate is not yet valid. The 'Not Before' date restriction on the "
                        "certificate has not passed.");
    }
    return IAM_OK;
}

static enum iam_status check_key(struct iam_call *call, struct iam_str body, struct iam_str key)
{
    enum iam_status st = iam_private_key_check(call->arena, body, key);
    if (st == IAM_SYNTAX || st == IAM_RANGE) {
        return api_fail(call, API_ERR_MALFORMED_CERTIFICATE, "Invalid Private Key.");
    }
    if (st == IAM_CONFLICT) {
        return api_fail(call, API_ERR_KEY_PAIR_MISMATCH,
                        "The private key did not match the public key provided. Please verify the "
                        "key material and try again.");
    }
    return st;
}

static enum iam_status check_chain(struct iam_call *call, struct iam_str body, struct iam_str chain)
{
    int index = 0;
    if (!iam_str_is_set(chain)) {
        return IAM_OK;
    }
    enum iam_status st = iam_chain_check(call->arena, body, chain, &index);
    if (st == IAM_SYNTAX) {
        /* Recorded on AWS: there is no message. */
        return api_fault_text(&call->fault, API_ERR_MALFORMED_CERTIFICATE, iam_str_absent());
    }
    if (st == IAM_LIMIT) {
        return api_fail(call, API_ERR_MALFORMED_CERTIFICATE,
                        "The certificate chain has more than %d certificates.", IAM_CHAIN_MAX);
    }
    if (st == IAM_CONFLICT) {
        return api_fail(call, API_ERR_MALFORMED_CERTIFICATE,
                        "Unable to validate certificate chain. The certificate chain must start "
                        "with the immediate signing certificate, followed by any intermediaries in "
                        "order. The index within the chain of the invalid certificate is: %d",
                        index);
    }
    return st;
}

/* Checks what was sent before the transaction: trying a key may take some milliseconds. */
enum iam_status
api_iam_upload_server_certificate_prepare(struct iam_call *call,
                                          const struct api_iam_upload_server_certificate_in *in)
{
    struct iam_certificate cert;
    struct prepared *made = iam_arena_zalloc(call->arena, 1, sizeof(*made));
    IAM_ENSURE(made != NULL, IAM_NOMEM);
    api_end_reading(call);
    IAM_TRY(check_body(call, in->certificate_body, &cert));
    IAM_TRY(check_key(call, in->certificate_body, in->private_key));
    IAM_TRY(check_chain(call, in->certificate_body, in->certificate_chain));
    made->expires_ms = cert.not_after_ms;
    IAM_TRY(iam_new_id(call, IAM_KIND_SERVER_CERTIFICATE, &made->id));
    IAM_TRY(iam_keeper_seal_private_key(call->env->keeper, made->id, in->private_key, call->arena,
                                        &made->sealed_key));
    call->prepared = made;
    return IAM_OK;
}

enum iam_status
api_iam_upload_server_certificate(struct iam_call *call,
                                  const struct api_iam_upload_server_certificate_in *in,
                                  struct api_iam_upload_server_certificate_out *out)
{
    const struct prepared *made = call->prepared;
    struct iam_server_certificate cert = { .id = made->id,
                                           .account = api_account(call),
                                           .name = in->server_certificate_name,
                                           .path = iam_path_or_root(in->path),
                                           .created_ms = iam_created_now(call),
                                           .expires_ms = made->expires_ms,
                                           .sealed_key = made->sealed_key,
                                           .body = in->certificate_body,
                                           .chain = in->certificate_chain };
    IAM_TRY(iam_check_room(call, IAM_KIND_SERVER_CERTIFICATE, IAM_TABLE_SERVER_CERTIFICATE));
    IAM_TRY(or_exists(call, iam_store_server_certificate_add(call->txn, &cert), cert.name));
    const struct iam_entity_ref ref = ref_of(&cert);
    IAM_TRY(iam_tags_put(call, &ref, &in->tags));
    IAM_TRY(iam_tags_out(call, &ref, &out->tags));
    cert.arn = call->target.arn;
    return metadata_out(call, &cert, &out->server_certificate_metadata);
}

/* ---- reading ---- */

enum iam_status api_iam_get_server_certificate(struct iam_call *call,
                                               const struct api_iam_get_server_certificate_in *in,
                                               struct api_iam_get_server_certificate_out *out)
{
    const struct iam_server_certificate *found;
    struct iam_server_certificate cert;
    struct api_iam_server_certificate *made = iam_arena_zalloc(call->arena, 1, sizeof(*made));
    IAM_ENSURE(made != NULL, IAM_NOMEM);
    IAM_TRY(need(call, in->server_certificate_name, &found));
    IAM_TRY(iam_store_server_certificate_get_by_id(call->txn, call->arena, found->id, &cert));
    IAM_TRY(metadata_out(call, &cert, &made->server_certificate_metadata));
    IAM_TRY(iam_tags_out(call, &call->target.ref, &made->tags));
    made->tags.is_set = true;
    made->certificate_body = cert.body;
    made->certificate_chain = cert.chain;
    out->server_certificate = made;
    return IAM_OK;
}

static enum iam_status list_out(struct iam_call *call,
                                const struct iam_server_certificate_list *from,
                                struct api_iam_server_certificate_metadata_list *ret)
{
    struct api_iam_server_certificate_metadata *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        fill(&from->items[i], &items[i]);
    }
    *ret = (struct api_iam_server_certificate_metadata_list){ items, from->count, true };
    return IAM_OK;
}

enum iam_status
api_iam_list_server_certificates(struct iam_call *call,
                                 const struct api_iam_list_server_certificates_in *in,
                                 struct api_iam_list_server_certificates_out *out)
{
    struct iam_page page;
    struct iam_server_certificate_list list = { 0 };
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_server_certificate_facts(call->txn, call->arena, api_account(call),
                                               in->path_prefix, &page, &list));
    IAM_TRY(list_out(call, &list, &out->server_certificate_metadata_list));
    return api_page_close(call, list.is_truncated, list.next, &out->is_truncated, &out->marker);
}

/* ---- changing ---- */

enum iam_status
api_iam_update_server_certificate(struct iam_call *call,
                                  const struct api_iam_update_server_certificate_in *in)
{
    const struct iam_server_certificate *cert;
    IAM_TRY(need(call, in->server_certificate_name, &cert));
    return or_exists(call,
                     iam_store_server_certificate_update(call->txn, cert->account, cert->id,
                                                         in->new_server_certificate_name,
                                                         in->new_path),
                     in->new_server_certificate_name);
}

enum iam_status
api_iam_delete_server_certificate(struct iam_call *call,
                                  const struct api_iam_delete_server_certificate_in *in)
{
    const struct iam_server_certificate *cert;
    IAM_TRY(need(call, in->server_certificate_name, &cert));
    return iam_store_server_certificate_delete(call->txn, cert->account, cert->id);
}

/* ---- tags ---- */

enum iam_status api_iam_tag_server_certificate(struct iam_call *call,
                                               const struct api_iam_tag_server_certificate_in *in)
{
    const struct iam_server_certificate *cert;
    IAM_TRY(need(call, in->server_certificate_name, &cert));
    return iam_tags_put(call, &call->target.ref, &in->tags);
}

enum iam_status
api_iam_untag_server_certificate(struct iam_call *call,
                                 const struct api_iam_untag_server_certificate_in *in)
{
    const struct iam_server_certificate *cert;
    IAM_TRY(need(call, in->server_certificate_name, &cert));
    return iam_untag(call, &call->target.ref, &in->tag_keys);
}

enum iam_status
api_iam_list_server_certificate_tags(struct iam_call *call,
                                     const struct api_iam_list_server_certificate_tags_in *in,
                                     struct api_iam_list_server_certificate_tags_out *out)
{
    const struct iam_server_certificate *cert;
    struct iam_tag_page page = { 0 };
    IAM_TRY(need(call, in->server_certificate_name, &cert));
    IAM_TRY(iam_tag_page(call, &call->target.ref, in->marker, in->max_items, &page));
    out->tags = page.tags;
    out->is_truncated = page.is_truncated;
    out->marker = page.marker;
    return IAM_OK;
}
