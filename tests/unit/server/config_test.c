/* SPDX-License-Identifier: Apache-2.0 */
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/test.h"

#define MAX_ARGS 12

struct row {
    const char *args[MAX_ARGS];
    enum config_outcome outcome;
};

static void clear_environment(void)
{
    (void)unsetenv("IAMD_ROOT_ACCESS_KEY_ID");
    (void)unsetenv("IAMD_ROOT_SECRET_ACCESS_KEY");
}

static enum config_outcome read_args(const char *const *args, struct server_config *ret)
{
    /* getopt permutes the pointers, and the configuration borrows the strings. */
    static char texts[MAX_ARGS][64];
    char *argv[MAX_ARGS + 1] = { NULL };
    int argc = 0;
    while (argc < MAX_ARGS && args[argc] != NULL) {
        (void)snprintf(texts[argc], sizeof(texts[argc]), "%s", args[argc]);
        argv[argc] = texts[argc];
        argc++;
    }
    return config_read(argc, argv, ret);
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct row rows[] = {
        {{ "iamd" },                                                                         CONFIG_EXIT_USAGE},
        { { "iamd", "fly" },                                                                 CONFIG_EXIT_USAGE},
        { { "iamd", "serve" },                                                               CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data" },                                                     CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "extra" },                                       CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--nothing" },                                   CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--account-id", "12345678901" },                 CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--account-id", "12345678901x" },                CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--workers", "0" },                              CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--workers", "63" },                             CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--workers", "61" },                             CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--workers", "60" },                             CONFIG_OK        },
        { { "iamd", "serve", "--data", "d", "--request-memory", "65535k" },                  CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--request-memory", "64m" },                     CONFIG_OK        },
        { { "iamd", "serve", "--data", "d", "--per-source-connections", "0" },               CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--per-source-connections", "65536" },
         CONFIG_EXIT_USAGE                                                                                    },
        { { "iamd", "serve", "--data", "d", "--per-source-exempt", "example.com" },
         CONFIG_EXIT_USAGE                                                                                    },
        { { "iamd", "serve", "--data", "d", "--unix-mode", "0888" },                         CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--unix-group", "no such group" },               CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--directory-memory", "1023k" },                 CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--directory-memory", "m" },                     CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--directory-memory", "" },                      CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--directory-memory", "1t" },                    CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--directory-memory", "99999999999999999999g" },
         CONFIG_EXIT_USAGE                                                                                    },
        { { "iamd", "serve", "--data", "d", "--directory-memory", "17179869184g" },
         CONFIG_EXIT_USAGE                                                                                    },
        { { "iamd", "serve", "--data", "d", "--audit-reserve", "0" },                        CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--audit-reserve", "g" },                        CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--audit-required=yes" },                        CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--quota", "Users=1" },                          CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--quota", "UsersPerAccount" },                  CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--quota", "TagsPerResource=101" },              CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--quota-file", "/nothing" },                    CONFIG_EXIT_USAGE},
        { { "iamd", "quotas", "--data", "d" },                                               CONFIG_EXIT_USAGE},
        { { "iamd", "quotas", "extra" },                                                     CONFIG_EXIT_USAGE},
        { { "iamd", "quotas", "--quota", "SessionTags=51" },                                 CONFIG_EXIT_USAGE},
        { { "iamd", "quotas", "--quota", "SessionTags=49" },                                 CONFIG_OK        },
        { { "iamd", "quotas" },                                                              CONFIG_OK        },
        { { "iamd", "check", "--data", "d" },                                                CONFIG_OK        },
        { { "iamd", "mfa" },                                                                 CONFIG_EXIT_USAGE},
        { { "iamd", "mfa", "export", "--data", "d", "--seeds", "f" },                        CONFIG_EXIT_USAGE},
        { { "iamd", "mfa", "import", "--data", "d" },                                        CONFIG_EXIT_USAGE},
        { { "iamd", "mfa", "import", "--seeds", "f" },                                       CONFIG_EXIT_USAGE},
        { { "iamd", "mfa", "import", "--data", ":memory:", "--seeds", "f" },                 CONFIG_EXIT_USAGE},
        { { "iamd", "mfa", "import", "--data", "d", "--seeds", "f", "extra" },               CONFIG_EXIT_USAGE},
        { { "iamd", "mfa", "import", "--data", "d", "--seeds", "f" },                        CONFIG_OK        },
        { { "iamd", "import", "aws", "--data", "d" },                                        CONFIG_EXIT_USAGE},
        { { "iamd", "import", "aws", "f" },                                                  CONFIG_EXIT_USAGE},
        { { "iamd", "import", "aws", "--data", ":memory:", "f" },                            CONFIG_EXIT_USAGE},
        { { "iamd", "import", "aws", "--data", "d", "--encoded-documents", "f" },
         CONFIG_EXIT_USAGE                                                                                    },
        { { "iamd", "import", "--data", "d", "f" },                                          CONFIG_EXIT_USAGE},
        { { "iamd", "import", "aws", "--data", "d", "f", "--dry-run", "g" },                 CONFIG_OK        },
        { { "iamd", "export", "aws", "--data", "d", "f" },                                   CONFIG_EXIT_USAGE},
        { { "iamd", "export", "aws", "--data", "d", "--dry-run" },                           CONFIG_EXIT_USAGE},
        { { "iamd", "export", "aws", "--data", "d", "--encoded-documents" },                 CONFIG_OK        },
        { { "iamd", "serve", "--data", "d", "--dry-run" },                                   CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--seeds", "f" },                                CONFIG_EXIT_USAGE},
        { { "iamd", "check" },                                                               CONFIG_EXIT_USAGE},
        { { "iamd", "check", "--data", ":memory:" },                                         CONFIG_EXIT_USAGE},
        { { "iamd", "check", "--data", "d", "--workers", "2" },                              CONFIG_EXIT_USAGE},
        { { "iamd", "check", "--data", "d", "extra" },                                       CONFIG_EXIT_USAGE},
        { { "iamd", "--data", "d" },                                                         CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--tls", "yes" },                                CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--tls-cert", "c" },                             CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--tls-key", "k" },                              CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--tls", "self-signed", "--tls-cert", "c", "--tls-key",
            "k" },
         CONFIG_EXIT_USAGE                                                                                    },
        { { "iamd", "serve", "--data", ":memory:" },                                         CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--url", "example.com" },                        CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--url", "http://" },                            CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--url", "https:///x" },                         CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--url", "https://x/" },                         CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--url", "https://x y" },                        CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--url", "https://x/?a" },                       CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--url", "https://x#a" },                        CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--url", "https://a@x" },                        CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--url", "http://[::1]:4560" },                  CONFIG_OK        },
        { { "iamd", "serve", "--data", "d", "--url", "https://x/iam" },                      CONFIG_OK        },
        { { "iamd", "serve", "--data", "d", "--listen", "localhost:4560" },                  CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--listen", ":4560" },                           CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--listen", "127.0.0.1" },                       CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--listen", "127.0.0.1:65536" },                 CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--listen", "::1:4560" },                        CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--listen", "[::1]:0" },                         CONFIG_OK        },
        { { "iamd", "serve", "--data", "d", "--unix-mode", "0660" },                         CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--unix-group", "0" },                           CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--unix", "s", "--unix-mode", "0660" },          CONFIG_OK        },
        { { "iamd", "help" },                                                                CONFIG_EXIT_OK   },
        { { "iamd", "mfa", "--help" },                                                       CONFIG_EXIT_OK   },
        { { "iamd", "--version" },                                                           CONFIG_EXIT_OK   },
        { { "iamd", "serve", "--help" },                                                     CONFIG_EXIT_OK   },
        { { "iamd", "serve", "--data", "d" },                                                CONFIG_OK        },
    };
    (void)state;
    clear_environment();
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct server_config c;
        assert_int_equal(read_args(rows[i].args, &c), rows[i].outcome);
    }
}

