/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that somebody else has written: each column of each table, altered, is found when the row is
 * read; so are rows that were swapped, moved, removed or copied, and nothing that was altered gets
 * a MAC by a write.
 */
#include <stdio.h>

#include "lib/row_sealer.h"
#include "store/access_job.h"
#include "store/delegation_request.h"
#include "store/effective.h"
#include "store/mfa_device.h"
#include "store/password.h"
#include "store/saml_provider.h"
#include "store/service_credential.h"
#include "store/table_int.h"
#include "store/token_key.h"
#include "support.h"

#define USER "AIDA1"
#define GROUP "AGPA1"
#define ROLE "AROA1"
#define AWS_POLICY IAM_STR("arn:aws:iam::aws:policy/job-function/Billing")
#define POLICY "ANPA1"
#define KEY "AKIA1"

static const struct iam_pinned_principal PIN = { .principal_arn = IAM_STR_INIT("arn:x"),
                                                 .unique_id = IAM_STR_INIT("AIDA9") };

/* One of everything, and a second user with a policy of the same name. */
static void fill(struct fixture *f)
{
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, USER);
    struct iam_entity_ref other = ref_of(IAM_KIND_USER, "AIDA2");
    struct iam_role role = role_named(ROLE, "role");
    struct iam_access_key key = key_of(KEY, ACCOUNT, IAM_STR(USER));
    const struct iam_entity_ref account = { IAM_KIND_ACCOUNT, ACCOUNT, ACCOUNT };
    const struct iam_account_alias alias = { .alias = IAM_STR("an-alias") };
    const struct iam_account_settings settings = { .token_version = 2,
                                                   .issuer = IAM_STR("i"),
                                                   .is_issuing = true };
    const struct iam_organization organization = { .id = IAM_STR("o-abcdefghij"),
                                                   .has_all_features = true };
    const struct iam_password_policy passwords = { .min_chars = 8, .max_age_days = 9 };
    const struct iam_login_profile login = { .created_ms = 1,
                                             .password_hash = IAM_STR("$argon2id$x") };
    const struct iam_password_change change = { .changed_ms = 2 };
    const struct iam_old_password old = { .number = 1, .password_hash = IAM_STR("$argon2id$w") };
    const struct iam_service_credential credential = { .id = IAM_STR("ACCA1"),
                                                       .service = IAM_STR("s"),
                                                       .login = IAM_STR("alice-at-1"),
                                                       .secret_hash = IAM_STR("h"),
                                                       .created_ms = 1,
                                                       .expires_ms = 2 };
    const struct iam_delegation_request asked = { .id = IAM_STR("request1"),
                                                  .account = ACCOUNT,
                                                  .workflow_id = IAM_STR("flow1"),
                                                  .description = IAM_STR("d"),
                                                  .message = IAM_STR("m"),
                                                  .template_arn = IAM_STR("arn:t"),
                                                  .parameters = IAM_STR("[]"),
                                                  .policy = IAM_STR("{}"),
                                                  .redirect_url = IAM_STR("http://a"),
                                                  .channel = IAM_STR("arn:c"),
                                                  .session_seconds = 300,
                                                  .created_ms = 1,
                                                  .state = IAM_DELEGATION_REJECTED,
                                                  .owner_account = ACCOUNT,
                                                  .owner_arn = IAM_STR("arn:o"),
                                                  .owner_principal = IAM_STR(USER),
                                                  .approver_arn = IAM_STR("arn:a"),
                                                  .approver_principal = IAM_STR(USER),
                                                  .approver_key_id = IAM_STR("ASIA1"),
                                                  .approver_session = IAM_STR("sealed"),
                                                  .notes = IAM_STR("n"),
                                                  .rejection = IAM_STR("r"),
                                                  .updated_ms = 2,
                                                  .expires_ms = 3 };
    const struct iam_credential_report report = { .is_pending = true,
                                                  .generated_ms = 1,
                                                  .bytes = 2 };
    const struct iam_credential_report_text report_text = { .content = IAM_STR("user,arn") };
    const struct iam_access_job job = { .account = ACCOUNT,
                                        .id = IAM_STR("job"),
                                        .owner = IAM_STR(USER),
                                        .kind = IAM_KIND_USER,
                                        .entity_id = IAM_STR(USER),
                                        .arn = IAM_STR("arn"),
                                        .created_ms = 1,
                                        .error_code = IAM_STR("e"),
                                        .error_text = IAM_STR("text") };
    const struct iam_str job_texts[IAM_ACCESS_PART_COUNT] = { IAM_STR("s"), IAM_STR("e") };
    const struct iam_instance_profile profile = { .id = IAM_STR("AIPA1"),
                                                  .account = ACCOUNT,
                                                  .name = IAM_STR("profile"),
                                                  .path = IAM_STR("/"),
                                                  .created_ms = 1,
                                                  .role_id = IAM_STR(ROLE) };
    struct iam_mfa_device device = { .id = IAM_STR("AMFA1"),
                                     .account = ACCOUNT,
                                     .serial = IAM_STR("GAHT12345678"),
                                     .name = IAM_STR("GAHT12345678"),
                                     .form = IAM_MFA_HARDWARE,
                                     .created_ms = 1,
                                     .sealed_seed = IAM_STR("sealed"),
                                     .certifications = IAM_STR("FIDO L1\n") };
    const struct iam_ssh_public_key ssh = { .id = IAM_STR("APKA1"),
                                            .is_active = true,
                                            .created_ms = 1,
                                            .text = IAM_STR("ssh-rsa AAAA"),
                                            .fingerprint = IAM_STR("00:11") };
    const struct iam_signing_certificate cert = {
        .id = IAM_STR("ABC"), .is_active = true, .created_ms = 1, .body = IAM_STR("-----BEGIN")
    };
    const struct iam_oidc_provider oidc = { .id = IAM_STR("OIDC1"),
                                            .account = ACCOUNT,
                                            .url = IAM_STR("idp.example.com"),
                                            .created_ms = 1,
                                            .client_ids = IAM_STR("1:c"),
                                            .thumbprints = IAM_STR("1:t") };
    const struct iam_saml_provider saml = { .id = IAM_STR("SAMLSP1"),
                                            .account = ACCOUNT,
                                            .name = IAM_STR("saml"),
                                            .created_ms = 1,
                                            .valid_until_ms = 2 };
    const struct iam_saml_metadata metadata = { .document = IAM_STR("<a/>") };
    const struct iam_saml_key saml_key = { .id = IAM_STR("SAMLPK1"),
                                           .provider_id = IAM_STR("SAMLSP1"),
                                           .account = ACCOUNT,
                                           .created_ms = 1,
                                           .sealed_key = IAM_STR("sealed") };
    const struct iam_saml_use saml_use = { .provider_id = IAM_STR("SAMLSP1"),
                                           .assertion = IAM_STR("used"),
                                           .account = ACCOUNT,
                                           .expires_ms = 9 };
    const struct iam_entity_ref provider = ref_of(IAM_KIND_SAML_PROVIDER, "SAMLSP1");
    const struct iam_server_certificate server = { .id = IAM_STR("ASCA1"),
                                                   .account = ACCOUNT,
                                                   .name = IAM_STR("server"),
                                                   .path = IAM_STR("/"),
                                                   .created_ms = 1,
                                                   .expires_ms = 2,
                                                   .sealed_key = IAM_STR("sealed"),
                                                   .body = IAM_STR("body"),
                                                   .chain = IAM_STR("chain") };
    const struct iam_token_key token_key = { .id = IAM_STR("RSA_0"),
                                             .account = ACCOUNT,
                                             .algorithm = IAM_TOKEN_RS256,
                                             .created_ms = 1,
                                             .public_key = IAM_STR("public"),
                                             .sealed_key = IAM_STR("sealed") };
    const struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };

    add_user(f, USER, "alice");
    add_user(f, "AIDA2", "bob");
    add_group(f, GROUP, "group");
    struct iam_managed_policy policy = policy_named(POLICY, "policy");

    /* no column may be NULL: each is then set to NULL */
    policy.description = IAM_STR("d");
    role.description = IAM_STR("d");
    role.boundary_policy_id = IAM_STR(POLICY);
    assert_ok(iam_store_policy_add(f->txn, &policy, DOCUMENT));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR(USER), IAM_STR(POLICY)));
    role.template_use = IAM_STR("{}");
    assert_ok(iam_store_role_add(f->txn, &role, &PIN, 1));
    /* a boundary is of the account or of AWS */
    add_role(f, "AROA2", "bounded");
    assert_ok(iam_store_role_set_boundary(f->txn, ACCOUNT, IAM_STR("AROA2"), AWS_POLICY));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR("AIDA2"), AWS_POLICY));
    assert_ok(iam_store_access_key_add(f->txn, &key));
    assert_ok(iam_store_login_profile_add(f->txn, &user, &login));
    assert_ok(iam_store_ssh_public_key_add(f->txn, &user, &ssh));
    assert_ok(iam_store_signing_certificate_add(f->txn, &user, &cert));
    assert_ok(iam_table_add(f->txn, IAM_TABLE_SERVER_CERTIFICATE, NULL, &server));
    assert_ok(iam_store_password_change_add(f->txn, &user, &change));
    assert_ok(iam_table_add(f->txn, IAM_TABLE_PASSWORD_HISTORY, &user, &old));
    assert_ok(iam_store_service_credential_add(f->txn, &user, &credential));
    assert_ok(iam_store_delegation_request_add(f->txn, &asked));
    assert_ok(iam_store_credential_report_add(f->txn, &account, &report));
    assert_ok(iam_store_credential_report_text_add(f->txn, &account, &report_text));
    assert_ok(iam_store_access_job_ask(f->txn, &f->arena, &job));
    assert_ok(iam_store_access_job_finish(f->txn, &f->arena, &job, 2, job_texts));
    assert_ok(iam_store_account_alias_add(f->txn, &account, &alias));
    assert_ok(iam_store_account_settings_add(f->txn, &account, &settings));
    assert_ok(iam_store_organization_add(f->txn, &account, &organization));
    assert_ok(iam_store_token_key_add(f->txn, &token_key));
    assert_ok(iam_store_password_policy_add(f->txn, &account, &passwords));
    assert_ok(iam_table_add(f->txn, IAM_TABLE_INSTANCE_PROFILE, NULL, &profile));
    assert_ok(iam_store_mfa_device_add(f->txn, &device));
    device.owner_id = IAM_STR(USER);
    device.enabled_ms = 5;
    assert_ok(iam_store_mfa_device_set_state(f->txn, &device));
    assert_ok(iam_table_add(f->txn, IAM_TABLE_OIDC_PROVIDER, NULL, &oidc));
    assert_ok(iam_store_saml_provider_add(f->txn, &saml));
    assert_ok(iam_store_saml_metadata_add(f->txn, &provider, &metadata));
    assert_ok(iam_store_saml_key_add(f->txn, &saml_key));
    assert_ok(iam_store_saml_use_add(f->txn, &saml_use, 1));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR(GROUP), IAM_STR(USER)));
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR(POLICY)));
    assert_ok(iam_store_policy_attach(f->txn, &user, AWS_POLICY));
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("Own"), DOCUMENT));
    assert_ok(iam_store_inline_put(f->txn, &other, IAM_STR("Own"), IAM_STR("{}")));
    assert_ok(iam_store_tag_put(f->txn, &user, &tag, 1));
    next_txn(f);
}

