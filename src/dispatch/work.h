/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much work one request may cause, in the steps of libiam (IAM_DECISION_MAX_STEPS: about a
 * quarter of a second). All decisions of a request share one budget, and what else grows with its
 * input is charged to it. The amount is known before anything is answered: a request is never
 * answered with a part of what it asked.
 */
#pragma once

#include "iam/decide.h"

/* LIMIT: of one request that changes nothing. */
#define API_STEPS_MAX IAM_DECISION_MAX_STEPS
/*
 * LIMIT: where others wait, about a millisecond. A large decision takes a quarter of it. What takes
 * more begins again elsewhere.
 */
#define API_STEPS_SHORT (1u << 18)
/*
 * LIMIT: of the decision about a write in the thread that makes all changes, about 16 milliseconds:
 * sixty times a large one. What takes more is denied.
 */
#define API_STEPS_WRITE (1u << 22)
/* What one question of the authorization endpoint costs besides its decision, at least. */
#define API_STEPS_QUESTION (1u << 12)
/* What reading and writing one row of a list costs. */
#define API_STEPS_ROW (1u << 13)

struct api_work {
    uint64_t left;
    bool is_short;    /* running out means "not here", not "too much" */
    bool is_out;      /* it ran out: what came of the request counts for nothing, but as a denial */
    bool is_page_cut; /* a page of a list has fewer rows than were asked for */
};

/* Takes steps. Returns false, with is_out set, when they are not left. */
static inline bool api_work_spend(struct api_work *w, uint64_t steps)
{
    if (steps > w->left) {
        w->left = 0;
        w->is_out = true;
        return false;
    }
    w->left -= steps;
    return true;
}
