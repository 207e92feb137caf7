/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS decided, recorded (tests/vectors/aws/README.md), through the functions that
 * `iam decide --batch` runs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "lib/test.h"

#include "cli/case.h"

#define DECISIONS "tests/vectors/aws/decisions.jsonl"
#define FEWEST_DECISIONS 680

static struct iam_str member(const struct iam_json *row, const char *name)
{
    const struct iam_json *m = iam_json_member(row, iam_str_c(name));
    return m != NULL && m->type == IAM_JSON_STRING ? m->text : iam_str_absent();
}

/* "deny" is a denial of which AWS did not say the kind. */
static bool is_as_recorded(struct iam_str expected, enum iam_effect effect)
{
    if (iam_str_eq(expected, IAM_STR("deny"))) {
        return effect != IAM_ALLOW;
    }
    return iam_str_eq(expected, iam_str_c(iam_effect_name(effect)));
}

static void every_decision_is_as_recorded(void **state)
{
    FILE *f = fopen(DECISIONS, "rb");
    char *line = NULL;
    size_t cap = 0;
    size_t count = 0;
    size_t failed = 0;
    size_t excepted = 0;
    ssize_t n;
    struct iam_arena arena;
    (void)state;
    assert_non_null(f);
    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    while ((n = getline(&line, &cap, f)) > 0) {
        struct iam_case_result r;
        iam_arena_clear(&arena);
        iam_case_decide(&arena, (struct iam_str){ line, (size_t)n }, &r);
        assert_non_null(r.root);
        count++;
        if (member(r.root, "judged").len > 0) {
            excepted++;
        } else if (!r.is_readable ||
                   !is_as_recorded(member(r.root, "expected"), r.decision.effect)) {
            struct iam_str id = member(r.root, "id");
            struct iam_str error = iam_str_is_set(r.error) ? r.error : IAM_STR("");
            print_error("%.*s: %s %.*s\n", IAM_STR_ARG(id), iam_effect_name(r.decision.effect),
                        IAM_STR_ARG(error));
            failed++;
        }
    }
    free(line);
    iam_arena_done(&arena);
    assert_int_equal(fclose(f), 0);
    print_message("%zu decisions, %zu excepted\n", count, excepted);
    assert_int_equal(failed, 0);
    assert_true(count >= FEWEST_DECISIONS && excepted <= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decision_is_as_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
