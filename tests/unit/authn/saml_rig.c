/* SPDX-License-Identifier: Apache-2.0 */
#include "saml_rig.h"

#include "base/buf.h"
#include "base/heap.h"

struct saml_rig rig;

int saml_rig_open(void **state)
{
    char error[128];
    struct iam_keeper_config config = { .alloc = iam_heap() };
    (void)state;
    iam_arena_init(&rig.arena, iam_heap(), 64 << 20);
    saml_party_open(&rig.idp, &rig.arena, EVP_PKEY_RSA);
    saml_party_open(&rig.attacker, &rig.arena, EVP_PKEY_RSA);
    assert_ok(iam_keeper_new(&config, &rig.keeper, error, sizeof(error)));
    rig.trust = (struct iam_saml_trust){ .keys = { .keeper = rig.keeper } };
    assert_ok(iam_saml_metadata_read(&rig.arena, saml_metadata(&rig.idp), &rig.trust.idps));
    return 0;
}

int saml_rig_close(void **state)
{
    (void)state;
    iam_keeper_free(rig.keeper);
    saml_party_close(&rig.idp);
    saml_party_close(&rig.attacker);
    iam_arena_done(&rig.arena);
    return 0;
}

enum iam_status saml_rig_verify(struct iam_str response, struct iam_saml_assertion *ret,
                                enum iam_saml_refusal *ret_refusal)
{
    return iam_saml_verify(&rig.arena, saml_encode(&rig.arena, response), &rig.trust, ret,
                           ret_refusal);
}

void saml_rig_believed(struct iam_str response, struct iam_saml_assertion *ret, const char *file,
                       int line)
{
    enum iam_saml_refusal why = IAM_SAML_MALFORMED;
    enum iam_status st = saml_rig_verify(response, ret, &why);
    if (st != IAM_OK) {
        print_error("%s (%d): %.*s\n", iam_status_text(st), (int)why, IAM_STR_ARG(response));
        _fail(file, line);
    }
}

void saml_rig_refused(struct iam_str response, enum iam_saml_refusal why, const char *file,
                      int line)
{
    struct iam_saml_assertion a;
    enum iam_saml_refusal got = IAM_SAML_ISSUER + 1;
    enum iam_status st = saml_rig_verify(response, &a, &got);
    if (st != IAM_DENIED || got != why) {
        print_error("%s (%d instead of %d): %.*s\n", iam_status_text(st), (int)got, (int)why,
                    IAM_STR_ARG(response));
        _fail(file, line);
    }
}

struct iam_str saml_rig_replace(struct iam_str text, const char *from, const char *to)
{
    struct iam_alloc alloc = iam_arena_allocator(&rig.arena);
    struct iam_buf b;
    struct iam_str out;
    size_t count = 0;
    iam_buf_init(&b, &alloc, 1 << 20);
    for (size_t i = 0; i < text.len;) {
        bool is_it = iam_str_starts(iam_str_sub(text, i, text.len), iam_str_c(from));
        iam_buf_add(&b, is_it ? iam_str_c(to) : iam_str_sub(text, i, 1));
        i += is_it ? strlen(from) : 1;
        count += is_it;
    }
    assert_true(count > 0);
    assert_ok(iam_buf_finish(&b, &out));
    return out;
}
