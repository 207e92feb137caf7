/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says what becomes of tokens: token_judge NOW, a set of keys in the first line of standard input,
 * and a token in each line after it. For each a line: "ok", "form" (it is no token), "key" (there
 * is no such key), "signature", or "claims". Tokens are for the audience "app".
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "jose/claims.h"
#include "jose/jwt.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)
#define ARENA_BYTES ((size_t)8 << 20)

static const struct iam_str clients[] = { IAM_STR_INIT("app") };

static const char *judge_claims(struct iam_arena *arena, const struct iam_jwt *jwt, int64_t now_s)
{
    const struct iam_claims_rules rules = { now_s * 1000, clients, IAM_COUNT(clients) };
    struct iam_claims claims;
    struct iam_claims_refusal refusal;
    return iam_claims_check(arena, jwt->claims, &rules, &claims, &refusal) == IAM_OK ? "ok"
                                                                                     : "claims";
}

static const char *judge(struct iam_arena *arena, const struct iam_jwks *jwks, struct iam_str token,
                         int64_t now_s)
{
    struct iam_jwt jwt;
    if (iam_jwt_read(arena, token, &jwt) != IAM_OK) {
        return "form";
    }
    enum iam_status st = iam_jwt_verify(&jwt, jwks);
    if (st != IAM_OK) {
        return st == IAM_NOT_FOUND ? "key" : "signature";
    }
    return judge_claims(arena, &jwt, now_s);
}

/* Reads a line, without its end. False: there is none. */
static bool read_line(char *line, struct iam_str *ret)
{
    if (fgets(line, (int)LINE_MAX_BYTES, stdin) == NULL) {
        return false;
    }
    *ret = iam_str_c(line);
    ret->len -= iam_str_ends(*ret, IAM_STR("\n"));
    return true;
}

int main(int argc, char **argv)
{
    static char line[LINE_MAX_BYTES];
    struct iam_jwks *jwks;
    struct iam_arena arena;
    struct iam_str text;
    int64_t now_s;
    if (argc != 2 || iam_str_to_i64(iam_str_c(argv[1]), 0, INT32_MAX, &now_s) != IAM_OK ||
        !read_line(line, &text) || iam_jwks_read(text, &jwks) != IAM_OK) {
        return 2;
    }
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    while (read_line(line, &text)) {
        (void)puts(judge(&arena, jwks, text, now_s));
        iam_arena_clear(&arena);
    }
    iam_arena_done(&arena);
    iam_jwks_unref(jwks);
    return 0;
}
