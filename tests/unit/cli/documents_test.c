/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that AWS took or refused, through the function that `iam lint` runs. The files of
 * tests/vectors/documents are ours, each line with its source; tests/vectors/aws/documents.jsonl
 * was recorded.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "lib/test.h"

#include "cli/case.h"
#include "cli/command.h"
#include "policy/kind.h"

#define OURS "tests/vectors/documents"
#define RECORDED "tests/vectors/aws/documents.jsonl"
#define RECORDED_ROWS 302
#define FEWEST_OURS 150

static struct iam_str member(const struct iam_json *row, const char *name)
{
    const struct iam_json *m = iam_json_member(row, iam_str_c(name));
    return m != NULL && m->type == IAM_JSON_STRING ? m->text : iam_str_absent();
}

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
    struct iam_str message = member(row, "message");
    enum iam_policy_kind kind;
    assert_true(iam_policy_kind_find(member(row, "kind"), &kind));
    assert_true(member(row, "source").len > 0);
    diag->message[0] = '\0';
    struct iam_policy *policy = NULL;
    bool taken = iam_lint_document(kind, document_of(arena, row, line), &policy, diag) == IAM_OK;
    iam_policy_unref(policy);
    if (taken != iam_str_eq(member(row, "expected"), IAM_STR("accepted"))) {
        return taken ? "accepted" : "refused";
    }
    if (!taken && iam_str_is_set(message) && !iam_str_eq(message, iam_policy_refusal(diag))) {
        return "another sentence";
    }
    return NULL;
}

static size_t run_file(const char *path, size_t *failed)
{
    static const struct iam_json_limits limits = { 1u << 20, 32, 1u << 20 };
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t cap = 0;
    size_t count = 0;
    ssize_t n;
    struct iam_arena arena;
    assert_non_null(f);
    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    while ((n = getline(&text, &cap, f)) > 0) {
        struct iam_str line = { text, (size_t)n };
        struct iam_diag diag = { .status = IAM_OK };
        const struct iam_json *row;
        iam_arena_clear(&arena);
        assert_ok(iam_json_read(&arena, line, &limits, &row, NULL));
        count++;
        /* SPEC: docs/conformance.md, "Recorded documents": rows that do not bind the kind. */
        if (iam_str_is_set(member(row, "judged"))) {
            continue;
        }
        const char *wrong = judge(&arena, row, line, &diag);
        if (wrong != NULL) {
            print_error("%.*s: %s: %s\n", IAM_STR_ARG(member(row, "id")), wrong, diag.message);
            (*failed)++;
        }
    }
    free(text);
    iam_arena_done(&arena);
    assert_int_equal(fclose(f), 0);
    return count;
}

static void ours_are_judged_as_they_say(void **state)
{
    DIR *dir = opendir(OURS);
    const struct dirent *e;
    size_t count = 0;
    size_t failed = 0;
    (void)state;
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL) {
        char path[512];
        if (iam_str_ends(iam_str_c(e->d_name), IAM_STR(".jsonl"))) {
            (void)snprintf(path, sizeof(path), OURS "/%s", e->d_name);
            count += run_file(path, &failed);
        }
    }
    (void)closedir(dir);
    assert_int_equal(failed, 0);
    assert_true(count >= FEWEST_OURS);
}

static void recorded_ones_are_judged_as_by_aws(void **state)
{
    size_t failed = 0;
    (void)state;
    assert_int_equal(run_file(RECORDED, &failed), RECORDED_ROWS);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_are_judged_as_they_say),
        cmocka_unit_test(recorded_ones_are_judged_as_by_aws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
