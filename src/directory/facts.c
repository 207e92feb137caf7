/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts in one block of memory: the struct, its arrays, then the bytes of all strings. There may be
 * a million of them, so they are packed tightly rather than put into an arena each.
 */
#include <stdalign.h>

#include "directory/kept_int.h"

_Static_assert(alignof(struct iam_facts) >= alignof(struct iam_tag) &&
                   alignof(struct iam_facts) >= alignof(struct iam_dir_inline),
               "the arrays that follow the struct are aligned");

/* Where the next array and the next string of a block go. */
struct packer {
    char *array;
    char *text;
};

static size_t array_bytes(const struct iam_facts *f)
{
    return f->tag_count * sizeof(*f->tags) + f->inline_count * sizeof(*f->inlines) +
           f->attached_count * sizeof(*f->attached) + f->group_count * sizeof(*f->groups);
}

static size_t text_bytes(const struct iam_facts *f)
{
    size_t bytes = f->account.len + f->id.len + f->name.len + f->arn.len;

    for (size_t i = 0; i < f->tag_count; i++) {
        bytes += f->tags[i].key.len + f->tags[i].value.len;
    }
    for (size_t i = 0; i < f->inline_count; i++) {
        bytes += f->inlines[i].name.len;
    }
    return bytes;
}

static struct iam_str pack_text(struct packer *p, struct iam_str s)
{
    struct iam_str copy = { iam_str_is_set(s) ? p->text : NULL, s.len };

    if (s.len > 0) {
        memcpy(p->text, s.p, s.len);
        p->text += s.len;
    }
    return copy;
}

static void *pack_array(struct packer *p, const void *items, size_t bytes)
{
    void *copy = p->array;

    if (bytes > 0) {
        memcpy(copy, items, bytes);
        p->array += bytes;
    }
    return copy;
}

static void pack_tags(struct packer *p, struct iam_facts *f)
{
    struct iam_tag *tags = pack_array(p, f->tags, f->tag_count * sizeof(*tags));

    for (size_t i = 0; i < f->tag_count; i++) {
        tags[i].key = pack_text(p, tags[i].key);
        tags[i].value = pack_text(p, tags[i].value);
    }
    f->tags = tags;
}

static void pack_inlines(struct packer *p, struct iam_facts *f)
{
    struct iam_dir_inline *inlines = pack_array(p, f->inlines, f->inline_count * sizeof(*inlines));

    for (size_t i = 0; i < f->inline_count; i++) {
        inlines[i].name = pack_text(p, inlines[i].name);
        if (inlines[i].document != NULL) {
            (void)iam_shared_ref(inlines[i].document);
        }
    }
    f->inlines = inlines;
}

static struct iam_dir_source *const *
pack_sources(struct packer *p, struct iam_dir_source *const *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)iam_dir_source_ref(sources[i]);
    }
    return pack_array(p, (const void *)sources, count * sizeof(struct iam_dir_source *));
}

/* Takes the references that are not in an array. */
static void ref_singles(struct iam_facts *f)
{
    if (f->boundary != NULL) {
        (void)iam_dir_source_ref(f->boundary);
    }
    if (f->trust_text != NULL) {
        (void)iam_shared_ref(f->trust_text);
    }
    if (f->trust != NULL) {
        (void)iam_policy_set_ref(f->trust);
    }
}

enum iam_status iam_facts_new(struct iam_pool *pool, const struct iam_facts *draft,
                              struct iam_facts **ret)
{
    size_t head = sizeof(*draft) + array_bytes(draft);
    struct iam_facts *f = pool->alloc.alloc(pool->alloc.ctx, head + text_bytes(draft));
    IAM_ENSURE(f != NULL, IAM_NOMEM);
    struct packer p = { (char *)(f + 1), (char *)f + head };

    *f = *draft;
    atomic_init(&f->refs, 1);
    f->pool = pool;
    f->account = pack_text(&p, draft->account);
    f->id = pack_text(&p, draft->id);
    f->name = pack_text(&p, draft->name);
    f->arn = pack_text(&p, draft->arn);
    pack_tags(&p, f);
    pack_inlines(&p, f);
    f->attached = pack_sources(&p, draft->attached, draft->attached_count);
    f->groups = pack_sources(&p, draft->groups, draft->group_count);
    ref_singles(f);
    *ret = f;
    return IAM_OK;
}

/* Documents are shared, so one that is the same is the same one. */
bool iam_facts_grant_same(const struct iam_facts *a, const struct iam_facts *b)
{
    if (a->is_broken || b->is_broken || a->inline_count != b->inline_count ||
        a->attached_count != b->attached_count) {
        return false;
    }
    for (size_t i = 0; i < a->inline_count; i++) {
        if (!iam_str_eq(a->inlines[i].name, b->inlines[i].name) ||
            a->inlines[i].document != b->inlines[i].document) {
            return false;
        }
    }
    for (size_t i = 0; i < a->attached_count; i++) {
        if (a->attached[i] != b->attached[i]) {
            return false;
        }
    }
    return true;
}
