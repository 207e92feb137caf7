/* SPDX-License-Identifier: Apache-2.0 */
#include "authn/sigv4_int.h"

struct iam_str iam_authn_header(const struct iam_authn_request *request, struct iam_str name,
                                size_t *ret_count)
{
    struct iam_str value = iam_str_absent();
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (iam_str_eq_nocase(request->headers[i].name, name)) {
            value = request->headers[i].value;
            count++;
        }
    }
    *ret_count = count;
    return count == 1 ? value : iam_str_absent();
}
