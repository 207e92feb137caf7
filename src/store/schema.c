/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema as numbered migrations, and the code that applies what is missing. A migration that
 * was released is never edited: the next change is a new row. docs/STORE-FORMAT.md describes the
 * tables. INVARIANT: all missing migrations become visible together or not at all.
 */
#include <stdio.h>

#include "store/table_int.h"

enum { SQL_LAST, SQL_RECORD, SQL_COUNT };

const char *const iam_schema_sql[] = {
    [SQL_LAST] = "SELECT COALESCE(MAX(version), 0) FROM schema_version",
    [SQL_RECORD] = "INSERT INTO schema_version (version) VALUES ($1)",
    [SQL_COUNT] = NULL,
};

static const char BOOTSTRAP[] =
    "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)";

static const char VERSION_1[] =
    "CREATE TABLE account ("
    " account_id TEXT PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " created_ms BIGINT NOT NULL);"

    "CREATE TABLE iam_policy ("
    " policy_id TEXT PRIMARY KEY,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " name TEXT NOT NULL,"
    " name_key TEXT NOT NULL,"
    " path TEXT NOT NULL,"
    " description TEXT,"
    " created_ms BIGINT NOT NULL,"
    " updated_ms BIGINT NOT NULL,"
    " default_version BIGINT NOT NULL,"
    " last_version BIGINT NOT NULL,"
    " UNIQUE (account_id, name_key));"

    "CREATE TABLE policy_version ("
    " policy_id TEXT NOT NULL REFERENCES iam_policy (policy_id),"
    " version BIGINT NOT NULL,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " document TEXT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " PRIMARY KEY (policy_id, version));"

    "CREATE TABLE iam_user ("
    " user_id TEXT PRIMARY KEY,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " name TEXT NOT NULL,"
    " name_key TEXT NOT NULL,"
    " path TEXT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " boundary_id TEXT REFERENCES iam_policy (policy_id),"
    " UNIQUE (account_id, name_key));"
    "CREATE INDEX iam_user_boundary ON iam_user (boundary_id);"

    "CREATE TABLE iam_group ("
    " group_id TEXT PRIMARY KEY,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " name TEXT NOT NULL,"
    " name_key TEXT NOT NULL,"
    " path TEXT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " UNIQUE (account_id, name_key));"

    "CREATE TABLE membership ("
    " group_id TEXT NOT NULL REFERENCES iam_group (group_id),"
    " user_id TEXT NOT NULL REFERENCES iam_user (user_id),"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " PRIMARY KEY (group_id, user_id));"
    "CREATE INDEX membership_user ON membership (user_id);"

    "CREATE TABLE iam_role ("
    " role_id TEXT PRIMARY KEY,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " name TEXT NOT NULL,"
    " name_key TEXT NOT NULL,"
    " path TEXT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " trust_document TEXT NOT NULL,"
    " description TEXT,"
    " max_session_seconds BIGINT NOT NULL,"
    " boundary_id TEXT REFERENCES iam_policy (policy_id),"
    " last_used_ms BIGINT NOT NULL,"
    " last_used_region TEXT,"
    " UNIQUE (account_id, name_key));"
    "CREATE INDEX iam_role_boundary ON iam_role (boundary_id);"

    "CREATE TABLE role_pin ("
    " role_id TEXT NOT NULL REFERENCES iam_role (role_id),"
    " principal_arn TEXT NOT NULL,"
    " unique_id TEXT NOT NULL,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " PRIMARY KEY (role_id, principal_arn));"

    /* entity_id is of a user, group or role: no key can ensure that, the code does */
    "CREATE TABLE attachment ("
    " entity_id TEXT NOT NULL,"
    " policy_id TEXT NOT NULL REFERENCES iam_policy (policy_id),"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " PRIMARY KEY (entity_id, policy_id));"
    "CREATE INDEX attachment_policy ON attachment (policy_id, account_id);"

    "CREATE TABLE inline_policy ("
    " entity_id TEXT NOT NULL,"
    " name_key TEXT NOT NULL,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " name TEXT NOT NULL,"
    " document TEXT NOT NULL,"
    " PRIMARY KEY (entity_id, name_key));"

    "CREATE TABLE tag ("
    " entity_id TEXT NOT NULL,"
    " match_key TEXT NOT NULL,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " tag_order BIGINT NOT NULL,"
    " tag_key TEXT NOT NULL,"
    " tag_value TEXT NOT NULL,"
    " PRIMARY KEY (entity_id, match_key));"

    "CREATE TABLE access_key ("
    " key_id TEXT PRIMARY KEY,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " owner_id TEXT NOT NULL,"
    " is_active INTEGER NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " sealed_secret BYTEA NOT NULL,"
    " last_used_ms BIGINT NOT NULL,"
    " last_used_region TEXT,"
    " last_used_service TEXT);"
    "CREATE INDEX access_key_owner ON access_key (owner_id);"

    "CREATE TABLE change ("
    " seq BIGINT PRIMARY KEY,"
    " account_id TEXT NOT NULL,"
    " kind INTEGER NOT NULL,"
    " entity_id TEXT NOT NULL,"
    " op INTEGER NOT NULL);"

    /*
     * one row: a transaction that numbers a change holds it until the commit, so numbers commit in
     * order
     */
    "CREATE TABLE change_counter ("
    " counter_id INTEGER PRIMARY KEY,"
    " last_seq BIGINT NOT NULL,"
    " trimmed_seq BIGINT NOT NULL);"
    "INSERT INTO change_counter (counter_id, last_seq, trimmed_seq) VALUES (1, 0, 0);"

    "INSERT INTO account (account_id, name, created_ms) VALUES ('aws', 'AWS managed policies', 0)";

