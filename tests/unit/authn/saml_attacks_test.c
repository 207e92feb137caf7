/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile responses (S67 to S73): wrapped signatures, other keys and algorithms, what XML can do.
 * tests/defences takes each defence out and demands that a test here fails.
 */
#include "saml_rig.h"

#include "lib/signer.h"

#define DS "http://www.w3.org/2000/09/xmldsig#"

/* What an attacker has: an assertion that was signed, in parts, and one of his own. */
struct loot {
    struct iam_str whole; /* the signed assertion */
    struct iam_str bare;  /* without its signature */
    struct iam_str signature;
    struct iam_str evil; /* unsigned, for another subject, with an ID of its own */
};

static struct saml_texts evil_texts(const char *id)
{
    struct saml_texts t = saml_good;
    t.id = id;
    t.name_id = SAML_NAME("x", "admin");
    return t;
}

static struct loot steal(void)
{
    struct saml_texts evil = evil_texts("_evil");
    struct loot l = { .bare = saml_assertion(&rig.arena, &saml_good) };
    l.signature = saml_signature(&rig.idp, l.bare, saml_good.id);
    l.whole = saml_insert(&rig.arena, l.bare, l.signature);
    l.evil = saml_assertion(&rig.arena, &evil);
    return l;
}

/* Puts text before the end tag of an element in outer. */
static struct iam_str within(struct iam_str outer, const char *end, struct iam_str text)
{
    return saml_rig_replace(outer, end, signer_fmt(&rig.arena, "%.*s%s", IAM_STR_ARG(text), end).p);
}

static struct iam_str both(struct iam_str a, struct iam_str b)
{
    return signer_fmt(&rig.arena, "%.*s%.*s", IAM_STR_ARG(a), IAM_STR_ARG(b));
}

static struct iam_str respond(struct iam_str inner)
{
    return saml_response(&rig.arena, inner);
}

static struct iam_str good(void)
{
    return respond(steal().whole);
}

/* ---- the eight forms of wrapping ---- */

/* A response that was signed is put into the signature of another, or beside it. */
static void test_xsw_1_2(void **state)
{
    struct loot l = steal();
    struct iam_str text = respond(l.whole);
    struct iam_str signature = saml_signature(&rig.idp, text, "_r1");
    struct iam_str evil = saml_rig_replace(respond(l.evil), "_r1", "_r2");
    (void)state;
    /* 1: the signature of the evil response holds the good one */
    struct iam_str object =
        signer_fmt(&rig.arena, "<ds:Object>%.*s</ds:Object>", IAM_STR_ARG(text));
    expect_refused(saml_insert(&rig.arena, evil, within(signature, "</ds:Signature>", object)),
                   IAM_SAML_MALFORMED);
    /* 2: it is beside it */
    expect_refused(saml_insert(&rig.arena, evil, both(text, signature)), IAM_SAML_MALFORMED);
    /* and with an assertion that is signed, as it must be */
    struct iam_str other = saml_rig_replace(respond(l.whole), "_r1", "_r2");
    expect_refused(saml_insert(&rig.arena, other, signature), IAM_SAML_FORGED);
}

/* An evil assertion before the good one, and after it. */
static void test_xsw_3(void **state)
{
    struct loot l = steal();
    (void)state;
    expect_refused(respond(both(l.evil, l.whole)), IAM_SAML_MALFORMED);
    expect_refused(respond(both(l.whole, l.evil)), IAM_SAML_MALFORMED);
    expect_refused(respond(both(l.whole, l.whole)), IAM_SAML_MALFORMED);
}

/* The good assertion within the evil one. */
static void test_xsw_4(void **state)
{
    struct loot l = steal();
    (void)state;
    expect_refused(respond(within(l.evil, "</saml:Assertion>", l.whole)), IAM_SAML_MALFORMED);
}

/* The evil assertion has the signature of the good one, which is beside, or in it. */
static void test_xsw_5_6(void **state)
{
    struct loot l = steal();
    struct iam_str evil = saml_insert(&rig.arena, l.evil, l.signature);
    (void)state;
    expect_refused(respond(both(evil, l.bare)), IAM_SAML_MALFORMED);
    struct iam_str object =
        signer_fmt(&rig.arena, "<ds:Object>%.*s</ds:Object>", IAM_STR_ARG(l.bare));
    expect_refused(respond(within(evil, "</ds:Signature>", object)), IAM_SAML_MALFORMED);
}

