/* SPDX-License-Identifier: Apache-2.0 */
/* A line on the control socket: what is accepted says exactly what it was read as. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/control.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char again[CONTROL_LINE_MAX];
    struct iam_str line = { (const char *)data, size };
    struct iam_str key;
    if (size >= CONTROL_LINE_MAX || control_parse(line, &key) != IAM_OK) {
        return 0;
    }
    int n = iam_str_is_set(key)
                ? snprintf(again, sizeof(again), "rotate-master-key %.*s", IAM_STR_ARG(key))
                : snprintf(again, sizeof(again), "rotate-master-key");
    ENSURE(n > 0 && iam_str_eq((struct iam_str){ again, (size_t)n }, line));
    return 0;
}
