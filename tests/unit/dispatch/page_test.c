/* SPDX-License-Identifier: Apache-2.0 */
/* Pages: a Marker continues the list that it came from, and nothing else. */
#include "codec/base64.h"
#include "toy.h"

#define MAX_MARKER 320
#define MAX_KEY 223

static const struct api_opt_int none;

/* Makes the input that of a list, which texts, numbers and truth values narrow. */
static int setup(void **state)
{
    (void)toy_setup(state);
    toy_shape.member_count = TOY_TAGS;
    return 0;
}

/* Returns the Marker that a list with these parameters would return for key. */
static struct iam_str marker_as(const struct inproc_caller *who, const char *more,
                                struct iam_str key)
{
    struct api_request r;
    struct api_opt_bool is_truncated;
    struct iam_str marker = iam_str_absent();
    toy_open_as(&r, who, more);
    assert_ok(api_page_close(&r.call, true, key, &is_truncated, &marker));
    assert_true(is_truncated.is_set && is_truncated.value);
    toy_close(&r);
    return marker;
}

static struct iam_str marker_of(const char *more, const char *key)
{
    return marker_as(&toy.alice, more, iam_str_c(key));
}

/*
 * Tells whether a list with these parameters accepts the Marker; *ret_after is where it continues.
 */
static bool is_taken_by(const struct inproc_caller *who, const char *more, struct iam_str marker,
                        struct iam_str *ret_after)
{
    struct api_request r;
    struct iam_page page = { .after = iam_str_absent() };
    toy_open_as(&r, who, more);
    enum iam_status st = api_page_open(&r.call, marker, none, &page);
    if (st != IAM_OK) {
        assert_int_equal(st, IAM_FAULT);
        assert_int_equal(r.call.fault.error, API_ERR_VALIDATION_ERROR);
        assert_str(r.call.fault.message, "Invalid Marker.");
        assert_absent(page.after);
    }
    toy_close(&r);
    *ret_after = page.after;
    return st == IAM_OK;
}

static bool is_taken(const char *more, struct iam_str marker)
{
    struct iam_str after;
    return is_taken_by(&toy.alice, more, marker, &after);
}

static void test_there_and_back(void **state)
{
    static const char *const keys[] = { "alice", "a", "\xc3\xa4\xf0\x9f\x98\x80", "x y\tz" };
    struct iam_str after;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(keys); i++) {
        struct iam_str marker = marker_of("Name=one", keys[i]);
        assert_true(is_taken_by(&toy.alice, "Name=one", marker, &after));
        assert_same_str(after, iam_str_c(keys[i]));
        /* Base64url: it needs no escapes in a URL. */
        for (size_t at = 0; at < marker.len; at++) {
            assert_true(iam_ascii_is_alnum(marker.p[at]) || marker.p[at] == '-' ||
                        marker.p[at] == '_');
        }
    }
}

static void test_the_last_page(void **state)
{
    struct api_opt_bool is_truncated = { 0 };
    struct iam_str marker = iam_str_absent();
    struct api_request r;
    (void)state;
    toy_open(&r, "");
    assert_ok(api_page_close(&r.call, false, IAM_STR("x"), &is_truncated, &marker));
    assert_true(is_truncated.is_set && !is_truncated.value);
    assert_absent(marker);
    toy_close(&r);
}

static void test_sizes(void **state)
{
    struct iam_page page;
    struct api_request r;
    (void)state;
    toy_open(&r, "");
    assert_ok(api_page_open(&r.call, iam_str_absent(), none, &page));
    assert_int_equal(page.limit, 100);
    assert_absent(page.after);
    assert_ok(api_page_open(&r.call, iam_str_absent(), api_int(1000), &page));
    assert_int_equal(page.limit, 1000);
    assert_ok(api_page_open(&r.call, iam_str_absent(), api_int(1), &page));
    assert_int_equal(page.limit, 1);
    toy_close(&r);
}

/* ---- foreign ---- */

static void test_every_altered_character(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/%. ";
    char text[MAX_MARKER];
    struct api_request r;
    struct iam_page page;
    (void)state;
    struct iam_str marker = marker_of("Name=one", "alice");
    memcpy(text, marker.p, marker.len);
    struct iam_str altered = { text, marker.len };
    toy_open(&r, "Name=one");
    for (size_t i = 0; i < marker.len; i++) {
        for (const char *c = alphabet; *c != '\0'; c++) {
            text[i] = *c;
            enum iam_status st = api_page_open(&r.call, altered, none, &page);
            assert_int_equal(st, *c == marker.p[i] ? IAM_OK : IAM_FAULT);
        }
        text[i] = marker.p[i];
    }
    for (size_t n = 0; n < marker.len; n++) {
        altered.len = n;
        assert_int_equal(api_page_open(&r.call, altered, none, &page), IAM_FAULT);
    }
    toy_close(&r);
}

