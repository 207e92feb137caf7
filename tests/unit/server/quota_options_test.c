/* SPDX-License-Identifier: Apache-2.0 */
/* Quota files: what they may contain, and what is refused. */
#include "server/quota_options.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/test.h"

static struct iam_quotas quotas;
static char path[] = "/tmp/iam_quotas_XXXXXX";

static int setup(void **state)
{
    (void)state;
    iam_quotas_default(&quotas);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    return 0;
}

static enum iam_status read_text(const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return quota_file(&quotas, path);
}

static void lines_set_quotas(void **state)
{
    (void)state;
    assert_ok(read_text("# Ours.\n"
                        "\n"
                        "UsersPerAccount=1000000\n"
                        "  GroupsPerUser = 20\t\r\n"
                        "   # none of these\n"
                        "SessionTags=0\n"
                        "RolesPerAccount=7\n"
                        "RolesPerAccount=8"));
    assert_int_equal(quotas.values[IAM_QUOTA_USERS], 1000000);
    assert_int_equal(quotas.values[IAM_QUOTA_GROUPS_PER_USER], 20);
    assert_int_equal(quotas.values[IAM_QUOTA_SESSION_TAGS], 0);
    assert_int_equal(quotas.values[IAM_QUOTA_ROLES], 8);
    assert_int_equal(quotas.values[IAM_QUOTA_POLICIES], 1500);
}

static void an_empty_file_sets_none(void **state)
{
    (void)state;
    assert_ok(read_text(""));
    assert_int_equal(quotas.values[IAM_QUOTA_USERS], 5000);
}

static void lines_that_make_no_sense_are_refused(void **state)
{
    static const char *const texts[] = {
        "UsersPerAccount\n",
        "UsersPerAccount=\n",
        "=5\n",
        "Users=5\n",
        "UsersPerAccount=five\n",
        "UsersPerAccount=5 # more\n",
        "UsersPerAccount==5\n",
        "SessionTags=51\n",
        "UsersPerAccount=-1\n",
        "UsersPerAccount:5\n",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        assert_int_equal(read_text(texts[i]), IAM_RANGE);
        assert_int_equal(quotas.values[IAM_QUOTA_USERS], 5000);
    }
}

static void a_file_and_its_lines_end_somewhere(void **state)
{
    static char text[QUOTA_FILE_MAX_BYTES + 2];
    (void)state;
    memset(text, '\n', QUOTA_FILE_MAX_BYTES);
    assert_ok(read_text(text));
    text[QUOTA_FILE_MAX_BYTES] = '\n';
    assert_int_equal(read_text(text), IAM_RANGE);
    memset(text, '=', QUOTA_LINE_MAX + 1);
    text[QUOTA_LINE_MAX + 1] = '\0';
    assert_int_equal(read_text(text), IAM_RANGE);
}

static void what_cannot_be_read_is_refused(void **state)
{
    (void)state;
    assert_int_equal(quota_file(&quotas, "/nothing/here"), IAM_IO);
    assert_int_equal(quota_file(&quotas, "/tmp"), IAM_IO); /* a directory */
}

static void every_quota_is_listed(void **state)
{
    char text[8192];
    char line[128];
    (void)state;
    assert_ok(quota_option(&quotas, "UsersPerAccount=12345"));
    FILE *f = fmemopen(text, sizeof(text), "w");
    assert_non_null(f);
    quota_print(&quotas, f);
    assert_int_equal(fclose(f), 0);
    for (size_t i = 0; i < IAM_QUOTA_COUNT; i++) {
        const struct iam_quota_row *row = iam_quota_get((enum iam_quota)i);
        (void)snprintf(line, sizeof(line), "\n%-26.*s %14lld %14lld %10lld\n",
                       IAM_STR_ARG(row->name), (long long)row->value, (long long)row->max,
                       (long long)quotas.values[i]);
        assert_non_null(strstr(text, line));
    }
    assert_non_null(strstr(text, " 12345\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_set_quotas, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_file_sets_none, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_that_make_no_sense_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_and_its_lines_end_somewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(every_quota_is_listed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
