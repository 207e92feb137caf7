/* SPDX-License-Identifier: Apache-2.0 */
/* SPEC: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference,
 * "IAM", "STS". */
#include "dispatch/context.h"

#include "base/buf.h"
#include "base/time.h"
#include "dispatch/evidence.h"
#include "model/arn.h"
#include "wire/member.h"

/* LIMIT: far above what a request can bring (principal, session, request and resource tags). */
#define MAX_ENTRIES 512
/* Of a 64-bit number: a sign and 19 digits. */
#define NUMBER_CHARS 20

void api_context_init(struct api_context *c, struct iam_arena *arena)
{
    *c = (struct api_context){ .arena = arena };
}

static bool grow(struct api_context *c)
{
    if (c->count < c->cap) {
        return true;
    }
    size_t cap = c->cap == 0 ? 32 : c->cap * 2;
    struct iam_context_entry *entries =
        cap <= MAX_ENTRIES ? iam_arena_alloc(c->arena, cap * sizeof(*entries)) : NULL;
    struct iam_str *values =
        entries != NULL ? iam_arena_alloc(c->arena, cap * sizeof(*values)) : NULL;
    if (values == NULL) {
        c->failed = true;
        return false;
    }
    if (c->count > 0) {
        memcpy(entries, c->entries, c->count * sizeof(*entries));
    }
    c->entries = entries;
    c->values = values;
    c->cap = cap;
    return true;
}

void api_context_add(struct api_context *c, struct iam_str key, struct iam_str value)
{
    if (!iam_str_is_set(value) || !grow(c)) {
        return;
    }
    c->values[c->count] = value;
    c->entries[c->count] =
        (struct iam_context_entry){ .key = key, .values = &c->values[c->count], .value_count = 1 };
    c->count++;
}

void api_context_add_list(struct api_context *c, struct iam_str key, const struct iam_str *values,
                          size_t count)
{
    if (!grow(c)) {
        return;
    }
    c->entries[c->count++] = (struct iam_context_entry){
        .key = key, .values = values, .value_count = count, .is_list = true
    };
}

/* Puts a key together; absent when there is no room, which is then a failure. */
static struct iam_str join(struct api_context *c, struct iam_str prefix, struct iam_str suffix)
{
    char *key = iam_arena_alloc(c->arena, prefix.len + suffix.len + 1);
    if (key == NULL) {
        c->failed = true;
        return iam_str_absent();
    }
    memcpy(key, prefix.p, prefix.len);
    if (suffix.len > 0) {
        memcpy(key + prefix.len, suffix.p, suffix.len);
    }
    return (struct iam_str){ key, prefix.len + suffix.len };
}

void api_context_add_tagged(struct api_context *c, struct iam_str prefix, struct iam_str suffix,
                            struct iam_str value)
{
    struct iam_str key = join(c, prefix, suffix);
    if (iam_str_is_set(key)) {
        api_context_add(c, key, value);
    }
}

bool api_target_has_exact_tag_keys(const struct api_target *target)
{
    struct iam_entity_arn parts;
    return iam_entity_arn_parse(target->arn, &parts) == IAM_OK &&
           iam_kind_get(parts.kind)->has_exact_tag_keys;
}

/* Tells whether a tag after number i has the same key. */
static bool comes_again(const struct iam_tag *tags, size_t count, size_t i, bool is_exact)
{
    bool (*equal)(struct iam_str, struct iam_str) = is_exact ? iam_str_eq : iam_str_eq_nocase;
    for (size_t j = i + 1; j < count; j++) {
        if (equal(tags[j].key, tags[i].key)) {
            return true;
        }
    }
    return false;
}

/* Adds tag number last with the values of the tags before it whose keys differ only in case. */
static void add_spellings(struct api_context *c, struct iam_str prefix, const struct iam_tag *tags,
                          size_t last)
{
    struct iam_str key = join(c, prefix, tags[last].key);
    struct iam_str *values = iam_arena_zalloc(c->arena, last + 1, sizeof(*values));
    size_t n = 0;
    if (!iam_str_is_set(key) || values == NULL) {
        c->failed = true;
        return;
    }
    for (size_t i = 0; i <= last; i++) {
        if (iam_str_eq_nocase(tags[i].key, tags[last].key) &&
            !comes_again(tags, last + 1, i, true)) {
            values[n++] = tags[i].value;
        }
    }
    if (n == 1) {
        api_context_add(c, key, values[0]);
    } else {
        api_context_add_list(c, key, values, n);
    }
}

