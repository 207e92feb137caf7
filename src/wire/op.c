/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds an operation: by name for the protocols that send one, by method and path for REST-JSON.
 * The tables are generated and sorted by name.
 */
#include "wire/op.h"

#include "wire/path_int.h"

const struct api_op *api_op_find(const struct api_service *service, struct iam_str name)
{
    size_t low = 0;
    size_t high = service->op_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = iam_str_cmp(service->ops[mid].name, name);
        if (order == 0) {
            return &service->ops[mid];
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

bool api_op_is_not_yet(const struct api_service *service, struct iam_str name)
{
    for (size_t i = 0; i < service->not_yet_count; i++) {
        if (iam_str_eq(service->not_yet[i], name)) {
            return true;
        }
    }
    return false;
}

bool api_path_next(struct iam_cur *c, struct iam_str *ret)
{
    if (!iam_cur_char(c, '/')) {
        return false;
    }
    ret->p = c->p;
    while (c->p != c->end && *c->p != '/') {
        c->p++;
    }
    ret->len = (size_t)(c->p - ret->p);
    return true;
}

bool api_path_is_label(struct iam_str part)
{
    return part.len > 2 && part.p[0] == '{';
}

/*
 * Tells whether path fits the template. A label matches exactly one segment, which must not be
 * empty.
 */
static bool path_matches(struct iam_str pattern, struct iam_str path)
{
    struct iam_cur want = iam_cur_of(pattern);
    struct iam_cur have = iam_cur_of(path);
    struct iam_str want_part;
    struct iam_str have_part;

    while (api_path_next(&want, &want_part)) {
        if (!api_path_next(&have, &have_part)) {
            return false;
        }
        bool is_equal =
            api_path_is_label(want_part) ? have_part.len > 0 : iam_str_eq(want_part, have_part);
        if (!is_equal) {
            return false;
        }
    }
    return iam_cur_at_end(&want) && iam_cur_at_end(&have);
}

static bool has_label(struct iam_str pattern)
{
    return iam_str_find(pattern, '{', 0) < pattern.len;
}

const struct api_op *api_op_route(const struct api_service *service, struct iam_str method,
                                  struct iam_str path)
{
    const struct api_op *found = NULL;

    for (size_t i = 0; i < service->op_count; i++) {
        const struct api_op *op = &service->ops[i];
        if (!iam_str_eq(op->http_method, method) || !path_matches(op->http_path, path)) {
            continue;
        }
        /* "/policy/generation" takes precedence over "/policy/{id}". */
        if (found == NULL || !has_label(op->http_path)) {
            found = op;
        }
    }
    return found;
}
