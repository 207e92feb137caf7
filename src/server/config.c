/* SPDX-License-Identifier: Apache-2.0 */
#include "server/config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/id.h"
#include "server/version.h"

#define DEFAULT_LISTEN "127.0.0.1:4560"
/* LIMIT: the store has 64 connections, two of them for others than workers. */
#define MAX_WORKERS 62u

static const char usage_text[] =
    "usage: iamd serve --data DIR [options]\n"
    "\n"
    "  --data DIR           where the state lives; ':memory:' keeps nothing\n"
    "  --listen HOST:PORT   TCP address (default " DEFAULT_LISTEN "); port 0 picks a free one\n"
    "  --url URL            how clients reach the server, in its metadata (default: from --listen)\n"
    "  --unix PATH          also listen on this Unix socket\n"
    "  --account-id N       12-digit ID of the first account, at first start\n"
    "  --tls self-signed    serve TLS with a certificate made for this run\n"
    "  --tls-cert F         serve TLS with this PEM certificate chain\n"
    "  --tls-key F          and its PEM private key\n"
    "  --audit F            audit records go here (default DIR/audit.jsonl)\n"
    "  --workers N          request threads, 1 to 62 (default: one per processor, at least 2)\n"
    "  --help, --version\n"
    "\n"
    "environment, at first start: IAMD_ROOT_ACCESS_KEY_ID and IAMD_ROOT_SECRET_ACCESS_KEY set the\n"
    "root access key; otherwise one is made and written to DIR/root-credentials.\n"
    "IAMD_MASTER_KEY (base64 of 32 bytes) seals secrets; otherwise DIR/master.key is made and used.\n";

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
    OPT_WORKERS,
    OPT_HELP,
    OPT_VERSION
};

static const struct option options[] = {
    {"data",        required_argument, NULL, OPT_DATA   },
    { "listen",     required_argument, NULL, OPT_LISTEN },
    { "unix",       required_argument, NULL, OPT_UNIX   },
    { "url",        required_argument, NULL, OPT_URL    },
    { "account-id", required_argument, NULL, OPT_ACCOUNT},
    { "tls",        required_argument, NULL, OPT_TLS    },
    { "tls-cert",   required_argument, NULL, OPT_CERT   },
    { "tls-key",    required_argument, NULL, OPT_KEY    },
    { "audit",      required_argument, NULL, OPT_AUDIT  },
    { "workers",    required_argument, NULL, OPT_WORKERS},
    { "help",       no_argument,       NULL, OPT_HELP   },
    { "version",    no_argument,       NULL, OPT_VERSION},
    { NULL,         0,                 NULL, 0          }
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
        return refuse("--tls takes 'self-signed'; for a certificate of your own use --tls-cert and "
                      "--tls-key");
    }
    c->tls_self_signed = true;
    return CONFIG_OK;
}

static enum config_outcome set_url(struct server_config *c, const char *value)
{
    struct iam_str url = iam_str_c(value);
    if (!iam_str_starts(url, IAM_STR("http://")) && !iam_str_starts(url, IAM_STR("https://"))) {
        return refuse("--url takes a URL that begins with http:// or https://");
    }
    c->url = value;
    return CONFIG_OK;
}

static enum config_outcome set_workers(struct server_config *c, const char *value)
{
    uint64_t n;
    if (iam_str_to_u64(iam_str_c(value), MAX_WORKERS, &n) != IAM_OK || n == 0) {
        return refuse("--workers takes a number from 1 to 62");
    }
    c->workers = (unsigned)n;
    return CONFIG_OK;
}

static enum config_outcome set_option(struct server_config *c, int option, const char *value)
{
    switch (option) {
    case OPT_DATA:
        c->data_dir = value;
        return CONFIG_OK;
    case OPT_LISTEN:
        c->listen = value;
        return CONFIG_OK;
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
    case OPT_AUDIT:
        c->audit_path = value;
        return CONFIG_OK;
    case OPT_WORKERS:
        return set_workers(c, value);
    case OPT_HELP:
        (void)fputs(usage_text, stdout);
        return CONFIG_EXIT_OK;
    case OPT_VERSION:
        (void)puts("iamd " IAMD_VERSION);
        return CONFIG_EXIT_OK;
    default:
        (void)fputs(usage_text, stderr);
        return CONFIG_EXIT_USAGE;
    }
}

/* What no single option can check. */
static enum config_outcome check_whole(struct server_config *c)
{
    if (c->data_dir == NULL) {
        return refuse("--data is missing: a directory, or ':memory:'");
    }
    if ((c->tls_cert == NULL) != (c->tls_key == NULL)) {
        return refuse("--tls-cert and --tls-key go together");
    }
    if (c->tls_cert != NULL && c->tls_self_signed) {
        return refuse("either --tls self-signed or --tls-cert, not both");
    }
    if ((c->root_access_key_id == NULL) != (c->root_secret_access_key == NULL)) {
        return refuse("IAMD_ROOT_ACCESS_KEY_ID and IAMD_ROOT_SECRET_ACCESS_KEY go together");
    }
    if (iam_str_eq(iam_str_c(c->data_dir), IAM_STR(":memory:"))) {
        c->data_dir = NULL;
        if (c->root_access_key_id == NULL) {
            return refuse("with --data :memory: the root key comes from the environment: set "
                          "IAMD_ROOT_ACCESS_KEY_ID and IAMD_ROOT_SECRET_ACCESS_KEY");
        }
    }
    return CONFIG_OK;
}

enum config_outcome config_read(int argc, char **argv, struct server_config *ret)
{
    struct server_config c = {
        .listen = DEFAULT_LISTEN,
        .workers = default_workers(),
        .root_access_key_id = getenv("IAMD_ROOT_ACCESS_KEY_ID"),
        .root_secret_access_key = getenv("IAMD_ROOT_SECRET_ACCESS_KEY"),
    };
    bool has_command = argc > 1 && argv[1][0] != '-';
    if (has_command && !iam_str_eq(iam_str_c(argv[1]), IAM_STR("serve"))) {
        (void)fputs(usage_text, stderr);
        return CONFIG_EXIT_USAGE;
    }
    optind = has_command ? 2 : 1;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        enum config_outcome outcome = set_option(&c, option, optarg);
        if (outcome != CONFIG_OK) {
            return outcome;
        }
    }
    if (!has_command || optind != argc) {
        (void)fputs(usage_text, stderr);
        return CONFIG_EXIT_USAGE;
    }
    enum config_outcome outcome = check_whole(&c);
    if (outcome == CONFIG_OK) {
        *ret = c;
    }
    return outcome;
}