static const char VERSION_2[] = "CREATE TABLE instance_profile ("
                                " instance_profile_id TEXT PRIMARY KEY,"
                                " account_id TEXT NOT NULL REFERENCES account (account_id),"
                                " name TEXT NOT NULL,"
                                " name_key TEXT NOT NULL,"
                                " path TEXT NOT NULL,"
                                " created_ms BIGINT NOT NULL,"
                                " role_id TEXT REFERENCES iam_role (role_id),"
                                " UNIQUE (account_id, name_key));"
                                "CREATE INDEX instance_profile_role ON instance_profile (role_id);";

/* Counts that are compared with quotas; counting a million rows takes 0.1 s. */
static const char VERSION_3[] =
    "CREATE TABLE account_count ("
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " kind BIGINT NOT NULL,"
    " entities BIGINT NOT NULL,"
    " PRIMARY KEY (account_id, kind));"
    "INSERT INTO account_count SELECT account_id, 2, COUNT(*) FROM iam_user GROUP BY account_id;"
    "INSERT INTO account_count SELECT account_id, 3, COUNT(*) FROM iam_group GROUP BY account_id;"
    "INSERT INTO account_count SELECT account_id, 4, COUNT(*) FROM iam_role GROUP BY account_id;"
    "INSERT INTO account_count SELECT account_id, 5, COUNT(*) FROM iam_policy GROUP BY account_id;"
    "INSERT INTO account_count SELECT account_id, 7, COUNT(*) FROM instance_profile"
    " GROUP BY account_id";

static const char VERSION_4[] = "CREATE TABLE login_profile ("
                                " user_id TEXT PRIMARY KEY REFERENCES iam_user (user_id),"
                                " account_id TEXT NOT NULL REFERENCES account (account_id),"
                                " created_ms BIGINT NOT NULL,"
                                " password_hash TEXT NOT NULL,"
                                " is_reset_required INTEGER NOT NULL)";

