/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing XML 1.0 element content, as in the answers of the Query protocol. Reading is not done
 * here.
 */
#pragma once

#include "base/buf.h"

/* Appends <name> or </name>; name is trusted (a name of the API). */
void iam_xml_open(struct iam_buf *b, struct iam_str name);
void iam_xml_close(struct iam_buf *b, struct iam_str name);
/*
 * Appends character data, with & < > " ' and carriage return escaped; bytes that XML 1.0 cannot
 * carry become U+FFFD.
 */
void iam_xml_text(struct iam_buf *b, struct iam_str text);
/* Appends <name>text</name>. */
void iam_xml_element(struct iam_buf *b, struct iam_str name, struct iam_str text);
