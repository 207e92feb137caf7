/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call of a handler without the dispatcher: the root user of one account in an open transaction
 * over a store in memory. The test sets what the dispatcher would resolve (call->target).
 */
#pragma once

#include "dispatch/call.h"
#include "lib/test.h"

#define ACCOUNT IAM_STR("111122223333")
#define OTHER_ACCOUNT IAM_STR("444455556666")

struct rig {
    struct iam_store *store;
    struct iam_keeper *keeper;
    struct iam_arena arena;
    struct api_env env;
    struct iam_quotas quotas;
    struct iam_identity caller;
    struct iam_call call;
};

int rig_setup(void **state);
int rig_teardown(void **state);

/* Adds an entity with the given ID in the call's transaction; the path is "/" or "/a/". */
void rig_add_user(struct rig *r, struct iam_str account, const char *id, const char *path,
                  const char *name);
void rig_add_role(struct rig *r, struct iam_str account, const char *id, const char *path,
                  const char *name);
/* Asserts that the last call failed with a fault for the client, of this code and message. */
void rig_assert_fault(struct rig *r, enum iam_status st, enum api_error error, const char *message);
