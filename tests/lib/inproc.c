/* SPDX-License-Identifier: Apache-2.0 */
/* See inproc.h. */
#include "lib/inproc.h"

#include <stdio.h>

#include "base/time.h"
#include "lib/row_sealer.h"
#include "server/sources.h"
#include "store/access_key.h"
#include "store/account.h"
#include "store/change.h"
#include "wire/codec.h"

#define DIRECTORY_BYTES ((size_t)64 << 20)
#define ARENA_BYTES ((size_t)256 << 20)
#define REQUEST_BYTES ((size_t)32 << 20)
#define FORM "application/x-www-form-urlencoded"

int64_t inproc_now_ms;
int64_t inproc_sign_ms;
int64_t inproc_high_ms;
unsigned inproc_wait_ms = 200;

static int64_t now(void)
{
    return inproc_now_ms;
}

static int64_t high(void)
{
    return inproc_high_ms > inproc_now_ms ? inproc_high_ms : inproc_now_ms;
}

/* ---- life ---- */

static void add_account(struct inproc *s, struct iam_txn *txn, struct iam_str id,
                        const struct inproc_caller *root)
{
    struct iam_account account = { .id = id, .name = IAM_STR("Account-1"), .created_ms = 1 };
    struct iam_access_key key = {
        .id = root->id, .account = id, .owner_id = id, .is_active = true, .created_ms = 1
    };
    assert_ok(iam_keeper_seal_given_secret(s->keeper, root->id, root->secret, &s->arena,
                                           &key.sealed_secret));
    assert_ok(iam_store_account_add(txn, &account));
    assert_ok(iam_store_access_key_add(txn, &key));
}

static void open_store(struct inproc *s, const char *path)
{
    const struct iam_store_options options = { .sealer = TEST_ROW_SEALER,
                                               .path = path,
                                               .wait_ms = inproc_wait_ms };
    const struct iam_keeper_config config = { .alloc = iam_heap() };
    char error[IAM_STORE_ERROR_MAX];
    struct iam_txn *txn;
    assert_ok(iam_keeper_new(&config, &s->keeper, error, sizeof(error)));
    assert_ok(iam_store_open(&options, &s->store, error));
    assert_ok(iam_store_begin(s->store, IAM_TXN_WRITE, &txn));
    add_account(s, txn, INPROC_ACCOUNT, &s->root);
    add_account(s, txn, INPROC_OTHER_ACCOUNT, &s->other_root);
    assert_ok(iam_txn_commit(txn));
}

void inproc_setup_at(struct inproc *s, const char *path)
{
    inproc_now_ms = INPROC_NOW_MS;
    inproc_sign_ms = INPROC_NOW_MS;
    inproc_high_ms = 0;
    *s = (struct inproc){
        .root = {.id = IAM_STR("AKIAROOTROOTROOTROOT"),
                 .secret = IAM_STR("root-secret-0123456789-0123456789")},
        .other_root = { .id = IAM_STR("AKIAOTHEROTHEROTHERO"),
                 .secret = IAM_STR("other-secret-0123456789-012345678")},
        .region = IAM_STR("us-east-1"),
    };
    iam_arena_init(&s->arena, iam_heap(), ARENA_BYTES);
    open_store(s, path);
    failing_alloc_init(&s->heap, 0, true);
    assert_ok(api_validate_start());
    const struct iam_catalogue_options delivered = {
        .file = "share/aws-policies/aws-policies.iamd",
        .templates = "share/aws-policies/templates.jsonl",
        .dir = "tests/vectors/templates",
    };
    char error[IAM_CATALOGUE_ERROR_MAX];
    assert_ok(iam_catalogue_open(&delivered, &s->catalogue, error));
    const struct iam_directory_options options = { .alloc = &s->heap.alloc,
                                                   .store = s->store,
                                                   .catalogue = s->catalogue,
                                                   .seed = 1,
                                                   .max_bytes = DIRECTORY_BYTES };
    assert_ok(iam_directory_new(&options, &s->directory));
    iam_quotas_default(&s->quotas);
    s->env = (struct api_env){ .catalog = &api_catalog,
                               .store = s->store,
                               .keeper = s->keeper,
                               .directory = s->directory,
                               .catalogue = s->catalogue,
                               .quotas = &s->quotas,
                               .region = IAM_STR("us-east-1"),
                               .base_url = IAM_STR("http://iam.example"),
                               .now_ms = now,
                               .high_ms = high };
    s->authn = sources_authn(s->keeper, s->directory);
}

int inproc_setup(void **state)
{
    static struct inproc storage;
    inproc_setup_at(&storage, ":memory:");
    *state = &storage;
    return 0;
}

