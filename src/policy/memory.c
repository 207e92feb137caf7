/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of one policy: a block that holds the policy, its text and room for half as much
 * again, then blocks of an eighth of the text. Arrays are taken from the front, bytes from the
 * back, so that neither pads the other.
 */
#include <stdalign.h>

#include "policy/read_int.h"

#define BLOCK_MIN_BYTES 128

struct iam_policy_block {
    struct iam_policy_block *next;
};

/* Room behind the policy itself for the text and what is usually made of it. */
static size_t first_room(size_t text_len)
{
    return text_len + 1 + text_len / 2;
}

struct iam_policy *iam_policy_make(const struct iam_alloc *alloc, struct iam_str text)
{
    size_t room = first_room(text.len);
    struct iam_policy *policy = alloc->alloc(alloc->ctx, sizeof(*policy) + room);
    if (policy == NULL) {
        return NULL;
    }
    memset(policy, 0, sizeof(*policy));
    atomic_init(&policy->refs, 1);
    policy->alloc = *alloc;
    policy->front = (char *)(policy + 1);
    policy->back = policy->front + room - text.len - 1;
    memcpy(policy->back, text.p, text.len);
    policy->back[text.len] = '\0';
    policy->text = (struct iam_str){ policy->back, text.len };
    return policy;
}

void iam_policy_destroy(struct iam_policy *policy)
{
    struct iam_alloc alloc = policy->alloc;
    while (policy->blocks != NULL) {
        struct iam_policy_block *block = policy->blocks;
        policy->blocks = block->next;
        alloc.free(alloc.ctx, block);
    }
    alloc.free(alloc.ctx, policy);
}

static char *add_block(struct iam_policy *policy, size_t bytes)
{
    struct iam_policy_block *block = policy->alloc.alloc(policy->alloc.ctx, sizeof(*block) + bytes);
    if (block == NULL) {
        return NULL;
    }
    block->next = policy->blocks;
    policy->blocks = block;
    return (char *)(block + 1);
}

/* Makes sure of that much room between front and back, or gives it in a block of its own. */
static char *make_room(struct iam_policy *policy, size_t bytes)
{
    size_t size = policy->text.len / 8 > BLOCK_MIN_BYTES ? policy->text.len / 8 : BLOCK_MIN_BYTES;
    if (bytes > size / 2) {
        return add_block(policy, bytes);
    }
    char *front = add_block(policy, size);
    if (front != NULL) {
        policy->front = front;
        policy->back = front + size;
    }
    return NULL;
}

static bool fits(const struct iam_policy *policy, size_t bytes)
{
    return bytes <= (size_t)(policy->back - policy->front);
}

void *iam_policy_array(struct iam_policy *policy, size_t bytes)
{
    /* Blocks begin aligned for pointers, and so does what stands behind the policy. */
    size_t size = (bytes + (alignof(void *) - 1)) & ~(alignof(void *) - 1);
    char *p = NULL;
    if (!fits(policy, size)) {
        p = make_room(policy, size);
    }
    if (p == NULL) {
        if (!fits(policy, size)) {
            return NULL;
        }
        p = policy->front;
        policy->front += size;
    }
    memset(p, 0, size);
    return p;
}

char *iam_policy_bytes(struct iam_policy *policy, size_t bytes)
{
    char *p = NULL;
    if (!fits(policy, bytes)) {
        p = make_room(policy, bytes);
    }
    if (p != NULL) {
        return p;
    }
    if (!fits(policy, bytes)) {
        return NULL;
    }
    policy->back -= bytes;
    return policy->back;
}
