/* SPDX-License-Identifier: Apache-2.0 */
/* Responses of SAML providers: what is believed, what is read, what must be there. */
#include "saml_rig.h"

#include "lib/signer.h"

static struct iam_str good(void)
{
    return saml_response(&rig.arena, saml_signed(&rig.idp, &saml_good));
}

/* A response whose assertion differs in one thing, but is signed. */
static struct iam_str with(struct saml_texts texts)
{
    return saml_response(&rig.arena, saml_signed(&rig.idp, &texts));
}

static void test_what_is_read(void **state)
{
    struct iam_saml_assertion a;
    (void)state;
    expect_believed(good(), &a);
    assert_str(a.id, "_a1");
    assert_str(a.issuer, SAML_IDP);
    assert_str(a.subject, "alice");
    assert_str(a.format, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
    assert_str(a.recipient, SAML_SIGN_IN);
    assert_int_equal(a.expires_ms, INT64_C(1796040300000));
    assert_int_equal(a.session_ends_ms, INT64_C(1796068800000));
    assert_int_equal(a.attribute_count, 1);
    assert_str(a.attributes[0].name, "mail");
    assert_int_equal(a.attributes[0].value_count, 1);
    assert_str(a.attributes[0].values[0], "alice@example.com");
}

static void test_attributes(void **state)
{
    struct iam_saml_assertion a;
    struct saml_texts t = saml_good;
    (void)state;
    t.attributes = "<saml:Attribute Name=\"none\"></saml:Attribute>"
                   "<saml:Attribute Name=\"two\"><saml:AttributeValue>a &amp; b"
                   "</saml:AttributeValue><saml:AttributeValue></saml:AttributeValue>"
                   "</saml:Attribute><saml:Attribute Name=\"nested\"><saml:AttributeValue>"
                   "<saml:NameID>x</saml:NameID></saml:AttributeValue></saml:Attribute>";
    expect_believed(with(t), &a);
    assert_int_equal(a.attribute_count, 2);
    assert_int_equal(a.attributes[0].value_count, 2);
    assert_str(a.attributes[0].values[0], "a & b");
    assert_str(a.attributes[0].values[1], "");
    assert_str(a.attributes[1].values[0], "x");
    t.attributes = "";
    expect_believed(with(t), &a);
    assert_int_equal(a.attribute_count, 0);
    t.attributes = "<saml:Attribute></saml:Attribute>";
    expect_refused(with(t), IAM_SAML_MALFORMED);
}

/* The earliest of the three times is when it ends. */
static void test_times(void **state)
{
    struct iam_saml_assertion a;
    struct saml_texts t = saml_good;
    (void)state;
    t.conditions = "<saml:Conditions NotOnOrAfter=\"2026-11-30T12:00:01.5Z\"></saml:Conditions>";
    expect_believed(with(t), &a);
    assert_int_equal(a.expires_ms, INT64_C(1796040001500));
    t.conditions = "<saml:Conditions></saml:Conditions>";
    t.statement = "<saml:AuthnStatement SessionNotOnOrAfter=\"2026-11-30T13:00:02+01:00\">"
                  "</saml:AuthnStatement><saml:AuthnStatement></saml:AuthnStatement>";
    expect_believed(with(t), &a);
    assert_int_equal(a.expires_ms, INT64_C(1796040002000));
    assert_int_equal(a.session_ends_ms, INT64_C(1796040002000));
    t.statement = "<saml:AuthnStatement></saml:AuthnStatement>";
    expect_believed(with(t), &a);
    assert_int_equal(a.expires_ms, INT64_C(1796040300000));
    assert_int_equal(a.session_ends_ms, 0);
}

static void test_what_must_be_there(void **state)
{
    struct saml_texts t = saml_good;
#define CONFIRMED(method, data) \
    "<saml:SubjectConfirmation Method=\"" method "\">" data "</saml:SubjectConfirmation>"
#define BEARER "urn:oasis:names:tc:SAML:2.0:cm:bearer"
#define DATA(attributes) \
    "<saml:SubjectConfirmationData" attributes "></saml:SubjectConfirmationData>"
    static const char *const confirmations[] = {
        NULL,
        CONFIRMED(BEARER, ""),
        CONFIRMED(BEARER, DATA(" NotOnOrAfter=\"" SAML_SOON "\"")),
        CONFIRMED(BEARER, DATA(" Recipient=\"x\"")),
        CONFIRMED(BEARER, DATA(" NotOnOrAfter=\"\" Recipient=\"x\"")),
        CONFIRMED(BEARER, DATA(" NotOnOrAfter=\"tomorrow\" Recipient=\"x\"")),
        CONFIRMED(BEARER, DATA(" NotOnOrAfter=\"" SAML_SOON "\" Recipient=\"\"")),
        CONFIRMED("urn:oasis:names:tc:SAML:2.0:cm:sender-vouches",
                  DATA(" NotOnOrAfter=\"" SAML_SOON "\" Recipient=\"x\"")),
        SAML_CONFIRMATION(SAML_SOON, "x") SAML_CONFIRMATION(SAML_SOON, "x"),
    };
    static const char *const conditions[] = {
        NULL,
        "<saml:Conditions></saml:Conditions><saml:Conditions></saml:Conditions>",
        "<saml:Conditions NotBefore=\"yesterday\"></saml:Conditions>",
        "<saml:Conditions NotOnOrAfter=\"1969-01-01T00:00:00Z\"></saml:Conditions>",
    };
    static const char *const names[] = {
        "<saml:NameID>alice</saml:NameID>",
        "<saml:NameID Format=\"\">alice</saml:NameID>",
        "<saml:NameID Format=\"x\"></saml:NameID>",
        "<saml:NameID Format=\"x\">al<b></b>ice</saml:NameID>",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(confirmations); i++) {
        t.confirmation = confirmations[i];
        expect_refused(with(t), IAM_SAML_MALFORMED);
    }
    t.confirmation = saml_good.confirmation;
    for (size_t i = 0; i < IAM_COUNT(conditions); i++) {
        t.conditions = conditions[i];
        expect_refused(with(t), IAM_SAML_MALFORMED);
    }
    t.conditions = saml_good.conditions;
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        t.name_id = names[i];
        expect_refused(with(t), IAM_SAML_MALFORMED);
    }
    t.name_id = saml_good.name_id;
    t.statement = NULL;
    expect_refused(with(t), IAM_SAML_MALFORMED);
}

