/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request says about its signature, from the Authorization header or from the parameters of
 * a presigned request. INVARIANT: everything that is used comes from one of the two, never from
 * both; nothing occurs twice.
 */
#include "authn/sigv4_int.h"
#include "base/buf.h"
#include "codec/base64.h"
#include "codec/uri.h"

#define MESSAGE_MAX 1024

static enum iam_status incomplete(struct sigv4_call *call, struct iam_str message)
{
    return sigv4_deny(call, IAM_AUTHN_INCOMPLETE_SIGNATURE, message);
}

static enum iam_status check_sizes(struct sigv4_call *call)
{
    const struct iam_authn_request *r = call->request;
    bool ok = r->path.len <= SIGV4_PATH_MAX && r->query.len <= SIGV4_QUERY_MAX &&
              r->header_count <= SIGV4_HEADERS_MAX;
    ok = ok && r->path.len > 0 && r->path.p[0] == '/';
    return ok ? IAM_OK : incomplete(call, IAM_STR("The request is not one that can be signed."));
}

static size_t count_pairs(struct iam_str query)
{
    struct iam_str name;
    struct iam_str value;
    size_t n = 0;
    while (sigv4_next_pair(&query, &name, &value)) {
        n++;
    }
    return n;
}

static enum iam_status decode_part(struct sigv4_call *call, struct iam_str raw, struct iam_str *ret)
{
    enum iam_status st = iam_uri_decode(call->arena, raw, true, ret);
    return st == IAM_SYNTAX
               ? incomplete(call, IAM_STR("The query string holds a broken percent escape."))
               : st;
}

/* Decodes all pairs, and records in params those that belong to a presigned request. */
static enum iam_status read_pairs(struct sigv4_call *call, struct iam_str *params)
{
    size_t count = count_pairs(call->request->query);
    if (count > SIGV4_PAIRS_MAX) {
        return incomplete(call, IAM_STR("The query string holds too many parameters."));
    }
    struct sigv4_pair *pairs = iam_arena_zalloc(call->arena, count, sizeof(*pairs));
    IAM_ENSURE(pairs != NULL, IAM_NOMEM);
    struct iam_str rest = call->request->query;
    struct iam_str name;
    struct iam_str value;
    for (size_t i = 0; i < count && sigv4_next_pair(&rest, &name, &value); i++) {
        IAM_TRY(decode_part(call, name, &pairs[i].name));
        IAM_TRY(decode_part(call, value, &pairs[i].value));
        enum sigv4_param p = sigv4_param_of(name);
        if (p == SIGV4_PARAM_COUNT) {
            continue;
        }
        if (iam_str_is_set(params[p]) || !iam_str_eq(pairs[i].name, sigv4_param_names[p])) {
            return incomplete(call, IAM_STR("A query-string parameter of the signature is given "
                                            "twice or is misspelt."));
        }
        params[p] = pairs[i].value;
    }
    call->pairs = pairs;
    call->pair_count = count;
    return IAM_OK;
}

/* Says what AWS says about the Authorization header: its hash, not its text. */
static enum iam_status deny_header(struct sigv4_call *call, struct iam_str header,
                                   struct iam_str short_message, struct iam_str text)
{
    uint8_t hash[IAM_SHA256_BYTES];
    IAM_TRY(iam_sha256(header, hash));
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, MESSAGE_MAX);
    iam_buf_add(&b, text);
    iam_buf_add_c(&b, "(Hashed with SHA-256 and encoded with Base64) Authorization=");
    iam_base64_add(&b, hash, sizeof(hash));
    struct iam_str message;
    IAM_TRY(iam_buf_finish(&b, &message));
    return sigv4_deny_with(call, IAM_AUTHN_INCOMPLETE_SIGNATURE, short_message, message);
}

static enum iam_status check_algorithm(struct sigv4_call *call, struct iam_str algorithm)
{
    /* SigV4a (AWS4-ECDSA-P256-SHA256) is refused here, with everything else. */
    if (iam_str_eq(algorithm, IAM_STR(SIGV4_ALGORITHM))) {
        return IAM_OK;
    }
    return incomplete(call,
                      IAM_STR("Unsupported AWS 'algorithm' (only " SIGV4_ALGORITHM " for now)."));
}

/*
 * Finds the place of one of the three parameters of the Authorization header; unknown ones are
 * refused.
 */
static struct iam_str *header_slot(struct sigv4_claim *claim, struct iam_str name)
{
    if (iam_str_eq(name, IAM_STR("Credential"))) {
        return &claim->credential;
    }
    if (iam_str_eq(name, IAM_STR("SignedHeaders"))) {
        return &claim->signed_text;
    }
    return iam_str_eq(name, IAM_STR("Signature")) ? &claim->signature : NULL;
}

static enum iam_status read_header_parameters(struct sigv4_call *call, struct iam_str header,
                                              struct iam_str rest)
{
    while (rest.len > 0) {
        size_t end = iam_str_find(rest, ',', 0);
        struct iam_str part = iam_str_trim(iam_str_sub(rest, 0, end));
        rest = iam_str_sub(rest, end + 1, rest.len);
        size_t equals = iam_str_find(part, '=', 0);
        struct iam_str *slot = header_slot(&call->claim, iam_str_sub(part, 0, equals));
        if (slot == NULL || equals == part.len || iam_str_is_set(*slot)) {
            const struct iam_str text = IAM_STR(
                "The Authorization header holds something other than one each of the parameters "
                "'Credential', 'SignedHeaders' and 'Signature'. ");
            return deny_header(call, header, text, text);
        }
        *slot = iam_str_sub(part, equals + 1, part.len);
    }
    return IAM_OK;
}

