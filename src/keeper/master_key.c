/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The master key: from the environment's text, a systemd credential, or a file that is made at
 * first start.
 * INVARIANT: a key that cannot be read is an error and never replaced by a new one, since
 * everything sealed under the old one would be lost; under its name the file is complete or not
 * there.
 */
#include "keeper/master_key_int.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ct.h"
#include "keeper/random.h"

#define BASE64_LEN 44
/* Base64 with a line break at its end is the longest form of a key file. */
#define KEY_FILE_MAX (BASE64_LEN + 2)
#define PATH_BYTES 4096

struct report {
    char *text;
    size_t cap;
};

static enum iam_status fail(const struct report *r, enum iam_status st, const char *path,
                            const char *why)
{
    if (r->cap > 0) {
        (void)snprintf(r->text, r->cap, "master key '%s': %s", path, why);
    }
    return st;
}

/* Refuses a file that others can use, with a command that ends in its path. */
static enum iam_status fail_with(const struct report *r, const char *path, const char *why)
{
    if (r->cap > 0) {
        (void)snprintf(r->text, r->cap, "master key '%s': %s '%s'", path, why, path);
    }
    return IAM_DENIED;
}

enum iam_status master_key_from_base64(struct iam_str text, uint8_t ret[IAM_MASTER_KEY_BYTES])
{
    /* 43 digits and one '=': EVP_DecodeBlock writes the padding as a zero byte. */
    IAM_ENSURE(text.len == BASE64_LEN && text.p[BASE64_LEN - 1] == '=', IAM_SYNTAX);
    for (size_t i = 0; i < BASE64_LEN - 1; i++) {
        char c = text.p[i];
        IAM_ENSURE(iam_ascii_is_alnum(c) || c == '+' || c == '/', IAM_SYNTAX);
    }
    uint8_t out[IAM_MASTER_KEY_BYTES + 1];
    int n = EVP_DecodeBlock(out, (const unsigned char *)text.p, BASE64_LEN);
    if (n == (int)sizeof(out)) {
        memcpy(ret, out, IAM_MASTER_KEY_BYTES);
    }
    iam_wipe(out, sizeof(out));
    return n == (int)sizeof(out) ? IAM_OK : IAM_SYNTAX;
}

/* Reads raw bytes, or base64 with an optional line break. */
static enum iam_status key_from_bytes(const uint8_t *bytes, size_t n,
                                      uint8_t ret[IAM_MASTER_KEY_BYTES])
{
    if (n == IAM_MASTER_KEY_BYTES) {
        memcpy(ret, bytes, IAM_MASTER_KEY_BYTES);
        return IAM_OK;
    }
    struct iam_str text = { (const char *)bytes, n };
    if (iam_str_ends(text, IAM_STR("\n"))) {
        text.len--;
    }
    return master_key_from_base64(text, ret);
}

static ssize_t read_up_to(int fd, uint8_t *p, size_t max)
{
    size_t got = 0;
    while (got < max) {
        ssize_t n = read(fd, p + got, max - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? -1 : (ssize_t)got;
        }
        got += (size_t)n;
    }
    return (ssize_t)got;
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return false;
        }
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* Checks that others cannot read or replace the key. */
static enum iam_status check_file(int fd, const char *path, const struct report *r)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return fail(r, IAM_IO, path, "cannot be examined");
    }
    if (!S_ISREG(st.st_mode)) {
        return fail(r, IAM_DENIED, path, "is not a regular file");
    }
    if (st.st_uid != geteuid() && st.st_uid != 0) {
        return fail(r, IAM_DENIED, path, "belongs to another user");
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fail_with(r, path, "is open to other users; run: chmod 0600");
    }
    return IAM_OK;
}

static enum iam_status read_key(int fd, const char *path, uint8_t ret[IAM_MASTER_KEY_BYTES],
                                const struct report *r)
{
    IAM_TRY(check_file(fd, path, r));
    uint8_t bytes[KEY_FILE_MAX];
    ssize_t n = read_up_to(fd, bytes, sizeof(bytes));
    enum iam_status st = IAM_OK;
    if (n < 0) {
        st = fail(r, IAM_IO, path, "cannot be read");
    } else if (key_from_bytes(bytes, (size_t)n, ret) != IAM_OK) {
        st = fail(r, IAM_SYNTAX, path, "does not hold 32 bytes or their base64");
    }
    iam_wipe(bytes, sizeof(bytes));
    return st;
}

