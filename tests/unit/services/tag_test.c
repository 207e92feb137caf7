/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of tags: their order, their pages, and keys too long for a Marker. */
#include <stdio.h>

#include "rig.h"

#include "api_iam.gen.h"
#include "store/user.h"

#define ALICE "AIDAAAAAAAAAAAAAAAAAA"
#define LONG_BYTES 300

static int setup(void **state)
{
    (void)rig_setup(state);
    struct rig *r = *state;
    static struct iam_user user;
    rig_add_user(r, ACCOUNT, ALICE, "/", "alice");
    assert_ok(iam_store_user_get_by_id(r->call.txn, &r->arena, IAM_STR(ALICE), &user));
    r->call.target.entity = &user;
    r->call.target.ref = (struct iam_entity_ref){ IAM_KIND_USER, user.account, user.id };
    return 0;
}

static enum iam_status tag(struct rig *r, const struct iam_str *keys, size_t count)
{
    struct api_iam_tag *tags = iam_arena_zalloc(&r->arena, count, sizeof(*tags));
    struct api_iam_tag_user_in in = { .user_name = IAM_STR("alice") };
    assert_non_null(tags);
    for (size_t i = 0; i < count; i++) {
        tags[i] = (struct api_iam_tag){ keys[i], IAM_STR("v") };
    }
    in.tags = (struct api_iam_tag_list){ tags, count, true };
    return api_iam_tag_user(&r->call, &in);
}

/* Reads the list in pages of that many tags and compares the keys with want, in order. */
static void assert_listed(struct rig *r, int64_t page, const struct iam_str *want, size_t count)
{
    struct api_iam_list_user_tags_in in = { .user_name = IAM_STR("alice"),
                                            .max_items = api_int(page) };
    size_t seen = 0;
    for (;;) {
        struct api_iam_list_user_tags_out out = { 0 };
        assert_ok(api_iam_list_user_tags(&r->call, &in, &out));
        assert_true((int64_t)out.tags.count <= page);
        for (size_t i = 0; i < out.tags.count; i++) {
            assert_true(seen < count);
            assert_same_str(out.tags.items[i].key, want[seen]);
            seen++;
        }
        if (!out.is_truncated.value) {
            assert_absent(out.marker);
            break;
        }
        /* The API takes no Marker that is longer. */
        assert_in_range(out.marker.len, 1, 320);
        in.marker = out.marker;
    }
    assert_int_equal(seen, count);
}

static void test_sorted_by_key_in_pages(void **state)
{
    static const struct iam_str given[] = { IAM_STR_INIT("z"), IAM_STR_INIT("abc"),
                                            IAM_STR_INIT("b"), IAM_STR_INIT("M") };
    static const struct iam_str want[] = { IAM_STR_INIT("M"), IAM_STR_INIT("abc"),
                                           IAM_STR_INIT("b"), IAM_STR_INIT("z") };
    assert_ok(tag(*state, given, IAM_COUNT(given)));
    for (int64_t page = 1; page <= 5; page++) {
        assert_listed(*state, page, want, IAM_COUNT(want));
    }
}

/* Keys of three-byte characters: the marker is cut between two of them, and the list still ends. */
static void test_long_keys(void **state)
{
    static char text[3][LONG_BYTES + 1];
    struct iam_str keys[3];
    for (size_t i = 0; i < IAM_COUNT(text); i++) {
        for (size_t at = 0; at < LONG_BYTES; at += 3) {
            memcpy(&text[i][at], "\xe4\xb8\x80", 3);
        }
        text[i][2] = (char)(0x80 + i); /* the first character tells them apart */
        keys[i] = (struct iam_str){ text[i], LONG_BYTES };
    }
    assert_ok(tag(*state, keys, IAM_COUNT(keys)));
    assert_listed(*state, 1, keys, IAM_COUNT(keys));
    assert_listed(*state, 2, keys, IAM_COUNT(keys));
}

static void test_fifty_at_most(void **state)
{
    struct rig *r = *state;
    static char text[51][8];
    struct iam_str keys[51];
    for (size_t i = 0; i < IAM_COUNT(keys); i++) {
        (void)snprintf(text[i], sizeof(text[i]), "k%zu", i);
        keys[i] = iam_str_c(text[i]);
    }
    assert_ok(tag(r, keys, 50));
    assert_ok(tag(r, keys, 50));
    rig_assert_fault(r, tag(r, &keys[50], 1), API_ERR_LIMIT_EXCEEDED,
                     "The number of tags has reached the maximum limit.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sorted_by_key_in_pages, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_long_keys, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_fifty_at_most, setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
