/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/test.h"

#include "base/heap.h"
#include "cli/case.h"
#include "cli/command.h"

struct run {
    int status;
    char out[4096];
    char err[4096];
};

static void slurp(FILE *f, char *to, size_t cap)
{
    rewind(f);
    to[fread(to, 1, cap - 1, f)] = '\0';
    (void)fclose(f);
}

/* Runs `iam ARGS...` with the input. */
static struct run run(const char *input, int argc, const char *const *args)
{
    struct run r;
    char *argv[8] = { strdup("iam") };
    struct iam_command_io io = { tmpfile(), tmpfile(), tmpfile() };
    assert_true(io.in != NULL && io.out != NULL && io.err != NULL);
    (void)fputs(input, io.in);
    rewind(io.in);
    for (int i = 0; i < argc; i++) {
        argv[i + 1] = strdup(args[i]);
    }
    r.status = iam_command_run(argc + 1, argv, &io);
    for (int i = 0; i <= argc; i++) {
        free(argv[i]);
    }
    slurp(io.out, r.out, sizeof(r.out));
    slurp(io.err, r.err, sizeof(r.err));
    (void)fclose(io.in);
    return r;
}

#define RUN(input, ...)                                                           \
    run((input), (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)), \
        (const char *const[]){ __VA_ARGS__ })

#define CASE                                                                                      \
    "{\"id\":\"x\",\"request\":{\"principal\":\"arn:aws:iam::111122223333:user/ann\",\"action\":" \
    "\"s3:GetObject\",\"resource\":\"arn:aws:s3:::b/k\"},\"policies\":{\"identity\":[{"           \
    "\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}]}}\n"

static void decides_a_line_each(void **state)
{
    struct run r = RUN(CASE "\n" CASE, "decide", "--batch");
    (void)state;
    assert_int_equal(r.status, IAM_EXIT_OK);
    assert_string_equal(r.out, "{\"id\":\"x\",\"decision\":\"allow\"}\n"
                               "{\"id\":\"x\",\"decision\":\"allow\"}\n");
    assert_string_equal(r.err, "");
}

static void a_bad_line_denies_and_the_rest_goes_on(void **state)
{
    static const char *const bad[] = {
        "nonsense\n",
        "[]\n",
        "{\"request\":{}}\n",
        "{\"request\":{\"principal\":\"ann\",\"action\":\"a:b\",\"resource\":\"*\"},\"policies\":{}}\n",
        "{\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"}}\n",
        "{\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\",\"x\":\"y\"},"
        "\"policies\":{}}\n",
        "{\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"},"
        "\"policies\":{\"x\":[]}}\n",
        "{\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"},"
        "\"policies\":{\"identity\":{}}}\n",
        "{\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\",\"context\":"
        "{\"a:b\":{}}},\"policies\":{}}\n",
        "{\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"},\"policies\":"
        "{\"pins\":[\"x\"]}}\n",
        "{\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"},\"policies\":"
        "{\"pins\":{\"x\":5}}}\n",
        "{\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"},\"policies\":"
        "{\"pins\":{\"x\":\"\"}}}\n",
        "{\"request\":{\"principal\":\"*\",\"action\":\"sts:b\",\"resource\":\"*\"},\"policies\":"
        "{\"resource\":[{\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\","
        "\"Resource\":\"*\"}}],\"trust\":[{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":"
        "\"*\",\"Action\":\"sts:*\"}}]}}\n",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        char input[2048];
        (void)snprintf(input, sizeof(input), "%s%s", bad[i], CASE);
        struct run r = RUN(input, "decide", "--batch");
        assert_int_equal(r.status, IAM_EXIT_FOUND);
        assert_non_null(strstr(r.out, "\"decision\":\"implicitDeny\",\"error\":"));
        assert_non_null(strstr(r.out, "{\"id\":\"x\",\"decision\":\"allow\"}\n"));
    }
}

