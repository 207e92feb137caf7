/* SPDX-License-Identifier: Apache-2.0 */
#include "server/config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/id.h"
#include "model/version.h"
#include "server/quota_options.h"

#define DEFAULT_LISTEN "127.0.0.1:4560"
/* LIMIT: with the lanes and the rest they take 95 of the 128 connections of the store. */
#define MAX_WORKERS 60u
/* LIMIT: in less there is room for hardly any principal. */
#define MIN_DIRECTORY_BYTES ((uint64_t)1 << 20)
/* LIMIT: a request alone may take 32 MiB, and strangers have a quarter. */
#define MIN_REQUEST_BYTES ((uint64_t)64 << 20)
#define DEFAULT_REQUEST_BYTES ((size_t)512 << 20)

#define SEE_HELP "'iamd --help' lists the commands and their options"

static const char usage_text[] =
    "usage: iamd serve --data DIR [options]\n"
    "       iamd quotas [--quota NAME=NUMBER] [--quota-file F]\n"
    "       iamd reset-root --data DIR [--account-id N] [--audit F]\n"
    "       iamd rotate-master-key --data DIR [--audit F]\n"
    "       iamd delegation-token --data DIR --request ID [--audit F]\n"
    "       iamd check --data DIR\n"
    "       iamd mfa import --data DIR --seeds F [--account-id N] [--audit F]\n"
    "       iamd import aws --data DIR [--dry-run] [--account-id N] [--audit F] FILE...\n"
    "       iamd export aws --data DIR [--encoded-documents] [--account-id N] [--audit F]\n"
    "\n"
    "  --data DIR           where the state is kept; ':memory:' stores nothing on disk\n"
    "  --listen HOST:PORT   TCP address (default " DEFAULT_LISTEN "); port 0 picks a free one\n"
    "  --url URL            URL at which clients reach the server (default: made from --listen)\n"
    "  --unix PATH          also listen on this Unix socket\n"
    "  --unix-mode MODE     mode of the Unix socket, octal (default: what the umask leaves)\n"
    "  --unix-group GROUP   group of the Unix socket, by name or number\n"
    "  --account-id N       12-digit ID of the account that the first start creates\n"
    "  --tls self-signed    serve TLS with a certificate made for this run\n"
    "  --tls-cert F         serve TLS with this PEM certificate chain\n"
    "  --tls-key F          the PEM private key of the certificate\n"
    "  --audit F            append audit records to F (default DIR/audit.jsonl)\n"
    "  --audit-required     refuse requests that cannot be recorded\n"
    "  --audit-reserve N    with fewer than N bytes free, requests that are not authenticated are\n"
    "                       counted and not recorded; k, m or g may follow the number (default: a\n"
    "                       sixteenth of the file system, at most 64m)\n"
    "  --workers N          request threads, 1 to 60 (default: one per processor, at least 2)\n"
    "  --quota NAME=NUMBER  set a quota, which otherwise is AWS's default; may be repeated\n"
    "  --quota-file F       set the quotas in F, which has one NAME=NUMBER per line\n"
    "  --directory-memory N keep compiled principals in at most N bytes; k, m or g may follow the\n"
    "                       number (default: a quarter of the machine's memory)\n"
    "  --aws-policies F     AWS's managed policies are those in F (default: the file that comes\n"
    "                       with iamd)\n"
    "  --aws-policies-dir DIR\n"
    "                       add AWS managed policies: DIR/PATH/NAME.json is the document of\n"
    "                       arn:aws:iam::aws:policy/PATH/NAME\n"
    "  --accept-clock       take the present time of the clock as right, though a later one was seen\n"
    "  --request-memory N   hold requests and answers in at most N bytes, of which a quarter is\n"
    "                       for who is not authenticated (default 512m)\n"
    "  --per-source-connections N\n"
    "                       connections from one IPv4 address or IPv6 /64 (default: a quarter)\n"
    "  --per-source-exempt NETWORK\n"
    "                       neither bound nor penalise clients of NETWORK; may be repeated;\n"
    "                       replaces the default, which is loopback; 'none' for nobody\n"
    "  --oidc-ca-file F     believe certificates of identity providers that the authorities in F\n"
    "                       vouch for, besides those of the system\n"
    "  --oidc-allow-network NETWORK\n"
    "                       connect to identity providers in NETWORK, though it is not public; may\n"
    "                       be repeated\n"
    "  --oidc-endpoint DOMAIN=URL\n"
    "                       ask the identity provider with DOMAIN at URL; may be repeated\n"
    "  --help, --version\n"
    "\n"
    "'iamd quotas' lists every quota: AWS's default, AWS's highest, and the value in force.\n"
    "'iamd reset-root' makes a new root access key and deletes the others; no server may run.\n"
    "'iamd rotate-master-key' replaces the master key, while the server runs or without one.\n"
    "'iamd delegation-token' prints the token of a delegation request, once SendDelegationToken has\n"
    "released it, while the server runs or without one: hand it over to who asked.\n"
    "'iamd check' looks at everything in a data directory that no server uses, and says what is\n"
    "wrong with it: exit code 0 nothing, 1 something, 2 it cannot be looked at.\n"
    "'iamd mfa import' takes hardware MFA devices from F; no server may run. A line of F is\n"
    "SERIALNUMBER SEED, the seed in base32, or SERIALNUMBER fido USER [KEY=VALUE ...], a security\n"
    "key and its certifications.\n"
    "'iamd import aws' makes the account that each FILE has a part of, as the AWS CLI prints it for\n"
    "'aws iam get-account-authorization-details'; 'iamd export aws' prints an account in this form.\n"
    "Exit code 0: all of it, 1: something was left out and named, 2: nothing was done. Both take\n"
    "--aws-policies and --aws-policies-dir, import also --quota and --quota-file.\n"
    "\n"
    "Environment: at the first start, IAMD_ROOT_ACCESS_KEY_ID and IAMD_ROOT_SECRET_ACCESS_KEY set\n"
    "the root access key; without them, one is made and written to DIR/root-credentials.\n"
    "reset-root goes by the same variables.\n"
    "IAMD_MASTER_KEY (32 bytes in base64) seals secrets; without it DIR/master.key is made and used.\n"
    "IAMD_NEW_MASTER_KEY is the next one, for rotate-master-key of a store with IAMD_MASTER_KEY.\n";

