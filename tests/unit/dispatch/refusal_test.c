/* SPDX-License-Identifier: Apache-2.0 */
/* Which credentials are of which kinds that a service or an operation may refuse. */
#include "dispatch/refusal.h"

#include "base/heap.h"
#include "lib/test.h"

#define ALL_CALLERS UINT32_MAX

/* Tells which kinds of credentials the caller's are: the bits whose refusal is told. */
static uint32_t kinds_of(const struct iam_identity *caller)
{
    uint32_t kinds = 0;
    for (unsigned bit = 0; bit < 32; bit++) {
        const struct api_refusal refusal = { UINT32_C(1) << bit, API_ERR_ACCESS_DENIED,
                                             IAM_STR_INIT("no") };
        struct iam_arena arena;
        iam_arena_init(&arena, iam_heap(), 4096);
        struct iam_call call = { .arena = &arena, .caller = caller };
        enum iam_status st = api_check_refusals(&call, &refusal, 1);
        if (st != IAM_OK) {
            assert_int_equal(st, IAM_FAULT);
            assert_int_equal(call.fault.error, API_ERR_ACCESS_DENIED);
            assert_str(call.fault.message, "no");
            kinds |= refusal.callers;
        }
        iam_arena_done(&arena);
    }
    return kinds;
}

static void test_long_term_keys(void **state)
{
    const struct iam_identity user = { .kind = IAM_KIND_USER, .access_key_id = IAM_STR("AKIA") };
    const struct iam_identity root = { .kind = IAM_KIND_ACCOUNT, .access_key_id = IAM_STR("AKIA") };
    const struct iam_identity nobody = { .kind = IAM_KIND_NONE };
    (void)state;
    assert_int_equal(kinds_of(&user), API_CALLER_LONG_TERM);
    assert_int_equal(kinds_of(&root), API_CALLER_LONG_TERM | API_CALLER_ROOT);
    assert_int_equal(kinds_of(&nobody), 0);
}

static void test_sessions(void **state)
{
    static const struct {
        enum iam_kind session;
        enum iam_kind acting;
        int64_t mfa_ms;
        uint32_t kinds; /* besides that of all sessions */
    } SESSIONS[] = {
        {IAM_KIND_ROLE_SESSION,          IAM_KIND_ROLE_SESSION,         0, API_CALLER_ROLE_SESSION  },
        { IAM_KIND_SAML_SESSION,         IAM_KIND_SAML_SESSION,         0, API_CALLER_ROLE_SESSION  },
        { IAM_KIND_WEB_IDENTITY_SESSION, IAM_KIND_WEB_IDENTITY_SESSION, 0,
         API_CALLER_ROLE_SESSION                                                                    },
        { IAM_KIND_USER_SESSION,         IAM_KIND_USER,                 0,
         API_CALLER_USER_SESSION | API_CALLER_USER_SESSION_WITHOUT_MFA                              },
        { IAM_KIND_USER_SESSION,         IAM_KIND_USER,                 1, API_CALLER_USER_SESSION  },
        { IAM_KIND_USER_SESSION,         IAM_KIND_ACCOUNT,              0,
         API_CALLER_USER_SESSION | API_CALLER_USER_SESSION_WITHOUT_MFA | API_CALLER_ROOT            },
        { IAM_KIND_FEDERATED_USER,       IAM_KIND_FEDERATED_USER,       0, API_CALLER_FEDERATED_USER},
        { IAM_KIND_ROOT_SESSION,         IAM_KIND_ACCOUNT,              0, API_CALLER_ROOT          },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(SESSIONS); i++) {
        const struct iam_session session = { .kind = SESSIONS[i].session,
                                             .mfa_ms = SESSIONS[i].mfa_ms };
        const struct iam_identity caller = { .kind = SESSIONS[i].acting,
                                             .access_key_id = IAM_STR("ASIA"),
                                             .session = &session };
        assert_int_equal(kinds_of(&caller), SESSIONS[i].kinds | API_CALLER_SESSION);
    }
}

static void test_the_first_that_fits(void **state)
{
    static const struct api_refusal REFUSALS[] = {
        {API_CALLER_SESSION, API_ERR_ACCESS_DENIED,           IAM_STR_INIT("one")  },
        { API_CALLER_ROOT,   API_ERR_INVALID_CLIENT_TOKEN_ID, IAM_STR_INIT("two")  },
        { ALL_CALLERS,       API_ERR_ACCESS_DENIED,           IAM_STR_INIT("three")},
    };
    const struct iam_identity root = { .kind = IAM_KIND_ACCOUNT, .access_key_id = IAM_STR("AKIA") };
    struct iam_arena arena;
    (void)state;
    iam_arena_init(&arena, iam_heap(), 4096);
    struct iam_call call = { .arena = &arena, .caller = &root };
    assert_ok(api_check_refusals(&call, REFUSALS, 0));
    assert_ok(api_check_refusals(&call, REFUSALS, 1));
    assert_int_equal(api_check_refusals(&call, REFUSALS, 3), IAM_FAULT);
    assert_int_equal(call.fault.error, API_ERR_INVALID_CLIENT_TOKEN_ID);
    assert_str(call.fault.message, "two");
    iam_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_term_keys),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_the_first_that_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
