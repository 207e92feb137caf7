/* SPDX-License-Identifier: Apache-2.0 */
/* What metadata says, in memory: of each provider it is read with every sign-on. */
#include "authn/saml_int.h"
#include "base/heap.h"

/* LIMIT: documents whose meaning is kept, and bytes of that for each. */
#define KEPT_MAX 32
#define BYTES_MAX ((size_t)64 << 10)

/* One block: the texts of idps are in it too. */
struct meaning {
    struct iam_saml_idps idps;
    char texts[];
};

/* Who takes it. */
struct taker {
    struct iam_arena *arena;
    struct iam_saml_idps *idps;
};

typedef bool copy_fn(void *ctx, struct iam_str text, struct iam_str *ret);

/* Copies what idps says, its texts by copy. False: one could not be copied. */
static bool copy_idps(const struct iam_saml_idps *idps, copy_fn *copy, void *ctx,
                      struct iam_saml_idps *ret)
{
    bool is_good = true;
    *ret = *idps;
    for (size_t i = 0; i < idps->count; i++) {
        const struct iam_saml_idp *idp = &idps->items[i];
        is_good = is_good && copy(ctx, idp->entity_id, &ret->items[i].entity_id);
        for (size_t j = 0; j < idp->certificate_count; j++) {
            is_good = is_good && copy(ctx, idp->certificates[j], &ret->items[i].certificates[j]);
        }
    }
    return is_good;
}

/* ---- taking ---- */

static bool copy_to_arena(void *ctx, struct iam_str text, struct iam_str *ret)
{
    return iam_arena_dup(ctx, text, ret) == IAM_OK;
}

static bool take(void *value, void *ctx)
{
    const struct meaning *meaning = value;
    struct taker *taker = ctx;
    return copy_idps(&meaning->idps, copy_to_arena, taker->arena, taker->idps);
}

static void drop(void *value)
{
    iam_heap()->free(iam_heap()->ctx, value);
}

static struct saml_kept kept[KEPT_MAX];
static struct saml_cache cache = SAML_CACHE(kept, take, drop);

/* ---- keeping ---- */

static bool add_length(void *ctx, struct iam_str text, struct iam_str *ret)
{
    size_t *len = ctx;
    *len += text.len;
    *ret = text;
    return true;
}

static bool copy_to_end(void *ctx, struct iam_str text, struct iam_str *ret)
{
    char **end = ctx;
    *ret = (struct iam_str){ *end, text.len };
    memcpy(*end, text.p, text.len);
    *end += text.len;
    return true;
}

/* Keeps what a document says, unless that is much or there is no memory. */
static void keep(const uint8_t hash[IAM_SHA256_BYTES], const struct iam_saml_idps *idps)
{
    struct iam_saml_idps unused;
    size_t len = 0;
    (void)copy_idps(idps, add_length, &len, &unused);
    if (len > BYTES_MAX) {
        return;
    }
    struct meaning *meaning = iam_heap()->alloc(iam_heap()->ctx, sizeof(*meaning) + len);
    if (meaning != NULL) {
        char *end = meaning->texts;
        (void)copy_idps(idps, copy_to_end, &end, &meaning->idps);
        saml_cache_keep(&cache, hash, meaning);
    }
}

enum iam_status iam_saml_metadata_recall(struct iam_arena *arena, struct iam_str document,
                                         struct iam_saml_idps *ret)
{
    struct taker taker = { arena, ret };
    uint8_t hash[IAM_SHA256_BYTES];
    IAM_TRY(iam_sha256(document, hash));
    if (saml_cache_find(&cache, hash, &taker)) {
        return IAM_OK;
    }
    IAM_TRY(iam_saml_metadata_read(arena, document, ret));
    keep(hash, ret);
    return IAM_OK;
}
