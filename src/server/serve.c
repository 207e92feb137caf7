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
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authn/saml.h"
#include "base/heap.h"
#include "directory/warm.h"
#include "keeper/locked_memory.h"
#include "model/version.h"
#include "server/bootstrap.h"
#include "server/bridge.h"
#include "server/clock.h"
#include "server/control.h"
#include "server/descriptors.h"
#include "server/fetching.h"
#include "server/harden.h"
#include "server/health.h"
#include "server/integrity.h"
#include "server/keys.h"
#include "server/landlock.h"
#include "server/last_used.h"
#include "server/log.h"
#include "server/maintenance.h"
#include "server/memory.h"
#include "server/policies.h"
#include "server/pressure.h"
#include "server/reports.h"
#include "server/seccomp.h"
#include "server/service_uses.h"
#include "server/sources.h"
#include "server/watch.h"
#include "wire/codec.h"

/*
 * Connections to the store besides those of the workers and the lanes: for the start, the
 * control socket, the thread that warms the directory, the one that makes reports, one that
 * reads into the directory while all others are taken, and those that wait for what is outside.
 */
#define EXTRA_CONNECTIONS (5 + ISSUERS_THREADS)
#define DRAIN_MS 10000
/* How long the end waits for the reader of the log. */
#define LOG_WAIT_MS 2000
#define MAINTENANCE_SECONDS 1
/* For looking for damage of the store at start: enough for 100 MB. */
#define EXAMINE_MS 500

/* LIMITS of the HTTP layer. A body has room for the largest policy document, form-encoded. */
#define MAX_HEADER_BYTES (32u << 10)
#define MAX_HEADERS 100
#define MAX_BODY_BYTES (1u << 20)
#define MAX_CONNECTIONS 4096
#define ARENA_BYTES (32u << 20)
/* Of the memory for requests, and of the connections for one source, unless options say more. */
#define STRANGERS_SHARE 4
#define SOURCE_SHARE 4
/* What a connection takes that is not counted, for finding out when it is worth returning. */
#define CONNECTION_BYTES ((size_t)16 << 10)
#define HEADER_TIMEOUT_MS 10000
#define BODY_TIMEOUT_MS 30000
#define IDLE_TIMEOUT_MS 75000
#define WRITE_TIMEOUT_MS 30000

/* Everything that runs; zero means that it was not started. */
struct server {
    struct server_config config;
    struct data_dir dir;
    struct rotate rotate;
    struct control *control;
    struct iam_locked_memory secrets;
    size_t descriptors;     /* the limit */
    size_t max_connections; /* what it leaves */
    struct memory memory;
    struct pressure pressure;
    struct iam_keeper *keeper;
    struct iam_store *store;
    struct iam_catalogue *catalogue;
    struct iam_directory *directory;
    struct iam_warm *warm;
    struct reports *reports;
    struct fetching fetching;
    struct issuers *issuers;
    struct api_outside outside;
    struct last_used *last_used;
    struct service_uses *service_uses;
    struct trail *trail;
    struct iam_http_server *http;
    struct api_env env;
    struct iam_authn authn;
    struct health health;
    struct watch watch;
    struct integrity integrity;
    struct bridge bridge;
    bool is_stopped; /* it was told to, before it had started */
    char listen_url[512];
};

static enum iam_status fatal(const char *what, const char *why, enum iam_status st)
{
    log_write(LOG_LEVEL_ERROR, what, LOG_FIELDS({ "error", iam_str_c(why) }));
    return st;
}

/* Tells why what has a thread does not start: IAM_IO is the thread that cannot be made. */
static enum iam_status fatal_thread(enum iam_status st)
{
    return fatal("cannot start",
                 st == IAM_IO ? "no more threads can be made: raise the limit of their number "
                                "(RLIMIT_NPROC, TasksMax=) or of the address space (RLIMIT_AS)"
                              : iam_status_text(st),
                 st);
}

/* ---- start, in order ---- */

