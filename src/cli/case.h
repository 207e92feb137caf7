/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decision case as JSON: one request and the policies that apply to it. `iam decide --batch`
 * reads one per line, and the test vectors are written in this form.
 *
 *   {"id": any, "request": {"principal", "action", "resource", "resourceAccount", "context",
 *    "principalId", "userArn"}, "policies": {"identity", "resource", "trust", "boundary",
 *    "session", "scp", "rcp", "pins"}}
 *
 * Each list holds policy documents (objects, or strings of JSON); scp and rcp hold a list for each
 * level; session may hold a list for each layer. Other members of the case itself are not read.
 */
#pragma once

#include "codec/json.h"
#include "iam/decide.h"

/* LIMIT: of one case. */
#define IAM_CASE_MAX_BYTES (16u << 20)

struct iam_case_result {
    const struct iam_json *root; /* the case, borrowed from the arena; NULL when it is not JSON */
    struct iam_request request;  /* as it was decided; in the arena */
    struct iam_policies policies;
    struct iam_decision decision;
    struct iam_str message; /* of a denial; in the arena */
    /*
     * Absent, or why the decision is a deny and nothing more: the case could not be read, a policy
     * was refused, or the request contradicts itself. Names the policy, or the member.
     */
    struct iam_str error;
    size_t error_at;  /* where in the text of the case; 0 when it is about all of it */
    size_t line;      /* which line the case is, for the place of an error; 0: not known */
    bool is_readable; /* false: the case itself, not only a policy, could not be read */
};

/*
 * Decides one case. Memory comes from arena, which must outlive *ret; text is borrowed. The
 * decision is always filled: what cannot be read denies.
 */
void iam_case_decide(struct iam_arena *arena, struct iam_str text, struct iam_case_result *ret);

/*
 * Returns the text of a policy document in a case: an object as it is written in text, or the text
 * that a string holds. The API takes characters above U+00FF as escapes alone, so an object is
 * given with escapes. Memory comes from arena; *ret may borrow text and node.
 */
enum iam_status iam_case_document(struct iam_arena *arena, struct iam_str text,
                                  const struct iam_json *node, struct iam_str *ret) IAM_MUST_USE;

/*
 * Appends {"id":...,"decision":"..."} and, with detail, reason, message and statements: whether
 * each applies, and if not the element that failed and the context keys that were missing. An
 * error is followed by its place.
 */
void iam_case_print(struct iam_buf *out, const struct iam_case_result *result, bool detail);
