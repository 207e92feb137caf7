/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are refused, and with which command. */
#include "server/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/test.h"

static char dir[64];
static char file[128];
static char error[FILES_ERROR_MAX];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/iamd-files-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(file, sizeof(file), "%s/it's", dir);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    (void)fclose(f);
    error[0] = '\0';
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(file);
    (void)rmdir(dir);
    return 0;
}

static void every_mode(void **state)
{
    static const struct {
        enum files_rule rule;
        mode_t mode;
        const char *command; /* NULL: it is good */
    } ROWS[] = {
        {FILES_SECRET,   0600, NULL        },
        { FILES_SECRET,  0400, NULL        },
        { FILES_SECRET,  0640, "chmod 0600"},
        { FILES_SECRET,  0604, "chmod 0600"},
        { FILES_SECRET,  0620, "chmod 0600"},
        { FILES_SECRET,  0601, "chmod 0600"},
        { FILES_STREAM,  0644, NULL        },
        { FILES_STREAM,  0664, "chmod go-w"},
        { FILES_STREAM,  0602, "chmod go-w"},
        { FILES_TLS_KEY, 0600, NULL        },
        { FILES_TLS_KEY, 0644, "chmod 0600"},
        { FILES_TLS_KEY, 0660, "chmod 0600"},
    };
    char want[256];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        assert_int_equal(chmod(file, ROWS[i].mode), 0);
        enum iam_status st = files_check_path(file, ROWS[i].rule, error);
        assert_int_equal(st, ROWS[i].command == NULL ? IAM_OK : IAM_DENIED);
        if (ROWS[i].command != NULL) {
            /* The path is quoted so that a shell reads it as one word. */
            (void)snprintf(want, sizeof(want), "run: %s '%s/it'\\''s'", ROWS[i].command, dir);
            assert_non_null(strstr(error, want));
        }
    }
}

static void roots_key_may_be_read_by_its_group(void **state)
{
    (void)state;
    assert_int_equal(chmod(file, 0640), 0);
    assert_int_equal(files_check_path(file, FILES_TLS_KEY, error),
                     geteuid() == 0 ? IAM_OK : IAM_DENIED);
}

static void directories(void **state)
{
    static const mode_t GOOD[] = { 0700, 0755, 0711 };
    static const mode_t BAD[] = { 0777, 0775, 0702, 01777 };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(GOOD); i++) {
        assert_int_equal(chmod(dir, GOOD[i]), 0);
        assert_ok(files_check_path(dir, FILES_DIRECTORY, error));
    }
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        assert_int_equal(chmod(dir, BAD[i]), 0);
        assert_int_equal(files_check_path(dir, FILES_DIRECTORY, error), IAM_DENIED);
        assert_non_null(strstr(error, "run: chmod 0700 '"));
    }
    assert_int_equal(chmod(dir, 0700), 0);
    assert_int_equal(files_check_path(file, FILES_DIRECTORY, error), IAM_DENIED);
    assert_non_null(strstr(error, "is not a directory"));
    assert_int_equal(files_check_path(dir, FILES_SECRET, error), IAM_DENIED);
}

static void links_and_what_is_missing(void **state)
{
    char path[160];
    char want[FILES_ERROR_MAX];
    (void)state;
    assert_int_equal(chmod(file, 0600), 0);
    (void)snprintf(path, sizeof(path), "%s/link", dir);
    assert_int_equal(symlink(file, path), 0);
    int fd = open(dir, O_RDONLY | O_DIRECTORY);
    assert_int_equal(files_check_at(fd, "link", path, FILES_SECRET, error), IAM_DENIED);
    (void)snprintf(want, sizeof(want),
                   "'%s' is a symbolic link; to have the file itself there, run: mv -T "
                   "\"$(readlink -f '%s')\" '%s'",
                   path, path, path);
    assert_string_equal(error, want);
    assert_ok(files_check_path(path, FILES_SECRET, error)); /* where a link is permitted */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(files_check_at(fd, "link", path, FILES_SECRET, error), IAM_NOT_FOUND);
    assert_int_equal(files_check_path(path, FILES_SECRET, error), IAM_NOT_FOUND);
    (void)close(fd);
}

static void devices_and_sockets(void **state)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    (void)state;
    assert_ok(files_check_path("/dev/null", FILES_STREAM, error));
    assert_int_equal(files_check_path("/dev/null", FILES_SECRET, error), IAM_DENIED);
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/socket", dir);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(chmod(a.sun_path, 0600), 0);
    assert_ok(files_check_path(a.sun_path, FILES_SOCKET, error));
    /* One whose maker was killed before it set the mode; it will be replaced. */
    assert_int_equal(chmod(a.sun_path, 0755), 0);
    assert_ok(files_check_path(a.sun_path, FILES_SOCKET, error));
    assert_int_equal(files_check_path(file, FILES_SOCKET, error), IAM_DENIED);
    (void)close(fd);
    (void)unlink(a.sun_path);
}

static void somebody_elses(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(chmod(file, 0600), 0);
    assert_int_equal(chown(file, 12345, 0), 0);
    assert_int_equal(files_check_path(file, FILES_SECRET, error), IAM_DENIED);
    assert_non_null(strstr(error, "belongs to user 12345; run: chown 0 '"));
    assert_int_equal(files_check_path(file, FILES_STREAM, error), IAM_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(roots_key_may_be_read_by_its_group, setup, teardown),
        cmocka_unit_test_setup_teardown(directories, setup, teardown),
        cmocka_unit_test_setup_teardown(links_and_what_is_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(devices_and_sockets, setup, teardown),
        cmocka_unit_test_setup_teardown(somebody_elses, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
