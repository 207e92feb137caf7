/* SPDX-License-Identifier: Apache-2.0 */
/* What is found in a store, and that nothing is found in one that only the store has written to. */
#include "store/verify.h"

#include <stdio.h>

#include "store/account.h"
#include "store/delegation_request.h"
#include "store/mfa_device.h"
#include "store/oidc_provider.h"
#include "store/saml_provider.h"
#include "store/tag.h"
#include "store/token_key.h"
#include "store/txn_int.h"
#include "support.h"

struct findings {
    int count;
    int values;
    char all[8192];
};

static void note(void *ctx, struct iam_str where, const char *what, const char *mend)
{
    struct findings *f = ctx;

    (void)mend;
    f->count++;
    size_t len = strlen(f->all);
    snprintf(f->all + len, sizeof(f->all) - len, "%.*s: %s\n", IAM_STR_ARG(where), what);
}

static void note_value(void *ctx, struct iam_str where, const char *table, const char *column,
                       struct iam_str key, struct iam_str value)
{
    (void)where;
    (void)value;
    if (strcmp(table, "iam_user") == 0 && strcmp(column, "name") == 0) {
        assert_str(key, "AIDA1");
        ((struct findings *)ctx)->values++;
    }
}

static struct findings look(struct fixture *f, uint64_t *ret_rows)
{
    struct findings findings = { 0 };
    const struct iam_verify verify = { .found = note, .value = note_value, .ctx = &findings };

    assert_ok(iam_store_verify(f->txn, &verify, ret_rows));
    return findings;
}

static void fill(struct fixture *f)
{
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_mfa_device device = { .id = IAM_STR("AMFA1"),
                                     .account = ACCOUNT,
                                     .serial = IAM_STR("arn:phone"),
                                     .name = IAM_STR("phone"),
                                     .form = IAM_MFA_VIRTUAL,
                                     .created_ms = 1 };
    const struct iam_entity_ref phone = { IAM_KIND_MFA_DEVICE, ACCOUNT, device.id };
    const struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };

    add_user(f, "AIDA1", "alice");
    add_group(f, "AGPA1", "group");
    add_role(f, "AROA1", "role");
    add_policy(f, "ANPA1", "policy");
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA1")));
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR("ANPA1")));
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR("arn:aws:iam::aws:policy/x/Read")));
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("p"), DOCUMENT));
    assert_ok(iam_store_mfa_device_add(f->txn, &device));
    assert_ok(iam_store_tag_put(f->txn, &phone, &tag, 1));
    device.owner_id = IAM_STR("AIDA1");
    device.enabled_ms = 5;
    assert_ok(iam_store_mfa_device_set_state(f->txn, &device));
    next_txn(f);
}

static void nothing_is_found_in_a_store_of_ours(void **state)
{
    struct fixture *f = *state;
    uint64_t rows = 0;

    fill(f);
    struct findings findings = look(f, &rows);
    if (findings.count != 0) {
        fail_msg("%s", findings.all);
    }
    /* three accounts with that of AWS, five entities, a version, five parts */
    assert_int_equal(rows, 14);
    assert_int_equal(findings.values, 1);
}

/* Something that contradicts, and a part of what is told of it. */
struct contradiction {
    const char *sql;
    const char *found;
};

/* Does each by itself to what is there, of which nothing is told before. */
static void expect_found(struct fixture *f, const struct contradiction *cases, size_t count)
{
    uint64_t rows = 0;
    struct findings none = look(f, &rows);

    if (none.count != 0) {
        fail_msg("%s", none.all);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(f->txn->driver->exec(f->txn->db, "PRAGMA defer_foreign_keys = ON"),
                         IAM_DB_OK);
        assert_int_equal(f->txn->driver->exec(f->txn->db, cases[i].sql), IAM_DB_OK);
        struct findings findings = look(f, &rows);
        if (strstr(findings.all, cases[i].found) == NULL) {
            fail_msg("%s: %d found: %s", cases[i].sql, findings.count, findings.all);
        }
        abandon_txn(f);
    }
    assert_int_equal(look(f, &rows).count, 0);
}