static void test_texts_that_are_none(void **state)
{
    static char longest[MAX_MARKER + 1];
    const struct iam_str texts[] = {
        IAM_STR(""),
        IAM_STR("B"),
        IAM_STR("AAAA"),
        IAM_STR("alice"),
        IAM_STR("BAAAAAAAAAAAAAAAAAAAAAA"),
        IAM_STR("BAAAAAAAAAAAAAAAAAAAAAABB"),
        {longest,  MAX_MARKER    },
        { longest, MAX_MARKER + 1}
    };
    (void)state;
    memset(longest, 'B', sizeof(longest));
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        assert_false(is_taken("Name=one", texts[i]));
    }
}

static void test_of_another_server(void **state)
{
    struct inproc *s = *state;
    struct iam_str marker = marker_of("Name=one", "alice");
    struct iam_keeper *mine = s->keeper;
    const struct iam_keeper_config config = { .alloc = iam_heap() };
    struct iam_keeper *other = NULL;
    struct api_request r;
    struct iam_page page;
    char error[128];
    assert_ok(iam_keeper_new(&config, &other, error, sizeof(error)));
    toy_open(&r, "Name=one");
    s->env.keeper = other;
    assert_int_equal(api_page_open(&r.call, marker, none, &page), IAM_FAULT);
    s->env.keeper = mine;
    assert_ok(api_page_open(&r.call, marker, none, &page));
    toy_close(&r);
    iam_keeper_free(other);
}

/* ---- bound ---- */

static void test_to_what_narrows_the_list(void **state)
{
    static const char list[] = "Name=one&Path=/a/&Count=1&IsOn=true";
    static const char *const others[] = {
        "Name=two&Path=/a/&Count=1&IsOn=true",
        "Name=one&Path=/b/&Count=1&IsOn=true",
        "Name=one&Path=/a/&Count=2&IsOn=true",
        "Name=one&Path=/a/&Count=1&IsOn=false",
        "Name=one&Path=/a/&Count=1",
        "Name=one&Path=/a/&IsOn=true",
        "Name=one&Count=1&IsOn=true",
        "Path=/a/&Count=1&IsOn=true",
        "Name=one/a/&Path=&Count=1&IsOn=true",
        "Name=one&Path=/a/&Color=&Count=1&IsOn=true",
        "",
    };
    (void)state;
    struct iam_str marker = marker_of(list, "alice");
    for (size_t i = 0; i < IAM_COUNT(others); i++) {
        assert_false(is_taken(others[i], marker));
    }
    assert_true(is_taken(list, marker));
    /* The members of the page may differ from one page to the next. */
    assert_true(is_taken("IsOn=true&Name=one&Path=/a/&Count=1&MaxItems=7&Marker=x", marker));
}

static void test_to_the_account(void **state)
{
    struct inproc *s = *state;
    struct iam_str after;
    struct iam_str marker = marker_of("Name=one", "alice");
    assert_false(is_taken_by(&s->other_root, "Name=one", marker, &after));
    assert_true(is_taken_by(&s->root, "Name=one", marker, &after)); /* of the same account */
}

static void test_to_the_operation(void **state)
{
    struct inproc *s = *state;
    inproc_must(s, &s->root, "iam", "Action=CreateUser&UserName=bob");
    inproc_must(s, &s->root, "iam", "Action=CreateGroup&GroupName=aa");
    inproc_must(s, &s->root, "iam", "Action=CreateGroup&GroupName=bb");
    inproc_must(s, &s->root, "iam", "Action=ListUsers&MaxItems=1");
    struct iam_str marker = inproc_text(s, "Marker");
    inproc_must(s, &s->root, "iam", "Action=ListUsers&Marker=%.*s", IAM_STR_ARG(marker));
    assert_true(inproc_says(s, "bob") && !inproc_says(s, "alice"));
    (void)inproc_ask(s, &s->root, "iam", "Action=ListGroups&Marker=%.*s", IAM_STR_ARG(marker));
    inproc_expect(s, 400, "ValidationError");
    (void)inproc_ask(s, &s->root, "iam", "Action=ListUsers&PathPrefix=/&Marker=%.*s",
                     IAM_STR_ARG(marker));
    inproc_expect(s, 400, "ValidationError");
}

static void test_to_the_items_of_lists(void **state)
{
    static const char list[] = "Names.member.1=a&Names.member.2=b";
    static const char *const others[] = {
        "Names.member.1=b&Names.member.2=a",
        "Names.member.1=ab",
        "Names.member.1=a",
        "Names.member.1=a&Names.member.2=b&Names.member.3=c",
        "Names.member.1=a&Names.member.2=c",
        "",
    };
    (void)state;
    struct iam_str marker = marker_of(list, "alice");
    for (size_t i = 0; i < IAM_COUNT(others); i++) {
        assert_false(is_taken(others[i], marker));
    }
    assert_true(is_taken(list, marker));
}

