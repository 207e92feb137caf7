/* SPDX-License-Identifier: Apache-2.0 */
#include "server/fetching.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "server/harden.h"
#include "server/landlock.h"
#include "server/log.h"
#include "server/seccomp.h"

#define TEXT_CAP 64
/* What libraries read when they look a name up, and when they begin. */
#define RESOLVER "/etc/resolv.conf"
#define OPENSSL "/etc/ssl/openssl.cnf"

/* ---- what the processes give up ---- */

_Static_assert(IAM_FETCH_SYSTEM_FILES + 3 <= LANDLOCK_READ_MAX, "all of them have room");

/* Gives up all files but those that libraries read, the authorities of the system, and ca_file. */
static void restrict_files(const char *ca_file)
{
    struct landlock_paths paths = {
        .read = {RESOLVER, OPENSSL, ca_file}
    };
    for (size_t i = 0; i < IAM_FETCH_SYSTEM_FILES; i++) {
        paths.read[3 + i] = iam_fetch_system_file(i);
    }
    landlock_restrict(&paths);
}

/* Gives up, in the parent, all but reading ca_file and what its children do. */
static void lock_in_parent(const struct iam_fetch_setup *setup)
{
    harden_forget_environment();
    harden_drop_capabilities();
    restrict_files(setup->ca_file);
    seccomp_restrict_fetcher();
}

/* Gives up all but connecting, and reading the authorities of the system. */
static void lock_in(const struct iam_fetch_setup *setup)
{
    (void)setup;
    restrict_files(NULL);
}

/* ---- what is told ---- */

static void log_end(const struct iam_fetch_notice *notice)
{
    char how[TEXT_CAP];
    char starts[TEXT_CAP];
    char pause[TEXT_CAP];
    if (notice->detail < 0) {
        (void)snprintf(how, sizeof(how), "it could not be started");
    } else if (WIFSIGNALED(notice->detail)) {
        (void)snprintf(how, sizeof(how), "signal %d", WTERMSIG(notice->detail));
    } else {
        (void)snprintf(how, sizeof(how), "exit code %d", WEXITSTATUS(notice->detail));
    }
    (void)snprintf(starts, sizeof(starts), "%" PRIu32, notice->starts);
    (void)snprintf(pause, sizeof(pause), "%" PRIu32, notice->pause_ms);
    log_write(LOG_LEVEL_WARN, "the process that fetches keys of identity providers has ended",
              LOG_FIELDS({ "how", iam_str_c(how) }, { "starts", iam_str_c(starts) },
                         { "nextInMs", iam_str_c(pause) }));
}

static void note_start(struct fetching *f, const struct iam_fetch_notice *notice)
{
    struct issuers *issuers = atomic_load(&f->issuers);
    char starts[TEXT_CAP];
    (void)snprintf(starts, sizeof(starts), "%" PRIu32, notice->starts);
    if (notice->is_asked) {
        log_write(LOG_LEVEL_INFO,
                  "identity providers are judged by the authorities as they are now",
                  LOG_FIELDS({ "starts", iam_str_c(starts) }));
    }
    if (notice->is_asked && issuers != NULL) {
        issuers_judge_again(issuers);
    }
}

static void notify(void *ctx, const struct iam_fetch_notice *notice)
{
    struct fetching *f = ctx;
    switch (notice->event) {
    case IAM_FETCH_STARTED:
        note_start(f, notice);
        break;
    case IAM_FETCH_ENDED:
        log_end(notice);
        break;
    case IAM_FETCH_KEPT:
        log_write(LOG_LEVEL_ERROR,
                  "cannot read the authorities for identity providers again, the old ones are used",
                  LOG_FIELDS(
                      { "error", iam_str_c(notice->detail != 0 ? strerror(notice->detail)
                                                               : "the file has no certificate") }));
        return;
    default:
        log_write(LOG_LEVEL_ERROR,
                  "keys of identity providers are not fetched until the next start: the process "
                  "that does it, and its parent, have ended",
                  NULL, 0);
        break;
    }
    (void)health_set(f->health, HEALTH_NOBODY_FETCHES, notice->event != IAM_FETCH_STARTED);
}

/* ---- life ---- */

enum iam_status fetching_start(struct fetching *f, const struct oidc_options *oidc,
                               struct health *health, const char **ret_why)
{
    const struct iam_fetcher_options options = {
        .setup = {.ca_file = oidc->ca_file,
                  .networks = oidc->networks,
                  .lock_in_parent = lock_in_parent,
                  .lock_in = lock_in},
        .notify = notify,
        .ctx = f
    };
    f->health = health;
    enum iam_status st = iam_fetcher_start(&options, &f->fetcher);
    int error = st == IAM_NOMEM ? ENOMEM : errno;
    *ret_why = error != 0 ? strerror(error) : "the file of --oidc-ca-file has no certificate";
    return st;
}

enum iam_status fetching_get(void *ctx, const struct iam_fetch_question *question,
                             struct iam_arena *arena, struct iam_fetch_answer *ret)
{
    return iam_fetcher_get(ctx, question, arena, ret);
}