static const char VERSION_5[] =
    "CREATE TABLE account_alias ("
    " account_id TEXT PRIMARY KEY REFERENCES account (account_id),"
    " alias TEXT NOT NULL UNIQUE);"
    "CREATE TABLE password_policy ("
    " account_id TEXT PRIMARY KEY REFERENCES account (account_id),"
    " min_chars INTEGER NOT NULL,"
    " needs_upper INTEGER NOT NULL,"
    " needs_lower INTEGER NOT NULL,"
    " needs_digit INTEGER NOT NULL,"
    " needs_symbol INTEGER NOT NULL,"
    " users_may_change INTEGER NOT NULL,"
    " max_age_days INTEGER NOT NULL,"
    " remembered INTEGER NOT NULL,"
    " is_hard_expiry INTEGER NOT NULL);"
    "CREATE INDEX policy_version_account ON policy_version (account_id);";

/* One row: a server never takes a time before this one for the present. */
static const char VERSION_6[] = "CREATE TABLE clock ("
                                " clock_id INTEGER PRIMARY KEY,"
                                " high_ms BIGINT NOT NULL);"
                                "INSERT INTO clock (clock_id, high_ms) VALUES (1, 0)";

/*
 * The keeper's keys, of no account: generations, and the secret of each under each master key that
 * opens the store.
 */
static const char VERSION_7[] =
    "CREATE TABLE key_generation ("
    " generation BIGINT PRIMARY KEY,"
    " created_ms BIGINT NOT NULL,"
    " retired_ms BIGINT NOT NULL,"
    " is_clear INTEGER NOT NULL);"

    "CREATE TABLE key_wrap ("
    " master_id TEXT NOT NULL,"
    " generation BIGINT NOT NULL REFERENCES key_generation (generation),"
    " rotation BIGINT NOT NULL,"
    " sealed BYTEA NOT NULL,"
    " PRIMARY KEY (master_id, generation))";

/* MACs of rows, and of the parts of those that may do something; docs/STORE-FORMAT.md. */
static const char VERSION_8[] = "ALTER TABLE account_alias ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE password_policy ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE account ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE iam_user ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE iam_group ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE iam_role ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE iam_policy ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE access_key ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE instance_profile ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE login_profile ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE policy_version ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE role_pin ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE membership ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE attachment ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE inline_policy ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE tag ADD COLUMN row_mac BYTEA;"
                                "ALTER TABLE iam_user ADD COLUMN parts_sum BYTEA;"
                                "ALTER TABLE iam_group ADD COLUMN parts_sum BYTEA;"
                                "ALTER TABLE iam_role ADD COLUMN parts_sum BYTEA";

/* Names are unique among virtual devices: another one's is its serial number. */
static const char VERSION_9[] =
    "CREATE TABLE mfa_device ("
    " device_id TEXT PRIMARY KEY,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " serial_number TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " name_key TEXT NOT NULL,"
    " form INTEGER NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " sealed_seed BYTEA,"
    " certifications TEXT,"
    " owner_id TEXT,"
    " enabled_ms BIGINT NOT NULL,"
    " drift_steps BIGINT NOT NULL,"
    " pair_step BIGINT NOT NULL,"
    " used_step BIGINT NOT NULL,"
    " used_mask BIGINT NOT NULL,"
    " row_mac BYTEA,"
    " UNIQUE (account_id, serial_number));"
    "CREATE UNIQUE INDEX mfa_device_name ON mfa_device (account_id, name_key) WHERE form = 1;"
    "CREATE INDEX mfa_device_owner ON mfa_device (owner_id) WHERE owner_id IS NOT NULL;"
    "CREATE INDEX mfa_device_used ON mfa_device (account_id) WHERE owner_id IS NOT NULL";

