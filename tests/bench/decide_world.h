/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workloads of the decision benchmark: documents written into memory, and the requests.
 *
 *   W1   one policy, one statement
 *   W2   ten policies of five statements, one service each, a boundary, two SCP levels
 *   W2S  ten policies of five statements, all of one service
 *   W3   policies of ten statements over ten services, each for its own resources
 *   W3S  policies of ten statements of one service, each for its own resources
 */
#pragma once

#include "iam/decide.h"

struct bench_request {
    const char *label;
    enum iam_effect expect;
    const char *action;
    const char *resource;
    const char *const (*context)[2]; /* key, value */
    size_t context_count;
};

struct bench_world {
    const char *name;
    struct iam_policies policies;
    const struct iam_policy_set *scp[2];
    size_t text_bytes;
    struct bench_request requests[3];
    size_t request_count;
};

/* Fills *ret; count is the number of identity policies of W3 and W3S. Exits when memory runs out.
 */
void bench_world_w1(struct bench_world *ret);
void bench_world_w2(struct bench_world *ret);
void bench_world_w2s(struct bench_world *ret);
void bench_world_w3(struct bench_world *ret, size_t count);
void bench_world_w3s(struct bench_world *ret, size_t count);
void bench_world_done(struct bench_world *w);
