/* SPDX-License-Identifier: Apache-2.0 */
/* What is found in a store, and that nothing is found in one that only the store has written to. */
#include "store/verify.h"

#include <stdio.h>

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

    add_user(f, "AIDA1", "alice");
    add_group(f, "AGPA1", "group");
    add_role(f, "AROA1", "role");
    add_policy(f, "ANPA1", "policy");
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA1")));
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR("ANPA1")));
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR("arn:aws:iam::aws:policy/x/Read")));
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("p"), DOCUMENT));
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
    /* three accounts with that of AWS, four entities, a version, four parts */
    assert_int_equal(rows, 12);
    assert_int_equal(findings.values, 1);
}

static void what_contradicts_is_found(void **state)
{
    static const struct {
        const char *sql;
        const char *found;
    } CASES[] = {
        {"UPDATE account_count SET entities = 5 WHERE kind = 3",                                   "account_count"               },
        { "DELETE FROM membership",                                                                "iam_user AIDA1/alice: a part"},
        { "UPDATE iam_policy SET default_version = 3",                                             "default version is missing"  },
        { "UPDATE iam_user SET name_key = 'Alice'",                                                "lower case"                  },
        { "UPDATE iam_role SET boundary_id = 'ANPA9'",                                             "boundary is missing"         },
        { "UPDATE iam_group SET group_id = 'XGPA1'",                                               "prefix"                      },
        { "UPDATE change_counter SET last_seq = last_seq + 1",                                     "changes are missing"         },
        { "UPDATE attachment SET policy_id = 'ANPA9'",                                             "attaches a policy"           },
        { "UPDATE membership SET account_id = '444455556666'",                                     "joins a user and a group"    },
        { "UPDATE inline_policy SET entity_id = 'AIDA9'",                                          "of an entity"                },
        { "DELETE FROM policy_version",                                                            "default version is missing"  },
        { "UPDATE policy_version SET version = 7",                                                 "default version is missing"  },
        { "UPDATE aws_attachment SET policy_arn = 'arn:aws:iam::111122223333:policy/Read'",
         "attaches what is no AWS managed policy"                                                                                },
        { "UPDATE aws_attachment SET policy_arn = 'arn:aws:iam::aws:policy/x/Write'",
         "or one of another name"                                                                                                },
        { "UPDATE aws_attachment SET name_key = 'other'",                                          "lower case"                  },
        { "UPDATE aws_attachment SET entity_id = 'AIDA9'",
         "aws_attachment AIDA9: is of an entity"                                                                                 },
        { "DELETE FROM aws_attachment",                                                            "iam_user AIDA1/alice: a part"},
        { "UPDATE iam_role SET boundary_id = 'ANPA1', aws_boundary = 'arn:aws:iam::aws:policy/R'",
         "a boundary of the account and one of AWS"                                                                              },
        { "UPDATE change SET seq = 1000 WHERE seq = 1",                                            "change 1000"                 },
    };
    struct fixture *f = *state;
    uint64_t rows = 0;

    fill(f);
    for (size_t i = 0; i < IAM_COUNT(CASES); i++) {
        assert_int_equal(f->txn->driver->exec(f->txn->db, "PRAGMA defer_foreign_keys = ON"),
                         IAM_DB_OK);
        assert_int_equal(f->txn->driver->exec(f->txn->db, CASES[i].sql), IAM_DB_OK);
        struct findings findings = look(f, &rows);
        if (strstr(findings.all, CASES[i].found) == NULL) {
            fail_msg("%s: %d found: %s", CASES[i].sql, findings.count, findings.all);
        }
        abandon_txn(f);
    }
    assert_int_equal(look(f, &rows).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(nothing_is_found_in_a_store_of_ours),
        STORE_TEST(what_contradicts_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