static const char VERSION_10[] = "CREATE TABLE ssh_public_key ("
                                 " user_id TEXT NOT NULL REFERENCES iam_user (user_id),"
                                 " ssh_public_key_id TEXT NOT NULL,"
                                 " account_id TEXT NOT NULL REFERENCES account (account_id),"
                                 " is_active INTEGER NOT NULL,"
                                 " created_ms BIGINT NOT NULL,"
                                 " key_text TEXT NOT NULL,"
                                 " fingerprint TEXT NOT NULL,"
                                 " row_mac BYTEA,"
                                 " PRIMARY KEY (user_id, ssh_public_key_id),"
                                 " UNIQUE (user_id, key_text));"

                                 "CREATE TABLE signing_certificate ("
                                 " owner_id TEXT NOT NULL,"
                                 " certificate_id TEXT NOT NULL,"
                                 " account_id TEXT NOT NULL REFERENCES account (account_id),"
                                 " is_active INTEGER NOT NULL,"
                                 " created_ms BIGINT NOT NULL,"
                                 " body TEXT NOT NULL,"
                                 " row_mac BYTEA,"
                                 " PRIMARY KEY (owner_id, certificate_id),"
                                 " UNIQUE (account_id, certificate_id));"

                                 "CREATE TABLE server_certificate ("
                                 " server_certificate_id TEXT PRIMARY KEY,"
                                 " account_id TEXT NOT NULL REFERENCES account (account_id),"
                                 " name TEXT NOT NULL,"
                                 " name_key TEXT NOT NULL,"
                                 " path TEXT NOT NULL,"
                                 " created_ms BIGINT NOT NULL,"
                                 " expires_ms BIGINT NOT NULL,"
                                 " sealed_key BYTEA NOT NULL,"
                                 " body TEXT NOT NULL,"
                                 " chain TEXT,"
                                 " row_mac BYTEA,"
                                 " UNIQUE (account_id, name_key))";

/* Identity providers outside. */
static const char VERSION_11[] =
    "CREATE TABLE oidc_provider ("
    " oidc_provider_id TEXT PRIMARY KEY,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " url TEXT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " client_ids TEXT NOT NULL,"
    " thumbprints TEXT NOT NULL,"
    " row_mac BYTEA,"
    " UNIQUE (account_id, url));"

    "CREATE TABLE saml_provider ("
    " saml_provider_id TEXT PRIMARY KEY,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " name TEXT NOT NULL,"
    " name_key TEXT NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " valid_until_ms BIGINT NOT NULL,"
    " needs_encryption INTEGER NOT NULL,"
    " row_mac BYTEA,"
    " UNIQUE (account_id, name_key));"

    "CREATE TABLE saml_metadata ("
    " saml_provider_id TEXT PRIMARY KEY REFERENCES saml_provider (saml_provider_id),"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " document TEXT NOT NULL,"
    " row_mac BYTEA);"

    "CREATE TABLE saml_key ("
    " key_id TEXT PRIMARY KEY,"
    " saml_provider_id TEXT NOT NULL REFERENCES saml_provider (saml_provider_id),"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " created_ms BIGINT NOT NULL,"
    " sealed_key BYTEA NOT NULL,"
    " row_mac BYTEA);"
    "CREATE UNIQUE INDEX saml_key_provider ON saml_key (saml_provider_id, key_id)";

/*
 * AWS managed policies have no rows: what is attached, or a boundary, is told by its ARN.
 */
static const char VERSION_12[] =
    "CREATE TABLE aws_attachment ("
    " entity_id TEXT NOT NULL,"
    " name_key TEXT NOT NULL,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " name TEXT NOT NULL,"
    " policy_arn TEXT NOT NULL,"
    " row_mac BYTEA,"
    " PRIMARY KEY (entity_id, name_key));"
    "CREATE INDEX aws_attachment_policy ON aws_attachment (account_id, policy_arn);"
    "ALTER TABLE iam_user ADD COLUMN aws_boundary TEXT;"
    "ALTER TABLE iam_role ADD COLUMN aws_boundary TEXT;"
    "CREATE INDEX iam_user_aws_boundary ON iam_user (account_id, aws_boundary)"
    " WHERE aws_boundary IS NOT NULL;"
    "CREATE INDEX iam_role_aws_boundary ON iam_role (account_id, aws_boundary)"
    " WHERE aws_boundary IS NOT NULL";

