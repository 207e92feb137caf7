/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One AuthZEN evaluation turned into a question for libiam.
 * SPEC: OpenID AuthZEN Authorization API 1.0, "Information Model" and "Access Evaluation API".
 */
#pragma once

#include "api_iamd.gen.h"
#include "dispatch/authorize.h"

/* The parts of one evaluation; each of the first three must be set. */
struct authzen_question {
    const struct api_iamd_subject *subject;
    const struct api_iamd_action *action;
    const struct api_iamd_resource *resource;
    const struct iam_json *context; /* NULL: none */
    bool wants_message;             /* a denial carries an encoded message */
};

/*
 * Decides a question. scratch is for what is not needed afterwards; the caller may clear it between
 * two questions. IAM_OK: *ret_decision and *ret_reason (in the call's arena) are the answer; a
 * subject that is not a principal of the caller's account is a denial like any other. IAM_FAULT:
 * the question is malformed.
 */
enum iam_status authzen_decide(struct iam_call *call, struct iam_arena *scratch,
                               const struct authzen_question *q, bool *ret_decision,
                               struct api_iamd_reason **ret_reason) IAM_MUST_USE;

/* A denial, and what it was decided on. */
struct authzen_denial {
    const struct api_subject *subject;
    const struct iam_decision *decision;
    const struct iam_request *request;
};

/*
 * Writes what is known of a denial in the form that sts:DecodeAuthorizationMessage shows, sealed
 * for the caller's account and encoded: at most 10,240 characters, in the call's arena. What does
 * not fit is left out: conditions, and statements after the first ones. Reading the statements is
 * charged to the call's work; IAM_LIMIT, with the work out, when that does not suffice.
 */
enum iam_status authzen_encode_denial(struct iam_call *call, struct iam_arena *scratch,
                                      const struct authzen_denial *denial,
                                      struct iam_str *ret) IAM_MUST_USE;

/*
 * Adds the members of an AuthZEN context as condition keys. IAM_FAULT for keys that the server
 * derives itself, which are never taken from the client, and for values that are not strings,
 * numbers, booleans or lists of them.
 */
enum iam_status authzen_add_context(struct iam_call *call, const struct iam_json *context,
                                    struct api_context *c) IAM_MUST_USE;
/*
 * Refuses, with IAM_FAULT, a key of a context that sessions of a provider of the caller's account
 * have for their life: a provider on a local network may have a name without a dot, which
 * authzen_add_context takes for a service's. Providers are read only when there is such a key, into
 * arena. Reading them is charged to the call's work; IAM_LIMIT, with the work out, when that does
 * not suffice.
 */
enum iam_status authzen_check_issuers(struct iam_call *call, struct iam_arena *arena,
                                      const struct iam_json *context) IAM_MUST_USE;

/*
 * Opens the principal that a subject names; what it needs is in scratch. The caller releases the
 * subject with api_subject_close. IAM_NOT_FOUND: there is no such principal in the caller's
 * account. IAM_FAULT: the type of the subject is unknown.
 */
enum iam_status authzen_subject_open(struct iam_call *call, struct iam_arena *scratch,
                                     const struct api_iamd_subject *in,
                                     struct api_subject *ret) IAM_MUST_USE;
