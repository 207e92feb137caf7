/* SPDX-License-Identifier: Apache-2.0 */
/* What a denial says, in every form that a definition can give it. */
#include "dispatch/denial.h"

#include "toy.h"

#define ALICE "arn:aws:iam::111122223333:user/alice"
#define SAYS(who) "User: " who " is not authorized to perform: toy:Run"
#define WHY " because no identity-based policy allows the toy:Run action"
#define DENY STATEMENT("Deny", "toy:Run", ",\"Resource\":\"*\"")
#define EVERY API_DENIAL_EVERY_REASON

#define TEXT(literal)                                          \
    {                                                          \
        .from = API_DENIAL_TEXT, .text = IAM_STR_INIT(literal) \
    }
#define MEMBER(which)                                              \
    {                                                              \
        .from = API_DENIAL_MEMBER, .member = &toy_members[(which)] \
    }
#define PLACE(which)               \
    {                              \
        .from = API_DENIAL_##which \
    }
#define OF(parts)                   \
    {                               \
        (parts), IAM_COUNT((parts)) \
    }

static const struct api_denial_part any[] = { TEXT("*") };
static const struct api_denial_part word[] = { TEXT("role "), MEMBER(TOY_NAME) };
static const struct api_denial_part arn[] = { PLACE(RESOURCE) };
static const struct api_denial_part by_name[] = { TEXT("policy "), PLACE(RESOURCE_NAME) };
static const struct api_denial_part colored[] = { MEMBER(TOY_COLOR), TEXT("/"), MEMBER(TOY_NAME) };
static const struct api_denial_part plain[] = { TEXT("user null"), PLACE(CALLER_NAME) };
static const struct api_denial_part brief[] = { TEXT("Not authorized to perform "), PLACE(ACTION) };
static const struct api_denial_part on[] = { TEXT("User: "), PLACE(CALLER), TEXT(" on "),
                                             PLACE(RESOURCE) };

static const struct api_denial_text none_text[] = {
    {NULL, 0}
};
static const struct api_denial_text any_text[] = { OF(any) };
static const struct api_denial_text word_text[] = { OF(word) };
static const struct api_denial_text arn_text[] = { OF(arn) };
static const struct api_denial_text name_text[] = { OF(by_name) };
static const struct api_denial_text colored_text[] = { OF(colored), OF(plain) };
static const struct api_denial_text brief_text[] = { OF(brief) };
static const struct api_denial_text on_text[] = { OF(on) };

struct form {
    const struct api_denial_text *texts;
    size_t count;
    const char *policy; /* of alice */
    const char *input;
    const char *sentence;
};

static void use(const struct api_denial_text *texts, size_t count, uint32_t reasons)
{
    toy.permissions[0].denial = (struct api_denial){
        .texts = texts, .text_count = count, .error = API_ERR_ACCESS_DENIED, .reasons = reasons
    };
}

static void expect(int status, int wanted, const char *sentence)
{
    assert_int_equal(status, wanted);
    assert_same_str(inproc_text(toy.server, "Message"), iam_str_c(sentence));
    assert_int_equal(toy.runs, 0);
}

static void test_what_the_resource_is_called(void **state)
{
    static const struct form forms[] = {
        {none_text,     1, ALLOW("toy:Walk"), "Name=one",           SAYS(ALICE) WHY                         },
        { any_text,     1, ALLOW("toy:Walk"), "Name=one",           SAYS(ALICE) " on resource: *" WHY       },
        { word_text,    1, ALLOW("toy:Walk"), "Name=One",           SAYS(ALICE) " on resource: role One" WHY},
        { arn_text,     1, ALLOW("toy:Walk"), "Name=one",
         SAYS(ALICE) " on resource: arn:aws:toy::111122223333:thing/one" WHY                                },
        { name_text,    1, ALLOW("toy:Walk"), "Name=a/one",
         SAYS(ALICE) " on resource: policy one" WHY                                                         },
        { colored_text, 2, ALLOW("toy:Walk"), "Name=one&Color=red",
         SAYS(ALICE) " on resource: red/one" WHY                                                            },
        { colored_text, 2, ALLOW("toy:Walk"), "Name=one",
         SAYS(ALICE) " on resource: user nullalice" WHY                                                     },
        { colored_text, 2, ALLOW("toy:Walk"), "Color=red",
         SAYS(ALICE) " on resource: user nullalice" WHY                                                     },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        use(forms[i].texts, forms[i].count, EVERY);
        expect(toy_run(forms[i].policy, forms[i].input), 403, forms[i].sentence);
    }
}