/* What became of passwords; what users show to single services; reports about all of that. */
static const char VERSION_13[] = "CREATE TABLE password_change ("
                                 " user_id TEXT PRIMARY KEY REFERENCES iam_user (user_id),"
                                 " account_id TEXT NOT NULL REFERENCES account (account_id),"
                                 " changed_ms BIGINT NOT NULL,"
                                 " row_mac BYTEA);"

                                 "CREATE TABLE password_history ("
                                 " user_id TEXT NOT NULL REFERENCES iam_user (user_id),"
                                 " number BIGINT NOT NULL,"
                                 " account_id TEXT NOT NULL REFERENCES account (account_id),"
                                 " password_hash TEXT NOT NULL,"
                                 " row_mac BYTEA,"
                                 " PRIMARY KEY (user_id, number));"

                                 "CREATE TABLE service_credential ("
                                 " credential_id TEXT PRIMARY KEY,"
                                 " user_id TEXT NOT NULL REFERENCES iam_user (user_id),"
                                 " account_id TEXT NOT NULL REFERENCES account (account_id),"
                                 " service TEXT NOT NULL,"
                                 " login TEXT NOT NULL,"
                                 " login_key TEXT NOT NULL,"
                                 " secret_hash BYTEA NOT NULL,"
                                 " is_active INTEGER NOT NULL,"
                                 " created_ms BIGINT NOT NULL,"
                                 " expires_ms BIGINT NOT NULL,"
                                 " row_mac BYTEA,"
                                 " UNIQUE (user_id, credential_id),"
                                 " UNIQUE (account_id, service, login_key));"
                                 "CREATE INDEX service_credential_account"
                                 " ON service_credential (account_id, credential_id);"

                                 "CREATE TABLE credential_report ("
                                 " account_id TEXT PRIMARY KEY REFERENCES account (account_id),"
                                 " is_pending INTEGER NOT NULL,"
                                 " generated_ms BIGINT NOT NULL,"
                                 " bytes BIGINT NOT NULL,"
                                 " row_mac BYTEA);"

                                 "CREATE TABLE credential_report_text ("
                                 " account_id TEXT PRIMARY KEY REFERENCES account (account_id),"
                                 " content BYTEA NOT NULL,"
                                 " row_mac BYTEA)";

/* What an account has chosen for itself; the organization that it manages. */
static const char VERSION_14[] = "CREATE TABLE account_settings ("
                                 " account_id TEXT PRIMARY KEY REFERENCES account (account_id),"
                                 " token_version INTEGER NOT NULL,"
                                 " has_role_manager INTEGER NOT NULL,"
                                 " issuer TEXT UNIQUE,"
                                 " is_issuing INTEGER NOT NULL,"
                                 " row_mac BYTEA);"

                                 "CREATE TABLE organization ("
                                 " account_id TEXT PRIMARY KEY REFERENCES account (account_id),"
                                 " organization_id TEXT NOT NULL UNIQUE,"
                                 " has_all_features INTEGER NOT NULL,"
                                 " trusts_iam INTEGER NOT NULL,"
                                 " manages_root_credentials INTEGER NOT NULL,"
                                 " has_root_sessions INTEGER NOT NULL,"
                                 " row_mac BYTEA)";

