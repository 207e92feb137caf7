/* SPDX-License-Identifier: Apache-2.0 */
/* A session with every claim, for the tests of claims and tokens. */
#pragma once

#include "model/identity.h"

#define FIXTURE_ISSUED_MS INT64_C(1440938160000) /* 2015-08-30T12:36:00Z */

static inline struct iam_session fixture_session(void)
{
    static const struct iam_str policies[] = {
        IAM_STR_INIT("{\"Version\":\"2012-10-17\",\"Statement\":[]}"),
        IAM_STR_INIT("{}"),
    };
    static const struct iam_str arns[] = {
        IAM_STR_INIT("arn:aws:iam::aws:policy/ReadOnlyAccess"),
        IAM_STR_INIT("arn:aws:iam::111122223333:policy/team/cap"),
    };
    static const struct iam_str ids[] = {
        IAM_STR_INIT("ANPAIOSFODNN7EXAMPLE1"),
        IAM_STR_INIT("ANPAIOSFODNN7EXAMPLE2"),
    };
    static const struct iam_tag tags[] = {
        {IAM_STR_INIT("Project"),     IAM_STR_INIT("unicorn")},
        { IAM_STR_INIT("Gr\xc3\xbc\xc3\x9f"
                       "e"),
         IAM_STR_INIT("")                                    },
    };
    static const struct iam_str transitive[] = { IAM_STR_INIT("project") };
    return (struct iam_session){
        .access_key_id = IAM_STR("ASIAIOSFODNN7EXAMPLE"),
        .account = IAM_STR("111122223333"),
        .kind = IAM_KIND_ROLE_SESSION,
        .issuer_id = IAM_STR("AROAIOSFODNN7EXAMPLE1"),
        .role_name = IAM_STR("deploy+x"),
        .session_name = IAM_STR("ann@example.com"),
        .issued_ms = FIXTURE_ISSUED_MS,
        .expires_ms = FIXTURE_ISSUED_MS + 3600 * 1000,
        .mfa_ms = FIXTURE_ISSUED_MS - 60 * 1000,
        .inline_policies = policies,
        .inline_policy_count = 2,
        .policy_arns = arns,
        .policy_ids = ids,
        .policy_arn_count = 2,
        .tags = tags,
        .tag_count = 2,
        .transitive_keys = transitive,
        .transitive_count = 1,
        .source_identity = IAM_STR("ann"),
    };
}
