/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The budget of a decision may end anywhere: the law is that less of it never allows more. Tried on
 * random policies with budgets of every size, for which this program has its own eval.c.
 */
#include <stdint.h>

static uint64_t budget;
#define IAM_EVAL_BUDGET budget
#include "decide/eval.c"

#include "unit/decide/world.h"

#define ROUNDS 1500
#define BUDGETS 40
#define UNLIMITED ((uint64_t)1 << 40)
#define DOCUMENTS 3

struct question {
    struct iam_policy_set *identity;
    struct iam_policy_set *resource;
    struct iam_policies policies;
    struct iam_request request;
};

/* The same statements with a Principal, as a resource policy has them. */
static void add_principals(const char *text, char *out, size_t cap)
{
    static const char mark[] = "{\"Effect\"";
    size_t n = 0;
    for (; *text != '\0'; text++) {
        bool begins = strncmp(text, mark, strlen(mark)) == 0;
        if (begins) {
            n += (size_t)snprintf(out + n, cap - n, "{\"Principal\":%s,",
                                  world_random(4) == 0 ? "{\"AWS\":[]}" : "\"*\"");
        }
        assert_true(n + 2 < cap);
        out[n++] = begins ? '"' : *text;
        text += begins;
    }
    out[n] = '\0';
}

static struct iam_policy_set *make_set(enum iam_policy_kind kind)
{
    static char documents[DOCUMENTS][4096];
    const char *texts[DOCUMENTS];
    for (size_t i = 0; i < DOCUMENTS; i++) {
        char plain[2048];
        world_document(plain, sizeof(plain), false);
        (void)snprintf(documents[i], sizeof(documents[i]), "%s", plain);
        if (kind == IAM_POLICY_RESOURCE) {
            add_principals(plain, documents[i], sizeof(documents[i]));
        }
        texts[i] = documents[i];
    }
    return world_set(kind, texts, DOCUMENTS);
}

static void make_question(struct question *q)
{
    static const struct iam_str ann = IAM_STR_INIT("ann");
    static const struct iam_str x = IAM_STR_INIT("x");
    static const struct iam_context_entry context[] = {
        {IAM_STR_INIT("app:a"),         &x,   1, false},
        { IAM_STR_INIT("aws:username"), &ann, 1, false}
    };
    *q = (struct question){ .identity = make_set(IAM_POLICY_IDENTITY) };
    q->resource = world_random(3) > 0 ? make_set(IAM_POLICY_RESOURCE) : NULL;
    q->request = world_request(WORLD_PICK(world_actions), WORLD_PICK(world_resources));
    q->request.context = context;
    q->request.context_count = world_random(3);
    if (world_random(3) == 0) {
        q->request.principal.kind = IAM_PRINCIPAL_ROOT;
        q->request.principal.arn = IAM_STR("arn:aws:iam::111122223333:root");
    }
    q->policies.identity = q->identity;
    q->policies.resource = q->resource;
    q->policies.boundary = world_random(3) == 0 ? q->identity : NULL;
}

static enum iam_effect decide_within(const struct question *q, uint64_t units)
{
    struct iam_decision d;
    budget = units;
    iam_decide(&q->policies, &q->request, &d);
    return d.effect;
}

static void less_never_allows_more(void **state)
{
    unsigned allowed = 0;
    unsigned ended = 0;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct question q;
        make_question(&q);
        enum iam_effect whole = decide_within(&q, UNLIMITED);
        for (int i = 0; i < BUDGETS; i++) {
            enum iam_effect part = decide_within(&q, world_random(3000));
            assert_true(part != IAM_ALLOW || whole == IAM_ALLOW);
            ended += part != whole;
        }
        assert_int_equal(decide_within(&q, 1u << 26), whole);
        allowed += whole == IAM_ALLOW;
        iam_policy_set_unref(q.identity);
        iam_policy_set_unref(q.resource);
    }
    /* The law was really tried: budgets did end, and decisions could have been allowed. */
    assert_true(allowed > ROUNDS / 10 && allowed < ROUNDS);
    assert_true(ended > ROUNDS);
}

#define HEAD                                                                            \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\"," \
    "\"Resource\":\"*\",\"Condition\":{"
#define MANY 1000

static size_t put_numbered(char *out, size_t cap, const char *text, int number)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += (size_t)(*text == '#' ? snprintf(out + n, cap - n, "%d", number)
                                   : snprintf(out + n, cap - n, "%c", *text));
        assert_true(n < cap);
    }
    return n;
}

/*
 * Conditions that hold, whose work grows with the document or the request though they compare next
 * to nothing: a thousand times something costs a thousand units at least.
 */
static void what_grows_is_charged(void **state)
{
    static const struct {
        const char *head;
        const char *each; /* a thousand times, with its number for '#' */
        const char *tail;
        size_t keys; /* of the context */
    } rows[] = {
        {HEAD "\"StringEqualsIfExists\":{\"app:a\":\"y\"",       ",\"app:#\":\"x\"", "}}}}",            0},
        { HEAD "\"Null\":{\"app:a\":[\"true\"",                  ",\"true\"",        ",\"false\"]}}}}", 2},
        { HEAD "\"ForAllValues:StringNotEquals\":{\"app:l\":[]", "",                 "}}}}",            2},
    };
    static struct iam_str empty[MANY];
    static const struct iam_str y = IAM_STR_INIT("y");
    const struct iam_context_entry context[] = {
        {IAM_STR("app:a"),  &y,    1,    false},
        { IAM_STR("app:l"), empty, MANY, true },
    };
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        empty[i] = IAM_STR("");
    }
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        static char text[MANY * 16 + 512];
        const char *texts[] = { text };
        struct question q = { .request = world_request("s3:GetObject", "arn:aws:s3:::b/k") };
        size_t n = (size_t)snprintf(text, sizeof(text), "%s", rows[i].head);
        for (int k = 0; k < MANY; k++) {
            n += put_numbered(text + n, sizeof(text) - n, rows[i].each, k);
        }
        assert_true(n + (size_t)snprintf(text + n, sizeof(text) - n, "%s", rows[i].tail) <
                    sizeof(text));
        q.identity = world_set(IAM_POLICY_IDENTITY, texts, 1);
        q.policies.identity = q.identity;
        q.request.context = context;
        q.request.context_count = rows[i].keys;
        assert_int_equal(decide_within(&q, UNLIMITED), IAM_ALLOW);
        assert_int_equal(decide_within(&q, MANY), IAM_IMPLICIT_DENY);
        iam_policy_set_unref(q.identity);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(less_never_allows_more),
        cmocka_unit_test(what_grows_is_charged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
