/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of SAML providers: what is taken, what is counted, and the bounds of what is read. */
#include "authn/saml_metadata.h"

#include <stdio.h>

#include "authn/xml_bounds.h"
#include "base/buf.h"
#include "base/heap.h"
#include "lib/test.h"

#define MD "xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\""
#define ENTITY(inner) "<EntityDescriptor " MD " entityID=\"x\">" inner "</EntityDescriptor>"
#define IDP(inner) "<IDPSSODescriptor>" inner "</IDPSSODescriptor>"
#define CERTIFICATE(text)                                                                         \
    "<KeyDescriptor><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Certificate>" text \
    "</X509Certificate></KeyInfo></KeyDescriptor>"
/* A certificate that signs itself, and has long expired: nobody asks. */
#define GOOD                                                                       \
    "MIIBcDCCARegAwIBAgIUS/AkAZOkfAbfbhXtp0sxKCxhvR0wCgYIKoZIzj0EAwIwDjEMMAoGA1UE" \
    "AwwDaWRwMB4XDTI2MTEzMDExNDgzM1oXDTI2MTIwMjExNDgzM1owDjEMMAoGA1UEAwwDaWRwMFkw" \
    "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETYk6Y59sv0RtWXNfAItZp+8DrpmFiFVner8LBl3Cjtiq" \
    "akxwRGcJgQkFtV8+3aVygwzQXn3edHqjuxtIRRIj/KNTMFEwHQYDVR0OBBYEFFdgHOO6wZu8Dqbm" \
    "pQOasEf/1nNZMB8GA1UdIwQYMBaAFFdgHOO6wZu8DqbmpQOasEf/1nNZMA8GA1UdEwEB/wQFMAMB" \
    "Af8wCgYIKoZIzj0EAwIDRwAwRAIgdvvI2OPja1smlK1oyTAiUOIu45+ZK5XWbU8PBLKnf3cCIC0s" \
    "ehQ3CiONeIBoUP8VsGt18W6C1ayoNXrfQW48fVb2"

static struct iam_arena arena;

static int setup(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

static void assert_read(const char *document, enum iam_status want, size_t idps)
{
    struct iam_saml_idps read = { 0 };
    enum iam_status st = iam_saml_metadata_read(&arena, iam_str_c(document), &read);
    if (st != want || read.count != idps) {
        fail_msg("%.300s: %s, %zu", document, iam_status_text(st), read.count);
    }
    iam_arena_clear(&arena);
}

static void test_documents(void **state)
{
    static const struct {
        const char *document;
        enum iam_status status;
        size_t idps;
    } cases[] = {
        {ENTITY(IDP("")),                                                                        IAM_OK,     1},
        { ENTITY(""),                                                                            IAM_OK,     0},
        { ENTITY(IDP("") IDP("")),                                                               IAM_OK,     2},
        { ENTITY("<Extensions>" IDP("") "</Extensions>"),                                        IAM_OK,     0},
        { "<EntitiesDescriptor " MD "/>",                                                        IAM_OK,     0},
        { "<EntitiesDescriptor " MD ">" ENTITY(IDP("")) ENTITY(IDP("")) "</EntitiesDescriptor>",
         IAM_OK,                                                                                             2},
        { "<?xml version='1.0' encoding='UTF-16'?>" ENTITY(IDP("&#228;")),                       IAM_OK,     1},
        { ENTITY(IDP("<![CDATA[</x>]]><!-- </x> --><?x </x>?>")),                                IAM_OK,     1},
        { IDP(""),                                                                               IAM_SYNTAX, 0},
        { "<a/>",                                                                                IAM_SYNTAX, 0},
        { "",                                                                                    IAM_SYNTAX, 0},
        { "text",                                                                                IAM_SYNTAX, 0},
        { "<EntityDescriptor " MD "/>",                                                          IAM_SYNTAX, 0},
        { ENTITY(ENTITY("")),                                                                    IAM_SYNTAX, 0},
        { ENTITY("") ENTITY(""),                                                                 IAM_SYNTAX, 0},
        { ENTITY("<a>"),                                                                         IAM_SYNTAX, 0},
        { ENTITY("<p:a/>"),                                                                      IAM_SYNTAX, 0},
        { ENTITY("&undefined;"),                                                                 IAM_SYNTAX, 0},
        { ENTITY("<a b='1' b='2'/>"),                                                            IAM_SYNTAX, 0},
        { "<!DOCTYPE a>" ENTITY(IDP("")),                                                        IAM_SYNTAX, 0},
        { "<!DOCTYPE a [<!ENTITY x 'y'>]>" ENTITY("&x;"),                                        IAM_SYNTAX, 0},
        { ENTITY(IDP(CERTIFICATE(""))),                                                          IAM_SYNTAX, 0},
        { ENTITY(IDP(CERTIFICATE("AAAA"))),                                                      IAM_SYNTAX, 0},
        { ENTITY(IDP(CERTIFICATE("%"))),                                                         IAM_SYNTAX, 0},
        { ENTITY(IDP(CERTIFICATE(GOOD))),                                                        IAM_OK,     1},
        { ENTITY(IDP(CERTIFICATE(" \n\t" GOOD "\r\n"))),                                         IAM_OK,     1},
        { ENTITY(IDP(CERTIFICATE("<![CDATA[" GOOD "]]>"))),                                      IAM_OK,     1},
        { ENTITY(IDP(CERTIFICATE(GOOD "AAAA"))),                                                 IAM_SYNTAX, 0},
 /* certificates of others are not read */
        { ENTITY(CERTIFICATE("AAAA") IDP("")),                                                   IAM_OK,     1},
        { ENTITY("\xFF"),                                                                        IAM_SYNTAX, 0},
    };
    static const char NUL[] = ENTITY(IDP("")) "\0";
    struct iam_saml_idps idps;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        assert_read(cases[i].document, cases[i].status, cases[i].idps);
    }
    assert_int_equal(
        iam_saml_metadata_read(&arena, (struct iam_str){ NUL, sizeof(NUL) - 1 }, &idps),
        IAM_SYNTAX);
}

