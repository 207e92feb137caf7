/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service-specific credentials. INVARIANT: a password is only ever in the answer to the request
 * that made it. What AWS does with each was recorded: docs/conformance.md. SPEC: IAM API Reference,
 * "CreateServiceSpecificCredential" and the actions beside it.
 */
#include "services/iam/convert.h"

#include "base/buf.h"
#include "base/ct.h"
#include "codec/base64.h"
#include "keeper/service_password.h"
#include "store/service_credential.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* LIMIT: logins that are tried for a new credential. */
#define MAX_LOGINS 1000
/* LIMIT: bytes of an API key; an alias has at most 200. */
#define MAX_API_KEY 1024

/* ---- services ---- */

/* A service that takes such credentials. */
struct service {
    struct iam_str name;
    struct iam_str key_prefix; /* how its API keys begin; absent: it takes a name and a password */
};

static const struct service SERVICES[] = {
    {IAM_STR_INIT("codecommit.amazonaws.com"),              { NULL, 0 }             },
    { IAM_STR_INIT("cassandra.amazonaws.com"),              { NULL, 0 }             },
    { IAM_STR_INIT("bedrock.amazonaws.com"),                IAM_STR_INIT("ABSK")    },
    { IAM_STR_INIT("logs.amazonaws.com"),                   IAM_STR_INIT("ACWL")    },
    { IAM_STR_INIT("cloudwatch.amazonaws.com"),             IAM_STR_INIT("APIAACWM")},
    { IAM_STR_INIT("aws-external-anthropic.amazonaws.com"), IAM_STR_INIT("AEAA")    },
};

/* Finds the service of that name, in any case; NULL. */
static const struct service *find_service(struct iam_str name)
{
    for (size_t i = 0; i < IAM_COUNT(SERVICES); i++) {
        if (iam_str_eq_nocase(SERVICES[i].name, name)) {
            return &SERVICES[i];
        }
    }
    return NULL;
}

static bool is_service_name(struct iam_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!iam_ascii_is_alnum(name.p[i]) && name.p[i] != '.' && name.p[i] != '-') {
            return false;
        }
    }
    return true;
}

static enum iam_status need_service(struct iam_call *call, struct iam_str name,
                                    const struct service **ret)
{
    if (!is_service_name(name)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "ServiceName must match [a-zA-Z0-9.-]*");
    }
    *ret = find_service(name);
    if (*ret != NULL) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                    "No such service %.*s is supported for Service Specific Credentials",
                    API_QUOTED(name));
}

/* ---- what is decided on ---- */

static void set_service(struct iam_str service, struct api_target *ret)
{
    ret->facts[1] = (struct api_fact_text){ IAM_STR("service"), service };
}

/*
 * Resolves to the user; conditions see the service as it would be kept, and of a name that is none,
 * which the model does not limit, the beginning.
 */
enum iam_status api_iam_resolve_new_service_credential(struct iam_call *call, const void *in,
                                                       const struct api_reference *ref,
                                                       struct api_target *ret)
{
    const struct api_iam_create_service_specific_credential_in *create = in;
    const struct service *service = find_service(create->service_name);
    IAM_TRY(api_iam_resolve_user(call, in, ref, ret));
    set_service(service != NULL ? service->name : api_quoted(create->service_name), ret);
    return IAM_OK;
}

/*
 * Resolves to the user. The service is that of the credential, when there is one and it is the
 * user's.
 */
