/* SPDX-License-Identifier: Apache-2.0 */
#include "services/iam/uuid.h"

void iam_uuid_set_version(uint8_t uuid[IAM_UUID_BYTES])
{
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

/* Returns how many hyphens come before byte i. */
static size_t hyphens(size_t i)
{
    return i < 4 ? 0 : i < 10 ? (i - 2) / 2 : 4;
}

void iam_uuid_print(const uint8_t uuid[IAM_UUID_BYTES], char ret[IAM_UUID_CHARS + 1])
{
    memset(ret, '-', IAM_UUID_CHARS);
    for (size_t i = 0; i < IAM_UUID_BYTES; i++) {
        iam_bytes_to_hex(&uuid[i], 1, &ret[2 * i + hyphens(i)]);
    }
    ret[IAM_UUID_CHARS] = '\0';
}

bool iam_uuid_read(struct iam_str text, uint8_t ret[IAM_UUID_BYTES])
{
    char again[IAM_UUID_CHARS + 1];
    if (text.len != IAM_UUID_CHARS) {
        return false;
    }
    for (size_t i = 0; i < IAM_UUID_BYTES; i++) {
        const char *at = &text.p[2 * i + hyphens(i)];
        int high = iam_ascii_hex_value(at[0]);
        int low = iam_ascii_hex_value(at[1]);
        if (high < 0 || low < 0) {
            return false;
        }
        ret[i] = (uint8_t)(high << 4 | low);
    }
    iam_uuid_print(ret, again);
    return iam_str_eq_nocase(iam_str_c(again), text);
}
