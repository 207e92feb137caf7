/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/batch.h"

#include "dispatch/caller.h"
#include "dispatch/prepare.h"
#include "dispatch/serve.h"

struct batch {
    const struct api_env *env;
    struct iam_txn *txn;
    enum iam_status outcomes[API_BATCH_MAX]; /* of its requests; before that, of their renewal */
    size_t kept_count;                       /* requests that succeeded and must be committed */
    bool is_lost;                            /* the database has abandoned the transaction */
    bool is_unknown;                         /* whether the commit will be in force */
};

/* ---- what a request depends on ---- */

/*
 * Tells whether authorization may read more of the directory than the caller: the role that is
 * assumed, or what the evidence in a request without a caller names.
 */
static bool depends_on_all(const struct iam_call *call)
{
    return call->caller->kind == IAM_KIND_NONE || call->op->rule->access != API_ACCESS_POLICY;
}

static bool session_depends_on(const struct iam_session *session, enum iam_kind kind,
                               struct iam_str id)
{
    /* Session policies are found by ARN: the one that has it now is compared with the one meant. */
    for (size_t i = 0; kind == IAM_KIND_POLICY && i < session->layer_count; i++) {
        if (session->layers[i].policy_arn_count > 0) {
            return true;
        }
    }
    return iam_str_eq(id, session->parent_key_id) || iam_str_eq(id, session->provider_id);
}

/*
 * Tells whether a change of this entity may affect the request. view is the caller's; NULL when the
 * caller was not found.
 */
static bool depends_on(const struct api_request *r, const struct iam_view *view, enum iam_kind kind,
                       struct iam_str id)
{
    const struct iam_identity *caller = &r->identity;
    if (caller->session != NULL && session_depends_on(caller->session, kind, id)) {
        return true;
    }
    return iam_str_eq(id, caller->access_key_id) || iam_str_eq(id, caller->principal_id) ||
           (view != NULL && iam_view_depends_on(view, id));
}

/*
 * Tells whether anything that the batch has changed so far could change the decision about the
 * request. If the renewal failed, the caller's view is out of date and is not used.
 */
static bool must_wait(const struct batch *b, const struct api_request *r, enum iam_status renewed)
{
    const struct iam_txn_changes *changes = iam_txn_changes(b->txn);
    const struct iam_view *view = renewed == IAM_OK ? r->call.subject.view : NULL;
    if (changes->is_partial) {
        return true;
    }
    if (changes->count > 0 && depends_on_all(&r->call)) {
        return true;
    }
    for (size_t i = 0; i < changes->count; i++) {
        if (depends_on(r, view, changes->items[i].kind, iam_id_str(&changes->items[i].id))) {
            return true;
        }
    }
    return false;
}

/* ---- running ---- */

/*
 * Ends the part of a request whose outcome is st. If undoing the part fails, the whole transaction
 * is lost.
 */
static enum iam_status end_part(struct batch *b, enum iam_status st)
{
    enum iam_status ended = IAM_OK;
    if (st == IAM_OK) {
        st = iam_txn_keep(b->txn);
    }
    if (st == IAM_OK) {
        b->kept_count++;
    } else {
        ended = iam_txn_undo(b->txn);
    }
    b->is_lost = ended != IAM_OK;
    return st;
}

static enum iam_status run_part(struct batch *b, struct api_request *r)
{
    enum iam_status st = iam_txn_save(b->txn);
    if (st != IAM_OK) {
        b->is_lost = true;
        return st;
    }
    return end_part(b, api_request_perform(r));
}

/*
 * Refuses what makes something new while the disk is full: what room there is, is for taking rights
 * away.
 */
static enum iam_status check_room(const struct batch *b, struct api_request *r)
{
    if (!r->call.op->rule->creates || iam_store_state(b->env->store) != IAM_STORE_SHORT) {
        return IAM_OK;
    }
    return api_fail(&r->call, API_ERR_SERVICE_UNAVAILABLE,
                    "The disk of the server is full: nothing new can be made until there is room. "
                    "Deleting, detaching and deactivating go on.");
}

/*
 * Runs one request. False: it belongs to the next batch. On entry *outcome is that of the renewal.
 */
static bool run_one(struct batch *b, struct api_request *r, enum iam_status *outcome)
{
    if (must_wait(b, r, *outcome)) {
        r->call.fault = (struct api_fault){ 0 };
        r->call.explanation = iam_str_absent();
        return false;
    }
    if (*outcome != IAM_OK) {
        return true;
    }
    *outcome = check_room(b, r);
    if (*outcome == IAM_OK) {
        r->call.txn = b->txn;
        *outcome = run_part(b, r);
        r->call.txn = NULL;
    }
    return true;
}