/* The evil assertion where anything may be. */
static void test_xsw_7(void **state)
{
    struct loot l = steal();
    struct iam_str extensions =
        signer_fmt(&rig.arena, "<samlp:Extensions>%.*s</samlp:Extensions>", IAM_STR_ARG(l.evil));
    (void)state;
    expect_refused(respond(both(extensions, l.whole)), IAM_SAML_MALFORMED);
    expect_refused(respond(both(l.whole, extensions)), IAM_SAML_MALFORMED);
}

/* The good assertion in an object of the evil one's signature. */
static void test_xsw_8(void **state)
{
    struct loot l = steal();
    struct iam_str object =
        signer_fmt(&rig.arena, "<ds:Object>%.*s</ds:Object>", IAM_STR_ARG(l.bare));
    struct iam_str evil =
        saml_insert(&rig.arena, l.evil, within(l.signature, "</ds:Signature>", object));
    (void)state;
    expect_refused(respond(evil), IAM_SAML_MALFORMED);
}

/* The good one under another name, so that there is one Assertion: the reference finds it still. */
static void test_wrapped_in_disguise(void **state)
{
    struct loot l = steal();
    struct iam_str evil = saml_insert(&rig.arena, l.evil, l.signature);
    struct iam_str other = signer_fmt(&rig.arena, "<other ID=\"_a1\">%s</other>", "x");
    (void)state;
    expect_refused(respond(evil), IAM_SAML_FORGED);
    expect_refused(respond(both(evil, other)), IAM_SAML_FORGED);
}

/*
 * The identity provider signs more than assertions. A signature of it over something else, put into
 * an assertion, is none of that.
 */
static void test_signature_of_another_element(void **state)
{
    struct saml_texts t = evil_texts("_evil");
    struct iam_str text = IAM_STR("<other ID=\"_o1\">anything</other>");
    struct iam_str evil = saml_assertion(&rig.arena, &t);
    struct iam_str response =
        respond(both(text, saml_insert(&rig.arena, evil, saml_signature(&rig.idp, text, "_o1"))));
    (void)state;
    expect_refused(response, IAM_SAML_FORGED);
}

/* ---- what is beside what was signed ---- */

static void test_signatures_elsewhere(void **state)
{
    struct loot l = steal();
    struct iam_str extensions = signer_fmt(&rig.arena, "<samlp:Extensions>%.*s</samlp:Extensions>",
                                           IAM_STR_ARG(l.signature));
    (void)state;
    expect_refused(respond(both(extensions, l.whole)), IAM_SAML_FORGED);
    expect_refused(respond(saml_insert(&rig.arena, l.whole, l.signature)), IAM_SAML_FORGED);
}

/* What is put into the signature is not signed: it is taken out before the digest. */
static void test_what_is_in_the_signature(void **state)
{
    struct loot l = steal();
    struct iam_saml_assertion a;
    struct iam_str object =
        IAM_STR("<ds:Object><saml:AttributeStatement><saml:Attribute Name=\"x\">"
                "<saml:AttributeValue>y</saml:AttributeValue></saml:Attribute>"
                "</saml:AttributeStatement></ds:Object>");
    (void)state;
    expect_believed(respond(within(l.whole, "</ds:Signature>", object)), &a);
    assert_int_equal(a.attribute_count, 1);
    assert_str(a.attributes[0].name, "mail");
}

static void test_changed(void **state)
{
    static const char *const changes[][2] = {
        {">alice<",                     ">admin<"                 },
        { "Recipient=\"https://signin", "Recipient=\"https://evil"},
        { SAML_SOON,                    "2036-11-30T12:05:00Z"    },
        { "nameid-format:persistent",   "nameid-format:transient" },
        { "</saml:AttributeStatement>", SAML_ATTRIBUTE("more",      "x") "</saml:AttributeStatement>" },
        { "<ds:DigestValue>",                            "<ds:DigestValue>AAAA"                                   },
        { "<ds:SignatureValue>",                            "<ds:SignatureValue>AAAA"},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(changes); i++) {
        expect_refused(saml_rig_replace(good(), changes[i][0], changes[i][1]), IAM_SAML_FORGED);
    }
}