enum {
    OPT_DATA = 1,
    OPT_LISTEN,
    OPT_URL,
    OPT_UNIX,
    OPT_ACCOUNT,
    OPT_TLS,
    OPT_CERT,
    OPT_KEY,
    OPT_AUDIT,
    OPT_AUDIT_REQUIRED,
    OPT_AUDIT_RESERVE,
    OPT_WORKERS,
    OPT_QUOTA,
    OPT_QUOTA_FILE,
    OPT_DIRECTORY_MEMORY,
    OPT_ACCEPT_CLOCK,
    OPT_REQUEST_MEMORY,
    OPT_SOURCE_CONNECTIONS,
    OPT_SOURCE_EXEMPT,
    OPT_UNIX_MODE,
    OPT_UNIX_GROUP,
    OPT_SEEDS,
    OPT_REQUEST,
    OPT_DRY_RUN,
    OPT_ENCODED,
    OPT_POLICIES_FILE,
    OPT_POLICIES_DIR,
    OPT_OIDC_CA_FILE,
    OPT_OIDC_NETWORK,
    OPT_OIDC_ENDPOINT,
    OPT_HELP,
    OPT_VERSION
};

static const struct option options[] = {
    {"data",                    required_argument, NULL, OPT_DATA              },
    { "listen",                 required_argument, NULL, OPT_LISTEN            },
    { "unix",                   required_argument, NULL, OPT_UNIX              },
    { "url",                    required_argument, NULL, OPT_URL               },
    { "account-id",             required_argument, NULL, OPT_ACCOUNT           },
    { "tls",                    required_argument, NULL, OPT_TLS               },
    { "tls-cert",               required_argument, NULL, OPT_CERT              },
    { "tls-key",                required_argument, NULL, OPT_KEY               },
    { "audit",                  required_argument, NULL, OPT_AUDIT             },
    { "audit-required",         no_argument,       NULL, OPT_AUDIT_REQUIRED    },
    { "audit-reserve",          required_argument, NULL, OPT_AUDIT_RESERVE     },
    { "workers",                required_argument, NULL, OPT_WORKERS           },
    { "directory-memory",       required_argument, NULL, OPT_DIRECTORY_MEMORY  },
    { "request-memory",         required_argument, NULL, OPT_REQUEST_MEMORY    },
    { "per-source-connections", required_argument, NULL, OPT_SOURCE_CONNECTIONS},
    { "per-source-exempt",      required_argument, NULL, OPT_SOURCE_EXEMPT     },
    { "unix-mode",              required_argument, NULL, OPT_UNIX_MODE         },
    { "unix-group",             required_argument, NULL, OPT_UNIX_GROUP        },
    { "quota",                  required_argument, NULL, OPT_QUOTA             },
    { "quota-file",             required_argument, NULL, OPT_QUOTA_FILE        },
    { "aws-policies",           required_argument, NULL, OPT_POLICIES_FILE     },
    { "aws-policies-dir",       required_argument, NULL, OPT_POLICIES_DIR      },
    { "accept-clock",           no_argument,       NULL, OPT_ACCEPT_CLOCK      },
    { "oidc-ca-file",           required_argument, NULL, OPT_OIDC_CA_FILE      },
    { "oidc-allow-network",     required_argument, NULL, OPT_OIDC_NETWORK      },
    { "oidc-endpoint",          required_argument, NULL, OPT_OIDC_ENDPOINT     },
    { "help",                   no_argument,       NULL, OPT_HELP              },
    { "version",                no_argument,       NULL, OPT_VERSION           },
    { NULL,                     0,                 NULL, 0                     }
};

