/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA devices. INVARIANT: a seed is only ever in the answer to the request that made it, as text
 * and as a QR code. SPEC: IAM API Reference, "CreateVirtualMFADevice" and the actions about MFA
 * devices; the order of the checks and the words were recorded on AWS.
 */
#include "services/iam/convert.h"

#include "authn/mfa.h"
#include "base/ct.h"
#include "codec/uri.h"
#include "keeper/seed.h"
#include "services/iam/qr_code.h"
#include "store/account.h"

/* SPEC: IAM API Reference, serialNumberType: what a request can name. */
#define SERIAL_MAX 256

/* ---- which one ---- */

/* Sets the ARN of a device by its serial number: a virtual one's is its ARN. */
static enum iam_status set_arn(struct iam_call *call, struct iam_str serial, struct api_target *ret)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(serial, &parts) == IAM_OK && parts.kind == IAM_KIND_MFA_DEVICE) {
        ret->arn = serial;
        ret->account = parts.account;
        return IAM_OK;
    }
    return iam_arn_of(call->arena, IAM_KIND_MFA_DEVICE, api_account(call), IAM_STR("/"), serial,
                      &ret->arn);
}

enum iam_status api_iam_resolve_mfa_device(struct iam_call *call, const void *in,
                                           const struct api_reference *ref, struct api_target *ret)
{
    struct iam_mfa_device *device = iam_arena_alloc(call->arena, sizeof(*device));
    (void)in;
    IAM_ENSURE(device != NULL, IAM_NOMEM);
    IAM_TRY(set_arn(call, ref->name, ret));
    enum iam_status st =
        iam_store_mfa_device_get(call->txn, call->arena, api_account(call), ref->name, device);
    if (st == IAM_NOT_FOUND) {
        return IAM_OK;
    }
    IAM_TRY(st);
    ret->entity = device;
    ret->ref = (struct iam_entity_ref){ IAM_KIND_MFA_DEVICE, device->account, device->id };
    return IAM_OK;
}

enum iam_status api_iam_resolve_new_mfa_device(struct iam_call *call, const void *in,
                                               const struct api_reference *ref,
                                               struct api_target *ret)
{
    (void)in;
    return iam_arn_of(call->arena, IAM_KIND_MFA_DEVICE, api_account(call),
                      iam_path_or_root(ref->path), ref->name, &ret->arn);
}

enum iam_status api_iam_resolve_mfa_devices(struct iam_call *call, const void *in,
                                            const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    (void)ref;
    return iam_arn_of(call->arena, IAM_KIND_MFA_DEVICE, api_account(call), IAM_STR("/"),
                      iam_str_absent(), &ret->arn);
}

static enum iam_status fail_no_device(struct iam_call *call, struct iam_str serial)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                    "MFA Device with serial number %.*s does not exist.", API_QUOTED(serial));
}

/* Returns the virtual device that the call is about: only those are deleted and tagged. */
static enum iam_status need_virtual(struct iam_call *call, struct iam_str serial,
                                    const struct iam_mfa_device **ret)
{
    *ret = api_target_entity(call, IAM_KIND_MFA_DEVICE);
    return *ret != NULL && (*ret)->form == IAM_MFA_VIRTUAL ? IAM_OK : fail_no_device(call, serial);
}

/* ---- whose ---- */

struct owner {
    struct iam_str id;   /* unique ID of the user, or the account ID */
    struct iam_str name; /* absent: the root user */
};

/*
 * Tells whether the root user means itself. AWS has no name for it; where one is required, it is
 * what the answer to CreateAccessKey calls it, unless a user has that name.
 */
static bool is_root(const struct iam_call *call, struct iam_str user_name)
{
    return call->caller->kind == IAM_KIND_ACCOUNT &&
           (!iam_str_is_set(user_name) || (iam_str_eq(user_name, IAM_STR("root")) &&
                                           api_target_entity(call, IAM_KIND_USER) == NULL));
}

static enum iam_status find_owner(struct iam_call *call, struct iam_str user_name,
                                  struct owner *ret)
{
    const struct iam_user *user;
    if (is_root(call, user_name)) {
        *ret = (struct owner){ .id = api_account(call), .name = iam_str_absent() };
        return IAM_OK;
    }
    IAM_TRY(iam_need_user(call, user_name, &user));
    *ret = (struct owner){ .id = user->id, .name = user->name };
    return IAM_OK;
}