/* The place is one in standard input; a document in a string has one of its own. */
static void what_is_refused_is_named_with_its_place(void **state)
{
    struct run r =
        RUN("\n{\"id\":1,\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"},"
            "\"policies\":{\"resource\":[{\"Statement\":{\"Effect\":\"no\"}}]}}\n"
            "{\"id\":2,\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"},"
            "\"policies\":{\"rcp\":[[],[\"{\\n }\"]]}}\n"
            "{\"id\":3,\"request\":{\"principal\":\"*\",\"action\":\"a:*\",\"resource\":\"*\"},"
            "\"policies\":{}}\n",
            "decide", "--batch");
    (void)state;
    assert_int_equal(r.status, IAM_EXIT_FOUND);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(r.out, ",\"line\":2,\"column\":114}\n"));
    assert_non_null(
        strstr(r.out, " (line 1, column 1 of the string)\",\"line\":3,\"column\":90}\n"));
    assert_non_null(strstr(r.out, ",\"line\":4,\"column\":45}\n"));
    assert_non_null(strstr(r.out, "\"error\":\"policies.rcp[1][0]: "));
    assert_non_null(strstr(r.out, "{\"id\":1,\"decision\":\"implicitDeny\",\"error\":"
                                  "\"policies.resource[0]: "));
    assert_non_null(strstr(r.out, "{\"id\":3,\"decision\":\"implicitDeny\",\"error\":"
                                  "\"request.action: "));
}

/* What follows "principal": in a case that allows everything; and what is decided. */
static struct run ask_principal(const char *principal, const char *policies)
{
    char input[2048];
    (void)snprintf(input, sizeof(input),
                   "{\"request\":{\"principal\":%s,\"action\":\"sts:AssumeRoleWithWebIdentity\","
                   "\"resource\":\"arn:aws:iam::111122223333:role/r\"},\"policies\":{%s}}\n",
                   principal, policies);
    return RUN(input, "decide", "--batch");
}

static void principals_are_read_strictly(void **state)
{
    static const char *const bad[] = {
        "\"arn:aws:iam::111122223333:user/\"",
        "\"arn:aws:iam::111122223333:user/*\"",
        "\"arn:aws:iam::111122223333:user//a\"",
        "\"arn:aws:iam::111122223333:role/\"",
        "\"arn:aws:iam::123:user/ann\"",
        "\"arn::iam::111122223333:user/ann\"",
        "\"arn:aws:sts::111122223333:assumed-role/r\"",
        "\"arn:aws:sts::111122223333:assumed-role/r/s/x\"",
        "\"arn:aws:sts::111122223333:assumed-role/r/s\",\"context\":{\"aws:PrincipalArn\":"
        "\"arn:aws:iam::444455556666:role/r\"}",
        "\"arn:aws:sts::111122223333:assumed-role/r/s\",\"context\":{\"aws:PrincipalArn\":"
        "\"arn:aws:iam::111122223333:role/p/other\"}",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        struct run r = ask_principal(bad[i], "");
        assert_int_equal(r.status, IAM_EXIT_FOUND);
        assert_non_null(strstr(r.out, "\"decision\":\"implicitDeny\",\"error\":"));
    }
}

/* It is not a service, although its name ends like one. */
static void cognito_is_an_identity_provider(void **state)
{
    static const char name[] = "\"cognito-identity.amazonaws.com\"";
    struct run named = ask_principal(
        name, "\"trust\":[{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":"
              "\"cognito-identity.amazonaws.com\"},\"Action\":\"sts:*\"}}]");
    struct run all = ask_principal(
        name, "\"trust\":[{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":"
              "\"sts:*\"}}]");
    (void)state;
    assert_non_null(strstr(named.out, "\"decision\":\"allow\""));
    assert_non_null(strstr(all.out, "\"decision\":\"implicitDeny\""));
}

static void a_line_that_is_too_long_denies(void **state)
{
    static char input[(16u << 20) + 4096];
    size_t n = (16u << 20) + 100;
    (void)state;
    memset(input, ' ', n);
    input[0] = '{';
    input[n] = '\n';
    memcpy(input + n + 1, CASE "\r\n \t\n", sizeof(CASE "\r\n \t\n"));
    struct run r = RUN(input, "decide", "--batch");
    assert_int_equal(r.status, IAM_EXIT_FOUND);
    assert_non_null(strstr(r.out, "{\"id\":null,\"decision\":\"implicitDeny\",\"error\":"));
    assert_non_null(strstr(r.out, "{\"id\":\"x\",\"decision\":\"allow\"}\n"));
}

