/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The libc functions that the proved code calls, with what is assumed of them: what ISO C (memchr,
 * memcmp) and glibc (memmem) promise. Only the proofs include this file.
 */
#pragma once

#include <stddef.h>

/*@ predicate same_byte{L}(char *a, char *b, integer i) = a[i] == b[i];

    predicate same_bytes{L}(char *a, char *b, integer n) =
      \forall integer i; 0 <= i < n ==> same_byte(a, b, i); */

/*@ requires readable: \valid_read((char *)s + (0 .. n - 1));
    terminates \true;
    assigns \result \from s, c, n, ((char *)s)[0 .. n - 1];
    ensures absent: \result == \null ==>
        \forall char *q; (char *)s <= q < (char *)s + n ==> *q != (char)c;
    ensures first: \result != \null ==>
        \exists integer k; 0 <= k < n && (char *)\result == (char *)s + k &&
            *(char *)\result == (char)c &&
            (\forall char *q; (char *)s <= q < (char *)s + k ==> *q != (char)c); */
extern void *memchr(const void *s, int c, size_t n);

/*@ requires readable: \valid_read((char *)a + (0 .. n - 1)) && \valid_read((char *)b + (0 .. n - 1));
    terminates \true;
    assigns \result \from ((char *)a)[0 .. n - 1], ((char *)b)[0 .. n - 1], n;
    ensures equal: \result == 0 <==> same_bytes((char *)a, (char *)b, n); */
extern int memcmp(const void *a, const void *b, size_t n);

/*@ requires readable: \valid_read((char *)hay + (0 .. hay_len - 1)) &&
        \valid_read((char *)needle + (0 .. needle_len - 1));
    terminates \true;
    assigns \result \from hay, hay_len, ((char *)hay)[0 .. hay_len - 1],
        ((char *)needle)[0 .. needle_len - 1];
    ensures absent: \result == \null ==>
        \forall char *q; (char *)hay <= q <= (char *)hay + (hay_len - needle_len) ==>
            !same_bytes(q, (char *)needle, needle_len);
    ensures first: \result != \null ==>
        \exists integer k; 0 <= k <= hay_len - needle_len && (char *)\result == (char *)hay + k &&
            same_bytes((char *)\result, (char *)needle, needle_len) &&
            (\forall char *q; (char *)hay <= q < (char *)hay + k ==>
                !same_bytes(q, (char *)needle, needle_len)); */
extern void *memmem(const void *hay, size_t hay_len, const void *needle, size_t needle_len);

extern size_t strlen(const char *s);
