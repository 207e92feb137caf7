/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcrypto's contexts. Algorithms are fetched once per process (a fetch costs more than a hash);
 * contexts are made once per thread, and freed when the thread ends.
 */
#pragma once

#include <openssl/evp.h>

#include "base/base.h"

struct keeper_evp {
    EVP_MD *sha256; /* shared by all threads */
    EVP_CIPHER *aes_gcm;
    EVP_MD_CTX *md; /* this thread's */
    EVP_CIPHER_CTX *cipher;
};

/* Returns this thread's contexts, or NULL when libcrypto fails. */
struct keeper_evp *keeper_evp_get(void);
