/* SPDX-License-Identifier: Apache-2.0 */
/* Where the master key comes from: made once with mode 0600, never replaced, never taken unsafe. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/master_key_int.h"

#define KEY_TEXT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

struct place {
    char dir[64];
    char file[128];
    char error[256];
    struct iam_keeper_config config;
};

static enum iam_status load(struct place *p, uint8_t ret[IAM_MASTER_KEY_BYTES])
{
    return master_key_load(&p->config, ret, p->error, sizeof(p->error));
}

static void write_file(const char *path, const void *bytes, size_t n, mode_t mode)
{
    (void)unlink(path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void assert_test_key(const uint8_t key[IAM_MASTER_KEY_BYTES])
{
    for (size_t i = 0; i < IAM_MASTER_KEY_BYTES; i++) {
        assert_int_equal(key[i], i);
    }
}

static void test_file_is_made_once(void **state)
{
    struct place *p = *state;
    uint8_t a[IAM_MASTER_KEY_BYTES];
    uint8_t b[IAM_MASTER_KEY_BYTES];
    struct stat st;
    mode_t old = umask(0);
    assert_int_equal(load(p, a), IAM_OK);
    (void)umask(old);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, IAM_MASTER_KEY_BYTES);
    assert_int_equal(load(p, b), IAM_OK);
    assert_memory_equal(a, b, sizeof(a));
    /* Nothing is left of the making: the directory holds the key alone. */
    assert_int_equal(unlink(p->file), 0);
    assert_int_equal(rmdir(p->dir), 0);
    assert_int_equal(mkdir(p->dir, 0700), 0);
    assert_int_equal(load(p, b), IAM_OK);
    assert_memory_not_equal(a, b, sizeof(a));
}

static void test_mode_is_checked(void **state)
{
    struct place *p = *state;
    uint8_t key[IAM_MASTER_KEY_BYTES];
    static const mode_t open_modes[] = { 0640, 0604, 0620, 0601, 0666 };
    for (size_t i = 0; i < IAM_COUNT(open_modes); i++) {
        write_file(p->file, KEY_TEXT, strlen(KEY_TEXT), open_modes[i]);
        assert_int_equal(load(p, key), IAM_DENIED);
        assert_non_null(strstr(p->error, "0600"));
    }
    write_file(p->file, KEY_TEXT, strlen(KEY_TEXT), 0400);
    assert_int_equal(load(p, key), IAM_OK);
    assert_test_key(key);
}

static void test_only_a_regular_file(void **state)
{
    struct place *p = *state;
    uint8_t key[IAM_MASTER_KEY_BYTES];
    char target[160];
    (void)snprintf(target, sizeof(target), "%s/elsewhere", p->dir);
    write_file(target, KEY_TEXT, strlen(KEY_TEXT), 0600);
    assert_int_equal(symlink(target, p->file), 0);
    assert_int_equal(load(p, key), IAM_DENIED);
    assert_int_equal(unlink(p->file), 0);
    assert_int_equal(unlink(target), 0);
    assert_int_equal(mkfifo(p->file, 0600), 0);
    assert_int_equal(load(p, key), IAM_DENIED);
    assert_int_equal(unlink(p->file), 0);
    assert_int_equal(mkdir(p->file, 0700), 0);
    assert_int_equal(load(p, key), IAM_DENIED);
    assert_int_equal(rmdir(p->file), 0);
}

/* A damaged key is an error, and stays as it is: a new one would lose everything sealed. */
static void test_damaged_file_is_not_replaced(void **state)
{
    struct place *p = *state;
    uint8_t key[IAM_MASTER_KEY_BYTES];
    static const uint8_t zeros[IAM_MASTER_KEY_BYTES];
    static const char *const texts[] = { "", "short", KEY_TEXT "x", KEY_TEXT "\n\n",
                                         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 " };
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        struct stat st;
        write_file(p->file, texts[i], strlen(texts[i]), 0600);
        memset(key, 0xff, sizeof(key));
        assert_int_equal(load(p, key), IAM_SYNTAX);
        assert_memory_equal(key, zeros, sizeof(key));
        assert_int_equal(stat(p->file, &st), 0);
        assert_int_equal(st.st_size, strlen(texts[i]));
    }
    assert_null(strstr(p->error, "AAEC"));
    write_file(p->file, KEY_TEXT "\n", strlen(KEY_TEXT) + 1, 0600);
    assert_int_equal(load(p, key), IAM_OK);
    assert_test_key(key);
}

static void test_directory_missing(void **state)
{
    struct place *p = *state;
    uint8_t key[IAM_MASTER_KEY_BYTES];
    p->config.key_file = "/nonexistent/directory/master.key";
    assert_int_equal(load(p, key), IAM_IO);
    assert_non_null(strstr(p->error, "/nonexistent/directory/master.key"));
}

static void test_environment_comes_first(void **state)
{
    struct place *p = *state;
    uint8_t key[IAM_MASTER_KEY_BYTES];
    p->config.key_base64 = KEY_TEXT;
    assert_int_equal(load(p, key), IAM_OK);
    assert_test_key(key);
    assert_int_not_equal(access(p->file, F_OK), 0);
    static const char *const bad[] = { "", "AAEC", "not base64 at all, and also not 44 bytes....",
                                       KEY_TEXT "AAAA" };
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        p->config.key_base64 = bad[i];
        assert_int_equal(load(p, key), IAM_SYNTAX);
        assert_non_null(strstr(p->error, "IAMD_MASTER_KEY"));
    }
}

static void test_credential(void **state)
{
    struct place *p = *state;
    uint8_t key[IAM_MASTER_KEY_BYTES];
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/iamd-master-key", p->dir);
    write_file(path, KEY_TEXT, strlen(KEY_TEXT), 0400);
    p->config.credentials_dir = p->dir;
    assert_int_equal(load(p, key), IAM_OK);
    assert_test_key(key);
    assert_int_not_equal(access(p->file, F_OK), 0);
    /* Without that credential the file is next. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(load(p, key), IAM_OK);
    assert_int_equal(access(p->file, F_OK), 0);
}

static void test_memory_only(void **state)
{
    struct place *p = *state;
    uint8_t a[IAM_MASTER_KEY_BYTES];
    uint8_t b[IAM_MASTER_KEY_BYTES];
    p->config.key_file = NULL;
    assert_int_equal(load(p, a), IAM_OK);
    assert_int_equal(load(p, b), IAM_OK);
    assert_memory_not_equal(a, b, sizeof(a));
}

static int setup(void **state)
{
    static struct place place;
    place = (struct place){ .dir = "/tmp/iamd-master-key-XXXXXX" };
    if (mkdtemp(place.dir) == NULL) {
        return -1;
    }
    (void)snprintf(place.file, sizeof(place.file), "%s/master.key", place.dir);
    place.config.key_file = place.file;
    *state = &place;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    (void)unlink(p->file);
    return rmdir(p->dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file_is_made_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mode_is_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_a_regular_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_file_is_not_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_directory_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_environment_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_credential, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_only, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