/*
 * Refuses a user who has a device and changes what devices it has, without having given a code of
 * one: a stolen key is not enough. SPEC: recorded on AWS, whatever the policies say. The root user
 * is not bound by it: nobody else could help it.
 */
static enum iam_status check_self(struct iam_call *call, const struct owner *owner)
{
    const struct iam_identity *caller = call->caller;
    int64_t devices;
    bool has_mfa = caller->session != NULL && caller->session->mfa_ms > 0;
    if (caller->kind != IAM_KIND_USER || has_mfa || !iam_str_eq(caller->principal_id, owner->id)) {
        return IAM_OK;
    }
    IAM_TRY(iam_store_mfa_device_count_of(call->txn, api_account(call), owner->id, &devices));
    if (devices == 0) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_ACCESS_DENIED,
                    "To complete this action, please ensure that you are authenticated with an MFA "
                    "device that is enabled for this user.");
}

/* Reads a device by its serial number. */
static enum iam_status need_device(struct iam_call *call, struct iam_str serial,
                                   struct iam_mfa_device *ret)
{
    enum iam_status st =
        iam_store_mfa_device_get(call->txn, call->arena, api_account(call), serial, ret);
    return st == IAM_NOT_FOUND ? fail_no_device(call, serial) : st;
}

/* Reads a device that the owner has. */
static enum iam_status need_own(struct iam_call *call, struct iam_str serial,
                                const struct owner *owner, struct iam_mfa_device *ret)
{
    IAM_TRY(need_device(call, serial, ret));
    if (iam_str_eq(ret->owner_id, owner->id)) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "MFA Device invalid for user.");
}

/* ---- making and deleting ---- */

/*
 * Makes what authenticators read. SPEC: IAM API Reference, "VirtualMFADevice", QRCodePNG. The name
 * of the account is its alias, when it has one.
 */
static enum iam_status make_uri(struct iam_call *call, struct iam_str name, struct iam_str seed,
                                struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_account_alias alias = { .alias = api_account(call) };
    struct iam_buf b;
    enum iam_status st =
        iam_store_account_alias_get(call->txn, call->arena, api_account(call), &alias);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    iam_buf_init(&b, &alloc, IAM_QR_TEXT_MAX);
    iam_buf_add_c(&b, "otpauth://totp/");
    iam_uri_encode(&b, name, false);
    iam_buf_add_char(&b, '@');
    iam_uri_encode(&b, alias.alias, false);
    iam_buf_add_c(&b, "?secret=");
    iam_buf_add(&b, seed);
    return iam_buf_finish(&b, ret);
}

/* Makes what is shown of a new device. */
static enum iam_status new_device_out(struct iam_call *call, const struct iam_mfa_device *device,
                                      const struct iam_seed_text *seed,
                                      struct api_iam_virtual_mfa_device **ret)
{
    const struct iam_entity_ref ref = { IAM_KIND_MFA_DEVICE, device->account, device->id };
    struct api_iam_virtual_mfa_device *out = iam_arena_zalloc(call->arena, 1, sizeof(*out));
    struct iam_str uri;
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    out->serial_number = device->serial;
    IAM_TRY(iam_arena_dup(call->arena, iam_str_c(seed->text), &out->base32_string_seed));
    IAM_TRY(make_uri(call, device->name, out->base32_string_seed, &uri));
    IAM_TRY(iam_qr_png(call->arena, uri, &out->qr_code_png));
    IAM_TRY(iam_tags_out(call, &ref, &out->tags));
    *ret = out;
    return IAM_OK;
}

/* Tells whether c can be in a serial number. SPEC: as SERIAL_MAX. */
static bool is_serial_char(char c)
{
    return iam_ascii_is_alnum(c) || (c != '\0' && strchr("_+=/:,.@-", c) != NULL);
}