static void what_contradicts_is_found(void **state)
{
    static const struct contradiction CASES[] = {
        {"UPDATE account_count SET entities = 5 WHERE kind = 3",                                   "account_count"                            },
        { "DELETE FROM membership",                                                                "iam_user AIDA1/alice: a part"             },
        { "UPDATE iam_policy SET default_version = 3",                                             "default version is missing"               },
        { "UPDATE iam_user SET name_key = 'Alice'",                                                "lower case"                               },
        { "UPDATE iam_role SET boundary_id = 'ANPA9'",                                             "boundary is missing"                      },
        { "UPDATE iam_group SET group_id = 'XGPA1'",                                               "prefix"                                   },
        { "UPDATE change_counter SET last_seq = last_seq + 1",                                     "changes are missing"                      },
        { "UPDATE attachment SET policy_id = 'ANPA9'",                                             "attaches a policy"                        },
        { "UPDATE membership SET account_id = '444455556666'",                                     "joins a user and a group"                 },
        { "UPDATE inline_policy SET entity_id = 'AIDA9'",                                          "of an entity"                             },
        { "DELETE FROM policy_version",                                                            "default version is missing"               },
        { "UPDATE policy_version SET version = 7",                                                 "default version is missing"               },
        { "UPDATE aws_attachment SET policy_arn = 'arn:aws:iam::111122223333:policy/Read'",
         "attaches what is no AWS managed policy"                                                                                             },
        { "UPDATE aws_attachment SET policy_arn = 'arn:aws:iam::aws:policy/x/Write'",
         "or one of another name"                                                                                                             },
        { "UPDATE aws_attachment SET name_key = 'other'",                                          "lower case"                               },
        { "UPDATE aws_attachment SET entity_id = 'AIDA9'",
         "aws_attachment AIDA9: is of an entity"                                                                                              },
        { "DELETE FROM aws_attachment",                                                            "iam_user AIDA1/alice: a part"             },
        { "UPDATE iam_role SET boundary_id = 'ANPA1', aws_boundary = 'arn:aws:iam::aws:policy/R'",
         "a boundary of the account and one of AWS"                                                                                           },
        { "UPDATE change SET seq = 1000 WHERE seq = 1",                                            "change 1000"                              },
        { "UPDATE mfa_device SET owner_id = 'AIDA9'",
         "mfa_device AMFA1: is of a user that is missing"                                                                                     },
        { "UPDATE mfa_device SET owner_id = NULL",                                                 "mfa_device AMFA1: is nobody's and enabled"},
        { "UPDATE mfa_device SET enabled_ms = 0",                                                  "mfa_device AMFA1: is nobody's and enabled"},
        { "UPDATE mfa_device SET name_key = 'Phone'",                                              "mfa_device AMFA1: the name by which"      },
        { "UPDATE mfa_device SET device_id = 'XMFA1'",                                             "mfa_device XMFA1: the unique ID"          },
        { "DELETE FROM mfa_device",                                                                "account_count 111122223333/8"             },
        { "UPDATE tag SET entity_id = 'AMFA9'",                                                    "tag AMFA9: is of an entity"               },
    };
    struct fixture *f = *state;

    fill(f);
    expect_found(f, CASES, IAM_COUNT(CASES));
}

static void fill_providers(struct fixture *f)
{
    const struct iam_oidc_provider oidc = { .id = IAM_STR("OIDC1"),
                                            .account = ACCOUNT,
                                            .url = IAM_STR("idp.example.com"),
                                            .client_ids = IAM_STR(""),
                                            .thumbprints = IAM_STR("1:t") };
    const struct iam_saml_provider saml = { .id = IAM_STR("SAMLSP1"),
                                            .account = ACCOUNT,
                                            .name = IAM_STR("Saml") };
    const struct iam_saml_metadata metadata = { .document = IAM_STR("<a/>") };
    const struct iam_saml_use use = { .provider_id = IAM_STR("SAMLSP1"),
                                      .account = ACCOUNT,
                                      .assertion = IAM_STR("ab"),
                                      .expires_ms = 2 };
    const struct iam_saml_key key = { .id = IAM_STR("SAMLPK1"),
                                      .provider_id = saml.id,
                                      .account = ACCOUNT,
                                      .sealed_key = IAM_STR("sealed") };
    const struct iam_entity_ref oidc_ref = ref_of(IAM_KIND_OIDC_PROVIDER, "OIDC1");
    const struct iam_entity_ref saml_ref = ref_of(IAM_KIND_SAML_PROVIDER, "SAMLSP1");
    const struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };

    assert_ok(iam_store_oidc_provider_add(f->txn, &oidc));
    assert_ok(iam_store_saml_provider_add(f->txn, &saml));
    assert_ok(iam_store_saml_metadata_add(f->txn, &saml_ref, &metadata));
    assert_ok(iam_store_saml_key_add(f->txn, &key));
    assert_ok(iam_store_saml_use_add(f->txn, &use, 1));
    assert_ok(iam_store_tag_put(f->txn, &oidc_ref, &tag, 1));
    assert_ok(iam_store_tag_put(f->txn, &saml_ref, &tag, 1));
    next_txn(f);
}

