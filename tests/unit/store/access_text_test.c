/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of reports about used services: what is read is what was written, or it is told. */
#include "base/heap.h"
#include "store/access_text.h"
#include "support.h"

#define TEXT_MAX 4096

static const struct iam_access_use SERVICES[] = {
    {IAM_STR_INIT("s3"),   IAM_STR_INIT("Amazon S3"),  2, 5000, IAM_STR_INIT("arn:a"),
     IAM_STR_INIT("eu-1")                                                                              },
    { IAM_STR_INIT("ec2"), IAM_STR_INIT("Amazon EC2"), 0, 0,    IAM_STR_INIT(""),      IAM_STR_INIT("")},
};
static const struct iam_access_use ACTION = { .name = IAM_STR_INIT("GetObject"),
                                              .used_ms = 4000,
                                              .entity = IAM_STR_INIT("arn:b"),
                                              .region = IAM_STR_INIT("eu-2") };
static const struct iam_access_entity ENTITIES[] = {
    {true,   IAM_STR_INIT("AROA1"), IAM_STR_INIT("arn:r"), IAM_STR_INIT("r"), IAM_STR_INIT("/x/")},
    { false, IAM_STR_INIT("AIDA1"), IAM_STR_INIT("arn:u"), IAM_STR_INIT("u"), IAM_STR_INIT("/")  },
};
static const struct iam_access_entity_use USE = { IAM_STR_INIT("s3"), 1, 3000 };

static void assert_same(struct iam_str a, struct iam_str b)
{
    assert_true(iam_str_eq(a, b));
}

static void assert_use(const struct iam_access_use *got, const struct iam_access_use *want)
{
    assert_same(iam_str_or(got->space, IAM_STR("")), iam_str_or(want->space, IAM_STR("")));
    assert_same(got->name, want->name);
    assert_int_equal(got->total, want->total);
    assert_int_equal(got->used_ms, want->used_ms);
    assert_same(got->entity, want->entity);
    assert_same(got->region, want->region);
}

static void write_services(struct iam_buf *b)
{
    iam_buf_init(b, iam_heap(), TEXT_MAX);
    iam_access_add_service(b, &SERVICES[0]);
    iam_access_add_action(b, &ACTION);
    iam_access_add_action(b, &ACTION);
    iam_access_add_service(b, &SERVICES[1]);
}

static void write_entities(struct iam_buf *b)
{
    iam_buf_init(b, iam_heap(), TEXT_MAX);
    iam_access_add_entity(b, &ENTITIES[0]);
    iam_access_add_entity(b, &ENTITIES[1]);
    iam_access_add_entity_use(b, &USE);
}

static void services_with_their_actions(void **state)
{
    struct iam_access_use got;
    struct iam_cur actions;
    struct iam_buf b;
    struct iam_str text;

    (void)state;
    write_services(&b);
    assert_ok(iam_buf_finish(&b, &text));
    struct iam_cur c = iam_cur_of(text);
    assert_ok(iam_access_next_service(&c, &got, &actions));
    assert_use(&got, &SERVICES[0]);
    for (int i = 0; i < 2; i++) {
        assert_ok(iam_access_next_action(&actions, &got));
        assert_use(&got, &ACTION);
    }
    assert_int_equal(iam_access_next_action(&actions, &got), IAM_NOT_FOUND);
    assert_ok(iam_access_next_service(&c, &got, &actions));
    assert_use(&got, &SERVICES[1]);
    assert_int_equal(iam_access_next_action(&actions, &got), IAM_NOT_FOUND);
    assert_int_equal(iam_access_next_service(&c, &got, &actions), IAM_NOT_FOUND);
    iam_buf_done(&b);
}

static void entities_with_their_uses(void **state)
{
    struct iam_access_entity_use use;
    struct iam_access_entity got;
    struct iam_buf b;
    struct iam_str text;

    (void)state;
    write_entities(&b);
    assert_ok(iam_buf_finish(&b, &text));
    struct iam_cur c = iam_cur_of(text);
    for (size_t i = 0; i < IAM_COUNT(ENTITIES); i++) {
        assert_ok(iam_access_next_entity(&c, &got));
        assert_int_equal(got.is_role, ENTITIES[i].is_role);
        assert_same(got.id, ENTITIES[i].id);
        assert_same(got.arn, ENTITIES[i].arn);
        assert_same(got.name, ENTITIES[i].name);
        assert_same(got.path, ENTITIES[i].path);
    }
    assert_int_equal(iam_access_next_entity(&c, &got), IAM_NOT_FOUND);
    assert_ok(iam_access_next_entity_use(&c, &use));
    assert_same(use.space, USE.space);
    assert_int_equal(use.entity, USE.entity);
    assert_int_equal(use.used_ms, USE.used_ms);
    assert_int_equal(iam_access_next_entity_use(&c, &use), IAM_NOT_FOUND);
    iam_buf_done(&b);
}

static enum iam_status read_services(struct iam_str text)
{
    struct iam_access_use got;
    struct iam_cur actions;
    struct iam_cur c = iam_cur_of(text);
    enum iam_status st = IAM_OK;

    while (st == IAM_OK) {
        st = iam_access_next_service(&c, &got, &actions);
    }
    return st;
}

static enum iam_status read_entities(struct iam_str text)
{
    struct iam_access_entity_use use;
    struct iam_access_entity got;
    struct iam_cur c = iam_cur_of(text);
    enum iam_status st = IAM_OK;

    while (st == IAM_OK) {
        st = iam_access_next_entity(&c, &got);
    }
    while (st == IAM_NOT_FOUND && !iam_cur_at_end(&c)) {
        enum iam_status next = iam_access_next_entity_use(&c, &use);
        st = next == IAM_OK ? IAM_NOT_FOUND : next;
    }
    return st;
}

/* Every beginning of a text is whole lines, or is told. */
static void what_is_cut_is_told(void **state)
{
    static const struct {
        void (*write)(struct iam_buf *b);
        enum iam_status (*read)(struct iam_str text);
    } rows[] = {
        {write_services,  read_services},
        { write_entities, read_entities},
    };

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_buf b;
        struct iam_str text;

        rows[i].write(&b);
        assert_ok(iam_buf_finish(&b, &text));
        for (size_t len = 0; len <= text.len; len++) {
            bool is_whole = len == 0 || text.p[len - 1] == '\n';
            assert_int_equal(rows[i].read(iam_str_sub(text, 0, len)),
                             is_whole ? IAM_NOT_FOUND : IAM_CORRUPT);
        }
        iam_buf_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(services_with_their_actions),
        cmocka_unit_test(entities_with_their_uses),
        cmocka_unit_test(what_is_cut_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
