/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The services of AWS by their namespaces, the first part of an action. Who asks for decisions may
 * have others of his own, which are not in this table.
 */
#pragma once

#include "base/str.h"

/* LIMIT: of a namespace, and of an action of it. SPEC: IAM model, serviceNamespaceType. */
#define IAM_SERVICE_MAX 64
#define IAM_SERVICE_ACTION_MAX 128

struct iam_service {
    struct iam_str space;          /* the namespace, in lower case: "s3" */
    struct iam_str name;           /* "Amazon S3" */
    const struct iam_str *actions; /* whose use is told one by one, in order without regard to case;
                                      NULL: only that of the service is */
    size_t action_count;
};

/* Finds a service by its namespace in lower case, or NULL. Static. */
const struct iam_service *iam_service_find(struct iam_str space);
/* Lists all of them in the order of their namespaces. Static. */
const struct iam_service *iam_service_list(size_t *ret_count);
/*
 * Finds an action of service (may be NULL) whose use is told by itself, as AWS spells it, without
 * regard to case; absent for any other.
 */
struct iam_str iam_service_action(const struct iam_service *service, struct iam_str action);
