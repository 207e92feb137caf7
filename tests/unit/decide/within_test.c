/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions that share one budget. */
#include "iam/decide.h"

#include "unit/decide/world.h"

#define ALLOW_S3 \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}"

static struct iam_request request(void)
{
    return world_request("s3:GetObject", "arn:aws:s3:::b/k");
}

static struct iam_policies policies(void)
{
    static const char *const documents[] = { ALLOW_S3 };
    return (struct iam_policies){ .identity = world_set(IAM_POLICY_IDENTITY, documents, 1) };
}

/* Returns how many steps the decision takes. */
static uint64_t cost(const struct iam_policies *p, const struct iam_request *r)
{
    uint64_t steps = IAM_DECISION_MAX_STEPS;
    struct iam_decision d;
    assert_true(iam_decide_within(p, r, &steps, &d));
    assert_int_equal(d.effect, IAM_ALLOW);
    assert_true(steps < IAM_DECISION_MAX_STEPS);
    return IAM_DECISION_MAX_STEPS - steps;
}

static void what_is_used_is_taken(void **state)
{
    struct iam_policies p = policies();
    struct iam_request r = request();
    uint64_t each = cost(&p, &r);
    uint64_t steps = 3 * each;
    struct iam_decision d;
    (void)state;
    for (uint64_t left = 3; left > 0; left--) {
        assert_int_equal(steps, left * each);
        assert_true(iam_decide_within(&p, &r, &steps, &d));
        assert_int_equal(d.effect, IAM_ALLOW);
    }
    assert_false(iam_decide_within(&p, &r, &steps, &d));
    assert_int_equal(d.effect, IAM_IMPLICIT_DENY);
    assert_int_equal(steps, 0);
    world_drop(p.identity);
}

static void less_than_enough_denies(void **state)
{
    struct iam_policies p = policies();
    struct iam_request r = request();
    uint64_t each = cost(&p, &r);
    (void)state;
    for (uint64_t have = 0; have < each; have++) {
        uint64_t steps = have;
        struct iam_decision d;
        assert_false(iam_decide_within(&p, &r, &steps, &d));
        assert_int_equal(d.effect, IAM_IMPLICIT_DENY);
        assert_true(steps <= have);
    }
    world_drop(p.identity);
}

/* No decision takes more than the maximum, and nothing is taken from what is beyond it. */
static void more_than_the_maximum(void **state)
{
    struct iam_policies p = policies();
    struct iam_request r = request();
    uint64_t each = cost(&p, &r);
    uint64_t steps = UINT64_MAX;
    struct iam_decision d;
    (void)state;
    assert_true(iam_decide_within(&p, &r, &steps, &d));
    assert_int_equal(UINT64_MAX - steps, each);
    world_drop(p.identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_used_is_taken),
        cmocka_unit_test(less_than_enough_denies),
        cmocka_unit_test(more_than_the_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