enum iam_status api_iam_resolve_service_credential(struct iam_call *call, const void *in,
                                                   const struct api_reference *ref,
                                                   struct api_target *ret)
{
    struct iam_service_credential credential;
    IAM_TRY(api_iam_resolve_user(call, in, ref, ret));
    enum iam_status st = iam_store_service_credential_get(call->txn, call->arena, api_account(call),
                                                          ref->current, &credential);
    if (st == IAM_OK && iam_str_eq(credential.user_id, ret->ref.id)) {
        set_service(credential.service, ret);
    }
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

/* Resolves to the user whose credentials are listed, or to all users. */
enum iam_status api_iam_resolve_service_credential_users(struct iam_call *call, const void *in,
                                                         const struct api_reference *ref,
                                                         struct api_target *ret)
{
    const struct api_iam_list_service_specific_credentials_in *list = in;
    if (!list->all_users.value) {
        return api_iam_resolve_user(call, in, ref, ret);
    }
    return iam_arn_of(call->arena, IAM_KIND_USER, api_account(call), IAM_STR("/"), IAM_STR("*"),
                      &ret->arn);
}

/* ---- what is shown ---- */

static struct iam_str status_of(const struct iam_call *call,
                                const struct iam_service_credential *credential)
{
    if (credential->expires_ms != 0 && call->high_ms >= credential->expires_ms) {
        return IAM_STR("Expired");
    }
    return credential->is_active ? IAM_STR("Active") : IAM_STR("Inactive");
}

static bool is_api_key(const struct iam_service_credential *credential)
{
    const struct service *service = find_service(credential->service);
    return service != NULL && iam_str_is_set(service->key_prefix);
}

static struct api_opt_time expiry_of(const struct iam_service_credential *credential)
{
    return credential->expires_ms != 0 ? api_time(credential->expires_ms)
                                       : (struct api_opt_time){ 0 };
}

static void metadata_out(const struct iam_call *call,
                         const struct iam_service_credential *credential,
                         struct api_iam_service_specific_credential_metadata *ret)
{
    *ret = (struct api_iam_service_specific_credential_metadata){
        .user_name = credential->user_name,
        .status = status_of(call, credential),
        .create_date = api_time(credential->created_ms),
        .expiration_date = expiry_of(credential),
        .service_specific_credential_id = credential->id,
        .service_name = credential->service,
    };
    if (is_api_key(credential)) {
        ret->service_credential_alias = credential->login;
    } else {
        ret->service_user_name = credential->login;
    }
}

/* Makes the API key: what its service takes in one piece. It lives in the arena. */
static enum iam_status make_api_key(struct iam_call *call, struct iam_str prefix,
                                    struct iam_str alias,
                                    const struct iam_service_password *password,
                                    struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_str both;
    struct iam_buf key;
    IAM_TRY(iam_arena_fmt(call->arena, &both, "%.*s:%s", IAM_STR_ARG(alias), password->text));
    iam_buf_init(&key, &alloc, MAX_API_KEY);
    iam_buf_add(&key, prefix);
    iam_base64_add(&key, both.p, both.len);
    return iam_buf_finish(&key, ret);
}

static enum iam_status secret_out(struct iam_call *call,
                                  const struct iam_service_credential *credential,
                                  const struct iam_service_password *password,
                                  struct api_iam_service_specific_credential *ret)
{
    if (!is_api_key(credential)) {
        ret->service_user_name = credential->login;
        return iam_arena_dup(call->arena, iam_str_c(password->text), &ret->service_password);
    }
    ret->service_credential_alias = credential->login;
    return make_api_key(call, find_service(credential->service)->key_prefix, credential->login,
                        password, &ret->service_credential_secret);
}

static enum iam_status credential_out(struct iam_call *call,
                                      const struct iam_service_credential *credential,
                                      const struct iam_service_password *password,
                                      struct api_iam_service_specific_credential **ret)
{
    struct api_iam_service_specific_credential *out =
        iam_arena_zalloc(call->arena, 1, sizeof(*out));
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    out->create_date = api_time(credential->created_ms);
    out->expiration_date = expiry_of(credential);
    out->service_name = credential->service;
    out->service_specific_credential_id = credential->id;
    out->user_name = credential->user_name;
    out->status = status_of(call, credential);
    IAM_TRY(secret_out(call, credential, password, out));
    *ret = out;
    return IAM_OK;
}

/* ---- making ---- */

/* Finds a login that no other credential for the service has: "NAME-at-ACCOUNT", "NAME+1-at-...".
 */
static enum iam_status choose_login(struct iam_call *call, const struct iam_user *user,
                                    struct iam_str service, struct iam_str *ret)
{
    bool is_taken = true;
    for (unsigned n = 0; is_taken && n < MAX_LOGINS; n++) {
        IAM_TRY(n == 0 ? iam_arena_fmt(call->arena, ret, "%.*s-at-%.*s", IAM_STR_ARG(user->name),
                                       IAM_STR_ARG(user->account))
                       : iam_arena_fmt(call->arena, ret, "%.*s+%u-at-%.*s", IAM_STR_ARG(user->name),
                                       n, IAM_STR_ARG(user->account)));
        IAM_TRY(
            iam_store_service_login_is_taken(call->txn, user->account, service, *ret, &is_taken));
    }
    if (!is_taken) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_LIMIT_EXCEEDED,
                    "There are too many credentials of users who had the name %.*s.",
                    IAM_STR_ARG(user->name));
}

