/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References inside a compiled policy: the distance from the reference itself to what it means.
 * Half the size of a pointer, and the whole policy can be moved by copying its bytes. A struct is
 * not copied by itself once a reference in it is set.
 */
#pragma once

#include <stdint.h>

/* Bytes from this field to what is meant; 0 is no reference, since nothing means itself. */
typedef int32_t iam_rel;

/*
 * Returns what *r means. With 0, where an element is not there, the result must not be read from.
 */
static inline const void *iam_rel_get(const iam_rel *r)
{
    return (const char *)r + *r;
}

/* Makes *r mean target, which lies in the same policy. */
static inline void iam_rel_set(iam_rel *r, const void *target)
{
    *r = (iam_rel)((const char *)target - (const char *)r);
}