void api_context_add_tags(struct api_context *c, struct iam_str prefix, const struct iam_tag *tags,
                          size_t count, bool is_exact)
{
    for (size_t i = 0; i < count; i++) {
        if (comes_again(tags, count, i, false)) {
            continue;
        }
        if (is_exact) {
            add_spellings(c, prefix, tags, i);
        } else {
            api_context_add_tagged(c, prefix, tags[i].key, tags[i].value);
        }
    }
}

/* ---- the principal ---- */

/*
 * Adds the tags of the principal. A session tag overrides the role's tag with the same key. SPEC:
 * IAM User Guide, "Pass session tags in AWS STS".
 */
static void add_principal_tags(struct api_context *c, const struct api_subject *s)
{
    const struct iam_str prefix = IAM_STR("aws:PrincipalTag/");
    const struct iam_tag *own = s->session != NULL ? s->session->tags : NULL;
    size_t own_count = s->session != NULL ? s->session->tag_count : 0;
    for (size_t i = 0; i < s->view->tag_count; i++) {
        if (iam_tag_find(own, own_count, s->view->tags[i].key) == NULL) {
            api_context_add_tagged(c, prefix, s->view->tags[i].key, s->view->tags[i].value);
        }
    }
    for (size_t i = 0; i < own_count; i++) {
        api_context_add_tagged(c, prefix, own[i].key, own[i].value);
    }
}

static struct iam_str iso_time(struct api_context *c, int64_t ms)
{
    char text[IAM_TIME_ISO_LEN + 1];
    struct iam_str copy = iam_str_absent();
    iam_time_to_iso(ms, text);
    if (iam_arena_dup(c->arena, iam_str_c(text), &copy) != IAM_OK) {
        c->failed = true;
    }
    return copy;
}

static struct iam_str number(struct api_context *c, int64_t value)
{
    struct iam_alloc alloc = iam_arena_allocator(c->arena);
    struct iam_str text = iam_str_absent();
    struct iam_buf b;
    iam_buf_init(&b, &alloc, NUMBER_CHARS);
    iam_buf_add_i64(&b, value);
    if (iam_buf_finish(&b, &text) != IAM_OK) {
        c->failed = true;
    }
    return text;
}

/*
 * Adds the keys about the second factor. SPEC: without one they exist for temporary credentials
 * only, and not for federated ones; the age exists only if a second factor was used.
 */
static void add_mfa(struct api_context *c, const struct api_subject *s, int64_t now_ms)
{
    if (s->mfa_ms > 0) {
        api_context_add(c, IAM_STR("aws:MultiFactorAuthPresent"), IAM_STR("true"));
        api_context_add(c, IAM_STR("aws:MultiFactorAuthAge"),
                        number(c, (now_ms - s->mfa_ms) / 1000));
    } else if (s->session != NULL && iam_kind_get(s->session->kind)->has_mfa_key) {
        api_context_add(c, IAM_STR("aws:MultiFactorAuthPresent"), IAM_STR("false"));
    }
}

/*
 * Tells whether a key that a session brings has several values even when there is only one. SPEC:
 * Service Authorization Reference, "STS": the type of the amr keys.
 */
static bool is_list_key(struct iam_str key)
{
    const struct iam_str end = IAM_STR(":amr");

    return key.len > end.len &&
           iam_str_eq_nocase(iam_str_sub(key, key.len - end.len, end.len), end);
}

/* Adds one key that a session brings, with all its values; returns how many there are. */
static size_t add_brought(struct api_context *c, const struct iam_tag *pairs, size_t count)
{
    struct iam_str *values = iam_arena_zalloc(c->arena, count, sizeof(*values));
    size_t n = 0;

    if (values == NULL) {
        c->failed = true;
        return count;
    }
    while (n < count && iam_str_eq_nocase(pairs[n].key, pairs[0].key)) {
        values[n] = pairs[n].value;
        n++;
    }
    if (n == 1 && !is_list_key(pairs[0].key)) {
        api_context_add(c, pairs[0].key, pairs[0].value);
    } else {
        api_context_add_list(c, pairs[0].key, values, n);
    }
    return n;
}