/* What signatures are verified with: names, and the first certificate of each key that signs. */
static void test_what_is_read(void **state)
{
#define NAMED(id, inner) "<EntityDescriptor " MD " entityID='" id "'>" inner "</EntityDescriptor>"
#define USED(use, inner)                                                                           \
    "<KeyDescriptor" use "><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data>" inner \
    "</X509Data></KeyInfo></KeyDescriptor>"
#define X509(text) "<X509Certificate>" text "</X509Certificate>"
    static const char document[] =
        "<EntitiesDescriptor " MD
        ">" NAMED("https://one/?a=1&amp;b=2&amp;#38;",
                  IDP(USED("", X509(GOOD) X509(GOOD)) USED(" use='encryption'", X509(GOOD))
                          USED(" use='signing'", X509(GOOD))))
            NAMED("two", IDP("") "<SPSSODescriptor>" USED(
                             "", X509(GOOD)) "</SPSSODescriptor>") "</EntitiesDescriptor>";
    struct iam_saml_idps idps;
    (void)state;
    assert_ok(iam_saml_metadata_read(&arena, IAM_STR(document), &idps));
    assert_int_equal(idps.count, 2);
    assert_str(idps.items[0].entity_id, "https://one/?a=1&b=2&#38;");
    assert_int_equal(idps.items[0].certificate_count, 2);
    assert_same_str(idps.items[0].certificates[0], idps.items[0].certificates[1]);
    assert_str(idps.items[1].entity_id, "two");
    assert_int_equal(idps.items[1].certificate_count, 0);
}

static void assert_named(const char *document, const char *want)
{
    struct iam_saml_idps idps;
    assert_ok(iam_saml_metadata_recall(&arena, iam_str_c(document), &idps));
    assert_int_equal(idps.count, 1);
    assert_str(idps.items[0].entity_id, want);
    assert_int_equal(idps.items[0].certificate_count, 1);
}

