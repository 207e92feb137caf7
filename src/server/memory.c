/* SPDX-License-Identifier: Apache-2.0 */
#include "server/memory.h"

#include <malloc.h>

/* A larger piece is a mapping of its own. Set, it no longer grows with what was freed. */
#define OWN_MAPPING_BYTES (128 << 10)
/* A wave below this is not worth the walk over the heap. */
#define WAVE_BYTES ((size_t)4 << 20)

void memory_start(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, OWN_MAPPING_BYTES);
}

bool memory_settle(struct memory *m, size_t held_bytes)
{
    if (held_bytes > m->peak_bytes) {
        m->peak_bytes = held_bytes;
    }
    if (m->peak_bytes < WAVE_BYTES || held_bytes > m->peak_bytes / 4) {
        return false;
    }
    m->peak_bytes = held_bytes;
    (void)malloc_trim(0);
    return true;
}
