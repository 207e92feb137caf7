/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/seed.h"

#include "base/ct.h"
#include "keeper/keeper_int.h"
#include "keeper/random.h"
#include "keeper/totp_int.h"

#define CODE_VALUES 1000000

static struct iam_str bytes_of(const uint8_t *p, size_t n)
{
    return (struct iam_str){ (const char *)p, n };
}

/* ---- sealing ---- */

enum iam_status iam_keeper_make_seed(struct iam_keeper *k, struct iam_str device_id,
                                     struct iam_arena *arena, struct iam_str *ret_sealed,
                                     struct iam_seed_text *ret_seed)
{
    uint8_t seed[IAM_SEED_BYTES];

    IAM_TRY(iam_keeper_random(seed, sizeof(seed)));
    enum iam_status st = keeper_seal_for(k, KEEPER_PURPOSE_SEED, device_id,
                                         bytes_of(seed, sizeof(seed)), arena, ret_sealed);
    if (st == IAM_OK) {
        iam_base32_encode(seed, sizeof(seed), ret_seed->text);
        ret_seed->text[IAM_SEED_TEXT_LEN] = '\0';
    }
    iam_wipe(seed, sizeof(seed));
    return st;
}

enum iam_status iam_keeper_seal_given_seed(struct iam_keeper *k, struct iam_str device_id,
                                           struct iam_str seed, struct iam_arena *arena,
                                           struct iam_str *ret_sealed)
{
    IAM_ENSURE(seed.len >= IAM_GIVEN_SEED_MIN && seed.len <= IAM_GIVEN_SEED_MAX, IAM_RANGE);
    return keeper_seal_for(k, KEEPER_PURPOSE_SEED, device_id, seed, arena, ret_sealed);
}

enum iam_status iam_keeper_check_seed(struct iam_keeper *k, struct iam_str device_id,
                                      struct iam_str sealed)
{
    return keeper_check_for(k, KEEPER_PURPOSE_SEED, device_id, sealed, IAM_GIVEN_SEED_MAX);
}

enum iam_status iam_keeper_reseal_seed(struct iam_keeper *k, struct iam_str device_id,
                                       struct iam_str sealed, struct iam_arena *arena,
                                       struct iam_str *ret_sealed)
{
    return keeper_reseal_for(k, KEEPER_PURPOSE_SEED, device_id, sealed, arena, ret_sealed);
}

/* ---- codes ---- */

/* Tells whether code is that of value, in the same time wherever they differ. */
static bool is_code(struct iam_str code, uint32_t value)
{
    char digits[IAM_CODE_LEN];

    value %= CODE_VALUES;
    for (size_t i = IAM_CODE_LEN; i > 0; i--) {
        digits[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return code.len == IAM_CODE_LEN && iam_ct_equal(code.p, digits, IAM_CODE_LEN);
}

static bool is_skipped(const struct iam_code_search *s, int64_t step)
{
    uint64_t at = (uint64_t)(step - s->first);

    return at < 64 && ((s->skip >> at) & 1) != 0;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* Tells whether the codes are those of step and of the one before it. */
static bool fits(const struct iam_code_search *s, int64_t step, uint32_t value, uint32_t previous)
{
    return is_code(s->code, value) && !is_skipped(s, step) &&
           (!iam_str_is_set(s->before) || is_code(s->before, previous));
}

/* Looks at every step, so that the time does not tell which one it is. */
static enum iam_status search_steps(struct keeper_totp *t, const struct iam_code_search *s,
                                    int64_t *ret_step)
{
    bool is_found = false;
    uint32_t previous = 0;
    int64_t found = 0;

    IAM_TRY(keeper_totp_value(t, s->first - 1, &previous));
    for (int64_t step = s->first; step <= s->last; step++) {
        uint32_t value = 0;

        IAM_TRY(keeper_totp_value(t, step, &value));
        if (fits(s, step, value, previous) &&
            (!is_found || distance(step, s->near) < distance(found, s->near))) {
            is_found = true;
            found = step;
        }
        previous = value;
    }
    IAM_ENSURE(is_found, IAM_NOT_FOUND);
    *ret_step = found;
    return IAM_OK;
}

enum iam_status iam_keeper_find_code(struct iam_keeper *k, struct iam_str device_id,
                                     struct iam_str sealed, const struct iam_code_search *search,
                                     int64_t now_ms, int64_t *ret_step)
{
    uint8_t bytes[IAM_GIVEN_SEED_MAX];
    struct iam_str seed;
    struct keeper_totp totp = { 0 };

    IAM_ENSURE(search->first > 0 && search->last - search->first < IAM_CODE_SEARCH_MAX, IAM_RANGE);
    IAM_TRY(attempts_take(&k->attempts, device_id, now_ms));
    enum iam_status st =
        keeper_open_for(k, KEEPER_PURPOSE_SEED, device_id, sealed, bytes, sizeof(bytes), &seed);
    if (st == IAM_OK) {
        st = keeper_totp_init(&totp, seed);
    }
    iam_wipe(bytes, sizeof(bytes));
    if (st == IAM_OK) {
        st = search_steps(&totp, search, ret_step);
    }
    keeper_totp_done(&totp);
    return st;
}
