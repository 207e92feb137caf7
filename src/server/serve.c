/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command serve: creates the parts and connects them, starts them in order, waits for a signal,
 * and stops them in reverse order. An error at start is fatal and reported once, on stderr.
 */
#include "server/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/heap.h"
#include "directory/warm.h"
#include "server/bootstrap.h"
#include "server/bridge.h"
#include "server/clock.h"
#include "server/health.h"
#include "server/last_used.h"
#include "server/log.h"
#include "server/maintenance.h"
#include "server/sources.h"
#include "server/version.h"
#include "wire/codec.h"

#define PATH_BYTES 4096
/*
 * Connections to the store besides those of the workers and the lanes: for the start, the thread
 * that warms the directory, and one that reads into the directory while all others are taken.
 */
#define EXTRA_CONNECTIONS 3
#define DRAIN_MS 10000
#define MAINTENANCE_SECONDS 1

/* LIMITS of the HTTP layer. A body has room for the largest policy document, form-encoded. */
#define MAX_HEADER_BYTES (32u << 10)
#define MAX_HEADERS 100
#define MAX_BODY_BYTES (1u << 20)
#define MAX_CONNECTIONS 4096
#define ARENA_BYTES (32u << 20)
#define MAX_MEMORY_BYTES (512u << 20)
#define HEADER_TIMEOUT_MS 10000
#define BODY_TIMEOUT_MS 30000
#define IDLE_TIMEOUT_MS 75000
#define WRITE_TIMEOUT_MS 30000

/* Everything that runs; zero means that it was not started. */
struct server {
    struct server_config config;
    int lock_fd;
    struct iam_keeper *keeper;
    struct iam_store *store;
    struct iam_directory *directory;
    struct iam_warm *warm;
    struct last_used *last_used;
    struct audit *audit;
    struct iam_http_server *http;
    struct api_env env;
    struct iam_authn authn;
    struct health health;
    struct bridge bridge;
    char listen_url[512];
};

static enum iam_status fatal(const char *what, const char *why, enum iam_status st)
{
    log_write(LOG_LEVEL_ERROR, what, LOG_FIELDS({ "error", iam_str_c(why) }));
    return st;
}

static enum iam_status join(char path[PATH_BYTES], const char *dir, const char *name)
{
    int n = snprintf(path, PATH_BYTES, "%s/%s", dir, name);
    return n > 0 && n < PATH_BYTES ? IAM_OK : IAM_LIMIT;
}

/* ---- start, in order ---- */

/* Creates and locks the data directory: two servers on one would not see each other's changes. */
static enum iam_status start_data_dir(struct server *s)
{
    char path[PATH_BYTES];
    if (s->config.data_dir == NULL) {
        return IAM_OK;
    }
    if (mkdir(s->config.data_dir, 0700) != 0 && errno != EEXIST) {
        return fatal("cannot create the data directory", strerror(errno), IAM_IO);
    }
    IAM_TRY(join(path, s->config.data_dir, "lock"));
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) {
        return fatal("cannot open the data directory", strerror(errno), IAM_IO);
    }
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return fatal("the data directory is in use", "another iamd holds its lock", IAM_CONFLICT);
    }
    return IAM_OK;
}

static enum iam_status start_keeper(struct server *s)
{
    char path[PATH_BYTES];
    char error[256];
    struct iam_keeper_config config = { .alloc = iam_heap(),
                                        .key_base64 = getenv("IAMD_MASTER_KEY"),
                                        .credentials_dir = getenv("CREDENTIALS_DIRECTORY") };
    if (s->config.data_dir != NULL) {
        IAM_TRY(join(path, s->config.data_dir, "master.key"));
        config.key_file = path;
    }
    enum iam_status st = iam_keeper_new(&config, &s->keeper, error, sizeof(error));
    return st == IAM_OK ? IAM_OK : fatal("cannot use the master key", error, st);
}

static enum iam_status start_store(struct server *s)
{
    char path[PATH_BYTES];
    char error[IAM_STORE_ERROR_MAX];
    struct iam_store_options options = { .path = ":memory:",
                                         .max_connections = s->config.workers +
                                                            lanes_connections(s->config.workers) +
                                                            EXTRA_CONNECTIONS };
    if (s->config.data_dir != NULL) {
        IAM_TRY(join(path, s->config.data_dir, "iamd.db"));
        options.path = path;
    }
    enum iam_status st = iam_store_open(&options, &s->store, error);
    return st == IAM_OK ? IAM_OK : fatal("cannot open the store", error, st);
}

