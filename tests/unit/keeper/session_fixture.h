/* SPDX-License-Identifier: Apache-2.0 */
/* A session with every claim, and one of each kind, for the tests of claims and tokens. */
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
    static const struct iam_str narrower[] = { IAM_STR_INIT("{\"Version\":\"2012-10-17\"}") };
    static const struct iam_session_layer layers[] = {
        {policies,  2, arns, ids,  2},
        { narrower, 1, NULL, NULL, 0},
    };
    static const struct iam_tag context[] = {
        {IAM_STR_INIT("saml:sub"),         IAM_STR_INIT("ann")},
        { IAM_STR_INIT("idp.example:amr"), IAM_STR_INIT("pwd")},
        { IAM_STR_INIT("idp.example:amr"), IAM_STR_INIT("")   },
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
        .layers = layers,
        .layer_count = 2,
        .scope_count = 1,
        .tags = tags,
        .tag_count = 2,
        .transitive_keys = transitive,
        .transitive_count = 1,
        .source_identity = IAM_STR("ann"),
        .context = context,
        .context_count = 3,
    };
}

/* Makes the fixture a session of another kind. */
typedef void fixture_change_fn(struct iam_session *s);

/* A user session acts as the user: it has no names of its own. */
static inline void make_user_session(struct iam_session *s)
{
    s->kind = IAM_KIND_USER_SESSION;
    s->issuer_id = IAM_STR("AIDAIOSFODNN7EXAMPLE1");
    s->role_name = iam_str_absent();
    s->session_name = iam_str_absent();
    s->parent_key_id = IAM_STR("AKIAIOSFODNN7EXAMPLE");
}

static inline void make_federated_user(struct iam_session *s)
{
    make_user_session(s);
    s->kind = IAM_KIND_FEDERATED_USER;
    s->session_name = IAM_STR("bob");
    s->mfa_ms = 0;
}

static inline void make_web_identity(struct iam_session *s)
{
    s->kind = IAM_KIND_WEB_IDENTITY_SESSION;
    s->mfa_ms = 0;
    s->provider_id = IAM_STR("OIDCIOSFODNN7EXAMPLE1");
    s->federated_provider = IAM_STR("arn:aws:iam::111122223333:oidc-provider/idp.example");
}

/* A provider that AWS knows by itself has no ID. */
static inline void make_google(struct iam_session *s)
{
    make_web_identity(s);
    s->provider_id = iam_str_absent();
    s->federated_provider = IAM_STR("accounts.google.com");
}

static inline void make_saml(struct iam_session *s)
{
    s->kind = IAM_KIND_SAML_SESSION;
    s->mfa_ms = 0;
    s->provider_id = IAM_STR("SAMLSPIOSFODNN7EXAMPLE");
}

static inline void make_session_of_root(struct iam_session *s)
{
    make_user_session(s);
    s->issuer_id = s->account;
}

static inline void make_root_session(struct iam_session *s)
{
    make_session_of_root(s);
    s->kind = IAM_KIND_ROOT_SESSION;
    s->parent_key_id = iam_str_absent();
    s->mfa_ms = 0;
}