static void accounts_are_moved_as_told(void **state)
{
    static const char *const import[MAX_ARGS] = { "iamd", "import", "aws", "--data", "d", "f" };
    static const char *const dry[MAX_ARGS] = { "iamd", "import",    "aws", "--data",
                                               "d",    "--dry-run", "f" };
    static const char *const export[MAX_ARGS] = { "iamd", "export", "aws", "--data", "d" };
    static const char *const encoded[MAX_ARGS] = { "iamd",   "export", "aws",
                                                   "--data", "d",      "--encoded-documents" };
    struct server_config c;
    (void)state;
    clear_environment();
    assert_int_equal(read_args(import, &c), CONFIG_OK);
    assert_false(c.is_dry_run);
    assert_int_equal(read_args(dry, &c), CONFIG_OK);
    assert_true(c.is_dry_run);
    assert_int_equal(read_args(export, &c), CONFIG_OK);
    assert_false(c.is_encoded);
    assert_int_equal(read_args(encoded, &c), CONFIG_OK);
    assert_true(c.is_encoded);
}

static void memory_of_the_directory(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
    } rows[] = {
        {"1048576",  (size_t)1 << 20},
        { "1024k",   (size_t)1 << 20},
        { "3M",      (size_t)3 << 20},
        { "2g",      (size_t)2 << 30},
        { "1500000", (size_t)1500000},
    };
    struct server_config c;
    (void)state;
    clear_environment();
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        const char *const args[] = { "iamd",       "serve", "--data", "d", "--directory-memory",
                                     rows[i].text, NULL };
        assert_int_equal(read_args(args, &c), CONFIG_OK);
        assert_int_equal(c.directory_bytes, rows[i].bytes);
    }
}