static void add_session(struct api_context *c, const struct iam_session *session)
{
    api_context_add(c, IAM_STR("aws:TokenIssueTime"), iso_time(c, session->issued_ms));
    api_context_add(c, IAM_STR("aws:SourceIdentity"), session->source_identity);
    api_context_add(c, IAM_STR("aws:FederatedProvider"), session->federated_provider);
    if (session->kind == IAM_KIND_ROOT_SESSION) {
        api_context_add(c, IAM_STR("aws:AssumedRoot"), IAM_STR("true"));
    }
    for (size_t i = 0; i < session->context_count;) {
        i += add_brought(c, session->context + i, session->context_count - i);
    }
}

void api_context_add_principal(struct api_context *c, const struct api_subject *s, int64_t now_ms)
{
    struct iam_principal principal = api_subject_describe(s);

    /* SPEC: recorded on AWS: whom a provider vouches for has none while it assumes a role. */
    if (principal.kind != IAM_PRINCIPAL_FEDERATED) {
        api_context_add(c, IAM_STR("aws:PrincipalArn"), principal.arn);
    }
    api_context_add(c, IAM_STR("aws:PrincipalAccount"), s->view->account);
    api_context_add(c, IAM_STR("aws:PrincipalType"), iam_kind_get(s->kind)->principal_type);
    api_context_add(c, IAM_STR("aws:userid"), s->user_id);
    if (s->kind == IAM_KIND_USER) {
        api_context_add(c, IAM_STR("aws:username"), s->view->name);
    }
    api_context_add(c, IAM_STR("aws:PrincipalIsAWSService"), IAM_STR("false"));
    api_context_add(c, IAM_STR("aws:ViaAWSService"), IAM_STR("false"));
    add_principal_tags(c, s);
    add_mfa(c, s, now_ms);
    if (s->session != NULL) {
        add_session(c, s->session);
    }
}

void api_context_add_time(struct api_context *c, int64_t now_ms)
{
    api_context_add(c, IAM_STR("aws:CurrentTime"), iso_time(c, now_ms));
    api_context_add(c, IAM_STR("aws:EpochTime"), number(c, now_ms / 1000));
}

/* ---- a call of the API ---- */

/* Adds the keys that a provider vouches for. */
static void add_vouched(struct api_context *c, const struct api_evidence *evidence)
{
    for (size_t i = 0; evidence != NULL && i < evidence->key_count; i++) {
        const struct iam_context_entry *entry = &evidence->keys[i];
        if (entry->is_list) {
            api_context_add_list(c, entry->key, entry->values, entry->value_count);
        } else {
            api_context_add(c, entry->key, entry->values[0]);
        }
    }
}

static void add_transport(struct api_context *c, const struct iam_call *call)
{
    api_context_add(c, IAM_STR("aws:SourceIp"), call->origin.source_ip);
    api_context_add(c, IAM_STR("aws:SecureTransport"),
                    call->origin.is_tls ? IAM_STR("true") : IAM_STR("false"));
    api_context_add(c, IAM_STR("aws:UserAgent"), call->origin.user_agent);
    api_context_add(c, IAM_STR("aws:referer"), call->origin.referer);
    api_context_add(c, IAM_STR("aws:RequestedRegion"),
                    call->op->service->is_global ? call->env->region : call->caller->signed_region);
}

static void add_texts(struct api_context *c, const struct api_key_source *source, const void *input)
{
    struct iam_str_list list = api_member_texts(source->member, input);
    if (list.count > 0) {
        api_context_add_list(c, source->key, list.items, list.count);
    }
}

static void add_tags(struct api_context *c, const struct api_key_source *source, const void *input,
                     const struct api_target *target)
{
    struct api_tags tags = api_member_tags(source->member, input);
    struct iam_tag *all = iam_arena_zalloc(c->arena, tags.count + 1, sizeof(*all));
    if (all == NULL) {
        c->failed = true;
        return;
    }
    for (size_t i = 0; i < tags.count; i++) {
        all[i] = api_tags_get(&tags, i);
    }
    api_context_add_tags(c, source->key, all, tags.count, api_target_has_exact_tag_keys(target));
}