static const char VERSION_15[] =
    "ALTER TABLE iam_role ADD COLUMN template_use TEXT;"

    "CREATE TABLE delegation_request ("
    " request_id TEXT PRIMARY KEY,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " workflow_id TEXT NOT NULL,"
    " description TEXT NOT NULL,"
    " message TEXT,"
    " template_arn TEXT NOT NULL,"
    " parameters TEXT NOT NULL,"
    " policy TEXT NOT NULL,"
    " redirect_url TEXT,"
    " channel TEXT NOT NULL,"
    " session_seconds BIGINT NOT NULL,"
    " only_owner_sends INTEGER NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " state BIGINT NOT NULL,"
    " owner_account TEXT,"
    " owner_arn TEXT,"
    " owner_principal TEXT,"
    " approver_arn TEXT,"
    " approver_principal TEXT,"
    " notes TEXT,"
    " rejection TEXT,"
    " updated_ms BIGINT NOT NULL,"
    " expires_ms BIGINT NOT NULL,"
    " row_mac BYTEA,"
    " UNIQUE (account_id, workflow_id));"
    "CREATE INDEX delegation_request_owner"
    " ON delegation_request (owner_account, created_ms, request_id);"
    "CREATE INDEX delegation_request_expiry ON delegation_request (account_id, expires_ms)";

/* When principals last used services, and the reports about that. */
static const char VERSION_16[] =
    "CREATE TABLE service_use ("
    " entity_id TEXT NOT NULL,"
    " service TEXT NOT NULL,"
    " action TEXT NOT NULL,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " used_ms BIGINT NOT NULL,"
    " region TEXT,"
    " PRIMARY KEY (entity_id, service, action));"

    "CREATE TABLE access_job ("
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " job_id TEXT NOT NULL,"
    " owner TEXT NOT NULL,"
    " kind INTEGER NOT NULL,"
    " entity_id TEXT NOT NULL,"
    " arn TEXT NOT NULL,"
    " has_actions INTEGER NOT NULL,"
    " created_ms BIGINT NOT NULL,"
    " completed_ms BIGINT NOT NULL,"
    " bytes BIGINT NOT NULL,"
    " error_code TEXT,"
    " error_text TEXT,"
    " row_mac BYTEA,"
    " PRIMARY KEY (account_id, job_id));"
    "CREATE INDEX access_job_account ON access_job (account_id, created_ms);"
    "CREATE INDEX access_job_pending ON access_job (created_ms) WHERE completed_ms = 0;"

    "CREATE TABLE access_job_text ("
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " part TEXT NOT NULL,"
    " content BYTEA NOT NULL,"
    " row_mac BYTEA,"
    " PRIMARY KEY (account_id, part))";

/* Assertions of SAML providers that were used, until they expire. */
static const char VERSION_17[] =
    "CREATE TABLE saml_use ("
    " saml_provider_id TEXT NOT NULL REFERENCES saml_provider (saml_provider_id),"
    " assertion TEXT NOT NULL,"
    " account_id TEXT NOT NULL REFERENCES account (account_id),"
    " expires_ms BIGINT NOT NULL,"
    " row_mac BYTEA,"
    " PRIMARY KEY (saml_provider_id, assertion));"
    "CREATE INDEX saml_use_expiry ON saml_use (expires_ms)";

/* The keys of outbound federation. */
static const char VERSION_18[] = "CREATE TABLE token_key ("
                                 " account_id TEXT NOT NULL REFERENCES account (account_id),"
                                 " key_id TEXT NOT NULL,"
                                 " algorithm INTEGER NOT NULL,"
                                 " created_ms BIGINT NOT NULL,"
                                 " public_key BYTEA NOT NULL,"
                                 " sealed_key BYTEA NOT NULL,"
                                 " row_mac BYTEA,"
                                 " PRIMARY KEY (account_id, key_id));"
                                 "ALTER TABLE delegation_request ADD COLUMN approver_key_id TEXT;"
                                 "ALTER TABLE delegation_request ADD COLUMN approver_session TEXT";

/* Lists of an entity in their order, so that none is sorted when it is read. */
static const char VERSION_19[] =
    "CREATE INDEX tag_list ON tag (entity_id, tag_order);"
    "DROP INDEX access_key_owner;"
    "CREATE INDEX access_key_owner ON access_key (owner_id, created_ms, key_id)";

