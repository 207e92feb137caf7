/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the operations that issue sessions have in common: how long one may last, session policies,
 * tags, the source identity, sealing, and the members of the answer. A handler fills a session step
 * by step, in the order of these functions, and issues it.
 */
#pragma once

#include "api_sts.gen.h"
#include "dispatch/call.h"
#include "model/arn.h"

/* What is passed on to a session, wherever it was said. Slices live as long as the call. */
struct sts_wishes {
    struct iam_str policy; /* an inline session policy; absent: none */
    const struct iam_str *policy_arns;
    size_t policy_arn_count;
    const struct iam_tag *tags;
    size_t tag_count;
    const struct iam_str *transitive_keys;
    size_t transitive_count;
    int64_t min_token_size; /* bytes; 0: as long as it is */
};

/* What an answer is made of. */
struct sts_issued {
    struct api_sts_credentials *credentials;
    struct api_opt_int packed_size;       /* percent */
    struct api_opt_int token_utilization; /* percent */
    struct api_opt_int token_size;        /* bytes */
};

/* Reads the ARN of a role. Fails with ValidationError. */
enum iam_status sts_role_arn_read(struct iam_call *call, struct iam_str text,
                                  struct iam_entity_arn *ret) IAM_MUST_USE;

/* Copies the lists of a request into wishes. IAM_NOMEM. */
enum iam_status sts_wish_policies(struct iam_call *call,
                                  const struct api_sts_policy_descriptor_list *arns,
                                  struct sts_wishes *wishes) IAM_MUST_USE;
enum iam_status sts_wish_tags(struct iam_call *call, const struct api_sts_tag_list *tags,
                              const struct api_sts_tag_key_list *transitive,
                              struct sts_wishes *wishes) IAM_MUST_USE;

/*
 * Finds how many seconds a session of role lasts that was asked for asked seconds (not set: the
 * usual hour), which neither the role nor chaining may forbid. Fails with ValidationError.
 */
enum iam_status sts_role_duration(struct iam_call *call, const struct iam_role *role,
                                  const struct api_opt_int *asked,
                                  int64_t *ret_seconds) IAM_MUST_USE;
/*
 * Begins a session now that lasts for seconds, but not longer than the calling session does: a
 * derived session never outlives its parent.
 */
void sts_set_times(const struct iam_call *call, int64_t seconds, struct iam_session *session);
/*
 * Begins a session of role under a name, for seconds as above; kind is the operation's. The names
 * borrow role.
 */
struct iam_session sts_role_session(const struct iam_call *call, enum iam_kind kind,
                                    const struct iam_role *role, struct iam_str session_name,
                                    int64_t seconds);

/* Checks the session policies that are wished: number, size, grammar. */
enum iam_status sts_check_policies(struct iam_call *call,
                                   const struct sts_wishes *wishes) IAM_MUST_USE;
/*
 * Adds them as a layer, if there are any: the managed ones must exist in the account of the session
 * or be AWS managed.
 */
enum iam_status sts_set_policies(struct iam_call *call, const struct sts_wishes *wishes,
                                 struct iam_session *session) IAM_MUST_USE;
/*
 * Sets the tags that are wished and those that the calling session passes on, which cannot be
 * replaced. Fails with InvalidParameterValue.
 */
enum iam_status sts_set_tags(struct iam_call *call, const struct sts_wishes *wishes,
                             struct iam_session *session) IAM_MUST_USE;
/* Sets the source identity, which cannot be another than that of the calling session. */
enum iam_status sts_set_source_identity(struct iam_call *call, struct iam_str wished,
                                        struct iam_session *session) IAM_MUST_USE;

/*
 * Seals a session and makes its access key. packed_size is set. Fails with PackedPolicyTooLarge, or
 * InvalidParameterValue for a session that breaks a rule of tokens.
 */
enum iam_status sts_issue(struct iam_call *call, const struct sts_wishes *wishes,
                          struct iam_session *session, struct sts_issued *ret) IAM_MUST_USE;
/* Makes the member AssumedRoleUser of an answer. */
enum iam_status sts_role_user(struct iam_call *call, const struct iam_session *session,
                              struct api_sts_assumed_role_user **ret) IAM_MUST_USE;
/* Tells whether the session has something that packed_size measures. */
bool sts_is_packed(const struct iam_session *session);
