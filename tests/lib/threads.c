/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is linked into every unit test, whose calls of pthread_create come here (--wrap): a test that
 * starts a thread says so (iam_test_threads), so that it is run with ThreadSanitizer as well.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* In threads_said.c, which is part of the tests that say so. */
extern const char iam_test_says_threads __attribute__((weak));

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *arg)
{
    if (&iam_test_says_threads == NULL) {
        (void)fprintf(stderr, "this test starts a thread: name it in iam_test_threads()\n");
        abort();
    }
    return __real_pthread_create(thread, attributes, run, arg);
}
