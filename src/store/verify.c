/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be true of a store. INVARIANTS of single rows follow from their MACs; those between
 * rows are a table of queries, each with a row for whatever contradicts it.
 */
#include "store/verify.h"

#include "base/buf.h"
#include "base/heap.h"
#include "model/delegation.h"
#include "model/token_key.h"
#include "store/seal_int.h"
#include "store/table_int.h"

#define WHERE_MAX 1024

#define WRITE_AGAIN "delete it and write it again, or put back a copy of the store"
#define COPY "put back a copy of the store"

/* Selects the place, "table key", of what contradicts; the texts of the entity_id of parts. */
#define NO_ENTITY(table)                                               \
    "SELECT '" table " ' || t.entity_id FROM " table " t"              \
    " WHERE NOT EXISTS (SELECT 1 FROM iam_user e"                      \
    " WHERE e.user_id = t.entity_id AND e.account_id = t.account_id)"  \
    " AND NOT EXISTS (SELECT 1 FROM iam_group e"                       \
    " WHERE e.group_id = t.entity_id AND e.account_id = t.account_id)" \
    " AND NOT EXISTS (SELECT 1 FROM iam_role e"                        \
    " WHERE e.role_id = t.entity_id AND e.account_id = t.account_id)"
/* After NO_ENTITY: ... nor of that table. */
#define AND_NO(table, id)                                    \
    " AND NOT EXISTS (SELECT 1 FROM " table " e WHERE e." id \
    " = t.entity_id AND e.account_id = t.account_id)"

#define NO_BOUNDARY(table, id)                                                         \
    "SELECT '" table " ' || t." id " FROM " table " t WHERE t.boundary_id IS NOT NULL" \
    " AND NOT EXISTS (SELECT 1 FROM iam_policy p WHERE p.policy_id = t.boundary_id"    \
    " AND p.account_id = t.account_id)"
#define TWO_BOUNDARIES(table, id)                                                \
    "SELECT '" table " ' || " id " FROM " table " WHERE boundary_id IS NOT NULL" \
    " AND aws_boundary IS NOT NULL"
/* A part of a user, whose key is in column key. */
#define NO_USER(table, key)                                               \
    "SELECT '" table " ' || t.user_id || '/' || " key " FROM " table " t" \
    " WHERE NOT EXISTS (SELECT 1 FROM iam_user u"                         \
    " WHERE u.user_id = t.user_id AND u.account_id = t.account_id)"
/* A credential of a user, or of the root user. */
#define NO_OWNER(table, key)                                                           \
    "SELECT '" table " ' || " key " FROM " table " t WHERE t.owner_id <> t.account_id" \
    " AND NOT EXISTS (SELECT 1 FROM iam_user u"                                        \
    " WHERE u.user_id = t.owner_id AND u.account_id = t.account_id)"
#define WRONG_KEY(table, id) \
    "SELECT '" table " ' || " id " FROM " table " WHERE name_key <> lower(name)"
#define WRONG_COUNT(table, kind)                                            \
    "SELECT 'account_count ' || a.account_id || '/" kind "' FROM account a" \
    " WHERE COALESCE((SELECT entities FROM account_count c"                 \
    " WHERE c.account_id = a.account_id AND c.kind = " kind "), 0)"         \
    " <> (SELECT COUNT(*) FROM " table " e WHERE e.account_id = a.account_id)"
#define WRONG_PREFIX(table, id, prefix) \
    "SELECT '" table " ' || " id " FROM " table " WHERE substr(" id ", 1, 4) <> '" prefix "'"

static const char TWO[] = "it has a boundary of the account and one of AWS";
static const char COUNTED[] =
    "the number that is compared with the quota is not the number there is";
static const char PREFIX[] = "the unique ID has not the prefix of its kind";
static const char LOWER[] = "the name by which it is found is not its name in lower case";
static const char BOUNDARY[] = "its permissions boundary is missing or of another account";

static const char ENTITY[] = "is of an entity that is missing or of another account";
static const char OWNER[] = "is of a user that is missing or of another account";

/* A call, so that the rows are laid out like code. */
#define INVARIANT(sql, what, mend) \
    {                              \
        sql, what, mend            \
    }

