/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of lines with a bound in bytes. Not thread-safe. */
#pragma once

#include "base/str.h"

struct ring {
    char *bytes; /* borrowed */
    size_t cap;
    size_t head; /* of the first line */
    size_t len;
};

/* Appends a line, which ends with a newline and has no other. False: there is no room for it. */
bool ring_put(struct ring *r, struct iam_str line);
/* Takes the first line into ret, which has room for any line. Returns its length; 0: none. */
size_t ring_take(struct ring *r, char *ret);
