/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64 and base64url: the vectors of RFC 4648, every short text from an alphabet of good and bad
 * characters, and the law that a text is accepted exactly when its bytes would be written like
 * this.
 */
#include "lib/test.h"

#include "base/heap.h"
#include "codec/base64.h"
#include "lib/failing_alloc.h"

typedef void add_fn(struct iam_buf *b, const void *bytes, size_t n);
typedef enum iam_status decode_fn(struct iam_arena *arena, struct iam_str s, struct iam_str *ret);

static void check_vector(const char *plain, const char *standard, const char *url_safe)
{
    struct iam_buf b;
    struct iam_arena a;
    struct iam_str s;

    iam_buf_init(&b, iam_heap(), 100);
    iam_arena_init(&a, iam_heap(), 1000);
    iam_base64_add(&b, plain, strlen(plain));
    assert_ok(iam_buf_finish(&b, &s));
    assert_same_str(s, iam_str_c(standard));
    iam_buf_clear(&b);
    iam_base64url_add(&b, plain, strlen(plain));
    assert_ok(iam_buf_finish(&b, &s));
    assert_same_str(s, iam_str_c(url_safe));
    assert_ok(iam_base64_decode(&a, iam_str_c(standard), &s));
    assert_same_str(s, iam_str_c(plain));
    assert_ok(iam_base64url_decode(&a, iam_str_c(url_safe), &s));
    assert_same_str(s, iam_str_c(plain));
    iam_buf_done(&b);
    iam_arena_done(&a);
}

static void test_vectors(void **state)
{
    (void)state;
    check_vector("", "", "");
    check_vector("f", "Zg==", "Zg");
    check_vector("fo", "Zm8=", "Zm8");
    check_vector("foo", "Zm9v", "Zm9v");
    check_vector("foob", "Zm9vYg==", "Zm9vYg");
    check_vector("fooba", "Zm9vYmE=", "Zm9vYmE");
    check_vector("foobar", "Zm9vYmFy", "Zm9vYmFy");
    check_vector("\xFB\xEF\xFF", "++//", "--__");
}

static void check_round_trip(const void *bytes, size_t n, add_fn *add, decode_fn *decode)
{
    char storage[64];
    struct iam_str got = iam_str_absent();
    struct iam_str text;
    struct iam_arena a;
    struct iam_buf b;

    assert_true(n <= sizeof(storage));
    iam_arena_init(&a, iam_heap(), 1000);
    iam_buf_init(&b, iam_heap(), 200);
    add(&b, bytes, n);
    assert_ok(iam_buf_finish(&b, &text));
    assert_ok(decode(&a, text, &got));
    assert_same_str(got, (struct iam_str){ bytes, n });
    iam_buf_done(&b);
    iam_arena_done(&a);
}

/* All texts of two bytes, and all lengths up to a few groups. */
static void test_round_trips(void **state)
{
    (void)state;
    unsigned char bytes[40];
    for (unsigned i = 0; i < 0x10000; i += 3) {
        bytes[0] = (unsigned char)(i >> 8);
        bytes[1] = (unsigned char)i;
        check_round_trip(bytes, 1, iam_base64_add, iam_base64_decode);
        check_round_trip(bytes, 2, iam_base64_add, iam_base64_decode);
        check_round_trip(bytes, 2, iam_base64url_add, iam_base64url_decode);
    }
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        for (size_t i = 0; i < n; i++) {
            bytes[i] = (unsigned char)(i * 37 + n);
        }
        check_round_trip(bytes, n, iam_base64_add, iam_base64_decode);
        check_round_trip(bytes, n, iam_base64url_add, iam_base64url_decode);
    }
}

struct fixture {
    struct iam_arena arena;
    struct iam_buf buf;
    size_t accepted;
};

/* What is accepted is what would be written; that alone makes acceptance canonical. */
static void check_text(struct fixture *f, struct iam_str text, add_fn *add, decode_fn *decode)
{
    static const struct iam_str UNTOUCHED = IAM_STR_INIT("untouched");
    struct iam_str got = UNTOUCHED;
    struct iam_str again;

    iam_arena_clear(&f->arena);
    iam_buf_clear(&f->buf);
    enum iam_status status = decode(&f->arena, text, &got);
    if (status != IAM_OK) {
        assert_int_equal(status, IAM_SYNTAX);
        assert_ptr_equal(got.p, UNTOUCHED.p);
        return;
    }
    f->accepted++;
    add(&f->buf, got.p, got.len);
    assert_ok(iam_buf_finish(&f->buf, &again));
    assert_same_str(again, text);
}

