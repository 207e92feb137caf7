/* SPDX-License-Identifier: Apache-2.0 */
/* The inner parts of a claim: credential, list of signed headers, date and signature. */
#include "authn/sigv4_int.h"
#include "base/time.h"

#define CREDENTIAL_PARTS 5

static enum iam_status incomplete(struct sigv4_call *call, struct iam_str message)
{
    return sigv4_deny(call, IAM_AUTHN_INCOMPLETE_SIGNATURE, message);
}

/*
 * Reads the credential. AWS quotes it; this does not, because when ID and secret are swapped the
 * secret would be in every log between here and there.
 */
static enum iam_status parse_credential(struct sigv4_call *call)
{
    struct sigv4_claim *c = &call->claim;
    struct iam_str parts[CREDENTIAL_PARTS];
    struct iam_str rest = c->credential;
    size_t n = 0;
    bool is_last = false;
    while (!is_last && n < CREDENTIAL_PARTS) {
        size_t end = iam_str_find(rest, '/', 0);
        is_last = end == rest.len;
        parts[n++] = iam_str_sub(rest, 0, end);
        rest = iam_str_sub(rest, end + 1, rest.len);
    }
    if (!is_last || n != CREDENTIAL_PARTS) {
        return incomplete(call, IAM_STR("Credential must have exactly 5 slash-delimited elements, "
                                        "e.g. keyid/date/region/service/term"));
    }
    if (!iam_access_key_id_is_valid(parts[0])) {
        return sigv4_deny(call, IAM_AUTHN_INVALID_TOKEN, iam_authn_says_invalid(false));
    }
    c->access_key_id = parts[0];
    c->scope = (struct iam_key_scope){ parts[1], parts[2], parts[3] };
    c->terminator = parts[4];
    return IAM_OK;
}

static bool is_header_name(struct iam_str s)
{
    bool ok = s.len > 0;
    for (size_t i = 0; ok && i < s.len; i++) {
        char c = s.p[i];
        ok = (c >= 'a' && c <= 'z') || iam_ascii_is_digit(c) ||
             (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
    }
    return ok;
}

static size_t count_names(struct iam_str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++) {
        n += text.p[i] == ';';
    }
    return n;
}

/* Reads lower-case names in ascending order, so that none occurs twice. */
static enum iam_status parse_signed_headers(struct sigv4_call *call)
{
    struct sigv4_claim *c = &call->claim;
    size_t count = count_names(c->signed_text);
    const struct iam_str message = IAM_STR("SignedHeaders must be a sorted list of lower-case "
                                           "header names, separated by ';'.");
    if (count > SIGV4_SIGNED_MAX) {
        return incomplete(call, message);
    }
    struct iam_str *names = iam_arena_zalloc(call->arena, count, sizeof(*names));
    IAM_ENSURE(names != NULL, IAM_NOMEM);
    struct iam_str rest = c->signed_text;
    for (size_t i = 0; i < count; i++) {
        size_t end = iam_str_find(rest, ';', 0);
        names[i] = iam_str_sub(rest, 0, end);
        rest = iam_str_sub(rest, end + 1, rest.len);
        if (!is_header_name(names[i]) || (i > 0 && iam_str_cmp(names[i - 1], names[i]) >= 0)) {
            return incomplete(call, message);
        }
    }
    c->signed_names = names;
    c->signed_count = count;
    return IAM_OK;
}

static enum iam_status parse_date(struct sigv4_call *call)
{
    struct sigv4_claim *c = &call->claim;
    if (iam_time_from_basic(c->date, &c->signed_ms) != IAM_OK) {
        return incomplete(call, IAM_STR("Date must be in ISO-8601 'basic format'. See "
                                        "http://en.wikipedia.org/wiki/ISO_8601"));
    }
    return IAM_OK;
}

enum iam_status sigv4_parse_claim(struct sigv4_call *call)
{
    IAM_TRY(parse_credential(call));
    IAM_TRY(parse_signed_headers(call));
    return parse_date(call);
}