static void providers_are_looked_at(void **state)
{
    static const struct contradiction CASES[] = {
        {"DELETE FROM saml_metadata",                              "metadata is missing"          },
        { "UPDATE saml_metadata SET account_id = '444455556666'",  "metadata is missing"          },
        { "UPDATE saml_key SET account_id = '444455556666'",       "of a provider that is missing"},
        { "UPDATE saml_key SET saml_provider_id = 'SAMLSP9'",      "of a provider that is missing"},
        { "UPDATE saml_use SET account_id = '444455556666'",       "of a provider that is missing"},
        { "UPDATE saml_provider SET name_key = 'Saml'",            "lower case"                   },
        { "UPDATE saml_provider SET saml_provider_id = 'XXMLSP1'", "prefix"                       },
        { "UPDATE oidc_provider SET oidc_provider_id = 'XIDC1'",   "prefix"                       },
        { "UPDATE oidc_provider SET oidc_provider_id = 'OIDC2'",   "of an entity"                 },
        { "UPDATE saml_provider SET saml_provider_id = 'SAMLSP2'", "of an entity"                 },
        { "DELETE FROM account_count WHERE kind = 20",             "compared with the quota"      },
        { "DELETE FROM account_count WHERE kind = 21",             "compared with the quota"      },
    };
    struct fixture *f = *state;

    fill_providers(f);
    expect_found(f, CASES, IAM_COUNT(CASES));
}

static void fill_keys(struct fixture *f)
{
    static const char bytes[256] = "";
    const struct iam_entity_ref account = ref_of(IAM_KIND_ACCOUNT, "111122223333");
    const struct iam_account_settings settings = { .token_version = 1,
                                                   .issuer = IAM_STR("issuer"),
                                                   .is_issuing = true };
    struct iam_token_key key = {
        .id = IAM_STR("RSA_0"),
        .account = ACCOUNT,
        .algorithm = IAM_TOKEN_RS256,
        .created_ms = 1,
        .public_key = {bytes, 256},
        .sealed_key = IAM_STR("sealed")
    };

    assert_ok(iam_store_account_settings_add(f->txn, &account, &settings));
    assert_ok(iam_store_token_key_add(f->txn, &key));
    key.id = IAM_STR("EC384_0");
    key.algorithm = IAM_TOKEN_ES384;
    key.public_key.len = 96;
    assert_ok(iam_store_token_key_add(f->txn, &key));
    next_txn(f);
}

static void keys_of_tokens_are_looked_at(void **state)
{
    static const struct contradiction CASES[] = {
        {"UPDATE token_key SET algorithm = 2 WHERE algorithm = 1",
         "token_key 111122223333/RSA_0: has an ID or a public key"                                 },
        { "UPDATE token_key SET public_key = zeroblob(95) WHERE algorithm = 2",
         "token_key 111122223333/EC384_0: has an ID or a public key"                               },
        { "UPDATE token_key SET key_id = 'EC384_7' WHERE algorithm = 1",        "has an ID"        },
        { "UPDATE token_key SET account_id = '444455556666'",                   "that is no issuer"},
        { "UPDATE account_settings SET issuer = NULL",                          "that is no issuer"},
        { "UPDATE account_settings SET issuer = NULL",
         "account_settings 111122223333: issues tokens without"                                    },
    };
    struct fixture *f = *state;

    fill_keys(f);
    expect_found(f, CASES, IAM_COUNT(CASES));
}