/* Makes a password, whose hash lives in the arena. */
static enum iam_status make_password(struct iam_call *call, struct iam_str id,
                                     struct iam_service_password *ret, struct iam_str *ret_hash)
{
    uint8_t *hash = iam_arena_alloc(call->arena, IAM_SHA256_BYTES);
    IAM_ENSURE(hash != NULL, IAM_NOMEM);
    IAM_TRY(iam_service_password_make(ret));
    IAM_TRY(iam_service_password_hash(id, ret, hash));
    *ret_hash = (struct iam_str){ (const char *)hash, IAM_SHA256_BYTES };
    return IAM_OK;
}

/* Keeps a new credential and shows it. */
static enum iam_status keep(struct iam_call *call, const struct iam_user *user,
                            struct iam_service_credential *credential,
                            struct api_iam_service_specific_credential **ret)
{
    struct iam_service_password password = { { 0 } };
    const struct iam_entity_ref ref = iam_ref_user(user);
    enum iam_status st = make_password(call, credential->id, &password, &credential->secret_hash);
    if (st == IAM_OK) {
        st = iam_store_service_credential_add(call->txn, &ref, credential);
    }
    if (st == IAM_OK) {
        st = credential_out(call, credential, &password, ret);
    }
    iam_wipe(&password, sizeof(password));
    return st;
}

enum iam_status api_iam_create_service_specific_credential(
    struct iam_call *call, const struct api_iam_create_service_specific_credential_in *in,
    struct api_iam_create_service_specific_credential_out *out)
{
    const struct iam_user *user;
    const struct service *service;
    int64_t count;
    struct iam_service_credential credential = { .is_active = true,
                                                 .created_ms = iam_created_now(call) };
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(need_service(call, in->service_name, &service));
    credential.service = service->name;
    credential.user_name = user->name;
    IAM_TRY(iam_store_service_credential_count(call->txn, user->id, credential.service, &count));
    IAM_TRY(iam_check_kind_quota(call, IAM_KIND_SERVICE_CREDENTIAL, count));
    IAM_TRY(choose_login(call, user, credential.service, &credential.login));
    IAM_TRY(iam_new_id(call, IAM_KIND_SERVICE_CREDENTIAL, &credential.id));
    if (in->credential_age_days.is_set) {
        credential.expires_ms = credential.created_ms + in->credential_age_days.value * DAY_MS;
    }
    return keep(call, user, &credential, &out->service_specific_credential);
}

/* ---- reading ---- */

static enum iam_status list_out(struct iam_call *call,
                                const struct iam_service_credential_list *from,
                                struct api_iam_service_specific_credentials_list_type *ret)
{
    struct api_iam_service_specific_credential_metadata *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        metadata_out(call, &from->items[i], &items[i]);
    }
    *ret = (struct api_iam_service_specific_credentials_list_type){ items, from->count, true };
    return IAM_OK;
}

