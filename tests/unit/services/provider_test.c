/* SPDX-License-Identifier: Apache-2.0 */
/* Identity providers: whose they are, and how long their metadata is said to be valid. */
#include <stdio.h>

#include "rig.h"

#include "api_iam.gen.h"
#include "base/time.h"
#include "store/oidc_provider.h"
#include "store/saml_provider.h"

#define X100                                             \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define METADATA                                                                              \
    "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"x\">"        \
    "<IDPSSODescriptor/></EntityDescriptor><!--" X100 X100 X100 X100 X100 X100 X100 X100 X100 \
    "-->"

static void add_providers(struct rig *r, struct iam_str account, const char *oidc_id,
                          const char *saml_id)
{
    const struct iam_oidc_provider oidc = { .id = iam_str_c(oidc_id),
                                            .account = account,
                                            .url = IAM_STR("idp.example.com"),
                                            .client_ids = IAM_STR(""),
                                            .thumbprints = IAM_STR("") };
    const struct iam_saml_provider saml = { .id = iam_str_c(saml_id),
                                            .account = account,
                                            .name = IAM_STR("saml") };
    assert_ok(iam_store_oidc_provider_add(r->call.txn, &oidc));
    assert_ok(iam_store_saml_provider_add(r->call.txn, &saml));
}

static struct api_target resolve(struct rig *r, api_resolve_fn *fn, const char *arn)
{
    const struct api_reference ref = { .name = iam_str_c(arn) };
    struct api_target target = { .arn = IAM_STR("*"), .account = ACCOUNT };
    assert_ok(fn(&r->call, NULL, &ref, &target));
    return target;
}

/* One that another account has is not found, whatever is called so here. */
static void test_another_accounts(void **state)
{
    static const struct {
        api_resolve_fn *fn;
        const char *resource;
        const char *id;
    } cases[] = {
        {api_iam_resolve_oidc_provider,  "oidc-provider/idp.example.com", "OIDC1"  },
        { api_iam_resolve_saml_provider, "saml-provider/saml",            "SAMLSP1"},
    };
    struct rig *r = *state;
    char arn[100];
    add_providers(r, ACCOUNT, "OIDC1", "SAMLSP1");
    add_providers(r, OTHER_ACCOUNT, "OIDC2", "SAMLSP2");
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        (void)snprintf(arn, sizeof(arn), "arn:aws:iam::111122223333:%s", cases[i].resource);
        struct api_target own = resolve(r, cases[i].fn, arn);
        assert_same_str(own.ref.id, iam_str_c(cases[i].id));
        assert_true(own.entity != NULL);
        (void)snprintf(arn, sizeof(arn), "arn:aws:iam::444455556666:%s", cases[i].resource);
        struct api_target other = resolve(r, cases[i].fn, arn);
        assert_true(other.entity == NULL && other.ref.kind == IAM_KIND_NONE);
        assert_true(iam_str_eq(other.account, OTHER_ACCOUNT));
        assert_same_str(other.arn, iam_str_c(arn));
    }
}

/* Makes a provider at that time; returns until when it is said to be valid. */
static int64_t valid_until(struct rig *r, const char *now, struct iam_str name)
{
    const struct api_iam_create_saml_provider_in in = { .name = name,
                                                        .saml_metadata_document =
                                                            IAM_STR(METADATA) };
    struct api_iam_create_saml_provider_out out = { 0 };
    struct iam_saml_provider made;
    assert_ok(iam_time_from_iso(iam_str_c(now), &r->call.now_ms));
    assert_ok(iam_txn_commit(r->call.txn));
    assert_ok(iam_store_begin(r->store, IAM_TXN_READ, &r->call.txn));
    assert_ok(api_iam_create_saml_provider_prepare(&r->call, &in));
    assert_true(r->call.txn == NULL);
    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &r->call.txn));
    assert_ok(api_iam_create_saml_provider(&r->call, &in, &out));
    assert_ok(iam_store_saml_provider_get(r->call.txn, &r->arena, ACCOUNT, name, &made));
    return made.valid_until_ms;
}

static void test_a_hundred_years(void **state)
{
    static const struct {
        const char *now;
        const char *until;
    } cases[] = {
        {"2026-11-30T11:12:13.456Z",  "2126-11-30T11:12:13.456Z"},
        { "2004-02-29T00:00:00.001Z", "2104-02-29T00:00:00.001Z"},
        { "2000-02-29T23:59:59.999Z", "2100-02-28T23:59:59.999Z"},
        { "1999-12-31T00:00:00.000Z", "2099-12-31T00:00:00.000Z"},
        { "2999-01-01T00:00:00.000Z", "3099-01-01T00:00:00.000Z"},
        { "2950-01-01T00:00:00.000Z", "3050-01-01T00:00:00.000Z"},
    };
    static const struct iam_str names[] = {
        IAM_STR_INIT("a"), IAM_STR_INIT("b"), IAM_STR_INIT("c"),
        IAM_STR_INIT("d"), IAM_STR_INIT("e"), IAM_STR_INIT("f")
    };
    struct rig *r = *state;
    char text[IAM_TIME_ISO_MS_LEN + 1];
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        iam_time_to_iso_ms(valid_until(r, cases[i].now, names[i]), text);
        assert_string_equal(text, cases[i].until);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_another_accounts, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_hundred_years, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
