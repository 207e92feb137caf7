/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of delegation requests. Of which account a request is follows from who may see it: one
 * without an owner account is everybody's who knows its ID, any other one exists for the identities
 * of its owner account alone. SPEC: IAM API Reference, "CreateDelegationRequest" and others; IAM
 * User Guide, "IAM temporary delegation", "Understanding the request lifecycle". Nothing of it was
 * recorded on AWS: the sentences are ours.
 */
#include "store/delegation_request.h"
#include "base/ct.h"
#include "codec/json.h"
#include "keeper/random.h"
#include "model/arn.h"
#include "model/id.h"
#include "policy/compiled.h"
#include "services/iam/convert.h"
#include "services/iam/delegation.h"
#include "services/iam/template.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)
/* SPEC: as above: of a request that nobody has taken. */
#define UNASSIGNED_MS DAY_MS
/* How long a request is shown after it has expired: ours. */
#define FORGET_MS (30 * DAY_MS)
/* SPEC: IAM User Guide, "IAM temporary delegation": what the root user may accept. */
#define ROOT_MAX_SECONDS (4 * 3600)
/* SPEC: IAM User Guide, "Policy templates": characters of a rendered policy. */
#define POLICY_MAX_CHARS 2048
/* LIMIT: requests of one page, each of up to 30 KiB; clients follow IsTruncated. */
#define PAGE_MAX 100
#define ARN_TYPE "delegation-request/"

static const struct iam_str STATES[] = {
    [IAM_DELEGATION_UNASSIGNED] = IAM_STR_INIT("UNASSIGNED"),
    [IAM_DELEGATION_ASSIGNED] = IAM_STR_INIT("ASSIGNED"),
    [IAM_DELEGATION_PENDING_APPROVAL] = IAM_STR_INIT("PENDING_APPROVAL"),
    [IAM_DELEGATION_ACCEPTED] = IAM_STR_INIT("ACCEPTED"),
    [IAM_DELEGATION_FINALIZED] = IAM_STR_INIT("FINALIZED"),
    [IAM_DELEGATION_REJECTED] = IAM_STR_INIT("REJECTED"),
    [IAM_DELEGATION_EXPIRED] = IAM_STR_INIT("EXPIRED"),
};

/* ---- finding ---- */

/* Resolves to the request with that ID, if the caller's account may know of it. */
static enum iam_status resolve_id(struct iam_call *call, struct iam_str id, struct api_target *ret)
{
    struct iam_delegation_request *request = iam_arena_zalloc(call->arena, 1, sizeof(*request));
    IAM_ENSURE(request != NULL, IAM_NOMEM);
    enum iam_status st = iam_store_delegation_request_get(call->txn, call->arena, id, request);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    if (st == IAM_OK && (!iam_str_is_set(request->owner_account) ||
                         iam_str_eq(request->owner_account, api_account(call)))) {
        ret->entity = request;
        ret->ref =
            (struct iam_entity_ref){ IAM_KIND_DELEGATION_REQUEST, request->account, request->id };
        ret->facts[0] = (struct api_fact_text){ IAM_STR("owner"), request->owner_arn };
    }
    return iam_arn_of(call->arena, IAM_KIND_DELEGATION_REQUEST, api_account(call), iam_str_absent(),
                      id, &ret->arn);
}

enum iam_status api_iam_resolve_delegation_request(struct iam_call *call, const void *in,
                                                   const struct api_reference *ref,
                                                   struct api_target *ret)
{
    (void)in;
    return resolve_id(call, ref->name, ret);
}

/* Returns the ID in the ARN of a request, whatever its account; absent for any other text. */
static struct iam_str id_of_arn(struct iam_str arn)
{
    size_t at = sizeof("arn:" IAM_PARTITION ":iam:") - 1;
    if (!iam_str_starts(arn, IAM_STR("arn:" IAM_PARTITION ":iam::"))) {
        return iam_str_absent();
    }
    struct iam_str tail = iam_str_sub(arn, iam_str_find(arn, ':', at + 1) + 1, arn.len);
    struct iam_str type = IAM_STR(ARN_TYPE);
    return iam_str_starts(tail, type) ? iam_str_sub(tail, type.len, tail.len) : iam_str_absent();
}

