/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/descriptors.h"

static void the_limit_is_raised(void **state)
{
    struct rlimit old;
    struct rlimit now;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    struct rlimit low = { 64, old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_int_equal(descriptors_raise(), old.rlim_max);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
    assert_int_equal(now.rlim_cur, old.rlim_max);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static void what_is_open_is_counted(void **state)
{
    int fds[10];
    (void)state;
    size_t before = descriptors_open();
    for (size_t i = 0; i < IAM_COUNT(fds); i++) {
        fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(fds[i] >= 0);
    }
    assert_int_equal(descriptors_open(), before + IAM_COUNT(fds));
    for (size_t i = 0; i < IAM_COUNT(fds); i++) {
        (void)close(fds[i]);
    }
    assert_int_equal(descriptors_open(), before);
}

/* Everything that is open and will be is left out, and the result never passes the maximum. */
static void connections_are_what_is_left(void **state)
{
    (void)state;
    size_t some = descriptors_for_connections(1000, 100, 50, 4096);
    assert_in_range(some, 700, 849);
    assert_int_equal(descriptors_for_connections(1000, 101, 50, 4096), some - 1);
    assert_int_equal(descriptors_for_connections(1000, 100, 51, 4096), some - 1);
    assert_int_equal(descriptors_for_connections(1001, 100, 50, 4096), some + 1);
    assert_int_equal(descriptors_for_connections(1000, 100, 50, 200), 200);
    assert_int_equal(descriptors_for_connections(SIZE_MAX, 100, 50, 4096), 4096);
    assert_int_equal(descriptors_for_connections(150, 100, 50, 4096), 0);
    size_t least = descriptors_least(100, 50);
    assert_in_range(least, 151, 999);
    assert_true(descriptors_for_connections(least, 100, 50, 4096) > 0);
    assert_int_equal(descriptors_for_connections(least - 1, 100, 50, 4096), 0);
    assert_int_equal(descriptors_for_connections(64, 100, 50, 4096), 0);
    assert_int_equal(descriptors_for_connections(0, 0, 0, 4096), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_raised),
        cmocka_unit_test(what_is_open_is_counted),
        cmocka_unit_test(connections_are_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