/* Every text of up to four characters; returns how many were accepted. */
static size_t check_all_texts(add_fn *add, decode_fn *decode)
{
    static const char ALPHABET[] = { 'A', 'Q', 'g', 'w',  '/',  '+',   '-',
                                     '_', '=', ' ', '\n', '\0', '\xFF' };
    struct fixture f = { .accepted = 0 };
    size_t total = 1;

    iam_arena_init(&f.arena, iam_heap(), 1000);
    iam_buf_init(&f.buf, iam_heap(), 100);
    for (size_t n = 0; n <= 4; n++) {
        for (size_t i = 0; i < total; i++) {
            char text[4];
            size_t rest = i;
            for (size_t k = 0; k < n; k++) {
                text[4 - n + k] = ALPHABET[rest % sizeof(ALPHABET)];
                rest /= sizeof(ALPHABET);
            }
            check_text(&f, (struct iam_str){ text + 4 - n, n }, add, decode);
        }
        total *= sizeof(ALPHABET);
    }
    iam_buf_done(&f.buf);
    iam_arena_done(&f.arena);
    return f.accepted;
}

static void test_all_short_texts(void **state)
{
    (void)state;
    /*
     * Six digits, of which A Q g w (0, 16, 32, 48) end in four zero bits: the empty text, 6^4 whole
     * groups, 6 * 4 texts of two digits and 6 * 6 * 4 of three.
     */
    assert_int_equal(check_all_texts(iam_base64_add, iam_base64_decode), 1 + 1296 + 6 * 4 + 36 * 4);
    assert_int_equal(check_all_texts(iam_base64url_add, iam_base64url_decode),
                     1 + 1296 + 6 * 4 + 36 * 4);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = { "=",        "==",    "===",    "====",     "A",
                                       "AA",       "AAA",   "A===",   "AA=A",     "AAA=AAAA",
                                       "AA==AAAA", "AAAA=", "AAAA==", "AAAA====", "AB==",
                                       "AAB=",     "AA-_",  "AAA\n",  " AAA",     "AAAA\n",
                                       "AAAAA",    "Zm9v=" };
    struct iam_arena a;
    struct iam_str s;
    iam_arena_init(&a, iam_heap(), 1000);
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        if (iam_base64_decode(&a, iam_str_c(BAD[i]), &s) != IAM_SYNTAX) {
            fail_msg("accepted: %s", BAD[i]);
        }
    }
    assert_int_equal(iam_base64url_decode(&a, IAM_STR("AA=="), &s), IAM_SYNTAX);
    assert_int_equal(iam_base64url_decode(&a, IAM_STR("AAA="), &s), IAM_SYNTAX);
    assert_int_equal(iam_base64url_decode(&a, IAM_STR("AAAAA"), &s), IAM_SYNTAX);
    assert_ok(iam_base64_decode(&a, iam_str_absent(), &s));
    assert_str(s, "");
    iam_arena_done(&a);
}

static void test_limits(void **state)
{
    (void)state;
    struct iam_buf b;
    struct iam_str s;
    iam_buf_init(&b, iam_heap(), 7);
    iam_base64_add(&b, "abcd", 4);
    assert_int_equal(iam_buf_finish(&b, &s), IAM_LIMIT);
    iam_buf_clear(&b);
    iam_base64url_add(&b, "abcde", 5);
    assert_ok(iam_buf_finish(&b, &s));
    assert_str(s, "YWJjZGU");
    iam_buf_clear(&b);
    iam_base64_add(&b, "", SIZE_MAX);
    assert_int_equal(iam_buf_finish(&b, &s), IAM_LIMIT);
    iam_buf_done(&b);
}

static enum iam_status decode_some(const struct iam_alloc *alloc, void *ctx)
{
    struct iam_arena a;
    struct iam_str s;

    (void)ctx;
    iam_arena_init(&a, alloc, 1000);
    enum iam_status status = iam_base64_decode(&a, IAM_STR("Zm9vYg=="), &s);
    if (status == IAM_OK) {
        assert_str(s, "foob");
    }
    iam_arena_done(&a);
    return status;
}

static void test_torture(void **state)
{
    (void)state;
    assert_int_equal(torture(decode_some, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),         cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_all_short_texts), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),          cmocka_unit_test(test_torture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
