/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an organization has turned on for the root users of its members. Only the account that
 * manages an organization knows it here: members and delegates are not kept, and no operation makes
 * an organization. SPEC: IAM API Reference, "ListOrganizationsFeatures" and the actions beside it;
 * the order of what is checked, and of the features, as recorded on AWS (docs/conformance.md).
 */
#include "services/iam/convert.h"

#define MAX_FEATURES 2

/* Finds the organization of the account; fails unless it could have turned something on. */
static enum iam_status need_organization(struct iam_call *call, struct iam_organization *ret)
{
    struct iam_str account = api_account(call);
    enum iam_status st = iam_store_organization_get(call->txn, call->arena, account, ret);
    if (st == IAM_NOT_FOUND) {
        return api_fail(call, API_ERR_ORGANIZATION_NOT_FOUND_EXCEPTION,
                        "Organization not found for input account %.*s.", IAM_STR_ARG(account));
    }
    IAM_TRY(st);
    if (!ret->has_all_features) {
        return api_fail(call, API_ERR_ORGANIZATION_NOT_IN_ALL_FEATURES_MODE_EXCEPTION,
                        "Organization of input account %.*s is not in all features mode.",
                        IAM_STR_ARG(account));
    }
    if (!ret->trusts_iam) {
        return api_fail(call, API_ERR_SERVICE_ACCESS_NOT_ENABLED_EXCEPTION,
                        "Trusted Access for IAM not enabled by organization of input account %.*s.",
                        IAM_STR_ARG(account));
    }
    return IAM_OK;
}

static enum iam_status features_out(struct iam_call *call, const struct iam_organization *from,
                                    struct api_iam_features_list *ret)
{
    ret->items = iam_arena_zalloc(call->arena, MAX_FEATURES, sizeof(*ret->items));
    IAM_ENSURE(ret->items != NULL, IAM_NOMEM);
    if (from->has_root_sessions) {
        ret->items[ret->count++] = IAM_STR("RootSessions");
    }
    if (from->manages_root_credentials) {
        ret->items[ret->count++] = IAM_STR("RootCredentialsManagement");
    }
    ret->is_set = true;
    return IAM_OK;
}

/* Turns a feature on or off, which it may be already, and shows what is on then. */
static enum iam_status set_feature(struct iam_call *call, bool *feature, bool value,
                                   struct iam_organization *organization,
                                   struct api_iam_features_list *ret)
{
    const struct iam_entity_ref account = iam_ref_own_account(call);
    *feature = value;
    IAM_TRY(iam_store_organization_update(call->txn, &account, organization));
    return features_out(call, organization, ret);
}

enum iam_status
api_iam_list_organizations_features(struct iam_call *call,
                                    const struct api_iam_list_organizations_features_in *in,
                                    struct api_iam_list_organizations_features_out *out)
{
    struct iam_organization o;
    (void)in;
    IAM_TRY(need_organization(call, &o));
    out->organization_id = o.id;
    return features_out(call, &o, &out->enabled_features);
}

enum iam_status api_iam_enable_organizations_root_credentials_management(
    struct iam_call *call,
    const struct api_iam_enable_organizations_root_credentials_management_in *in,
    struct api_iam_enable_organizations_root_credentials_management_out *out)
{
    struct iam_organization o;
    (void)in;
    IAM_TRY(need_organization(call, &o));
    out->organization_id = o.id;
    return set_feature(call, &o.manages_root_credentials, true, &o, &out->enabled_features);
}

enum iam_status api_iam_disable_organizations_root_credentials_management(
    struct iam_call *call,
    const struct api_iam_disable_organizations_root_credentials_management_in *in,
    struct api_iam_disable_organizations_root_credentials_management_out *out)
{
    struct iam_organization o;
    (void)in;
    IAM_TRY(need_organization(call, &o));
    out->organization_id = o.id;
    return set_feature(call, &o.manages_root_credentials, false, &o, &out->enabled_features);
}

enum iam_status api_iam_enable_organizations_root_sessions(
    struct iam_call *call, const struct api_iam_enable_organizations_root_sessions_in *in,
    struct api_iam_enable_organizations_root_sessions_out *out)
{
    struct iam_organization o;
    (void)in;
    IAM_TRY(need_organization(call, &o));
    out->organization_id = o.id;
    return set_feature(call, &o.has_root_sessions, true, &o, &out->enabled_features);
}

enum iam_status api_iam_disable_organizations_root_sessions(
    struct iam_call *call, const struct api_iam_disable_organizations_root_sessions_in *in,
    struct api_iam_disable_organizations_root_sessions_out *out)
{
    struct iam_organization o;
    (void)in;
    IAM_TRY(need_organization(call, &o));
    out->organization_id = o.id;
    return set_feature(call, &o.has_root_sessions, false, &o, &out->enabled_features);
}
