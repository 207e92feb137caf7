/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that AWS took or refused, through the function that `iam lint` runs. The files of
 * tests/vectors/documents are ours, each line with its source; tests/vectors/aws/documents.jsonl
 * was recorded.
 */
#include "unit/cli/rows.h"

#include "cli/case.h"
#include "cli/command.h"
#include "policy/kind.h"

#define OURS "tests/vectors/documents"
#define RECORDED "tests/vectors/aws/documents.jsonl"
#define RECORDED_ROWS 302
#define RECORDED_EXCEPTED 6
#define FEWEST_OURS 150

static struct iam_str document_of(struct iam_arena *arena, const struct iam_json *row,
                                  struct iam_str line)
{
    struct iam_str text;
    const struct iam_json *node = iam_json_member(row, IAM_STR("document"));
    assert_non_null(node);
    assert_ok(iam_case_document(arena, line, node, &text));
    return text;
}

/* Returns NULL or what is wrong, and what was said. */
static const char *judge(struct iam_arena *arena, const struct iam_json *row, struct iam_str line,
                         struct iam_diag *diag)
{
    struct iam_str message = rows_member(row, "message");
    enum iam_policy_kind kind;
    assert_true(iam_policy_kind_find(rows_member(row, "kind"), &kind));
    assert_true(rows_member(row, "source").len > 0);
    diag->message[0] = '\0';
    struct iam_policy *policy = NULL;
    bool taken = iam_lint_document(kind, document_of(arena, row, line), &policy, diag) == IAM_OK;
    iam_policy_unref(policy);
    if (taken != iam_str_eq(rows_member(row, "expected"), IAM_STR("accepted"))) {
        return taken ? "accepted" : "refused";
    }
    if (!taken && iam_str_is_set(message) && !iam_str_eq(message, iam_policy_refusal(diag))) {
        return "another sentence";
    }
    return NULL;
}

static void run(struct rows *rows, struct iam_str line)
{
    static const struct iam_json_limits limits = { 1u << 20, 32, 1u << 20 };
    struct iam_diag diag = { .status = IAM_OK };
    const struct iam_json *row;
    assert_ok(iam_json_read(&rows->arena, line, &limits, &row, NULL));
    /* SPEC: docs/conformance.md, "Recorded documents": rows that do not bind the kind. */
    if (iam_str_is_set(rows_member(row, "judged"))) {
        rows->excepted++;
        return;
    }
    const char *wrong = judge(&rows->arena, row, line, &diag);
    if (wrong != NULL) {
        print_error("%.*s: %s: %s\n", IAM_STR_ARG(rows_member(row, "id")), wrong, diag.message);
        rows->failed++;
    }
}

static void ours_are_judged_as_they_say(void **state)
{
    struct rows rows = { .count = 0 };
    (void)state;
    rows_of_directory(&rows, OURS, run);
    assert_int_equal(rows.failed + rows.excepted, 0);
    assert_true(rows.count >= FEWEST_OURS);
}

static void recorded_ones_are_judged_as_by_aws(void **state)
{
    struct rows rows = { .count = 0 };
    (void)state;
    rows_of_file(&rows, RECORDED, run);
    assert_int_equal(rows.failed, 0);
    assert_int_equal(rows.count, RECORDED_ROWS);
    assert_int_equal(rows.excepted, RECORDED_EXCEPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_are_judged_as_they_say),
        cmocka_unit_test(recorded_ones_are_judged_as_by_aws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
