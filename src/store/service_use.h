/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When users, roles and root users last used services. It is no change: the feed does not record
 * it, and rows have no MACs, as no decision depends on them.
 */
#pragma once

#include "store/entity.h"

/* LIMIT: services and actions of one principal. */
#define IAM_SERVICE_USES_MAX 1000
/* How long a use is told. SPEC: IAM API Reference, "GenerateServiceLastAccessedDetails". */
#define IAM_SERVICE_USE_MS (INT64_C(400) * 24 * 3600 * 1000)

/* When a principal last used a service, or one of its actions. */
struct iam_service_use {
    struct iam_str service; /* the namespace, in lower case */
    struct iam_str action;  /* as AWS spells it; empty: any of the service */
    int64_t used_ms;
    struct iam_str region; /* absent: not known */
};

struct iam_service_use_list {
    IAM_LIST_OF(struct iam_service_use);
};

/*
 * Records a use by the principal with that ID, unless a later one is recorded. Nothing happens when
 * there is no such principal, or when it has as many rows as it may have that are not too old.
 */
enum iam_status iam_store_service_use_put(struct iam_txn *txn, struct iam_str entity_id,
                                          const struct iam_service_use *use) IAM_MUST_USE;
/* Lists what a principal has used since since_ms, by service and action, that of a service first.
 */
enum iam_status iam_store_service_use_list(struct iam_txn *txn, struct iam_arena *arena,
                                           struct iam_str entity_id, int64_t since_ms,
                                           struct iam_service_use_list *ret) IAM_MUST_USE;
