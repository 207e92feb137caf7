/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: the tree and its positions, what is refused and where, limits, writing, and torture. */
#include "lib/test.h"

#include <stdio.h>

#include "base/heap.h"
#include "codec/json.h"
#include "lib/failing_alloc.h"

static const struct iam_json_limits LIMITS = { 1000000, 64, 100000 };

static struct iam_arena arena;

static int set_up(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

static const struct iam_json *read_ok(struct iam_str text)
{
    const struct iam_json *root = NULL;
    struct iam_diag diag = { .message = "" };

    if (iam_json_read(&arena, text, &LIMITS, &root, &diag) != IAM_OK) {
        fail_msg("%.*s: %s", IAM_STR_ARG(text), diag.message);
    }
    assert_non_null(root);
    return root;
}

static void test_types(void **state)
{
    (void)state;
    const struct iam_json *n;
    assert_int_equal(read_ok(IAM_STR("null"))->type, IAM_JSON_NULL);
    n = read_ok(IAM_STR(" true "));
    assert_int_equal(n->type, IAM_JSON_BOOL);
    assert_true(n->boolean);
    n = read_ok(IAM_STR("\r\n\tfalse"));
    assert_int_equal(n->type, IAM_JSON_BOOL);
    assert_false(n->boolean);
    n = read_ok(IAM_STR("-12.50e+07"));
    assert_int_equal(n->type, IAM_JSON_NUMBER);
    assert_str(n->text, "-12.50e+07");
    n = read_ok(IAM_STR("\"a b\""));
    assert_int_equal(n->type, IAM_JSON_STRING);
    assert_str(n->text, "a b");
    n = read_ok(IAM_STR("[]"));
    assert_int_equal(n->type, IAM_JSON_ARRAY);
    assert_null(n->first);
    n = read_ok(IAM_STR("{ }"));
    assert_int_equal(n->type, IAM_JSON_OBJECT);
    assert_int_equal(n->child_count, 0);
    assert_absent(n->name);
    assert_null(n->next);
}

static void test_tree(void **state)
{
    (void)state;
    struct iam_str text = IAM_STR("{\"a\": [1, \"x\"],\n \"\": {\"b\":null}}");
    const struct iam_json *root = read_ok(text);
    assert_int_equal(root->offset, 0);
    assert_int_equal(root->end_offset, text.len);
    assert_int_equal(root->child_count, 2);

    const struct iam_json *a = root->first;
    assert_str(a->name, "a");
    assert_int_equal(a->name_offset, 1);
    assert_int_equal(a->offset, 6);
    assert_int_equal(a->end_offset, 14);
    assert_int_equal(a->child_count, 2);
    assert_str(a->first->text, "1");
    assert_absent(a->first->name);
    assert_str(a->first->next->text, "x");
    assert_int_equal(a->first->next->offset, 10);
    assert_int_equal(a->first->next->end_offset, 13);
    assert_null(a->first->next->next);

    const struct iam_json *empty = a->next;
    assert_str(empty->name, "");
    assert_int_equal(empty->name_offset, 17);
    assert_null(empty->next);
    assert_ptr_equal(iam_json_member(root, IAM_STR("")), empty);
    assert_int_equal(iam_json_member(empty, IAM_STR("b"))->type, IAM_JSON_NULL);
    assert_null(iam_json_member(root, IAM_STR("A")));
    assert_null(iam_json_member(a, IAM_STR("a")));
    assert_null(iam_json_member(NULL, IAM_STR("a")));
    /* A string without an escape borrows the text. */
    assert_ptr_equal(a->name.p, text.p + 2);
}

static void test_escapes(void **state)
{
    (void)state;
    assert_str(read_ok(IAM_STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""))->text, "\"\\/\b\f\n\r\t");
    assert_str(read_ok(IAM_STR("\"x\\u0041y\""))->text, "xAy");
    assert_str(read_ok(IAM_STR("\"\\u00e4\\u20AC\""))->text, "\xC3\xA4\xE2\x82\xAC");
    assert_str(read_ok(IAM_STR("\"\\uD83D\\uDE00\""))->text, "\xF0\x9F\x98\x80");
    assert_str(read_ok(IAM_STR("\"\\uDBFF\\uDFFF\\uFFFF\""))->text, "\xF4\x8F\xBF\xBF\xEF\xBF\xBF");
    assert_str(read_ok(IAM_STR("\"\xC3\xA4\\n\xF0\x9F\x98\x80\""))->text,
               "\xC3\xA4\n\xF0\x9F\x98\x80");
    assert_str(read_ok(IAM_STR("\"\x7F\""))->text, "\x7F");
    assert_str(read_ok(IAM_STR("{\"\\u0061\":1}"))->first->name, "a");
}

