/* SPDX-License-Identifier: Apache-2.0 */
#include "server/request_id.h"

#include "keeper/random.h"

#define DRAWN_IDS 32

/*
 * Random bytes for several IDs at once: a call of the generator costs far more than the bytes. What
 * is left needs no protection, since it will be public.
 */
static _Thread_local struct {
    uint8_t bytes[DRAWN_IDS][IAM_UUID_BYTES];
    size_t left;
} drawn;

/* Takes the bytes of one ID. IAM_IO. */
static enum iam_status draw(uint8_t ret[IAM_UUID_BYTES])
{
    if (drawn.left == 0) {
        IAM_TRY(iam_keeper_random(drawn.bytes, sizeof(drawn.bytes)));
        drawn.left = DRAWN_IDS;
    }
    memcpy(ret, drawn.bytes[--drawn.left], IAM_UUID_BYTES);
    return IAM_OK;
}

enum iam_status request_id_make(char ret[REQUEST_ID_CHARS + 1])
{
    uint8_t id[IAM_UUID_BYTES];

    IAM_TRY(draw(id));
    iam_uuid_set_version(id);
    iam_uuid_print(id, ret);
    return IAM_OK;
}
