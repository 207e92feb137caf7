/* SPDX-License-Identifier: Apache-2.0 */
/* Every case of tests/vectors/decide, through the functions that `iam decide --batch` runs. */
#include "unit/cli/rows.h"

#include "cli/case.h"
#include "policy/kind.h"

#define VECTORS "tests/vectors/decide"
#define FEWEST_CASES 3000

static bool contains(struct iam_str all, struct iam_str part)
{
    return part.len == 0 || (all.len > 0 && memmem(all.p, all.len, part.p, part.len) != NULL);
}

/* NULL or what is wrong. */
static const char *judge(const struct iam_case_result *r)
{
    struct iam_str reason = rows_member(r->root, "reason");
    struct iam_str message = rows_member(r->root, "message");
    struct iam_str error = rows_member(r->root, "error");
    if (r->root == NULL || !r->is_readable) {
        return "the case cannot be read";
    }
    if (rows_member(r->root, "source").len == 0 || rows_member(r->root, "note").len == 0) {
        return "the case has no source or no note";
    }
    if (!iam_str_eq(rows_member(r->root, "expect"),
                    iam_str_c(iam_effect_name(r->decision.effect)))) {
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

static void run(struct rows *rows, struct iam_str line)
{
    struct iam_case_result r;
    iam_case_decide(&rows->arena, line, &r);
    const char *wrong = judge(&r);
    if (wrong != NULL) {
        struct iam_str error = iam_str_is_set(r.error) ? r.error : r.message;
        print_error("%s:%zu: %s: %s %.*s\n", rows->path, rows->number, wrong,
                    iam_effect_name(r.decision.effect), IAM_STR_ARG(error));
        rows->failed++;
    }
}

static void every_vector_holds(void **state)
{
    struct rows rows = { .count = 0 };
    (void)state;
    rows_of_directory(&rows, VECTORS, run);
    print_message("%zu cases\n", rows.count);
    assert_int_equal(rows.failed, 0);
    assert_true(rows.count >= FEWEST_CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