enum iam_status api_iam_resolve_delegation_summary(struct iam_call *call, const void *in,
                                                   const struct api_reference *ref,
                                                   struct api_target *ret)
{
    struct iam_str id = id_of_arn(ref->name);
    (void)in;
    if (iam_str_is_set(id)) {
        return resolve_id(call, id, ret);
    }
    iam_set_sent_arn(ref->name, ret);
    return IAM_OK;
}

static enum iam_status need_request(struct iam_call *call, struct iam_str id,
                                    const struct iam_delegation_request **ret)
{
    *ret = api_target_entity(call, IAM_KIND_DELEGATION_REQUEST);
    if (*ret != NULL) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                    "The delegation request with id %.*s cannot be found.", API_QUOTED(id));
}

/* ---- what an owner may do without a policy ---- */

static bool is_owner(const struct iam_call *call, const struct iam_delegation_request *request)
{
    return iam_str_is_set(request->owner_principal) &&
           iam_str_eq(request->owner_principal, call->subject.user_id) &&
           iam_str_eq(request->owner_arn, api_subject_arn(&call->subject));
}

/*
 * Lets a request be seen by its owner; by everybody in its owner account, or with no account by
 * everybody, as long as it has no owner.
 */
enum iam_status api_iam_grant_see_delegation_request(struct iam_call *call, bool *ret)
{
    const struct iam_delegation_request *request =
        api_target_entity(call, IAM_KIND_DELEGATION_REQUEST);
    *ret = request != NULL && (!iam_str_is_set(request->owner_arn) || is_owner(call, request));
    return IAM_OK;
}

enum iam_status api_iam_grant_own_delegation_request(struct iam_call *call, bool *ret)
{
    const struct iam_delegation_request *request =
        api_target_entity(call, IAM_KIND_DELEGATION_REQUEST);
    *ret = request != NULL && is_owner(call, request);
    return IAM_OK;
}

/* ---- asking ---- */

/* Resolves to the ARN of a request to be, whose ID is not known yet. */
enum iam_status api_iam_resolve_new_delegation_request(struct iam_call *call, const void *in,
                                                       const struct api_reference *ref,
                                                       struct api_target *ret)
{
    const struct api_iam_create_delegation_request_in *input = in;
    (void)ref;
    ret->facts[0] =
        (struct api_fact_text){ IAM_STR("template"), input->permissions->policy_template_arn };
    return iam_arn_of(call->arena, IAM_KIND_DELEGATION_REQUEST, api_account(call), iam_str_absent(),
                      IAM_STR("*"), &ret->arn);
}

/* Tells whether it is the ARN of an SNS topic: region, account and name. */
static bool is_topic(struct iam_str arn)
{
    struct iam_str prefix = IAM_STR("arn:" IAM_PARTITION ":sns:");
    struct iam_str rest = iam_str_sub(arn, prefix.len, arn.len);
    size_t region = iam_str_find(rest, ':', 0);
    size_t account = iam_str_find(rest, ':', region + 1);
    struct iam_str name = iam_str_sub(rest, account + 1, rest.len);
    return iam_str_starts(arn, prefix) && region > 0 && account < rest.len && name.len > 0 &&
           iam_str_find(name, ':', 0) == name.len &&
           iam_account_id_is_valid(iam_str_sub(rest, region + 1, account - region - 1));
}

/* Checks one parameter, and that none of those before has its name. */
static enum iam_status check_parameter(struct iam_call *call,
                                       const struct api_iam_policy_parameter_list *all, size_t i)
{
    const struct api_iam_policy_parameter *one = &all->items[i];
    bool is_twin = false;
    for (size_t k = 0; k < i; k++) {
        is_twin |= iam_str_eq(all->items[k].name, one->name);
    }
    if (is_twin || !iam_str_is_set(one->name) || one->values.count == 0) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Every parameter has a name of its own and at least one value.");
    }
    if (one->values.count > 1 && !iam_str_eq(one->type, IAM_STR("stringList"))) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Parameter '%.*s' has several values and is not of type stringList.",
                        API_QUOTED(one->name));
    }
    return IAM_OK;
}

static enum iam_status read_parameters(struct iam_call *call,
                                       const struct api_iam_policy_parameter_list *in,
                                       struct iam_template_value **ret)
{
    *ret = iam_arena_zalloc(call->arena, in->count + 1, sizeof(**ret));
    IAM_ENSURE(*ret != NULL, IAM_NOMEM);
    for (size_t i = 0; i < in->count; i++) {
        IAM_TRY(check_parameter(call, in, i));
        (*ret)[i] = (struct iam_template_value){ in->items[i].name, in->items[i].values.items,
                                                 in->items[i].values.count };
    }
    return IAM_OK;
}

