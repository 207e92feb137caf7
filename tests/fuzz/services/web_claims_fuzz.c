/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims of web identities, as condition keys and tags: the input is the object with the claims, of
 * a token whose signature is good. Laws: there are no more keys and tags than the limits, none is
 * without a name, and every refusal has its words.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "services/sts/web_identity.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)4 << 20)
#define KEYS_MAX 32
#define TAGS_MAX 50

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct iam_json_limits limits = { .max_bytes = 20000,
                                               .max_depth = 16,
                                               .max_nodes = 4096 };

static void check(const struct iam_call *call, enum iam_status st,
                  const struct sts_web_identity *web)
{
    ENSURE(st == IAM_OK || st == IAM_FAULT);
    if (st == IAM_FAULT) {
        ENSURE(call->fault.message.len > 0);
        return;
    }
    ENSURE(web->evidence.key_count <= KEYS_MAX && web->lasting_count <= KEYS_MAX);
    ENSURE(web->evidence.tag_count <= TAGS_MAX && web->evidence.transitive_count <= TAGS_MAX);
    for (size_t i = 0; i < web->evidence.key_count; i++) {
        ENSURE(web->evidence.keys[i].key.len > 0);
    }
    for (size_t i = 0; i < web->evidence.tag_count; i++) {
        const struct iam_tag *tag = &web->evidence.tags[i];
        ENSURE(tag->key.len > 0 && iam_tag_find(web->evidence.tags, i, tag->key) == NULL);
    }
}

/* Reads the claims as of one issuer. */
static void read_as(struct iam_arena *arena, const struct iam_json *claims, struct iam_str url)
{
    const struct sts_web_issuer issuer = { .issuer = { .url = url }, .is_google = url.p[0] == 'a' };
    const struct iam_claims checked = { .subject = IAM_STR("s"),
                                        .audience = IAM_STR("a"),
                                        .first_audience = IAM_STR("a") };
    struct iam_call call = { .arena = arena };
    struct sts_web_identity web = { .subject = iam_str_absent() };
    enum iam_status st = sts_web_claims_read(&call, &issuer, claims, &checked,
                                             IAM_STR("arn:aws:iam::111122223333:role/r"), &web);
    check(&call, st, &web);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct iam_str urls[] = { IAM_STR_INIT("accounts.google.com"),
                                           IAM_STR_INIT("token.actions.githubusercontent.com"),
                                           IAM_STR_INIT("gitlab.com") };
    struct iam_str text = { size > 0 ? (const char *)data : "", size };
    for (size_t i = 0; i < IAM_COUNT(urls); i++) {
        const struct iam_json *claims;
        struct iam_arena arena;
        iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
        if (iam_json_read(&arena, text, &limits, &claims, NULL) == IAM_OK &&
            claims->type == IAM_JSON_OBJECT) {
            read_as(&arena, claims, urls[i]);
        }
        iam_arena_done(&arena);
    }
    return 0;
}
