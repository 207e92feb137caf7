/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plain service provider does with a response, by xmlsec alone: decode the base64, parse,
 * find the signature of the assertion, read the certificate of the metadata, verify. It reads
 * nothing of the assertion, asks for no role and remembers nothing. Usage: saml_bare
 * CERTIFICATE.pem RESPONSE.base64 COUNT. Prints microseconds of the processor for one, then the
 * same with a certificate that was read once.
 */
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xmlsec/xmlsec.h>
/* the others need that one */
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>

#define TEXT_MAX (1 << 17)

struct text {
    char bytes[TEXT_MAX];
    size_t len;
};

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

static void read_file(const char *path, struct text *ret)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail(path);
    }
    ret->len = fread(ret->bytes, 1, sizeof(ret->bytes) - 1, file);
    ret->bytes[ret->len] = '\0';
    (void)fclose(file);
}

static xmlSecKeyPtr read_key(const struct text *certificate)
{
    xmlSecKeyPtr key = xmlSecOpenSSLAppKeyLoadMemory((const xmlSecByte *)certificate->bytes,
                                                     (xmlSecSize)certificate->len,
                                                     xmlSecKeyDataFormatCertPem, NULL, NULL, NULL);
    if (key == NULL) {
        fail("no certificate");
    }
    return key;
}

static xmlDocPtr parse(const struct text *response)
{
    static unsigned char xml[TEXT_MAX];
    int len = EVP_DecodeBlock(xml, (const unsigned char *)response->bytes, (int)response->len);
    while (len > 0 && xml[len - 1] == '\0') {
        len--; /* what the padding is counted as */
    }
    xmlDocPtr doc =
        len > 0 ? xmlReadMemory((const char *)xml, len, NULL, NULL, XML_PARSE_NONET) : NULL;
    if (doc == NULL) {
        fail("no XML");
    }
    return doc;
}

static void verify(const struct text *response, xmlSecKeyPtr key)
{
    const xmlChar *ids[] = { (const xmlChar *)"ID", NULL };
    xmlDocPtr doc = parse(response);
    xmlSecAddIDs(doc, xmlDocGetRootElement(doc), ids);
    xmlNodePtr signature =
        xmlSecFindNode(xmlDocGetRootElement(doc), xmlSecNodeSignature, xmlSecDSigNs);
    xmlSecDSigCtxPtr ctx = xmlSecDSigCtxCreate(NULL);
    if (signature == NULL || ctx == NULL) {
        fail("no signature");
    }
    ctx->signKey = key;
    if (xmlSecDSigCtxVerify(ctx, signature) < 0 || ctx->status != xmlSecDSigStatusSucceeded) {
        fail("it does not verify");
    }
    ctx->signKey = NULL; /* stays the caller's */
    xmlSecDSigCtxDestroy(ctx);
    xmlFreeDoc(doc);
}

/* Verifies with the certificate as it is in the metadata. */
static void read_and_verify(const struct text *response, const struct text *certificate)
{
    xmlSecKeyPtr key = read_key(certificate);
    verify(response, key);
    xmlSecKeyDestroy(key);
}

int main(int argc, char **argv)
{
    static struct text certificate;
    static struct text response;
    if (argc != 4) {
        fail("usage: saml_bare CERTIFICATE.pem RESPONSE.base64 COUNT");
    }
    read_file(argv[1], &certificate);
    read_file(argv[2], &response);
    xmlInitParser();
    if (xmlSecInit() < 0 || xmlSecOpenSSLAppInit(NULL) < 0 || xmlSecOpenSSLInit() < 0) {
        fail("xmlsec does not start");
    }
    long count = strtol(argv[3], NULL, 10);
    xmlSecKeyPtr kept = read_key(&certificate);
    read_and_verify(&response, &certificate);
    double begin = cpu_us();
    for (long i = 0; i < count; i++) {
        read_and_verify(&response, &certificate);
    }
    double between = cpu_us();
    for (long i = 0; i < count; i++) {
        verify(&response, kept);
    }
    (void)printf("%.1f %.1f\n", (between - begin) / (double)count,
                 (cpu_us() - between) / (double)count);
    xmlSecKeyDestroy(kept);
    return 0;
}