const struct iam_invariant iam_invariants[] = {
    INVARIANT(NO_ENTITY("attachment"), ENTITY, "delete the row"),
    INVARIANT(NO_ENTITY("aws_attachment"), ENTITY, "delete the row"),
    INVARIANT(NO_ENTITY("inline_policy"), ENTITY, "delete the row"),
    INVARIANT(NO_ENTITY("tag") AND_NO("iam_policy", "policy_id")
                  AND_NO("instance_profile", "instance_profile_id")
                      AND_NO("mfa_device", "device_id") AND_NO("oidc_provider", "oidc_provider_id")
                          AND_NO("saml_provider", "saml_provider_id")
                              AND_NO("server_certificate", "server_certificate_id"),
              ENTITY, "delete the row"),
    INVARIANT("SELECT 'attachment ' || t.entity_id || '/' || t.policy_id FROM attachment t"
              " WHERE NOT EXISTS (SELECT 1 FROM iam_policy p WHERE p.policy_id = t.policy_id"
              " AND p.account_id = t.account_id)",
              "attaches a policy that is missing or of another account", WRITE_AGAIN),
    INVARIANT(
        "SELECT 'membership ' || t.group_id || '/' || t.user_id FROM membership t"
        " WHERE NOT EXISTS (SELECT 1 FROM iam_group g JOIN iam_user u ON u.account_id = g.account_id"
        " WHERE g.group_id = t.group_id AND u.user_id = t.user_id"
        " AND u.account_id = t.account_id)",
        "joins a user and a group of which one is missing or of another account", WRITE_AGAIN),
    INVARIANT(NO_OWNER("access_key", "t.key_id"), OWNER, "delete the row"),
    INVARIANT(NO_OWNER("mfa_device", "t.device_id"), OWNER, COPY),
    INVARIANT(NO_OWNER("signing_certificate", "t.certificate_id"), OWNER, "delete the row"),
    INVARIANT("SELECT 'saml_provider ' || t.saml_provider_id FROM saml_provider t"
              " WHERE NOT EXISTS (SELECT 1 FROM saml_metadata m"
              " WHERE m.saml_provider_id = t.saml_provider_id AND m.account_id = t.account_id)",
              "its metadata is missing or of another account", "delete it and make it again"),
    INVARIANT("SELECT 'saml_key ' || t.key_id FROM saml_key t"
              " WHERE NOT EXISTS (SELECT 1 FROM saml_provider p"
              " WHERE p.saml_provider_id = t.saml_provider_id AND p.account_id = t.account_id)",
              "is of a provider that is missing or of another account", "delete the row"),
    INVARIANT("SELECT 'saml_use ' || t.assertion FROM saml_use t"
              " WHERE NOT EXISTS (SELECT 1 FROM saml_provider p"
              " WHERE p.saml_provider_id = t.saml_provider_id AND p.account_id = t.account_id)",
              "is of a provider that is missing or of another account", "delete the row"),
    INVARIANT(NO_USER("ssh_public_key", "t.ssh_public_key_id"), OWNER, "delete the row"),
    INVARIANT(NO_USER("service_credential", "t.credential_id"), OWNER, "delete the row"),
    INVARIANT("SELECT 'delegation_request ' || request_id FROM delegation_request"
              " WHERE state < 1 OR state > 6"
              " OR (owner_arn IS NULL) <> (state = 1)"
              " OR (owner_arn IS NULL) <> (owner_principal IS NULL)"
              " OR (owner_arn IS NOT NULL AND owner_account IS NULL)"
              " OR (state IN (4, 5) AND approver_arn IS NULL)",
              "has no owner or approver that fits its state", "delete the row"),
    /* One that was accepted before schema 18 has an approver without a key. */
    INVARIANT("SELECT 'delegation_request ' || request_id FROM delegation_request"
              " WHERE (approver_arn IS NULL) <> (approver_principal IS NULL)"
              " OR (approver_arn IS NULL AND approver_key_id IS NOT NULL)"
              " OR (approver_arn IS NOT NULL AND state < 4)"
              " OR (approver_key_id IS NULL AND approver_session IS NOT NULL)"
              " OR (approver_session IS NULL) <> (substr(approver_key_id, 1, 4) <> 'ASIA')",
              "its approver has no access key or session that fits it", "delete the row"),
    INVARIANT("SELECT 'token_key ' || account_id || '/' || key_id FROM token_key"
              " WHERE NOT (algorithm = 1 AND substr(key_id, 1, 4) = 'RSA_'"
              " AND length(public_key) = 256)"
              " AND NOT (algorithm = 2 AND substr(key_id, 1, 6) = 'EC384_'"
              " AND length(public_key) = 96)",
              "has an ID or a public key that is not of its algorithm",
              "delete the row: the account gets another key"),
    INVARIANT("SELECT 'token_key ' || t.account_id || '/' || t.key_id FROM token_key t"
              " WHERE NOT EXISTS (SELECT 1 FROM account_settings s"
              " WHERE s.account_id = t.account_id AND s.issuer IS NOT NULL)",
              "is of an account that is no issuer", "delete the row"),
    INVARIANT("SELECT 'account_settings ' || account_id FROM account_settings"
              " WHERE is_issuing = 1 AND issuer IS NULL",
              "issues tokens without the name of an issuer", COPY),
    INVARIANT("SELECT 'mfa_device ' || t.device_id FROM mfa_device t"
              " WHERE (t.owner_id IS NULL) <> (t.enabled_ms = 0)",
              "is nobody's and enabled, or the reverse", COPY),
    INVARIANT(
        "SELECT 'iam_policy ' || t.policy_id FROM iam_policy t"
        " WHERE t.default_version > t.last_version OR NOT EXISTS (SELECT 1 FROM policy_version v"
        " WHERE v.policy_id = t.policy_id AND v.version = t.default_version)",
        "its default version is missing", COPY),
    INVARIANT("SELECT 'policy_version ' || v.policy_id || '/' || v.version FROM policy_version v"
              " JOIN iam_policy p ON p.policy_id = v.policy_id"
              " WHERE v.version > p.last_version OR v.account_id <> p.account_id",
              "has a number that was not given yet, or is of another account", COPY),
    INVARIANT("SELECT 'aws_attachment ' || entity_id || '/' || name_key FROM aws_attachment"
              " WHERE substr(policy_arn, 1, 24) <> '" IAM_AWS_POLICY_PREFIX "/'"
              " OR substr(policy_arn, -length(name) - 1) <> '/' || name",
              "attaches what is no AWS managed policy, or one of another name", WRITE_AGAIN),
    INVARIANT(TWO_BOUNDARIES("iam_user", "user_id"), TWO, "set another boundary"),
    INVARIANT(TWO_BOUNDARIES("iam_role", "role_id"), TWO, "set another boundary"),
    INVARIANT(NO_BOUNDARY("iam_user", "user_id"), BOUNDARY, "set another boundary"),
    INVARIANT(NO_BOUNDARY("iam_role", "role_id"), BOUNDARY, "set another boundary"),
    INVARIANT(WRONG_KEY("iam_user", "user_id"), LOWER, COPY),
    INVARIANT(WRONG_KEY("iam_group", "group_id"), LOWER, COPY),
    INVARIANT(WRONG_KEY("iam_role", "role_id"), LOWER, COPY),
    INVARIANT(WRONG_KEY("iam_policy", "policy_id"), LOWER, COPY),
    INVARIANT(WRONG_KEY("instance_profile", "instance_profile_id"), LOWER, COPY),
    INVARIANT(WRONG_KEY("inline_policy", "entity_id"), LOWER, COPY),
    INVARIANT(WRONG_KEY("aws_attachment", "entity_id"), LOWER, COPY),
    INVARIANT(WRONG_KEY("saml_provider", "saml_provider_id"), LOWER, COPY),
    INVARIANT(WRONG_KEY("mfa_device", "device_id"), LOWER, COPY),
    INVARIANT(WRONG_KEY("server_certificate", "server_certificate_id"), LOWER, COPY),
    INVARIANT("SELECT 'service_credential ' || credential_id FROM service_credential"
              " WHERE login_key <> lower(login)",
              LOWER, COPY),
    INVARIANT(WRONG_COUNT("iam_user", "2"), COUNTED, COPY),
    INVARIANT(WRONG_COUNT("iam_group", "3"), COUNTED, COPY),
    INVARIANT(WRONG_COUNT("iam_role", "4"), COUNTED, COPY),
    INVARIANT(WRONG_COUNT("iam_policy", "5"), COUNTED, COPY),
    INVARIANT(WRONG_COUNT("instance_profile", "7"), COUNTED, COPY),
    INVARIANT(WRONG_COUNT("saml_provider", "21"), COUNTED, COPY),
    INVARIANT(WRONG_COUNT("oidc_provider", "20"), COUNTED, COPY),
    INVARIANT(WRONG_COUNT("mfa_device", "8"), COUNTED, COPY),
    INVARIANT(WRONG_COUNT("server_certificate", "11"), COUNTED, COPY),
    INVARIANT(WRONG_PREFIX("iam_user", "user_id", "AIDA"), PREFIX, COPY),
    INVARIANT(WRONG_PREFIX("iam_group", "group_id", "AGPA"), PREFIX, COPY),
    INVARIANT(WRONG_PREFIX("iam_role", "role_id", "AROA"), PREFIX, COPY),
    INVARIANT(WRONG_PREFIX("iam_policy", "policy_id", "ANPA"), PREFIX, COPY),
    INVARIANT(WRONG_PREFIX("instance_profile", "instance_profile_id", "AIPA"), PREFIX, COPY),
    INVARIANT(WRONG_PREFIX("saml_provider", "saml_provider_id", "SAML"), PREFIX, COPY),
    INVARIANT(WRONG_PREFIX("oidc_provider", "oidc_provider_id", "OIDC"), PREFIX, COPY),
    INVARIANT(WRONG_PREFIX("mfa_device", "device_id", "AMFA"), PREFIX, COPY),
    INVARIANT(WRONG_PREFIX("service_credential", "credential_id", "ACCA"), PREFIX, COPY),
    INVARIANT(WRONG_PREFIX("server_certificate", "server_certificate_id", "ASCA"), PREFIX, COPY),
    INVARIANT(
        "SELECT 'change ' || seq FROM change WHERE seq > (SELECT last_seq FROM change_counter)",
        "has a number that was not given yet", "delete the row"),
    INVARIANT(
        "SELECT 'change_counter 1' FROM change_counter WHERE last_seq - trimmed_seq <>"
        " (SELECT COUNT(*) FROM change)",
        "changes are missing between the last that was trimmed and the last that was numbered",
        "start iamd again: it reads everything"),
    INVARIANT(
        "SELECT 'account aws' WHERE NOT EXISTS (SELECT 1 FROM account WHERE account_id = 'aws')",
        "the row is missing", COPY),
};

