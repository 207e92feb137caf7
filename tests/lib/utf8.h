/* SPDX-License-Identifier: Apache-2.0 */
/* Writing UTF-8. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Writes a code point as its number says, whether or not there is such a character: 1 to 4 bytes.
 */
static inline size_t utf8_put(uint32_t c, char *to)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 + c / 64);
        to[1] = (char)(0x80 + c % 64);
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 + c / 4096);
        to[1] = (char)(0x80 + c / 64 % 64);
        to[2] = (char)(0x80 + c % 64);
        return 3;
    }
    to[0] = (char)(0xF0 + c / 262144);
    to[1] = (char)(0x80 + c / 4096 % 64);
    to[2] = (char)(0x80 + c / 64 % 64);
    to[3] = (char)(0x80 + c % 64);
    return 4;
}