/* Options of the commands for a store. */
static const struct option reset_options[] = {
    {"data",        required_argument, NULL, OPT_DATA   },
    { "account-id", required_argument, NULL, OPT_ACCOUNT},
    { "audit",      required_argument, NULL, OPT_AUDIT  },
    { "help",       no_argument,       NULL, OPT_HELP   },
    { NULL,         0,                 NULL, 0          }
};

static const struct option rotate_options[] = {
    {"data",   required_argument, NULL, OPT_DATA },
    { "audit", required_argument, NULL, OPT_AUDIT},
    { "help",  no_argument,       NULL, OPT_HELP },
    { NULL,    0,                 NULL, 0        }
};

static const struct option delegation_options[] = {
    {"data",     required_argument, NULL, OPT_DATA   },
    { "request", required_argument, NULL, OPT_REQUEST},
    { "audit",   required_argument, NULL, OPT_AUDIT  },
    { "help",    no_argument,       NULL, OPT_HELP   },
    { NULL,      0,                 NULL, 0          }
};

static const struct option import_options[] = {
    {"data",        required_argument, NULL, OPT_DATA   },
    { "seeds",      required_argument, NULL, OPT_SEEDS  },
    { "account-id", required_argument, NULL, OPT_ACCOUNT},
    { "audit",      required_argument, NULL, OPT_AUDIT  },
    { "help",       no_argument,       NULL, OPT_HELP   },
    { NULL,         0,                 NULL, 0          }
};

static const struct option import_aws_options[] = {
    {"data",              required_argument, NULL, OPT_DATA         },
    { "account-id",       required_argument, NULL, OPT_ACCOUNT      },
    { "dry-run",          no_argument,       NULL, OPT_DRY_RUN      },
    { "quota",            required_argument, NULL, OPT_QUOTA        },
    { "quota-file",       required_argument, NULL, OPT_QUOTA_FILE   },
    { "aws-policies",     required_argument, NULL, OPT_POLICIES_FILE},
    { "aws-policies-dir", required_argument, NULL, OPT_POLICIES_DIR },
    { "audit",            required_argument, NULL, OPT_AUDIT        },
    { "help",             no_argument,       NULL, OPT_HELP         },
    { NULL,               0,                 NULL, 0                }
};

static const struct option export_aws_options[] = {
    {"data",               required_argument, NULL, OPT_DATA         },
    { "account-id",        required_argument, NULL, OPT_ACCOUNT      },
    { "encoded-documents", no_argument,       NULL, OPT_ENCODED      },
    { "aws-policies",      required_argument, NULL, OPT_POLICIES_FILE},
    { "aws-policies-dir",  required_argument, NULL, OPT_POLICIES_DIR },
    { "audit",             required_argument, NULL, OPT_AUDIT        },
    { "help",              no_argument,       NULL, OPT_HELP         },
    { NULL,                0,                 NULL, 0                }
};

/* Options of the command quotas. */
static const struct option quota_options[] = {
    {"quota",       required_argument, NULL, OPT_QUOTA     },
    { "quota-file", required_argument, NULL, OPT_QUOTA_FILE},
    { "help",       no_argument,       NULL, OPT_HELP      },
    { NULL,         0,                 NULL, 0             }
};

