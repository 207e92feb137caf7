/* SPDX-License-Identifier: Apache-2.0 */
/* What the maintenance finds is said, and is no longer said when it is over. */
#include "server/maintenance.h"

#include "lib/inproc.h"

static struct inproc *s;
static struct health health;
static struct maintenance m;

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    health = (struct health){ 0 };
    m = (struct maintenance){ .store = s->store, .directory = s->directory, .health = &health };
    assert_ok(last_used_new(1, &m.last_used));
    assert_ok(service_uses_new(1, &m.service_uses));
    const struct trail_options options = { .path = "/dev/null", .health = &health };
    assert_ok(trail_open(&options, &m.trail));
    return 0;
}

static int teardown(void **state)
{
    trail_close(m.trail, INPROC_NOW_MS);
    service_uses_free(m.service_uses);
    last_used_free(m.last_used);
    return inproc_teardown(state);
}

/* A directory that a failed refresh has closed is opened as soon as that is possible. */
static void a_closed_directory_is_opened(void **state)
{
    struct iam_txn *txn;
    (void)state;
    maintenance_run(&m, INPROC_NOW_MS);
    assert_true(health_is_ready(&health));
    assert_ok(iam_store_begin(s->store, IAM_TXN_WRITE, &txn)); /* there is one connection */
    assert_int_equal(iam_directory_refresh(s->directory), IAM_IO);
    maintenance_run(&m, INPROC_NOW_MS);
    assert_true(health_has(&health, HEALTH_DIRECTORY_CLOSED));
    iam_txn_rollback(txn);
    maintenance_run(&m, INPROC_NOW_MS);
    assert_false(health_has(&health, HEALTH_DIRECTORY_CLOSED));
    assert_true(iam_directory_is_ready(s->directory));
    assert_true(health_is_ready(&health));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_closed_directory_is_opened, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