static enum iam_status start_account(struct server *s)
{
    char error[BOOTSTRAP_ERROR_MAX];
    enum iam_status st = bootstrap(&s->config, s->store, s->keeper, clock_now_ms(), error);
    return st == IAM_OK ? IAM_OK : fatal("cannot start", error, st);
}

/*
 * Starts the directory. Its seed protects the hash tables: it is used for nothing else and never
 * shown.
 */
static enum iam_status start_directory(struct server *s)
{
    struct iam_directory_options options = { .alloc = iam_heap(),
                                             .store = s->store,
                                             .max_bytes = s->config.directory_bytes };
    IAM_TRY(iam_keeper_random(&options.seed, sizeof(options.seed)));
    return iam_directory_new(&options, &s->directory);
}

static enum iam_status start_parts(struct server *s, uint64_t seed)
{
    enum iam_status st = api_validate_start();
    if (st == IAM_OK) {
        st = start_directory(s);
    }
    if (st == IAM_OK) {
        st = last_used_new(seed, &s->last_used);
    }
    if (st == IAM_OK) {
        st = bridge_start(&s->bridge, s->config.workers, seed);
    }
    return st == IAM_OK ? IAM_OK : fatal("cannot start", iam_status_text(st), st);
}

static enum iam_status start_audit(struct server *s)
{
    char path[PATH_BYTES];
    const char *file = s->config.audit_path;
    if (file == NULL && s->config.data_dir != NULL) {
        IAM_TRY(join(path, s->config.data_dir, "audit.jsonl"));
        file = path;
    }
    if (file == NULL) {
        return IAM_OK;
    }
    enum iam_status st = audit_open(file, &s->audit);
    return st == IAM_OK ? IAM_OK : fatal("cannot open the audit file", strerror(errno), st);
}

static void wire(struct server *s)
{
    s->env = (struct api_env){ .catalog = &api_catalog,
                               .store = s->store,
                               .keeper = s->keeper,
                               .directory = s->directory,
                               .quotas = &s->config.quotas,
                               .region = IAM_STR("us-east-1"),
                               .now_ms = clock_now_ms,
                               .note_use = last_used_note,
                               .note_use_ctx = s->last_used };
    s->authn = sources_authn(s->keeper, s->directory);
    s->bridge.env = &s->env;
    s->bridge.authn = &s->authn;
    s->bridge.audit = s->audit;
    s->bridge.health = &s->health;
}

static bool is_tls(const struct server_config *c)
{
    return c->tls_self_signed || c->tls_cert != NULL;
}

static enum iam_status start_http(struct server *s)
{
    char error[256];
    const struct server_config *c = &s->config;
    struct iam_http_config config = { .listen_address = c->listen,
                                      .unix_path = c->unix_path,
                                      .workers = c->workers,
                                      .max_header_bytes = MAX_HEADER_BYTES,
                                      .max_headers = MAX_HEADERS,
                                      .max_body_bytes = MAX_BODY_BYTES,
                                      .max_connections = MAX_CONNECTIONS,
                                      .arena_max_bytes = ARENA_BYTES,
                                      .max_memory_bytes = MAX_MEMORY_BYTES,
                                      .header_timeout_ms = HEADER_TIMEOUT_MS,
                                      .body_timeout_ms = BODY_TIMEOUT_MS,
                                      .idle_timeout_ms = IDLE_TIMEOUT_MS,
                                      .write_timeout_ms = WRITE_TIMEOUT_MS,
                                      .tls_cert_file = c->tls_cert,
                                      .tls_key_file = c->tls_key,
                                      .tls_self_signed = c->tls_self_signed,
                                      .now_ms = clock_now_ms,
                                      .handler = bridge_handle,
                                      .round_end = bridge_round_end,
                                      .error = bridge_error,
                                      .ctx = &s->bridge };
    enum iam_status st = iam_http_start(&config, &s->http, error, sizeof(error));
    return st == IAM_OK ? IAM_OK : fatal("cannot listen", error, st);
}

/* Sets the URL of the address and the port that was bound. */
static void set_listen_url(struct server *s, unsigned port)
{
    struct iam_str listen = iam_str_c(s->config.listen);
    size_t colon = listen.len;
    while (colon > 0 && listen.p[colon - 1] != ':') {
        colon--;
    }
    (void)snprintf(s->listen_url, sizeof(s->listen_url), "%s://%.*s%u",
                   is_tls(&s->config) ? "https" : "http", (int)colon, listen.p, port);
}

/*
 * Wipes the secrets that are no longer needed, so that they are found neither in the environment
 * nor in a core dump.
 */