/* Starts the process that fetches: the first of all, while there is no secret and no thread. */
static enum iam_status start_fetcher(struct server *s)
{
    const char *why;
    enum iam_status st = fetching_start(&s->fetching, &s->config.oidc, &s->health, &why);
    if (st != IAM_OK) {
        const char *file = s->config.oidc.ca_file;
        log_write(LOG_LEVEL_ERROR, "cannot start what fetches keys of identity providers",
                  LOG_FIELDS({ "error", iam_str_c(why) },
                             { "caFile", iam_str_c(file != NULL ? file : "none") }));
    }
    return st;
}

static enum iam_status start_data_dir(struct server *s)
{
    char error[DATA_DIR_ERROR_MAX];
    enum iam_status st = data_dir_open(&s->dir, s->config.data_dir, error);
    return st == IAM_OK ? IAM_OK : fatal("cannot use the data directory", error, st);
}

/* Says that there is no way back. */
static void log_migration(const struct iam_store *store)
{
    char texts[2][24];
    int64_t from;
    int64_t to;
    if (!iam_store_was_migrated(store, &from, &to)) {
        return;
    }
    (void)snprintf(texts[0], sizeof(texts[0]), "%lld", (long long)from);
    (void)snprintf(texts[1], sizeof(texts[1]), "%lld", (long long)to);
    log_write(LOG_LEVEL_INFO, "the store was migrated, an older iamd cannot use it any more",
              LOG_FIELDS({ "from", iam_str_c(texts[0]) }, { "to", iam_str_c(texts[1]) }));
}

static enum iam_status start_store(struct server *s)
{
    char path[DATA_DIR_PATH_MAX];
    char error[IAM_STORE_ERROR_MAX];
    struct iam_store_options options = { .path = ":memory:",
                                         .max_connections = s->config.workers +
                                                            lanes_connections(s->config.workers) +
                                                            EXTRA_CONNECTIONS,
                                         .seals_later = true };
    integrity_init(&s->integrity, &s->health);
    options.sealer = integrity_sealer(&s->integrity);
    if (s->config.data_dir != NULL) {
        IAM_TRY(data_dir_join(&s->dir, "iamd.db", path));
        options.path = path;
        options.is_sealed = sealed_is_noted(s->config.data_dir);
    }
    enum iam_status st = iam_store_open(&options, &s->store, error);
    if (st == IAM_OK) {
        log_migration(s->store);
        st = iam_store_open_all(s->store, error);
    }
    return st == IAM_OK ? IAM_OK : fatal("cannot open the store", error, st);
}

static void log_damage(void *ctx, const char *text)
{
    size_t *count = ctx;
    log_write(LOG_LEVEL_EACH, "the store is damaged", LOG_FIELDS({ "damage", iam_str_c(text) }));
    (*count)++;
}

/* Refuses a damaged store, before anything is written to it. */
static enum iam_status examine_store(struct server *s)
{
    size_t damages = 0;
    bool is_done = false;
    enum iam_status st = iam_store_examine(s->store, EXAMINE_MS, log_damage, &damages, &is_done);
    if (st != IAM_OK || damages > 0) {
        return fatal("cannot start on a damaged store",
                     "nothing was written; 'iamd check --data DIR' lists what is wrong, and a copy "
                     "of the store made with sqlite3's .backup can be put back, once iamd.db-wal "
                     "and iamd.db-shm, which are of the damaged one, are removed",
                     IAM_CORRUPT);
    }
    if (!is_done) {
        log_write(LOG_LEVEL_WARN,
                  "the store was not looked at for damage everywhere: a start has no time for more",
                  LOG_FIELDS({ "instead", IAM_STR("iamd check --data DIR") }));
    }
    return IAM_OK;
}

