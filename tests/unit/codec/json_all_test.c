/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every short text over the characters of JSON, against a recogniser that is written from the
 * grammar of RFC 8259 without looking at the reader; and the law that what was read and written
 * reads the same again.
 */
#include "lib/test.h"

#include "base/heap.h"
#include "codec/json.h"

#define MAX_LEN 6

static const struct iam_json_limits LIMITS = { 100, 10, 100 };

/* The recogniser: each function returns the place after the production, or NULL. */
static const char *value(const char *p);

static const char *space(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

static const char *string(const char *p)
{
    if (*p++ != '"') {
        return NULL;
    }
    for (; *p != '"'; p++) {
        if (*p == '\\' && strchr("\"\\/bfnrt", *++p) == NULL) {
            return NULL;
        }
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x80) {
            return NULL;
        }
    }
    return p + 1;
}

static const char *number(const char *p)
{
    p += *p == '-';
    size_t n = strspn(p, "0123456789");
    if (n == 0 || (*p == '0' && n > 1)) {
        return NULL;
    }
    p += n;
    if (*p == '.') {
        n = strspn(++p, "0123456789");
        p = n > 0 ? p + n : NULL;
    }
    if (p != NULL && (*p == 'e' || *p == 'E')) {
        p += 1 + (p[1] == '-' || p[1] == '+');
        n = strspn(p, "0123456789");
        p = n > 0 ? p + n : NULL;
    }
    return p;
}

static const char *member(const char *p)
{
    p = string(p);
    p = p != NULL ? space(p) : NULL;
    return p != NULL && *p == ':' ? value(p + 1) : NULL;
}

static const char *container(const char *p, char close)
{
    p = space(p + 1);
    if (*p == close) {
        return p + 1;
    }
    for (;;) {
        p = close == '}' ? member(space(p)) : value(p);
        if (p == NULL || (*p != ',' && *p != close)) {
            return NULL;
        }
        if (*p++ == close) {
            return p;
        }
    }
}

/* With the white space on both sides. */
static const char *value(const char *p)
{
    p = space(p);
    if (*p == '{') {
        p = container(p, '}');
    } else if (*p == '[') {
        p = container(p, ']');
    } else if (*p == '"') {
        p = string(p);
    } else {
        p = number(p);
    }
    return p != NULL ? space(p) : NULL;
}

/* No text is long enough for two members of one name, which the grammar would permit. */
static bool is_json(const char *text)
{
    const char *end = value(text);

    return end != NULL && *end == '\0';
}

static void check_again(struct iam_arena *a, struct iam_buf *b, const struct iam_json *root)
{
    struct iam_str written;
    struct iam_str again;
    const struct iam_json *second;
    struct iam_buf b2;

    iam_buf_clear(b);
    iam_json_add_tree(b, root);
    assert_ok(iam_buf_finish(b, &written));
    assert_ok(iam_json_read(a, written, &LIMITS, &second, NULL));
    iam_buf_init(&b2, iam_heap(), 1000);
    iam_json_add_tree(&b2, second);
    assert_ok(iam_buf_finish(&b2, &again));
    assert_same_str(again, written);
    iam_buf_done(&b2);
}

static void check_text(struct iam_arena *a, struct iam_buf *b, const char *text, size_t n)
{
    const struct iam_json *root = NULL;
    struct iam_diag diag;
    struct iam_str s = { text, n };

    iam_arena_clear(a);
    enum iam_status status = iam_json_read(a, s, &LIMITS, &root, &diag);
    if (status != (is_json(text) ? IAM_OK : IAM_SYNTAX)) {
        fail_msg("%s: %d", text, (int)status);
    }
    if (status == IAM_OK) {
        assert_true(root->end_offset > root->offset && root->end_offset <= n);
        check_again(a, b, root);
    } else {
        assert_int_equal(diag.status, IAM_SYNTAX);
        assert_true(diag.offset <= n && diag.message[0] != '\0');
    }
}

/* Every text of up to max characters. */
static void check_all(const char *alphabet, size_t max)
{
    size_t k = strlen(alphabet);
    size_t total = 1;
    struct iam_arena a;
    struct iam_buf b;

    iam_arena_init(&a, iam_heap(), 100000);
    iam_buf_init(&b, iam_heap(), 1000);
    for (size_t n = 0; n <= max; n++) {
        for (size_t i = 0; i < total; i++) {
            char text[MAX_LEN + 2];
            size_t rest = i;
            for (size_t at = 0; at < n; at++) {
                text[MAX_LEN - n + at] = alphabet[rest % k];
                rest /= k;
            }
            text[MAX_LEN] = '\0';
            check_text(&a, &b, text + MAX_LEN - n, n);
        }
        total *= k;
    }
    iam_buf_done(&b);
    iam_arena_done(&a);
}

static void test_structure(void **state)
{
    (void)state;
    check_all("{}[],:\"0 ", 6);
}

static void test_numbers(void **state)
{
    (void)state;
    check_all("01-+.eE", 6);
}

static void test_strings(void **state)
{
    (void)state;
    check_all("\"\\n/a\n\x1F\x80", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