/* Refuses a device that no request could name: nobody could use it, or delete it. */
static enum iam_status check_serial(struct iam_call *call, struct iam_str serial)
{
    bool is_right = serial.len <= SERIAL_MAX;
    for (size_t i = 0; i < serial.len; i++) {
        is_right &= is_serial_char(serial.p[i]);
    }
    if (is_right) {
        return IAM_OK;
    }
    return api_fail(
        call, API_ERR_VALIDATION_ERROR,
        "The specified value for path is invalid. The serial number that it makes must "
        "have at most %d characters, and contain only alphanumeric characters and/or the "
        "following: _+=/:,.@-",
        SERIAL_MAX);
}

static enum iam_status add_device(struct iam_call *call, struct iam_mfa_device *device,
                                  struct iam_seed_text *ret_seed)
{
    IAM_TRY(iam_check_room(call, IAM_KIND_MFA_DEVICE, IAM_TABLE_MFA_DEVICE));
    IAM_TRY(iam_new_id(call, IAM_KIND_MFA_DEVICE, &device->id));
    IAM_TRY(iam_keeper_make_seed(call->env->keeper, device->id, call->arena, &device->sealed_seed,
                                 ret_seed));
    enum iam_status st = iam_store_mfa_device_add(call->txn, device);
    return st == IAM_EXISTS
               ? api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS, "MFA device already exists.")
               : st;
}

enum iam_status
api_iam_create_virtual_mfa_device(struct iam_call *call,
                                  const struct api_iam_create_virtual_mfa_device_in *in,
                                  struct api_iam_create_virtual_mfa_device_out *out)
{
    struct iam_seed_text seed = { "" };
    struct iam_mfa_device device = { .account = api_account(call),
                                     .serial = call->target.arn,
                                     .name = in->virtual_mfa_device_name,
                                     .form = IAM_MFA_VIRTUAL,
                                     .created_ms = iam_created_now(call) };
    IAM_TRY(check_serial(call, device.serial));
    enum iam_status st = add_device(call, &device, &seed);
    if (st == IAM_OK) {
        const struct iam_entity_ref ref = { IAM_KIND_MFA_DEVICE, device.account, device.id };
        st = iam_tags_put(call, &ref, &in->tags);
    }
    if (st == IAM_OK) {
        st = new_device_out(call, &device, &seed, &out->virtual_mfa_device);
    }
    iam_wipe(&seed, sizeof(seed));
    return st;
}

enum iam_status
api_iam_delete_virtual_mfa_device(struct iam_call *call,
                                  const struct api_iam_delete_virtual_mfa_device_in *in)
{
    const struct iam_mfa_device *device;
    IAM_TRY(need_virtual(call, in->serial_number, &device));
    if (iam_str_is_set(device->owner_id)) {
        return api_fail(call, API_ERR_DELETE_CONFLICT,
                        "MFA VirtualDevice in use. Must deactivate first.");
    }
    return iam_store_mfa_device_delete(call->txn, device->account, device->id);
}

/* ---- giving and taking ---- */

/* Answers what a check of two codes came to. Too many attempts look like a wrong code. */
static enum iam_status codes_outcome(struct iam_call *call, enum iam_status st)
{
    if (st != IAM_DENIED && st != IAM_LIMIT) {
        return st;
    }
    if (st == IAM_LIMIT) {
        call->explanation = IAM_STR("too many attempts for this device in three minutes");
    }
    return api_fail(call, API_ERR_INVALID_AUTHENTICATION_CODE,
                    "Authentication code for device is not valid.");
}

/* Checks that nobody has the device yet, and that the owner may have one more. */
static enum iam_status check_free(struct iam_call *call, const struct iam_mfa_device *device,
                                  const struct owner *owner)
{
    int64_t devices;
    if (iam_str_eq(device->owner_id, owner->id)) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS,
                        "MFA Device for user %.*s already exists.",
                        API_QUOTED(iam_str_or(owner->name, IAM_STR("root"))));
    }
    if (iam_str_is_set(device->owner_id)) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS, "MFA Device is already in use.");
    }
    IAM_TRY(iam_store_mfa_device_count_of(call->txn, api_account(call), owner->id, &devices));
    return iam_check_quota(call, IAM_QUOTA_MFA_DEVICES_PER_USER, devices);
}