int inproc_teardown(void **state)
{
    struct inproc *s = *state;
    iam_directory_free(s->directory);
    iam_catalogue_close(s->catalogue);
    assert_int_equal(s->heap.live, 0);
    iam_store_close(s->store);
    iam_keeper_free(s->keeper);
    iam_arena_done(&s->arena);
    api_validate_stop();
    return 0;
}

/* ---- requests ---- */

void inproc_add_header(struct inproc_request *q, const char *name, struct iam_str value)
{
    assert_true(q->wire.header_count < INPROC_HEADERS);
    q->headers[q->wire.header_count++] = (struct iam_authn_header){ iam_str_c(name), value };
}

static void sign(struct inproc *s, const struct inproc_caller *who, const char *service,
                 bool has_type, struct inproc_request *q)
{
    char text[IAM_TIME_BASIC_LEN + 1];
    iam_time_to_basic(inproc_sign_ms, text);
    struct iam_str date = signer_fmt(&s->arena, "%s", text);
    struct signer signer = { .arena = &s->arena,
                             .id = who->id,
                             .secret = who->secret,
                             .region = s->region,
                             .service = iam_str_c(service),
                             .date = date };
    struct signer_target target = { q->wire.path, IAM_STR("") };
    inproc_add_header(q, "X-Amz-Date", date);
    if (iam_str_is_set(who->token)) {
        inproc_add_header(q, "X-Amz-Security-Token", who->token);
    }
    const char *names =
        signer_fmt(&s->arena, "%shost;x-amz-date%s", has_type ? "content-type;" : "",
                   iam_str_is_set(who->token) ? ";x-amz-security-token" : "")
            .p;
    struct iam_authn_request request = { .method = q->wire.method,
                                         .headers = q->headers,
                                         .header_count = q->wire.header_count,
                                         .body = q->wire.body };
    inproc_add_header(q, "Authorization", signer_authorization(&signer, &request, &target, names));
}

struct inproc_request inproc_make(struct inproc *s, const struct inproc_caller *who,
                                  const char *service, const char *method, const char *path,
                                  const char *content_type, const char *body)
{
    struct inproc_request q = {
        .wire = {.method = iam_str_c(method),
                 .path = iam_str_c(path),
                 .body = body != NULL ? signer_fmt(&s->arena, "%s", body) : IAM_STR(""),
                 .source_ip = IAM_STR("192.0.2.7")}
    };
    inproc_add_header(&q, "Host", IAM_STR("iam.example"));
    inproc_add_header(&q, "User-Agent", IAM_STR("test/1"));
    if (content_type != NULL) {
        inproc_add_header(&q, "Content-Type", iam_str_c(content_type));
    }
    if (who != NULL) {
        sign(s, who, service, content_type != NULL, &q);
    }
    return q;
}

/* Returns the version of the service that is signed for; empty when there is no such service. */
static struct iam_str version_of(const struct inproc *s, const char *service)
{
    for (size_t i = 0; i < s->env.catalog->count; i++) {
        if (iam_str_eq(s->env.catalog->services[i]->signing_name, iam_str_c(service))) {
            return s->env.catalog->services[i]->version;
        }
    }
    return IAM_STR("");
}

struct inproc_request inproc_query(struct inproc *s, const struct inproc_caller *who,
                                   const char *service, const char *text)
{
    struct iam_str whole = iam_str_c(text);
    if (strncmp(text, "Version=", 8) != 0 && strstr(text, "&Version=") == NULL) {
        assert_ok(iam_arena_fmt(&s->arena, &whole, "%s%sVersion=%.*s%c", text,
                                text[0] != '\0' ? "&" : "", IAM_STR_ARG(version_of(s, service)),
                                '\0'));
    }
    return inproc_make(s, who, service, "POST", "/", FORM, whole.p);
}

void inproc_open(struct inproc *s, const struct inproc_request *q, struct iam_arena *arena,
                 struct api_request *r)
{
    struct api_wire wire = q->wire;
    wire.headers = q->headers;
    api_request_open(r, &s->env, &s->authn, &wire, arena, INPROC_REQUEST_ID);
    if (!r->is_done) {
        api_request_read(r);
    }
}

void inproc_close(struct inproc *s, struct api_request *r)
{
    s->status = r->response.status;
    assert_ok(iam_arena_dup(&s->arena, r->response.body, &s->body));
    api_request_close(r);
}

int inproc_send_within(struct inproc *s, const struct inproc_request *q, size_t bytes)
{
    struct iam_arena arena;
    struct api_request r;
    iam_arena_init(&arena, iam_heap(), bytes);
    inproc_open(s, q, &arena, &r);
    if (!r.is_done) {
        api_request_run(&r);
    }
    inproc_close(s, &r);
    iam_arena_done(&arena);
    return s->status;
}

