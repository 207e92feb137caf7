/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical request and the string to sign.
 * INVARIANT: what is made canonical is what is used: the path that the request is routed by, the
 * decoded query parameters, the headers as they came, the body.
 */
#include "authn/sigv4_int.h"
#include "base/buf.h"
#include "base/sort.h"
#include "codec/uri.h"

#define CANONICAL_MAX ((size_t)256 * 1024)
#define STRING_TO_SIGN_MAX 512

/* Removes the last segment of a path that does not end with a slash. */
static size_t parent_of(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    return len > 0 ? len - 1 : 0;
}

enum iam_status sigv4_normal_path(struct iam_arena *arena, struct iam_str path, struct iam_str *ret)
{
    char *out = iam_arena_alloc(arena, path.len + 1);
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    size_t len = 0;
    size_t i = 0;
    while (i < path.len) {
        size_t end = iam_str_find(path, '/', i);
        struct iam_str segment = iam_str_sub(path, i, end - i);
        if (iam_str_eq(segment, IAM_STR(".."))) {
            len = parent_of(out, len);
        } else if (segment.len > 0 && !iam_str_eq(segment, IAM_STR("."))) {
            out[len] = '/';
            memcpy(out + len + 1, segment.p, segment.len);
            len += 1 + segment.len;
        }
        i = end + 1;
    }
    if (len == 0 || path.p[path.len - 1] == '/') {
        out[len++] = '/';
    }
    *ret = (struct iam_str){ out, len };
    return IAM_OK;
}

static int order_pairs(const void *a, const void *b)
{
    const struct sigv4_pair *x = a;
    const struct sigv4_pair *y = b;
    int by_name = iam_str_cmp(x->name, y->name);
    return by_name != 0 ? by_name : iam_str_cmp(x->value, y->value);
}

static struct iam_str encode(struct iam_buf *text, struct iam_str s)
{
    size_t start = text->len;
    iam_uri_encode(text, s, false);
    return text->status == IAM_OK ? (struct iam_str){ text->p + start, text->len - start }
                                  : iam_str_absent();
}

/* Sorts all pairs but the signature, encoded, in the order of the canonical request. */
static enum iam_status sort_pairs(const struct sigv4_call *call, const struct sigv4_pair ***ret,
                                  size_t *ret_count)
{
    size_t n = 0;
    struct sigv4_pair *encoded = iam_arena_zalloc(call->arena, call->pair_count, sizeof(*encoded));
    const struct sigv4_pair **order =
        iam_arena_zalloc(call->arena, call->pair_count, sizeof(const struct sigv4_pair *));
    IAM_ENSURE(encoded != NULL && order != NULL, IAM_NOMEM);

    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf text;
    /* Decoded text is never longer than the query: the buffer does not move while it is filled. */
    iam_buf_init(&text, &alloc, (size_t)3 * SIGV4_QUERY_MAX);
    (void)iam_buf_reserve(&text, 3 * call->request->query.len);
    for (size_t i = 0; i < call->pair_count; i++) {
        const struct sigv4_pair *p = &call->pairs[i];
        if (call->claim.is_presigned &&
            iam_str_eq(p->name, sigv4_param_names[SIGV4_PARAM_SIGNATURE])) {
            continue;
        }
        encoded[n].name = encode(&text, p->name);
        encoded[n].value = encode(&text, p->value);
        order[n] = &encoded[n];
        n++;
    }
    IAM_TRY(text.status);
    iam_sort((const void **)order, n, order_pairs);
    *ret = order;
    *ret_count = n;
    return IAM_OK;
}

static enum iam_status add_query(const struct sigv4_call *call, struct iam_buf *b)
{
    if (call->pair_count == 0) {
        return IAM_OK;
    }
    const struct sigv4_pair **order;
    size_t count;
    IAM_TRY(sort_pairs(call, &order, &count));
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            iam_buf_add_char(b, '&');
        }
        iam_buf_add(b, order[i]->name);
        iam_buf_add_char(b, '=');
        iam_buf_add(b, order[i]->value);
    }
    return IAM_OK;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Adds value without space at both ends, and with one space for each run of it inside. */
static void add_value(struct iam_buf *b, struct iam_str value)
{
    size_t i = 0;
    bool is_first = true;
    while (i < value.len) {
        size_t start = i;
        while (i < value.len && !is_space(value.p[i])) {
            i++;
        }
        if (i > start) {
            if (!is_first) {
                iam_buf_add_char(b, ' ');
            }
            is_first = false;
            iam_buf_add(b, iam_str_sub(value, start, i - start));
        }
        i++;
    }
}

/*
 * Adds "name:value,value
 * " with all values of the name, in the order in which they were sent.
 */
static enum iam_status add_header(const struct iam_authn_request *r, struct iam_str name,
                                  struct iam_buf *b)
{
    bool is_found = false;
    iam_buf_add(b, name);
    iam_buf_add_char(b, ':');
    for (size_t i = 0; i < r->header_count; i++) {
        if (!iam_str_eq_nocase(r->headers[i].name, name)) {
            continue;
        }
        if (is_found) {
            iam_buf_add_char(b, ',');
        }
        is_found = true;
        add_value(b, r->headers[i].value);
    }
    iam_buf_add_char(b, '\n');
    return is_found ? IAM_OK : IAM_NOT_FOUND;
}

enum iam_status sigv4_canonical(const struct sigv4_call *call, struct iam_str path,
                                struct iam_str *ret)
{
    const struct sigv4_claim *c = &call->claim;
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, CANONICAL_MAX);
    (void)iam_buf_reserve(&b, 768 + path.len + 2 * call->request->query.len + c->token.len);

    iam_buf_add(&b, call->request->method);
    iam_buf_add_char(&b, '\n');
    iam_uri_encode(&b, path, true);
    iam_buf_add_char(&b, '\n');
    IAM_TRY(add_query(call, &b));
    iam_buf_add_char(&b, '\n');
    for (size_t i = 0; i < c->signed_count; i++) {
        IAM_TRY(add_header(call->request, c->signed_names[i], &b));
    }
    iam_buf_add_char(&b, '\n');
    iam_buf_add(&b, c->signed_text);
    iam_buf_add_char(&b, '\n');
    iam_buf_add(&b, (struct iam_str){ call->body_hash, IAM_SHA256_HEX_LEN });
    return iam_buf_finish(&b, ret);
}

enum iam_status sigv4_string_to_sign(const struct sigv4_call *call, struct iam_str canonical,
                                     struct iam_str *ret)
{
    const struct sigv4_claim *c = &call->claim;
    char hash[IAM_SHA256_HEX_LEN + 1];
    IAM_TRY(iam_sha256_hex(canonical, hash));
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, STRING_TO_SIGN_MAX);
    iam_buf_add_c(&b, SIGV4_ALGORITHM "\n");
    iam_buf_add(&b, c->date);
    iam_buf_add_char(&b, '\n');
    iam_buf_add(&b, c->scope.date);
    iam_buf_add_char(&b, '/');
    iam_buf_add(&b, c->scope.region);
    iam_buf_add_char(&b, '/');
    iam_buf_add(&b, c->scope.service);
    iam_buf_add_c(&b, "/" SIGV4_TERMINATOR "\n");
    iam_buf_add(&b, (struct iam_str){ hash, IAM_SHA256_HEX_LEN });
    return iam_buf_finish(&b, ret);
}