/* Finds whose credentials are listed; *ret_id is absent for all users. */
static enum iam_status whose(struct iam_call *call,
                             const struct api_iam_list_service_specific_credentials_in *in,
                             struct iam_str *ret_id)
{
    const struct iam_user *user;
    *ret_id = iam_str_absent();
    if (!in->all_users.value) {
        IAM_TRY(iam_need_user(call, in->user_name, &user));
        *ret_id = user->id;
        return IAM_OK;
    }
    if (!iam_str_is_set(in->user_name)) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_INVALID_INPUT,
                    "Cannot list credentials for all users if a username is given");
}

enum iam_status api_iam_list_service_specific_credentials(
    struct iam_call *call, const struct api_iam_list_service_specific_credentials_in *in,
    struct api_iam_list_service_specific_credentials_out *out)
{
    static const struct service EVERY = {
        {NULL,  0},
        { NULL, 0}
    };
    const struct service *service = &EVERY;
    struct iam_service_credential_list list = { 0 };
    struct iam_str user_id;
    struct iam_page page;
    IAM_TRY(whose(call, in, &user_id));
    if (iam_str_or(in->service_name, IAM_STR("")).len > 0) {
        IAM_TRY(need_service(call, in->service_name, &service));
    }
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_service_credential_list(call->txn, call->arena, api_account(call), user_id,
                                              service->name, &page, &list));
    IAM_TRY(list_out(call, &list, &out->service_specific_credentials));
    return api_page_close(call, list.is_truncated, list.next, &out->is_truncated, &out->marker);
}

/* ---- changing ---- */

/* Finds the credential of the user with that ID. */
static enum iam_status need_credential(struct iam_call *call, const struct iam_user *user,
                                       struct iam_str id, struct iam_service_credential *ret)
{
    enum iam_status st =
        iam_store_service_credential_get(call->txn, call->arena, api_account(call), id, ret);
    if (st == IAM_NOT_FOUND) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "No such credential %.*s exists",
                        API_QUOTED(id));
    }
    IAM_TRY(st);
    if (iam_str_eq(ret->user_id, user->id)) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_VALIDATION_ERROR,
                    "User %.*s does not have a service specific credential with id %.*s",
                    IAM_STR_ARG(user->name), API_QUOTED(id));
}

enum iam_status api_iam_reset_service_specific_credential(
    struct iam_call *call, const struct api_iam_reset_service_specific_credential_in *in,
    struct api_iam_reset_service_specific_credential_out *out)
{
    const struct iam_user *user;
    struct iam_service_credential credential;
    struct iam_service_password password = { { 0 } };
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(need_credential(call, user, in->service_specific_credential_id, &credential));
    enum iam_status st = make_password(call, credential.id, &password, &credential.secret_hash);
    if (st == IAM_OK) {
        st = iam_store_service_credential_update(call->txn, &call->target.ref, &credential);
    }
    if (st == IAM_OK) {
        st = credential_out(call, &credential, &password, &out->service_specific_credential);
    }
    iam_wipe(&password, sizeof(password));
    return st;
}

enum iam_status api_iam_update_service_specific_credential(
    struct iam_call *call, const struct api_iam_update_service_specific_credential_in *in)
{
    const struct iam_user *user;
    struct iam_service_credential credential;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    if (iam_str_eq(in->status, IAM_STR("Expired"))) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Operation does not support status Expired");
    }
    IAM_TRY(need_credential(call, user, in->service_specific_credential_id, &credential));
    credential.is_active = iam_str_eq(in->status, IAM_STR("Active"));
    return iam_store_service_credential_update(call->txn, &call->target.ref, &credential);
}

enum iam_status api_iam_delete_service_specific_credential(
    struct iam_call *call, const struct api_iam_delete_service_specific_credential_in *in)
{
    const struct iam_user *user;
    struct iam_service_credential credential;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(need_credential(call, user, in->service_specific_credential_id, &credential));
    return iam_store_service_credential_delete(call->txn, &call->target.ref, &credential);
}