/* Who is meant is for the caller to miss. */
static void test_no_name(void **state)
{
    struct iam_saml_assertion a;
    struct saml_texts t = saml_good;
    (void)state;
    t.name_id = NULL;
    expect_believed(with(t), &a);
    assert_absent(a.subject);
    t.name_id = SAML_NAME("x", "alice") SAML_NAME("x", "root");
    expect_believed(with(t), &a);
    assert_absent(a.subject);
}

/* The example of the STS API Reference, "AssumeRoleWithSAML", NameQualifier. */
static void test_the_name_qualifier(void **state)
{
    struct iam_str got;
    (void)state;
    assert_ok(iam_saml_name_qualifier(&rig.arena, IAM_STR("https://example.com/saml"),
                                      IAM_STR("123456789012"), IAM_STR("MySAMLIdP"), &got));
    assert_same_str(got, IAM_STR("1uAJanUnBc2XeUkHURMht+xam2c="));
}

static void test_what_is_no_response(void **state)
{
    static const char *const texts[] = {
        "", "=", "AAAA", "PGEvPg==" /* <a/> */, "%%%%", "PGE+" /* <a> */,
    };
    struct iam_saml_assertion a;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        enum iam_saml_refusal why = IAM_SAML_ISSUER;
        assert_int_equal(iam_saml_verify(&rig.arena, iam_str_c(texts[i]), &rig.trust, &a, &why),
                         IAM_DENIED);
        assert_int_equal(why, IAM_SAML_MALFORMED);
    }
    expect_refused(saml_signed(&rig.idp, &saml_good), IAM_SAML_MALFORMED);
    /* white space in base64 */
    struct iam_str coded = saml_encode(&rig.arena, good());
    struct iam_str broken = signer_fmt(&rig.arena, "\r\n%.*s\r\n %.*s\t", 64, coded.p,
                                       (int)(coded.len - 64), coded.p + 64);
    enum iam_saml_refusal why;
    assert_ok(iam_saml_verify(&rig.arena, broken, &rig.trust, &a, &why));
}

