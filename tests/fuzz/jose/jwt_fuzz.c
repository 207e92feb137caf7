/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens and their claims: the input is a set of keys, a line end, and a token. Laws: what is read
 * borrows from the input, no signature is good that nobody made, claims are judged the same twice,
 * and a refusal has words.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "jose/claims.h"
#include "jose/jwt.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)8 << 20)
#define NOW_MS INT64_C(1700000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_claims(struct iam_arena *arena, const struct iam_json *json)
{
    const struct iam_claims_rules rules = { .now_ms = NOW_MS };
    struct iam_claims claims;
    struct iam_claims again;
    struct iam_claims_refusal refusal = { .message = iam_str_absent() };
    struct iam_str issuer;
    enum iam_status st = iam_claims_check(arena, json, &rules, &claims, &refusal);
    ENSURE(st == IAM_OK || (st == IAM_DENIED && refusal.message.len > 0));
    ENSURE(iam_claims_check(arena, json, &rules, &again, &refusal) == st);
    if (st == IAM_OK) {
        ENSURE(claims.audience.len > 0 && iam_str_is_set(claims.subject));
        ENSURE(claims.expires_s > NOW_MS / 1000 - IAM_CLAIMS_TOLERANCE_SECONDS);
    }
    st = iam_claims_issuer(json, &issuer, &refusal);
    ENSURE(st == IAM_OK || st == IAM_DENIED || st == IAM_NOMEM);
}

static void check(struct iam_arena *arena, struct iam_str keys, struct iam_str token)
{
    struct iam_jwks *jwks;
    struct iam_jwt jwt;
    if (iam_jwt_read(arena, token, &jwt) != IAM_OK) {
        return;
    }
    ENSURE(token.len <= IAM_JWT_MAX_BYTES && jwt.signed_text.p == token.p);
    ENSURE(jwt.signed_text.len < token.len && jwt.signature.len > 0);
    check_claims(arena, jwt.claims);
    if (iam_jwks_read(keys, &jwks) == IAM_OK) {
        enum iam_status st = iam_jwt_verify(&jwt, jwks);
        ENSURE(st == IAM_DENIED || st == IAM_NOT_FOUND || st == IAM_OK);
        iam_jwks_unref(jwks);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str text = { (const char *)data, size };
    size_t end = iam_str_find(text, '\n', 0);
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    check(&arena, iam_str_sub(text, 0, end), iam_str_sub(text, end + 1, size));
    iam_arena_done(&arena);
    return 0;
}