/* Checks what came out of the template: it is what a session may be limited to. */
static enum iam_status check_policy(struct iam_call *call, struct iam_str document)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_policy *policy = NULL;
    bool is_short = iam_str_is_set(document) && iam_utf8_count(document) <= POLICY_MAX_CHARS;
    enum iam_status st =
        is_short ? iam_policy_parse(&alloc, IAM_POLICY_IDENTITY, document, &policy, NULL)
                 : IAM_LIMIT;
    iam_policy_unref(policy);
    IAM_ENSURE(st != IAM_NOMEM, st);
    if (st == IAM_OK) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_INVALID_INPUT,
                    "The template does not make a policy of at most %d characters of it.",
                    POLICY_MAX_CHARS);
}

static enum iam_status render(struct iam_call *call, const struct api_iam_delegation_permission *in,
                              struct iam_str *ret)
{
    const struct iam_policy_template *of = NULL;
    struct iam_template_value *values;
    enum iam_status st =
        iam_catalogue_policy_template(call->env->catalogue, in->policy_template_arn, &of);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    if (of == NULL || (iam_str_is_set(of->requestor_account) &&
                       !iam_str_eq(of->requestor_account, api_account(call)))) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Policy template %.*s cannot be found.",
                        API_QUOTED(in->policy_template_arn));
    }
    IAM_TRY(read_parameters(call, &in->parameters, &values));
    struct iam_render r = { call, &of->parameters, values, in->parameters.count };
    IAM_TRY(iam_render_check(&r));
    IAM_TRY(iam_render_document(&r, of->document, ret));
    return check_policy(call, *ret);
}

/* Makes the text that is kept of the parameters. */
static enum iam_status print_parameters(struct iam_call *call,
                                        const struct api_iam_policy_parameter_list *in,
                                        struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, 8 * IAM_TEMPLATE_VALUES_MAX);
    iam_buf_add_char(&b, '[');
    for (size_t i = 0; i < in->count; i++) {
        bool is_first = true;
        iam_buf_add_c(&b, i > 0 ? ",{" : "{");
        iam_json_add_name(&b, &is_first, IAM_STR("Name"));
        iam_json_add_string(&b, in->items[i].name);
        if (iam_str_is_set(in->items[i].type)) {
            iam_json_add_name(&b, &is_first, IAM_STR("Type"));
            iam_json_add_string(&b, in->items[i].type);
        }
        iam_json_add_name(&b, &is_first, IAM_STR("Values"));
        for (size_t k = 0; k < in->items[i].values.count; k++) {
            iam_buf_add_char(&b, k == 0 ? '[' : ',');
            iam_json_add_string(&b, in->items[i].values.items[k]);
        }
        iam_buf_add_c(&b, "]}");
    }
    iam_buf_add_char(&b, ']');
    return iam_buf_finish(&b, ret);
}

static enum iam_status make_id(struct iam_call *call, struct iam_str *ret)
{
    uint8_t uuid[IAM_UUID_BYTES];
    char text[IAM_UUID_CHARS + 1];
    IAM_TRY(iam_keeper_random(uuid, sizeof(uuid)));
    iam_uuid_set_version(uuid);
    iam_uuid_print(uuid, text);
    return iam_arena_dup(call->arena, iam_str_c(text), ret);
}

/* Checks that the account may make one more; what expired long ago does not count. */
static enum iam_status check_room(struct iam_call *call)
{
    int64_t count;
    IAM_TRY(iam_store_delegation_request_forget(call->txn, api_account(call),
                                                call->high_ms - FORGET_MS));
    IAM_TRY(iam_store_delegation_request_count(call->txn, api_account(call), &count));
    return iam_check_kind_quota(call, IAM_KIND_DELEGATION_REQUEST, count);
}

