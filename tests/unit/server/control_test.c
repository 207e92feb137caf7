/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: what is a request, who is heard, what is answered. */
#include "server/control.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/heap.h"
#include "way_rig.h"

#define KEY_TEXT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static struct way w;
static struct iam_directory *directory;
static struct control *control;

static int setup(void **state)
{
    struct iam_directory_options options = { .alloc = iam_heap(), .max_bytes = 8 << 20 };
    (void)state;
    way_begin(&w);
    assert_ok(way_open(&w));
    way_add_keys(&w, 100);
    options.store = w.store;
    assert_ok(iam_directory_new(&options, &directory));
    struct control_options c = { .rotate = &w.rotate, .directory = directory };
    assert_ok(control_start(&c, &control, w.error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    control_stop(control);
    control = NULL;
    iam_directory_free(directory);
    way_close(&w);
    assert_false(way_has(&w, "control"));
    way_end(&w);
    return 0;
}

static void requests(void **state)
{
    static const char *const BAD[] = {
        "",
        "rotate",
        "rotate-master-key ",
        "rotate-master-keys",
        "Rotate-Master-Key",
        "rotate-master-key  ",
        "rotate-master-key x",
        "rotate-master-key\r",
        "rotate-master-key " KEY_TEXT "x",
        "rotate-master-key AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 ",
        " rotate-master-key",
        "delegation-token",
        "delegation-token ",
        "delegation-token 0123456789abcde",
        "delegation-token 0123456789abcdef ",
        "delegation-token 0123456789abcd/f",
        "delegation-tokens 0123456789abcdef",
    };
    struct control_request request;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        assert_int_equal(control_parse(iam_str_c(BAD[i]), &request), IAM_SYNTAX);
    }
    assert_int_equal(control_parse(iam_str_absent(), &request), IAM_SYNTAX);
    assert_ok(control_parse(IAM_STR("rotate-master-key"), &request));
    assert_int_equal(request.command, CONTROL_ROTATE);
    assert_absent(request.argument);
    assert_ok(control_parse(IAM_STR("rotate-master-key " KEY_TEXT), &request));
    assert_str(request.argument, KEY_TEXT);
    assert_ok(control_parse(IAM_STR("delegation-token 0123456789abcde_-F"), &request));
    assert_int_equal(request.command, CONTROL_DELEGATION_TOKEN);
    assert_str(request.argument, "0123456789abcde_-F");
}

static enum iam_status ask(const char *dir, const char *key, char answer[CONTROL_ANSWER_MAX])
{
    const struct control_request request = { CONTROL_ROTATE,
                                             key != NULL ? iam_str_c(key) : iam_str_absent() };
    return control_ask(dir, &request, answer);
}

static void a_token_is_of_a_request(void **state)
{
    const struct control_request request = { CONTROL_DELEGATION_TOKEN,
                                             IAM_STR("01234567-89ab-4cde-8f01-23456789abcd") };
    char answer[CONTROL_ANSWER_MAX];
    (void)state;
    assert_int_equal(control_ask(w.path, &request, answer), IAM_FAULT);
    assert_string_equal(answer, "there is no delegation request with this ID");
}

static void it_rotates(void **state)
{
    char answer[CONTROL_ANSWER_MAX];
    struct stat st;
    (void)state;
    assert_int_equal(stat(way_file(&w, "control"), &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_ok(ask(w.path, NULL, answer));
    assert_non_null(strstr(answer, "101 secrets are sealed with the new key"));
    assert_int_equal(way_old_keys(&w), 0);
    assert_int_equal(ask(w.path, KEY_TEXT, answer), IAM_FAULT);
    assert_non_null(strstr(answer, "IAMD_NEW_MASTER_KEY is set"));
    assert_int_equal(ask(w.path, "nonsense", answer), IAM_FAULT);
    assert_string_equal(answer, "this request is not known");
    assert_int_equal(ask("/nonexistent", NULL, answer), IAM_IO);
}

/* Sends bytes and reads what comes until the end. */
static void talk(const char *bytes, size_t n, char answer[CONTROL_ANSWER_MAX])
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", way_file(&w, "control"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    (void)send(fd, bytes, n, MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
    ssize_t got = recv(fd, answer, CONTROL_ANSWER_MAX - 1, 0);
    answer[got > 0 ? got : 0] = '\0';
    (void)close(fd);
}

static void bad_lines_end_with_an_answer(void **state)
{
    char answer[CONTROL_ANSWER_MAX];
    char much[4 * CONTROL_LINE_MAX];
    (void)state;
    memset(much, 'x', sizeof(much));
    talk("", 0, answer);
    talk("rotate-master-key", 17, answer); /* no line break */
    assert_string_equal(answer, "error this request is not known\n");
    talk("what?\n", 6, answer);
    assert_string_equal(answer, "error this request is not known\n");
    talk("rotate-master-key\nrotate-master-key\n", 36, answer);
    assert_string_equal(answer, "error this request is not known\n");
    talk(much, sizeof(much), answer);
    assert_int_equal(way_old_keys(&w), 0);
    assert_false(w.rotate.has_work);
    assert_ok(ask(w.path, NULL, answer));
}

/* Another user is not heard, even one who can reach the socket. */
static void strangers_are_not_heard(void **state)
{
    char answer[CONTROL_ANSWER_MAX];
    int status = 0;
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(chmod(way_file(&w, "control"), 0666), 0);
    assert_int_equal(chmod(w.path, 0755), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (setuid(12345) != 0) {
            _exit(2);
        }
        talk("rotate-master-key\n", 18, answer);
        _exit(strcmp(answer, "error you may not control this server\n") == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(way_old_keys(&w), 0);
    assert_int_equal(chmod(w.path, 0700), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test_setup_teardown(it_rotates, setup, teardown),
        cmocka_unit_test_setup_teardown(a_token_is_of_a_request, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_lines_end_with_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_are_not_heard, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