/*
 * Looks all callers up again: they may have been revoked while they waited. Called before the
 * transaction begins, because a thread must not hold two.
 */
static void renew_callers(struct batch *b, struct api_request *const *requests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        b->outcomes[i] = api_caller_renew(requests[i]);
    }
}

/* Ends the transaction. A change is not answered until every later request will see it. */
static enum iam_status end(struct batch *b)
{
    if (b->kept_count == 0) {
        iam_txn_rollback(b->txn);
        return IAM_OK;
    }
    /* a copy: the transaction's own are gone with it */
    struct iam_txn_changes changes = *iam_txn_changes(b->txn);
    enum iam_status st = iam_txn_commit(b->txn);
    if (st == IAM_OK) {
        iam_directory_committed(b->env->directory, &changes);
        return IAM_OK;
    }
    b->is_unknown = iam_store_state(b->env->store) == IAM_STORE_FAILED;
    return st;
}

/*
 * Tells whether the requests are run again: the transaction was lost in the last of them, and with
 * it what the others did; which of them caused that is not known. Or the disk was full, and now the
 * store has room.
 */
static bool must_run_again(const struct batch *b, size_t count, enum iam_status ended)
{
    bool has_made_room = iam_store_has_made_room(b->env->store);
    return (b->is_lost && (count > 1 || has_made_room)) ||
           (ended != IAM_OK && has_made_room && !b->is_unknown);
}

/* Runs each request again, in a transaction of its own. */
static void run_each_alone(struct api_request *const *requests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        api_request_rewind(requests[i]);
        size_t one = api_batch_run(&requests[i], 1);
        (void)one; /* the first is always taken */
    }
}

/* Answers a request of a batch that was not committed. */
static void answer_failed(const struct batch *b, struct api_request *r, enum iam_status ended)
{
    if (b->is_unknown) {
        api_request_answer_unknown(r);
    } else if (iam_store_state(b->env->store) == IAM_STORE_FAILED) {
        api_request_refuse(
            r, API_ERR_SERVICE_UNAVAILABLE,
            "The server cannot write at the moment: the request was not carried out.");
    } else {
        api_request_answer(r, ended);
    }
}

static void answer_all(const struct batch *b, struct api_request *const *requests, size_t count,
                       enum iam_status ended)
{
    for (size_t i = 0; i < count; i++) {
        if (ended == IAM_OK) {
            api_request_answer(requests[i], b->outcomes[i]);
        } else {
            /* A fault is replaced too: it may be due to what other requests did, now undone. */
            answer_failed(b, requests[i], ended);
        }
    }
}

/* Runs requests in one transaction as far as they fit together, without answering them. */
static enum iam_status run_together(struct batch *b, struct api_request *const *requests,
                                    size_t max, size_t *ret_taken)
{
    size_t taken = 0;
    *ret_taken = max;
    IAM_TRY(iam_store_begin(b->env->store, IAM_TXN_WRITE, &b->txn));
    while (taken < max && !b->is_lost && run_one(b, requests[taken], &b->outcomes[taken])) {
        taken++;
    }
    *ret_taken = taken;
    if (b->is_lost) {
        iam_txn_rollback(b->txn);
        return IAM_OK;
    }
    return end(b);
}

size_t api_batch_run(struct api_request *const *requests, size_t count)
{
    struct batch b = { .env = requests[0]->call.env };
    size_t max = count < API_BATCH_MAX ? count : API_BATCH_MAX;
    size_t taken;
    renew_callers(&b, requests, max);
    enum iam_status ended = run_together(&b, requests, max, &taken);
    if (must_run_again(&b, taken, ended)) {
        run_each_alone(requests, taken);
    } else {
        answer_all(&b, requests, taken, ended);
    }
    return taken;
}

void api_request_run(struct api_request *r)
{
    if (api_request_needs_preparation(r)) {
        api_request_prepare(r);
        if (r->is_done) {
            return;
        }
    }
    if (api_request_is_write(r)) {
        size_t one = api_batch_run(&r, 1);
        (void)one; /* the first is always taken */
        return;
    }
    if (!api_request_run_reading(r)) {
        api_request_refuse(r, API_ERR_SERVICE_UNAVAILABLE,
                           "The server asks nobody outside for this request.");
    }
}
