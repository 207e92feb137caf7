/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The query string, and what of it belongs to a signature. INVARIANT: a parameter of a presigned
 * request is recognised however its name is written (case, escapes), so that no second one hides;
 * only the exact spelling is used.
 */
#include "authn/sigv4_int.h"
#include "codec/uri.h"

const struct iam_str sigv4_param_names[SIGV4_PARAM_COUNT] = {
    [SIGV4_PARAM_ALGORITHM] = IAM_STR_INIT("X-Amz-Algorithm"),
    [SIGV4_PARAM_CREDENTIAL] = IAM_STR_INIT("X-Amz-Credential"),
    [SIGV4_PARAM_SIGNATURE] = IAM_STR_INIT("X-Amz-Signature"),
    [SIGV4_PARAM_SIGNED_HEADERS] = IAM_STR_INIT("X-Amz-SignedHeaders"),
    [SIGV4_PARAM_DATE] = IAM_STR_INIT("X-Amz-Date"),
    [SIGV4_PARAM_EXPIRES] = IAM_STR_INIT("X-Amz-Expires"),
    [SIGV4_PARAM_TOKEN] = IAM_STR_INIT("X-Amz-Security-Token"),
    [SIGV4_PARAM_CONTENT_SHA256] = IAM_STR_INIT("X-Amz-Content-Sha256"),
};

/* Returns the next byte of percent-encoded text; a broken escape is taken literally. */
static char next_decoded(struct iam_str *rest)
{
    size_t used = 1;
    char c = rest->p[0];
    if (c == '%' && rest->len >= 3) {
        int high = iam_ascii_hex_value(rest->p[1]);
        int low = iam_ascii_hex_value(rest->p[2]);
        if (high >= 0 && low >= 0) {
            c = (char)(high * 16 + low);
            used = 3;
        }
    }
    *rest = iam_str_sub(*rest, used, rest->len);
    return c;
}

static bool is_name(struct iam_str raw, struct iam_str name)
{
    size_t i = 0;
    while (raw.len > 0 && i < name.len) {
        if (iam_ascii_lower(next_decoded(&raw)) != iam_ascii_lower(name.p[i])) {
            return false;
        }
        i++;
    }
    return raw.len == 0 && i == name.len;
}

enum sigv4_param sigv4_param_of(struct iam_str raw_name)
{
    /* The first byte decides for nearly every other parameter. */
    if (raw_name.len == 0 || (iam_ascii_lower(raw_name.p[0]) != 'x' && raw_name.p[0] != '%')) {
        return SIGV4_PARAM_COUNT;
    }
    unsigned i = 0;
    while (i < SIGV4_PARAM_COUNT && !is_name(raw_name, sigv4_param_names[i])) {
        i++;
    }
    return (enum sigv4_param)i;
}

bool sigv4_next_pair(struct iam_str *rest, struct iam_str *ret_name, struct iam_str *ret_value)
{
    while (rest->len > 0) {
        size_t end = iam_str_find(*rest, '&', 0);
        struct iam_str part = iam_str_sub(*rest, 0, end);
        *rest = iam_str_sub(*rest, end + 1, rest->len);
        if (part.len > 0) {
            size_t equals = iam_str_find(part, '=', 0);
            *ret_name = iam_str_sub(part, 0, equals);
            *ret_value = iam_str_sub(part, equals + 1, part.len);
            return true;
        }
    }
    return false;
}

bool iam_authn_is_signed(const struct iam_authn_request *request)
{
    size_t count;
    (void)iam_authn_header(request, IAM_STR("authorization"), &count);
    if (count > 0) {
        return true;
    }
    struct iam_str rest = request->query;
    struct iam_str name;
    struct iam_str value;
    while (sigv4_next_pair(&rest, &name, &value)) {
        if (sigv4_param_of(name) != SIGV4_PARAM_COUNT) {
            return true;
        }
    }
    return false;
}

/* Returns the n-th element (from 0) of a credential whose slashes may be encoded. */
static struct iam_str credential_element(struct iam_str credential, size_t n)
{
    size_t start = 0;
    size_t i = 0;
    while (i < credential.len) {
        struct iam_str rest = iam_str_sub(credential, i, credential.len);
        size_t before = rest.len;
        bool is_slash = next_decoded(&rest) == '/';
        if (is_slash && n == 0) {
            break;
        }
        i += before - rest.len;
        if (is_slash) {
            n--;
            start = i;
        }
    }
    return n == 0 ? iam_str_sub(credential, start, i - start) : iam_str_absent();
}

/* Returns the raw credential of the query or of the Authorization header. */
static struct iam_str claimed_credential(const struct iam_authn_request *request)
{
    struct iam_str rest = request->query;
    struct iam_str name;
    struct iam_str value;
    while (sigv4_next_pair(&rest, &name, &value)) {
        if (sigv4_param_of(name) == SIGV4_PARAM_CREDENTIAL) {
            return value;
        }
    }
    size_t count;
    struct iam_str header = iam_authn_header(request, IAM_STR("authorization"), &count);
    const struct iam_str key = IAM_STR("Credential=");
    for (size_t i = 0; i + key.len <= header.len; i++) {
        if (iam_str_eq(iam_str_sub(header, i, key.len), key)) {
            struct iam_str found = iam_str_sub(header, i + key.len, header.len);
            return iam_str_trim(iam_str_sub(found, 0, iam_str_find(found, ',', 0)));
        }
    }
    return iam_str_absent();
}

struct iam_str iam_authn_claimed_service(const struct iam_authn_request *request)
{
    return credential_element(claimed_credential(request), 3);
}
