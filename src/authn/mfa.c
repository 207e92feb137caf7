/* SPDX-License-Identifier: Apache-2.0 */
#include "authn/mfa.h"

#include "keeper/seed.h"

/* SPEC: recorded on AWS: steps from the device's own time that are accepted. */
#define WINDOW_STEPS 2
#define PAIR_BEHIND_STEPS 998
#define PAIR_AHEAD_STEPS 1000
#define MASK_BITS 64

/* Returns the step that the device's clock is at. */
static int64_t step_at(const struct iam_mfa_device *device, int64_t high_ms)
{
    return high_ms / IAM_STEP_MS + device->drift_steps;
}

/* Finds the step of a code; a device without a seed has none. */
static enum iam_status find(struct iam_keeper *keeper, const struct iam_mfa_device *device,
                            const struct iam_code_search *search, int64_t high_ms,
                            int64_t *ret_step)
{
    IAM_ENSURE(iam_str_is_set(device->sealed_seed), IAM_DENIED);
    enum iam_status st =
        iam_keeper_find_code(keeper, device->id, device->sealed_seed, search, high_ms, ret_step);
    return st == IAM_NOT_FOUND ? IAM_DENIED : st;
}

/* ---- one code ---- */

/* Tells whether the code of a step was used; of one that is no longer known, it was. */
static bool is_used(const struct iam_mfa_device *device, int64_t step)
{
    int64_t back = device->used_step - step;

    if (back < 0 || device->used_step == 0) {
        return false;
    }
    return back >= MASK_BITS || (((uint64_t)device->used_mask >> back) & 1) != 0;
}

static void note_used(struct iam_mfa_device *device, int64_t step)
{
    int64_t ahead = step - device->used_step;
    uint64_t mask = (uint64_t)device->used_mask;

    if (ahead > 0) {
        mask = ahead < MASK_BITS ? mask << ahead : 0;
        device->used_step = step;
    }
    device->used_mask = (int64_t)(mask | UINT64_C(1) << (ahead > 0 ? 0 : -ahead));
}

enum iam_status iam_mfa_check(struct iam_txn *txn, struct iam_keeper *keeper,
                              const struct iam_mfa_device *device, struct iam_str code,
                              int64_t high_ms)
{
    int64_t now = step_at(device, high_ms);
    struct iam_code_search search = {
        .first = now - WINDOW_STEPS, .last = now + WINDOW_STEPS, .near = now, .code = code
    };
    struct iam_mfa_device after = *device;
    int64_t step = 0;

    for (int64_t i = search.first; i <= search.last; i++) {
        search.skip |= (uint64_t)is_used(device, i) << (i - search.first);
    }
    IAM_TRY(find(keeper, device, &search, high_ms, &step));
    note_used(&after, step);
    return iam_store_mfa_device_set_state(txn, &after);
}

/* ---- a pair ---- */

enum iam_status iam_mfa_check_pair(struct iam_keeper *keeper, struct iam_mfa_device *device,
                                   struct iam_str first_code, struct iam_str second_code,
                                   int64_t high_ms)
{
    int64_t now = step_at(device, high_ms);
    int64_t first = now - PAIR_BEHIND_STEPS;
    /* the first code is of the step before, which must be later than the last pair too */
    int64_t unused = device->pair_step + 2;
    struct iam_code_search search = { .first = unused > first ? unused : first,
                                      .last = now + PAIR_AHEAD_STEPS,
                                      .near = now,
                                      .code = second_code,
                                      .before = first_code };
    int64_t step = 0;

    IAM_TRY(find(keeper, device, &search, high_ms, &step));
    device->pair_step = step;
    device->drift_steps = step - high_ms / IAM_STEP_MS;
    return IAM_OK;
}