static void defaults_listen_on_loopback(void **state)
{
    static const char *const args[] = { "iamd", "serve", "--data", "d", NULL };
    struct server_config c;
    (void)state;
    clear_environment();
    assert_int_equal(read_args(args, &c), CONFIG_OK);
    assert_string_equal(c.listen, "127.0.0.1:4560");
    assert_string_equal(c.data_dir, "d");
    assert_true(c.workers >= 2);
    assert_true(c.directory_bytes >= (size_t)1 << 20);
    assert_int_equal(c.request_bytes, (size_t)512 << 20);
    assert_int_equal(c.http.source_connections, 0);
    assert_int_equal(c.http.exempt_count, 2);
    assert_int_equal(c.http.unix_mode, 0);
    assert_null(c.unix_path);
    assert_false(c.tls_self_signed);
    assert_false(c.accept_clock);
}

static void a_clock_is_accepted_for_one_start(void **state)
{
    static const char *const args[] = { "iamd", "serve", "--data", "d", "--accept-clock", NULL };
    struct server_config c;
    (void)state;
    clear_environment();
    assert_int_equal(read_args(args, &c), CONFIG_OK);
    assert_true(c.accept_clock);
}

static void the_audit_trail_has_options(void **state)
{
    static const char *const args[] = {
        "iamd", "serve", "--data", "d", "--audit-required", "--audit-reserve", "3m", NULL
    };
    static const char *const none[] = { "iamd", "serve", "--data", "d", NULL };
    struct server_config c;
    (void)state;
    clear_environment();
    assert_int_equal(read_args(args, &c), CONFIG_OK);
    assert_true(c.audit_required);
    assert_int_equal(c.audit_reserve_bytes, 3u << 20);
    assert_int_equal(read_args(none, &c), CONFIG_OK);
    assert_false(c.audit_required);
    assert_int_equal(c.audit_reserve_bytes, 0);
}

/* What is required must be possible. */
static void a_trail_that_is_required_needs_a_file(void **state)
{
    static const char *const none[] = { "iamd", "serve", "--data", ":memory:", "--audit-required",
                                        NULL };
    static const char *const file[] = {
        "iamd", "serve", "--data", ":memory:", "--audit-required", "--audit", "f", NULL
    };
    struct server_config c;
    (void)state;
    clear_environment();
    (void)setenv("IAMD_ROOT_ACCESS_KEY_ID", "AKIAAAAAAAAAAAAAAAAA", 1);
    (void)setenv("IAMD_ROOT_SECRET_ACCESS_KEY", "0123456789012345678901234567890123456789", 1);
    assert_int_equal(read_args(none, &c), CONFIG_EXIT_USAGE);
    assert_int_equal(read_args(file, &c), CONFIG_OK);
    clear_environment();
}