/* A list without documents is none, also of the other name that a resource's policy has. */
static void an_empty_list_is_no_second_policy(void **state)
{
    struct run r =
        RUN("{\"id\":1,\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"},"
            "\"policies\":{\"resource\":[{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","
            "\"Action\":\"*\",\"Resource\":\"*\"}}],\"trust\":[]}}\n",
            "decide", "--batch");
    (void)state;
    assert_string_equal(r.out, "{\"id\":1,\"decision\":\"allow\"}\n");
}

#define ANN "\"arn:aws:iam::111122223333:user/ann\""
#define ALL \
    "[{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}]"
#define TO_ANN                                                                                 \
    "[{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Principal\":" \
    "{\"AWS\":" ANN "}}}]"

/* A case that there is no memory for denies and says so, wherever the memory ends. */
static void a_case_in_arenas_of_any_size(void **state)
{
    const struct iam_str text =
        IAM_STR("{\"id\":1,\"request\":{\"principal\":" ANN ",\"principalId\":\"AIDA1\","
                "\"action\":\"s3:GetObject\",\"resource\":\"arn:aws:s3:::b/k\","
                "\"context\":{\"aws:TagKeys\":[\"a\",\"b\"]}},"
                "\"policies\":{\"pins\":{" ANN ":\"AIDA1\"},\"identity\":" ALL ",\"boundary\":" ALL
                ",\"resource\":" TO_ANN ",\"session\":" ALL ",\"scp\":[" ALL "]}}");
    struct iam_case_result result = { .decision.effect = IAM_IMPLICIT_DENY };
    size_t bytes = 0;
    (void)state;
    for (; result.decision.effect != IAM_ALLOW; bytes += 16) {
        struct iam_arena arena;
        assert_true(bytes < 1 << 20);
        iam_arena_init(&arena, iam_heap(), bytes);
        iam_case_decide(&arena, text, &result);
        assert_int_equal(iam_str_is_set(result.error), result.decision.effect != IAM_ALLOW);
        iam_arena_done(&arena);
    }
    assert_true(bytes > 1000);
}

/* An error has a place when the line is known that the case has. */
static void a_case_alone_has_no_line(void **state)
{
    struct iam_case_result result;
    struct iam_arena arena;
    struct iam_buf out;
    struct iam_str text;
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    iam_buf_init(&out, iam_heap(), 4096);
    iam_case_decide(&arena, IAM_STR("{\"id\":1}"), &result);
    iam_case_print(&out, &result, true);
    assert_ok(iam_buf_finish(&out, &text));
    assert_str(text, "{\"id\":1,\"decision\":\"implicitDeny\","
                     "\"error\":\"the case has no request object\"}");
    iam_buf_done(&out);
    iam_arena_done(&arena);
}

static void detail_gives_the_reason(void **state)
{
    struct run r = RUN("{\"id\":7,\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":"
                       "\"*\"},\"policies\":{}}\n",
                       "decide", "--batch", "--detail");
    (void)state;
    assert_string_equal(r.out,
                        "{\"id\":7,\"decision\":\"implicitDeny\",\"reason\":\"resource\","
                        "\"message\":\"User: anonymous is not authorized to perform: a:b because "
                        "no resource-based policy allows the a:b action\",\"statements\":[]}\n");
}