static void run_sql(struct fixture *f, const char *sql)
{
    if (f->txn->driver->exec(f->txn->db, sql) != IAM_DB_OK) {
        fail_msg("%s: %s", sql, f->txn->driver->error_text(f->txn->db));
    }
}

/* ---- reading ------------------------------------------------------------------------- */

static enum iam_status read_all_of(struct fixture *f, enum iam_table_id table)
{
    const struct iam_entity_ref user = ref_of(IAM_KIND_USER, USER);
    enum iam_status status = IAM_OK;
    struct iam_rows rows = { .count = 1 };

    switch (table) {
    case IAM_TABLE_ACCOUNT: {
        struct iam_account a;
        status = iam_store_account_get(f->txn, &f->arena, ACCOUNT, &a);
        break;
    }
    case IAM_TABLE_LOGIN_PROFILE: {
        struct iam_login_profile p;
        status = iam_store_login_profile_get(f->txn, &f->arena, IAM_STR(USER), &p);
        break;
    }
    case IAM_TABLE_SAML_METADATA: {
        struct iam_saml_metadata m;
        status = iam_store_saml_metadata_get(f->txn, &f->arena, IAM_STR("SAMLSP1"), &m);
        break;
    }
    case IAM_TABLE_SAML_KEY: {
        struct iam_saml_key_list list;
        status = iam_store_saml_key_list(f->txn, &f->arena, IAM_STR("SAMLSP1"), &list);
        rows.count = status == IAM_OK ? list.count : 0;
        break;
    }

    case IAM_TABLE_PASSWORD_CHANGE: {
        struct iam_password_change c;
        status = iam_store_password_change_get(f->txn, &f->arena, IAM_STR(USER), &c);
        break;
    }
    case IAM_TABLE_PASSWORD_HISTORY: {
        struct iam_old_password_list list;
        status = iam_store_old_passwords(f->txn, &f->arena, IAM_STR(USER), 9, &list);
        rows.count = status == IAM_OK ? list.count : 1;
        break;
    }
    case IAM_TABLE_SERVICE_CREDENTIAL: {
        struct iam_service_credential_list list;
        status = iam_store_service_credential_list(f->txn, &f->arena, ACCOUNT, IAM_STR(USER),
                                                   iam_str_absent(), NULL, &list);
        rows.count = status == IAM_OK ? list.count : 1;
        break;
    }
    case IAM_TABLE_DELEGATION_REQUEST: {
        struct iam_delegation_request request;
        status = iam_store_delegation_request_get(f->txn, &f->arena, IAM_STR("request1"), &request);
        break;
    }
    case IAM_TABLE_REPORT: {
        struct iam_credential_report r;
        status = iam_store_credential_report_get(f->txn, &f->arena, ACCOUNT, &r);
        break;
    }
    case IAM_TABLE_REPORT_TEXT: {
        struct iam_credential_report_text text;
        status = iam_store_credential_report_text_get(f->txn, &f->arena, ACCOUNT, &text);
        break;
    }
    case IAM_TABLE_ACCESS_JOB: {
        struct iam_access_job j;
        status = iam_store_access_job_get(f->txn, &f->arena, ACCOUNT, IAM_STR("job"), &j);
        break;
    }
    case IAM_TABLE_ACCESS_JOB_TEXT: {
        const struct iam_access_job j = { .account = ACCOUNT, .id = IAM_STR("job") };
        struct iam_str text;
        status = iam_store_access_job_text(f->txn, &f->arena, &j, IAM_ACCESS_SERVICES, &text);
        if (status == IAM_OK) {
            status = iam_store_access_job_text(f->txn, &f->arena, &j, IAM_ACCESS_ENTITIES, &text);
        }
        break;
    }
    case IAM_TABLE_ACCOUNT_ALIAS: {
        struct iam_account_alias a;
        status = iam_store_account_alias_get(f->txn, &f->arena, ACCOUNT, &a);
        break;
    }
    case IAM_TABLE_ACCOUNT_SETTINGS: {
        struct iam_account_settings settings;
        status = iam_store_account_settings_get(f->txn, &f->arena, ACCOUNT, &settings);
        break;
    }
    case IAM_TABLE_TOKEN_KEY: {
        struct iam_token_key_list keys = { 0 };
        status = iam_store_token_key_scan(f->txn, &f->arena, NULL, &keys);
        break;
    }
    case IAM_TABLE_ORGANIZATION: {
        struct iam_organization o;
        status = iam_store_organization_get(f->txn, &f->arena, ACCOUNT, &o);
        break;
    }
    case IAM_TABLE_PASSWORD_POLICY: {
        struct iam_password_policy p;
        status = iam_store_password_policy_get(f->txn, &f->arena, ACCOUNT, &p);
        break;
    }
    case IAM_TABLE_VERSION: {
        struct iam_effective_policy p;
        status = iam_store_effective_by_id(f->txn, &f->arena, IAM_STR(POLICY), &p);
        break;
    }
    case IAM_TABLE_PIN:
        status =
            iam_table_list(f->txn, &f->arena, table, IAM_STR(ROLE), iam_str_absent(), NULL, &rows);
        break;
    case IAM_TABLE_MEMBERSHIP: {
        struct iam_group_list list;
        status = iam_store_user_groups(f->txn, &f->arena, IAM_STR(USER), NULL, &list);
        break;
    }
    case IAM_TABLE_ATTACHMENT:
    case IAM_TABLE_AWS_ATTACHMENT: {
        struct iam_attached_list list;
        status = iam_store_attached_list(f->txn, &f->arena, &user, iam_str_absent(), NULL, &list);
        break;
    }
    case IAM_TABLE_INLINE_POLICY: {
        struct iam_inline_list list;
        status = iam_store_inline_load(f->txn, &f->arena, &user, &list);
        break;
    }
    case IAM_TABLE_TAG: {
        struct iam_tag_list list;
        status = iam_store_tag_list(f->txn, &f->arena, &user, NULL, &list);
        break;
    }
    default:
        status = iam_table_scan(f->txn, &f->arena, table, NULL, &rows);
        break;
    }
    /* a row that is not read is not believed */
    return status == IAM_OK && rows.count == 0 ? IAM_NOT_FOUND : status;
}

