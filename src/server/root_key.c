/* SPDX-License-Identifier: Apache-2.0 */
#include "server/root_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/ct.h"
#include "model/id.h"

#define TEXT_BYTES 256

static bool is_key_id(struct iam_str id)
{
    /* A temporary key is refused: its secret would be in a token. */
    return id.len >= IAM_ACCESS_KEY_ID_MIN && iam_access_key_id_is_valid(id) &&
           !iam_id_is_temporary(id);
}

static enum iam_status given_key(const struct server_config *c, struct iam_keeper *keeper,
                                 struct iam_arena *arena, struct root_key *ret)
{
    ret->id = iam_str_c(c->root_access_key_id);
    IAM_ENSURE(is_key_id(ret->id), IAM_RANGE);
    return iam_keeper_seal_given_secret(keeper, ret->id, iam_str_c(c->root_secret_access_key),
                                        arena, &ret->sealed);
}

static enum iam_status made_key(struct iam_keeper *keeper, struct iam_arena *arena,
                                struct root_key *ret)
{
    uint8_t random[IAM_ID_RANDOM_BYTES];
    IAM_TRY(iam_keeper_random(random, sizeof(random)));
    struct iam_unique_id id = iam_id_make(IAM_KIND_ACCESS_KEY, random);
    IAM_TRY(iam_arena_dup(arena, iam_id_str(&id), &ret->id));
    ret->is_made = true;
    return iam_keeper_make_secret(keeper, ret->id, arena, &ret->sealed, &ret->secret);
}

static enum iam_status write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR) {
            continue;
        }
        IAM_ENSURE(w > 0, IAM_IO);
        p += w;
        n -= (size_t)w;
    }
    return IAM_OK;
}

enum iam_status root_key_choose(const struct server_config *config, struct iam_keeper *keeper,
                                struct iam_arena *arena, struct root_key *ret)
{
    *ret = (struct root_key){ 0 };
    return config->root_access_key_id != NULL ? given_key(config, keeper, arena, ret)
                                              : made_key(keeper, arena, ret);
}

static enum iam_status write_text(int fd, const struct root_key *key)
{
    char text[TEXT_BYTES];
    int n = snprintf(text, sizeof(text), "access_key_id=%.*s\nsecret_access_key=%s\n",
                     IAM_STR_ARG(key->id), key->secret.text);
    enum iam_status st =
        n > 0 && (size_t)n < sizeof(text) ? write_all(fd, text, (size_t)n) : IAM_LIMIT;
    iam_wipe(text, sizeof(text));
    return st == IAM_OK && fsync(fd) != 0 ? IAM_IO : st;
}

enum iam_status root_key_write(const char *dir, const char *name, const struct root_key *key)
{
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    IAM_ENSURE(dir_fd >= 0, IAM_IO);
    (void)unlinkat(dir_fd, name, 0);
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum iam_status st = fd >= 0 ? write_text(fd, key) : IAM_IO;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (st == IAM_OK && fsync(dir_fd) != 0) {
        st = IAM_IO;
    }
    (void)close(dir_fd);
    return st;
}