static void test_no_values(void **state)
{
    struct loot l = steal();
    struct iam_str d = saml_rig_replace(l.signature, "DigestValue", "ds_DigestValue");
    (void)state;
    d = saml_rig_replace(d, "ds:ds_", "ds:Other");
    expect_refused(respond(saml_insert(&rig.arena, l.bare, d)), IAM_SAML_FORGED);
}

/* ---- keys ---- */

/* The trap of xmlsec 1.2: without a key of one's own it believes the key in the signature. */
static void test_embedded_key(void **state)
{
    struct saml_party p = rig.attacker;
    BIGNUM *n = NULL;
    BIGNUM *e = NULL;
    uint8_t bytes[512];
    (void)state;
    assert_int_equal(EVP_PKEY_get_bn_param(p.key, "n", &n), 1);
    assert_int_equal(EVP_PKEY_get_bn_param(p.key, "e", &e), 1);
    struct iam_str modulus = { (const char *)bytes, (size_t)BN_bn2bin(n, bytes) };
    modulus = saml_encode(&rig.arena, modulus);
    struct iam_str exponent = { (const char *)bytes, (size_t)BN_bn2bin(e, bytes) };
    exponent = saml_encode(&rig.arena, exponent);
    BN_free(n);
    BN_free(e);
    p.key_info = signer_fmt(&rig.arena,
                            "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>%.*s"
                            "</ds:Modulus><ds:Exponent>%.*s</ds:Exponent></ds:RSAKeyValue>"
                            "</ds:KeyValue></ds:KeyInfo>",
                            IAM_STR_ARG(modulus), IAM_STR_ARG(exponent))
                     .p;
    expect_refused(respond(saml_signed(&p, &saml_good)), IAM_SAML_FORGED);
    p.key_info = signer_fmt(&rig.arena,
                            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>%.*s"
                            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
                            IAM_STR_ARG(p.certificate))
                     .p;
    expect_refused(respond(saml_signed(&p, &saml_good)), IAM_SAML_FORGED);
}

/* What a signature says of its key does not keep the right key from being used either. */
static void test_key_info_is_ignored(void **state)
{
    struct saml_party p = rig.idp;
    struct iam_saml_assertion a;
    (void)state;
    p.key_info = "<ds:KeyInfo><ds:KeyName>../../etc/passwd</ds:KeyName><ds:RetrievalMethod "
                 "URI=\"http://169.254.169.254/\"></ds:RetrievalMethod></ds:KeyInfo>";
    expect_believed(respond(saml_signed(&p, &saml_good)), &a);
}

static void test_small_key(void **state)
{
    struct iam_saml_trust was = rig.trust;
    struct saml_party p = rig.attacker;
    (void)state;
    p.key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)768);
    assert_non_null(p.key);
    saml_party_certify(&p);
    assert_ok(iam_saml_metadata_read(&rig.arena, saml_metadata(&p), &rig.trust.idps));
    expect_refused(respond(saml_signed(&p, &saml_good)), IAM_SAML_FORGED);
    EVP_PKEY_free(p.key);
    rig.trust = was;
}

/* ---- algorithms ---- */

static void test_sha_1(void **state)
{
    struct saml_party p = rig.idp;
    (void)state;
    p.digest = DS "sha1";
    p.digest_md = "SHA1";
    expect_refused(respond(saml_signed(&p, &saml_good)), IAM_SAML_FORGED);
    p = rig.idp;
    p.md = "SHA1";
    p.digest_md = "SHA256";
    p.signature = DS "rsa-sha1";
    expect_refused(respond(saml_signed(&p, &saml_good)), IAM_SAML_FORGED);
}

