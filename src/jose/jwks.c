/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwks.h"

#include <stdatomic.h>

#include "base/heap.h"

/* LIMITS: of the document, and of what its parts need while it is read and afterwards. */
#define MAX_DEPTH 6
#define MAX_NODES 8192
#define ARENA_BYTES ((size_t)4 << 20)

struct iam_jwks {
    atomic_size_t refs;
    struct iam_arena arena; /* the texts of the keys */
    size_t count;
    struct iam_jwk keys[IAM_JWKS_MAX_KEYS];
};

static void jwks_free(struct iam_jwks *jwks)
{
    for (size_t i = 0; i < jwks->count; i++) {
        EVP_PKEY_free(jwks->keys[i].key);
    }
    iam_arena_done(&jwks->arena);
    iam_heap()->free(iam_heap()->ctx, jwks);
}

/* Copies the texts, which borrow from the document. */
static enum iam_status keep(struct iam_jwks *jwks, const struct iam_jwk *jwk)
{
    struct iam_jwk *kept = &jwks->keys[jwks->count];
    IAM_TRY(iam_arena_dup(&jwks->arena, jwk->kid, &kept->kid));
    IAM_TRY(iam_arena_dup(&jwks->arena, jwk->kty, &kept->kty));
    IAM_TRY(iam_arena_dup(&jwks->arena, jwk->crv, &kept->crv));
    IAM_TRY(iam_arena_dup(&jwks->arena, jwk->alg, &kept->alg));
    kept->key = jwk->key;
    jwks->count++;
    return IAM_OK;
}

static enum iam_status add(struct iam_jwks *jwks, struct iam_arena *scratch,
                           const struct iam_json *node)
{
    struct iam_jwk jwk;
    enum iam_status st = iam_jwk_read(scratch, node, &jwk);
    if (st == IAM_UNSUPPORTED || st == IAM_SYNTAX) {
        return IAM_OK; /* SPEC: RFC 7517, 5: keys that one does not understand are ignored */
    }
    IAM_TRY(st);
    st = keep(jwks, &jwk);
    if (st != IAM_OK) {
        EVP_PKEY_free(jwk.key);
    }
    return st;
}

static enum iam_status read_keys(struct iam_jwks *jwks, struct iam_arena *scratch,
                                 struct iam_str text)
{
    static const struct iam_json_limits limits = { IAM_JWKS_MAX_BYTES, MAX_DEPTH, MAX_NODES };
    const struct iam_json *root;
    IAM_TRY(iam_json_read(scratch, text, &limits, &root, NULL));
    const struct iam_json *keys = iam_json_member(root, IAM_STR("keys"));
    IAM_ENSURE(keys != NULL && keys->type == IAM_JSON_ARRAY, IAM_SYNTAX);
    IAM_ENSURE(keys->child_count <= IAM_JWKS_MAX_KEYS, IAM_LIMIT);
    for (const struct iam_json *key = keys->first; key != NULL; key = key->next) {
        IAM_TRY(add(jwks, scratch, key));
    }
    return IAM_OK;
}

enum iam_status iam_jwks_read(struct iam_str text, struct iam_jwks **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct iam_arena scratch;
    struct iam_jwks *jwks = heap->alloc(heap->ctx, sizeof(*jwks));
    IAM_ENSURE(jwks != NULL, IAM_NOMEM);
    memset(jwks, 0, sizeof(*jwks));
    atomic_init(&jwks->refs, 1);
    iam_arena_init(&jwks->arena, heap, ARENA_BYTES);
    iam_arena_init(&scratch, heap, ARENA_BYTES);
    enum iam_status st = read_keys(jwks, &scratch, text);
    iam_arena_done(&scratch);
    if (st != IAM_OK) {
        jwks_free(jwks);
        return st;
    }
    *ret = jwks;
    return IAM_OK;
}

struct iam_jwks *iam_jwks_ref(struct iam_jwks *jwks)
{
    (void)atomic_fetch_add_explicit(&jwks->refs, 1, memory_order_relaxed);
    return jwks;
}

void iam_jwks_unref(struct iam_jwks *jwks)
{
    if (jwks != NULL && atomic_fetch_sub_explicit(&jwks->refs, 1, memory_order_acq_rel) == 1) {
        jwks_free(jwks);
    }
}

size_t iam_jwks_count(const struct iam_jwks *jwks)
{
    return jwks->count;
}

static bool has_name(const struct iam_jwk *jwk, struct iam_str kid)
{
    return !iam_str_is_set(kid) || (iam_str_is_set(jwk->kid) && iam_str_eq(jwk->kid, kid));
}

bool iam_jwks_has(const struct iam_jwks *jwks, struct iam_str kid)
{
    for (size_t i = 0; i < jwks->count; i++) {
        if (has_name(&jwks->keys[i], kid)) {
            return true;
        }
    }
    return false;
}

const struct iam_jwk *iam_jwks_find(const struct iam_jwks *jwks, struct iam_str kid,
                                    const struct iam_jose_algorithm *algorithm)
{
    const struct iam_jwk *found = NULL;
    for (size_t i = 0; i < jwks->count; i++) {
        const struct iam_jwk *jwk = &jwks->keys[i];
        if (!has_name(jwk, kid) || !iam_jwk_fits(jwk, algorithm)) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = jwk;
    }
    return found;
}