static enum iam_status start_keeper(struct server *s)
{
    char error[DATA_DIR_ERROR_MAX];
    if (iam_locked_memory_init(&s->secrets) != IAM_OK) {
        return fatal("cannot start", "libsodium cannot be used", IAM_IO);
    }
    enum iam_status st = keys_open(&s->dir, s->store, &s->secrets.alloc, &s->keeper, error);
    if (st == IAM_OK && atomic_load(&s->secrets.is_incomplete)) {
        log_write(LOG_LEVEL_WARN, "not all secrets are in locked memory: raise LimitMEMLOCK", NULL,
                  0);
    }
    return st == IAM_OK ? IAM_OK : fatal("cannot use the master key", error, st);
}

/* Tells whether a signal waits that ends the server. */
static bool is_told_to_stop(void)
{
    sigset_t signals;
    return sigpending(&signals) == 0 &&
           (sigismember(&signals, SIGTERM) == 1 || sigismember(&signals, SIGINT) == 1);
}

/*
 * Lets rows be verified, and gives those of a store that is new, or from before MACs, theirs. A
 * store of before may be large: who is told to stop meanwhile leaves it as it was.
 */
static enum iam_status seal_store(struct server *s)
{
    integrity_use(&s->integrity, s->keeper);
    integrity_until(&s->integrity, is_told_to_stop);
    enum iam_status st = sealed_make(s->config.data_dir, s->store);
    integrity_until(&s->integrity, NULL);
    s->is_stopped = st == IAM_CONFLICT && is_told_to_stop();
    if (s->is_stopped) {
        log_write(LOG_LEVEL_INFO, "told to stop, the rows get their MACs at the next start", NULL,
                  0);
        return st;
    }
    return st == IAM_OK ? IAM_OK
                        : fatal("cannot give the rows of the store MACs", iam_status_text(st), st);
}

static enum iam_status start_watch(struct server *s)
{
    enum iam_status st = watch_start(&s->watch, s->store, &s->health, s->config.accept_clock);
    return st == IAM_OK ? IAM_OK : fatal("cannot read the time", iam_status_text(st), st);
}

static enum iam_status start_account(struct server *s)
{
    char error[DATA_DIR_ERROR_MAX];
    int64_t now_ms = clock_now_ms();
    enum iam_status st = bootstrap(&s->config, s->store, s->keeper, now_ms, error);
    if (st == IAM_OK) {
        st = keys_settle(&s->dir, s->store, s->keeper, now_ms, error);
    }
    return st == IAM_OK ? IAM_OK : fatal("cannot start", error, st);
}

static enum iam_status start_catalogue(struct server *s)
{
    char error[IAM_CATALOGUE_ERROR_MAX];
    enum iam_status st = policies_open(&s->config, &s->catalogue, error);
    return st == IAM_OK ? IAM_OK : fatal("cannot use AWS's managed policies", error, st);
}

/*
 * Starts the directory. Its seed protects the hash tables: it is used for nothing else and never
 * shown.
 */
static enum iam_status start_directory(struct server *s)
{
    struct iam_directory_options options = { .alloc = iam_heap(),
                                             .store = s->store,
                                             .catalogue = s->catalogue,
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
        st = service_uses_new(seed, &s->service_uses);
    }
    return st == IAM_OK ? IAM_OK : fatal("cannot start", iam_status_text(st), st);
}

/* Starts the threads of the lanes: after lock_in, so that they are restricted too. */
static enum iam_status start_lanes(struct server *s)
{
    uint64_t seed;
    enum iam_status st = iam_keeper_random(&seed, sizeof(seed));
    if (st == IAM_OK) {
        st = bridge_start(&s->bridge, s->config.workers, seed);
    }
    return st == IAM_OK ? IAM_OK : fatal_thread(st);
}

static enum iam_status start_issuers(struct server *s)
{
    struct issuers_options options = { .fetch = fetching_get,
                                       .fetch_ctx = s->fetching.fetcher,
                                       .oidc = &s->config.oidc,
                                       .now_ms = clock_steady_ms };
    IAM_TRY(iam_keeper_random(&options.seed, sizeof(options.seed)));
    enum iam_status st = issuers_start(&options, &s->issuers);
    atomic_store(&s->fetching.issuers, s->issuers);
    return st == IAM_OK ? IAM_OK : fatal_thread(st);
}

