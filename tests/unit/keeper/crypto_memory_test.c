/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of libcrypto: blocks keep what they say when they grow and shrink. That they are wiped
 * is shown end to end (certificates: server_keys_are_nowhere). */
#include "lib/test.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/crypto_memory.h"

#define BYTES 5000

static void test_blocks(void **state)
{
    unsigned char *p = OPENSSL_malloc(BYTES);
    (void)state;
    assert_non_null(p);
    memset(p, 'x', BYTES);
    for (size_t bytes = BYTES; bytes < 9 * BYTES; bytes += BYTES) {
        p = OPENSSL_realloc(p, bytes);
        assert_non_null(p);
        for (size_t i = 0; i < BYTES; i++) {
            assert_int_equal(p[i], 'x');
        }
    }
    p = OPENSSL_realloc(p, 10);
    assert_non_null(p);
    assert_memory_equal(p, "xxxxxxxxxx", 10);
    OPENSSL_free(p);
    OPENSSL_free(NULL);
    assert_null(OPENSSL_malloc(0));
    assert_null(OPENSSL_malloc(SIZE_MAX));
    p = OPENSSL_realloc(NULL, 4);
    assert_non_null(p);
    OPENSSL_free(p);
}

/* In a process of its own: libcrypto has allocated there before. */
static void test_too_late(void)
{
    pid_t child = fork();
    int status = -1;
    if (child == 0) {
        OPENSSL_free(OPENSSL_malloc(1));
        _exit(iam_crypto_memory_init() == IAM_CONFLICT ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        print_error("too late is not told\n");
        exit(1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
    };
    test_too_late();
    if (iam_crypto_memory_init() != IAM_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
