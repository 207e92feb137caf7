/* SPDX-License-Identifier: Apache-2.0 */
#include "server/quota_options.h"

#include <errno.h>
#include <string.h>

#include "server/files.h"

/* ---- one quota ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct iam_str trim(struct iam_str s)
{
    while (s.len > 0 && is_blank(s.p[0])) {
        s = iam_str_sub(s, 1, s.len);
    }
    while (s.len > 0 && is_blank(s.p[s.len - 1])) {
        s.len--;
    }
    return s;
}

/*
 * Sets one quota from text. where tells the reader of a message what it is about: "--quota", or a
 * line of a file.
 */
static enum iam_status set(struct iam_quotas *quotas, struct iam_str text, const char *where)
{
    const struct iam_quota_row *row = NULL;
    size_t equals = iam_str_find(text, '=', 0);
    if (equals >= text.len) {
        (void)fprintf(stderr, "iamd: %s: a quota is written NAME=NUMBER\n", where);
        return IAM_RANGE;
    }
    struct iam_str name = trim(iam_str_sub(text, 0, equals));
    enum iam_status st =
        iam_quotas_set(quotas, name, trim(iam_str_sub(text, equals + 1, text.len)), &row);
    if (st == IAM_NOT_FOUND) {
        (void)fprintf(stderr,
                      "iamd: %s: there is no quota '%.*s'; 'iamd quotas' lists all quotas\n", where,
                      IAM_STR_ARG(name));
        return IAM_RANGE;
    }
    if (st != IAM_OK) {
        (void)fprintf(stderr, "iamd: %s: %.*s takes a number from 0 to %lld\n", where,
                      IAM_STR_ARG(name), (long long)row->limit);
    }
    return st;
}

enum iam_status quota_option(struct iam_quotas *quotas, const char *text)
{
    return set(quotas, trim(iam_str_c(text)), "--quota");
}

/* ---- a file ---- */

static enum iam_status read_line(struct iam_quotas *quotas, struct iam_str line, const char *path,
                                 unsigned number)
{
    char where[QUOTA_LINE_MAX];
    line = trim(line);
    if (line.len == 0 || line.p[0] == '#') {
        return IAM_OK;
    }
    (void)snprintf(where, sizeof(where), "%s, line %u", path, number);
    if (line.len > QUOTA_LINE_MAX) {
        (void)fprintf(stderr, "iamd: %s: the line is too long\n", where);
        return IAM_RANGE;
    }
    return set(quotas, line, where);
}

static enum iam_status read_lines(struct iam_quotas *quotas, struct iam_str text, const char *path)
{
    unsigned number = 0;
    for (size_t at = 0; at < text.len;) {
        size_t end = iam_str_find(text, '\n', at);
        end = end < text.len ? end : text.len;
        IAM_TRY(read_line(quotas, iam_str_sub(text, at, end - at), path, ++number));
        at = end + 1;
    }
    return IAM_OK;
}

/* Reads the file into text, which has room for one byte more than a file may have. */
static enum iam_status load(const char *path, char *text, size_t cap, size_t *ret_len)
{
    char refusal[FILES_ERROR_MAX];
    FILE *f = fopen(path, "rbe");
    if (f != NULL && files_check(fileno(f), path, FILES_STREAM, refusal) != IAM_OK) {
        (void)fclose(f);
        (void)fprintf(stderr, "iamd: %s\n", refusal);
        return IAM_DENIED;
    }
    size_t n = f != NULL ? fread(text, 1, cap, f) : 0;
    bool is_bad = f == NULL || ferror(f) != 0;
    int error = errno;
    if (f != NULL) {
        (void)fclose(f);
    }
    if (is_bad) {
        (void)fprintf(stderr, "iamd: cannot read '%s': %s\n", path, strerrordesc_np(error));
        return IAM_IO;
    }
    *ret_len = n;
    return IAM_OK;
}

enum iam_status quota_file(struct iam_quotas *quotas, const char *path)
{
    static char text[QUOTA_FILE_MAX_BYTES + 1]; /* at the start there is one thread only */
    size_t len = 0;
    IAM_TRY(load(path, text, sizeof(text), &len));
    if (len > QUOTA_FILE_MAX_BYTES) {
        (void)fprintf(stderr, "iamd: '%s' is too large for a quota file\n", path);
        return IAM_RANGE;
    }
    return read_lines(quotas, (struct iam_str){ text, len }, path);
}

/* ---- the list ---- */

void quota_print(const struct iam_quotas *quotas, FILE *out)
{
    (void)fprintf(out, "%-26s %14s %14s %10s\n", "name", "AWS's default", "AWS's highest",
                  "in force");
    for (size_t i = 0; i < IAM_QUOTA_COUNT; i++) {
        const struct iam_quota_row *row = iam_quota_get((enum iam_quota)i);
        (void)fprintf(out, "%-26.*s %14lld %14lld %10lld\n", IAM_STR_ARG(row->name),
                      (long long)row->value, (long long)row->max, (long long)quotas->values[i]);
    }
}
