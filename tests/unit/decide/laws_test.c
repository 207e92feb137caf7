/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every set of policies and every request, tried on random ones. */
#include "unit/decide/world.h"

#define ROUNDS 3000
#define MAX_POLICIES 4
#define DOCUMENT_BYTES 2048

enum { ID, PB, SP, SCP, LAYERS };

static const enum iam_policy_kind layer_kind[LAYERS] = { IAM_POLICY_IDENTITY, IAM_POLICY_BOUNDARY,
                                                         IAM_POLICY_SESSION, IAM_POLICY_SCP };

struct world {
    char texts[LAYERS][MAX_POLICIES + 1][DOCUMENT_BYTES];
    const char *order[LAYERS][MAX_POLICIES + 1];
    size_t count[LAYERS];
    struct iam_request request;
    struct iam_context_entry context[3];
    struct iam_str list[2];
};

static const struct iam_str words[] = { IAM_STR_INIT("x"), IAM_STR_INIT("xy"), IAM_STR_INIT("y"),
                                        IAM_STR_INIT("") };
static const struct iam_str ann = IAM_STR_INIT("ann");

static void make_request(struct world *w)
{
    size_t n = 0;
    w->request = world_request(WORLD_PICK(world_actions), WORLD_PICK(world_resources));
    w->list[0] = WORLD_PICK(words);
    w->list[1] = WORLD_PICK(words);
    if (world_random(2) == 0) {
        w->context[n++] =
            (struct iam_context_entry){ IAM_STR("app:a"), &WORLD_PICK(words), 1, false };
    }
    if (world_random(2) == 0) {
        w->context[n++] =
            (struct iam_context_entry){ IAM_STR("App:L"), w->list, world_random(3), true };
    }
    if (world_random(2) == 0) {
        w->context[n++] = (struct iam_context_entry){ IAM_STR("aws:username"), &ann, 1, false };
    }
    w->request.context = w->context;
    w->request.context_count = n;
}

static void make_world(struct world *w)
{
    for (int layer = 0; layer < LAYERS; layer++) {
        w->count[layer] = world_random(MAX_POLICIES) + (layer == ID ? 1 : 0);
        for (size_t i = 0; i <= MAX_POLICIES; i++) {
            world_document(w->texts[layer][i], DOCUMENT_BYTES, false);
            w->order[layer][i] = w->texts[layer][i];
        }
        if (w->count[layer] > MAX_POLICIES) {
            w->count[layer] = MAX_POLICIES;
        }
    }
    make_request(w);
}

static struct iam_decision decide(const struct world *w)
{
    struct iam_policy_set *sets[LAYERS] = { NULL };
    struct iam_decision d;
    for (int layer = 0; layer < LAYERS; layer++) {
        if (w->count[layer] > 0) {
            sets[layer] = world_set(layer_kind[layer], w->order[layer], w->count[layer]);
        }
    }
    const struct iam_policy_set *session = sets[SP];
    const struct iam_policy_set *scp = sets[SCP];
    struct iam_policies p = {
        .identity = sets[ID],
        .boundary = sets[PB],
        .session = &session,
        .session_count = session != NULL,
        .scp = &scp,
        .scp_count = scp != NULL,
    };
    iam_decide(&p, &w->request, &d);
    for (int layer = 0; layer < LAYERS; layer++) {
        iam_policy_set_unref(sets[layer]);
    }
    return d;
}

static void adding_an_allow_never_takes_an_allow_away(void **state)
{
    static struct world w;
    (void)state;
    unsigned allowed = 0;
    for (int round = 0; round < ROUNDS; round++) {
        make_world(&w);
        enum iam_effect before = decide(&w).effect;
        int layer = (int)world_random(LAYERS);
        if (w.count[layer] == 0) {
            continue;
        }
        world_document(w.texts[layer][MAX_POLICIES], DOCUMENT_BYTES, true);
        w.order[layer][w.count[layer]++] = w.texts[layer][MAX_POLICIES];
        enum iam_effect after = decide(&w).effect;
        allowed += before == IAM_ALLOW;
        assert_true(before != IAM_ALLOW || after == IAM_ALLOW);
        assert_true((before == IAM_EXPLICIT_DENY) == (after == IAM_EXPLICIT_DENY));
    }
    /* The law was really tried. */
    assert_true(allowed > ROUNDS / 50);
}