int inproc_send(struct inproc *s, const struct inproc_request *q)
{
    return inproc_send_within(s, q, REQUEST_BYTES);
}

__attribute__((format(printf, 2, 0))) static const char *format(struct inproc *s, const char *fmt,
                                                                va_list args)
{
    char *text = iam_arena_alloc(&s->arena, 65536);
    assert_non_null(text);
    int n = vsnprintf(text, 65536, fmt, args);
    assert_in_range(n, 0, 65535);
    return text;
}

int inproc_ask(struct inproc *s, const struct inproc_caller *who, const char *service,
               const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = format(s, fmt, args);
    va_end(args);
    struct inproc_request q = inproc_query(s, who, service, text);
    return inproc_send(s, &q);
}

void inproc_must(struct inproc *s, const struct inproc_caller *who, const char *service,
                 const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = format(s, fmt, args);
    va_end(args);
    struct inproc_request q = inproc_query(s, who, service, text);
    if (inproc_send(s, &q) != 200) {
        fail_msg("%s: %d %.*s", text, s->status, IAM_STR_ARG(s->body));
    }
}

/* ---- answers ---- */

bool inproc_says(const struct inproc *s, const char *part)
{
    return memmem(s->body.p, s->body.len, part, strlen(part)) != NULL;
}

struct iam_str inproc_text(const struct inproc *s, const char *element)
{
    char tag[64];
    (void)snprintf(tag, sizeof(tag), "<%s>", element);
    const char *at = memmem(s->body.p, s->body.len, tag, strlen(tag));
    if (at == NULL) {
        fail_msg("no %s in %.*s", tag, IAM_STR_ARG(s->body));
    }
    size_t from = (size_t)(at - s->body.p) + strlen(tag);
    return iam_str_sub(s->body, from, iam_str_find(s->body, '<', from) - from);
}

void inproc_expect(const struct inproc *s, int status, const char *part)
{
    if (s->status != status || !inproc_says(s, part)) {
        fail_msg("%d %.*s\ninstead of %d \"%s\"", s->status, IAM_STR_ARG(s->body), status, part);
    }
}

/* ---- entities ---- */

const char *inproc_form(struct inproc *s, const char *text)
{
    struct iam_str escaped = signer_escape(&s->arena, iam_str_c(text));
    return signer_fmt(&s->arena, "%.*s", IAM_STR_ARG(escaped)).p;
}

void inproc_put_user_policy(struct inproc *s, const char *name, const char *policy)
{
    inproc_must(s, &s->root, "iam",
                "Action=PutUserPolicy&UserName=%s&PolicyName=p&PolicyDocument=%s", name,
                inproc_form(s, policy));
}

struct inproc_caller inproc_user(struct inproc *s, const char *name, const char *policy)
{
    inproc_must(s, &s->root, "iam", "Action=CreateUser&UserName=%s", name);
    if (policy != NULL) {
        inproc_put_user_policy(s, name, policy);
    }
    inproc_must(s, &s->root, "iam", "Action=CreateAccessKey&UserName=%s", name);
    return (struct inproc_caller){ .id = inproc_text(s, "AccessKeyId"),
                                   .secret = inproc_text(s, "SecretAccessKey"),
                                   .token = iam_str_absent() };
}

struct iam_str inproc_role(struct inproc *s, const char *name, const char *trust,
                           const char *policy)
{
    inproc_must(s, &s->root, "iam", "Action=CreateRole&RoleName=%s&AssumeRolePolicyDocument=%s",
                name, inproc_form(s, trust));
    struct iam_str arn = inproc_text(s, "Arn");
    if (policy != NULL) {
        inproc_must(s, &s->root, "iam",
                    "Action=PutRolePolicy&RoleName=%s&PolicyName=p&PolicyDocument=%s", name,
                    inproc_form(s, policy));
    }
    return arn;
}

struct inproc_caller inproc_assume(struct inproc *s, const struct inproc_caller *who,
                                   struct iam_str role_arn, const char *session, const char *more)
{
    inproc_must(s, who, "sts", "Action=AssumeRole&RoleArn=%.*s&RoleSessionName=%s%s",
                IAM_STR_ARG(role_arn), session, more);
    return (struct inproc_caller){ .id = inproc_text(s, "AccessKeyId"),
                                   .secret = inproc_text(s, "SecretAccessKey"),
                                   .token = inproc_text(s, "SessionToken") };
}

int64_t inproc_last_change(struct inproc *s)
{
    struct iam_txn *txn;
    int64_t seq = 0;
    assert_ok(iam_store_begin(s->store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_change_last(txn, &seq));
    iam_txn_rollback(txn);
    return seq;
}
