/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/random.h"

#include <limits.h>
#include <openssl/rand.h>

enum iam_status iam_keeper_random(void *ret, size_t n)
{
    IAM_ENSURE(n <= INT_MAX, IAM_RANGE);
    return RAND_bytes(ret, (int)n) == 1 ? IAM_OK : IAM_IO;
}
