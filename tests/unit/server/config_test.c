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
        { { "iamd", "serve", "--data", "d", "--directory-memory", "1023k" },                 CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--directory-memory", "m" },                     CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--directory-memory", "" },                      CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--directory-memory", "1t" },                    CONFIG_EXIT_USAGE},
        { { "iamd", "serve", "--data", "d", "--directory-memory", "99999999999999999999g" },
         CONFIG_EXIT_USAGE                                                                                    },
        { { "iamd", "serve", "--data", "d", "--directory-memory", "17179869184g" },
         CONFIG_EXIT_USAGE                                                                                    },
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
    assert_null(c.unix_path);
    assert_false(c.tls_self_signed);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(memory_of_the_directory),
        cmocka_unit_test(defaults_listen_on_loopback),
        cmocka_unit_test(quotas_are_defaults_and_what_is_given),
        cmocka_unit_test(memory_needs_a_root_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
