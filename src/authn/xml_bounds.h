/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounds of an XML document, before a parser sees it: what takes a parser longer than in
 * proportion to the length is refused here.
 */
#pragma once

#include "base/str.h"

/* LIMIT: elements within each other. */
#define IAM_XML_DEPTH_MAX 32
/* LIMIT: attributes of an element; a parser compares each with all others. */
#define IAM_XML_ATTRIBUTES_MAX 64
/* LIMIT: declared namespaces that an element may use; a parser looks through all of them. */
#define IAM_XML_NAMESPACES_MAX 128

/*
 * Checks that the document keeps the bounds and has no document type declaration, so that no entity
 * is defined. It may be no XML for other reasons. IAM_SYNTAX.
 */
enum iam_status iam_xml_check_bounds(struct iam_str document) IAM_MUST_USE;
