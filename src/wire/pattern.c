/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matches patterns with PCRE2: against the whole string, in UTF-8, with character classes that are
 * ASCII only, as in Java. A match limit bounds the work; a match that reaches it counts as no
 * match, so that the value is refused rather than let through.
 */
#include "wire/pattern_int.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/heap.h"
#include "wire/shape.h"

/*
 * Backtracking steps: several times the length of the longest value that a shape with a pattern
 * takes.
 */
#define MATCH_LIMIT 1000000u
/* KiB of memory that one match may use. */
#define HEAP_LIMIT_KIB 8192u

struct api_matcher {
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static pcre2_general_context *general;
static pcre2_code **codes; /* api_pattern_count of them */

static void *pcre_alloc(PCRE2_SIZE bytes, void *ctx)
{
    (void)ctx;
    return iam_heap()->alloc(iam_heap()->ctx, bytes);
}

static void pcre_free(void *p, void *ctx)
{
    (void)ctx;
    iam_heap()->free(iam_heap()->ctx, p);
}

/* Compiles one pattern. IAM_CORRUPT: it is not a valid one. */
static enum iam_status compile(const char *pattern, pcre2_code **ret)
{
    const uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY |
                             PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_BACKSLASH_C;
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    PCRE2_SIZE offset = 0;
    int error = 0;

    IAM_ENSURE(context != NULL, IAM_NOMEM);
    *ret = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &error, &offset,
                         context);
    pcre2_compile_context_free(context);
    IAM_ENSURE(*ret != NULL || error != PCRE2_ERROR_HEAP_FAILED, IAM_NOMEM);
    return *ret != NULL ? IAM_OK : IAM_CORRUPT;
}

enum iam_status api_patterns_compile(void)
{
    enum iam_status status = IAM_OK;

    if (codes != NULL) {
        return IAM_OK;
    }
    general = pcre2_general_context_create(pcre_alloc, pcre_free, NULL);
    IAM_ENSURE(general != NULL, IAM_NOMEM);
    codes = pcre_alloc((api_pattern_count + 1) * sizeof(pcre2_code *), NULL);
    if (codes == NULL) {
        api_patterns_free();
        return IAM_NOMEM;
    }
    memset(codes, 0, (api_pattern_count + 1) * sizeof(pcre2_code *));
    for (size_t i = 0; i < api_pattern_count && status == IAM_OK; i++) {
        status = compile(api_patterns[i], &codes[i]);
    }
    if (status != IAM_OK) {
        api_patterns_free();
    }
    return status;
}

void api_patterns_free(void)
{
    for (size_t i = 0; codes != NULL && i < api_pattern_count; i++) {
        pcre2_code_free(codes[i]);
    }
    pcre_free(codes, NULL);
    codes = NULL;
    pcre2_general_context_free(general);
    general = NULL;
}

enum iam_status api_matcher_new(struct api_matcher **ret)
{
    struct api_matcher *m = pcre_alloc(sizeof(*m), NULL);

    IAM_ENSURE(m != NULL, IAM_NOMEM);
    m->data = pcre2_match_data_create(1, general);
    m->context = pcre2_match_context_create(general);
    if (m->data == NULL || m->context == NULL) {
        api_matcher_free(m);
        return IAM_NOMEM;
    }
    (void)pcre2_set_match_limit(m->context, MATCH_LIMIT);
    (void)pcre2_set_heap_limit(m->context, HEAP_LIMIT_KIB);
    *ret = m;
    return IAM_OK;
}

enum iam_status api_pattern_match(struct api_matcher *matcher, uint16_t pattern_index,
                                  struct iam_str text, bool *ret)
{
    if (codes == NULL || pattern_index >= api_pattern_count) {
        *ret = false;
        return IAM_OK;
    }
    int rc = pcre2_match(codes[pattern_index], (PCRE2_SPTR)text.p, text.len, 0, 0, matcher->data,
                         matcher->context);
    IAM_ENSURE(rc != PCRE2_ERROR_NOMEMORY, IAM_NOMEM);
    /* 0 is a match too: it means that one pair of offsets was not enough for all groups. */
    *ret = rc >= 0;
    return IAM_OK;
}

void api_matcher_free(struct api_matcher *matcher)
{
    if (matcher != NULL) {
        pcre2_match_data_free(matcher->data);
        pcre2_match_context_free(matcher->context);
        pcre_free(matcher, NULL);
    }
}