/* Options of the command check. */
static const struct option check_options[] = {
    {"data",  required_argument, NULL, OPT_DATA},
    { "help", no_argument,       NULL, OPT_HELP},
    { NULL,   0,                 NULL, 0       }
};

static enum config_outcome refuse(const char *why)
{
    (void)fprintf(stderr, "iamd: %s\n", why);
    return CONFIG_EXIT_USAGE;
}

static unsigned default_workers(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 2) {
        return 2;
    }
    return n > (long)MAX_WORKERS ? MAX_WORKERS : (unsigned)n;
}

static enum config_outcome set_tls(struct server_config *c, const char *value)
{
    if (!iam_str_eq(iam_str_c(value), IAM_STR("self-signed"))) {
        return refuse("--tls takes 'self-signed'; for your own certificate use --tls-cert and "
                      "--tls-key");
    }
    c->tls_self_signed = true;
    return CONFIG_OK;
}

static enum config_outcome set_listen(struct server_config *c, const char *value)
{
    c->listen = value;
    return iam_http_is_listen_address(value)
               ? CONFIG_OK
               : refuse("--listen takes an address and a port, as 127.0.0.1:4560 or [::1]:4560");
}

/* Tells whether url has a host, and paths can follow it. */
static bool is_base_url(struct iam_str url)
{
    size_t scheme = iam_str_starts(url, IAM_STR("https://"))  ? 8
                    : iam_str_starts(url, IAM_STR("http://")) ? 7
                                                              : 0;
    bool ok = scheme > 0 && url.len > scheme && url.p[scheme] != '/' && url.p[scheme] != ':' &&
              url.p[url.len - 1] != '/';
    for (size_t i = scheme; i < url.len && ok; i++) {
        ok = url.p[i] > ' ' && url.p[i] <= '~' && strchr("?#@\\\"<>", url.p[i]) == NULL;
    }
    return ok;
}

static enum config_outcome set_url(struct server_config *c, const char *value)
{
    c->url = value;
    return is_base_url(iam_str_c(value))
               ? CONFIG_OK
               : refuse("--url takes what precedes the path of a request, as "
                        "https://iam.example.com or http://10.1.2.3:4560, without '/' at the end");
}

static enum config_outcome set_workers(struct server_config *c, const char *value)
{
    uint64_t n;
    if (iam_str_to_u64(iam_str_c(value), MAX_WORKERS, &n) != IAM_OK || n == 0) {
        return refuse("--workers takes a number from 1 to 60");
    }
    c->workers = (unsigned)n;
    return CONFIG_OK;
}

/* Returns the factor that a letter after a number means. */
static uint64_t unit_of(char suffix)
{
    switch (iam_ascii_lower(suffix)) {
    case 'k':
        return (uint64_t)1 << 10;
    case 'm':
        return (uint64_t)1 << 20;
    case 'g':
        return (uint64_t)1 << 30;
    default:
        return 1;
    }
}

/* Reads a number of bytes, at least min; refuses anything else with why. */
static enum config_outcome set_bytes(const char *value, uint64_t min, const char *why, size_t *ret)
{
    struct iam_str text = iam_str_c(value);
    uint64_t unit = text.len > 0 ? unit_of(text.p[text.len - 1]) : 1;
    uint64_t n;
    text.len -= unit > 1;
    if (iam_str_to_u64(text, SIZE_MAX / unit, &n) != IAM_OK || n * unit < min) {
        return refuse(why);
    }
    *ret = (size_t)(n * unit);
    return CONFIG_OK;
}

static enum config_outcome set_audit_reserve(struct server_config *c, const char *value)
{
    size_t bytes;
    enum config_outcome outcome = set_bytes(
        value, 1, "--audit-reserve takes a number of bytes, at least 1; k, m or g may follow it",
        &bytes);
    if (outcome == CONFIG_OK) {
        c->audit_reserve_bytes = bytes;
    }
    return outcome;
}

/* Returns the outcome of an option whose reader has said on stderr what is wrong. */
static enum config_outcome outcome_of(enum iam_status st)
{
    return st == IAM_OK ? CONFIG_OK : CONFIG_EXIT_USAGE;
}