static void an_explicit_deny_wins(void **state)
{
    static struct world w;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        make_world(&w);
        int layer = (int)world_random(LAYERS);
        w.order[layer][w.count[layer]++] = WORLD_DENY_ALL;
        assert_int_equal(decide(&w).effect, IAM_EXPLICIT_DENY);
    }
}

static void order_changes_nothing(void **state)
{
    static struct world w;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        make_world(&w);
        struct iam_decision before = decide(&w);
        for (int layer = 0; layer < LAYERS; layer++) {
            for (size_t i = 0; i < w.count[layer] / 2; i++) {
                const char *t = w.order[layer][i];
                w.order[layer][i] = w.order[layer][w.count[layer] - 1 - i];
                w.order[layer][w.count[layer] - 1 - i] = t;
            }
        }
        struct iam_decision after = decide(&w);
        assert_int_equal(before.effect, after.effect);
        assert_int_equal(before.reason, after.reason);
        assert_int_equal(before.matched_count, after.matched_count);
    }
}

static void removing_a_limit_never_takes_an_allow_away(void **state)
{
    static struct world w;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        make_world(&w);
        enum iam_effect before = decide(&w).effect;
        w.count[PB + (int)world_random(3)] = 0;
        assert_true(before != IAM_ALLOW || decide(&w).effect == IAM_ALLOW);
    }
}

/* A set says what its policies say one by one. */
static void a_set_is_the_sum_of_its_policies(void **state)
{
    static struct world w;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        make_world(&w);
        const char *all[MAX_POLICIES];
        size_t count = w.count[ID];
        bool deny = false;
        bool allow = false;
        w.count[PB] = w.count[SP] = w.count[SCP] = 0;
        enum iam_effect together = decide(&w).effect;
        memcpy(all, w.order[ID], sizeof(all));
        w.count[ID] = 1;
        for (size_t i = 0; i < count; i++) {
            w.order[ID][0] = all[i];
            enum iam_effect alone = decide(&w).effect;
            deny |= alone == IAM_EXPLICIT_DENY;
            allow |= alone == IAM_ALLOW;
        }
        assert_int_equal(together, deny    ? IAM_EXPLICIT_DENY
                                   : allow ? IAM_ALLOW
                                           : IAM_IMPLICIT_DENY);
    }
}

/* Inserts text after the first occurrence of mark. */
static void insert_after(char *document, const char *mark, const char *text)
{
    char *at = strstr(document, mark);
    assert_non_null(at);
    at += strlen(mark);
    memmove(at + strlen(text), at, strlen(at) + 1);
    memcpy(at, text, strlen(text));
}

/* Patterns that match nothing here push a statement over the limits of the index. */
static void patterns_that_match_nothing_change_nothing(void **state)
{
    static char text[16 * DOCUMENT_BYTES];
    static char many_actions[2048];
    static char many_resources[4096];
    static struct world w;
    size_t a = 0;
    size_t r = 0;
    (void)state;
    for (int i = 0; i < 20; i++) {
        a += (size_t)snprintf(many_actions + a, sizeof(many_actions) - a, "\"zz:a%d*b\",", i);
        r += (size_t)snprintf(many_resources + r, sizeof(many_resources) - r,
                              "\"arn:aws:zz:::%d*\",", i);
    }
    for (int round = 0; round < ROUNDS; round++) {
        make_world(&w);
        w.count[ID] = 1;
        enum iam_effect before = decide(&w).effect;
        memcpy(text, w.texts[ID][0], DOCUMENT_BYTES);
        uint32_t which = world_random(3);
        if (which != 0) {
            insert_after(text, "Action\":[", many_actions);
        }
        if (which != 1) {
            insert_after(text, "Resource\":[", many_resources);
        }
        w.order[ID][0] = text;
        assert_int_equal(decide(&w).effect, before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_an_allow_never_takes_an_allow_away),
        cmocka_unit_test(an_explicit_deny_wins),
        cmocka_unit_test(order_changes_nothing),
        cmocka_unit_test(removing_a_limit_never_takes_an_allow_away),
        cmocka_unit_test(a_set_is_the_sum_of_its_policies),
        cmocka_unit_test(patterns_that_match_nothing_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
