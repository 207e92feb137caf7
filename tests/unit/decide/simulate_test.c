/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of policy says by itself, and that it agrees with deciding. */
#include "iam/simulate.h"

#include "unit/decide/world.h"

#define RESOURCE "arn:aws:s3:::b/k"
#define HEAD "{\"Version\":\"2012-10-17\",\"Statement\":"
#define ALLOW_GET HEAD "{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}"
#define ALLOW_PUT HEAD "{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\",\"Resource\":\"*\"}}"
#define BY_ACCOUNT                                                                             \
    HEAD "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Principal\":{\"AWS\":\"" \
         "111122223333\"}}}"

static struct iam_simulated simulate(const struct iam_policies *p, const struct iam_request *r)
{
    uint64_t steps = IAM_DECISION_MAX_STEPS;
    struct iam_simulated s;
    assert_true(iam_simulate_within(p, r, &steps, &s));
    return s;
}

static const struct iam_policy_set *set_of(enum iam_policy_kind kind, const char *text)
{
    return world_set(kind, &text, 1);
}

static void drop_all(struct iam_policies *p)
{
    world_drop(p->identity);
    world_drop(p->boundary);
    world_drop(p->resource);
}

static void each_kind_speaks_for_itself(void **state)
{
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_policies p = { .identity = set_of(IAM_POLICY_IDENTITY, ALLOW_GET),
                              .boundary = set_of(IAM_POLICY_BOUNDARY, WORLD_DENY_ALL),
                              .resource = set_of(IAM_POLICY_RESOURCE, BY_ACCOUNT) };
    struct iam_simulated s = simulate(&p, &r);
    (void)state;
    assert_int_equal(s.identity.effect, IAM_ALLOW);
    assert_int_equal(s.identity.matched_count, 1);
    assert_ptr_equal(s.identity.matched[0].set, p.identity);
    assert_int_equal(s.boundary.effect, IAM_EXPLICIT_DENY);
    assert_int_equal(s.boundary.matched_count, 1);
    assert_int_equal(s.boundary.matched[0].layer, IAM_POLICY_BOUNDARY);
    assert_int_equal(s.resource.effect, IAM_ALLOW);
    assert_int_equal(s.scp, IAM_IMPLICIT_DENY);
    drop_all(&p);
}

static void what_is_not_there_says_nothing(void **state)
{
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_policies none = { 0 };
    struct iam_simulated s = simulate(&none, &r);
    (void)state;
    assert_int_equal(s.identity.effect, IAM_IMPLICIT_DENY);
    assert_int_equal(s.boundary.effect, IAM_IMPLICIT_DENY);
    assert_int_equal(s.resource.effect, IAM_IMPLICIT_DENY);
    assert_int_equal(s.identity.matched_count + s.boundary.matched_count + s.resource.matched_count,
                     0);
}

static void a_deny_hides_what_allows(void **state)
{
    static const char *const texts[] = { ALLOW_GET, WORLD_DENY_ALL, ALLOW_GET, WORLD_DENY_ALL };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_policies p = { .identity = world_set(IAM_POLICY_IDENTITY, texts, 4) };
    struct iam_simulated s = simulate(&p, &r);
    (void)state;
    assert_int_equal(s.identity.effect, IAM_EXPLICIT_DENY);
    assert_int_equal(s.identity.matched_count, 2);
    assert_int_equal(s.identity.matched[0].entry + s.identity.matched[1].entry, 1 + 3);
    world_drop(p.identity);
}

static void each_level_of_an_organization_must_allow(void **state)
{
    static const char *const rows[3][2] = {
        {WORLD_ALLOW_ALL,  ALLOW_GET     },
        { WORLD_ALLOW_ALL, ALLOW_PUT     },
        { WORLD_ALLOW_ALL, WORLD_DENY_ALL}
    };
    static const enum iam_effect effects[] = { IAM_ALLOW, IAM_IMPLICIT_DENY, IAM_EXPLICIT_DENY };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        const struct iam_policy_set *levels[] = { set_of(IAM_POLICY_SCP, rows[i][0]),
                                                  set_of(IAM_POLICY_SCP, rows[i][1]) };
        struct iam_policies p = { .scp = levels, .scp_count = 2 };
        struct iam_simulated s = simulate(&p, &r);
        assert_int_equal(s.scp, effects[i]);
        world_drop(levels[0]);
        world_drop(levels[1]);
    }
}

static void a_request_may_be_imagined(void **state)
{
    static const char *const taken[] = { "s3:*", "s3:", "s3:Get Object", "a:b:c" };
    static const struct iam_str other[] = { IAM_STR_INIT("arn:aws:iam::999999999999:role/x") };
    static const struct iam_context_entry context[] = {
        {IAM_STR_INIT("aws:PrincipalArn"), other, 1, false}
    };
    struct iam_policies p = { .identity = set_of(IAM_POLICY_IDENTITY, WORLD_ALLOW_ALL) };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(taken); i++) {
        struct iam_request r = world_request(taken[i], RESOURCE);
        r.principal.arn = iam_str_absent();
        r.context = context;
        r.context_count = 1;
        assert_int_equal(simulate(&p, &r).identity.effect, IAM_ALLOW);
    }
    world_drop(p.identity);
}

