/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates that inputs are tried with: leaf.pem and ec.pem of tests/vectors/pki. */
#pragma once

#include <stdlib.h>
#include <time.h>

#include "base/heap.h"
#include "base/str.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)32 << 20)
/* LIMIT: of processor time for one input, in microseconds, with sanitizers. */
#define ENOUGH_US 1000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char LEAF[] = "-----BEGIN CERTIFICATE-----\n"
                           "MIICMTCCAdegAwIBAgIUNHVNeQN2vzECu76n0uLwsrBhRP0wCgYIKoZIzj0EAwIw\n"
                           "HDEaMBgGA1UEAwwRVGVzdCBJbnRlcm1lZGlhdGUwIBcNMjAwMTAxMDAwMDAwWhgP\n"
                           "MjEyMDAxMDEwMDAwMDBaMBoxGDAWBgNVBAMMD3d3dy5leGFtcGxlLmNvbTCCASIw\n"
                           "DQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBANTEN1gM8rw6N2/gUghdZMpYdbVw\n"
                           "rDsxsiBv4SGZQ/StbuSGTCIiRolCrlgrx6Ec0KuX7qRFcIqNsDeRbubYi94gnW8L\n"
                           "jn2DPIfPwqR3ZEuLOrXpLwR026AaUVsvZE9JsPXExaARwENlrdb3ReIdB4TanAoI\n"
                           "4CBxuyNDfyoYo1fY06vmrA4xUHyr/NkyTBL65aYXZNK9yBgOd7HIYr/QrScrpfFw\n"
                           "HPauF4xK1dFd3UnigAz0qvJbC/rf6INHxVdJ11MvEBdqGHDAoI7thoI3Lu8Kf49x\n"
                           "ZFJ3JYhzM761n/12ML/RMgpzA7DeMPPksc9Jxn8gBV2Z7mKfI89h+Ac13psCAwEA\n"
                           "AaMsMCowDAYDVR0TAQH/BAIwADAaBgNVHREEEzARgg93d3cuZXhhbXBsZS5jb20w\n"
                           "CgYIKoZIzj0EAwIDSAAwRQIhAJH1/QqR7BVLlhEUAWY3fXOfS3uB7i1Z9LPQFRi4\n"
                           "icEHAiAUvZZrOOc8Lrg8r2kB1WSoSTPkNQ79lqpxikt3qldpDA==\n"
                           "-----END CERTIFICATE-----\n";

static const char EC[] = "-----BEGIN CERTIFICATE-----\n"
                         "MIIBYjCCAQegAwIBAgIUcrnAe8gvpaMMOabwRUZvoDZFc1QwCgYIKoZIzj0EAwIw\n"
                         "GTEXMBUGA1UEAwwOZWMuZXhhbXBsZS5jb20wIBcNMjAwMTAxMDAwMDAwWhgPMjEy\n"
                         "MDAxMDEwMDAwMDBaMBkxFzAVBgNVBAMMDmVjLmV4YW1wbGUuY29tMFkwEwYHKoZI\n"
                         "zj0CAQYIKoZIzj0DAQcDQgAEgM9BddOmg3d+OdbIxd6Tt5J3uHxq7uF8Xed22t+9\n"
                         "IrNCAMJb2VOQMsDUyDElPvj/sqDYLI3EawmTzbQ+baQBtqMrMCkwDAYDVR0TAQH/\n"
                         "BAIwADAZBgNVHREEEjAQgg5lYy5leGFtcGxlLmNvbTAKBggqhkjOPQQDAgNJADBG\n"
                         "AiEA76V0fHI3r7XH0CRrZRfHrK3ziIEIiXjaOjucULaDw/oCIQDOPLIQ71bQ1Xry\n"
                         "lX+L9+9Afhm7WOdJPUNdL4HfHc4VDQ==\n"
                         "-----END CERTIFICATE-----\n";

/* Returns the processor time of the thread. */
static inline int64_t cpu_us(void)
{
    struct timespec t;

    ENSURE(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
