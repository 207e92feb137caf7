/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operator's directory of policies: PATH/NAME.json is the document of
 * arn:aws:iam::aws:policy/PATH/NAME, services.tsv has service-linked roles, templates.jsonl
 * templates. It is read once, at the
 * start, and every document is checked then, so that nobody finds a broken one when deciding.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "catalogue/parts_int.h"
#include "iam/policy.h"

/* LIMITS: of what is read. */
#define MAX_EXTRA 1000
#define MAX_DOCUMENT_BYTES ((size_t)IAM_POLICY_MAX_BYTES)
#define SERVICES_FILE "services.tsv"
#define MAX_DEPTH 8
#define MAX_PATH 512

struct walk {
    struct iam_arena *arena;
    struct iam_catalogue_policy *policies; /* MAX_EXTRA of them */
    size_t count;
    char path[MAX_PATH + 1]; /* of the directory being read: "/a/b/" */
    char *error;
};

/* Says what is wrong with a file: of long names the beginning, so that there is room for why. */
static enum iam_status fail(struct walk *w, const char *name, const char *why, enum iam_status st)
{
    int n = snprintf(w->error, IAM_CATALOGUE_ERROR_MAX, "%.150s%.300s: %s", w->path + 1, name, why);
    return n > 0 ? st : IAM_IO;
}

static bool is_policy(struct iam_str document)
{
    struct iam_policy *policy = NULL;
    bool is_parsed =
        iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, document, &policy, NULL) == IAM_OK;

    iam_policy_unref(policy);
    return is_parsed;
}

/* Sets ARN, path and name of the policy, which are where its file is. */
static enum iam_status name_policy(struct walk *w, struct iam_str name,
                                   struct iam_catalogue_policy *policy)
{
    const struct iam_str parts[] = { iam_str_c(w->path), name };
    struct iam_str tail;

    IAM_TRY(iam_arena_join(w->arena, parts, IAM_COUNT(parts), &tail));
    return iam_catalogue_name(tail, w->arena, policy);
}

/* Reads a file into *ret, whose name is set; the only version is of the date of the file. */
static enum iam_status read_file(struct walk *w, int dir_fd, const char *file,
                                 struct iam_catalogue_policy *ret)
{
    struct iam_catalogue_version *version = iam_arena_zalloc(w->arena, 1, sizeof(*version));
    IAM_ENSURE(version != NULL, IAM_NOMEM);
    enum iam_status st = iam_catalogue_text(dir_fd, file, MAX_DOCUMENT_BYTES, w->arena,
                                            &ret->document, &ret->created_ms);

    IAM_ENSURE(st != IAM_SYNTAX, fail(w, file, "no file of at most 128 KiB", st));
    IAM_ENSURE(st == IAM_OK, fail(w, file, strerror(errno), st));
    IAM_ENSURE(is_policy(ret->document),
               fail(w, file, "this is no policy document; see 'iam lint'", IAM_SYNTAX));
    *version = (struct iam_catalogue_version){ .number = 1, .created_ms = ret->created_ms };
    ret->updated_ms = ret->created_ms;
    ret->versions = version;
    ret->version_count = 1;
    return IAM_OK;
}

static enum iam_status add_file(struct walk *w, int dir_fd, const char *file)
{
    struct iam_str name = iam_str_c(file);
    struct iam_catalogue_policy policy = { .version_count = 0 };

    IAM_ENSURE(w->count < MAX_EXTRA, fail(w, file, "there are more than 1000 files", IAM_LIMIT));
    name.len -= sizeof(".json") - 1;
    enum iam_status st = name_policy(w, name, &policy);
    IAM_ENSURE(st == IAM_OK, fail(w, file, "this is no name for a policy", st));
    IAM_TRY(read_file(w, dir_fd, file, &policy));
    w->policies[w->count++] = policy;
    return IAM_OK;
}

static enum iam_status read_dir(struct walk *w, int fd, int depth);