static void test_issuers(void **state)
{
    struct saml_texts t = saml_good;
    struct iam_saml_assertion a;
    (void)state;
    t.issuer = "https://other.example.com";
    expect_refused(with(t), IAM_SAML_ISSUER);
    /* that of the response is not compared */
    expect_believed(saml_rig_replace(good(), "assertion\">" SAML_IDP "</saml:Issuer><samlp:Status>",
                                     "assertion\">another</saml:Issuer><samlp:Status>"),
                    &a);
}

/* Each issuer has its own keys: one may not sign for another. */
static void test_keys_of_another_issuer(void **state)
{
    struct iam_saml_trust was = rig.trust;
    struct iam_saml_idps other;
    struct saml_texts t = saml_good;
    struct iam_saml_assertion a;
    (void)state;
    assert_ok(iam_saml_metadata_read(
        &rig.arena,
        saml_rig_replace(saml_metadata(&rig.attacker), SAML_IDP, "https://other.example.com"),
        &other));
    rig.trust.idps.items[1] = other.items[0];
    rig.trust.idps.count = 2;
    t.issuer = "https://other.example.com";
    expect_believed(saml_response(&rig.arena, saml_signed(&rig.attacker, &t)), &a);
    expect_refused(with(t), IAM_SAML_FORGED);
    expect_refused(saml_response(&rig.arena, saml_signed(&rig.attacker, &saml_good)),
                   IAM_SAML_FORGED);
    rig.trust = was;
}

/* While keys are changed both count. */
static void test_roll_over(void **state)
{
    struct iam_saml_trust was = rig.trust;
    struct iam_saml_idps next;
    struct iam_saml_assertion a;
    (void)state;
    assert_ok(iam_saml_metadata_read(&rig.arena, saml_metadata(&rig.attacker), &next));
    struct iam_saml_idp *idp = &rig.trust.idps.items[0];
    idp->certificates[idp->certificate_count++] = next.items[0].certificates[0];
    expect_believed(good(), &a);
    expect_believed(saml_response(&rig.arena, saml_signed(&rig.attacker, &saml_good)), &a);
    rig.trust = was;
    expect_refused(saml_response(&rig.arena, saml_signed(&rig.attacker, &saml_good)),
                   IAM_SAML_FORGED);
}

/* An issuer with two descriptors has the keys of both. */
static void test_two_descriptors(void **state)
{
    struct iam_saml_trust was = rig.trust;
    struct iam_saml_idps next;
    struct iam_saml_assertion a;
    (void)state;
    assert_ok(iam_saml_metadata_read(&rig.arena, saml_metadata(&rig.attacker), &next));
    rig.trust.idps.items[1] = next.items[0];
    rig.trust.idps.count = 2;
    expect_believed(good(), &a);
    expect_believed(saml_response(&rig.arena, saml_signed(&rig.attacker, &saml_good)), &a);
    rig.trust = was;
}

static void test_elliptic_curves(void **state)
{
    struct iam_saml_trust was = rig.trust;
    struct saml_party curve;
    struct iam_saml_assertion a;
    (void)state;
    saml_party_open(&curve, &rig.arena, EVP_PKEY_EC);
    assert_ok(iam_saml_metadata_read(&rig.arena, saml_metadata(&curve), &rig.trust.idps));
    expect_believed(saml_response(&rig.arena, saml_signed(&curve, &saml_good)), &a);
    saml_party_close(&curve);
    rig.trust = was;
}

