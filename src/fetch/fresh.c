/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/fresh.h"

/* Reads "max-age=N"; false: it is something else. */
static bool read_max_age(struct iam_str directive, int64_t *ret)
{
    struct iam_str name = IAM_STR("max-age=");
    uint64_t seconds;
    if (!iam_str_starts_nocase(directive, name)) {
        return false;
    }
    struct iam_str digits = iam_str_sub(directive, name.len, directive.len);
    if (iam_str_to_u64(digits, INT32_MAX, &seconds) != IAM_OK) {
        return false;
    }
    *ret = (int64_t)seconds;
    return true;
}

int64_t iam_fetch_fresh_seconds(struct iam_str value)
{
    int64_t fresh_s = IAM_FETCH_FRESH_UNSAID;
    for (size_t at = 0; at < value.len;) {
        size_t end = iam_str_find(value, ',', at);
        struct iam_str directive = iam_str_trim(iam_str_sub(value, at, end - at));
        if (iam_str_eq_nocase(directive, IAM_STR("no-store")) ||
            iam_str_eq_nocase(directive, IAM_STR("no-cache"))) {
            return 0;
        }
        (void)read_max_age(directive, &fresh_s);
        at = end + 1;
    }
    return fresh_s;
}

void iam_fetch_fresh_read(struct iam_str line, int64_t *fresh_s)
{
    struct iam_str name = IAM_STR("cache-control:");
    while (line.len > 0 && (line.p[line.len - 1] == '\n' || line.p[line.len - 1] == '\r')) {
        line.len--;
    }
    if (!iam_str_starts_nocase(line, name)) {
        return;
    }
    int64_t said = iam_fetch_fresh_seconds(iam_str_sub(line, name.len, line.len));
    if (said >= 0 && (*fresh_s < 0 || said < *fresh_s)) {
        *fresh_s = said;
    }
}
