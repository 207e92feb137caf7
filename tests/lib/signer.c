/* SPDX-License-Identifier: Apache-2.0 */
/* See signer.h. SPEC: IAM User Guide, "AWS Signature Version 4 for API requests". */
#include "lib/signer.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>

#define HASH_BYTES 32

struct iam_str signer_fmt(struct iam_arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert_true(n >= 0);
    char *p = iam_arena_alloc(arena, (size_t)n + 1);
    assert_non_null(p);
    va_start(args, fmt);
    (void)vsnprintf(p, (size_t)n + 1, fmt, args);
    va_end(args);
    return (struct iam_str){ p, (size_t)n };
}

static struct iam_str hex_of(struct iam_arena *arena, const unsigned char bytes[HASH_BYTES])
{
    char text[2 * HASH_BYTES + 1];
    for (size_t i = 0; i < HASH_BYTES; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return signer_fmt(arena, "%s", text);
}

static struct iam_str sha256_of(struct iam_arena *arena, struct iam_str s)
{
    unsigned char hash[HASH_BYTES];
    assert_non_null(SHA256((const unsigned char *)s.p, s.len, hash));
    return hex_of(arena, hash);
}

static void mac_of(const void *key, size_t key_len, struct iam_str s, unsigned char ret[HASH_BYTES])
{
    unsigned len = 0;
    assert_non_null(
        HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)s.p, s.len, ret, &len));
    assert_int_equal(len, HASH_BYTES);
}

/* Of several headers of one name the first. */
static struct iam_str header_of(const struct iam_authn_request *request, struct iam_str name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (iam_str_eq_nocase(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return IAM_STR("");
}

static struct iam_str canonical_of(struct iam_arena *arena, const struct iam_authn_request *request,
                                   const struct signer_target *target, const char *signed_headers)
{
    struct iam_str text =
        signer_fmt(arena, "%.*s\n%.*s\n%.*s\n", IAM_STR_ARG(request->method),
                   IAM_STR_ARG(target->path), IAM_STR_ARG(target->canonical_query));
    struct iam_str rest = iam_str_c(signed_headers);
    while (rest.len > 0) {
        struct iam_str name = iam_str_sub(rest, 0, iam_str_find(rest, ';', 0));
        struct iam_str value = header_of(request, name);
        text = signer_fmt(arena, "%.*s%.*s:%.*s\n", IAM_STR_ARG(text), IAM_STR_ARG(name),
                          IAM_STR_ARG(value));
        rest = iam_str_sub(rest, name.len + 1, rest.len);
    }
    struct iam_str hash = sha256_of(arena, request->body);
    return signer_fmt(arena, "%.*s\n%s\n%.*s", IAM_STR_ARG(text), signed_headers,
                      IAM_STR_ARG(hash));
}

struct iam_str signer_scope(const struct signer *s)
{
    return signer_fmt(s->arena, "%.8s/%.*s/%.*s/aws4_request", s->date.p, IAM_STR_ARG(s->region),
                      IAM_STR_ARG(s->service));
}

struct iam_str signer_signature(const struct signer *s, const struct iam_authn_request *request,
                                const struct signer_target *target, const char *signed_headers)
{
    struct iam_str hash =
        sha256_of(s->arena, canonical_of(s->arena, request, target, signed_headers));
    struct iam_str scope = signer_scope(s);
    struct iam_str text = signer_fmt(s->arena, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n%.*s",
                                     IAM_STR_ARG(s->date), IAM_STR_ARG(scope), IAM_STR_ARG(hash));
    struct iam_str first = signer_fmt(s->arena, "AWS4%.*s", IAM_STR_ARG(s->secret));
    unsigned char a[HASH_BYTES];
    unsigned char b[HASH_BYTES];
    mac_of(first.p, first.len, iam_str_sub(s->date, 0, 8), a);
    mac_of(a, sizeof(a), s->region, b);
    mac_of(b, sizeof(b), s->service, a);
    mac_of(a, sizeof(a), IAM_STR("aws4_request"), b);
    mac_of(b, sizeof(b), text, a);
    return hex_of(s->arena, a);
}

struct iam_str signer_authorization(const struct signer *s, const struct iam_authn_request *request,
                                    const struct signer_target *target, const char *signed_headers)
{
    struct iam_str scope = signer_scope(s);
    struct iam_str signature = signer_signature(s, request, target, signed_headers);
    return signer_fmt(
        s->arena, "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%s, Signature=%.*s",
        IAM_STR_ARG(s->id), IAM_STR_ARG(scope), signed_headers, IAM_STR_ARG(signature));
}

struct iam_str signer_escape(struct iam_arena *arena, struct iam_str text)
{
    char *out = iam_arena_alloc(arena, 3 * text.len + 1);
    size_t n = 0;
    assert_non_null(out);
    for (size_t i = 0; i < text.len; i++) {
        if (iam_ascii_is_alnum(text.p[i]) || memchr("-._~", text.p[i], 4) != NULL) {
            out[n++] = text.p[i];
        } else {
            n += (size_t)snprintf(out + n, 4, "%%%02X", (unsigned char)text.p[i]);
        }
    }
    return (struct iam_str){ out, n };
}
