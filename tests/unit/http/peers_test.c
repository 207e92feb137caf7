/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sources, without connections: who is one source, the bound, penalties, its size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "http/peers_int.h"

static struct iam_http_peers peers;

static struct iam_http_address address_of(const char *text)
{
    struct iam_http_address a = { 0 };
    struct iam_http_network n = { 0 };
    assert_int_equal(iam_http_network_parse(iam_str_c(text), &n), IAM_OK);
    memcpy(a.bytes, n.address, sizeof(a.bytes));
    (void)snprintf(a.text, sizeof(a.text), "%s", text);
    return a;
}

static enum iam_http_admission enter(const char *text, int64_t now_ms, struct iam_http_peer **ret)
{
    struct iam_http_address a = address_of(text);
    return iam_http_peers_enter(&peers, &a, now_ms, ret);
}

static struct iam_http_peer *must_enter(const char *text, int64_t now_ms)
{
    struct iam_http_peer *peer = NULL;
    assert_int_equal(enter(text, now_ms, &peer), IAM_HTTP_ADMITTED);
    return peer;
}

/* A visit that does one bad thing; returns whether the source is refused from then on. */
static bool offend(const char *text, enum iam_http_penalty why, int64_t now_ms)
{
    struct iam_http_peer *peer = must_enter(text, now_ms);
    bool is_refused = iam_http_peers_penalise(&peers, peer, why, now_ms);
    iam_http_peers_leave(&peers, peer);
    return is_refused;
}

static int setup(void **state)
{
    static struct iam_http_network exempt[2];
    (void)state;
    assert_int_equal(iam_http_network_parse(IAM_STR("127.0.0.0/8"), &exempt[0]), IAM_OK);
    assert_int_equal(iam_http_network_parse(IAM_STR("2001:db8:1::/48"), &exempt[1]), IAM_OK);
    assert_int_equal(iam_http_peers_init(&peers, 100, 2, exempt, 2, 42), IAM_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_http_peers_done(&peers);
    return 0;
}

static void test_bound(void **state)
{
    struct iam_http_peer *none = NULL;
    (void)state;
    struct iam_http_peer *a = must_enter("192.0.2.1", 0);
    assert_ptr_equal(must_enter("192.0.2.1", 0), a);
    assert_int_equal(enter("192.0.2.1", 0, &none), IAM_HTTP_TOO_MANY);
    assert_null(none);
    assert_int_equal(peers.too_many, 1);
    assert_string_equal(peers.last_refused, "192.0.2.1");
    struct iam_http_peer *b = must_enter("192.0.2.2", 0);
    assert_ptr_not_equal(a, b);
    iam_http_peers_leave(&peers, a);
    assert_ptr_equal(must_enter("192.0.2.1", 0), a);
    iam_http_peers_leave(&peers, a);
    iam_http_peers_leave(&peers, a);
    iam_http_peers_leave(&peers, b);
    iam_http_peers_leave(&peers, NULL);
}

/* One network of IPv6 is one source; the next is another. An IPv4 address is one by itself. */
static void test_network(void **state)
{
    struct iam_http_peer *none = NULL;
    (void)state;
    struct iam_http_peer *a = must_enter("2001:db8:0:7::1", 0);
    assert_ptr_equal(must_enter("2001:db8:0:7:ffff::2", 0), a);
    assert_int_equal(enter("2001:db8:0:7::3", 0, &none), IAM_HTTP_TOO_MANY);
    struct iam_http_peer *b = must_enter("2001:db8:0:8::1", 0);
    assert_ptr_not_equal(a, b);
    iam_http_peers_leave(&peers, a);
    iam_http_peers_leave(&peers, a);
    iam_http_peers_leave(&peers, b);
}

static void test_exempt(void **state)
{
    struct iam_http_address local = { .is_local = true };
    struct iam_http_peer *peer = (struct iam_http_peer *)&local;
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_null(must_enter("127.0.0.9", 0));
        assert_null(must_enter("2001:db8:1:2::3", 0));
        assert_int_equal(iam_http_peers_enter(&peers, &local, 0, &peer), IAM_HTTP_ADMITTED);
        assert_null(peer);
    }
    assert_false(iam_http_peers_penalise(&peers, NULL, IAM_HTTP_PENALTY_MALFORMED, 0));
    assert_int_equal(peers.entry_count, 0);
}

