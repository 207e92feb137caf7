/* SPDX-License-Identifier: Apache-2.0 */
/* The libraries for XML: started once, before whoever needs them. */
#include <libxml/parser.h>
#include <pthread.h>
#include <xmlsec/xmlsec.h>
/* the others need that one */
#include <xmlsec/errors.h>
#include <xmlsec/openssl/crypto.h>

#include "authn/saml_int.h"

static bool is_started;

static void on_error(const char *file, int line, const char *function, const char *object,
                     const char *subject, int reason, const char *message)
{
    (void)file;
    (void)line;
    (void)function;
    (void)object;
    (void)subject;
    (void)reason;
    (void)message;
}

static void start(void)
{
    xmlInitParser();
    is_started = xmlSecInit() == 0 && xmlSecOpenSSLInit() == 0;
    xmlSecErrorsSetCallback(on_error);
}

void iam_saml_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, start);
}

bool saml_is_started(void)
{
    return is_started;
}