static enum iam_status start_audit(struct server *s, uint64_t seed)
{
    char path[DATA_DIR_PATH_MAX];
    char error[FILES_ERROR_MAX];
    struct trail_options options = { .path = s->config.audit_path,
                                     .seed = seed,
                                     .reserve_bytes = s->config.audit_reserve_bytes,
                                     .is_required = s->config.audit_required,
                                     .health = &s->health };
    if (options.path == NULL && s->config.data_dir != NULL) {
        IAM_TRY(data_dir_join(&s->dir, "audit.jsonl", path));
        options.path = path;
    }
    if (options.path == NULL) {
        return IAM_OK;
    }
    enum iam_status st = files_check_at(AT_FDCWD, options.path, options.path, FILES_STREAM, error);
    if (st != IAM_OK && st != IAM_NOT_FOUND) {
        return fatal("cannot use the audit file", error, st);
    }
    st = trail_open(&options, &s->trail);
    if (st != IAM_OK) {
        (void)snprintf(error, sizeof(error), "'%.1000s': %s", options.path, strerrordesc_np(errno));
        return fatal("cannot open the audit file", error, st);
    }
    return IAM_OK;
}

static void wire(struct server *s)
{
    s->env = (struct api_env){ .catalog = &api_catalog,
                               .store = s->store,
                               .keeper = s->keeper,
                               .directory = s->directory,
                               .catalogue = s->catalogue,
                               .quotas = &s->config.quotas,
                               .region = IAM_STR("us-east-1"),
                               .now_ms = clock_now_ms,
                               .high_ms = clock_high_ms,
                               .note_use = last_used_note,
                               .note_use_ctx = s->last_used,
                               .note_service = service_uses_note,
                               .note_service_ctx = s->service_uses,
                               .outside = &s->outside };
    issuers_outside(s->issuers, &s->outside);
    s->bridge.wait = issuers_wait;
    s->bridge.wait_ctx = s->issuers;
    s->authn = sources_authn(s->keeper, s->directory);
    s->bridge.env = &s->env;
    s->bridge.authn = &s->authn;
    s->bridge.trail = s->trail;
    s->bridge.health = &s->health;
}

/*
 * Gives up what only the start needed, while there is one thread: capabilities, and the files of
 * others.
 */
static void lock_in(void *ctx)
{
    const struct server_config *c = &((const struct server *)ctx)->config;
    const struct landlock_paths paths = {
        .data_dir = c->data_dir,
        .audit_file = c->audit_path,
        .unix_path = c->unix_path,
        .read = {c->tls_cert, c->tls_key}
    };
    iam_saml_start(); /* threads could not, and libraries read what they like when they start */
    harden_drop_capabilities();
    landlock_restrict(&paths);
    /* From now on nobody waits for the reader of the log; its thread is the first, locked in. */
    if (log_start() != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "the log has no thread of its own, and waits for its reader",
                  NULL, 0);
    }
}

/* Starts what a command on this machine talks to; a store in memory has none. */
static enum iam_status start_control(struct server *s)
{
    char error[DATA_DIR_ERROR_MAX] = "cannot read the keys of the store";
    if (s->config.data_dir == NULL) {
        return IAM_OK;
    }
    s->rotate = (struct rotate){ .dir = &s->dir, .store = s->store, .keeper = s->keeper };
    struct control_options options = { .rotate = &s->rotate,
                                       .directory = s->directory,
                                       .audit = s->trail != NULL ? trail_file(s->trail) : NULL };
    enum iam_status st = rotate_look(&s->rotate);
    if (st == IAM_OK) {
        st = control_start(&options, &s->control, error);
    }
    return st == IAM_OK ? IAM_OK : fatal("cannot start", error, st);
}

