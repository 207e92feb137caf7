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
    struct control_request request;
    if (size >= CONTROL_LINE_MAX || control_parse(line, &request) != IAM_OK) {
        return 0;
    }
    struct iam_str word = control_word(request.command);
    int n = iam_str_is_set(request.argument)
                ? snprintf(again, sizeof(again), "%.*s %.*s", IAM_STR_ARG(word),
                           IAM_STR_ARG(request.argument))
                : snprintf(again, sizeof(again), "%.*s", IAM_STR_ARG(word));
    ENSURE(n > 0 && iam_str_eq((struct iam_str){ again, (size_t)n }, line));
    return 0;
}
