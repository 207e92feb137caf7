/* SPDX-License-Identifier: Apache-2.0 */
/* Writing XML 1.0 element content, as the Query protocol answers. Reading is not done here. */
#pragma once

#include "base/buf.h"

/* <name> and </name>; name is trusted (a name of the API). */
void iam_xml_open(struct iam_buf *b, struct iam_str name);
void iam_xml_close(struct iam_buf *b, struct iam_str name);
/* Character data, with & < > " ' and carriage return escaped; bytes that XML 1.0 cannot carry
 * become U+FFFD. */
void iam_xml_text(struct iam_buf *b, struct iam_str text);
/* <name>text</name> */
void iam_xml_element(struct iam_buf *b, struct iam_str name, struct iam_str text);