enum iam_status api_iam_enable_mfa_device(struct iam_call *call,
                                          const struct api_iam_enable_mfa_device_in *in)
{
    struct iam_mfa_device device;
    struct owner owner;
    IAM_TRY(find_owner(call, in->user_name, &owner));
    IAM_TRY(check_self(call, &owner));
    IAM_TRY(need_device(call, in->serial_number, &device));
    IAM_TRY(check_free(call, &device, &owner));
    IAM_TRY(
        codes_outcome(call, iam_mfa_check_pair(call->env->keeper, &device, in->authentication_code1,
                                               in->authentication_code2, call->high_ms)));
    device.owner_id = owner.id;
    device.enabled_ms = iam_created_now(call);
    return iam_store_mfa_device_set_state(call->txn, &device);
}

/* Takes the device away; seed, tags and clock stay. A security key is forgotten. */
enum iam_status api_iam_deactivate_mfa_device(struct iam_call *call,
                                              const struct api_iam_deactivate_mfa_device_in *in)
{
    struct iam_mfa_device device;
    struct owner owner;
    IAM_TRY(find_owner(call, in->user_name, &owner));
    IAM_TRY(check_self(call, &owner));
    IAM_TRY(need_own(call, in->serial_number, &owner, &device));
    if (device.form == IAM_MFA_FIDO) {
        return iam_store_mfa_device_delete(call->txn, device.account, device.id);
    }
    device.owner_id = iam_str_absent();
    device.enabled_ms = 0;
    return iam_store_mfa_device_set_state(call->txn, &device);
}

enum iam_status api_iam_resync_mfa_device(struct iam_call *call,
                                          const struct api_iam_resync_mfa_device_in *in)
{
    struct iam_mfa_device device;
    struct owner owner;
    IAM_TRY(find_owner(call, in->user_name, &owner));
    IAM_TRY(need_own(call, in->serial_number, &owner, &device));
    IAM_TRY(
        codes_outcome(call, iam_mfa_check_pair(call->env->keeper, &device, in->authentication_code1,
                                               in->authentication_code2, call->high_ms)));
    return iam_store_mfa_device_set_state(call->txn, &device);
}

/* ---- reading ---- */

static enum iam_status device_list_out(struct iam_call *call,
                                       const struct iam_mfa_device_list *from,
                                       const struct owner *owner,
                                       struct api_iam_mfa_device_list *ret)
{
    struct api_iam_mfa_device *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        items[i] =
            (struct api_iam_mfa_device){ .user_name = owner->name,
                                         .serial_number = from->items[i].serial,
                                         .enable_date = api_time(from->items[i].enabled_ms) };
    }
    *ret = (struct api_iam_mfa_device_list){ items, from->count, true };
    return IAM_OK;
}

enum iam_status api_iam_list_mfa_devices(struct iam_call *call,
                                         const struct api_iam_list_mfa_devices_in *in,
                                         struct api_iam_list_mfa_devices_out *out)
{
    struct iam_page page;
    struct iam_mfa_device_list list = { 0 };
    struct owner owner;
    IAM_TRY(find_owner(call, in->user_name, &owner));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_mfa_device_list_of(call->txn, call->arena, api_account(call), owner.id, &page,
                                         &list));
    IAM_TRY(device_list_out(call, &list, &owner, &out->mfa_devices));
    return api_page_close(call, list.is_truncated, list.next, &out->is_truncated, &out->marker);
}

/* Makes what is shown of the owner of a virtual device; of the root user, what GetUser shows. */
static enum iam_status owner_out(struct iam_call *call, struct iam_str owner_id,
                                 struct api_iam_user **ret)
{
    struct iam_user user;
    struct api_iam_user *out = iam_arena_zalloc(call->arena, 1, sizeof(*out));
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    if (iam_str_eq(owner_id, api_account(call))) {
        return iam_root_out(call, ret);
    }
    IAM_TRY(iam_store_user_get_by_id(call->txn, call->arena, owner_id, &user));
    iam_user_out(&user, out);
    *ret = out;
    return IAM_OK;
}

static enum iam_status virtual_list_out(struct iam_call *call,
                                        const struct iam_mfa_device_list *from,
                                        struct api_iam_virtual_mfa_device_list *ret)
{
    struct api_iam_virtual_mfa_device *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        const struct iam_mfa_device *device = &from->items[i];
        items[i].serial_number = device->serial;
        if (iam_str_is_set(device->owner_id)) {
            items[i].enable_date = api_time(device->enabled_ms);
            IAM_TRY(owner_out(call, device->owner_id, &items[i].user));
        }
    }
    *ret = (struct api_iam_virtual_mfa_device_list){ items, from->count, true };
    return IAM_OK;
}