/* The public key as the secret of an HMAC, and transforms that could choose what is digested. */
static void test_other_algorithms(void **state)
{
    static const char *const transforms[] = {
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    };
    struct loot l = steal();
    (void)state;
    expect_refused(
        respond(saml_rig_replace(l.whole, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                                 DS "hmac-sha1")),
        IAM_SAML_FORGED);
    for (size_t i = 0; i < IAM_COUNT(transforms); i++) {
        struct saml_party p = rig.idp;
        p.transforms =
            signer_fmt(&rig.arena, "<ds:Transform Algorithm=\"%s\"></ds:Transform>", transforms[i])
                .p;
        expect_refused(respond(saml_signed(&p, &saml_good)), IAM_SAML_FORGED);
    }
}

/*
 * A filter, and one that leaves nothing: then the digest is right, the signature is the provider's,
 * and the content is anybody's.
 */
static void test_transform_that_hides(void **state)
{
#define XPATH(expression)                                                                 \
    "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>" \
    "not(ancestor-or-self::ds:Signature)" expression "</ds:XPath></ds:Transform>"
    struct saml_party p = rig.idp;
    struct saml_texts t = evil_texts(saml_good.id);
    (void)state;
    p.transforms = XPATH("") "<ds:Transform "
                             "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">"
                             "</ds:Transform>";
    expect_refused(respond(saml_signed(&p, &saml_good)), IAM_SAML_FORGED);
    p.transforms = XPATH(" and false()");
    struct iam_str signature = saml_signature(&p, IAM_STR(""), saml_good.id);
    struct iam_str text = saml_assertion(&rig.arena, &t);
    expect_refused(respond(saml_insert(&rig.arena, text, signature)), IAM_SAML_FORGED);
}

/* Both references are right, and signed. */
static void test_two_references(void **state)
{
    struct saml_party p = rig.idp;
    (void)state;
    p.refers_twice = true;
    expect_refused(respond(saml_signed(&p, &saml_good)), IAM_SAML_FORGED);
}

static void test_references(void **state)
{
    struct loot l = steal();
    struct iam_str second =
        IAM_STR("<ds:Reference URI=\"#_evil\"><ds:DigestMethod Algorithm=\"x\"></ds:DigestMethod>"
                "<ds:DigestValue></ds:DigestValue></ds:Reference>");
    static const char *const uris[] = { "",
                                        "#",
                                        "#xpointer(id('_a1'))",
                                        "#xpointer(/)",
                                        "_a1",
                                        "http://127.0.0.1/x",
                                        "file:///etc/passwd" };
    (void)state;
    expect_refused(respond(within(l.whole, "</ds:SignedInfo>", second)), IAM_SAML_FORGED);
    for (size_t i = 0; i < IAM_COUNT(uris); i++) {
        const char *uri = signer_fmt(&rig.arena, "URI=\"%s\"", uris[i]).p;
        expect_refused(respond(saml_rig_replace(l.whole, "URI=\"#_a1\"", uri)), IAM_SAML_FORGED);
    }
}

/* ---- IDs ---- */

/* What has the form of an expression could be taken for one, and mean another element. */
static void test_ids_are_no_expressions(void **state)
{
    static const char *const ids[] = { "xpointer(id('_a1'))", "xpointer(//*)", "xpointer(/)",
                                       "element(/1)" };
    struct saml_texts t = saml_good;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(ids); i++) {
        t.id = ids[i];
        expect_refused(respond(saml_signed(&rig.idp, &t)), IAM_SAML_FORGED);
    }
}

static void test_ids(void **state)
{
    static const char *const attributes[] = {
        "ID=\"_a1\"", "Id=\"_a1\"", "id=\"_a1\"", "xml:id=\"_x\"", "xml:id=\"_a1\"", "ID=\"\"",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(attributes); i++) {
        const char *status = signer_fmt(&rig.arena, "<samlp:Status %s>", attributes[i]).p;
        expect_refused(saml_rig_replace(good(), "<samlp:Status>", status), IAM_SAML_MALFORMED);
    }
    struct iam_str many = IAM_STR("");
    for (unsigned i = 0; i < 65; i++) {
        many = signer_fmt(&rig.arena, "%.*s<x ID=\"_%u\"/>", IAM_STR_ARG(many), i);
    }
    expect_refused(respond(both(many, steal().whole)), IAM_SAML_MALFORMED);
}

/* ---- XML ---- */

