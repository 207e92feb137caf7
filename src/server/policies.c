/* SPDX-License-Identifier: Apache-2.0 */
#include "server/policies.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/log.h"

#define FILE_NAME "aws-policies.iamd"
#define TEMPLATES_NAME "templates.jsonl"

/* Where such a file is, from the directory of the program: as built, and as installed. */
static const char *const places[] = { "", "../share/iamd/" };

/* Finds a file that came with the program. */
static bool find_file(const char *name, char ret[PATH_MAX])
{
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (len <= 0) {
        return false;
    }
    program[len] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    for (size_t i = 0; i < IAM_COUNT(places); i++) {
        int n = snprintf(ret, PATH_MAX, "%s/%s%s", program, places[i], name);
        if (n > 0 && n < PATH_MAX && access(ret, R_OK) == 0) {
            return true;
        }
    }
    return false;
}

enum iam_status policies_open(const struct server_config *config, struct iam_catalogue **ret,
                              char error[IAM_CATALOGUE_ERROR_MAX])
{
    char found[PATH_MAX];
    char templates[PATH_MAX];
    struct iam_catalogue_options options = { .file = config->policies_file,
                                             .dir = config->policies_dir };
    if (options.file == NULL && find_file(FILE_NAME, found)) {
        options.file = found;
    }
    if (options.file == NULL) {
        log_write(
            LOG_LEVEL_WARN,
            "there is no file of AWS's managed policies: they do not exist here, and a principal "
            "that has one may do nothing",
            LOG_FIELDS({ "file", IAM_STR(FILE_NAME) }));
    }
    if (find_file(TEMPLATES_NAME, templates)) {
        options.templates = templates;
    }
    return iam_catalogue_open(&options, ret, error);
}
