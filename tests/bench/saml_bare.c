/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What xmlsec alone takes to verify a response: parse, find the signature of the assertion, read
 * the certificate, verify. Usage: saml_bare CERTIFICATE.pem RESPONSE.xml COUNT. Prints microseconds
 * of the processor for one.
 */
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xmlsec/xmlsec.h>
/* the others need that one */
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>

static void fail(const char *what)
{
    (void)fprintf(stderr, "saml_bare: %s\n", what);
    exit(1);
}

static double cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void verify(const char *certificate, const char *text, int len)
{
    const xmlChar *ids[] = { (const xmlChar *)"ID", NULL };
    xmlDocPtr doc = xmlReadMemory(text, len, NULL, NULL, XML_PARSE_NONET);
    if (doc == NULL) {
        fail("no XML");
    }
    xmlSecAddIDs(doc, xmlDocGetRootElement(doc), ids);
    xmlNodePtr signature =
        xmlSecFindNode(xmlDocGetRootElement(doc), xmlSecNodeSignature, xmlSecDSigNs);
    xmlSecDSigCtxPtr ctx = xmlSecDSigCtxCreate(NULL);
    if (signature == NULL || ctx == NULL) {
        fail("no signature");
    }
    ctx->signKey =
        xmlSecOpenSSLAppKeyLoad(certificate, xmlSecKeyDataFormatCertPem, NULL, NULL, NULL);
    if (ctx->signKey == NULL || xmlSecDSigCtxVerify(ctx, signature) < 0 ||
        ctx->status != xmlSecDSigStatusSucceeded) {
        fail("it does not verify");
    }
    xmlSecDSigCtxDestroy(ctx);
    xmlFreeDoc(doc);
}

int main(int argc, char **argv)
{
    static char text[1 << 17];
    FILE *file = argc == 4 ? fopen(argv[2], "rb") : NULL;
    if (file == NULL) {
        fail("usage: saml_bare CERTIFICATE.pem RESPONSE.xml COUNT");
    }
    int len = (int)fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    xmlInitParser();
    if (xmlSecInit() < 0 || xmlSecOpenSSLAppInit(NULL) < 0 || xmlSecOpenSSLInit() < 0) {
        fail("xmlsec does not start");
    }
    long count = strtol(argv[3], NULL, 10);
    verify(argv[1], text, len);
    double before = cpu_us();
    for (long i = 0; i < count; i++) {
        verify(argv[1], text, len);
    }
    (void)printf("%.1f\n", (cpu_us() - before) / (double)count);
    return 0;
}
