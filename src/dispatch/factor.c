/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPEC: STS API Reference, "GetSessionToken", SerialNumber and TokenCode; the words and when they
 * are said were recorded on AWS.
 */
#include "dispatch/factor.h"

#include "authn/mfa.h"
#include "wire/member.h"

/* Answers to a device that is not the caller's as to one that does not exist or is worn out. */
static enum iam_status fail_device(struct iam_call *call)
{
    return api_fail(call, API_ERR_ACCESS_DENIED,
                    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify "
                    "your MFA serial number is valid and associated with this user.");
}

/* Finds the device, which must be the caller's, or of the user whose session calls. */
static enum iam_status find_device(struct iam_call *call, struct iam_str serial,
                                   struct iam_mfa_device *ret)
{
    enum iam_status st =
        iam_store_mfa_device_get(call->txn, call->arena, api_account(call), serial, ret);
    if (st == IAM_NOT_FOUND) {
        return fail_device(call);
    }
    IAM_TRY(st);
    bool has_owner = iam_str_is_set(ret->owner_id);
    return has_owner && iam_str_eq(ret->owner_id, call->caller->principal_id) ? IAM_OK
                                                                              : fail_device(call);
}

static enum iam_status check_code(struct iam_call *call, struct iam_str serial, struct iam_str code)
{
    struct iam_mfa_device device;
    IAM_TRY(find_device(call, serial, &device));
    if (!iam_txn_is_write(call->txn)) {
        return IAM_OK;
    }
    enum iam_status st = iam_mfa_check(call->txn, call->env->keeper, &device, code, call->high_ms);
    if (st == IAM_DENIED) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
    }
    return st == IAM_LIMIT ? fail_device(call) : st;
}

enum iam_status api_check_factor(struct iam_call *call, const void *input)
{
    const struct api_rule *rule = call->op->rule;
    struct iam_str serial = api_member_text(rule->serial, input);
    struct iam_str code = api_member_text(rule->code, input);

    if (!iam_str_is_set(serial) && !iam_str_is_set(code)) {
        return IAM_OK;
    }
    if (!iam_str_is_set(serial) || !iam_str_is_set(code)) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "MultiFactorAuthentication failed, must provide both MFA serial number and "
                        "one time pass code.");
    }
    IAM_TRY(check_code(call, serial, code));
    call->subject.mfa_ms = call->high_ms;
    return IAM_OK;
}