/* Lists everything that is missing in one message, as AWS does. */
static enum iam_status check_header_parameters(struct sigv4_call *call, struct iam_str header)
{
    const struct sigv4_claim *c = &call->claim;
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, MESSAGE_MAX);
    if (c->credential.len == 0) {
        iam_buf_add_c(&b, "Authorization header requires 'Credential' parameter. ");
    }
    if (c->signature.len == 0) {
        iam_buf_add_c(&b, "Authorization header requires 'Signature' parameter. ");
    }
    if (c->signed_text.len == 0) {
        iam_buf_add_c(&b, "Authorization header requires 'SignedHeaders' parameter. ");
    }
    if (c->date.len == 0) {
        iam_buf_add_c(&b, "Authorization header requires existence of either a 'X-Amz-Date' or a "
                          "'Date' header. ");
    }
    struct iam_str text;
    IAM_TRY(iam_buf_finish(&b, &text));
    return text.len == 0 ? IAM_OK : deny_header(call, header, text, text);
}

static enum iam_status from_header(struct sigv4_call *call, struct iam_str header)
{
    size_t count;
    struct iam_str trimmed = iam_str_trim(header);
    size_t space = iam_str_find(trimmed, ' ', 0);
    struct iam_str algorithm = iam_str_sub(trimmed, 0, space);
    struct iam_str rest = iam_str_trim(iam_str_sub(trimmed, space, trimmed.len));
    if (trimmed.len > SIGV4_AUTHORIZATION_MAX) {
        return incomplete(call, IAM_STR("The Authorization header is too long."));
    }
    call->claim.date = iam_authn_header(call->request, IAM_STR("x-amz-date"), &count);
    if (count == 0) {
        call->claim.date = iam_authn_header(call->request, IAM_STR("date"), &count);
    }
    call->claim.token = iam_authn_header(call->request, IAM_STR("x-amz-security-token"), &count);
    /* Another scheme has none of the parameters: then the message says so. */
    if (iam_str_starts(algorithm, IAM_STR("AWS4-"))) {
        IAM_TRY(check_algorithm(call, algorithm));
        IAM_TRY(read_header_parameters(call, header, rest));
    }
    return check_header_parameters(call, header);
}

static enum iam_status from_query(struct sigv4_call *call, const struct iam_str *params)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, MESSAGE_MAX);
    for (size_t i = 0; i < SIGV4_PARAM_REQUIRED_COUNT; i++) {
        if (params[i].len == 0) {
            iam_buf_add_c(&b, "AWS query-string parameters must include '");
            iam_buf_add(&b, sigv4_param_names[i]);
            iam_buf_add_c(&b, "'. ");
        }
    }
    if (b.len > 0) {
        struct iam_str message;
        iam_buf_add_c(&b, "Re-examine the query-string parameters.");
        IAM_TRY(iam_buf_finish(&b, &message));
        return incomplete(call, message);
    }
    IAM_TRY(check_algorithm(call, params[SIGV4_PARAM_ALGORITHM]));
    call->claim.is_presigned = true;
    call->claim.credential = params[SIGV4_PARAM_CREDENTIAL];
    call->claim.signature = params[SIGV4_PARAM_SIGNATURE];
    call->claim.signed_text = params[SIGV4_PARAM_SIGNED_HEADERS];
    call->claim.date = params[SIGV4_PARAM_DATE];
    call->claim.expires = params[SIGV4_PARAM_EXPIRES];
    call->claim.token = params[SIGV4_PARAM_TOKEN];
    return IAM_OK;
}

/* Chooses one source for everything; headers of a signature may occur once. */
static enum iam_status choose_source(struct sigv4_call *call, const struct iam_str *params)
{
    size_t authorizations;
    size_t tokens;
    struct iam_str header =
        iam_authn_header(call->request, IAM_STR("authorization"), &authorizations);
    (void)iam_authn_header(call->request, IAM_STR("x-amz-security-token"), &tokens);
    bool has_params = false;
    for (size_t i = 0; i < SIGV4_PARAM_COUNT; i++) {
        has_params = has_params || iam_str_is_set(params[i]);
    }
    if (authorizations == 0 && !has_params) {
        return sigv4_deny(call, IAM_AUTHN_MISSING_TOKEN,
                          IAM_STR("Request is missing Authentication Token"));
    }
    if (authorizations > 1) {
        return incomplete(call, IAM_STR("The request holds more than one Authorization header."));
    }
    if (has_params && (authorizations > 0 || tokens > 0)) {
        return incomplete(call, IAM_STR("The request is signed both by headers and by query-string "
                                        "parameters. Use one of the two."));
    }
    return has_params ? from_query(call, params) : from_header(call, header);
}

enum iam_status sigv4_parse(struct sigv4_call *call)
{
    struct iam_str params[SIGV4_PARAM_COUNT] = { 0 };
    IAM_TRY(check_sizes(call));
    IAM_TRY(read_pairs(call, params));
    IAM_TRY(choose_source(call, params));
    return sigv4_parse_claim(call);
}