/* Reads the options of import aws and export aws; those of any other name are not known. */
static enum config_outcome set_transfer_option(struct server_config *c, int option)
{
    switch (option) {
    case OPT_DRY_RUN:
        c->is_dry_run = true;
        return CONFIG_OK;
    case OPT_ENCODED:
        c->is_encoded = true;
        return CONFIG_OK;
    default: /* getopt_long has said what is wrong */
        (void)fputs("iamd: " SEE_HELP "\n", stderr);
        return CONFIG_EXIT_USAGE;
    }
}

/* Reads the options about identity providers; passes on those of any other name. */
static enum config_outcome set_oidc_option(struct server_config *c, int option, const char *value)
{
    switch (option) {
    case OPT_OIDC_CA_FILE:
        c->oidc.ca_file = value;
        return CONFIG_OK;
    case OPT_OIDC_NETWORK:
        return outcome_of(oidc_option_network(&c->oidc, value));
    case OPT_OIDC_ENDPOINT:
        return outcome_of(oidc_option_endpoint(&c->oidc, value));
    default:
        return set_transfer_option(c, option);
    }
}

/* Reads the options about memory and connections; passes on those of any other name. */
static enum config_outcome set_http_option(struct server_config *c, int option, const char *value)
{
    switch (option) {
    case OPT_DIRECTORY_MEMORY:
        return set_bytes(value, MIN_DIRECTORY_BYTES,
                         "--directory-memory takes a number of bytes, at least 1m; k, m or g may "
                         "follow it",
                         &c->directory_bytes);
    case OPT_REQUEST_MEMORY:
        return set_bytes(value, MIN_REQUEST_BYTES,
                         "--request-memory takes a number of bytes, at least 64m; k, m or g may "
                         "follow it",
                         &c->request_bytes);
    case OPT_SOURCE_CONNECTIONS:
        return outcome_of(http_option_source_connections(&c->http, value));
    case OPT_SOURCE_EXEMPT:
        return outcome_of(http_option_exempt(&c->http, value));
    case OPT_UNIX_MODE:
        return outcome_of(http_option_unix_mode(&c->http, value));
    case OPT_UNIX_GROUP:
        return outcome_of(http_option_unix_group(&c->http, value));
    default:
        return set_oidc_option(c, option, value);
    }
}

static size_t default_directory_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    uint64_t bytes = pages > 0 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) / 4 : 0;
    return bytes < MIN_DIRECTORY_BYTES ? MIN_DIRECTORY_BYTES : (size_t)bytes;
}

static enum config_outcome set_option(struct server_config *c, int option, const char *value)
{
    switch (option) {
    case OPT_DATA:
        c->data_dir = value;
        return CONFIG_OK;
    case OPT_LISTEN:
        return set_listen(c, value);
    case OPT_UNIX:
        c->unix_path = value;
        return CONFIG_OK;
    case OPT_URL:
        return set_url(c, value);
    case OPT_ACCOUNT:
        c->account_id = value;
        return iam_account_id_is_valid(iam_str_c(value)) ? CONFIG_OK
                                                         : refuse("--account-id takes 12 digits");
    case OPT_TLS:
        return set_tls(c, value);
    case OPT_CERT:
        c->tls_cert = value;
        return CONFIG_OK;
    case OPT_KEY:
        c->tls_key = value;
        return CONFIG_OK;
    case OPT_REQUEST:
        c->request_id = value;
        return CONFIG_OK;
    case OPT_SEEDS:
        c->seeds_path = value;
        return CONFIG_OK;
    case OPT_AUDIT:
        c->audit_path = value;
        return CONFIG_OK;
    case OPT_AUDIT_REQUIRED:
        c->audit_required = true;
        return CONFIG_OK;
    case OPT_AUDIT_RESERVE:
        return set_audit_reserve(c, value);
    case OPT_WORKERS:
        return set_workers(c, value);
    case OPT_QUOTA:
        return quota_option(&c->quotas, value) == IAM_OK ? CONFIG_OK : CONFIG_EXIT_USAGE;
    case OPT_QUOTA_FILE:
        return quota_file(&c->quotas, value) == IAM_OK ? CONFIG_OK : CONFIG_EXIT_USAGE;
    case OPT_POLICIES_FILE:
        c->policies_file = value;
        return CONFIG_OK;
    case OPT_POLICIES_DIR:
        c->policies_dir = value;
        return CONFIG_OK;
    case OPT_ACCEPT_CLOCK:
        c->accept_clock = true;
        return CONFIG_OK;
    case OPT_HELP:
    case 'h':
        (void)fputs(usage_text, stdout);
        return CONFIG_EXIT_OK;
    case OPT_VERSION:
        (void)puts("iamd " IAMD_VERSION);
        return CONFIG_EXIT_OK;
    default:
        return set_http_option(c, option, value);
    }
}

