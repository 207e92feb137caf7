/* SPDX-License-Identifier: Apache-2.0 */
/* Service-specific credentials: what is kept is the hash of the password that was shown last. */
#include "lib/inproc.h"

#include "keeper/service_password.h"
#include "store/service_credential.h"

#define OF_ALICE "UserName=alice&ServiceSpecificCredentialId=%.*s"

static struct inproc *s;

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    (void)inproc_user(s, "alice", NULL);
    return 0;
}

/* Tells whether the password is the credential's, as it is in the store. */
static bool is_kept(struct iam_str id, struct iam_str password)
{
    struct iam_service_credential kept;
    struct iam_service_password shown = { { 0 } };
    uint8_t hash[IAM_SHA256_BYTES];
    struct iam_txn *txn;
    assert_true(password.len < sizeof(shown.text));
    memcpy(shown.text, password.p, password.len);
    assert_ok(iam_service_password_hash(id, &shown, hash));
    assert_ok(iam_store_begin(s->store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_service_credential_get(txn, &s->arena, INPROC_ACCOUNT, id, &kept));
    iam_txn_rollback(txn);
    return iam_str_eq(kept.secret_hash, (struct iam_str){ (const char *)hash, sizeof(hash) });
}

static void test_the_last_password_is_kept(void **state)
{
    (void)state;
    inproc_must(s, &s->root, "iam",
                "Action=CreateServiceSpecificCredential&UserName=alice"
                "&ServiceName=codecommit.amazonaws.com");
    struct iam_str id = inproc_text(s, "ServiceSpecificCredentialId");
    struct iam_str first = inproc_text(s, "ServicePassword");
    assert_true(is_kept(id, first));
    inproc_must(s, &s->root, "iam", "Action=ResetServiceSpecificCredential&" OF_ALICE,
                IAM_STR_ARG(id));
    struct iam_str second = inproc_text(s, "ServicePassword");
    assert_false(iam_str_eq(second, first));
    assert_true(is_kept(id, second));
    inproc_must(s, &s->root, "iam",
                "Action=UpdateServiceSpecificCredential&Status=Inactive&" OF_ALICE,
                IAM_STR_ARG(id));
    assert_true(is_kept(id, second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_last_password_is_kept, setup, inproc_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
