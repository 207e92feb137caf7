/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's tools: refusals, memory, and the "one or a list" form that most elements have. */
#include "policy/read_int.h"

#include "base/diag.h"
#include "base/sort.h"

#define QUOTED_MAX 80

static enum iam_status fill(const struct iam_reader *r, enum iam_status status, size_t offset,
                            const char *says, const char *detail, struct iam_str subject)
{
    (void)iam_diag_set(r->diag, status, iam_policy_text(r->policy), offset, says);
    if (detail != NULL) {
        iam_diag_add_c(r->diag, IAM_REFUSAL_SEPARATOR);
        iam_diag_add_c(r->diag, detail);
    }
    if (iam_str_is_set(subject)) {
        iam_diag_add_c(r->diag, " ");
        iam_diag_add_quoted(r->diag, subject, QUOTED_MAX);
    }
    return status;
}

enum iam_status iam_read_refuse(const struct iam_reader *r, size_t offset, const char *says,
                                const char *detail, struct iam_str subject)
{
    return fill(r, IAM_SYNTAX, offset, says, detail, subject);
}

enum iam_status iam_read_too_much(const struct iam_reader *r, size_t offset, const char *detail)
{
    return fill(r, IAM_LIMIT, offset, IAM_SAYS_SYNTAX, detail, iam_str_absent());
}

enum iam_status iam_read_no_memory(const struct iam_reader *r)
{
    return fill(r, IAM_NOMEM, 0, "not enough memory for the policy", NULL, iam_str_absent());
}

enum iam_status iam_read_array(const struct iam_reader *r, size_t count, size_t size,
                               void *ret_pointer)
{
    void *p = count <= IAM_POLICY_MAX_ITEMS ? iam_image_array(r->image, count * size) : NULL;
    if (p == NULL) {
        return iam_read_too_much(r, 0, "a list has too many items");
    }
    memcpy(ret_pointer, &p, sizeof(p));
    return IAM_OK;
}

enum iam_status iam_read_bytes(const struct iam_reader *r, size_t count, char **ret)
{
    char *p = iam_image_bytes(r->image, count);
    if (p == NULL) {
        return iam_read_too_much(r, 0, "the document holds too much");
    }
    *ret = p;
    return IAM_OK;
}

enum iam_status iam_read_keep(const struct iam_reader *r, const struct iam_json *node,
                              struct iam_str text, struct iam_str *ret)
{
    struct iam_str own = iam_policy_text(r->policy);
    if (text.len > IAM_POLICY_MAX_VALUE_BYTES) {
        return iam_read_too_much(r, node->offset, "a name or value is longer than 8192 bytes");
    }
    uintptr_t at = (uintptr_t)text.p;
    if (at >= (uintptr_t)own.p && at < (uintptr_t)own.p + own.len) {
        *ret = text;
        return IAM_OK;
    }
    char *p;
    IAM_TRY(iam_read_bytes(r, text.len, &p));
    memcpy(p, text.p, text.len);
    *ret = (struct iam_str){ p, text.len };
    return IAM_OK;
}

enum iam_status iam_read_strings(const struct iam_reader *r, const struct iam_json *node,
                                 const char *element, const struct iam_json **ret_first,
                                 uint32_t *ret_count)
{
    if (node->type == IAM_JSON_STRING) {
        *ret_first = node;
        *ret_count = 1;
        return IAM_OK;
    }
    if (node->type != IAM_JSON_ARRAY) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "write a string or a list of strings as the value of",
                               iam_str_c(element));
    }
    for (const struct iam_json *item = node->first; item != NULL; item = item->next) {
        if (item->type != IAM_JSON_STRING) {
            return iam_read_refuse(r, item->offset, IAM_SAYS_SYNTAX,
                                   "every item must be a string in the list of",
                                   iam_str_c(element));
        }
    }
    *ret_first = node->first;
    *ret_count = node->child_count;
    return IAM_OK;
}

static int order_by_name(const void *a, const void *b)
{
    const struct iam_json *x = a;
    const struct iam_json *y = b;
    return iam_str_cmp_nocase(x->name, y->name);
}

#define FEW_MEMBERS 16

static const struct iam_json *find_twin_of_few(const struct iam_json *obj)
{
    for (const struct iam_json *a = obj->first; a != NULL; a = a->next) {
        for (const struct iam_json *b = a->next; b != NULL; b = b->next) {
            if (iam_str_eq_nocase(a->name, b->name)) {
                return b;
            }
        }
    }
    return NULL;
}

/*
 * Finds two names that differ in case only. Sorts first, so that an object of many members does not
 * take quadratic time.
 */
static enum iam_status find_twin_of_many(const struct iam_reader *r, const struct iam_json *obj,
                                         const struct iam_json **ret)
{
    const void **sorted = NULL;
    size_t n = 0;
    sorted = iam_arena_zalloc(r->scratch, obj->child_count, sizeof(*sorted));
    if (sorted == NULL) {
        return iam_read_no_memory(r);
    }
    for (const struct iam_json *m = obj->first; m != NULL; m = m->next) {
        sorted[n++] = m;
    }
    iam_sort(sorted, n, order_by_name);
    for (size_t i = 1; i < n; i++) {
        const struct iam_json *a = sorted[i - 1];
        const struct iam_json *b = sorted[i];
        if (iam_str_eq_nocase(a->name, b->name)) {
            *ret = a->offset > b->offset ? a : b;
            return IAM_OK;
        }
    }
    return IAM_OK;
}

enum iam_status iam_read_check_case(const struct iam_reader *r, const struct iam_json *obj)
{
    const struct iam_json *twin = NULL;
    if (obj->child_count <= FEW_MEMBERS) {
        twin = find_twin_of_few(obj);
    } else {
        IAM_TRY(find_twin_of_many(r, obj, &twin));
    }
    if (twin != NULL) {
        return iam_read_refuse(r, twin->name_offset, IAM_SAYS_SYNTAX,
                               "the same name is given twice, in another case:", twin->name);
    }
    return IAM_OK;
}
