/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check.h"

#include <stdio.h>
#include <string.h>

#include "base/heap.h"
#include "iam/policy.h"
#include "keeper/seed.h"
#include "server/integrity.h"
#include "server/keys.h"
#include "store/verify.h"

/* LIMIT: lines of findings; the others are counted. */
#define FINDINGS_MAX 1000
#define HASH_PREFIX IAM_STR("$argon2id$v=19$m=19456,t=2,p=1$")

struct run {
    struct iam_keeper *keeper;
    uint64_t findings;
};

static void print(struct run *r, struct iam_str where, const char *what, const char *mend)
{
    if (r->findings++ < FINDINGS_MAX) {
        (void)printf("%.*s: %s%s%s\n", IAM_STR_ARG(where), what, mend != NULL ? "; " : "",
                     mend != NULL ? mend : "");
    }
}

/* ---- values ---- */

static bool is_policy(struct run *r, enum iam_policy_kind kind, struct iam_str text)
{
    struct iam_policy *policy = NULL;

    (void)r;
    enum iam_status st = iam_policy_parse(iam_heap(), kind, text, &policy, NULL);
    if (st == IAM_OK) {
        iam_policy_unref(policy);
    }
    return st == IAM_OK;
}

static bool is_identity_policy(struct run *r, struct iam_str key, struct iam_str value)
{
    (void)key;
    return is_policy(r, IAM_POLICY_IDENTITY, value);
}

static bool is_trust_policy(struct run *r, struct iam_str key, struct iam_str value)
{
    (void)key;
    return is_policy(r, IAM_POLICY_TRUST, value);
}

static bool is_sealed_secret(struct run *r, struct iam_str key, struct iam_str value)
{
    return iam_keeper_check_secret(r->keeper, key, value) == IAM_OK;
}

static bool is_sealed_seed(struct run *r, struct iam_str key, struct iam_str value)
{
    return iam_keeper_check_seed(r->keeper, key, value) == IAM_OK;
}

static bool is_sealed_key(struct run *r, struct iam_str key, struct iam_str value)
{
    return iam_keeper_check_private_key(r->keeper, key, value) == IAM_OK;
}

static bool is_hash(struct run *r, struct iam_str key, struct iam_str value)
{
    (void)r;
    (void)key;
    return iam_str_starts(value, HASH_PREFIX);
}

static const struct {
    const char *table;
    const char *column;
    bool (*is_right)(struct run *r, struct iam_str key, struct iam_str value);
    const char *what;
    const char *mend;
} values[] = {
    {"policy_version",      "document",       is_identity_policy, "the document does not parse",
     "make another version of the policy the default"                                                                                                                 },
    { "inline_policy",      "document",       is_identity_policy, "the document does not parse",
     "write the policy again"                                                                                                                                         },
    { "iam_role",           "trust_document", is_trust_policy,    "the trust policy does not parse",
     "write it again"                                                                                                                                                 },
    { "access_key",         "sealed_secret",  is_sealed_secret,
     "the secret does not open with this master key",                                                                   "delete the key and make another"             },
    { "mfa_device",         "sealed_seed",    is_sealed_seed,     "the seed does not open with this master key",
     "deactivate the device and make another"                                                                                                                         },
    { "saml_key",           "sealed_key",     is_sealed_key,      "the private key does not open with this master key",
     "remove the key from the provider and add it again"                                                                                                              },
    { "server_certificate", "sealed_key",     is_sealed_key,
     "the private key does not open with this master key",                                                              "delete the certificate and upload it again"  },
    { "token_key",          "sealed_key",     is_sealed_key,
     "the private key does not open with this master key",                                                              "delete the row: the account gets another key"},
    { "login_profile",      "password_hash",  is_hash,            "the password hash is not of Argon2id",
     "set the password again"                                                                                                                                         },
    { "password_history",   "password_hash",  is_hash,            "the password hash is not of Argon2id",
     "delete the row"                                                                                                                                                 },
};

