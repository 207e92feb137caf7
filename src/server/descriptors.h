/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors are handed out at start: what the server needs for itself is opened then, and
 * connections are what is left. So no connection can take a descriptor that the server needs.
 */
#pragma once

#include "base/base.h"

/* Raises the soft limit to the hard one, where that is permitted. Returns the limit in force. */
size_t descriptors_raise(void);
/* Returns how many are open; a guess on the safe side when that cannot be found out. */
size_t descriptors_open(void);
/*
 * Returns how many connections there is room for when limit descriptors may be open, used of them
 * are, and more will be opened for what is no connection; at most max. 0: hardly any.
 */
size_t descriptors_for_connections(size_t limit, size_t used, size_t more, size_t max);
/* Returns the lowest limit with which descriptors_for_connections does not return 0. */
size_t descriptors_least(size_t used, size_t more);