/* Goes into a directory, whose name becomes a part of the path. */
static enum iam_status enter(struct walk *w, int dir_fd, const char *name, int depth)
{
    size_t before = strlen(w->path);
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    IAM_ENSURE(fd >= 0, fail(w, name, strerror(errno), IAM_IO));
    int n = snprintf(w->path + before, sizeof(w->path) - before, "%s/", name);
    if (n < 0 || (size_t)n >= sizeof(w->path) - before || depth >= MAX_DEPTH) {
        (void)close(fd);
        w->path[before] = '\0';
        return fail(w, name, "the path is too long", IAM_LIMIT);
    }
    IAM_TRY(read_dir(w, fd, depth + 1));
    w->path[before] = '\0';
    return IAM_OK;
}

static enum iam_status add_entry(struct walk *w, int dir_fd, const struct dirent *entry, int depth)
{
    struct stat info;

    if (entry->d_name[0] == '.') {
        return IAM_OK;
    }
    if (iam_str_ends(iam_str_c(entry->d_name), IAM_STR(".json"))) {
        return add_file(w, dir_fd, entry->d_name);
    }
    bool is_dir =
        fstatat(dir_fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
    return is_dir ? enter(w, dir_fd, entry->d_name, depth) : IAM_OK;
}

/* Reads the directory fd, which is closed. */
static enum iam_status read_dir(struct walk *w, int fd, int depth)
{
    DIR *dir = fdopendir(fd);
    enum iam_status st = IAM_OK;

    if (dir == NULL) {
        (void)close(fd);
        return fail(w, "", strerror(errno), IAM_IO);
    }
    for (const struct dirent *entry; st == IAM_OK && (entry = readdir(dir)) != NULL;) {
        st = add_entry(w, fd, entry, depth);
    }
    (void)closedir(dir);
    return st;
}

/* Reads the file of services, if the directory has one. */
static enum iam_status read_services(struct walk *w, int fd, struct iam_catalogue_index *ret)
{
    struct iam_str text;
    int64_t ignored;
    size_t line = 0;
    char why[64];

    if (faccessat(fd, SERVICES_FILE, F_OK, 0) != 0 && errno == ENOENT) {
        return IAM_OK;
    }
    enum iam_status st =
        iam_catalogue_text(fd, SERVICES_FILE, MAX_DOCUMENT_BYTES, w->arena, &text, &ignored);
    IAM_ENSURE(st == IAM_OK, fail(w, SERVICES_FILE, "it cannot be read", st));
    st = iam_catalogue_services(text, w->arena, ret, &line);
    (void)snprintf(why, sizeof(why), "line %zu is no service", line);
    return st == IAM_OK ? IAM_OK : fail(w, SERVICES_FILE, why, st);
}

/* Reads the file of templates, if the directory has one. */
static enum iam_status read_templates(struct walk *w, int fd, struct iam_catalogue_index *ret)
{
    if (faccessat(fd, IAM_CATALOGUE_TEMPLATES, F_OK, 0) != 0 && errno == ENOENT) {
        return IAM_OK;
    }
    return iam_catalogue_templates(fd, IAM_CATALOGUE_TEMPLATES, w->arena, &ret->templates,
                                   w->error);
}

/* Reads all of the directory, which is closed. */
static enum iam_status read_both(struct walk *w, int fd, struct iam_catalogue_index *ret)
{
    w->policies = iam_arena_zalloc(w->arena, MAX_EXTRA, sizeof(*w->policies));
    enum iam_status st = w->policies != NULL ? read_services(w, fd, ret) : IAM_NOMEM;

    if (st == IAM_OK) {
        st = read_templates(w, fd, ret);
    }
    if (st != IAM_OK) {
        (void)close(fd);
        return st;
    }
    IAM_TRY(read_dir(w, fd, 0));
    ret->policies = w->policies;
    ret->policy_count = w->count;
    return IAM_OK;
}

enum iam_status iam_catalogue_read_dir(const char *dir, struct iam_arena *arena,
                                       struct iam_catalogue_index *ret,
                                       char error[IAM_CATALOGUE_ERROR_MAX])
{
    struct walk w = { .arena = arena, .path = "/", .error = error };
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    IAM_ENSURE(fd >= 0, fail(&w, dir, strerror(errno), IAM_IO));
    return read_both(&w, fd, ret);
}