/* What the directory reads of the user, and the check that it is all. */
static enum iam_status load_user(struct fixture *f)
{
    const struct iam_entity_ref user = ref_of(IAM_KIND_USER, USER);
    struct iam_row_sum sum = { 0 };
    struct iam_attached_list attached;
    struct iam_inline_list inlines;
    struct iam_group_list groups;
    struct iam_tag_list tags;

    IAM_TRY(iam_store_attached_list(f->txn, &f->arena, &user, iam_str_absent(), NULL, &attached));
    IAM_TRY(iam_store_inline_load(f->txn, &f->arena, &user, &inlines));
    IAM_TRY(iam_store_tag_list(f->txn, &f->arena, &user, NULL, &tags));
    IAM_TRY(iam_store_user_groups(f->txn, &f->arena, IAM_STR(USER), NULL, &groups));
    iam_row_sum_add(&sum, &attached.sum);
    iam_row_sum_add(&sum, &inlines.sum);
    iam_row_sum_add(&sum, &tags.sum);
    iam_row_sum_add(&sum, &groups.sum);
    return iam_store_parts_check(f->txn, &user, &sum);
}

/* Sets the column in every row of the table, in a transaction that is then forgotten. */
static void alter(struct fixture *f, const struct iam_table *table, enum iam_table_id id,
                  const struct iam_column *column, const char *value)
{
    char sql[256];

    snprintf(sql, sizeof(sql), "UPDATE %s SET %s = %s", table->name, column->sql, value);
    run_sql(f, "PRAGMA defer_foreign_keys = ON");
    if (f->txn->driver->exec(f->txn->db, sql) == IAM_DB_OK) {
        enum iam_status status = read_all_of(f, id);

        if (status == IAM_OK) {
            status = load_user(f);
        }
        /* one whose key was altered may not be found, where nothing says that it should be */
        if (status != IAM_CORRUPT && status != IAM_NOT_FOUND) {
            fail_msg("%s is believed (%d)", sql, (int)status);
        }
    }
    abandon_txn(f);
}