_Static_assert(IAM_KIND_USER == 2 && IAM_KIND_GROUP == 3 && IAM_KIND_ROLE == 4 &&
                   IAM_KIND_POLICY == 5 && IAM_KIND_INSTANCE_PROFILE == 7,
               "the kinds as the queries have them");
_Static_assert(IAM_DELEGATION_ACCEPTED == 4, "the state as the queries have it");
_Static_assert(IAM_TOKEN_RS256 == 1 && IAM_TOKEN_ES384 == 2, "the algorithms as they have them");

const size_t iam_invariant_count = IAM_COUNT(iam_invariants);

struct walk {
    const struct iam_verify *verify;
    struct iam_buf where; /* of the row that is looked at */
    uint64_t rows;
};

/* ---- single rows --------------------------------------------------------------------- */

static struct iam_str where_of(struct walk *w, struct iam_query *q, const struct iam_row_at *at)
{
    struct iam_str text = IAM_STR("?");

    iam_buf_clear(&w->where);
    iam_buf_add_c(&w->where, at->shape->sealed);
    iam_buf_add_char(&w->where, ' ');
    iam_seal_key(q, at, &w->where);
    if (iam_buf_finish(&w->where, &text) != IAM_OK) {
        text = IAM_STR("?");
    }
    return text;
}