/* The eight-byte steps: a quote, an escape and a bad byte at every place. */
static void test_string_lengths(void **state)
{
    (void)state;
    for (int n = 0; n < 40; n++) {
        char text[64];
        int len = snprintf(text, sizeof(text), "\"%.*s\"", n,
                           "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
        struct iam_str s = { text, (size_t)len };
        assert_int_equal(read_ok(s)->text.len, (size_t)n);
        for (int at = 1; at <= n; at++) {
            const struct iam_json *root;
            struct iam_diag diag;
            char saved = text[at];
            static const char BAD[] = { '\n', '\0', '\x1F', '\x80', '\xFF', '"' };
            for (size_t i = 0; i < sizeof(BAD); i++) {
                text[at] = BAD[i];
                assert_int_equal(iam_json_read(&arena, s, &LIMITS, &root, &diag), IAM_SYNTAX);
                assert_int_equal(diag.offset, (size_t)at + (BAD[i] == '"'));
            }
            if (at < n) {
                char next = text[at + 1];
                text[at] = '\\';
                text[at + 1] = 'n';
                assert_int_equal(read_ok(s)->text.len, (size_t)n - 1);
                assert_int_equal(read_ok(s)->text.p[at - 1], '\n');
                text[at + 1] = next;
            }
            text[at] = saved;
        }
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const char *const GOOD[] = {
        "0",   "-0",   "10",  "0.0",    "-1.5",
        "1e1", "1E+1", "0e0", "1.0e-9", "123456789012345678901234567890"
    };
    static const char *const BAD[] = { "00",   "01",  "-",        "-a",        "+1",  ".5", "1.",
                                       "1.e1", "1e",  "1e+",      "1e-",       "0x1", "1a", "--1",
                                       "1..2", "NaN", "Infinity", "-Infinity", "1 2" };
    const struct iam_json *root;
    for (size_t i = 0; i < IAM_COUNT(GOOD); i++) {
        assert_same_str(read_ok(iam_str_c(GOOD[i]))->text, iam_str_c(GOOD[i]));
    }
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        if (iam_json_read(&arena, iam_str_c(BAD[i]), &LIMITS, &root, NULL) != IAM_SYNTAX) {
            fail_msg("accepted: %s", BAD[i]);
        }
    }
}

/* What is refused, where, and a word of the message. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        struct iam_str text;
        size_t offset;
        const char *word;
    } BAD[] = {
        {IAM_STR_INIT(""),                           0,  "ends"                },
        { IAM_STR_INIT(" \n"),                       2,  "ends"                },
        { IAM_STR_INIT("\xEF\xBB\xBF{}"),            0,  "byte order mark"     },
        { IAM_STR_INIT("{"),                         1,  "member name"         },
        { IAM_STR_INIT("{1:2}"),                     1,  "double quotes"       },
        { IAM_STR_INIT("{'a':2}"),                   1,  "double quotes"       },
        { IAM_STR_INIT("{\"a\"}"),                   4,  "':'"                 },
        { IAM_STR_INIT("{\"a\":}"),                  5,  "value"               },
        { IAM_STR_INIT("{\"a\":1"),                  6,  "'}'"                 },
        { IAM_STR_INIT("{\"a\":1 \"b\":2}"),         7,  "','"                 },
        { IAM_STR_INIT("{\"a\":1,}"),                6,  "comma"               },
        { IAM_STR_INIT("{\"a\":1,,}"),               7,  "member name"         },
        { IAM_STR_INIT("{,}"),                       1,  "member name"         },
        { IAM_STR_INIT("["),                         1,  "ends"                },
        { IAM_STR_INIT("[1"),                        2,  "']'"                 },
        { IAM_STR_INIT("[1}"),                       2,  "']'"                 },
        { IAM_STR_INIT("[1,]"),                      2,  "comma"               },
        { IAM_STR_INIT("[,1]"),                      1,  "value"               },
        { IAM_STR_INIT("]"),                         0,  "value"               },
        { IAM_STR_INIT("{} {}"),                     3,  "after the end"       },
        { IAM_STR_INIT("1\0"),                       1,  "after the end"       },
        { IAM_STR_INIT("\0"),                        0,  "value"               },
        { IAM_STR_INIT("True"),                      0,  "value"               },
        { IAM_STR_INIT("nul"),                       0,  "value"               },
        { IAM_STR_INIT("nullx"),                     4,  "after the end"       },
        { IAM_STR_INIT("'a'"),                       0,  "double quotes"       },
        { IAM_STR_INIT("// c\n1"),                   0,  "comments"            },
        { IAM_STR_INIT("[1 /* c */]"),               3,  "']'"                 },
        { IAM_STR_INIT("\"a"),                       2,  "ends inside a string"},
        { IAM_STR_INIT("\"a\\"),                     3,  "ends inside a string"},
        { IAM_STR_INIT("\"a\\\""),                   4,  "ends inside a string"},
        { IAM_STR_INIT("\"a\nb\""),                  2,  "control character"   },
        { IAM_STR_INIT("\"\\na\tb\""),               4,  "control character"   },
        { IAM_STR_INIT("\"a\0b\""),                  2,  "control character"   },
        { IAM_STR_INIT("\"\\x41\""),                 1,  "escape"              },
        { IAM_STR_INIT("\"\\'\""),                   1,  "escape"              },
        { IAM_STR_INIT("\"\\\0\""),                  1,  "escape"              },
        { IAM_STR_INIT("\"\\u12\""),                 1,  "hexadecimal"         },
        { IAM_STR_INIT("\"\\u12g4\""),               1,  "hexadecimal"         },
        { IAM_STR_INIT("\"\\u"),                     1,  "hexadecimal"         },
        { IAM_STR_INIT("\"x\\u0000\""),              2,  "u0000"               },
        { IAM_STR_INIT("\"\\u12:4\""),               1,  "hexadecimal"         },
        { IAM_STR_INIT("\"\\uD83D\\uDEG0\""),        1,  "surrogate"           },
        { IAM_STR_INIT("\"\\uD83D\\uE000\""),        1,  "surrogate"           },
        { IAM_STR_INIT("\"\\uD83Dx12345\""),         1,  "surrogate"           },
        { IAM_STR_INIT("# c"),                       0,  "comments"            },
        { IAM_STR_INIT("\"\\uD83D\""),               1,  "surrogate"           },
        { IAM_STR_INIT("\"\\uDE00\\uD83D\""),        1,  "surrogate"           },
        { IAM_STR_INIT("\"\\uD83D\\u0041\""),        1,  "surrogate"           },
        { IAM_STR_INIT("\"\\uD83D\\n12345\""),       1,  "surrogate"           },
        { IAM_STR_INIT("\"\\uD83D\\uDE0"),           1,  "surrogate"           },
        { IAM_STR_INIT("\"\xC0\xAF\""),              1,  "UTF-8"               },
        { IAM_STR_INIT("\"\xED\xA0\x80\""),          1,  "UTF-8"               },
        { IAM_STR_INIT("\"\xF4\x90\x80\x80\""),      1,  "UTF-8"               },
        { IAM_STR_INIT("\"abc\xE2\x82\""),           4,  "UTF-8"               },
        { IAM_STR_INIT("\"\\n\xE2\x82"),             3,  "UTF-8"               },
        { IAM_STR_INIT("\xC2\xA0"),                  0,  "value"               },
        { IAM_STR_INIT("{\"a\":1,\"b\":2,\"a\":3}"), 13, "\"a\""               },
        { IAM_STR_INIT("{\"a\":1,\"\\u0061\":3}"),   7,  "\"a\""               },
        { IAM_STR_INIT("[{\"x\":{\"\":1,\"\":1}}]"), 12, "duplicate"           },
    };
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        const struct iam_json *root = NULL;
        struct iam_diag diag = { .status = IAM_OK };
        enum iam_status status = iam_json_read(&arena, BAD[i].text, &LIMITS, &root, &diag);
        if (status != IAM_SYNTAX || diag.status != IAM_SYNTAX || root != NULL ||
            diag.offset != BAD[i].offset || strstr(diag.message, BAD[i].word) == NULL) {
            fail_msg("%.*s: %d at %zu: %s", IAM_STR_ARG(BAD[i].text), (int)status, diag.offset,
                     diag.message);
        }
        assert_int_equal(iam_json_read(&arena, BAD[i].text, &LIMITS, &root, NULL), IAM_SYNTAX);
    }
    const struct iam_json *root;
    assert_int_equal(iam_json_read(&arena, iam_str_absent(), &LIMITS, &root, NULL), IAM_SYNTAX);
}