static void every_column_is_under_the_mac(void **state)
{
    struct fixture *f = *state;
    size_t seen = 0;

    fill(f);
    for (enum iam_table_id id = 0; id < IAM_TABLE_COUNT; id++) {
        const struct iam_table *table = &iam_tables[id];

        if (table->is_view || table->shape.sealed == NULL) {
            continue;
        }
        assert_ok(read_all_of(f, id));
        for (size_t i = 0; i < table->shape.count; i++) {
            const struct iam_column *column = &table->shape.columns[i];
            bool is_number = column->type == IAM_COL_INT || column->type == IAM_COL_BOOL;

            if (iam_column_is_checked(column)) {
                alter(f, table, id, column, is_number ? "7" : "'other'");
                alter(f, table, id, column, is_number ? "-1" : "''");
                alter(f, table, id, column, "NULL");
                seen++;
            }
        }
    }
    assert_true(seen > 70);
    assert_ok(load_user(f));
}

static void what_use_writes_is_not_under_it(void **state)
{
    struct fixture *f = *state;

    fill(f);
    run_sql(f, "UPDATE access_key SET last_used_ms = 9, last_used_region = 'r',"
               " last_used_service = 's'");
    run_sql(f, "UPDATE iam_role SET last_used_ms = 9, last_used_region = 'r'");
    assert_ok(read_all_of(f, IAM_TABLE_ACCESS_KEY));
    assert_ok(read_all_of(f, IAM_TABLE_ROLE));
}

