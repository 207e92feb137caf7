/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of the cursor; its contracts are in src/base/cur.h. */
#include "cur.h"

#include "../src/base/cur.c"
