/* SPDX-License-Identifier: Apache-2.0 */
/* Verification from end to end: parse, check, look up, compare, and only then answer. */
#include "authn/session_int.h"
#include "authn/sigv4_int.h"
#include "base/ct.h"

enum iam_status sigv4_compare(const struct sigv4_call *call, struct iam_str path,
                              const struct iam_signing_key *key, bool *ret_is_equal,
                              struct iam_str *ret_canonical, struct iam_str *ret_string_to_sign)
{
    struct iam_str canonical;
    struct iam_str text;
    IAM_TRY(sigv4_canonical(call, path, &canonical));
    IAM_TRY(sigv4_string_to_sign(call, canonical, &text));

    uint8_t mac[IAM_SHA256_BYTES];
    char hex[IAM_SHA256_HEX_LEN + 1];
    IAM_TRY(iam_hmac_sha256((struct iam_str){ (const char *)key->bytes, sizeof(key->bytes) }, text,
                            mac));
    iam_sha256_to_hex(mac, hex);
    struct iam_str given = call->claim.signature;
    *ret_is_equal =
        given.len == IAM_SHA256_HEX_LEN && iam_ct_equal(given.p, hex, IAM_SHA256_HEX_LEN);
    /* The right signature of a refused request must not remain in memory. */
    iam_wipe(mac, sizeof(mac));
    iam_wipe(hex, sizeof(hex));
    *ret_canonical = canonical;
    *ret_string_to_sign = text;
    return IAM_OK;
}

static enum iam_status deny_invalid(struct sigv4_call *call)
{
    return sigv4_deny(call, IAM_AUTHN_INVALID_TOKEN,
                      iam_authn_says_invalid(call->claim.token.len > 0));
}

/* Concludes, in one place, what a request is, after everything was computed. */
static enum iam_status conclude(struct sigv4_call *call, enum session_verdict verdict,
                                bool is_equal, struct iam_str canonical,
                                struct iam_str string_to_sign)
{
    switch (verdict) {
    case SESSION_VALID:
        return is_equal ? IAM_OK : sigv4_deny_mismatch(call, canonical, string_to_sign);
    case SESSION_EXPIRED:
        return is_equal ? sigv4_deny(call, IAM_AUTHN_EXPIRED_TOKEN,
                                     IAM_STR("The security token included in the request is "
                                             "expired"))
                        : sigv4_deny_mismatch(call, canonical, string_to_sign);
    case SESSION_INVALID:
        break;
    }
    return deny_invalid(call);
}

static enum iam_status verify_signature(struct sigv4_call *call, struct iam_str path,
                                        const struct session_caller *caller)
{
    bool is_equal = false;
    struct iam_str canonical;
    struct iam_str text;
    enum iam_status st = sigv4_compare(call, path, &caller->key, &is_equal, &canonical, &text);
    if (st == IAM_NOT_FOUND) {
        return sigv4_deny(call, IAM_AUTHN_SIGNATURE_MISMATCH,
                          IAM_STR("SignedHeaders names a header that is not in the request."));
    }
    IAM_TRY(st);
    return conclude(call, caller->verdict, is_equal, canonical, text);
}

static enum iam_status verify(const struct iam_authn *authn, struct sigv4_call *call,
                              struct iam_authn_result *ret)
{
    struct iam_str path;
    IAM_TRY(sigv4_parse(call));
    IAM_TRY(sigv4_check(call));
    IAM_TRY(sigv4_normal_path(call->arena, call->request->path, &path));

    struct session_caller caller;
    IAM_TRY(session_find(authn, call, &caller));
    enum iam_status st = verify_signature(call, path, &caller);
    iam_wipe(&caller.key, sizeof(caller.key));
    IAM_TRY(st);
    *ret = (struct iam_authn_result){ caller.identity, path, call->claim.is_presigned };
    return IAM_OK;
}

enum iam_status iam_authn_verify(const struct iam_authn *authn,
                                 const struct iam_authn_request *request, struct iam_arena *arena,
                                 struct iam_authn_result *ret,
                                 struct iam_authn_failure *ret_failure)
{
    struct iam_authn_failure failure;
    struct sigv4_call call = { .request = request, .arena = arena, .failure = &failure };
    enum iam_status st = verify(authn, &call, ret);
    if (st == IAM_DENIED) {
        *ret_failure = failure;
    }
    return st;
}