static void rows_cannot_be_swapped_moved_or_copied(void **state)
{
    static const char *const FORGERIES[] = {
        /* the MAC of another row */
        "UPDATE inline_policy SET row_mac ="
        " (SELECT row_mac FROM inline_policy WHERE entity_id = 'AIDA2')",
        /* the content of another row, with its MAC */
        "UPDATE inline_policy SET (document, row_mac) ="
        " (SELECT document, row_mac FROM inline_policy WHERE entity_id = 'AIDA2')",
        /* to another owner and another account */
        "DELETE FROM inline_policy WHERE entity_id = 'AIDA1';"
        "UPDATE inline_policy SET entity_id = 'AIDA1'",
        "UPDATE inline_policy SET account_id = '444455556666'",
        /* removed */
        "DELETE FROM attachment",
        "DELETE FROM inline_policy",
        "DELETE FROM membership",
        "DELETE FROM tag",
        /* NULL and empty are two things */
        "UPDATE inline_policy SET document = ''",
        /* the sum of another */
        "UPDATE iam_user SET parts_sum ="
        " (SELECT parts_sum FROM iam_user WHERE user_id = 'AIDA2')",
        "UPDATE iam_user SET parts_sum = NULL",
        "UPDATE iam_user SET parts_sum = zeroblob(64)",
    };
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < IAM_COUNT(FORGERIES); i++) {
        assert_ok(load_user(f));
        run_sql(f, FORGERIES[i]);
        if (load_user(f) != IAM_CORRUPT) {
            fail_msg("believed: %s", FORGERIES[i]);
        }
        abandon_txn(f);
    }
}