static void what_has_no_form_is_refused(void **state)
{
    struct iam_policies p = { .identity = set_of(IAM_POLICY_IDENTITY, WORLD_ALLOW_ALL) };
    struct iam_request no_colon = world_request("GetObject", RESOURCE);
    struct iam_request no_arn = world_request("s3:GetObject", "b/k");
    struct iam_simulated s = simulate(&p, &no_colon);
    (void)state;
    assert_int_equal(s.refused.member, IAM_MEMBER_ACTION);
    assert_int_equal(s.identity.effect, IAM_IMPLICIT_DENY);
    assert_int_equal(simulate(&p, &no_arn).refused.member, IAM_MEMBER_RESOURCE);
    world_drop(p.identity);
}

static void a_wildcard_of_an_action_is_a_character(void **state)
{
    struct iam_policies p = { .identity = set_of(IAM_POLICY_IDENTITY, ALLOW_GET) };
    struct iam_request r = world_request("s3:*", RESOURCE);
    (void)state;
    assert_int_equal(simulate(&p, &r).identity.effect, IAM_IMPLICIT_DENY);
    world_drop(p.identity);
}

static void work_is_bounded(void **state)
{
    struct iam_policies p = { .identity = set_of(IAM_POLICY_IDENTITY, WORLD_ALLOW_ALL) };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    uint64_t steps = IAM_DECISION_MAX_STEPS;
    struct iam_simulated s;
    (void)state;
    assert_true(iam_simulate_within(&p, &r, &steps, &s));
    uint64_t used = IAM_DECISION_MAX_STEPS - steps;
    assert_true(used > 0);
    steps = used;
    assert_true(iam_simulate_within(&p, &r, &steps, &s));
    assert_int_equal(steps, 0);
    steps = used - 1;
    assert_false(iam_simulate_within(&p, &r, &steps, &s));
    assert_int_equal(steps, 0);
    world_drop(p.identity);
}

/* The effect that deciding finds where there are identity policies and a boundary alone. */
static enum iam_effect combine(const struct iam_simulated *s, bool has_boundary)
{
    if (s->identity.effect == IAM_EXPLICIT_DENY || s->boundary.effect == IAM_EXPLICIT_DENY) {
        return IAM_EXPLICIT_DENY;
    }
    bool allow =
        s->identity.effect == IAM_ALLOW && (!has_boundary || s->boundary.effect == IAM_ALLOW);
    return allow ? IAM_ALLOW : IAM_IMPLICIT_DENY;
}

static void agrees_with_deciding(void **state)
{
    static const struct iam_str values[] = { IAM_STR_INIT("x"), IAM_STR_INIT("y") };
    static const struct iam_context_entry context[] = {
        {IAM_STR_INIT("app:a"),  &values[0], 1, false},
        { IAM_STR_INIT("app:l"), values,     2, true },
    };
    static char texts[3][4096];
    unsigned seen[3] = { 0 };
    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        struct iam_request r =
            world_request(WORLD_PICK(world_actions), WORLD_PICK(world_resources));
        r.context = context;
        r.context_count = world_random(3);
        for (size_t k = 0; k < IAM_COUNT(texts); k++) {
            world_document(texts[k], sizeof(texts[k]), false);
        }
        const char *const identity[] = { texts[0], texts[1] };
        struct iam_policies p = { .identity = world_set(IAM_POLICY_IDENTITY, identity, 2) };
        p.boundary = i % 2 == 0 ? NULL : set_of(IAM_POLICY_BOUNDARY, texts[2]);
        struct iam_simulated s = simulate(&p, &r);
        struct iam_decision d;
        iam_decide(&p, &r, &d);
        assert_int_equal(combine(&s, p.boundary != NULL), d.effect);
        seen[d.effect]++;
        world_drop(p.identity);
        world_drop(p.boundary);
    }
    assert_true(seen[IAM_ALLOW] > 100 && seen[IAM_EXPLICIT_DENY] > 100 &&
                seen[IAM_IMPLICIT_DENY] > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_speaks_for_itself),
        cmocka_unit_test(what_is_not_there_says_nothing),
        cmocka_unit_test(a_deny_hides_what_allows),
        cmocka_unit_test(each_level_of_an_organization_must_allow),
        cmocka_unit_test(a_request_may_be_imagined),
        cmocka_unit_test(what_has_no_form_is_refused),
        cmocka_unit_test(a_wildcard_of_an_action_is_a_character),
        cmocka_unit_test(work_is_bounded),
        cmocka_unit_test(agrees_with_deciding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
