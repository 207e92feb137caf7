/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a client is told of a denial: AWS's words about signatures.
 * INVARIANT: the short message never quotes the request beyond times, so that logs hold no token,
 * no signature and no byte that a client chose.
 */
#include "authn/sigv4_int.h"

enum iam_status sigv4_deny_with(struct sigv4_call *call, enum iam_authn_error error,
                                struct iam_str short_message, struct iam_str message)
{
    *call->failure = (struct iam_authn_failure){
        .error = error,
        .message = message,
        .short_message = short_message,
        .access_key_id = call->claim.access_key_id,
    };
    return IAM_DENIED;
}

enum iam_status sigv4_deny(struct sigv4_call *call, enum iam_authn_error error,
                           struct iam_str message)
{
    return sigv4_deny_with(call, error, message, message);
}

struct iam_str iam_authn_says_invalid(bool has_token)
{
    struct iam_str text = IAM_STR("The security token included in the request is invalid.");
    return iam_str_sub(text, 0, text.len - (has_token ? 1 : 0));
}

#define MISMATCH                                                                                 \
    "The request signature we calculated does not match the signature you provided. Check your " \
    "AWS Secret Access Key and signing method. Consult the service documentation for details."

/*
 * LIMIT: bytes of the text that was to be signed, as far as it is quoted: room for that of an SDK.
 * This is more than messages quote otherwise, since a client compares it with its own.
 */
#define MAX_CANONICAL 2048

enum iam_status sigv4_deny_mismatch(struct sigv4_call *call, struct iam_str canonical,
                                    struct iam_str string_to_sign)
{
    struct iam_str message;
    canonical = iam_str_sub(canonical, 0, MAX_CANONICAL);
    IAM_TRY(iam_arena_fmt(call->arena, &message,
                          "%s\n\nThe Canonical String for this request should have been\n'%.*s'\n\n"
                          "The String-to-Sign should have been\n'%.*s'\n",
                          MISMATCH, IAM_STR_ARG(canonical), IAM_STR_ARG(string_to_sign)));
    return sigv4_deny_with(call, IAM_AUTHN_SIGNATURE_MISMATCH, IAM_STR(MISMATCH), message);
}
