/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a REST-JSON path, or its template, segment by segment. */
#pragma once

#include "base/cur.h"

/* Consumes "/" and the segment after it, which may be empty; false when there is no "/". */
bool api_path_next(struct iam_cur *c, struct iam_str *ret);
/* Tells whether a segment of a template is a label, "{name}". */
bool api_path_is_label(struct iam_str part);
