/* SPDX-License-Identifier: Apache-2.0 */
#include "model/service.h"

#include "services.gen.h"

const struct iam_service *iam_service_list(size_t *ret_count)
{
    *ret_count = IAM_COUNT(services);
    return services;
}

const struct iam_service *iam_service_find(struct iam_str space)
{
    size_t low = 0;
    size_t high = IAM_COUNT(services);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = iam_str_cmp(services[middle].space, space);
        if (order == 0) {
            return &services[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

struct iam_str iam_service_action(const struct iam_service *service, struct iam_str action)
{
    size_t low = 0;
    size_t high = service != NULL ? service->action_count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = iam_str_cmp_nocase(service->actions[middle], action);
        if (order == 0) {
            return service->actions[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return iam_str_absent();
}
