/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulation: what each kind of policy says by itself of a request that somebody imagines. It
 * is for explaining and for trying policies out; permission is what iam_decide says.
 */
#ifndef IAM_SIMULATE_H
#define IAM_SIMULATE_H

#include "iam/decide.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the policies of one kind say of a request, whatever the others say. */
struct iam_said {
    enum iam_effect effect; /* a Deny applies; else an Allow applies; else neither */
    /* The statements that deny, or that allow, at most those that fit: as of a decision. */
    struct iam_matched matched[IAM_DECISION_MAX_MATCHED];
    size_t matched_count;
};

/* Of a kind of which there is no policy: an implicit deny. */
struct iam_simulated {
    struct iam_said identity;
    struct iam_said boundary;
    struct iam_said resource;         /* allows whom it names in whatever way, by the account too */
    enum iam_effect scp;              /* of all levels: each must allow */
    struct iam_request_fault refused; /* as of a decision */
};

/*
 * Asks each kind of policy by itself about a request that somebody imagines, within *steps as
 * iam_decide_within. Session policies, RCPs and resource_must_allow are left out. Such a request
 * need not agree with itself: the members of the principal are not checked, and are compared as
 * they are; context keys may say something else. An action is any text with a colon, in which a
 * wildcard is a character. What comes of it is for the caller to say: it is not always what
 * iam_decide would, and no permission. Allocates nothing, thread-safe; uses at most 16 KiB of
 * stack. False: the steps did not suffice, and *ret says nothing about the policies.
 * SPEC: IAM API Reference, "SimulateCustomPolicy".
 */
IAM_API bool iam_simulate_within(const struct iam_policies *policies,
                                 const struct iam_request *request, uint64_t *steps,
                                 struct iam_simulated *ret);

#ifdef __cplusplus
}
#endif
#endif