/* Of an object with few and with many members: which one is named as the duplicate. */
static void test_duplicates_in_large_objects(void **state)
{
    (void)state;
    static char text[200000];
    for (unsigned count = 2; count < 3000; count = count * 3 / 2) {
        struct iam_diag diag;
        const struct iam_json *root;
        size_t n = 0;
        text[n++] = '{';
        for (unsigned i = 0; i < count; i++) {
            /* A multiplier without a factor in common with count makes it a permutation. */
            unsigned name = count % 7 != 0 ? i * 7 % count : i;
            n += (size_t)snprintf(text + n, sizeof(text) - n, "\"n%u\":%u,", name, i);
        }
        size_t end = n - 1;
        text[end] = '}';
        assert_int_equal(read_ok((struct iam_str){ text, n })->child_count, count);
        /* Two more of earlier names: the first of them is the one to report. */
        unsigned other = count % 2;
        n = end + (size_t)snprintf(text + end, sizeof(text) - end, ",\"n%u\":0,\"n%u\":0}",
                                   1 - other, other);
        assert_int_equal(iam_json_read(&arena, (struct iam_str){ text, n }, &LIMITS, &root, &diag),
                         IAM_SYNTAX);
        assert_int_equal(diag.offset, end + 1);
        assert_non_null(strstr(diag.message, other == 0 ? "\"n1\"" : "\"n0\""));
    }
}

