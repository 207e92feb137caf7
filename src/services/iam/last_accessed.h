/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations about used services share. */
#pragma once

#include "services/iam/convert.h"
#include "store/access_job.h"
#include "store/access_text.h"

/* Items of a page of services and entities, when the client does not say. Recorded. */
#define ACCESS_PAGE_ITEMS 200

/* An entity that a report or a list is about. */
struct access_source {
    struct iam_entity_ref ref;
    struct iam_str id;   /* as jobs keep it: the unique ID, or the ARN of an AWS managed policy */
    struct iam_str name; /* of a user, group or role; its path in the ARN is not compared */
};

/*
 * Returns the entity that the call is about. Fails for another account's with AccessDenied, for
 * what does not exist with NoSuchEntity, and with InvalidInput or ValidationError for the ARN of
 * something else, a managed policy among it unless with_policies.
 */
enum iam_status access_source_need(struct iam_call *call, struct iam_str arn, bool with_policies,
                                   struct access_source *ret) IAM_MUST_USE;

/*
 * Reads a job that the caller has asked for, about an organization or about an entity. Anything
 * else is NoSuchEntity, and so is a job that is too old.
 */
enum iam_status access_job_need(struct iam_call *call, struct iam_str id, bool of_organization,
                                struct iam_access_job *ret) IAM_MUST_USE;
/* Adds a job for the caller; who and what it is about is set, the rest is filled in. */
enum iam_status access_job_ask(struct iam_call *call, struct iam_access_job *job) IAM_MUST_USE;
/* Reads a text of a job, charges it to the call, and begins to read it. */
enum iam_status access_job_read(struct iam_call *call, const struct iam_access_job *job,
                                enum iam_access_part part, struct iam_cur *ret) IAM_MUST_USE;

/* What an answer says of a job, whatever came of it. */
struct access_state {
    struct iam_str status;
    struct api_opt_time completed;
    struct api_iam_error_details *error;
    bool has_result;
};
enum iam_status access_state_of(struct iam_call *call, const struct iam_access_job *job,
                                struct access_state *ret) IAM_MUST_USE;

/* A page of the items of a text: those from first on, at most limit. */
struct access_page {
    size_t first;
    size_t limit;
    size_t seen; /* items so far */
};
/* Opens a page as api_page_open does. */
enum iam_status access_page_open(struct iam_call *call, struct iam_str marker,
                                 struct api_opt_int max_items,
                                 struct access_page *ret) IAM_MUST_USE;
/* Counts an item; tells whether it is one of the page. */
static inline bool access_page_takes(struct access_page *page)
{
    size_t at = page->seen++;
    return at >= page->first && at - page->first < page->limit;
}
/* Closes it as api_page_close does, after all items were counted. */
enum iam_status access_page_close(struct iam_call *call, const struct access_page *page,
                                  struct api_opt_bool *ret_is_truncated,
                                  struct iam_str *ret_marker) IAM_MUST_USE;
