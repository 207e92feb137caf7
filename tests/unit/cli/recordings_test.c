/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS decided, recorded (tests/vectors/aws/README.md), through the functions that
 * `iam decide --batch` runs.
 */
#include "unit/cli/rows.h"

#include "cli/case.h"

#define DECISIONS "tests/vectors/aws/decisions.jsonl"
#define FEWEST_DECISIONS 680

/* "deny" is a denial of which AWS did not say the kind. */
static bool is_as_recorded(struct iam_str expected, enum iam_effect effect)
{
    if (iam_str_eq(expected, IAM_STR("deny"))) {
        return effect != IAM_ALLOW;
    }
    return iam_str_eq(expected, iam_str_c(iam_effect_name(effect)));
}

static void run(struct rows *rows, struct iam_str line)
{
    struct iam_case_result r;
    iam_case_decide(&rows->arena, line, &r);
    assert_non_null(r.root);
    if (rows_member(r.root, "judged").len > 0) {
        rows->excepted++;
        return;
    }
    if (!r.is_readable || !is_as_recorded(rows_member(r.root, "expected"), r.decision.effect)) {
        struct iam_str id = rows_member(r.root, "id");
        struct iam_str error = iam_str_or(r.error, IAM_STR(""));
        print_error("%.*s: %s %.*s\n", IAM_STR_ARG(id), iam_effect_name(r.decision.effect),
                    IAM_STR_ARG(error));
        rows->failed++;
    }
}

static void every_decision_is_as_recorded(void **state)
{
    struct rows rows = { .count = 0 };
    (void)state;
    rows_of_file(&rows, DECISIONS, run);
    print_message("%zu decisions, %zu excepted\n", rows.count, rows.excepted);
    assert_int_equal(rows.failed, 0);
    assert_true(rows.count >= FEWEST_DECISIONS && rows.excepted <= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decision_is_as_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