enum iam_status
api_iam_create_delegation_request(struct iam_call *call,
                                  const struct api_iam_create_delegation_request_in *in,
                                  struct api_iam_create_delegation_request_out *out)
{
    struct iam_delegation_request request = {
        .account = api_account(call),
        .workflow_id = in->requestor_workflow_id,
        .description = in->description,
        .message = in->request_message,
        .template_arn = in->permissions->policy_template_arn,
        .redirect_url = in->redirect_url,
        .channel = in->notification_channel,
        .session_seconds = in->session_duration.value,
        .only_owner_sends = in->only_send_by_owner.is_set && in->only_send_by_owner.value,
        .created_ms = iam_created_now(call),
        .updated_ms = iam_created_now(call),
        .state = IAM_DELEGATION_UNASSIGNED,
        .owner_account = in->owner_account_id,
        .expires_ms = call->high_ms + UNASSIGNED_MS,
    };
    if (!is_topic(in->notification_channel)) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "The notification channel %.*s is not the ARN of an SNS topic.",
                        API_QUOTED(in->notification_channel));
    }
    IAM_TRY(render(call, in->permissions, &request.policy));
    IAM_TRY(print_parameters(call, &in->permissions->parameters, &request.parameters));
    IAM_TRY(check_room(call));
    IAM_TRY(make_id(call, &request.id));
    enum iam_status st = iam_store_delegation_request_add(call->txn, &request);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS,
                        "A delegation request with workflow id %.*s already exists.",
                        API_QUOTED(in->requestor_workflow_id));
    }
    out->delegation_request_id = request.id;
    return st;
}

/* ---- deciding about one ---- */

#define IN(state) (1u << IAM_DELEGATION_##state)

/* Fails with error unless the request is in one of the states. */
static enum iam_status check_state(struct iam_call *call,
                                   const struct iam_delegation_request *request, unsigned states,
                                   enum api_error error, const char *done)
{
    enum iam_delegation_state now = iam_delegation_state_now(call, request);
    if ((states & 1u << now) != 0) {
        return IAM_OK;
    }
    return api_fail(call, error, "The delegation request with id %.*s is %.*s and cannot be %s.",
                    IAM_STR_ARG(request->id), IAM_STR_ARG(STATES[now]), done);
}

/* Writes the state that the request has from now on, and what else is set in change. */
static enum iam_status move(struct iam_call *call, const struct iam_delegation_request *request,
                            enum iam_delegation_state state, struct iam_delegation_request change)
{
    change.id = request->id;
    change.account = request->account;
    change.state = state;
    change.updated_ms = iam_created_now(call);
    change.expires_ms = call->high_ms + IAM_DELEGATION_STATE_MS;
    return iam_store_delegation_request_update(call->txn, &change);
}

enum iam_status
api_iam_associate_delegation_request(struct iam_call *call,
                                     const struct api_iam_associate_delegation_request_in *in)
{
    const struct iam_delegation_request *request;
    IAM_TRY(need_request(call, in->delegation_request_id, &request));
    IAM_TRY(check_state(call, request, IN(UNASSIGNED), API_ERR_INVALID_INPUT, "associated"));
    return move(call, request, IAM_DELEGATION_ASSIGNED,
                (struct iam_delegation_request){ .owner_account = api_account(call),
                                                 .owner_arn = api_subject_arn(&call->subject),
                                                 .owner_principal = call->subject.user_id });
}

enum iam_status
api_iam_update_delegation_request(struct iam_call *call,
                                  const struct api_iam_update_delegation_request_in *in)
{
    const struct iam_delegation_request *request;
    IAM_TRY(need_request(call, in->delegation_request_id, &request));
    IAM_TRY(check_state(call, request, IN(ASSIGNED) | IN(PENDING_APPROVAL), API_ERR_INVALID_INPUT,
                        "updated"));
    return move(call, request, IAM_DELEGATION_PENDING_APPROVAL,
                (struct iam_delegation_request){ .notes = in->notes });
}

/*
 * Keeps what the delegated session will be made of besides the approver: the access key, and of a
 * session all that its token says, which limits the delegated one as it limits the approver. Sealed
 * again, with a secret that nobody has: it signs nothing.
 */
static enum iam_status keep_approver(struct iam_call *call, struct iam_delegation_request *change)
{
    struct iam_secret_text secret;
    change->approver_key_id = call->caller->access_key_id;
    if (call->caller->session == NULL) {
        return IAM_OK;
    }
    enum iam_status st = iam_keeper_seal_session(call->env->keeper, call->caller->session, 0,
                                                 call->arena, &change->approver_session, &secret);
    iam_wipe(&secret, sizeof(secret));
    return st;
}