/* Names are not compared pairwise: that would be 2 * 10^10 comparisons, and the test would time
 * out. */
static void test_huge_object(void **state)
{
    (void)state;
    enum { MEMBERS = 200000 };
    static char text[MEMBERS * 12 + 2];
    const struct iam_json_limits limits = { sizeof(text), 1, MEMBERS + 1 };
    const struct iam_json *root;
    size_t n = 0;
    for (unsigned i = 0; i < MEMBERS; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%c\"%06u\":0", i > 0 ? ',' : '{', i);
    }
    text[n++] = '}';
    assert_ok(iam_json_read(&arena, (struct iam_str){ text, n }, &limits, &root, NULL));
    assert_int_equal(root->child_count, MEMBERS);
}

static enum iam_status read_within(struct iam_str text, uint32_t bytes, uint32_t depth,
                                   uint32_t nodes, struct iam_diag *diag)
{
    struct iam_json_limits limits = { bytes, depth, nodes };
    const struct iam_json *root;

    return iam_json_read(&arena, text, &limits, &root, diag);
}

static void test_limits(void **state)
{
    (void)state;
    struct iam_str text = IAM_STR("[[1,2],{}]");
    struct iam_diag diag;
    assert_ok(read_within(text, 10, 2, 5, &diag));
    assert_int_equal(read_within(text, 9, 2, 5, &diag), IAM_LIMIT);
    assert_int_equal(diag.offset, 9);
    assert_int_equal(read_within(text, 10, 1, 5, &diag), IAM_LIMIT);
    assert_int_equal(diag.offset, 1);
    assert_int_equal(read_within(text, 10, 2, 4, &diag), IAM_LIMIT);
    assert_int_equal(diag.offset, 7);
    assert_int_equal(diag.status, IAM_LIMIT);
    /* A scalar has no depth; nothing at all is still no document. */
    assert_ok(read_within(IAM_STR("1"), 1, 0, 1, &diag));
    assert_int_equal(read_within(IAM_STR("1"), 1, 0, 0, &diag), IAM_LIMIT);
    assert_int_equal(read_within(IAM_STR("[]"), 2, 0, 1, &diag), IAM_LIMIT);
    assert_int_equal(read_within(IAM_STR(""), 0, 0, 0, &diag), IAM_SYNTAX);
}

/* However deep a caller permits, no more than 256 levels are read. */
static void test_deep(void **state)
{
    (void)state;
    static char text[200000];
    struct iam_diag diag;
    for (int object = 0; object < 2; object++) {
        size_t n = 0;
        for (size_t i = 0; i < 255; i++) {
            n += (size_t)snprintf(text + n, sizeof(text) - n, object ? "{\"\":" : "[");
        }
        n += (size_t)snprintf(text + n, sizeof(text) - n, "[]");
        for (size_t i = 0; i < 255; i++) {
            text[n++] = object ? '}' : ']';
        }
        assert_ok(read_within((struct iam_str){ text, n }, UINT32_MAX, UINT32_MAX, 1000, &diag));
    }
    memset(text, '[', sizeof(text));
    struct iam_str all = { text, sizeof(text) };
    assert_int_equal(read_within(all, UINT32_MAX, UINT32_MAX, UINT32_MAX, &diag), IAM_LIMIT);
    assert_int_equal(diag.offset, 256);
}