static void look_at_value(void *ctx, struct iam_str where, const char *table, const char *column,
                          struct iam_str key, struct iam_str value)
{
    for (size_t i = 0; i < IAM_COUNT(values); i++) {
        if (strcmp(values[i].table, table) == 0 && strcmp(values[i].column, column) == 0 &&
            !values[i].is_right(ctx, key, value)) {
            print(ctx, where, values[i].what, values[i].mend);
        }
    }
}

static void found(void *ctx, struct iam_str where, const char *what, const char *mend)
{
    print(ctx, where, what, mend);
}

static void damaged(void *ctx, const char *text)
{
    print(ctx, IAM_STR("iamd.db"), text, "put back a copy of the store");
}

/* ---- the store ---- */

static enum iam_status fail(const char *what, const char *why, enum iam_status st)
{
    (void)fprintf(stderr, "iamd: %s: %s\n", what, why);
    return st;
}

static enum iam_status open_store(const struct data_dir *dir, struct integrity *integrity,
                                  struct iam_store **ret)
{
    char path[DATA_DIR_PATH_MAX];
    char error[IAM_STORE_ERROR_MAX];
    struct iam_store_options options = { .path = path, .is_read_only = true };
    IAM_TRY(data_dir_join(dir, "iamd.db", path));
    options.sealer = integrity_sealer(integrity);
    options.sealer.broken = NULL; /* every row is told here, once */
    enum iam_status st = iam_store_open(&options, ret, error);
    return st == IAM_OK ? IAM_OK : fail("cannot open the store", error, st);
}

static enum iam_status look(struct run *r, struct iam_store *store, uint64_t *ret_rows)
{
    const struct iam_verify verify = { .found = found, .value = look_at_value, .ctx = r };
    struct iam_txn *txn;
    bool is_done = false;
    enum iam_status st = iam_store_examine(store, 0, damaged, r, &is_done);

    if (st == IAM_OK) {
        st = iam_store_begin(store, IAM_TXN_READ, &txn);
    }
    if (st == IAM_OK) {
        st = iam_store_verify(txn, &verify, ret_rows);
        iam_txn_rollback(txn);
    }
    if (st != IAM_OK) {
        char error[IAM_STORE_ERROR_MAX];
        iam_store_error_text(store, error);
        print(r, IAM_STR("iamd.db"), error,
              "put back a copy of the store: the rest of this one "
              "cannot be looked at");
    }
    return st;
}

/* Opens the store, then the keeper that its ring of keys is for. */
static enum iam_status open_both(struct data_dir *dir, struct integrity *integrity,
                                 struct iam_store **ret_store, struct iam_keeper **ret_keeper)
{
    char error[DATA_DIR_ERROR_MAX];
    integrity_init(integrity, NULL);
    IAM_TRY(open_store(dir, integrity, ret_store));
    enum iam_status st = keys_open(dir, *ret_store, iam_heap(), ret_keeper, error);
    if (st != IAM_OK) {
        return fail("cannot use the master key", error, st);
    }
    integrity_use(integrity, *ret_keeper);
    return IAM_OK;
}

static int look_at(struct data_dir *dir)
{
    struct run r = { 0 };
    struct integrity integrity;
    struct iam_store *store = NULL;
    uint64_t rows = 0;
    enum iam_status st = open_both(dir, &integrity, &store, &r.keeper);

    if (st == IAM_OK) {
        (void)look(&r, store, &rows);
        (void)printf("%llu rows looked at, %llu findings\n", (unsigned long long)rows,
                     (unsigned long long)r.findings);
    }
    iam_store_close(store);
    iam_keeper_free(r.keeper);
    if (st != IAM_OK) {
        return 2;
    }
    return r.findings == 0 ? 0 : 1;
}

int check_data(const struct server_config *config)
{
    char error[DATA_DIR_ERROR_MAX];
    struct data_dir dir = { .fd = -1, .lock_fd = -1, .db_fd = -1 };
    int code = 2;

    enum iam_status st = data_dir_open_store(&dir, config->data_dir, error);
    if (st == IAM_OK) {
        dir.is_read_only = true;
        code = look_at(&dir);
    } else {
        (void)fail("cannot use the data directory", error, st);
    }
    data_dir_close(&dir);
    return code;
}
