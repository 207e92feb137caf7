/* SPDX-License-Identifier: Apache-2.0 */
/* What the process's heap does with memory that was freed: it goes back to the system. */
#pragma once

#include "base/base.h"

struct memory {
    size_t peak_bytes; /* that requests held since memory was returned */
};

/*
 * Has the heap take large pieces from the system one by one, so that each goes back when it is
 * freed. Called once, before there are threads.
 */
void memory_start(void);
/*
 * Returns what the heap keeps unused to the system once a wave of requests is over; held_bytes is
 * what requests hold now. To be called every second or so, by one thread. Returns whether it did.
 */
bool memory_settle(struct memory *m, size_t held_bytes);
