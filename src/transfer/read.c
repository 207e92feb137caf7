/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account of files. Each step is done when the one before found no error: so what it says is
 * about the files, and not about what was wrong before.
 */
#include "transfer/transfer_int.h"

static void tell_quotas(struct iam_transfer *t)
{
    for (size_t i = 0; i < IAM_QUOTA_COUNT; i++) {
        int64_t in_force = t->options->quotas->values[i];
        if (t->most[i] > in_force) {
            struct iam_str name = iam_quota_get((enum iam_quota)i)->name;
            transfer_tell(
                t, IAM_TRANSFER_NOTE, NULL,
                "%lld for the quota %.*s, which is %lld: it is all there, but no more can "
                "be added unless iamd serves with --quota %.*s=%lld or more",
                (long long)t->most[i], IAM_STR_ARG(name), (long long)in_force, IAM_STR_ARG(name),
                (long long)t->most[i] + 1);
        }
    }
}

static void run(struct iam_transfer *t)
{
    static void (*const steps[])(struct iam_transfer * t) = {
        transfer_read_pages,      transfer_check_names, transfer_check_references,
        transfer_check_documents, tell_quotas,
    };
    for (size_t i = 0; i < IAM_COUNT(steps); i++) {
        if (t->status == IAM_OK && t->found[IAM_TRANSFER_ERROR] == 0) {
            steps[i](t);
        }
    }
}

static void init_maps(struct iam_transfer *t)
{
    t->alloc = iam_arena_allocator(t->arena);
    iam_map_init(&t->unknown, &t->alloc, t->options->seed);
    iam_map_init(&t->ids, &t->alloc, t->options->seed);
    for (size_t i = 0; i < MOVED_KINDS; i++) {
        iam_map_init(&t->names[i], &t->alloc, t->options->seed);
    }
}

enum iam_status iam_transfer_read(struct iam_arena *arena,
                                  const struct iam_transfer_options *options,
                                  const struct iam_transfer_file *files, size_t count,
                                  struct iam_transfer **ret)
{
    struct iam_transfer *t = iam_arena_zalloc(arena, 1, sizeof(*t));
    IAM_ENSURE(t != NULL, IAM_NOMEM);
    t->arena = arena;
    t->options = options;
    t->files = files;
    t->file_count = count;
    init_maps(t);
    run(t);
    IAM_TRY(t->status);
    IAM_ENSURE(t->found[IAM_TRANSFER_ERROR] == 0, IAM_SYNTAX);
    *ret = t;
    return IAM_OK;
}

struct iam_str iam_transfer_account(const struct iam_transfer *t)
{
    return t->account;
}

struct iam_transfer_counts iam_transfer_counts(const struct iam_transfer *t)
{
    return (struct iam_transfer_counts){ .users = t->lists[MOVED_USERS].count,
                                         .groups = t->lists[MOVED_GROUPS].count,
                                         .roles = t->lists[MOVED_ROLES].count,
                                         .policies = t->lists[MOVED_POLICIES].count,
                                         .instance_profiles = t->profile_count };
}

size_t iam_transfer_found(const struct iam_transfer *t, enum iam_transfer_level level)
{
    return t->found[level];
}