static void test_hashes(void **state)
{
    static const struct {
        const char *digest;
        const char *signature;
        const char *md;
        bool is_good;
    } cases[] = {
        {"http://www.w3.org/2001/04/xmldsig-more#sha384",
         "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",                                           "SHA384", true },
        { "http://www.w3.org/2001/04/xmlenc#sha512",
         "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",                                           "SHA512", true },
        { "http://www.w3.org/2000/09/xmldsig#sha1",       "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
         "SHA1",                                                                                                  false},
    };
    struct saml_party p = rig.idp;
    struct iam_saml_assertion a;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        p.digest = cases[i].digest;
        p.signature = cases[i].signature;
        p.md = cases[i].md;
        struct iam_str response = saml_response(&rig.arena, saml_signed(&p, &saml_good));
        if (cases[i].is_good) {
            expect_believed(response, &a);
        } else {
            expect_refused(response, IAM_SAML_FORGED);
        }
    }
}

/* ---- signatures of the response ---- */

/* Signs the response as a whole; its inner text must be in canonical form then. */
static struct iam_str sign_response(const struct saml_party *p, struct iam_str inner)
{
    struct iam_str text = saml_response(&rig.arena, inner);
    return saml_insert(&rig.arena, text, saml_signature(p, text, "_r1"));
}

static void test_signed_responses(void **state)
{
    struct iam_saml_assertion a;
    struct iam_str signed_assertion = saml_signed(&rig.idp, &saml_good);
    (void)state;
    expect_believed(sign_response(&rig.idp, signed_assertion), &a);
    expect_refused(sign_response(&rig.attacker, signed_assertion), IAM_SAML_FORGED);
    expect_refused(sign_response(&rig.idp, saml_assertion(&rig.arena, &saml_good)),
                   IAM_SAML_UNSIGNED);
    expect_refused(saml_rig_replace(sign_response(&rig.idp, signed_assertion), "status:Success",
                                    "status:Failure"),
                   IAM_SAML_FORGED);
}

static void test_unsigned(void **state)
{
    (void)state;
    expect_refused(saml_response(&rig.arena, saml_assertion(&rig.arena, &saml_good)),
                   IAM_SAML_UNSIGNED);
    expect_refused(saml_response(&rig.arena, IAM_STR("")), IAM_SAML_UNSIGNED);
}

/* ---- encrypted assertions ---- */

#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"
#define SHA256_METHOD                                                               \
    "<ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Algorithm=\"" \
    "http://www.w3.org/2001/04/xmlenc#sha256\"/>"
#define MASK(hash) "<x:MGF xmlns:x=\"" XENC11 "\" Algorithm=\"" XENC11 "mgf1" hash "\"/>"

/* clang-format off */
static const struct saml_encryption encryptions[] = {
    { XENC "aes128-cbc", "AES-128-CBC", XENC "rsa-oaep-mgf1p", "", "SHA1", "SHA1", 16 },
    { XENC "aes256-cbc", "AES-256-CBC", XENC "rsa-oaep-mgf1p", "", "SHA1", "SHA1", 32 },
    { XENC11 "aes128-gcm", "AES-128-GCM", XENC "rsa-oaep-mgf1p", "", "SHA1", "SHA1", 16 },
    { XENC11 "aes256-gcm", "AES-256-GCM", XENC "rsa-oaep-mgf1p", "", "SHA1", "SHA1", 32 },
    { XENC "aes256-cbc", "AES-256-CBC", XENC "rsa-oaep-mgf1p", SHA256_METHOD,
      "SHA256", "SHA1", 32 },
    { XENC11 "aes256-gcm", "AES-256-GCM", XENC11 "rsa-oaep", SHA256_METHOD MASK("sha256"),
      "SHA256", "SHA256", 32 },
};
/* clang-format on */