/* Tells a state that does not fit as a conflict: AWS declares no InvalidInput here. */
enum iam_status
api_iam_accept_delegation_request(struct iam_call *call,
                                  const struct api_iam_accept_delegation_request_in *in)
{
    const struct iam_delegation_request *request;
    IAM_TRY(need_request(call, in->delegation_request_id, &request));
    IAM_TRY(check_state(call, request, IN(ASSIGNED) | IN(PENDING_APPROVAL),
                        API_ERR_CONCURRENT_MODIFICATION, "accepted"));
    if (call->subject.kind == IAM_KIND_ACCOUNT && request->session_seconds > ROOT_MAX_SECONDS) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "The root user cannot accept a delegation request for more than %d hours.",
                        ROOT_MAX_SECONDS / 3600);
    }
    struct iam_delegation_request change = { .approver_arn = api_subject_arn(&call->subject),
                                             .approver_principal = call->subject.user_id };
    IAM_TRY(keep_approver(call, &change));
    return move(call, request, IAM_DELEGATION_ACCEPTED, change);
}

/* Releases the token, which the operator hands over (iamd delegation-token). */
enum iam_status api_iam_send_delegation_token(struct iam_call *call,
                                              const struct api_iam_send_delegation_token_in *in)
{
    const struct iam_delegation_request *request;
    IAM_TRY(need_request(call, in->delegation_request_id, &request));
    if (request->only_owner_sends && !is_owner(call, request)) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "Only the owner of the delegation request with id %.*s may send its token.",
                        IAM_STR_ARG(request->id));
    }
    IAM_TRY(check_state(call, request, IN(ACCEPTED), API_ERR_INVALID_INPUT, "finalized"));
    return move(call, request, IAM_DELEGATION_FINALIZED, (struct iam_delegation_request){ 0 });
}

enum iam_status
api_iam_reject_delegation_request(struct iam_call *call,
                                  const struct api_iam_reject_delegation_request_in *in)
{
    const struct iam_delegation_request *request;
    IAM_TRY(need_request(call, in->delegation_request_id, &request));
    IAM_TRY(check_state(call, request, IN(ASSIGNED) | IN(PENDING_APPROVAL) | IN(ACCEPTED),
                        API_ERR_INVALID_INPUT, "rejected"));
    return move(call, request, IAM_DELEGATION_REJECTED,
                (struct iam_delegation_request){ .rejection = in->notes });
}

/* ---- showing ---- */

static enum iam_status parameter_out(struct iam_call *call, const struct iam_json *from,
                                     struct api_iam_policy_parameter *ret)
{
    const struct iam_json *type = iam_json_member(from, IAM_STR("Type"));
    const struct iam_json *values = iam_json_member(from, IAM_STR("Values"));
    const struct iam_json *name = iam_json_member(from, IAM_STR("Name"));
    IAM_ENSURE(values != NULL && name != NULL, IAM_CORRUPT);
    struct iam_str *items = iam_arena_zalloc(call->arena, values->child_count + 1, sizeof(*items));
    size_t count = 0;
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (const struct iam_json *at = values->first; at != NULL; at = at->next) {
        items[count++] = at->text;
    }
    ret->name = name->text;
    ret->type = type != NULL ? type->text : iam_str_absent();
    ret->values = (struct api_iam_policy_parameter_value_list){ items, count, true };
    return IAM_OK;
}

static enum iam_status parameters_out(struct iam_call *call, struct iam_str text,
                                      struct api_iam_policy_parameter_list *ret)
{
    static const struct iam_json_limits LIMITS = { .max_bytes = 8 * IAM_TEMPLATE_VALUES_MAX,
                                                   .max_depth = 5,
                                                   .max_nodes = 50000 };
    const struct iam_json *root;
    enum iam_status st = iam_json_read(call->arena, text, &LIMITS, &root, NULL);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOMEM ? st : IAM_CORRUPT);
    struct api_iam_policy_parameter *items =
        iam_arena_zalloc(call->arena, root->child_count + 1, sizeof(*items));
    size_t count = 0;
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (const struct iam_json *at = root->first; at != NULL; at = at->next) {
        IAM_TRY(parameter_out(call, at, &items[count++]));
    }
    *ret = (struct api_iam_policy_parameter_list){ items, count, count > 0 };
    return IAM_OK;
}

