/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image of a policy: the policy, its text and everything that is made of it, one after the
 * other. It is written where there is room for the densest document, and then copied to a block of
 * exactly its size: references inside it are distances, which a copy does not change.
 */
#include "policy/read_int.h"

/*
 * Bytes of room for each byte of text. The densest documents are lists of one-digit dates, two
 * bytes an item, of which a value and an instant are made: eight for one, and the text itself.
 * Statements that are no objects would be denser, and are refused before that; empty objects, which
 * are refused afterwards, make eleven.
 */
#define ROOM_PER_BYTE 12
#define ROOM_AT_LEAST 256

#define ALIGN sizeof(iam_rel)

bool iam_image_begin(struct iam_image *image, struct iam_arena *scratch,
                     const struct iam_alloc *alloc, struct iam_str text)
{
    size_t room = sizeof(*image->policy) + ROOM_AT_LEAST + ROOM_PER_BYTE * text.len;
    image->policy = iam_arena_alloc(scratch, room);
    if (image->policy == NULL) {
        return false;
    }
    *image->policy = (struct iam_policy){ .alloc = *alloc, .text_len = (uint32_t)text.len };
    image->front = (char *)(image->policy + 1);
    image->end = (char *)image->policy + room;
    memcpy(image->front, text.p, text.len);
    image->front[text.len] = '\0';
    image->front += text.len + 1;
    return true;
}

char *iam_image_bytes(struct iam_image *image, size_t bytes)
{
    char *p = image->front;
    if (bytes > (size_t)(image->end - p)) {
        return NULL;
    }
    image->front += bytes;
    return p;
}

void *iam_image_array(struct iam_image *image, size_t bytes)
{
    size_t past = (size_t)(image->front - (char *)image->policy) % ALIGN;
    size_t pad = past == 0 ? 0 : ALIGN - past;
    char *p = iam_image_bytes(image, pad + bytes);
    if (p == NULL) {
        return NULL;
    }
    memset(p, 0, pad + bytes);
    return p + pad;
}

struct iam_policy *iam_image_finish(const struct iam_image *image)
{
    const struct iam_alloc *alloc = &image->policy->alloc;
    size_t size = (size_t)(image->front - (char *)image->policy);
    struct iam_policy *policy = alloc->alloc(alloc->ctx, size);
    if (policy == NULL) {
        return NULL;
    }
    memcpy(policy, image->policy, size);
    atomic_init(&policy->refs, 1);
    return policy;
}