static void test_comments(void **state)
{
    (void)state;
    expect_refused(saml_rig_replace(good(), ">alice<", ">ali<!-- -->ce<"), IAM_SAML_MALFORMED);
    expect_refused(saml_rig_replace(good(), "<samlp:Status>", "<samlp:Status><!-- x -->"),
                   IAM_SAML_MALFORMED);
    expect_refused(both(IAM_STR("<!-- x -->"), good()), IAM_SAML_MALFORMED);
    expect_refused(both(good(), IAM_STR("<!-- x -->")), IAM_SAML_MALFORMED);
}

static void test_processing_instructions(void **state)
{
    (void)state;
    expect_refused(saml_rig_replace(good(), ">alice<", ">ali<?x y?>ce<"), IAM_SAML_MALFORMED);
    expect_refused(both(IAM_STR("<?xml-stylesheet href=\"http://127.0.0.1/\"?>"), good()),
                   IAM_SAML_MALFORMED);
}

/* A CDATA section is text to everybody: it does not end a name. */
static void test_cdata(void **state)
{
    struct iam_saml_assertion a;
    (void)state;
    expect_believed(saml_rig_replace(good(), ">alice<", ">al<![CDATA[ic]]>e<"), &a);
    assert_str(a.subject, "alice");
    expect_refused(saml_rig_replace(good(), ">alice<", ">alice<![CDATA[x]]><"), IAM_SAML_FORGED);
}

static void test_document_types(void **state)
{
    static const char *const types[] = {
        "<!DOCTYPE x>",
        "<!DOCTYPE x SYSTEM \"http://127.0.0.1/x.dtd\">",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY e \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
        "<!DOCTYPE x [<!ATTLIST samlp:Response more CDATA \"x\">]>",
        "<!DOCTYPE x [<!ATTLIST other id ID #IMPLIED>]>",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(types); i++) {
        expect_refused(both(iam_str_c(types[i]), good()), IAM_SAML_MALFORMED);
        expect_refused(both(iam_str_c(types[i]), saml_rig_replace(good(), ">alice<", ">&e;<")),
                       IAM_SAML_MALFORMED);
    }
    expect_refused(saml_rig_replace(good(), ">alice<", ">&e;<"), IAM_SAML_MALFORMED);
}

static void test_namespaces(void **state)
{
    struct iam_saml_assertion a;
    (void)state;
    /* elements of another namespace are not what they are called */
    expect_refused(saml_rig_replace(good(), "SAML:2.0:protocol", "SAML:2.0:other"),
                   IAM_SAML_MALFORMED);
    expect_refused(saml_rig_replace(good(), "2.0:assertion", "2.0:other"), IAM_SAML_UNSIGNED);
    expect_refused(saml_rig_replace(good(), DS, "urn:other"), IAM_SAML_UNSIGNED);
    expect_refused(saml_rig_replace(good(), "<saml:NameID", "<saml:NameID xmlns:saml=\"urn:x\""),
                   IAM_SAML_FORGED);
    /* a prefix that is not declared */
    expect_refused(saml_rig_replace(good(), "<samlp:Status>", "<samlp:Status p:x=\"\">"),
                   IAM_SAML_MALFORMED);
    /* what is declared around the assertion does not change what was signed */
    expect_believed(saml_rig_replace(good(), "<samlp:Response",
                                     "<samlp:Response xmlns:other=\"urn:x\" xmlns=\"urn:y\""),
                    &a);
}

/* In canonical form a namespace is written for each element that uses it. */
static void test_size_in_canonical_form(void **state)
{
    char name[SAML_TEST_LONG + 1];
    (void)state;
    memset(name, 'n', SAML_TEST_LONG);
    name[SAML_TEST_LONG] = '\0';
    const char *status = signer_fmt(&rig.arena, "<samlp:Status xmlns:p=\"%s\">", name).p;
    expect_refused(saml_rig_replace(good(), "<samlp:Status>", status), IAM_SAML_MALFORMED);
    struct iam_str many = IAM_STR("<p/>");
    for (unsigned i = 0; i < 11; i++) {
        many = both(many, many);
    }
    struct iam_saml_assertion a;
    expect_believed(respond(both(many, steal().whole)), &a);
    expect_refused(respond(both(both(many, many), steal().whole)), IAM_SAML_MALFORMED);
}

