/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of a session token to bytes and back; claims_int.h has the format. */
#include "keeper/claims_int.h"

#include "base/ct.h"
#include "base/cur.h"

#define CLAIMS_VERSION 4
/* That of tokens which may still be alive. */
#define OLD_VERSION 3
#define OLD_PADDING_MAX 2

/* Sticky: past the room nothing is written, and the end is noticed once. */
struct writer {
    uint8_t *p;
    size_t len;
    bool is_full;
};

static void put(struct writer *w, const void *bytes, size_t n)
{
    if (w->is_full || n > CLAIMS_MAX - w->len) {
        w->is_full = true;
        return;
    }
    memcpy(w->p + w->len, bytes, n);
    w->len += n;
}

static void put_u8(struct writer *w, size_t v)
{
    uint8_t b = (uint8_t)v;
    put(w, &b, 1);
}

static void put_i64(struct writer *w, int64_t v)
{
    uint8_t b[8];
    for (size_t i = 0; i < sizeof(b); i++) {
        b[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
    }
    put(w, b, sizeof(b));
}

/* Writes a string. All are far below 64 KiB: claims_check saw them. */
static void put_str(struct writer *w, struct iam_str s)
{
    uint8_t b[2] = { (uint8_t)(s.len >> 8), (uint8_t)s.len };
    put(w, b, sizeof(b));
    if (s.len > 0) {
        put(w, s.p, s.len);
    }
}

static void put_strs(struct writer *w, const struct iam_str *list, size_t count)
{
    put_u8(w, count);
    for (size_t i = 0; i < count; i++) {
        put_str(w, list[i]);
    }
}

static void put_pairs(struct writer *w, const struct iam_tag *list, size_t count)
{
    put_u8(w, count);
    for (size_t i = 0; i < count; i++) {
        put_str(w, list[i].key);
        put_str(w, list[i].value);
    }
}

static void put_names(struct writer *w, const struct iam_session *s)
{
    put_str(w, s->account);
    put_str(w, s->issuer_id);
    put_str(w, s->role_name);
    put_str(w, s->session_name);
    put_str(w, s->source_identity);
    put_str(w, s->parent_key_id);
    put_str(w, s->provider_id);
    put_str(w, s->federated_provider);
}

static void put_lists(struct writer *w, const struct iam_session *s)
{
    put_u8(w, s->scope_count);
    put_u8(w, s->layer_count);
    for (size_t i = 0; i < s->layer_count; i++) {
        const struct iam_session_layer *layer = &s->layers[i];

        put_strs(w, layer->inline_policies, layer->inline_policy_count);
        put_strs(w, layer->policy_arns, layer->policy_arn_count);
        put_strs(w, layer->policy_ids, layer->policy_arn_count);
    }
    put_pairs(w, s->tags, s->tag_count);
    put_strs(w, s->transitive_keys, s->transitive_count);
    put_pairs(w, s->context, s->context_count);
}

static void put_padding(struct writer *w, const struct claims_padding *padding)
{
    while (!w->is_full &&
           ((w->len + padding->extra) % 3 != 0 || w->len + padding->extra < padding->min)) {
        put_u8(w, 0);
    }
}

enum iam_status claims_write(const struct iam_session *s, const uint8_t secret[CLAIMS_SECRET_BYTES],
                             const struct claims_padding *padding, uint8_t *out, size_t *ret_len)
{
    IAM_TRY(claims_check(s));
    struct writer w = { .p = out };
    put_u8(&w, CLAIMS_VERSION);
    put_u8(&w, s->kind);
    put(&w, secret, CLAIMS_SECRET_BYTES);
    put_i64(&w, s->issued_ms);
    put_i64(&w, s->expires_ms);
    put_i64(&w, s->mfa_ms);
    put_names(&w, s);
    put_lists(&w, s);
    put_padding(&w, padding);
    IAM_ENSURE(!w.is_full, IAM_LIMIT);
    IAM_ASSERT((w.len + padding->extra) % 3 == 0 && w.len <= CLAIMS_MAX);
    *ret_len = w.len;
    return IAM_OK;
}

static bool get_u8(struct iam_cur *c, unsigned *ret)
{
    struct iam_str b;
    if (!iam_cur_take(c, 1, &b)) {
        return false;
    }
    *ret = (uint8_t)b.p[0];
    return true;
}

static bool get_i64(struct iam_cur *c, int64_t *ret)
{
    struct iam_str b;
    if (!iam_cur_take(c, 8, &b)) {
        return false;
    }
    uint64_t v = 0;
    for (size_t i = 0; i < b.len; i++) {
        v = v << 8 | (uint8_t)b.p[i];
    }
    /* Times that do not fit are caught by claims_check as negative. */
    *ret = (int64_t)v;
    return true;
}

static bool get_str(struct iam_cur *c, struct iam_str *ret)
{
    struct iam_cur start = *c;
    struct iam_str b;
    if (iam_cur_take(c, 2, &b) &&
        iam_cur_take(c, (size_t)((uint8_t)b.p[0] << 8 | (uint8_t)b.p[1]), ret)) {
        return true;
    }
    *c = start;
    return false;
}

/* Reads a claim that may be absent, which is written as an empty one: no other is empty. */
static bool get_optional(struct iam_cur *c, struct iam_str *ret)
{
    if (!get_str(c, ret)) {
        return false;
    }
    if (ret->len == 0) {
        *ret = iam_str_absent();
    }
    return true;
}

static enum iam_status get_strs(struct iam_cur *c, struct iam_arena *arena,
                                const struct iam_str **ret, size_t *ret_count)
{
    unsigned count;
    IAM_ENSURE(get_u8(c, &count), IAM_CORRUPT);
    struct iam_str *list = iam_arena_zalloc(arena, count, sizeof(*list));
    IAM_ENSURE(list != NULL, IAM_NOMEM);
    for (unsigned i = 0; i < count; i++) {
        IAM_ENSURE(get_str(c, &list[i]), IAM_CORRUPT);
    }
    *ret = list;
    *ret_count = count;
    return IAM_OK;
}

/* Reads one layer: documents, the ARNs of the managed policies, and as many unique IDs. */
static enum iam_status get_layer(struct iam_cur *c, struct iam_arena *arena,
                                 struct iam_session_layer *layer)
{
    size_t count = 0;
    IAM_TRY(get_strs(c, arena, &layer->inline_policies, &layer->inline_policy_count));
    IAM_TRY(get_strs(c, arena, &layer->policy_arns, &layer->policy_arn_count));
    IAM_TRY(get_strs(c, arena, &layer->policy_ids, &count));
    return count == layer->policy_arn_count ? IAM_OK : IAM_CORRUPT;
}

static enum iam_status get_layers(struct iam_cur *c, struct iam_arena *arena, unsigned count,
                                  struct iam_session *s)
{
    IAM_ENSURE(count <= IAM_SESSION_LAYERS_MAX, IAM_CORRUPT);
    struct iam_session_layer *layers = iam_arena_zalloc(arena, count, sizeof(*layers));
    IAM_ENSURE(layers != NULL, IAM_NOMEM);
    for (unsigned i = 0; i < count; i++) {
        IAM_TRY(get_layer(c, arena, &layers[i]));
    }
    s->layers = layers;
    s->layer_count = count;
    return IAM_OK;
}

static enum iam_status get_pairs(struct iam_cur *c, struct iam_arena *arena,
                                 const struct iam_tag **ret, size_t *ret_count)
{
    unsigned count;
    IAM_ENSURE(get_u8(c, &count), IAM_CORRUPT);
    struct iam_tag *pairs = iam_arena_zalloc(arena, count, sizeof(*pairs));
    IAM_ENSURE(pairs != NULL, IAM_NOMEM);
    for (unsigned i = 0; i < count; i++) {
        IAM_ENSURE(get_str(c, &pairs[i].key) && get_str(c, &pairs[i].value), IAM_CORRUPT);
    }
    *ret = pairs;
    *ret_count = count;
    return IAM_OK;
}

static bool get_head(struct iam_cur *c, unsigned *ret_version, struct iam_session *s,
                     struct iam_str *ret_secret)
{
    unsigned kind = 0;
    bool is_whole = get_u8(c, ret_version) && get_u8(c, &kind) &&
                    iam_cur_take(c, CLAIMS_SECRET_BYTES, ret_secret) && get_i64(c, &s->issued_ms) &&
                    get_i64(c, &s->expires_ms) && get_i64(c, &s->mfa_ms);
    /* A kind that is none of a session is caught by claims_check. */
    s->kind = (enum iam_kind)kind;
    return is_whole;
}

static bool get_names(struct iam_cur *c, struct iam_session *s)
{
    return get_str(c, &s->account) && get_str(c, &s->issuer_id) && get_optional(c, &s->role_name) &&
           get_optional(c, &s->session_name) && get_optional(c, &s->source_identity);
}

static bool get_origin(struct iam_cur *c, struct iam_session *s)
{
    return get_optional(c, &s->parent_key_id) && get_optional(c, &s->provider_id) &&
           get_optional(c, &s->federated_provider);
}

static bool is_padding(struct iam_str rest, size_t max)
{
    bool ok = rest.len <= max;
    for (size_t i = 0; ok && i < rest.len; i++) {
        ok = rest.p[i] == 0;
    }
    return ok;
}

static enum iam_status get_tags(struct iam_cur *c, struct iam_arena *arena, struct iam_session *s)
{
    IAM_TRY(get_pairs(c, arena, &s->tags, &s->tag_count));
    return get_strs(c, arena, &s->transitive_keys, &s->transitive_count);
}

static enum iam_status get_rest(struct iam_cur *c, struct iam_arena *arena, struct iam_session *s)
{
    unsigned scopes;
    unsigned layers;
    IAM_ENSURE(get_origin(c, s) && get_u8(c, &scopes) && get_u8(c, &layers), IAM_CORRUPT);
    s->scope_count = scopes;
    IAM_TRY(get_layers(c, arena, layers, s));
    IAM_TRY(get_tags(c, arena, s));
    IAM_TRY(get_pairs(c, arena, &s->context, &s->context_count));
    return is_padding(iam_cur_rest(c), CLAIMS_MAX) ? IAM_OK : IAM_CORRUPT;
}

/* Reads what follows the names in version 3: one layer, which may be empty and is none then. */
static enum iam_status get_old_rest(struct iam_cur *c, struct iam_arena *arena,
                                    struct iam_session *s)
{
    IAM_TRY(get_layers(c, arena, 1, s));
    if (s->layers[0].inline_policy_count + s->layers[0].policy_arn_count == 0) {
        s->layer_count = 0;
    }
    IAM_TRY(get_tags(c, arena, s));
    return is_padding(iam_cur_rest(c), OLD_PADDING_MAX) ? IAM_OK : IAM_CORRUPT;
}

enum iam_status claims_read(struct iam_str plain, struct iam_arena *arena, struct iam_session *ret,
                            uint8_t ret_secret[CLAIMS_SECRET_BYTES])
{
    struct iam_cur c = iam_cur_of(plain);
    struct iam_session s = { 0 };
    struct iam_str secret;
    unsigned version;
    IAM_ENSURE(get_head(&c, &version, &s, &secret) && get_names(&c, &s), IAM_CORRUPT);
    IAM_ENSURE(version == CLAIMS_VERSION || version == OLD_VERSION, IAM_CORRUPT);
    IAM_TRY(version == CLAIMS_VERSION ? get_rest(&c, arena, &s) : get_old_rest(&c, arena, &s));
    IAM_ENSURE(claims_check(&s) == IAM_OK, IAM_CORRUPT);
    memcpy(ret_secret, secret.p, CLAIMS_SECRET_BYTES);
    *ret = s;
    return IAM_OK;
}