static void forget_secrets(void)
{
    static const char *const names[] = { "IAMD_MASTER_KEY", "IAMD_ROOT_SECRET_ACCESS_KEY" };
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        char *value = getenv(names[i]);
        if (value != NULL) {
            iam_wipe(value, strlen(value));
            (void)unsetenv(names[i]);
        }
    }
}

static enum iam_status start(struct server *s)
{
    uint64_t seed;
    IAM_TRY(start_data_dir(s));
    IAM_TRY(start_keeper(s));
    IAM_TRY(iam_keeper_random(&seed, sizeof(seed)));
    IAM_TRY(start_store(s));
    IAM_TRY(start_account(s));
    IAM_TRY(start_parts(s, seed));
    IAM_TRY(start_audit(s));
    wire(s);
    return start_http(s);
}

/* ---- run ---- */

/* Runs the maintenance once, however many turns have queued up. */
static void maintain(void *const *args, size_t count)
{
    const struct server *s = args[count - 1];
    maintenance_run(s->store, s->directory, s->last_used);
}

/* Queues the maintenance; this turn is skipped when the queue of writes is full. */
static void maintain_later(struct server *s)
{
    if (queue_put(s->bridge.lanes.writer, 0, maintain, s) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "the write queue is full, maintenance is skipped", NULL, 0);
    }
}

/*
 * Starts to load the principals that were used last before the start; without this the first
 * requests take a little longer.
 */
static void start_warming(struct server *s)
{
    if (iam_warm_start(iam_heap(), s->store, s->directory, &s->warm) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot warm the directory", NULL, 0);
    }
}

/* Starts to serve requests, and logs it. */
static void announce(struct server *s)
{
    set_listen_url(s, iam_http_port(s->http));
    struct iam_str url = iam_str_c(s->listen_url);
    s->env.base_url = s->config.url != NULL ? iam_str_c(s->config.url) : url;
    forget_secrets();
    atomic_store(&s->bridge.is_started, true);
    log_write(LOG_LEVEL_INFO, "ready",
              LOG_FIELDS({ "listen", iam_str_sub(url, iam_str_find(url, '/', 0) + 2, url.len) },
                         { "url", s->env.base_url }, { "version", IAM_STR(IAMD_VERSION) }));
}

/*
 * Opens the audit file again after it was moved away: later records go into a new file of the same
 * name.
 */
static void reopen_audit(struct server *s)
{
    if (s->audit != NULL && audit_reopen(s->audit) != IAM_OK) {
        log_write(LOG_LEVEL_ERROR, "cannot reopen the audit file", NULL, 0);
    }
}

/*
 * Waits for SIGTERM or SIGINT. Meanwhile SIGHUP reopens the audit file, and the writer thread is
 * given the maintenance periodically, unless it hangs.
 */
static void wait_for_signal(struct server *s, const sigset_t *signals)
{
    const struct timespec period = { .tv_sec = MAINTENANCE_SECONDS };
    for (;;) {
        int sig = sigtimedwait(signals, NULL, &period);
        if (sig == SIGTERM || sig == SIGINT) {
            return;
        }
        if (sig == SIGHUP) {
            reopen_audit(s);
        }
        if (sig < 0 && errno == EAGAIN && !lanes_watch(&s->bridge.lanes, &s->health)) {
            maintain_later(s);
        }
    }
}

static void stop(struct server *s)
{
    (void)health_set(&s->health, HEALTH_DRAINING, true);
    if (s->http != NULL) {
        iam_http_stop(s->http, DRAIN_MS);
    }
    iam_warm_stop(s->warm);
    lanes_stop(&s->bridge.lanes);
    if (s->last_used != NULL && last_used_flush(s->last_used, s->store) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot write the last-used data", NULL, 0);
    }
    last_used_free(s->last_used);
    audit_close(s->audit);
    iam_directory_free(s->directory);
    api_validate_stop();
    iam_store_close(s->store);
    iam_keeper_free(s->keeper);
    if (s->lock_fd >= 0) {
        (void)close(s->lock_fd);
    }
}

int serve(const struct server_config *config)
{
    struct server s = { .config = *config, .lock_fd = -1 };
    sigset_t signals;

    /* No core dump with secrets, and no debugger of another process of the same user. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);

    int code = 1;
    if (start(&s) == IAM_OK) {
        announce(&s);
        start_warming(&s);
        wait_for_signal(&s, &signals);
        log_write(LOG_LEVEL_INFO, "draining", NULL, 0);
        code = 0;
    }
    stop(&s);
    if (code == 0) {
        log_write(LOG_LEVEL_INFO, "stopped", NULL, 0);
    }
    return code;
}
