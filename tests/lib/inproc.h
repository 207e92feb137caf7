/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iamd without sockets and threads: a store in memory, a keeper, a directory and a clock that
 * does not move, two accounts with a root key each. Requests are signed as a client signs them and
 * go through both steps of the dispatcher. Entities are made through the API, as its users make
 * them.
 */
#pragma once

#include "lib/signer.h"

#include "base/heap.h"
#include "dispatch/batch.h"
#include "dispatch/serve.h"
#include "lib/failing_alloc.h"

#define INPROC_ACCOUNT IAM_STR("111122223333")
#define INPROC_OTHER_ACCOUNT IAM_STR("444455556666")
#define INPROC_NOW_MS INT64_C(1767323045000)
#define INPROC_REQUEST_ID IAM_STR("00000000-0000-4000-8000-000000000001")
#define INPROC_HEADERS 16

/* Policy documents of one statement. */
#define STATEMENT(effect, action, more)                                                          \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"" effect "\",\"Action\":\"" action \
    "\"" more "}]}"
#define ALLOW(action) STATEMENT("Allow", action, ",\"Resource\":\"*\"")
#define ALLOW_ON(action, resource) STATEMENT("Allow", action, ",\"Resource\":\"" resource "\"")
#define ALLOW_IF(action, condition) \
    STATEMENT("Allow", action, ",\"Resource\":\"*\",\"Condition\":" condition)
#define TRUST(principal, action) \
    STATEMENT("Allow", action, ",\"Principal\":{\"AWS\":\"" principal "\"}")

/* Who signs. */
struct inproc_caller {
    struct iam_str id;
    struct iam_str secret;
    struct iam_str token; /* absent: a long-term key */
};

struct inproc {
    struct iam_store *store;
    struct iam_keeper *keeper;
    struct iam_catalogue *catalogue;
    struct iam_directory *directory;
    struct failing_alloc heap; /* of the directory */
    struct api_env env;
    struct iam_quotas quotas;
    struct iam_authn authn;
    struct iam_arena arena; /* of the test: what it makes and what was answered */
    struct inproc_caller root;
    struct inproc_caller other_root; /* of INPROC_OTHER_ACCOUNT */
    struct iam_str region;           /* that requests are signed for */

    /* The last answer of inproc_ask. */
    int status;
    struct iam_str body;
};

/* The present instant of every inproc; set back by inproc_setup. */
extern int64_t inproc_now_ms;
/* When requests are signed; the setup sets the present instant. */
extern int64_t inproc_sign_ms;
/* The highest time that was seen; the setup sets 0. The clock's time when that is later. */
extern int64_t inproc_high_ms;
/* How long an inproc that is set up waits for its store, which has one connection in memory: 200,
 * as a test alone waits in vain; longer for threads that take turns on a busy machine. */
extern unsigned inproc_wait_ms;

/* One request: signed, then run as often as the test likes. */
struct inproc_request {
    struct iam_authn_header headers[INPROC_HEADERS];
    struct api_wire wire;
};

/* For cmocka: *state is a struct inproc. */
int inproc_setup(void **state);
int inproc_teardown(void **state);
/* Sets *s up with a new store in a file, in place of inproc_setup; path is not kept. */
void inproc_setup_at(struct inproc *s, const char *path);

/* ---- requests ---- */

/*
 * A POST of a form for the service, signed; text is already form-encoded, and gets the version of
 * the service when it has none.
 */
struct inproc_request inproc_query(struct inproc *s, const struct inproc_caller *who,
                                   const char *service, const char *text);
/* A request of any kind; who NULL: unsigned, body NULL: none. */
struct inproc_request inproc_make(struct inproc *s, const struct inproc_caller *who,
                                  const char *service, const char *method, const char *path,
                                  const char *content_type, const char *body);
/* Adds a header that is not signed. */
void inproc_add_header(struct inproc_request *q, const char *name, struct iam_str value);
/* First step. r must be closed by inproc_close. */
void inproc_open(struct inproc *s, const struct inproc_request *q, struct iam_arena *arena,
                 struct api_request *r);
/* Keeps the answer in s and closes. */
void inproc_close(struct inproc *s, struct api_request *r);
/* Both steps and the answer's status. Its body is s->body. */
int inproc_send(struct inproc *s, const struct inproc_request *q);
/* The same with an arena for the request that holds at most bytes. */
int inproc_send_within(struct inproc *s, const struct inproc_request *q, size_t bytes);
/* As inproc_query and inproc_send; fmt is printf's. */
int inproc_ask(struct inproc *s, const struct inproc_caller *who, const char *service,
               const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Fails the test unless the answer is 200. */
void inproc_must(struct inproc *s, const struct inproc_caller *who, const char *service,
                 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- answers ---- */

/* Whether the last answer holds part. */
bool inproc_says(const struct inproc *s, const char *part);
/* The text of the first element of that name in the last answer; fails the test without one. */
struct iam_str inproc_text(const struct inproc *s, const char *element);
/* Fails the test unless the last answer has that status and holds part. */
void inproc_expect(const struct inproc *s, int status, const char *part);

/* ---- entities, made by the account's root user ---- */

/* A user of INPROC_ACCOUNT with a key and, unless NULL, an inline policy called "p". */
struct inproc_caller inproc_user(struct inproc *s, const char *name, const char *policy);
void inproc_put_user_policy(struct inproc *s, const char *name, const char *policy);
/* A role with a trust policy and, unless NULL, an inline policy called "p". Returns the ARN. */
struct iam_str inproc_role(struct inproc *s, const char *name, const char *trust,
                           const char *policy);
/* Assumes a role; more is further form parameters ("&..."), or "". */
struct inproc_caller inproc_assume(struct inproc *s, const struct inproc_caller *who,
                                   struct iam_str role_arn, const char *session, const char *more);
/* text, form-encoded. */
const char *inproc_form(struct inproc *s, const char *text);
/* The number of the last change of the store. */
int64_t inproc_last_change(struct inproc *s);
