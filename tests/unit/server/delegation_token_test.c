/* SPDX-License-Identifier: Apache-2.0 */
/* The token of a delegation request: for which it is made, and what is in it. */
#include "server/delegation_token.h"

#include "codec/base64.h"
#include "keeper/sealed_text.h"
#include "store/delegation_request.h"
#include "way_rig.h"

#define ID IAM_STR("01234567-89ab-4cde-8f01-23456789abcd")
#define SESSION_SECONDS 3600
/* The state begins 7 days before it expires, and the session with it. */
#define EXPIRES_MS (WAY_NOW_MS + IAM_DELEGATION_STATE_MS)
#define END_MS (WAY_NOW_MS + SESSION_SECONDS * INT64_C(1000))

static struct way *const w = &way_fixture.way;
static struct iam_arena *const arena = &way_fixture.arena;

static void add_request(struct iam_str id, enum iam_delegation_state request_state)
{
    const struct iam_delegation_request request = { .id = id,
                                                    .account = IAM_STR(WAY_ACCOUNT),
                                                    .workflow_id = id,
                                                    .description = IAM_STR("d"),
                                                    .template_arn = IAM_STR("arn:t"),
                                                    .parameters = IAM_STR("[]"),
                                                    .policy = IAM_STR("{}"),
                                                    .channel = IAM_STR("arn:c"),
                                                    .session_seconds = SESSION_SECONDS,
                                                    .state = request_state,
                                                    .expires_ms = EXPIRES_MS };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(w->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_delegation_request_add(txn, &request));
    assert_ok(iam_txn_commit(txn));
}

static enum iam_status make(struct iam_str id, int64_t high_ms, char text[DATA_DIR_ERROR_MAX])
{
    return delegation_token_make(w->store, w->keeper, id, high_ms, text);
}

/* It opens for the account that has asked, until the session ends, and names the request. */
static void a_token_says_what_it_is_for(void **state)
{
    char text[DATA_DIR_ERROR_MAX];
    struct iam_str sealed;
    struct iam_str opened;
    int64_t expires_ms = 0;
    (void)state;
    add_request(ID, IAM_DELEGATION_FINALIZED);
    assert_ok(make(ID, WAY_NOW_MS, text));
    assert_ok(iam_base64url_decode(arena, iam_str_c(text), &sealed));
    assert_ok(iam_keeper_open_text(w->keeper, IAM_SEALED_TRADE_IN, IAM_STR(WAY_ACCOUNT), sealed,
                                   arena, &expires_ms, &opened));
    assert_same_str(opened, ID);
    assert_int_equal(expires_ms, END_MS);
    assert_int_equal(iam_keeper_open_text(w->keeper, IAM_SEALED_TRADE_IN, IAM_STR("444455556666"),
                                          sealed, arena, &expires_ms, &opened),
                     IAM_CORRUPT);
    assert_int_equal(iam_keeper_open_text(w->keeper, IAM_SEALED_MESSAGE, IAM_STR(WAY_ACCOUNT),
                                          sealed, arena, &expires_ms, &opened),
                     IAM_CORRUPT);
}

static void it_is_made_until_the_session_ends(void **state)
{
    char text[DATA_DIR_ERROR_MAX];
    (void)state;
    add_request(ID, IAM_DELEGATION_FINALIZED);
    assert_ok(make(ID, END_MS - 1, text));
    assert_int_equal(make(ID, END_MS, text), IAM_CONFLICT);
    assert_string_equal(text, "the time of this delegation request is over");
}

static void a_token_that_was_not_sent_is_not_told(void **state)
{
    static const struct {
        struct iam_str id;
        enum iam_delegation_state state;
    } rows[] = {
        {IAM_STR_INIT("request-unassigned"), IAM_DELEGATION_UNASSIGNED      },
        { IAM_STR_INIT("request-assigned"),  IAM_DELEGATION_ASSIGNED        },
        { IAM_STR_INIT("request-pending"),   IAM_DELEGATION_PENDING_APPROVAL},
        { IAM_STR_INIT("request-accepted"),  IAM_DELEGATION_ACCEPTED        },
        { IAM_STR_INIT("request-rejected"),  IAM_DELEGATION_REJECTED        },
    };
    char text[DATA_DIR_ERROR_MAX];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        add_request(rows[i].id, rows[i].state);
        assert_int_equal(make(rows[i].id, WAY_NOW_MS, text), IAM_CONFLICT);
        assert_string_equal(text, "the token of this delegation request was not sent");
    }
}

static void a_request_that_there_is_not(void **state)
{
    char text[DATA_DIR_ERROR_MAX];
    (void)state;
    assert_int_equal(make(ID, WAY_NOW_MS, text), IAM_NOT_FOUND);
    assert_string_equal(text, "there is no delegation request with this ID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_says_what_it_is_for, way_setup, way_teardown),
        cmocka_unit_test_setup_teardown(it_is_made_until_the_session_ends, way_setup, way_teardown),
        cmocka_unit_test_setup_teardown(a_token_that_was_not_sent_is_not_told, way_setup,
                                        way_teardown),
        cmocka_unit_test_setup_teardown(a_request_that_there_is_not, way_setup, way_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
