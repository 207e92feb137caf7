/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: what is in the file and what an operator adds, as one list. INVARIANT: once the
 * list was made it never changes, so that who has read it needs no lock.
 */
#include "catalogue/catalogue.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/sort.h"
#include "catalogue/parts_int.h"

struct iam_catalogue {
    int fd;               /* of the file; -1: none */
    pthread_mutex_t lock; /* of who makes the list */
    struct iam_arena extra_arena;
    struct iam_catalogue_index extra;
    struct iam_catalogue_templates templates; /* of the program */
    struct iam_arena arena;                   /* of all that follows */
    struct iam_catalogue_index file;
    struct iam_catalogue_list list;             /* both */
    const struct iam_catalogue_policy **sorted; /* by name */
    atomic_bool is_listed;
};

/* ---- opening ---- */

static enum iam_status open_parts(struct iam_catalogue *c,
                                  const struct iam_catalogue_options *options, char *error)
{
    if (options->file != NULL) {
        enum iam_status st = iam_catalogue_file_open(options->file, &c->fd);
        if (st != IAM_OK) {
            (void)snprintf(error, IAM_CATALOGUE_ERROR_MAX, "%.400s: %s", options->file,
                           st == IAM_IO ? strerror(errno) : "this is no file of AWS's policies");
            return st;
        }
    }
    if (options->templates != NULL) {
        IAM_TRY(iam_catalogue_templates(AT_FDCWD, options->templates, &c->extra_arena,
                                        &c->templates, error));
    }
    return options->dir != NULL
               ? iam_catalogue_read_dir(options->dir, &c->extra_arena, &c->extra, error)
               : IAM_OK;
}

enum iam_status iam_catalogue_open(const struct iam_catalogue_options *options,
                                   struct iam_catalogue **ret, char error[IAM_CATALOGUE_ERROR_MAX])
{
    const struct iam_alloc *heap = iam_heap();
    struct iam_catalogue *c = heap->alloc(heap->ctx, sizeof(*c));

    (void)snprintf(error, IAM_CATALOGUE_ERROR_MAX, "there is no memory");
    IAM_ENSURE(c != NULL, IAM_NOMEM);
    memset(c, 0, sizeof(*c));
    c->fd = -1;
    (void)pthread_mutex_init(&c->lock, NULL);
    iam_arena_init(&c->extra_arena, heap, IAM_CATALOGUE_KEPT_MAX);
    iam_arena_init(&c->arena, heap, IAM_CATALOGUE_KEPT_MAX);
    enum iam_status st = open_parts(c, options, error);
    if (st != IAM_OK) {
        iam_catalogue_close(c);
        return st;
    }
    *ret = c;
    return IAM_OK;
}

void iam_catalogue_close(struct iam_catalogue *catalogue)
{
    const struct iam_alloc *heap = iam_heap();

    if (catalogue == NULL) {
        return;
    }
    if (catalogue->fd >= 0) {
        (void)close(catalogue->fd);
    }
    iam_arena_done(&catalogue->extra_arena);
    iam_arena_done(&catalogue->arena);
    (void)pthread_mutex_destroy(&catalogue->lock);
    heap->free(heap->ctx, catalogue);
}

/* ---- the list ---- */

static int by_name(const void *a, const void *b)
{
    const struct iam_catalogue_policy *x = a;
    const struct iam_catalogue_policy *y = b;

    return iam_str_cmp_nocase(x->name, y->name);
}