static void test_position(void **state)
{
    (void)state;
    struct iam_diag diag;
    const struct iam_json *root;
    struct iam_str text = IAM_STR("{\n  \"a\": 1,\n  \"a\": 2\n}");
    assert_int_equal(iam_json_read(&arena, text, &LIMITS, &root, &diag), IAM_SYNTAX);
    assert_int_equal(diag.line, 3);
    assert_int_equal(diag.column, 3);
}

static void assert_written(struct iam_str s, const char *want)
{
    struct iam_buf b;
    struct iam_str got;

    iam_buf_init(&b, iam_heap(), 10000);
    iam_json_add_string(&b, s);
    assert_ok(iam_buf_finish(&b, &got));
    assert_same_str(got, iam_str_c(want));
    iam_buf_done(&b);
}

static void test_write_string(void **state)
{
    (void)state;
    assert_written(IAM_STR(""), "\"\"");
    assert_written(iam_str_absent(), "\"\"");
    assert_written(IAM_STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    assert_written(IAM_STR("\b\f\n\r\t\0\x1F\x7F"), "\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7F\"");
    assert_written(IAM_STR("\xC3\xA4\xF0\x9F\x98\x80"), "\"\xC3\xA4\xF0\x9F\x98\x80\"");
    assert_written(IAM_STR("\xFFx\xC3"), "\"\xEF\xBF\xBDx\xEF\xBF\xBD\"");
    assert_written(IAM_STR("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void test_write_tree(void **state)
{
    (void)state;
    struct iam_buf b;
    struct iam_str got;
    struct iam_str text =
        IAM_STR(" { \"a\" : [ 1.50 , -2e9 , \"x\\u000ay\" , [ ] , { } ] , \"b\" : { \"\" : null , "
                "\"t\" : true , \"f\" : false } } ");
    const struct iam_json *root = read_ok(text);
    iam_buf_init(&b, iam_heap(), 1000);
    iam_json_add_tree(&b, root);
    assert_ok(iam_buf_finish(&b, &got));
    assert_str(got, "{\"a\":[1.50,-2e9,\"x\\ny\",[],{}],\"b\":{\"\":null,\"t\":true,\"f\":false}}");
    iam_buf_clear(&b);
    bool first = true;
    iam_json_add_name(&b, &first, IAM_STR("x"));
    iam_buf_add_u64(&b, 1);
    iam_json_add_name(&b, &first, IAM_STR("y\n"));
    assert_ok(iam_buf_finish(&b, &got));
    assert_str(got, "\"x\":1,\"y\\n\":");
    iam_buf_done(&b);
}

/* A tree that no reader made, deeper than any it makes. */
static void test_write_too_deep(void **state)
{
    (void)state;
    static struct iam_json nodes[300];
    struct iam_buf b;
    struct iam_str got;
    for (size_t i = 0; i < IAM_COUNT(nodes); i++) {
        nodes[i] = (struct iam_json){ .type = IAM_JSON_ARRAY };
        nodes[i].first = i + 1 < IAM_COUNT(nodes) ? &nodes[i + 1] : NULL;
    }
    iam_buf_init(&b, iam_heap(), 1000);
    iam_json_add_tree(&b, &nodes[0]);
    assert_int_equal(iam_buf_finish(&b, &got), IAM_LIMIT);
    iam_buf_clear(&b);
    iam_json_add_tree(&b, &nodes[IAM_COUNT(nodes) - 256]);
    assert_ok(iam_buf_finish(&b, &got));
    assert_int_equal(got.len, 512);
    iam_buf_done(&b);
}

static void test_ascii(void **state)
{
    (void)state;
    /* U+007F, U+0080, U+07FF, U+20AC, U+FFFD, U+10400, U+10FFFF, and a byte that is no UTF-8. */
    struct iam_str text = IAM_STR("{\"a\\n\x7F\":\"\xC2\x80\xDF\xBF\xE2\x82\xAC\xEF\xBF\xBD"
                                  "\xF0\x90\x90\x80\xF4\x8F\xBF\xBF\"}\xFF");
    struct iam_buf b;
    struct iam_str got;
    iam_buf_init(&b, iam_heap(), 1000);
    iam_json_add_ascii(&b, text);
    assert_ok(iam_buf_finish(&b, &got));
    assert_str(got,
               "{\"a\\n\x7F\":\"\\u0080\\u07ff\\u20ac\\ufffd\\ud801\\udc00\\udbff\\udfff\"}\xFF");
    iam_buf_clear(&b);
    iam_json_add_latin1(&b, IAM_STR("\xC2\x80\xC3\xBF\xC4\x80\xE2\x80\xA8\xFF"));
    assert_ok(iam_buf_finish(&b, &got));
    assert_str(got, "\xC2\x80\xC3\xBF\\u0100\\u2028\xFF");
    iam_buf_done(&b);
}

/* An arena that is too small is said to be, wherever it ends. */
static void test_arenas_of_any_size(void **state)
{
    struct iam_str text = IAM_STR("{\"a\":[true,false,null,1,\"x\\n\",{}],\"b\":null}");
    enum iam_status status = IAM_NOMEM;
    size_t bytes = 0;
    (void)state;
    for (; status == IAM_NOMEM; bytes++) {
        const struct iam_json *root = NULL;
        struct iam_diag diag = { .status = IAM_OK };
        struct iam_arena a;
        iam_arena_init(&a, iam_heap(), bytes);
        status = iam_json_read(&a, text, &LIMITS, &root, &diag);
        assert_int_equal(diag.status, status);
        assert_int_equal(root != NULL, status == IAM_OK);
        iam_arena_done(&a);
    }
    assert_ok(status);
    assert_true(bytes > 500);
}

static enum iam_status read_and_write(const struct iam_alloc *alloc, void *ctx)
{
    struct iam_arena a;
    struct iam_buf b;
    struct iam_diag diag;
    struct iam_str got;
    const struct iam_json *root;

    iam_arena_init(&a, alloc, (size_t)1 << 20);
    iam_buf_init(&b, alloc, 100000);
    enum iam_status status = iam_json_read(&a, iam_str_c(ctx), &LIMITS, &root, &diag);
    if (status == IAM_OK) {
        iam_json_add_tree(&b, root);
        status = iam_buf_finish(&b, &got);
    } else {
        assert_int_equal(diag.status, IAM_NOMEM);
    }
    if (status == IAM_OK) {
        assert_same_str(got, iam_str_c(ctx));
    }
    iam_buf_done(&b);
    iam_arena_done(&a);
    return status;
}

/* Members with escapes, enough of them for several chunks and for the sorted check. */
static void test_torture(void **state)
{
    (void)state;
    static char text[40000];
    size_t n = 0;
    text[n++] = '{';
    for (int i = 0; i < 300; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"k\\n%d\":[\"v\\t%d\",{}]",
                              i > 0 ? "," : "", i, i);
    }
    (void)snprintf(text + n, sizeof(text) - n, "}");
    assert_in_range(torture(read_and_write, text), 8, 40);
}

/* Every arena cap up to what is needed: each allocation of the reader is refused once. */
static void test_arena_too_small(void **state)
{
    (void)state;
    struct iam_str text =
        IAM_STR("{\"a\\n\":[1,\"b\\t\"],\"c1\":0,\"c2\":0,\"c3\":0,\"c4\":0,\"c5\":0,"
                "\"c6\":0,\"c7\":0,\"c8\":0,\"c9\":0,\"ca\":0,\"cb\":0,\"cc\":0}");
    enum iam_status status = IAM_NOMEM;
    size_t cap = 1;
    for (; status != IAM_OK && cap < 10000; cap += 16) {
        struct iam_arena small;
        struct iam_diag diag;
        const struct iam_json *root;
        iam_arena_init(&small, iam_heap(), cap);
        status = iam_json_read(&small, text, &LIMITS, &root, &diag);
        assert_true(status == IAM_OK || (status == IAM_NOMEM && diag.status == IAM_NOMEM));
        iam_arena_done(&small);
    }
    assert_in_range(cap, 1000, 9000);
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_types),
        WITH_ARENA(test_tree),
        WITH_ARENA(test_escapes),
        WITH_ARENA(test_string_lengths),
        WITH_ARENA(test_numbers),
        WITH_ARENA(test_refused),
        WITH_ARENA(test_duplicates_in_large_objects),
        WITH_ARENA(test_huge_object),
        WITH_ARENA(test_limits),
        WITH_ARENA(test_deep),
        WITH_ARENA(test_position),
        WITH_ARENA(test_write_string),
        WITH_ARENA(test_write_tree),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_arenas_of_any_size),
        WITH_ARENA(test_write_too_deep),
        WITH_ARENA(test_torture),
        WITH_ARENA(test_arena_too_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