static void test_encodings(void **state)
{
    struct iam_str text = good();
    char *wide = iam_arena_zalloc(&rig.arena, 2, text.len + 1);
    (void)state;
    wide[0] = (char)0xFF;
    wide[1] = (char)0xFE;
    for (size_t i = 0; i < text.len; i++) {
        wide[2 + 2 * i] = text.p[i];
    }
    const struct iam_str utf_16 = { wide, 2 + 2 * text.len };
    expect_refused(utf_16, IAM_SAML_MALFORMED);
    expect_refused(saml_rig_replace(text, ">alice<", ">al\xFFice<"), IAM_SAML_MALFORMED);
    expect_refused(both(text, IAM_STR("x")), IAM_SAML_MALFORMED);
    expect_refused(both(text, text), IAM_SAML_MALFORMED);
    struct iam_saml_assertion a;
    expect_believed(both(IAM_STR("<?xml version=\"1.0\" encoding=\"UTF-7\"?>"), text), &a);
}

static void test_too_much(void **state)
{
    struct iam_str deep = IAM_STR("x");
    char *huge = iam_arena_alloc(&rig.arena, IAM_SAML_RESPONSE_MAX);
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        deep = signer_fmt(&rig.arena, "<x>%.*s</x>", IAM_STR_ARG(deep));
    }
    expect_refused(respond(both(deep, steal().whole)), IAM_SAML_MALFORMED);
    const struct iam_str spaces = { huge, IAM_SAML_RESPONSE_MAX };
    memset(huge, ' ', IAM_SAML_RESPONSE_MAX);
    expect_refused(both(spaces, good()), IAM_SAML_MALFORMED);
    /* texts and values that are signed */
    struct saml_texts t = saml_good;
    memset(huge, 'x', IAM_SAML_TEXT_MAX + 1);
    struct iam_str longer = { huge, IAM_SAML_TEXT_MAX + 1 };
    struct iam_str text =
        signer_fmt(&rig.arena, SAML_ATTRIBUTE("a", "%.*s"), (int)longer.len, longer.p);
    t.attributes = text.p;
    expect_refused(respond(saml_signed(&rig.idp, &t)), IAM_SAML_MALFORMED);
    struct iam_str value = IAM_STR("<saml:AttributeValue></saml:AttributeValue>");
    for (unsigned i = 0; i < 10; i++) {
        value = both(value, value);
    }
    t.attributes = signer_fmt(&rig.arena, "<saml:Attribute Name=\"a\">%.*s</saml:Attribute>",
                              IAM_STR_ARG(value))
                       .p;
    struct iam_saml_assertion a;
    expect_believed(respond(saml_signed(&rig.idp, &t)), &a);
    t.attributes = signer_fmt(&rig.arena,
                              "<saml:Attribute Name=\"a\">%.*s<saml:AttributeValue>"
                              "</saml:AttributeValue></saml:Attribute>",
                              IAM_STR_ARG(value))
                       .p;
    expect_refused(respond(saml_signed(&rig.idp, &t)), IAM_SAML_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xsw_1_2),
        cmocka_unit_test(test_xsw_3),
        cmocka_unit_test(test_xsw_4),
        cmocka_unit_test(test_xsw_5_6),
        cmocka_unit_test(test_xsw_7),
        cmocka_unit_test(test_xsw_8),
        cmocka_unit_test(test_wrapped_in_disguise),
        cmocka_unit_test(test_signature_of_another_element),
        cmocka_unit_test(test_signatures_elsewhere),
        cmocka_unit_test(test_what_is_in_the_signature),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_no_values),
        cmocka_unit_test(test_embedded_key),
        cmocka_unit_test(test_key_info_is_ignored),
        cmocka_unit_test(test_small_key),
        cmocka_unit_test(test_sha_1),
        cmocka_unit_test(test_other_algorithms),
        cmocka_unit_test(test_transform_that_hides),
        cmocka_unit_test(test_two_references),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_ids_are_no_expressions),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_processing_instructions),
        cmocka_unit_test(test_cdata),
        cmocka_unit_test(test_document_types),
        cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_size_in_canonical_form),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_too_much),
    };
    return cmocka_run_group_tests_name("saml attacks", tests, saml_rig_open, saml_rig_close);
}