static void add_tag_keys(struct api_context *c, const struct api_key_source *source,
                         const void *input)
{
    struct api_tags tags = api_member_tags(source->member, input);
    struct iam_str *keys = iam_arena_zalloc(c->arena, tags.count + 1, sizeof(*keys));
    if (keys == NULL) {
        c->failed = true;
        return;
    }
    for (size_t i = 0; i < tags.count; i++) {
        keys[i] = api_tags_get(&tags, i).key;
    }
    if (tags.count > 0) {
        api_context_add_list(c, source->key, keys, tags.count);
    }
}

static void add_map(struct api_context *c, const struct api_key_source *source, const void *input)
{
    const struct api_list *map = api_member_list(source->member, input);
    const struct api_map_entry *entries = map->items;
    for (size_t i = 0; i < map->count; i++) {
        api_context_add_tagged(c, source->key, entries[i].key, entries[i].value);
    }
}

/* Adds the keys of a map, or what comes before their first slash, each once in a row. */
static void add_map_keys(struct api_context *c, const struct api_key_source *source,
                         const void *input)
{
    const struct api_list *map = api_member_list(source->member, input);
    const struct api_map_entry *entries = map->items;
    struct iam_str *keys = iam_arena_zalloc(c->arena, map->count + 1, sizeof(*keys));
    bool is_cut = source->from == API_KEY_FROM_MAP_NAMESPACES;
    size_t count = 0;
    if (keys == NULL) {
        c->failed = true;
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        struct iam_str key = entries[i].key;
        keys[count] = is_cut ? iam_str_sub(key, 0, iam_str_find(key, '/', 0)) : key;
        count += count == 0 || !iam_str_eq(keys[count], keys[count - 1]);
    }
    if (count > 0) {
        api_context_add_list(c, source->key, keys, count);
    }
}

static void add_fact(struct api_context *c, const struct api_key_source *source,
                     const struct api_target *target)
{
    for (size_t i = 0; i < API_MAX_FACTS; i++) {
        const struct api_fact_text *fact = &target->facts[i];
        if (!iam_str_eq(fact->name, source->value)) {
            continue;
        }
        if (fact->values != NULL) {
            api_context_add_list(c, source->key, fact->values, fact->count);
        } else {
            api_context_add(c, source->key, fact->text);
        }
    }
}

static void add_number(struct api_context *c, const struct api_key_source *source,
                       const void *input)
{
    const struct api_opt_int *value = (const void *)((const char *)input + source->member->offset);
    if (value->is_set) {
        api_context_add(c, source->key, number(c, value->value));
    }
}

/*
 * Adds the tags of the resource, which are read only once, however many permissions are about it.
 */
static enum iam_status need_tags(struct iam_call *call, struct api_target *target)
{
    if (target->ref.kind != 0 && !target->has_tags) {
        IAM_TRY(iam_store_tag_list(call->txn, call->arena, &target->ref, NULL, &target->tags));
        target->has_tags = true;
    }
    return IAM_OK;
}

static enum iam_status add_resource_tag_keys(struct api_context *c, struct iam_call *call,
                                             const struct api_key_source *source,
                                             struct api_target *target)
{
    IAM_TRY(need_tags(call, target));
    struct iam_str *keys = iam_arena_zalloc(c->arena, target->tags.count + 1, sizeof(*keys));
    IAM_ENSURE(keys != NULL, IAM_NOMEM);
    for (size_t i = 0; i < target->tags.count; i++) {
        keys[i] = target->tags.items[i].key;
    }
    if (target->tags.count > 0) {
        api_context_add_list(c, source->key, keys, target->tags.count);
    }
    return IAM_OK;
}

static void add_evidence_tag_keys(struct api_context *c, struct iam_str key,
                                  const struct api_evidence *evidence)
{
    struct iam_str *keys = iam_arena_zalloc(c->arena, evidence->tag_count + 1, sizeof(*keys));
    if (keys == NULL) {
        c->failed = true;
        return;
    }
    for (size_t i = 0; i < evidence->tag_count; i++) {
        keys[i] = evidence->tags[i].key;
    }
    if (evidence->tag_count > 0) {
        api_context_add_list(c, key, keys, evidence->tag_count);
    }
}