/* Returns IAM_NOT_FOUND when there is no such file. */
static enum iam_status read_file(const char *path, uint8_t ret[IAM_MASTER_KEY_BYTES],
                                 const struct report *r)
{
    /* O_NONBLOCK: a FIFO in its place must not hang the start. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT ? IAM_NOT_FOUND
                               : fail(r, errno == ELOOP ? IAM_DENIED : IAM_IO, path,
                                      errno == ELOOP ? "is a symbolic link" : "cannot be opened");
    }
    enum iam_status st = read_key(fd, path, ret, r);
    (void)close(fd);
    return st;
}

static bool sync_directory_of(const char *path)
{
    char dir[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? snprintf(dir, sizeof(dir), ".")
                          : snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path + 1), path);
    if (n < 0 || (size_t)n >= sizeof(dir)) {
        return false;
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool ok = fsync(fd) == 0;
    (void)close(fd);
    return ok;
}

/* Writes a new key under a name that nobody else uses. */
static bool write_temporary(const char *path, const uint8_t key[IAM_MASTER_KEY_BYTES])
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return false;
    }
    /* Sets the mode again, whatever the umask was. */
    bool ok = fchmod(fd, S_IRUSR | S_IWUSR) == 0 && write_all(fd, key, IAM_MASTER_KEY_BYTES) &&
              fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    if (!ok) {
        (void)unlink(path);
    }
    return ok;
}

/*
 * Makes the file. A link, unlike a rename, never replaces a key that another process made
 * meanwhile.
 */
static enum iam_status make_file(const char *path, const struct report *r)
{
    uint8_t key[IAM_MASTER_KEY_BYTES];
    uint64_t suffix;
    char temporary[PATH_BYTES];
    IAM_TRY(iam_keeper_random(key, sizeof(key)));
    IAM_TRY(iam_keeper_random(&suffix, sizeof(suffix)));
    int n =
        snprintf(temporary, sizeof(temporary), "%s.new.%016llx", path, (unsigned long long)suffix);
    if (n < 0 || (size_t)n >= sizeof(temporary)) {
        return fail(r, IAM_IO, path, "has a name that is too long");
    }
    bool ok = write_temporary(temporary, key);
    iam_wipe(key, sizeof(key));
    if (!ok) {
        return fail(r, IAM_IO, path, "cannot be created");
    }
    ok = link(temporary, path) == 0 || errno == EEXIST;
    (void)unlink(temporary);
    ok = ok && sync_directory_of(path);
    return ok ? IAM_OK : fail(r, IAM_IO, path, "cannot be created");
}

static enum iam_status from_file(const char *path, uint8_t ret[IAM_MASTER_KEY_BYTES],
                                 const struct report *r)
{
    enum iam_status st = read_file(path, ret, r);
    if (st != IAM_NOT_FOUND) {
        return st;
    }
    IAM_TRY(make_file(path, r));
    /* Read back, so that the key in use is the key on disk. */
    st = read_file(path, ret, r);
    return st == IAM_NOT_FOUND ? fail(r, IAM_IO, path, "vanished") : st;
}

/* Returns IAM_NOT_FOUND without such a credential. */
static enum iam_status from_credential(const char *dir, uint8_t ret[IAM_MASTER_KEY_BYTES],
                                       const struct report *r)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof(path), "%s/iamd-master-key", dir);
    if (n < 0 || (size_t)n >= sizeof(path)) {
        return fail(r, IAM_IO, "iamd-master-key", "has a name that is too long");
    }
    return read_file(path, ret, r);
}

static enum iam_status load(const struct iam_keeper_config *config,
                            uint8_t ret[IAM_MASTER_KEY_BYTES], const struct report *r)
{
    if (config->key_base64 != NULL) {
        return master_key_from_base64(iam_str_c(config->key_base64), ret) == IAM_OK
                   ? IAM_OK
                   : fail(r, IAM_SYNTAX,
                          config->key_variable != NULL ? config->key_variable : "IAMD_MASTER_KEY",
                          "is not the base64 of 32 bytes");
    }
    if (config->credentials_dir != NULL) {
        enum iam_status st = from_credential(config->credentials_dir, ret, r);
        if (st != IAM_NOT_FOUND) {
            return st;
        }
    }
    return config->key_file != NULL ? from_file(config->key_file, ret, r)
                                    : iam_keeper_random(ret, IAM_MASTER_KEY_BYTES);
}

enum iam_status master_key_load(const struct iam_keeper_config *config,
                                uint8_t ret[IAM_MASTER_KEY_BYTES], char *error_text, size_t cap)
{
    struct report r = { error_text, cap };
    enum iam_status st = load(config, ret, &r);
    if (st != IAM_OK) {
        iam_wipe(ret, IAM_MASTER_KEY_BYTES);
    }
    return st;
}