/* Each document says what it says, however many there are; what is taken outlives what was read. */
static void test_what_is_recalled(void **state)
{
    char document[4096];
    char want[16];
    struct iam_saml_idps idps;
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 40; i++) {
            (void)snprintf(want, sizeof(want), "name-%02d", i);
            (void)snprintf(document, sizeof(document), NAMED("%s", IDP(USED("", X509(GOOD)))),
                           want);
            assert_named(document, want);
            memset(document, 'x', sizeof(document));
            iam_arena_clear(&arena);
        }
        for (int i = 39; i >= 30; i--) { /* these are kept */
            (void)snprintf(want, sizeof(want), "name-%02d", i);
            (void)snprintf(document, sizeof(document), NAMED("%s", IDP(USED("", X509(GOOD)))),
                           want);
            assert_named(document, want);
        }
        assert_int_equal(iam_saml_metadata_recall(&arena, IAM_STR("<x/>"), &idps), IAM_SYNTAX);
    }
}

/* head, count times one, tail. */
static const char *repeat(const char *head, const char *one, unsigned count, const char *tail)
{
    struct iam_alloc alloc = iam_arena_allocator(&arena);
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, &alloc, 1 << 18);
    iam_buf_add_c(&b, head);
    for (unsigned i = 0; i < count; i++) {
        iam_buf_add_c(&b, one);
    }
    iam_buf_add_c(&b, tail);
    iam_buf_add_char(&b, '\0');
    assert_ok(iam_buf_finish(&b, &text));
    return text.p;
}

static void assert_bounds(const char *document, enum iam_status want)
{
    enum iam_status st = iam_xml_check_bounds(iam_str_c(document));
    if (st != want) {
        fail_msg("%.200s: %s", document, iam_status_text(st));
    }
    iam_arena_clear(&arena);
}

static void test_bounds(void **state)
{
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        enum iam_status want = more == 0 ? IAM_OK : IAM_SYNTAX;
        char open[512] = "";
        const char *closed;
        for (unsigned i = 0; i < IAM_XML_DEPTH_MAX + more; i++) {
            (void)strncat(open, "<a>", sizeof(open) - strlen(open) - 1);
        }
        closed = repeat(open, "</a>", IAM_XML_DEPTH_MAX + more, "");
        assert_bounds(closed, want);
        assert_bounds(repeat("<a ", "b='' ", IAM_XML_ATTRIBUTES_MAX + more, "/>"), want);
        assert_bounds(repeat("", "<a xmlns='u'/>", IAM_XML_NAMESPACES_MAX + more, ""), IAM_OK);
        assert_read(repeat("<EntitiesDescriptor " MD ">", ENTITY(IDP("")), IAM_SAML_IDPS_MAX + more,
                           "</EntitiesDescriptor>"),
                    more == 0 ? IAM_OK : IAM_LIMIT, more == 0 ? IAM_SAML_IDPS_MAX : 0);
        assert_read(repeat("<EntityDescriptor " MD " entityID='x'><IDPSSODescriptor>",
                           "<KeyDescriptor/>", IAM_SAML_KEYS_MAX + more,
                           "</IDPSSODescriptor></EntityDescriptor>"),
                    more == 0 ? IAM_OK : IAM_LIMIT, more == 0 ? 1 : 0);
    }
    static const char *const cut[] = { "<",    "<a",           "<a b='",
                                       "<!--", "<![CDATA[",    "<?",
                                       "</a>", "<a></a></a>",  "<!ELEMENT a>",
                                       "<a>",  "<!DOCTYPE a/>" };
    for (size_t i = 0; i < IAM_COUNT(cut); i++) {
        assert_bounds(cut[i], IAM_SYNTAX);
    }
    assert_bounds("<a b='>' c=\"/>\">text &lt; > </a >", IAM_OK);
    assert_bounds("", IAM_OK);
}

/* Namespaces count as long as their element is open. */
static void test_namespaces(void **state)
{
#define N4 "xmlns='u' xmlns:a='u' xmlns:b='u' xmlns:c='u' "
#define N16 N4 N4 N4 N4
#define N64 N16 N16 N16 N16
    (void)state;
    assert_bounds("<a " N64 "><b " N64 "/></a>", IAM_OK);
    assert_bounds("<a " N64 "><b " N64 "><c xmlns='u'/></b></a>", IAM_SYNTAX);
    assert_bounds("<a " N64 "><b " N64 "><c/></b></a>", IAM_OK);
    assert_bounds("<a><b " N64 "></b><b " N64 "></b><b " N64 "></b></a>", IAM_OK);
    assert_bounds("<a><b " N64 "/><b " N64 "/><b " N64 "/></a>", IAM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents),        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_what_is_recalled), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_namespaces),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