static void quotas_are_defaults_and_what_is_given(void **state)
{
    static const char *const args[] = { "iamd",    "serve",           "--data",
                                        "d",       "--quota",         "GroupsPerUser=3",
                                        "--quota", "GroupsPerUser=4", NULL };
    struct server_config c;
    (void)state;
    clear_environment();
    assert_int_equal(read_args(args, &c), CONFIG_OK);
    assert_int_equal(c.quotas.values[IAM_QUOTA_GROUPS_PER_USER], 4); /* the last one counts */
    assert_int_equal(c.quotas.values[IAM_QUOTA_USERS], 5000);
}

/*
 * There is no default credential: a store in memory does not start without a key from the
 * environment.
 */
static void memory_needs_a_root_key(void **state)
{
    static const char *const args[] = { "iamd", "serve", "--data", ":memory:", NULL };
    struct server_config c;
    (void)state;
    clear_environment();
    (void)setenv("IAMD_ROOT_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00", 1);
    assert_int_equal(read_args(args, &c), CONFIG_EXIT_USAGE);
    (void)setenv("IAMD_ROOT_SECRET_ACCESS_KEY", "not-a-real-secret-only-a-test", 1);
    assert_int_equal(read_args(args, &c), CONFIG_OK);
    assert_null(c.data_dir);
    clear_environment();
}

/* The commands for a store take few options, and a directory. */
static void commands_for_a_store(void **state)
{
    static const struct row rows[] = {
        {{ "iamd", "reset-root", "--data", "d" },                           CONFIG_OK        },
        { { "iamd", "reset-root", "--data", "d", "--audit", "f" },          CONFIG_OK        },
        { { "iamd", "reset-root", "--data", "d", "--account-id", "1" },     CONFIG_EXIT_USAGE},
        { { "iamd", "reset-root" },                                         CONFIG_EXIT_USAGE},
        { { "iamd", "reset-root", "--data", ":memory:" },                   CONFIG_EXIT_USAGE},
        { { "iamd", "reset-root", "--data", "d", "--listen", "h:1" },       CONFIG_EXIT_USAGE},
        { { "iamd", "rotate-master-key", "--data", "d" },                   CONFIG_OK        },
        { { "iamd", "rotate-master-key" },                                  CONFIG_EXIT_USAGE},
        { { "iamd", "rotate-master-key", "--data", ":memory:" },            CONFIG_EXIT_USAGE},
        { { "iamd", "rotate-master-key", "--data", "d", "--unix", "p" },    CONFIG_EXIT_USAGE},
        { { "iamd", "rotate-master-key", "--data", "d", "a-key-in-clear" }, CONFIG_EXIT_USAGE},
    };
    struct server_config c;
    (void)state;
    clear_environment();
    (void)setenv("IAMD_NEW_MASTER_KEY", "new", 1);
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(read_args(rows[i].args, &c), rows[i].outcome);
        if (rows[i].outcome == CONFIG_OK) {
            assert_string_equal(c.data_dir, "d");
            assert_string_equal(c.new_master_key, "new");
        }
    }
    (void)unsetenv("IAMD_NEW_MASTER_KEY");
    (void)setenv("IAMD_ROOT_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00", 1);
    assert_int_equal(read_args(rows[0].args, &c), CONFIG_EXIT_USAGE);
    clear_environment();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(accounts_are_moved_as_told),
        cmocka_unit_test(memory_of_the_directory),
        cmocka_unit_test(defaults_listen_on_loopback),
        cmocka_unit_test(a_clock_is_accepted_for_one_start),
        cmocka_unit_test(the_audit_trail_has_options),
        cmocka_unit_test(a_trail_that_is_required_needs_a_file),
        cmocka_unit_test(quotas_are_defaults_and_what_is_given),
        cmocka_unit_test(memory_needs_a_root_key),
        cmocka_unit_test(commands_for_a_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
