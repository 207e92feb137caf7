/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparison and wiping of secrets. Neither the branches nor the memory accesses here depend on the
 * bytes, and the barriers keep the compiler from changing that.
 */
#include "base/ct.h"

#include <string.h>

bool iam_ct_equal(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a;
    const unsigned char *y = b;
    unsigned diff = 0;

    for (size_t i = 0; i < n; i++) {
        diff |= (unsigned)(x[i] ^ y[i]);
        /* The compiler must not know what diff is, or it could leave the loop early. */
        __asm__ volatile("" : "+r"(diff));
    }
    return ((diff - 1U) >> 31) != 0;
}

void iam_wipe(void *p, size_t n)
{
    if (n > 0) {
        memset(p, 0, n);
        __asm__ volatile("" : : "r"(p) : "memory");
    }
}