/* Lets the provider have the idp's own key, and another before it. */
static void give_keys(struct iam_saml_keys *keys)
{
    const struct saml_party *const owners[] = { &rig.attacker, &rig.idp };
    for (size_t i = 0; i < IAM_COUNT(owners); i++) {
        struct iam_saml_private_key *key = &keys->items[keys->count++];
        key->id = signer_fmt(&rig.arena, "SAMLPK%zu", i);
        assert_ok(iam_keeper_seal_private_key(rig.keeper, key->id, saml_private_key(owners[i]),
                                              &rig.arena, &key->sealed));
    }
}

static void test_encrypted(void **state)
{
    struct iam_saml_trust was = rig.trust;
    struct iam_saml_assertion a;
    struct iam_str clear = saml_signed(&rig.idp, &saml_good);
    (void)state;
    give_keys(&rig.trust.keys);
    for (size_t i = 0; i < IAM_COUNT(encryptions); i++) {
        struct iam_str sealed = saml_encrypt(&rig.arena, rig.idp.key, &encryptions[i], clear);
        expect_believed(saml_response(&rig.arena, sealed), &a);
        assert_str(a.subject, "alice");
    }
    /* when it must be encrypted, one in clear is not taken */
    rig.trust.needs_encryption = true;
    expect_refused(saml_response(&rig.arena, clear), IAM_SAML_MALFORMED);
    expect_believed(
        saml_response(&rig.arena, saml_encrypt(&rig.arena, rig.idp.key, &encryptions[3], clear)),
        &a);
    rig.trust = was;
    expect_refused(
        saml_response(&rig.arena, saml_encrypt(&rig.arena, rig.idp.key, &encryptions[3], clear)),
        IAM_SAML_MALFORMED);
}

/* What is encrypted is worth nothing unless it is signed, and no failure differs from another. */
static void test_bad_ciphertexts(void **state)
{
    struct iam_saml_trust was = rig.trust;
    struct iam_str clear = saml_assertion(&rig.arena, &saml_good);
    struct iam_str inner[] = {
        clear,                                  /* unsigned */
        saml_signed(&rig.attacker, &saml_good), /* by another */
        IAM_STR("no XML"),
        IAM_STR("<a/>"),
        saml_rig_replace(saml_signed(&rig.idp, &saml_good), "alice", "mallory"),
    };
    (void)state;
    give_keys(&rig.trust.keys);
    for (size_t i = 0; i < IAM_COUNT(inner); i++) {
        expect_refused(saml_response(&rig.arena, saml_encrypt(&rig.arena, rig.idp.key,
                                                              &encryptions[i % 4], inner[i])),
                       IAM_SAML_MALFORMED);
    }
    struct iam_str sealed =
        saml_encrypt(&rig.arena, rig.idp.key, &encryptions[2], saml_signed(&rig.idp, &saml_good));
    static const char *const changes[][2] = {
        {"rsa-oaep-mgf1p",      "rsa-1_5"               },
        { "aes128-gcm",         "aes256-gcm"            },
        { "aes128-gcm",         "tripledes"             },
        { "<xenc:CipherValue>", "<xenc:CipherValue>AAAA"},
        { "xenc:EncryptedKey",  "xenc:Encrypted"        },
    };
    for (size_t i = 0; i < IAM_COUNT(changes); i++) {
        expect_refused(
            saml_response(&rig.arena, saml_rig_replace(sealed, changes[i][0], changes[i][1])),
            IAM_SAML_MALFORMED);
    }
    rig.trust = was;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_what_must_be_there),
        cmocka_unit_test(test_no_name),
        cmocka_unit_test(test_the_name_qualifier),
        cmocka_unit_test(test_what_is_no_response),
        cmocka_unit_test(test_issuers),
        cmocka_unit_test(test_keys_of_another_issuer),
        cmocka_unit_test(test_roll_over),
        cmocka_unit_test(test_two_descriptors),
        cmocka_unit_test(test_elliptic_curves),
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_signed_responses),
        cmocka_unit_test(test_unsigned),
        cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_bad_ciphertexts),
    };
    return cmocka_run_group_tests_name("saml", tests, saml_rig_open, saml_rig_close);
}