/* ---- writing ------------------------------------------------------------------------- */

static void a_write_does_not_give_an_altered_row_a_mac(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, USER);

    fill(f);
    run_sql(f, "UPDATE iam_user SET boundary_id = NULL WHERE user_id = 'AIDA1'");
    assert_int_equal(
        iam_store_user_update(f->txn, ACCOUNT, IAM_STR(USER), IAM_STR("new"), iam_str_absent()),
        IAM_CORRUPT);
    assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
    f->txn = begin(f->store, IAM_TXN_WRITE);
    run_sql(f, "UPDATE inline_policy SET name = 'x' WHERE entity_id = 'AIDA1'");
    assert_int_equal(iam_store_inline_put(f->txn, &user, IAM_STR("own"), DOCUMENT), IAM_CORRUPT);
    abandon_txn(f);
    run_sql(f, "UPDATE iam_policy SET path = '/x/'");
    assert_int_equal(iam_store_version_set_default(f->txn, ACCOUNT, IAM_STR(POLICY), 1, 5),
                     IAM_CORRUPT);
    abandon_txn(f);
}

static void what_aws_has_is_a_part_too(void **state)
{
    struct fixture *f = *state;

    fill(f);
    run_sql(f, "DELETE FROM aws_attachment");
    assert_int_equal(load_user(f), IAM_CORRUPT);
}