static enum iam_mfa_assignment assignment_of(struct iam_str text)
{
    if (iam_str_eq(text, IAM_STR("Assigned"))) {
        return IAM_MFA_ASSIGNED;
    }
    return iam_str_eq(text, IAM_STR("Unassigned")) ? IAM_MFA_UNASSIGNED : IAM_MFA_ANY;
}

enum iam_status
api_iam_list_virtual_mfa_devices(struct iam_call *call,
                                 const struct api_iam_list_virtual_mfa_devices_in *in,
                                 struct api_iam_list_virtual_mfa_devices_out *out)
{
    struct iam_page page;
    struct iam_mfa_device_list list = { 0 };
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_mfa_device_list_virtual(call->txn, call->arena, api_account(call),
                                              assignment_of(in->assignment_status), &page, &list));
    IAM_TRY(virtual_list_out(call, &list, &out->virtual_mfa_devices));
    return api_page_close(call, list.is_truncated, list.next, &out->is_truncated, &out->marker);
}

/* Reads the certifications of a security key, a line "key value" each. */
static enum iam_status certifications_out(struct iam_call *call, struct iam_str lines,
                                          struct api_iam_certification_map *ret)
{
    size_t count = 0;
    struct api_iam_certification_map_entry *items =
        iam_arena_zalloc(call->arena, lines.len / 2 + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t at = 0; at < lines.len;) {
        size_t end = iam_str_find(lines, '\n', at);
        struct iam_str line = iam_str_sub(lines, at, end - at);
        size_t space = iam_str_find(line, ' ', 0);
        items[count].key = iam_str_sub(line, 0, space);
        items[count++].value = iam_str_sub(line, space + 1, line.len);
        at = end + 1;
    }
    *ret = (struct api_iam_certification_map){ items, count, true };
    return IAM_OK;
}

enum iam_status api_iam_get_mfa_device(struct iam_call *call,
                                       const struct api_iam_get_mfa_device_in *in,
                                       struct api_iam_get_mfa_device_out *out)
{
    struct iam_mfa_device device;
    struct owner owner;
    IAM_TRY(find_owner(call, in->user_name, &owner));
    IAM_TRY(need_device(call, in->serial_number, &device));
    if (device.form != IAM_MFA_FIDO) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "The MFA device serial number sent in the request is invalid or not "
                        "supported by this API. Currently, only hardware FIDO security keys are "
                        "supported. Please use the compatible device or API.");
    }
    IAM_TRY(need_own(call, in->serial_number, &owner, &device));
    out->user_name = owner.name;
    out->serial_number = device.serial;
    out->enable_date = api_time(device.enabled_ms);
    return certifications_out(call, device.certifications, &out->certifications);
}

/* ---- tags ---- */

enum iam_status api_iam_tag_mfa_device(struct iam_call *call,
                                       const struct api_iam_tag_mfa_device_in *in)
{
    const struct iam_mfa_device *device;
    IAM_TRY(need_virtual(call, in->serial_number, &device));
    return iam_tags_put(call, &call->target.ref, &in->tags);
}

enum iam_status api_iam_untag_mfa_device(struct iam_call *call,
                                         const struct api_iam_untag_mfa_device_in *in)
{
    const struct iam_mfa_device *device;
    IAM_TRY(need_virtual(call, in->serial_number, &device));
    return iam_untag(call, &call->target.ref, &in->tag_keys);
}

enum iam_status api_iam_list_mfa_device_tags(struct iam_call *call,
                                             const struct api_iam_list_mfa_device_tags_in *in,
                                             struct api_iam_list_mfa_device_tags_out *out)
{
    const struct iam_mfa_device *device;
    struct iam_tag_page page = { 0 };
    IAM_TRY(need_virtual(call, in->serial_number, &device));
    IAM_TRY(iam_tag_page(call, &call->target.ref, in->marker, in->max_items, &page));
    out->tags = page.tags;
    out->is_truncated = page.is_truncated;
    out->marker = page.marker;
    return IAM_OK;
}