_Static_assert(IAM_KIND_USER == 2 && IAM_KIND_GROUP == 3 && IAM_KIND_ROLE == 4 &&
                   IAM_KIND_POLICY == 5 && IAM_KIND_INSTANCE_PROFILE == 7,
               "the kinds as the schema has them");

const struct iam_migration iam_migrations[] = {
    {1,                  VERSION_1,  NULL              },
    { 2,                 VERSION_2,  NULL              },
    { 3,                 VERSION_3,  NULL              },
    { 4,                 VERSION_4,  NULL              },
    { 5,                 VERSION_5,  NULL              },
    { 6,                 VERSION_6,  NULL              },
    { 7,                 VERSION_7,  NULL              },
    { IAM_SCHEMA_SEALED, VERSION_8,  iam_store_seal_all},
    { 9,                 VERSION_9,  NULL              },
    { 10,                VERSION_10, NULL              },
    { 11,                VERSION_11, NULL              },
    { 12,                VERSION_12, NULL              },
    { 13,                VERSION_13, NULL              },
    { 14,                VERSION_14, NULL              },
    { 15,                VERSION_15, NULL              },
    { 16,                VERSION_16, NULL              },
    { 17,                VERSION_17, NULL              },
    { 18,                VERSION_18, NULL              },
    { 19,                VERSION_19, NULL              },
};

const size_t iam_migration_count = IAM_COUNT(iam_migrations);

/* Runs one of the statements with the parameter (0: it has none); the number of its row, if any. */
static enum iam_db_error run(const struct iam_db_driver *driver, struct iam_db *db, const char *sql,
                             int64_t parameter, int64_t *ret)
{
    struct iam_db_stmt *stmt = NULL;
    bool has_row = false;
    enum iam_db_error error = driver->prepare(db, sql, &stmt);

    if (error != IAM_DB_OK) {
        return error;
    }
    if (parameter != 0) {
        error = driver->bind_i64(stmt, 1, parameter);
    }
    if (error == IAM_DB_OK) {
        error = driver->step(stmt, &has_row);
    }
    if (error == IAM_DB_OK && has_row) {
        *ret = driver->column_i64(stmt, 0);
    }
    driver->finish(stmt);
    return error;
}

static enum iam_db_error read_version(const struct iam_db_driver *driver, struct iam_db *db,
                                      int64_t *ret)
{
    return run(driver, db, iam_schema_sql[SQL_LAST], 0, ret);
}

static enum iam_status fail(struct iam_txn *txn, enum iam_db_error error, char *text)
{
    snprintf(text, IAM_STORE_ERROR_MAX, "cannot migrate the store: %s",
             txn->driver->error_text(txn->db));
    return iam_status_of_db(error);
}

static enum iam_status apply_one(struct iam_txn *txn, const struct iam_migration *migration,
                                 char *text)
{
    enum iam_db_error error = txn->driver->exec(txn->db, migration->script);

    if (error == IAM_DB_OK) {
        error = run(txn->driver, txn->db, iam_schema_sql[SQL_RECORD], migration->version, NULL);
    }
    return error == IAM_DB_OK ? IAM_OK : fail(txn, error, text);
}

/* Does what a migration asks for besides its script, with the tables of all of them. */
static enum iam_status finish_one(struct iam_txn *txn, const struct iam_migration *migration,
                                  bool seals_later, char *text)
{
    enum iam_status status = IAM_OK;

    if (migration->then != NULL && !seals_later) {
        status = migration->then(txn);
    }
    if (status != IAM_OK) {
        snprintf(text, IAM_STORE_ERROR_MAX, "cannot migrate the store to version %lld: %s",
                 (long long)migration->version, iam_status_text(status));
    }
    return status;
}

/* The version of a database that is new, or cannot be read. */
#define UNREAD (-1)

