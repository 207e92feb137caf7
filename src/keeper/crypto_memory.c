/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/crypto_memory.h"

#include <openssl/crypto.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include "base/ct.h"
#include "base/heap.h"

/* Before each block: how long it is. */
union head {
    size_t bytes;
    max_align_t align;
};

static void *crypto_alloc(size_t bytes, const char *file, int line)
{
    const struct iam_alloc *heap = iam_heap();
    union head *head;

    (void)file;
    (void)line;
    if (bytes == 0 || bytes > SIZE_MAX - sizeof(*head)) {
        return NULL;
    }
    head = heap->alloc(heap->ctx, sizeof(*head) + bytes);
    if (head == NULL) {
        return NULL;
    }
    head->bytes = bytes;
    return head + 1;
}

static void crypto_free(void *p, const char *file, int line)
{
    const struct iam_alloc *heap = iam_heap();
    union head *head = p;

    (void)file;
    (void)line;
    if (p != NULL) {
        iam_wipe(p, head[-1].bytes);
        heap->free(heap->ctx, head - 1);
    }
}

static void *crypto_realloc(void *p, size_t bytes, const char *file, int line)
{
    const union head *head = p;
    void *ret = crypto_alloc(bytes, file, line);

    if (p != NULL && ret != NULL) {
        size_t old = head[-1].bytes;
        memcpy(ret, p, old < bytes ? old : bytes);
    }
    if (ret != NULL || bytes == 0) {
        crypto_free(p, file, line);
    }
    return ret;
}

enum iam_status iam_crypto_memory_init(void)
{
    return CRYPTO_set_mem_functions(crypto_alloc, crypto_realloc, crypto_free) == 1 ? IAM_OK
                                                                                    : IAM_CONFLICT;
}
