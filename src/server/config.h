/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration, from the command line and the environment. */
#pragma once

#include "base/str.h"
#include "model/quota.h"
#include "server/http_options.h"
#include "server/oidc_options.h"

enum server_command {
    COMMAND_SERVE,
    COMMAND_QUOTAS,
    COMMAND_RESET_ROOT,
    COMMAND_ROTATE_MASTER_KEY,
    COMMAND_CHECK,
    COMMAND_MFA_IMPORT,
    COMMAND_IMPORT_AWS,
    COMMAND_EXPORT_AWS,
    COMMAND_DELEGATION_TOKEN
};

struct server_config {
    enum server_command command;
    const char *data_dir;      /* NULL: ":memory:", nothing is kept */
    const char *listen;        /* HOST:PORT */
    const char *unix_path;     /* NULL: none */
    const char *url;           /* how clients reach the server; NULL: made from listen */
    const char *account_id;    /* 12 digits, or NULL: made at first start */
    const char *seeds_path;    /* of mfa import; NULL: none */
    const char *request_id;    /* of delegation-token; NULL: none */
    char *const *files;        /* of import aws */
    size_t file_count;         /* 1 or more then */
    bool is_dry_run;           /* of import aws: nothing is stored */
    bool is_encoded;           /* of export aws: documents as strings */
    const char *audit_path;    /* NULL: DIR/audit.jsonl, or none in memory */
    const char *policies_file; /* of AWS's managed policies; NULL: the one of the program */
    const char *policies_dir;  /* of more of them; NULL: none */
    bool audit_required;
    uint64_t audit_reserve_bytes; /* 0: chosen by the file system's size */
    const char *tls_cert;
    const char *tls_key;
    bool tls_self_signed;
    bool accept_clock; /* the wall clock is right, whatever time was seen before */
    unsigned workers;
    struct iam_quotas quotas; /* the quotas in force */
    size_t directory_bytes;   /* memory for principals that are kept compiled */
    size_t request_bytes;     /* memory for requests, of all connections */
    struct http_options http;
    struct oidc_options oidc;
    /* From the environment; NULL when unset. Borrowed from it. */
    const char *root_access_key_id;
    const char *root_secret_access_key;
    const char *new_master_key;
};

enum config_outcome {
    CONFIG_OK,
    CONFIG_EXIT_OK,   /* --help or --version was answered on stdout */
    CONFIG_EXIT_USAGE /* a message is on stderr */
};

/* Fills *ret from argv and the environment, checked for its command. Borrows argv. */
enum config_outcome config_read(int argc, char **argv, struct server_config *ret);