static enum iam_status request_out(struct iam_call *call, const struct iam_delegation_request *from,
                                   struct api_iam_delegation_request *ret)
{
    struct api_iam_delegation_permission *asked = iam_arena_zalloc(call->arena, 1, sizeof(*asked));
    IAM_ENSURE(asked != NULL, IAM_NOMEM);
    asked->policy_template_arn = from->template_arn;
    IAM_TRY(parameters_out(call, from->parameters, &asked->parameters));
    *ret = (struct api_iam_delegation_request){
        .delegation_request_id = from->id,
        .owner_account_id = from->owner_account,
        .description = from->description,
        .request_message = from->message,
        .permissions = asked,
        .permission_policy = from->policy,
        .owner_id = from->owner_arn,
        .approver_id = from->approver_arn,
        .state = STATES[iam_delegation_state_now(call, from)],
        .expiration_time = api_time(from->expires_ms),
        .requestor_id = from->account,
        .requestor_name = iam_delegation_requestor(call, from),
        .create_date = api_time(from->created_ms),
        .session_duration = api_int(from->session_seconds),
        .redirect_url = from->redirect_url,
        .notes = from->notes,
        .rejection_reason = from->rejection,
        .only_send_by_owner = api_bool(from->only_owner_sends),
        .updated_time = api_time(from->updated_ms),
    };
    return iam_delegation_boundaries(call, from, &ret->role_permission_restriction_arns);
}

enum iam_status api_iam_get_delegation_request(struct iam_call *call,
                                               const struct api_iam_get_delegation_request_in *in,
                                               struct api_iam_get_delegation_request_out *out)
{
    const struct iam_delegation_request *request;
    IAM_TRY(need_request(call, in->delegation_request_id, &request));
    out->delegation_request = iam_arena_zalloc(call->arena, 1, sizeof(*out->delegation_request));
    IAM_ENSURE(out->delegation_request != NULL, IAM_NOMEM);
    if (in->delegation_permission_check.is_set && in->delegation_permission_check.value) {
        IAM_TRY(iam_delegation_check(call, request, &out->permission_check_result));
        out->permission_check_status = IAM_STR("COMPLETE");
    }
    return request_out(call, request, out->delegation_request);
}

enum iam_status
api_iam_get_human_readable_summary(struct iam_call *call,
                                   const struct api_iam_get_human_readable_summary_in *in,
                                   struct api_iam_get_human_readable_summary_out *out)
{
    const struct iam_delegation_request *request;
    struct iam_str id = id_of_arn(in->entity_arn);
    if (!iam_str_is_set(id)) {
        return api_fail(call, API_ERR_INVALID_INPUT, "%.*s is not the ARN of a delegation request.",
                        API_QUOTED(in->entity_arn));
    }
    IAM_TRY(need_request(call, id, &request));
    out->locale = iam_str_or(in->locale, IAM_STR("en"));
    if (!iam_str_eq_nocase(out->locale, IAM_STR("en")) &&
        !iam_str_starts_nocase(out->locale, IAM_STR("en-")) &&
        !iam_str_starts_nocase(out->locale, IAM_STR("en_"))) {
        out->summary_state = IAM_STR("NOT_SUPPORTED");
        return IAM_OK;
    }
    enum iam_status st = iam_delegation_summary(call, request, &out->summary_content);
    IAM_ENSURE(st == IAM_OK || st == IAM_LIMIT, st);
    out->summary_state = st == IAM_OK ? IAM_STR("AVAILABLE") : IAM_STR("FAILED");
    return IAM_OK;
}

static enum iam_status list_out(struct iam_call *call,
                                const struct iam_delegation_request_list *from,
                                struct api_iam_delegation_request_list *ret)
{
    struct api_iam_delegation_request *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        IAM_TRY(request_out(call, &from->items[i], &items[i]));
    }
    *ret = (struct api_iam_delegation_request_list){ items, from->count, true };
    return IAM_OK;
}

enum iam_status
api_iam_list_delegation_requests(struct iam_call *call,
                                 const struct api_iam_list_delegation_requests_in *in,
                                 struct api_iam_list_delegation_requests_out *out)
{
    struct iam_page page;
    struct iam_delegation_request_list all = { 0 };
    if (iam_str_is_set(in->owner_id) &&
        !iam_str_eq(iam_arn_account(in->owner_id), api_account(call))) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "%.*s is not the ARN of an identity in this account.",
                        API_QUOTED(in->owner_id));
    }
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    page.limit = page.limit < PAGE_MAX ? page.limit : PAGE_MAX;
    IAM_TRY(iam_store_delegation_request_list(call->txn, call->arena, api_account(call),
                                              in->owner_id, &page, &all));
    IAM_TRY(list_out(call, &all, &out->delegation_requests));
    return api_page_close(call, all.is_truncated, all.next, &out->is_truncated, &out->marker);
}