#define ROOT_PAIR_TEXT \
    "IAMD_ROOT_ACCESS_KEY_ID and IAMD_ROOT_SECRET_ACCESS_KEY must be set together"

static bool has_root_pair(const struct server_config *c)
{
    return (c->root_access_key_id == NULL) == (c->root_secret_access_key == NULL);
}

static bool is_memory(const struct server_config *c)
{
    return iam_str_eq(iam_str_c(c->data_dir), IAM_STR(":memory:"));
}

/* Checks what the commands for a store on disk need. */
static enum config_outcome check_store(struct server_config *c)
{
    if (c->data_dir == NULL || is_memory(c)) {
        return refuse("--data is missing; it takes the directory of a store");
    }
    return has_root_pair(c) ? CONFIG_OK : refuse(ROOT_PAIR_TEXT);
}

static enum config_outcome check_import(struct server_config *c)
{
    if (c->seeds_path == NULL) {
        return refuse("--seeds is missing; it takes the file with the devices");
    }
    return check_store(c);
}

static enum config_outcome check_delegation(struct server_config *c)
{
    if (c->request_id == NULL) {
        return refuse("--request is missing; it takes the ID of a delegation request");
    }
    return check_store(c);
}

static enum config_outcome check_import_aws(struct server_config *c)
{
    if (c->file_count == 0) {
        return refuse("the files are missing: what 'aws iam get-account-authorization-details' "
                      "has printed");
    }
    return check_store(c);
}

static enum config_outcome check_serve(struct server_config *c)
{
    if (c->data_dir == NULL) {
        return refuse("--data is missing; it takes a directory or ':memory:'");
    }
    if ((c->tls_cert == NULL) != (c->tls_key == NULL)) {
        return refuse("--tls-cert and --tls-key must be used together");
    }
    if (c->tls_cert != NULL && c->tls_self_signed) {
        return refuse("--tls self-signed and --tls-cert cannot be used together");
    }
    if (c->unix_path == NULL && http_options_need_unix(&c->http)) {
        return refuse("--unix-mode and --unix-group need --unix");
    }
    if (!has_root_pair(c)) {
        return refuse(ROOT_PAIR_TEXT);
    }
    if (is_memory(c)) {
        c->data_dir = NULL;
        if (c->audit_required && c->audit_path == NULL) {
            return refuse("--audit-required needs a file with --data :memory:; give it with "
                          "--audit");
        }
        if (c->root_access_key_id == NULL) {
            return refuse("--data :memory: takes the root key from the environment; set "
                          "IAMD_ROOT_ACCESS_KEY_ID and IAMD_ROOT_SECRET_ACCESS_KEY");
        }
    }
    return CONFIG_OK;
}

static enum config_outcome check_check(struct server_config *c)
{
    if (c->data_dir == NULL || iam_str_eq(iam_str_c(c->data_dir), IAM_STR(":memory:"))) {
        return refuse("--data is missing; check takes the directory of a store");
    }
    return CONFIG_OK;
}

/* Refuses a word of the command line. */
static enum config_outcome refuse_word(const char *what, const char *word)
{
    (void)fprintf(stderr, "iamd: %s '%s'; " SEE_HELP "\n", what, word);
    return CONFIG_EXIT_USAGE;
}

/* Reads the options from argv[first] on; nothing else may follow but files, where some are taken.
 */
static enum config_outcome read_options(int argc, char **argv, int first,
                                        const struct option *known, bool takes_files,
                                        struct server_config *c)
{
    int option;
    optind = first;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        enum config_outcome outcome = set_option(c, option, optarg);
        if (outcome != CONFIG_OK) {
            return outcome;
        }
    }
    c->files = argv + optind;
    c->file_count = (size_t)(argc - optind);
    return optind == argc || takes_files ? CONFIG_OK
                                         : refuse_word("unexpected argument", argv[optind]);
}