/* Returns the version of the database of txn, which was not begun. */
static int64_t version_of(struct iam_txn *txn)
{
    int64_t have = 0;
    bool is_read = false;

    if (txn->driver->begin(txn->db, false) == IAM_DB_OK) {
        is_read = read_version(txn->driver, txn->db, &have) == IAM_DB_OK;
        (void)txn->driver->rollback(txn->db);
    }
    return is_read ? have : UNREAD;
}

/* Refuses a version that cannot be migrated. */
static enum iam_status check_version(int64_t have, int64_t newest, bool is_sealed, char *text)
{
    if (have > newest) {
        snprintf(text, IAM_STORE_ERROR_MAX,
                 "the store has schema version %lld, this program knows versions up to %lld: "
                 "use a newer iamd",
                 (long long)have, (long long)newest);
        return IAM_UNSUPPORTED;
    }
    if (is_sealed && have > 0 && have < IAM_SCHEMA_SEALED) {
        snprintf(text, IAM_STORE_ERROR_MAX,
                 "the store has schema version %lld, without MACs, although its rows have had "
                 "them: put back a copy that was made since; for an older copy, known to "
                 "be right, remove the file store-sealed first",
                 (long long)have);
        return IAM_CORRUPT;
    }
    return IAM_OK;
}

/* Runs the missing migrations in a transaction that the caller ends. */
static enum iam_status migrate(struct iam_txn *txn, const struct iam_migration *migrations,
                               size_t count, const struct iam_seals *seals, char *text)
{
    int64_t have = 0;
    enum iam_db_error error = txn->driver->exec(txn->db, BOOTSTRAP);

    if (error == IAM_DB_OK) {
        error = read_version(txn->driver, txn->db, &have);
    }
    if (error != IAM_DB_OK) {
        return fail(txn, error, text);
    }
    IAM_TRY(check_version(have, migrations[count - 1].version, seals->are_noted, text));
    for (size_t i = 0; i < count; i++) {
        if (migrations[i].version > have) {
            IAM_TRY(apply_one(txn, &migrations[i], text));
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (migrations[i].version > have) {
            IAM_TRY(finish_one(txn, &migrations[i], seals->come_later, text));
        }
    }
    return IAM_OK;
}

enum iam_status iam_schema_migrate(struct iam_txn *txn, const struct iam_migration *migrations,
                                   size_t count, const struct iam_seals *seals, int64_t *ret_before,
                                   char error[IAM_STORE_ERROR_MAX])
{
    const struct iam_db_driver *driver = txn->driver;
    enum iam_status status = IAM_OK;
    enum iam_db_error result;

    /* Without the write lock, when there is nothing to do: another process may be writing. */
    *ret_before = version_of(txn);
    if (*ret_before == migrations[count - 1].version) {
        return IAM_OK;
    }
    txn->mode = IAM_TXN_WRITE;
    result = driver->begin(txn->db, true);
    if (result == IAM_DB_OK) {
        status = migrate(txn, migrations, count, seals, error);
        if (status != IAM_OK) {
            (void)driver->rollback(txn->db);
            return status;
        }
        result = driver->commit(txn->db);
    }
    if (result != IAM_DB_OK) {
        status = fail(txn, result, error);
        (void)driver->rollback(txn->db);
    }
    return status;
}

enum iam_status iam_schema_check(struct iam_txn *txn, char error[IAM_STORE_ERROR_MAX])
{
    int64_t newest = iam_migrations[iam_migration_count - 1].version;
    int64_t have = version_of(txn);

    if (have == newest) {
        return IAM_OK;
    }
    if (have == UNREAD) {
        snprintf(error, IAM_STORE_ERROR_MAX, "the store cannot be read: %s",
                 txn->driver->error_text(txn->db));
        return IAM_IO;
    }
    snprintf(error, IAM_STORE_ERROR_MAX,
             "the store has schema version %lld, and this program %lld: %s", (long long)have,
             (long long)newest,
             have < newest ? "a start of the server migrates it" : "use a newer iamd");
    return IAM_UNSUPPORTED;
}