/* Finds the place of the first policy whose name is not before name. */
static size_t place_of(const struct iam_catalogue *c, struct iam_str name)
{
    size_t low = 0;
    size_t high = c->list.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (iam_str_cmp_nocase(c->sorted[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct iam_catalogue_policy *find_name(const struct iam_catalogue *c,
                                                    struct iam_str name)
{
    size_t at = place_of(c, name);

    return at < c->list.count && iam_str_eq_nocase(c->sorted[at]->name, name) ? c->sorted[at]
                                                                              : NULL;
}

static enum iam_status sort_list(struct iam_catalogue *c)
{
    c->sorted = iam_arena_zalloc(&c->arena, c->list.count + 1, sizeof(const void *));
    IAM_ENSURE(c->sorted != NULL, IAM_NOMEM);
    for (size_t i = 0; i < c->list.count; i++) {
        c->sorted[i] = &c->list.items[i];
    }
    iam_sort((const void **)c->sorted, c->list.count, by_name);
    return IAM_OK;
}

/* Puts the operator's policies in the place of those of the same name, or at the end. */
static void add_extra(struct iam_catalogue *c, struct iam_catalogue_policy *items)
{
    size_t from_file = c->list.count;

    for (size_t i = 0; i < c->extra.policy_count; i++) {
        const struct iam_catalogue_policy *extra = &c->extra.policies[i];
        size_t at = 0;

        while (at < from_file && !iam_str_eq_nocase(items[at].name, extra->name)) {
            at++;
        }
        items[at < from_file ? at : c->list.count++] = *extra;
    }
}

static enum iam_status make_list(struct iam_catalogue *c)
{
    if (c->fd >= 0) {
        IAM_TRY(iam_catalogue_file_index(c->fd, &c->arena, &c->file));
    }
    size_t count = c->file.policy_count + c->extra.policy_count;
    struct iam_catalogue_policy *items = iam_arena_zalloc(&c->arena, count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < c->file.policy_count; i++) {
        items[i] = c->file.policies[i];
    }
    c->list = (struct iam_catalogue_list){ items, c->file.policy_count };
    add_extra(c, items);
    return sort_list(c);
}

/* Makes the list unless there is one. */
static enum iam_status need_list(struct iam_catalogue *c)
{
    enum iam_status st = IAM_OK;

    if (atomic_load_explicit(&c->is_listed, memory_order_acquire)) {
        return IAM_OK;
    }
    (void)pthread_mutex_lock(&c->lock);
    if (!atomic_load_explicit(&c->is_listed, memory_order_relaxed)) {
        st = make_list(c);
        if (st != IAM_OK) {
            iam_arena_clear(&c->arena); /* the next who asks tries again */
        }
        atomic_store_explicit(&c->is_listed, st == IAM_OK, memory_order_release);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return st;
}

enum iam_status iam_catalogue_list(struct iam_catalogue *catalogue, struct iam_catalogue_list *ret)
{
    if (catalogue == NULL) {
        *ret = (struct iam_catalogue_list){ NULL, 0 };
        return IAM_OK;
    }
    IAM_TRY(need_list(catalogue));
    *ret = catalogue->list;
    return IAM_OK;
}

enum iam_status iam_catalogue_find(struct iam_catalogue *catalogue, struct iam_str arn,
                                   const struct iam_catalogue_policy **ret)
{
    size_t slash = arn.len;

    IAM_ENSURE(catalogue != NULL, IAM_NOT_FOUND);
    IAM_TRY(need_list(catalogue));
    while (slash > 0 && arn.p[slash - 1] != '/') {
        slash--;
    }
    const struct iam_catalogue_policy *found =
        find_name(catalogue, iam_str_sub(arn, slash, arn.len));
    IAM_ENSURE(found != NULL && iam_str_eq(found->arn, arn), IAM_NOT_FOUND);
    *ret = found;
    return IAM_OK;
}

static const struct iam_catalogue_service *find_service(const struct iam_catalogue_index *index,
                                                        struct iam_str service)
{
    for (size_t i = 0; i < index->service_count; i++) {
        if (iam_str_eq(index->services[i].service, service)) {
            return &index->services[i];
        }
    }
    return NULL;
}

enum iam_status iam_catalogue_service(struct iam_catalogue *catalogue, struct iam_str service,
                                      const struct iam_catalogue_service **ret)
{
    IAM_ENSURE(catalogue != NULL, IAM_NOT_FOUND);
    IAM_TRY(need_list(catalogue));
    const struct iam_catalogue_service *found = find_service(&catalogue->extra, service);
    found = found != NULL ? found : find_service(&catalogue->file, service);
    IAM_ENSURE(found != NULL, IAM_NOT_FOUND);
    *ret = found;
    return IAM_OK;
}

/* ---- documents ---- */

/* Copies the document of a version out of its frame; prefix as of iam_catalogue_file_frame. */
static enum iam_status read_version(const struct iam_catalogue *c,
                                    const struct iam_catalogue_version *version,
                                    struct iam_str prefix, struct iam_arena *arena,
                                    struct iam_str *ret)
{
    const struct iam_alloc *heap = iam_heap();
    const struct iam_catalogue_frame *frame = &c->file.frames[version->frame];
    char *raw;

    IAM_TRY(iam_catalogue_file_frame(c->fd, frame, frame->has_prefix ? prefix : iam_str_absent(),
                                     &raw));
    enum iam_status st =
        iam_arena_dup(arena, (struct iam_str){ raw + version->offset, version->bytes }, ret);
    heap->free(heap->ctx, raw);
    return st;
}

enum iam_status iam_catalogue_document(struct iam_catalogue *catalogue, struct iam_arena *arena,
                                       const struct iam_catalogue_policy *policy,
                                       const struct iam_catalogue_version *version,
                                       struct iam_str *ret)
{
    struct iam_str newest = iam_str_absent();

    if (iam_str_is_set(policy->document)) {
        *ret = policy->document;
        return IAM_OK;
    }
    if (catalogue->file.frames[version->frame].has_prefix) {
        IAM_TRY(read_version(catalogue, &policy->versions[0], iam_str_absent(), arena, &newest));
    }
    return read_version(catalogue, version, newest, arena, ret);
}

/* ---- templates ---- */

static const struct iam_role_template *find_role(const struct iam_catalogue_templates *from,
                                                 struct iam_str arn, const int64_t *minor)
{
    for (size_t i = 0; i < from->role_count; i++) {
        const struct iam_role_template *one = &from->roles[i];

        if (iam_str_eq(one->arn, arn) &&
            one->minor == (minor != NULL ? *minor : one->default_minor)) {
            return one;
        }
    }
    return NULL;
}

enum iam_status iam_catalogue_role_template(const struct iam_catalogue *catalogue,
                                            struct iam_str arn, const int64_t *minor,
                                            const struct iam_role_template **ret)
{
    IAM_ENSURE(catalogue != NULL, IAM_NOT_FOUND);
    const struct iam_role_template *found = find_role(&catalogue->extra.templates, arn, minor);
    found = found != NULL ? found : find_role(&catalogue->templates, arn, minor);
    IAM_ENSURE(found != NULL, IAM_NOT_FOUND);
    *ret = found;
    return IAM_OK;
}

static const struct iam_policy_template *find_policy(const struct iam_catalogue_templates *from,
                                                     struct iam_str arn)
{
    for (size_t i = 0; i < from->policy_count; i++) {
        if (iam_str_eq(from->policies[i].arn, arn)) {
            return &from->policies[i];
        }
    }
    return NULL;
}

enum iam_status iam_catalogue_policy_template(const struct iam_catalogue *catalogue,
                                              struct iam_str arn,
                                              const struct iam_policy_template **ret)
{
    IAM_ENSURE(catalogue != NULL, IAM_NOT_FOUND);
    const struct iam_policy_template *found = find_policy(&catalogue->extra.templates, arn);
    found = found != NULL ? found : find_policy(&catalogue->templates, arn);
    IAM_ENSURE(found != NULL, IAM_NOT_FOUND);
    *ret = found;
    return IAM_OK;
}
