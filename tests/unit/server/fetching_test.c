/* SPDX-License-Identifier: Apache-2.0 */
/* Why the process that fetches cannot be started, in words. */
#include "server/fetching.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/test.h"

static bool is_full;

static void *alloc_unless_full(void *ctx, size_t bytes)
{
    (void)ctx;
    return is_full ? NULL : malloc(bytes);
}

static void free_it(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

/* In the place of the one in src/base. */
const struct iam_alloc *iam_heap(void)
{
    static const struct iam_alloc heap = { alloc_unless_full, free_it, NULL };
    return &heap;
}

static void expect(const char *ca_file, enum iam_status st, const char *why)
{
    const struct oidc_options oidc = { .ca_file = ca_file };
    struct fetching f = { 0 };
    struct health health;
    const char *said = "";
    assert_int_equal(fetching_start(&f, &oidc, &health, &said), st);
    assert_string_equal(said, why);
}

static void test_why_it_does_not_start(void **state)
{
    char path[] = "/tmp/iam-authorities-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    expect(path, IAM_IO, "the file of --oidc-ca-file has no certificate");
    assert_int_equal(unlink(path), 0);
    expect(path, IAM_IO, "No such file or directory");
    is_full = true;
    expect(NULL, IAM_NOMEM, "Cannot allocate memory");
    is_full = false;
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_why_it_does_not_start) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