static void what_was_removed_stays_missing(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, USER);

    fill(f);
    run_sql(f, "DELETE FROM attachment");
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("Own"), IAM_STR("{}")));
    assert_int_equal(load_user(f), IAM_CORRUPT);
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR(POLICY)));
    assert_int_equal(load_user(f), IAM_CORRUPT);
}

static void a_broken_part_can_be_deleted_and_written_again(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, USER);

    fill(f);
    run_sql(f, "UPDATE inline_policy SET document = 'x' WHERE entity_id = 'AIDA1'");
    assert_int_equal(load_user(f), IAM_CORRUPT);
    assert_ok(iam_store_inline_delete(f->txn, &user, IAM_STR("own")));
    assert_ok(load_user(f));
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("own"), DOCUMENT));
    assert_ok(load_user(f));
}

static void every_write_leaves_a_row_that_verifies(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, USER);
    const struct iam_tag tags[] = {
        {IAM_STR_INIT("K"),  IAM_STR_INIT("v2")},
        { IAM_STR_INIT("l"), IAM_STR_INIT("")  },
    };
    const struct iam_str gone = IAM_STR("K");
    const struct iam_login_profile login = { .password_hash = IAM_STR("$argon2id$y"),
                                             .is_reset_required = true };

    fill(f);
    assert_ok(
        iam_store_user_update(f->txn, ACCOUNT, IAM_STR(USER), IAM_STR("Eve"), IAM_STR("/p/")));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR(USER), IAM_STR(POLICY)));
    assert_ok(iam_store_role_update(f->txn, ACCOUNT, IAM_STR(ROLE), IAM_STR("d"), 7200));
    assert_ok(iam_store_role_set_trust(f->txn, ACCOUNT, IAM_STR(ROLE), IAM_STR("{}"), &PIN, 1));
    assert_ok(iam_store_login_profile_update(f->txn, &user, &login));
    assert_ok(iam_store_access_key_set_active(f->txn, ACCOUNT, IAM_STR(USER), IAM_STR(KEY), false));
    assert_ok(iam_store_tag_put(f->txn, &user, tags, 2));
    assert_ok(iam_store_tag_remove(f->txn, &user, &gone, 1));
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("OWN"), IAM_STR("{}")));
    assert_ok(load_user(f));
    for (enum iam_table_id id = 0; id < IAM_TABLE_COUNT; id++) {
        if (!iam_tables[id].is_view && iam_tables[id].shape.sealed != NULL) {
            assert_ok(read_all_of(f, id));
        }
    }
}

static enum iam_status make_none(void *ctx, struct iam_str bytes, uint8_t ret[IAM_ROW_MAC_BYTES])
{
    (void)ctx;
    (void)bytes;
    (void)ret;
    return IAM_IO;
}

static void without_a_mac_nothing_is_written(void **state)
{
    struct fixture *f = *state;
    const struct iam_row_sealer broken = { .make = make_none, .check = test_check_row_mac };
    const struct iam_row_sealer *whole = f->txn->sealer;

    add_user(f, USER, "alice");
    next_txn(f);
    f->txn->sealer = &broken;
    assert_int_equal(
        iam_store_user_update(f->txn, ACCOUNT, IAM_STR(USER), IAM_STR("Eve"), IAM_STR("/p/")),
        IAM_IO);
    f->txn->sealer = whole;
    assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
    f->txn = begin(f->store, IAM_TXN_WRITE);
    assert_ok(read_all_of(f, IAM_TABLE_USER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_column_is_under_the_mac),
        STORE_TEST(what_use_writes_is_not_under_it),
        STORE_TEST(rows_cannot_be_swapped_moved_or_copied),
        STORE_TEST(a_write_does_not_give_an_altered_row_a_mac),
        STORE_TEST(what_aws_has_is_a_part_too),
        STORE_TEST(what_was_removed_stays_missing),
        STORE_TEST(a_broken_part_can_be_deleted_and_written_again),
        STORE_TEST(every_write_leaves_a_row_that_verifies),
        STORE_TEST(without_a_mac_nothing_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