/* Every command: its options, and the check of what cannot be checked option by option. */
static const struct {
    struct iam_str name;
    enum server_command command;
    const struct option *options;
    enum config_outcome (*check)(struct server_config *c); /* NULL: there is nothing to check */
    bool takes_files;
} commands[] = {
    {IAM_STR_INIT("serve"),              COMMAND_SERVE,             options,                         check_serve                                },
    { IAM_STR_INIT("quotas"),            COMMAND_QUOTAS,            quota_options,                   NULL                                       },
    { IAM_STR_INIT("reset-root"),        COMMAND_RESET_ROOT,        reset_options,                   check_store                                },
    { IAM_STR_INIT("rotate-master-key"), COMMAND_ROTATE_MASTER_KEY, rotate_options,                  check_store                                },
    { IAM_STR_INIT("check"),             COMMAND_CHECK,             check_options,                   check_check                                },
    { IAM_STR_INIT("mfa import"),        COMMAND_MFA_IMPORT,        import_options,                  check_import                               },
    { IAM_STR_INIT("import aws"),        COMMAND_IMPORT_AWS,        import_aws_options,              check_import_aws,                            true },
    { IAM_STR_INIT("export aws"),                                 COMMAND_EXPORT_AWS,                                export_aws_options,             check_store      },
    { IAM_STR_INIT("delegation-token"),                                 COMMAND_DELEGATION_TOKEN,                          delegation_options,
     check_delegation},
};

/* Reads a command line without a command: only options that ask about the program are permitted. */
static enum config_outcome read_no_command(int argc, char **argv, struct server_config *c)
{
    enum config_outcome outcome = read_options(argc, argv, 1, options, false, c);
    return outcome == CONFIG_OK ? refuse("a command is missing; " SEE_HELP) : outcome;
}

/* Refuses a command that there is not, unless it asks for help, as "mfa --help" does. */
static enum config_outcome refuse_command(int argc, char **argv)
{
    bool asks = iam_str_eq(iam_str_c(argv[1]), IAM_STR("help"));
    for (int i = 2; i < argc && !asks; i++) {
        asks = iam_str_eq(iam_str_c(argv[i]), IAM_STR("--help"));
    }
    if (!asks) {
        return refuse_word("there is no command", argv[1]);
    }
    (void)fputs(usage_text, stdout);
    return CONFIG_EXIT_OK;
}

/* Returns of how many words the command is that name says, one or two; 0: it is another one. */
static int words_of(int argc, char **argv, struct iam_str name)
{
    size_t space = iam_str_find(name, ' ', 0);
    if (!iam_str_eq(iam_str_c(argv[1]), iam_str_sub(name, 0, space))) {
        return 0;
    }
    if (space == name.len) {
        return 1;
    }
    bool is_second =
        argc > 2 && iam_str_eq(iam_str_c(argv[2]), iam_str_sub(name, space + 1, name.len));
    return is_second ? 2 : 0;
}

static enum config_outcome read_command(int argc, char **argv, struct server_config *c)
{
    if (argc < 2 || argv[1][0] == '-') {
        return read_no_command(argc, argv, c);
    }
    for (size_t i = 0; i < IAM_COUNT(commands); i++) {
        int words = words_of(argc, argv, commands[i].name);
        if (words > 0) {
            enum config_outcome outcome = read_options(argc, argv, 1 + words, commands[i].options,
                                                       commands[i].takes_files, c);
            c->command = commands[i].command;
            return outcome == CONFIG_OK && commands[i].check != NULL ? commands[i].check(c)
                                                                     : outcome;
        }
    }
    return refuse_command(argc, argv);
}

enum config_outcome config_read(int argc, char **argv, struct server_config *ret)
{
    struct server_config c = {
        .listen = DEFAULT_LISTEN,
        .workers = default_workers(),
        .directory_bytes = default_directory_bytes(),
        .request_bytes = DEFAULT_REQUEST_BYTES,
        .root_access_key_id = getenv("IAMD_ROOT_ACCESS_KEY_ID"),
        .root_secret_access_key = getenv("IAMD_ROOT_SECRET_ACCESS_KEY"),
        .new_master_key = getenv("IAMD_NEW_MASTER_KEY"),
    };
    iam_quotas_default(&c.quotas);
    http_options_default(&c.http);
    enum config_outcome outcome = read_command(argc, argv, &c);
    if (outcome == CONFIG_OK) {
        *ret = c;
    }
    return outcome;
}