/* An input that the code cannot cover gets no Marker, rather than one that covers less. */
static void test_no_marker_over_what_is_not_covered(void **state)
{
    struct api_opt_bool is_truncated;
    struct iam_str marker = marker_of("", "k");
    struct iam_page page;
    struct api_request r;
    (void)state;
    toy_shape.member_count = TOY_TAGS + 1;
    toy_open(&r, "");
    assert_int_equal(api_page_open(&r.call, marker, none, &page), IAM_UNSUPPORTED);
    assert_int_equal(api_page_close(&r.call, true, IAM_STR("k"), &is_truncated, &marker),
                     IAM_UNSUPPORTED);
    toy_close(&r);
}

/* ---- lists that are made of the input ---- */

/* Opens a page of such a list. */
static enum iam_status open_made(const struct inproc_caller *who, const char *more,
                                 struct iam_str marker, struct api_opt_int max, size_t *ret_from,
                                 size_t *ret_limit)
{
    struct api_request r;
    toy_open_as(&r, who, more);
    enum iam_status st = api_page_open_made(&r.call, marker, max, ret_from, ret_limit);
    toy_close(&r);
    return st;
}

static struct iam_str made_marker(const char *more, size_t next)
{
    struct api_opt_bool is_truncated;
    struct iam_str marker = iam_str_absent();
    struct api_request r;
    toy_open(&r, more);
    assert_ok(api_page_close_made(&r.call, true, next, &is_truncated, &marker));
    assert_true(is_truncated.is_set && is_truncated.value);
    toy_close(&r);
    return marker;
}

static void test_made_of_whatever_input(void **state)
{
    struct inproc *s = *state;
    size_t from;
    size_t limit;
    /* One member is of a kind that no other list could cover. */
    toy_shape.member_count = TOY_TAGS + 1;
    struct iam_str marker = made_marker("Name=one", 1234567);
    assert_ok(open_made(&toy.alice, "Name=two&Count=1", marker, none, &from, &limit));
    assert_int_equal(from, 1234567);
    assert_int_equal(limit, 100);
    assert_ok(open_made(&toy.alice, "", iam_str_absent(), api_int(7), &from, &limit));
    assert_int_equal(from, 0);
    assert_int_equal(limit, 7);
    assert_int_equal(open_made(&s->other_root, "Name=one", marker, none, &from, &limit), IAM_FAULT);
    assert_int_equal(open_made(&toy.alice, "", IAM_STR("Bx"), none, &from, &limit), IAM_FAULT);
}

static void test_made_and_other_markers_are_two_things(void **state)
{
    size_t from;
    size_t limit;
    (void)state;
    struct iam_str marker = marker_of("Name=one", "1");
    assert_int_equal(open_made(&toy.alice, "Name=one", marker, none, &from, &limit), IAM_FAULT);
    assert_false(is_taken("Name=one", made_marker("Name=one", 1)));
}

static void test_the_last_page_of_what_is_made(void **state)
{
    struct api_opt_bool is_truncated = { 0 };
    struct iam_str marker = iam_str_absent();
    struct api_request r;
    (void)state;
    toy_open(&r, "");
    assert_ok(api_page_close_made(&r.call, false, 3, &is_truncated, &marker));
    assert_true(is_truncated.is_set && !is_truncated.value);
    assert_absent(marker);
    toy_close(&r);
}

/* ---- limits ---- */

static void test_the_longest(void **state)
{
    static char key[MAX_KEY + 1];
    struct api_opt_bool is_truncated;
    struct iam_str marker;
    struct iam_str after;
    struct api_request r;
    (void)state;
    memset(key, 'k', sizeof(key));
    marker = marker_as(&toy.alice, "Name=one", (struct iam_str){ key, MAX_KEY });
    assert_in_range(marker.len, MAX_MARKER - 3, MAX_MARKER);
    assert_true(is_taken_by(&toy.alice, "Name=one", marker, &after));
    assert_int_equal(after.len, MAX_KEY);
    toy_open(&r, "Name=one");
    assert_int_equal(
        api_page_close(&r.call, true, (struct iam_str){ key, MAX_KEY + 1 }, &is_truncated, &marker),
        IAM_LIMIT);
    toy_close(&r);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, toy_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back),
        TEST(test_the_last_page),
        TEST(test_sizes),
        TEST(test_every_altered_character),
        TEST(test_texts_that_are_none),
        TEST(test_of_another_server),
        TEST(test_to_what_narrows_the_list),
        TEST(test_to_the_account),
        TEST(test_to_the_operation),
        TEST(test_to_the_items_of_lists),
        TEST(test_no_marker_over_what_is_not_covered),
        TEST(test_made_of_whatever_input),
        TEST(test_made_and_other_markers_are_two_things),
        TEST(test_the_last_page_of_what_is_made),
        TEST(test_the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