/* Adds two requests: one that nobody has taken, and one that a session has accepted. */
static void fill_requests(struct fixture *f)
{
    struct iam_delegation_request request = { .id = IAM_STR("new"),
                                              .account = ACCOUNT,
                                              .workflow_id = IAM_STR("flow1"),
                                              .description = IAM_STR("d"),
                                              .template_arn = IAM_STR("arn:t"),
                                              .parameters = IAM_STR("[]"),
                                              .policy = IAM_STR("{}"),
                                              .channel = IAM_STR("arn:c"),
                                              .session_seconds = 300,
                                              .state = IAM_DELEGATION_UNASSIGNED };

    assert_ok(iam_store_delegation_request_add(f->txn, &request));
    request.id = IAM_STR("accepted");
    request.workflow_id = IAM_STR("flow2");
    request.state = IAM_DELEGATION_ACCEPTED;
    request.owner_account = ACCOUNT;
    request.owner_arn = IAM_STR("arn:o");
    request.owner_principal = IAM_STR("AIDA1");
    request.approver_arn = IAM_STR("arn:a");
    request.approver_principal = IAM_STR("AIDA1");
    request.approver_key_id = IAM_STR("ASIA1");
    request.approver_session = IAM_STR("sealed");
    assert_ok(iam_store_delegation_request_add(f->txn, &request));
    next_txn(f);
}

static void delegation_requests_are_looked_at(void **state)
{
    static const char owner[] = "has no owner or approver";
    static const char approver[] = "its approver has no access key or session";
    static const struct contradiction CASES[] = {
        {"UPDATE delegation_request SET state = 7",                                  owner   },
        { "UPDATE delegation_request SET owner_arn = 'arn:o' WHERE state = 1",       owner   },
        { "UPDATE delegation_request SET owner_principal = NULL WHERE state = 4",    owner   },
        { "UPDATE delegation_request SET owner_account = NULL WHERE state = 4",      owner   },
        { "UPDATE delegation_request SET approver_arn = NULL WHERE state = 4",       owner   },
        { "UPDATE delegation_request SET approver_principal = NULL WHERE state = 4", approver},
        { "UPDATE delegation_request SET approver_key_id = NULL WHERE state = 4",    approver},
        { "UPDATE delegation_request SET approver_session = NULL WHERE state = 4",   approver},
        { "UPDATE delegation_request SET approver_key_id = 'AKIA1' WHERE state = 4", approver},
        { "UPDATE delegation_request SET approver_key_id = 'AKIA1' WHERE state = 1", approver},
        { "UPDATE delegation_request SET state = 3 WHERE state = 4",                 approver},
    };
    struct fixture *f = *state;

    fill_requests(f);
    expect_found(f, CASES, IAM_COUNT(CASES));
}

/* A request that was accepted before schema 18, and one with a long-term key. */
static void requests_of_another_kind_are_good(void **state)
{
    static const char *const CASES[] = {
        "UPDATE delegation_request SET approver_key_id = NULL, approver_session = NULL",
        "UPDATE delegation_request SET approver_key_id = 'AKIA1', approver_session = NULL WHERE state = 4",
        "UPDATE delegation_request SET state = 6 WHERE state = 4",
    };
    struct fixture *f = *state;
    uint64_t rows = 0;

    fill_requests(f);
    for (size_t i = 0; i < IAM_COUNT(CASES); i++) {
        assert_int_equal(f->txn->driver->exec(f->txn->db, CASES[i]), IAM_DB_OK);
        struct findings findings = look(f, &rows);
        if (strstr(findings.all, "approver") != NULL) {
            fail_msg("%s: %s", CASES[i], findings.all);
        }
        abandon_txn(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(nothing_is_found_in_a_store_of_ours),
        STORE_TEST(what_contradicts_is_found),
        STORE_TEST(providers_are_looked_at),
        STORE_TEST(keys_of_tokens_are_looked_at),
        STORE_TEST(delegation_requests_are_looked_at),
        STORE_TEST(requests_of_another_kind_are_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