/* Checks the files of the listener, which it opens by their names. */
static enum iam_status check_http_files(const struct server_config *c)
{
    char error[FILES_ERROR_MAX];
    enum iam_status st =
        c->tls_key != NULL ? files_check_path(c->tls_key, FILES_TLS_KEY, error) : IAM_NOT_FOUND;
    if (st != IAM_OK && st != IAM_NOT_FOUND) {
        return fatal("cannot use the TLS key", error, st);
    }
    st = c->unix_path != NULL
             ? files_check_at(AT_FDCWD, c->unix_path, c->unix_path, FILES_SOCKET, error)
             : IAM_NOT_FOUND;
    return st == IAM_OK || st == IAM_NOT_FOUND ? IAM_OK : fatal("cannot listen", error, st);
}

static bool is_tls(const struct server_config *c)
{
    return c->tls_self_signed || c->tls_cert != NULL;
}

/* Finds out how many connections there may be, once everything else is open. */
static enum iam_status count_connections(struct server *s)
{
    char error[128];
    size_t more = iam_http_descriptors(s->config.workers) + IAM_HTTP_EXTRA_CONNECTIONS;
    size_t used = descriptors_open();
    s->max_connections = descriptors_for_connections(s->descriptors, used, more, MAX_CONNECTIONS);
    (void)snprintf(error, sizeof(error),
                   "the limit of open files (RLIMIT_NOFILE) is %zu, and must be %zu or more",
                   s->descriptors, descriptors_least(used, more));
    return s->max_connections > 0 ? IAM_OK : fatal("cannot serve", error, IAM_LIMIT);
}

static size_t source_connections(const struct server *s)
{
    size_t asked = s->config.http.source_connections;
    return asked != 0 ? asked : s->max_connections / SOURCE_SHARE;
}