/* Shows the columns of a row that have text; the key is the first. */
static void show_values(struct walk *w, struct iam_query *q, const struct iam_shape *shape,
                        struct iam_str where)
{
    const struct iam_db_driver *driver = q->txn->driver;
    struct iam_str key = driver->column_bytes(q->stmt, 0);
    int at = 0;

    for (size_t i = 0; i < shape->count; i++) {
        const struct iam_column *column = &shape->columns[i];
        bool is_text = column->type == IAM_COL_TEXT || column->type == IAM_COL_BYTES;
        struct iam_str value = iam_column_is_sealed(column) && is_text
                                   ? driver->column_bytes(q->stmt, at)
                                   : iam_str_absent();

        if (iam_str_is_set(value)) {
            w->verify->value(w->verify->ctx, where, shape->sealed, column->sql, key, value);
        }
        at += iam_column_is_checked(column) ? 1 : 0;
    }
}

/* Checks the sum of the parts of the entity that q has reached. */
static enum iam_status check_sum(struct walk *w, struct iam_query *q, enum iam_table_id table,
                                 struct iam_str where)
{
    enum iam_status status =
        iam_parts_recount(q->txn, table, q->txn->driver->column_bytes(q->stmt, 0));

    if (status == IAM_CORRUPT) {
        w->verify->found(
            w->verify->ctx, where,
            "a part of it (policy, group, tag or pin) is missing, or one is there that "
            "was not added by iamd",
            "delete it and make it again, or put back a copy of the store");
        return IAM_OK;
    }
    return status;
}

