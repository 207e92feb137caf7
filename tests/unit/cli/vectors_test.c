/* SPDX-License-Identifier: Apache-2.0 */
/* Every case of tests/vectors/decide, through the functions that `iam decide --batch` runs. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "lib/test.h"

#include "cli/case.h"
#include "policy/kind.h"

#define VECTORS "tests/vectors/decide"
#define FEWEST_CASES 3000

static struct iam_str member(const struct iam_case_result *r, const char *name)
{
    const struct iam_json *m = iam_json_member(r->root, iam_str_c(name));
    return m != NULL && m->type == IAM_JSON_STRING ? m->text : iam_str_absent();
}

static bool contains(struct iam_str all, struct iam_str part)
{
    return part.len == 0 || (all.len > 0 && memmem(all.p, all.len, part.p, part.len) != NULL);
}

/* NULL or what is wrong. */
static const char *judge(const struct iam_case_result *r)
{
    struct iam_str reason = member(r, "reason");
    struct iam_str message = member(r, "message");
    struct iam_str error = member(r, "error");
    if (r->root == NULL || !r->is_readable) {
        return "the case cannot be read";
    }
    if (member(r, "source").len == 0 || member(r, "note").len == 0) {
        return "the case has no source or no note";
    }
    if (!iam_str_eq(member(r, "expect"), iam_str_c(iam_effect_name(r->decision.effect)))) {
        return "another decision";
    }
    if (reason.len > 0 && !iam_str_eq(reason, iam_policy_kind_get(r->decision.reason)->word)) {
        return "another reason";
    }
    if (message.len > 0 && !iam_str_eq(message, r->message)) {
        return "another message";
    }
    if (iam_str_is_set(error) != iam_str_is_set(r->error) || !contains(r->error, error)) {
        return "another error";
    }
    return NULL;
}

static size_t run_file(const char *path, size_t *failed)
{
    FILE *f = fopen(path, "rb");
    char *line = NULL;
    size_t cap = 0;
    size_t count = 0;
    ssize_t n;
    struct iam_arena arena;
    assert_non_null(f);
    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    while ((n = getline(&line, &cap, f)) > 0) {
        struct iam_case_result r;
        iam_arena_clear(&arena);
        iam_case_decide(&arena, (struct iam_str){ line, (size_t)n }, &r);
        const char *wrong = judge(&r);
        count++;
        if (wrong != NULL) {
            struct iam_str error = iam_str_is_set(r.error) ? r.error : r.message;
            print_error("%s:%zu: %s: %s %.*s\n", path, count, wrong,
                        iam_effect_name(r.decision.effect), IAM_STR_ARG(error));
            (*failed)++;
        }
    }
    free(line);
    iam_arena_done(&arena);
    assert_int_equal(fclose(f), 0);
    return count;
}

static void every_vector_holds(void **state)
{
    DIR *dir = opendir(VECTORS);
    const struct dirent *e;
    size_t count = 0;
    size_t failed = 0;
    (void)state;
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL) {
        char path[512];
        if (iam_str_ends(iam_str_c(e->d_name), IAM_STR(".jsonl"))) {
            (void)snprintf(path, sizeof(path), VECTORS "/%s", e->d_name);
            count += run_file(path, &failed);
        }
    }
    (void)closedir(dir);
    print_message("%zu cases\n", count);
    assert_int_equal(failed, 0);
    assert_true(count >= FEWEST_CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
