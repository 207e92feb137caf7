/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTPS server of the tests, for 127.0.0.1: it answers each path with bytes, or in a hostile
 * way.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include <openssl/ssl.h>

#include "base/str.h"

struct provider {
    SSL_CTX *ctx;
    int fd;
    unsigned port;
    pthread_t thread;
    char thumbprint[41];        /* of its certificate, which nobody else vouches for */
    atomic_size_t asked;        /* requests until now */
    const char *_Atomic answer; /* to everything but these: /hang, /endless, /headers, /drop */
};

void provider_open(struct provider *p);
/*
 * Adds a certificate to the chain that it shows, which has nothing to do with its own, and writes
 * the thumbprint of that.
 */
void provider_add_stranger(struct provider *p, char ret_thumbprint[41]);
void provider_close(struct provider *p);
/* Writes the URL of a path. */
const char *provider_url(const struct provider *p, const char *path, char url[256]);
/* Writes its certificate to a file. */
void provider_save(const struct provider *p, const char *path);
