/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the audit file: in order, whole, and counted correctly when some do not get into it. */
#include "server/audit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_rig.h"
#include "lib/test.h"

#define LINE_BYTES 100

static size_t read_file(char *text, size_t cap)
{
    FILE *f = fopen(audit_path, "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, cap - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    return n;
}

static void lines_are_appended_in_order(void **state)
{
    const struct iam_str lines[] = { IAM_STR("one\n"), IAM_STR("two\n"), iam_str_absent(),
                                     IAM_STR("three\n") };
    char text[64];
    (void)state;
    assert_int_equal(audit_write(audit, lines, 4), 4);
    assert_int_equal(audit_write(audit, lines, 1), 1);
    (void)read_file(text, sizeof(text));
    assert_string_equal(text, "one\ntwo\nthree\none\n");
}

static void nothing_is_no_failure(void **state)
{
    const struct iam_str lines[] = { iam_str_absent(), iam_str_absent() };
    char text[64];
    (void)state;
    assert_int_equal(audit_write(audit, lines, 2), 2);
    assert_int_equal(read_file(text, sizeof(text)), 0);
}

/* When the file takes no more, exactly the lines that are completely in it are counted. */
static void a_full_file_is_told(void **state)
{
    struct iam_str lines[AUDIT_BATCH_MAX];
    char line[LINE_BYTES];
    char text[8192];
    struct rlimit old;
    struct rlimit full = { 5 * LINE_BYTES + LINE_BYTES / 2, 0 };
    (void)state;
    memset(line, 'x', sizeof(line));
    for (size_t i = 0; i < AUDIT_BATCH_MAX; i++) {
        lines[i] = (struct iam_str){ line, sizeof(line) };
    }
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    full.rlim_max = old.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    size_t written = audit_write(audit, lines, AUDIT_BATCH_MAX);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(written, 5);
    assert_int_equal(read_file(text, sizeof(text)), full.rlim_cur);
}

/* A file that is full after a whole line has no line to end when there is room again. */
static void a_file_that_is_full_after_a_line(void **state)
{
    const struct iam_str lines[] = { IAM_STR("one\n"), IAM_STR("two\n") };
    char text[64];
    struct rlimit old;
    struct rlimit full = { 4, 0 };
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    full.rlim_max = old.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    size_t written = audit_write(audit, lines, IAM_COUNT(lines));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(written, 1);
    assert_int_equal(audit_write(audit, &lines[1], 1), 1);
    (void)read_file(text, sizeof(text));
    assert_string_equal(text, "one\ntwo\n");
}

/* A line that an earlier process could not finish does not take the next one with it. */
static void a_line_that_was_cut_off_is_ended(void **state)
{
    const struct iam_str lines[] = { IAM_STR("one\n") };
    char text[64];
    (void)state;
    FILE *f = fopen(audit_path, "ab");
    assert_non_null(f);
    assert_true(fputs("cut off", f) >= 0);
    assert_int_equal(fclose(f), 0);
    audit_close(audit);
    assert_ok(audit_open(audit_path, &audit));
    assert_true(audit_is_open(audit));
    assert_int_equal(audit_write(audit, lines, 1), 1);
    assert_int_equal(audit_write(audit, lines, 1), 1);
    (void)read_file(text, sizeof(text));
    assert_string_equal(text, "cut off\none\none\n");
}

static void room_is_told(void **state)
{
    char text[64];
    (void)state;
    assert_in_range(audit_free_bytes(audit), 1, UINT64_MAX - 1);
    assert_in_range(audit_usual_reserve(audit), 1, 64u << 20);
    /* Allocating changes neither the size nor what is read. */
    assert_ok(audit_allocate(audit, 100));
    assert_ok(audit_allocate(audit, 200));
    assert_int_equal(read_file(text, sizeof(text)), 0);
}

static void a_device_has_no_bound(void **state)
{
    struct audit *null;
    (void)state;
    assert_ok(audit_open("/dev/null", &null));
    assert_true(audit_free_bytes(null) == UINT64_MAX);
    assert_int_equal(audit_allocate(null, 1), IAM_UNSUPPORTED);
    audit_close(null);
}

static void what_cannot_be_opened_is_told(void **state)
{
    struct audit *none = NULL;
    static char long_path[8192];
    (void)state;
    memset(long_path, 'x', sizeof(long_path) - 1);
    assert_int_equal(audit_open("/no-such-directory/audit", &none), IAM_IO);
    assert_int_equal(audit_open(long_path, &none), IAM_IO);
    assert_null(none);
}

/* When the file is opened again, somebody may have put another in its place. */
static void only_a_file_that_is_ours(void **state)
{
    char aside[64];
    char error[FILES_ERROR_MAX];
    struct audit *other = NULL;
    (void)state;
    (void)snprintf(aside, sizeof(aside), "%s.1", audit_path);
    assert_int_equal(chmod(audit_path, 0666), 0);
    errno = ENOSPC; /* of long ago: it is not why the file is not opened */
    assert_int_equal(audit_open(audit_path, &other), IAM_IO);
    assert_int_equal(errno, EPERM);
    assert_int_equal(audit_reopen(audit, error), IAM_IO);
    assert_non_null(strstr(error, "can be written by other users"));
    assert_int_equal(chmod(audit_path, 0640), 0);
    assert_ok(audit_reopen(audit, error));
    assert_int_equal(rename(audit_path, aside), 0);
    assert_int_equal(symlink(aside, audit_path), 0);
    assert_int_equal(audit_open(audit_path, &other), IAM_IO);
    assert_int_equal(audit_reopen(audit, error), IAM_IO);
    assert_non_null(strstr(error, audit_path));
    assert_int_equal(unlink(audit_path), 0);
    assert_ok(audit_reopen(audit, error));
    (void)unlink(aside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_appended_in_order, audit_rig_open,
                                        audit_rig_close),
        cmocka_unit_test_setup_teardown(nothing_is_no_failure, audit_rig_open, audit_rig_close),
        cmocka_unit_test_setup_teardown(a_full_file_is_told, audit_rig_open, audit_rig_close),
        cmocka_unit_test_setup_teardown(a_file_that_is_full_after_a_line, audit_rig_open,
                                        audit_rig_close),
        cmocka_unit_test_setup_teardown(a_line_that_was_cut_off_is_ended, audit_rig_open,
                                        audit_rig_close),
        cmocka_unit_test_setup_teardown(room_is_told, audit_rig_open, audit_rig_close),
        cmocka_unit_test(a_device_has_no_bound),
        cmocka_unit_test(what_cannot_be_opened_is_told),
        cmocka_unit_test_setup_teardown(only_a_file_that_is_ours, audit_rig_open, audit_rig_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