static enum iam_status look_at_row(struct walk *w, struct iam_query *q, enum iam_table_id table)
{
    const struct iam_row_at at = { .shape = &iam_tables[table].shape };
    struct iam_str where = where_of(w, q, &at);
    enum iam_status status = iam_seal_check(q->txn, iam_seal_row(q, &at));

    w->rows++;
    if (status == IAM_CORRUPT) {
        w->verify->found(w->verify->ctx, where, "the row was altered or is damaged", WRITE_AGAIN);
        return IAM_OK;
    }
    IAM_TRY(status);
    show_values(w, q, at.shape, where);
    return iam_shape_column(at.shape, IAM_COL_PARTS) != NULL ? check_sum(w, q, table, where)
                                                             : IAM_OK;
}

static enum iam_status look_at_table(struct walk *w, struct iam_txn *txn, enum iam_table_id table)
{
    struct iam_query q;
    bool has_row = false;
    enum iam_status status;

    iam_table_open(&q, txn, table, IAM_SQL_SEALED_ALL);
    do {
        status = iam_query_step(&q, &has_row);
        status = status == IAM_OK && has_row ? look_at_row(w, &q, table) : status;
    } while (status == IAM_OK && has_row);
    return iam_query_end(&q, status);
}

/* ---- between rows -------------------------------------------------------------------- */

static enum iam_status look_for(struct walk *w, struct iam_txn *txn,
                                const struct iam_invariant *invariant)
{
    struct iam_query q;
    bool has_row = false;
    enum iam_status status;

    iam_query_open(&q, txn, invariant->sql);
    while ((status = iam_query_step(&q, &has_row)) == IAM_OK && has_row) {
        w->verify->found(w->verify->ctx, txn->driver->column_text(q.stmt, 0), invariant->what,
                         invariant->mend);
    }
    return iam_query_end(&q, status);
}

static enum iam_status look_everywhere(struct walk *w, struct iam_txn *txn)
{
    for (size_t i = 0; i < IAM_TABLE_COUNT; i++) {
        if (!iam_tables[i].is_view && iam_tables[i].shape.sealed != NULL) {
            IAM_TRY(look_at_table(w, txn, (enum iam_table_id)i));
        }
    }
    for (size_t i = 0; i < iam_invariant_count; i++) {
        IAM_TRY(look_for(w, txn, &iam_invariants[i]));
    }
    return IAM_OK;
}

enum iam_status iam_store_verify(struct iam_txn *txn, const struct iam_verify *verify,
                                 uint64_t *ret_rows)
{
    struct walk w = { .verify = verify };

    iam_buf_init(&w.where, iam_heap(), WHERE_MAX);
    enum iam_status status = look_everywhere(&w, txn);
    iam_buf_done(&w.where);
    *ret_rows = w.rows;
    return status;
}