static void detail_explains_each_statement(void **state)
{
    struct run r = RUN(
        "{\"id\":1,\"request\":{\"principal\":\"arn:aws:iam::111122223333:user/ann\",\"action\":"
        "\"s3:GetObject\",\"resource\":\"arn:aws:s3:::b/k\"},\"policies\":{\"scp\":[[{\"Version\":"
        "\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"NotAction\":\"s3:*\",\"Resource\":"
        "\"*\"}}]],\"identity\":[{\"Statement\":{\"Sid\":\"One\",\"Effect\":\"Allow\",\"Action\":\"*\","
        "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"app:a\":\"x\",\"app:b\":\"x\"}}}}]}}\n",
        "decide", "--batch", "--detail");
    (void)state;
    assert_non_null(strstr(
        r.out, ",\"statements\":[{\"kind\":\"scp\",\"level\":0,\"policy\":0,\"statement\":0,"
               "\"effect\":\"Deny\",\"applies\":false,\"failed\":\"NotAction\"},"
               "{\"kind\":\"identity\",\"policy\":0,\"statement\":0,\"sid\":\"One\",\"effect\":"
               "\"Allow\",\"applies\":false,\"failed\":\"Condition\",\"operator\":\"StringEquals\","
               "\"key\":\"app:a\",\"missing\":[\"app:a\",\"app:b\"]}]}\n"));
}

static void each_command_has_help(void **state)
{
    struct run decide = RUN("", "decide", "--help");
    struct run lint = RUN("", "lint", "--help");
    (void)state;
    assert_int_equal(decide.status, IAM_EXIT_OK);
    assert_int_equal(lint.status, IAM_EXIT_OK);
    assert_ptr_equal(strstr(decide.out, "usage: iam decide --batch"), decide.out);
    assert_ptr_equal(strstr(lint.out, "usage: iam lint"), lint.out);
}

static void lint_prints_the_place(void **state)
{
    struct run good = RUN(
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}", "lint", "-");
    struct run bad = RUN("{\"Statement\":\n {\"Effect\":\"allow\"}}", "lint", "-");
    struct run kind =
        RUN("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}", "lint",
            "--kind", "resource", "-");
    struct run managed =
        RUN("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}", "lint",
            "--kind", "managed", "-");
    struct run shared = RUN("{\"Statement\":{\"Effect\":\"Allow\",\n\"Principal\":{\"Federated\":"
                            "\"gitlab.com\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\"}}",
                            "lint", "--kind", "trust", "-");
    (void)state;
    assert_int_equal(managed.status, IAM_EXIT_FOUND);
    assert_non_null(strstr(managed.out, "-:1:1: Policy document must be version 2012-10-17"));
    assert_int_equal(shared.status, IAM_EXIT_FOUND);
    assert_non_null(strstr(shared.out, "-:2:26: Trust policy with trusted principal gitlab.com"));
    assert_int_equal(good.status, IAM_EXIT_OK);
    assert_string_equal(good.out, "");
    assert_int_equal(bad.status, IAM_EXIT_FOUND);
    assert_non_null(strstr(bad.out, "-:2:12: The policy failed legacy parsing"));
    assert_int_equal(kind.status, IAM_EXIT_FOUND);
}

static void lint_is_strict_when_asked(void **state)
{
    static const char text[] =
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\n\"Condition\":{"
        "\"StringEquals\":{\"aws:TagKeys\":\"a\"}}}}";
    struct run plain = RUN(text, "lint", "-");
    struct run strict = RUN(text, "lint", "--strict", "--kind", "session", "-");
    struct run good =
        RUN("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}", "lint",
            "--kind", "identity", "--strict", "-");
    struct run refused = RUN("{}", "lint", "--strict", "-");
    (void)state;
    assert_int_equal(plain.status, IAM_EXIT_OK);
    assert_string_equal(plain.out, "");
    assert_int_equal(strict.status, IAM_EXIT_FOUND);
    assert_ptr_equal(strstr(strict.out, "-:2:30: list-key: \"aws:TagKeys\": "), strict.out);
    assert_int_equal(good.status, IAM_EXIT_OK);
    assert_string_equal(good.out, "");
    assert_int_equal(refused.status, IAM_EXIT_FOUND);
}