static void test_which_reasons_are_told(void **state)
{
    static const char without[] = SAYS(ALICE) " on resource: role one";
    static const struct {
        uint32_t reasons;
        const char *policy;
        const char *sentence;
    } cases[] = {
        {EVERY,                      ALLOW("toy:Walk"), SAYS(ALICE) " on resource: role one" WHY},
        { EVERY,                     DENY,
         SAYS(ALICE) " on resource: role one with an explicit deny in an identity-based policy" },
        { 0,                         ALLOW("toy:Walk"), without                                 },
        { 0,                         DENY,              without                                 },
        { 1u << IAM_POLICY_RCP,      ALLOW("toy:Walk"), without                                 },
        { 1u << IAM_POLICY_RCP,      DENY,              without                                 },
        { 1u << IAM_POLICY_IDENTITY, ALLOW("toy:Walk"), without                                 },
        { 1u << IAM_POLICY_IDENTITY, DENY,
         SAYS(ALICE) " on resource: role one with an explicit deny in an identity-based policy" },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        use(word_text, 1, cases[i].reasons);
        expect(toy_run(cases[i].policy, "Name=one"), 403, cases[i].sentence);
    }
}

static void test_a_sentence_of_its_own(void **state)
{
    (void)state;
    use(brief_text, 1, 0);
    toy.permissions[0].denial.is_sentence = true;
    expect(toy_run(ALLOW("toy:Walk"), "Name=one"), 403, "Not authorized to perform toy:Run");
    expect(toy_run(DENY, "Name=one"), 403, "Not authorized to perform toy:Run");
    toy.permissions[0].denial.texts = on_text;
    toy.permissions[0].denial.error = API_ERR_NOT_AUTHORIZED;
    expect(toy_run(DENY, "Name=one"), 400,
           "User: " ALICE " on arn:aws:toy::111122223333:thing/one");
    assert_same_str(inproc_text(toy.server, "Code"), IAM_STR("NotAuthorized"));
}

/* Only a user has a name; any other caller is its ARN. */
static void test_the_name_of_a_caller(void **state)
{
    struct inproc *s = *state;
    inproc_put_user_policy(s, "alice", ALLOW("sts:*"));
    struct iam_str role = inproc_role(s, "r", TRUST(ALICE, "sts:*"), NULL);
    struct inproc_caller session = inproc_assume(s, &toy.alice, role, "one", "");
    use(&colored_text[1], 1, 0);
    expect(
        toy_run_as(&session, "Name=one"), 403,
        SAYS(
            "arn:aws:sts::111122223333:assumed-role/r/one") " on resource: user null"
                                                            "arn:aws:sts::111122223333:assumed-role/r/one");
}

/* The generator makes none; denied all the same. */
static void test_an_empty_row(void **state)
{
    (void)state;
    toy.permissions[0].denial = (struct api_denial){ 0 };
    assert_int_equal(toy_run(DENY, "Name=one"), 403);
    assert_int_equal(toy.runs, 0);
}

/* Without memory for its sentence there is no denial but the failure; with some, a short one. */
static void test_memory_runs_out(void **state)
{
    const struct iam_decision decision = { .effect = IAM_IMPLICIT_DENY };
    const struct iam_request request = { .action = IAM_STR("toy:Run") };
    struct api_request r;
    size_t failures = 0;
    bool is_told = false;
    (void)state;
    use(word_text, 1, EVERY);
    toy.permissions[0].denial.is_sentence = true;
    toy_open(&r, "Name=One");
    for (size_t bytes = 0; !is_told; bytes += 8) {
        struct iam_arena arena;
        struct iam_call call = r.call;
        iam_arena_init(&arena, iam_heap(), bytes);
        call.arena = &arena;
        enum iam_status st =
            api_deny(&call, r.call.input, &toy.permissions[0], &decision, &request);
        if (st == IAM_FAULT) {
            is_told = iam_str_eq(call.fault.message, IAM_STR("role One"));
            assert_true(is_told || call.fault.message.len == 0);
        } else {
            assert_int_equal(st, IAM_NOMEM);
            failures++;
        }
        iam_arena_done(&arena);
    }
    assert_true(failures > 3);
    toy_close(&r);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, toy_setup, toy_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_the_resource_is_called), TEST(test_memory_runs_out),
        TEST(test_which_reasons_are_told),      TEST(test_a_sentence_of_its_own),
        TEST(test_the_name_of_a_caller),        TEST(test_an_empty_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