static enum iam_status start_http(struct server *s)
{
    char error[256];
    const struct server_config *c = &s->config;
    IAM_TRY(count_connections(s));
    struct iam_http_config config = { .listen_address = c->listen,
                                      .unix_path = c->unix_path,
                                      .unix_mode = c->http.unix_mode,
                                      .unix_gid = c->http.unix_gid,
                                      .workers = c->workers,
                                      .max_header_bytes = MAX_HEADER_BYTES,
                                      .max_headers = MAX_HEADERS,
                                      .max_body_bytes = MAX_BODY_BYTES,
                                      .max_connections = s->max_connections,
                                      .max_source_connections = source_connections(s),
                                      .exempt_count = c->http.exempt_count,
                                      .arena_max_bytes = ARENA_BYTES,
                                      .max_memory_bytes = c->request_bytes,
                                      .max_stranger_bytes = c->request_bytes / STRANGERS_SHARE,
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
                                      .ctx = &s->bridge,
                                      .opened = lock_in,
                                      .opened_ctx = s };
    IAM_TRY(check_http_files(c));
    memcpy(config.exempt, c->http.exempt, sizeof(config.exempt));
    IAM_TRY(iam_keeper_random(&config.seed, sizeof(config.seed)));
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

/* Starts the thread that makes reports, also those that the last run has not finished. */
static enum iam_status start_reports(struct server *s)
{
    const struct reports_options options = { .store = s->store,
                                             .directory = s->directory,
                                             .keeper = s->keeper,
                                             .now_ms = clock_now_ms,
                                             .high_ms = clock_high_ms };
    enum iam_status st = reports_start(&options, &s->reports);
    return st == IAM_OK ? IAM_OK : fatal_thread(st);
}

static enum iam_status start(struct server *s)
{
    uint64_t seed;
    IAM_TRY(start_fetcher(s));
    IAM_TRY(start_data_dir(s));
    IAM_TRY(iam_keeper_random(&seed, sizeof(seed)));
    IAM_TRY(start_store(s));
    IAM_TRY(examine_store(s));
    IAM_TRY(start_keeper(s));
    IAM_TRY(seal_store(s));
    IAM_TRY(start_watch(s));
    IAM_TRY(start_account(s));
    IAM_TRY(start_catalogue(s));
    IAM_TRY(start_parts(s, seed));
    IAM_TRY(start_audit(s, seed));
    IAM_TRY(start_http(s)); /* says "starting" until announce */
    IAM_TRY(start_issuers(s));
    wire(s);
    IAM_TRY(start_lanes(s));
    IAM_TRY(start_reports(s));
    return start_control(s);
}

/* ---- run ---- */

/* Runs the maintenance once, however many turns have queued up. */
static void maintain(void *const *args, size_t count)
{
    struct server *s = args[count - 1];
    const struct maintenance m = { .store = s->store,
                                   .directory = s->directory,
                                   .last_used = s->last_used,
                                   .service_uses = s->service_uses,
                                   .trail = s->trail,
                                   .watch = &s->watch,
                                   .health = &s->health };
    maintenance_run(&m, clock_now_ms());
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

/* Logs what the server will take at most, and warns of who can listen. */
static void announce_limits(const struct server *s)
{
    const size_t numbers[] = { s->descriptors, s->max_connections, source_connections(s),
                               s->config.request_bytes };
    char texts[IAM_COUNT(numbers)][24];
    for (size_t i = 0; i < IAM_COUNT(numbers); i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%zu", numbers[i]);
    }
    log_write(LOG_LEVEL_INFO, "limits",
              LOG_FIELDS({ "openFiles", iam_str_c(texts[0]) },
                         { "connections", iam_str_c(texts[1]) },
                         { "connectionsPerSource", iam_str_c(texts[2]) },
                         { "requestBytes", iam_str_c(texts[3]) }));
    if (!is_tls(&s->config) && !http_option_is_loopback(s->config.listen)) {
        log_write(LOG_LEVEL_WARN,
                  "requests and answers, new secrets among them, can be read on the network: "
                  "the address is not loopback, and TLS is off",
                  LOG_FIELDS({ "listen", iam_str_c(s->config.listen) }));
    }
}

/* Starts to serve requests, and logs it. All threads run, so the rest of the system can be shut
 * off. */
static void announce(struct server *s)
{
    set_listen_url(s, iam_http_port(s->http));
    struct iam_str url = iam_str_c(s->listen_url);
    const char *dir = s->config.data_dir;
    struct iam_str data = iam_str_c(dir != NULL ? dir : ":memory:");
    s->env.base_url = s->config.url != NULL ? iam_str_c(s->config.url) : url;
    harden_forget_environment();
    announce_limits(s);
    seccomp_restrict();
    atomic_store(&s->bridge.is_started, true);
    log_write(LOG_LEVEL_INFO, "ready",
              LOG_FIELDS({ "listen", iam_str_sub(url, iam_str_find(url, '/', 0) + 2, url.len) },
                         { "url", s->env.base_url }, { "data", data },
                         { "version", IAM_STR(IAMD_VERSION) }));
}

/* Loads the certificate and the key again; connections that there are go on. */
static void reload_tls(struct server *s)
{
    char error[256];
    const struct server_config *c = &s->config;
    if (c->tls_cert == NULL) {
        return;
    }
    if (iam_http_reload_tls(s->http, c->tls_cert, c->tls_key, error, sizeof(error)) == IAM_OK) {
        log_write(LOG_LEVEL_INFO, "TLS uses the certificate as it is now", NULL, 0);
    } else {
        log_write(LOG_LEVEL_ERROR, "cannot load the TLS certificate again, the old one is used",
                  LOG_FIELDS({ "error", iam_str_c(error) }));
    }
}

/* Reports what was refused, and returns memory that nobody needs any more. */
static void look_after_connections(struct server *s)
{
    struct iam_http_stats stats;
    iam_http_stats(s->http, &stats);
    (void)pressure_report(&s->pressure, &stats);
    (void)memory_settle(&s->memory, stats.memory_bytes + stats.connections * CONNECTION_BYTES);
}

/*
 * Waits for SIGTERM or SIGINT. Meanwhile SIGHUP reopens the audit file and reads the certificate
 * and the authorities for identity providers again, the writer thread is given the maintenance
 * periodically unless it hangs, and the clock is watched.
 */
static void wait_for_signal(struct server *s, const sigset_t *signals)
{
    const struct timespec period = { .tv_sec = MAINTENANCE_SECONDS };
    for (;;) {
        int sig = sigtimedwait(signals, NULL, &period);
        bool is_over = sig < 0 && errno == EAGAIN; /* the period */
        if (sig == SIGTERM || sig == SIGINT) {
            return;
        }
        if (sig == SIGHUP) {
            trail_reopen(s->trail);
            reload_tls(s);
            iam_fetcher_renew(s->fetching.fetcher);
        }
        iam_fetcher_look(s->fetching.fetcher);
        if (is_over) {
            watch_judge(&s->watch);
            look_after_connections(s);
        }
        if (is_over && !lanes_watch(&s->bridge.lanes, &s->health)) {
            maintain_later(s);
        }
    }
}

/*
 * Ends the process without the writer, which hangs: nothing that it has not acknowledged was
 * promised to anybody.
 */
static void leave(void)
{
    log_write(LOG_LEVEL_ERROR, "stopped without waiting for the store, which hangs", NULL, 0);
    log_stop(LOG_WAIT_MS);
    _exit(1);
}

/* Writes what the maintenance has not written yet. */
static void flush_uses(struct server *s)
{
    enum iam_status st = IAM_OK;
    if (s->last_used != NULL) {
        st = last_used_flush(s->last_used, s->store);
    }
    if (s->service_uses != NULL && st == IAM_OK) {
        st = service_uses_flush(s->service_uses, s->store);
    }
    if (st != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot write the last-used data", NULL, 0);
    }
}

static void stop(struct server *s)
{
    (void)health_set(&s->health, HEALTH_DRAINING, true);
    if (s->http != NULL) {
        iam_http_stop(s->http, DRAIN_MS);
    }
    iam_warm_stop(s->warm);
    issuers_settle(s->issuers); /* those who wait there go on */
    control_stop(s->control);
    if (!lanes_settle(&s->bridge.lanes) || !reports_stop(s->reports)) {
        leave();
    }
    issuers_stop(s->issuers); /* not sooner: the lanes ask them */
    lanes_stop(&s->bridge.lanes);
    flush_uses(s);
    if (watch_stop(&s->watch) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot write the time to the store", NULL, 0);
    }
    last_used_free(s->last_used);
    service_uses_free(s->service_uses);
    trail_close(s->trail, clock_now_ms());
    iam_directory_free(s->directory);
    iam_catalogue_close(s->catalogue);
    api_validate_stop();
    iam_store_close(s->store);
    iam_keeper_free(s->keeper);
    iam_fetcher_stop(s->fetching.fetcher);
    data_dir_close(&s->dir); /* last: it holds the locks, one of them on the database */
}

int serve(const struct server_config *config)
{
    struct server s = {
        .config = *config, .dir = {.fd = -1, .lock_fd = -1, .db_fd = -1}
    };
    sigset_t signals;

    memory_start();
    s.descriptors = descriptors_raise();
    harden_process();
    /*
     * SIGUSR1 and SIGUSR2 mean nothing here, and by default they end a process; a file that may
     * not grow (RLIMIT_FSIZE) is a write that fails.
     */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)signal(SIGUSR1, SIG_IGN);
    (void)signal(SIGUSR2, SIG_IGN);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);

    int code = 1;
    if (start(&s) == IAM_OK) {
        start_warming(&s);
        announce(&s);
        wait_for_signal(&s, &signals);
        log_write(LOG_LEVEL_INFO, "draining", NULL, 0);
        code = 0;
    } else if (s.is_stopped) {
        code = 0;
    }
    stop(&s);
    if (code == 0) {
        log_write(LOG_LEVEL_INFO, "stopped", NULL, 0);
    }
    log_stop(LOG_WAIT_MS);
    return code;
}
