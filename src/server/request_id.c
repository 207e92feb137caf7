/* SPDX-License-Identifier: Apache-2.0 */
#include "server/request_id.h"

#include "base/str.h"
#include "keeper/random.h"

#define UUID_BYTES 16
#define DRAWN_IDS 32

/*
 * Random bytes for several IDs at once: a call of the generator costs far more than the bytes. What
 * is left needs no protection, since it will be public.
 */
static _Thread_local struct {
    uint8_t bytes[DRAWN_IDS][UUID_BYTES];
    size_t left;
} drawn;

/* Takes the bytes of one ID. IAM_IO. */
static enum iam_status draw(uint8_t ret[UUID_BYTES])
{
    if (drawn.left == 0) {
        IAM_TRY(iam_keeper_random(drawn.bytes, sizeof(drawn.bytes)));
        drawn.left = DRAWN_IDS;
    }
    memcpy(ret, drawn.bytes[--drawn.left], UUID_BYTES);
    return IAM_OK;
}

enum iam_status request_id_make(char ret[REQUEST_ID_CHARS + 1])
{
    static const uint8_t GROUPS[] = { 4, 2, 2, 2, 6 };
    uint8_t id[UUID_BYTES];
    const uint8_t *from = id;
    char *to = ret;

    IAM_TRY(draw(id));
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < IAM_COUNT(GROUPS); i++) {
        if (i > 0) {
            *to++ = '-';
        }
        iam_bytes_to_hex(from, GROUPS[i], to);
        from += GROUPS[i];
        to += 2u * GROUPS[i];
    }
    *to = '\0';
    return IAM_OK;
}