static void lint_reads_files(void **state)
{
    char path[] = "/tmp/iam_lint_XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{}", 2), 2);
    assert_int_equal(close(fd), 0);
    struct run r = RUN("", "lint", path);
    assert_int_equal(r.status, IAM_EXIT_FOUND);
    assert_non_null(strstr(r.out, path));
    assert_int_equal(unlink(path), 0);
    r = RUN("", "lint", path);
    assert_int_equal(r.status, IAM_EXIT_USAGE);
    assert_non_null(strstr(r.err, "cannot read"));
    r = RUN("", "lint", "/");
    assert_int_equal(r.status, IAM_EXIT_USAGE);
    assert_string_equal(r.err, "iam lint: cannot read '/': Is a directory\n");
    r = RUN("{}", "lint", "--kind", "trust", "--", "-");
    assert_int_equal(r.status, IAM_EXIT_FOUND);
}

/* Who has mistaken a name is told which, and what there is. */
static void mistakes_are_named(void **state)
{
    (void)state;
    struct run r = RUN("{\"request\":{\"principle\":\"*\"},\"policies\":{}}\n"
                       "{\"request\":{\"principal\":\"*\",\"action\":\"a:b\",\"resource\":\"*\"},"
                       "\"policies\":{\"identiti\":[]}}\n",
                       "decide", "--batch");
    assert_int_equal(r.status, IAM_EXIT_FOUND);
    assert_non_null(
        strstr(r.out, "request has no member \\\"principle\\\"\",\"line\":1,\"column\":13"));
    assert_non_null(
        strstr(r.out, "policies has no member \\\"identiti\\\"\",\"line\":2,\"column\":72"));
    assert_non_null(strstr(RUN("", "lint", "--kind", "x", "-").err, "identity, managed"));
    assert_non_null(strstr(RUN("", "lint", "--help").out, "identity, managed"));
    assert_non_null(strstr(RUN("\xef\xbb\xbf{}", "lint", "-").out, "byte order mark"));
}

static void wrong_use_is_told(void **state)
{
    (void)state;
    assert_int_equal(RUN("", "nonsense").status, IAM_EXIT_USAGE);
    assert_int_equal(RUN("", "decide").status, IAM_EXIT_USAGE);
    assert_int_equal(RUN("", "decide", "--batch", "x").status, IAM_EXIT_USAGE);
    assert_int_equal(RUN("", "lint").status, IAM_EXIT_USAGE);
    assert_int_equal(RUN("", "lint", "--strict").status, IAM_EXIT_USAGE);
    assert_int_equal(RUN("", "lint", "--loose", "-").status, IAM_EXIT_USAGE);
    assert_int_equal(RUN("", "lint", "--kind").status, IAM_EXIT_USAGE);
    assert_int_equal(RUN("", "lint", "--kind", "x", "-").status, IAM_EXIT_USAGE);
    assert_int_equal(RUN("", "--help").status, IAM_EXIT_OK);
    assert_int_equal(run("", 0, NULL).status, IAM_EXIT_USAGE);
    struct run all = RUN("", "help");
    assert_int_equal(all.status, IAM_EXIT_OK);
    assert_ptr_equal(strstr(all.out, "usage: iam COMMAND ...\n  iam decide --batch"), all.out);
    struct run none = RUN("", "nonsense");
    assert_string_equal(none.out, "");
    assert_ptr_equal(strstr(none.err, "iam: there is no command 'nonsense'\nusage: iam "),
                     none.err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides_a_line_each),
        cmocka_unit_test(a_bad_line_denies_and_the_rest_goes_on),
        cmocka_unit_test(what_is_refused_is_named_with_its_place),
        cmocka_unit_test(principals_are_read_strictly),
        cmocka_unit_test(cognito_is_an_identity_provider),
        cmocka_unit_test(a_line_that_is_too_long_denies),
        cmocka_unit_test(an_empty_list_is_no_second_policy),
        cmocka_unit_test(a_case_in_arenas_of_any_size),
        cmocka_unit_test(a_case_alone_has_no_line),
        cmocka_unit_test(detail_gives_the_reason),
        cmocka_unit_test(detail_explains_each_statement),
        cmocka_unit_test(each_command_has_help),
        cmocka_unit_test(lint_prints_the_place),
        cmocka_unit_test(lint_is_strict_when_asked),
        cmocka_unit_test(lint_reads_files),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(wrong_use_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