/* What is done seldom passes; at the threshold the source is refused until all of it has passed. */
static void test_penalty(void **state)
{
    struct iam_http_peer *none = NULL;
    int64_t now = 1000000;
    (void)state;
    for (int i = 0; i < 100; i++, now += 500) {
        assert_false(offend("192.0.2.1", IAM_HTTP_PENALTY_MALFORMED, now));
    }
    now += 1000;
    for (int i = 0; i < 29; i++) {
        assert_false(offend("192.0.2.1", IAM_HTTP_PENALTY_MALFORMED, now));
    }
    assert_true(offend("192.0.2.1", IAM_HTTP_PENALTY_MALFORMED, now));
    assert_int_equal(enter("192.0.2.1", now, &none), IAM_HTTP_PENALISED);
    assert_int_equal(enter("192.0.2.1", now + IAM_HTTP_PENALTY_THRESHOLD_MS - 1, &none),
                     IAM_HTTP_PENALISED);
    assert_int_equal(peers.penalised, 2);
    iam_http_peers_leave(&peers, must_enter("192.0.2.2", now));
    now += IAM_HTTP_PENALTY_THRESHOLD_MS;
    assert_false(offend("192.0.2.1", IAM_HTTP_PENALTY_MALFORMED, now));
}

/* However bad, the time is bounded. */
static void test_penalty_max(void **state)
{
    struct iam_http_peer *none = NULL;
    (void)state;
    struct iam_http_peer *peer = must_enter("192.0.2.1", 0);
    for (int i = 0; i < 1000; i++) {
        (void)iam_http_peers_penalise(&peers, peer, IAM_HTTP_PENALTY_HEADER_TIMEOUT, 0);
    }
    iam_http_peers_leave(&peers, peer);
    assert_int_equal(enter("192.0.2.1", IAM_HTTP_PENALTY_MAX_MS - 1, &none), IAM_HTTP_PENALISED);
    iam_http_peers_leave(&peers, must_enter("192.0.2.1", IAM_HTTP_PENALTY_MAX_MS));
}

/* Passes by from count sources that have done nothing. */
static void pass_by(unsigned from, unsigned count)
{
    char text[INET6_ADDRSTRLEN];
    for (unsigned i = from; i < from + count; i++) {
        (void)snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
        iam_http_peers_leave(&peers, must_enter(text, 1));
    }
}

/*
 * More sources than entries: who has a connection stays, who has a penalty stays before those who
 * have none, and who is forgotten starts at nothing.
 */
static void test_full_table(void **state)
{
    struct iam_http_peer *none = NULL;
    (void)state;
    struct iam_http_peer *open = must_enter("192.0.2.7", 0);
    while (!offend("192.0.2.8", IAM_HTTP_PENALTY_MALFORMED, 0)) {
    }
    pass_by(0, 3 * IAM_HTTP_PEERS_IDLE);
    assert_int_equal(peers.entry_count, peers.entry_cap);
    assert_int_equal(peers.map.count, peers.entry_cap);
    assert_ptr_equal(must_enter("192.0.2.7", 1), open);
    assert_int_equal(enter("192.0.2.8", 1, &none), IAM_HTTP_PENALISED);
    iam_http_peers_leave(&peers, open);
    iam_http_peers_leave(&peers, open);
}

static bool is_known(const char *text)
{
    struct iam_http_address a = address_of(text);
    return iam_map_get(&peers.map, (struct iam_str){ (const char *)a.bytes, 16 }) != NULL;
}

/* Of the sources that were away longest a few are compared, however many there are. */
static void test_who_is_forgotten(void **state)
{
    char text[32];
    (void)state;
    for (int i = 0; i < 20; i++) {
        (void)snprintf(text, sizeof(text), "198.51.100.%d", i);
        (void)offend(text, IAM_HTTP_PENALTY_MALFORMED, 0);
        if (i != 3) {
            (void)offend(text, IAM_HTTP_PENALTY_MALFORMED, 0);
        }
    }
    pass_by(0, (unsigned)peers.entry_cap - 20);
    assert_true(is_known("198.51.100.3") && is_known("10.0.0.0"));
    iam_http_peers_leave(&peers, must_enter("192.0.2.1", 0));
    assert_false(is_known("198.51.100.3"));
    assert_true(is_known("198.51.100.0") && is_known("10.0.0.0"));
}

static void *come_and_go(void *arg)
{
    const char *text = arg;
    for (int i = 0; i < 3000; i++) {
        struct iam_http_peer *peer = NULL;
        if (enter(text, i, &peer) == IAM_HTTP_ADMITTED) {
            (void)iam_http_peers_penalise(&peers, peer, IAM_HTTP_PENALTY_AUTHENTICATION, i);
            iam_http_peers_leave(&peers, peer);
        }
    }
    return NULL;
}

static void test_threads(void **state)
{
    static char texts[4][16] = { "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2" };
    pthread_t threads[4];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, texts[i]), 0);
    }
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(peers.entry_count, 2);
    assert_int_equal(peers.entries[0].connections + peers.entries[1].connections, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_network, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exempt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_penalty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_penalty_max, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
