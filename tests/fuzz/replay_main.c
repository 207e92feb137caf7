/* SPDX-License-Identifier: Apache-2.0 */
/* Replays files and directories of files through a fuzz target, for compilers without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return 1;
    }
    (void)fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    /* An exact allocation, so that a read past the end is seen. */
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    size_t got = data != NULL && size > 0 ? fread(data, 1, (size_t)size, f) : 0;
    (void)fclose(f);
    if (data != NULL) {
        (void)LLVMFuzzerTestOneInput(data, got);
    }
    free(data);
    return 0;
}

static int replay_directory(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        perror(path);
        return 1;
    }
    int bad = 0;
    int count = 0;
    const struct dirent *e;
    while ((e = readdir(dir)) != NULL) {
        if (e->d_name[0] == '.') {
            continue;
        }
        char file[4096];
        (void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
        bad |= replay_file(file);
        count++;
    }
    (void)closedir(dir);
    (void)printf("%s: %d inputs\n", path, count);
    return bad != 0 || count == 0;
}

int main(int argc, char **argv)
{
    int bad = 0;
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            bad |= replay_directory(argv[i]);
        } else {
            bad |= replay_file(argv[i]);
        }
    }
    return bad;
}
