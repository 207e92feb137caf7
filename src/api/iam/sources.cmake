# SPDX-License-Identifier: Apache-2.0
# Handlers of the IAM API, one file per resource family.
set(IAM_API_IAM_SOURCES
    iam/access_key.c iam/attachment.c iam/boundary.c iam/convert.c iam/group.c iam/inline_policy.c
    iam/policy.c iam/policy_version.c iam/role.c iam/tag.c iam/trust.c iam/user.c)
