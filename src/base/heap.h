/* SPDX-License-Identifier: Apache-2.0 */
/* The process heap as an allocator. The only place that calls malloc; not part of libiam. */
#pragma once

#include "base/base.h"

/* Returns malloc and free as an allocator. Static, never NULL. */
const struct iam_alloc *iam_heap(void);
