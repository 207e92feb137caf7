/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS's list has no place for: secrets above all, which no list of AWS ever shows. */
#include <stdarg.h>
#include <stdio.h>

#include "store/delegation_request.h"
#include "store/instance_profile.h"
#include "store/mfa_device.h"
#include "store/oidc_provider.h"
#include "store/saml_provider.h"
#include "store/server_certificate.h"
#include "store/service_credential.h"
#include "store/user.h"
#include "transfer/write_int.h"

static void tell(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(struct writer *w, const char *format, ...)
{
    char text[IAM_TRANSFER_MESSAGE_MAX];
    const struct iam_transfer_finding finding = { .level = IAM_TRANSFER_LEFT, .text = text };
    va_list args;
    if (w->left++ >= IAM_TRANSFER_MAX_TOLD) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    w->options->told(w->options->ctx, &finding);
}

/* ---- users and roles ---- */

static void tell_user(struct writer *w, const struct iam_user *user, int64_t count,
                      const char *what)
{
    if (count > 0) {
        tell(w, "user %.*s: %lld %s: not in AWS's list", IAM_STR_ARG(user->name), (long long)count,
             what);
    }
}

enum iam_status write_left_of_user(struct writer *w, const struct iam_user *user)
{
    struct iam_entity_parts parts;
    int64_t count;
    IAM_TRY(iam_store_parts(w->txn, user->id, &parts));
    tell_user(w, user, parts.access_keys, "access keys");
    IAM_TRY(iam_store_login_profile_count(w->txn, user->id, &count));
    tell_user(w, user, count, "password");
    IAM_TRY(iam_store_mfa_device_count_of(w->txn, user->account, user->id, &count));
    tell_user(w, user, count, "MFA devices");
    IAM_TRY(iam_store_signing_certificate_count(w->txn, user->id, &count));
    tell_user(w, user, count, "signing certificates");
    IAM_TRY(iam_store_ssh_public_key_count(w->txn, user->id, &count));
    tell_user(w, user, count, "SSH public keys");
    IAM_TRY(iam_store_service_credential_count(w->txn, user->id, iam_str_absent(), &count));
    tell_user(w, user, count, "service-specific credentials");
    return IAM_OK;
}

void write_left_of_role(struct writer *w, const struct iam_role *role)
{
    if (iam_str_is_set(role->template_use)) {
        tell(w, "role %.*s: the template that it was made of: not in AWS's list",
             IAM_STR_ARG(role->name));
    }
}

/* ---- the account ---- */

static enum iam_status tell_counted(struct writer *w, enum iam_table_id table, const char *what)
{
    int64_t count;
    IAM_TRY(iam_entity_count(w->txn, table, w->account, &count));
    if (count > 0) {
        tell(w, "%lld %s: not in AWS's list", (long long)count, what);
    }
    return IAM_OK;
}

/* Tells of the profiles that no role has: the list has them with their role. */
static enum iam_status tell_profiles(struct writer *w)
{
    struct iam_instance_profile_list list = { 0 };
    IAM_TRY(iam_store_instance_profile_list(w->txn, w->arena, w->account, iam_str_absent(), NULL,
                                            &list));
    for (size_t i = 0; i < list.count; i++) {
        if (!iam_str_is_set(list.items[i].role_id)) {
            tell(w, "instance profile %.*s has no role: not in AWS's list",
                 IAM_STR_ARG(list.items[i].name));
        }
    }
    return IAM_OK;
}

/* Tells of what an account has at most one of. */
static enum iam_status tell_settings(struct writer *w)
{
    static const struct {
        enum iam_table_id table;
        const char *what;
    } rows[] = {
        {IAM_TABLE_ACCOUNT_ALIAS,     "the account alias"               },
        { IAM_TABLE_ACCOUNT_SETTINGS, "the settings of the account"     },
        { IAM_TABLE_ORGANIZATION,     "the settings of the organization"},
        { IAM_TABLE_PASSWORD_POLICY,  "the password policy"             },
    };
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        int64_t count;
        IAM_TRY(iam_table_count(w->txn, rows[i].table, w->account, &count));
        if (count > 0) {
            tell(w, "%s: not in AWS's list", rows[i].what);
        }
    }
    return IAM_OK;
}

static enum iam_status tell_requests(struct writer *w)
{
    struct iam_delegation_request_list list = { 0 };
    IAM_TRY(iam_store_delegation_request_list(w->txn, w->arena, w->account, iam_str_absent(), NULL,
                                              &list));
    if (list.count > 0) {
        tell(w, "%zu delegation requests: not in AWS's list", list.count);
    }
    return IAM_OK;
}

enum iam_status write_left_of_account(struct writer *w)
{
    IAM_TRY(tell_profiles(w));
    IAM_TRY(tell_settings(w));
    IAM_TRY(tell_requests(w));
    IAM_TRY(tell_counted(w, IAM_TABLE_OIDC_PROVIDER, "OpenID Connect providers"));
    IAM_TRY(tell_counted(w, IAM_TABLE_SAML_PROVIDER, "SAML providers"));
    return tell_counted(w, IAM_TABLE_SERVER_CERTIFICATE, "server certificates");
}