/* Adds a key about the session that the evidence asks for. */
static void add_evidence(struct api_context *c, const struct api_key_source *source,
                         const struct api_evidence *evidence)
{
    if (evidence == NULL) {
        return;
    }
    if (source->from == API_KEY_FROM_EVIDENCE_TAGS) {
        api_context_add_tags(c, source->key, evidence->tags, evidence->tag_count, false);
    } else if (source->from == API_KEY_FROM_EVIDENCE_TAG_KEYS) {
        add_evidence_tag_keys(c, source->key, evidence);
    } else if (source->from == API_KEY_FROM_EVIDENCE_SOURCE_IDENTITY) {
        api_context_add(c, source->key, evidence->source_identity);
    } else if (evidence->transitive_count > 0) {
        api_context_add_list(c, source->key, evidence->transitive_keys, evidence->transitive_count);
    }
}

static enum iam_status add_resource_tags(struct api_context *c, struct iam_call *call,
                                         const struct api_key_source *source,
                                         struct api_target *target)
{
    IAM_TRY(need_tags(call, target));
    api_context_add_tags(c, source->key, target->tags.items, target->tags.count,
                         api_target_has_exact_tag_keys(target));
    return IAM_OK;
}

static enum iam_status add_source(struct api_context *c, struct iam_call *call, const void *input,
                                  const struct api_key_source *source, struct api_target *target)
{
    switch (source->from) {
    case API_KEY_FROM_TEXT:
        api_context_add(c, source->key, api_member_text(source->member, input));
        return IAM_OK;
    case API_KEY_FROM_NUMBER:
        add_number(c, source, input);
        return IAM_OK;
    case API_KEY_FROM_TEXTS:
        add_texts(c, source, input);
        return IAM_OK;
    case API_KEY_FROM_TAGS:
        add_tags(c, source, input, target);
        return IAM_OK;
    case API_KEY_FROM_TAG_KEYS:
        add_tag_keys(c, source, input);
        return IAM_OK;
    case API_KEY_FROM_MAP:
        add_map(c, source, input);
        return IAM_OK;
    case API_KEY_FROM_MAP_KEYS:
    case API_KEY_FROM_MAP_NAMESPACES:
        add_map_keys(c, source, input);
        return IAM_OK;
    case API_KEY_FROM_CONSTANT:
        api_context_add(c, source->key, source->value);
        return IAM_OK;
    case API_KEY_FROM_CONSTANT_LIST:
        api_context_add_list(c, source->key, &source->value, 1);
        return IAM_OK;
    case API_KEY_FROM_RESOURCE_TAGS:
        return add_resource_tags(c, call, source, target);
    case API_KEY_FROM_RESOURCE_TAG_KEYS:
        return add_resource_tag_keys(c, call, source, target);
    case API_KEY_FROM_EVIDENCE_TAGS:
    case API_KEY_FROM_EVIDENCE_TAG_KEYS:
    case API_KEY_FROM_EVIDENCE_TRANSITIVE_KEYS:
    case API_KEY_FROM_EVIDENCE_SOURCE_IDENTITY:
        add_evidence(c, source, call->evidence);
        return IAM_OK;
    case API_KEY_FROM_RESOURCE_FACT:
        add_fact(c, source, target);
        return IAM_OK;
    }
    return IAM_UNSUPPORTED;
}

/*
 * Returns the account that owns the resource, as conditions see it: AWS's policies and templates
 * belong to an account of AWS.
 * SPEC: recorded on AWS, docs/conformance.md, "Requests of IAM and STS".
 */
static struct iam_str owner_of(const struct api_target *target)
{
    bool is_of_aws = iam_str_starts(target->arn, IAM_STR("arn:" IAM_PARTITION ":iam::aws:"));
    return is_of_aws ? IAM_STR("639982225848") : target->account;
}

enum iam_status api_context_of_call(struct iam_call *call, const void *input,
                                    const struct api_permission *permission,
                                    struct api_target *target, struct api_context *ret)
{
    struct api_context c;

    api_context_init(&c, call->arena);
    api_context_add_principal(&c, &call->subject, call->high_ms);
    api_context_add_time(&c, call->high_ms);
    add_vouched(&c, call->evidence);
    add_transport(&c, call);
    api_context_add(&c, IAM_STR("aws:ResourceAccount"), owner_of(target));
    for (size_t i = 0; i < permission->key_count; i++) {
        IAM_TRY(add_source(&c, call, input, &permission->keys[i], target));
    }
    IAM_ENSURE(!c.failed, IAM_LIMIT);
    *ret = c;
    return IAM_OK;
}
