/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of a REST-JSON path and of its template. */
#pragma once

#include "base/cur.h"

/* "/" and the segment behind it, which may be empty; false when no "/" follows. */
bool api_path_next(struct iam_cur *c, struct iam_str *ret);
/* Whether a segment of a template is "{name}". */
bool api_path_is_label(struct iam_str part);
