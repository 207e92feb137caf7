/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The specification of the wildcard matcher: which text a pattern matches, said recursively over
 * the pattern. P, n: the pattern; many, one: its wildcards; T, m: the text; i, j: positions.
 */
#pragma once

#include "str.h"

/*@ // A byte that is not the first of a UTF-8 character.
    predicate is_tail(char c) = c <= -65;

    // Bytes of a character whose first byte is c; 1 when no character of several bytes begins so.
    logic integer want_len(char c) =
      -64 <= c <= -33 ? 2 : -32 <= c <= -17 ? 3 : -16 <= c <= -9 ? 4 : 1;

    // Bytes of the character at j; a byte of no well-formed sequence is a character by itself.
    logic integer char_len{L}(char *T, integer m, integer j) =
      want_len(T[j]) == 2 && j + 2 <= m && T[j + 1] <= -65 ? 2 :
      want_len(T[j]) == 3 && j + 3 <= m && T[j + 1] <= -65 && T[j + 2] <= -65 ? 3 :
      want_len(T[j]) == 4 && j + 4 <= m && T[j + 1] <= -65 && T[j + 2] <= -65 &&
        T[j + 3] <= -65 ? 4 : 1;

    // Bytes of the UTF-16 unit that begins at j: a character of four bytes is two units, any other
    // is one; 0 when j is inside of a unit.
    logic integer unit_len{L}(char *T, integer m, integer j) =
      j >= 2 && char_len(T, m, j - 2) == 4 ? 2 :
      (j >= 1 && char_len(T, m, j - 1) > 1) || (j >= 2 && char_len(T, m, j - 2) > 2) ||
        (j >= 3 && char_len(T, m, j - 3) > 3) ? 0 :
      char_len(T, m, j) == 4 ? 2 : char_len(T, m, j);

    predicate matches{L}(char *P, integer n, char many, char one, char *T, integer m,
                         integer i, integer j) =
      i >= n ? j == m :
      P[i] == many ?
        (\exists integer k; j <= k <= m && matches(P, n, many, one, T, m, i + 1, k)) :
      P[i] == one ?
        j < m && unit_len(T, m, j) > 0 &&
        matches(P, n, many, one, T, m, i + 1, j + unit_len(T, m, j)) :
      j < m && T[j] == P[i] && matches(P, n, many, one, T, m, i + 1, j + 1);

    predicate no_byte{L}(char *p, integer from, integer to, char c) =
      \forall integer i; from <= i < to ==> p[i] != c;
*/
