/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is linked into every unit test, in the place of libc's functions: a lock that is not held must
 * not be released, a thread must not wait for itself, and a lock that is destroyed must be free.
 * All of these are errors of the program that libc does not tell. ThreadSanitizer does, and has its
 * own.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_OWN_CHECKS
#endif
#endif

#ifndef HAS_OWN_CHECKS

/* In glibc: how many readers there are begins at this bit. */
#define READERS_SHIFT 3

static void demand(int is_so, const char *fault)
{
    if (!is_so) {
        (void)fprintf(stderr, "%s\n", fault);
        abort();
    }
}

/* The functions of libc. */
static struct {
    int (*mutex_lock)(pthread_mutex_t *);
    int (*mutex_unlock)(pthread_mutex_t *);
    int (*mutex_destroy)(pthread_mutex_t *);
    int (*rwlock_unlock)(pthread_rwlock_t *);
    int (*rwlock_destroy)(pthread_rwlock_t *);
} libc;

/* Finds them before anything runs: the linker keeps registers, and what is in them, on the stack.
 */
static __attribute__((constructor(101))) void find_libc(void)
{
    *(void **)&libc.mutex_lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
    *(void **)&libc.mutex_unlock = dlsym(RTLD_NEXT, "pthread_mutex_unlock");
    *(void **)&libc.mutex_destroy = dlsym(RTLD_NEXT, "pthread_mutex_destroy");
    *(void **)&libc.rwlock_unlock = dlsym(RTLD_NEXT, "pthread_rwlock_unlock");
    *(void **)&libc.rwlock_destroy = dlsym(RTLD_NEXT, "pthread_rwlock_destroy");
}

static int is_held(const pthread_rwlock_t *lock)
{
    return lock->__data.__cur_writer != 0 || lock->__data.__readers >> READERS_SHIFT != 0;
}

int pthread_mutex_lock(pthread_mutex_t *lock)
{
    demand(lock->__data.__owner != gettid(), "a mutex is locked that its own thread holds");
    return libc.mutex_lock(lock);
}

int pthread_mutex_unlock(pthread_mutex_t *lock)
{
    demand(lock->__data.__owner == gettid(), "a mutex is unlocked that its thread does not hold");
    return libc.mutex_unlock(lock);
}

int pthread_mutex_destroy(pthread_mutex_t *lock)
{
    demand(lock->__data.__lock == 0, "a mutex is destroyed that is held");
    return libc.mutex_destroy(lock);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    demand(is_held(lock), "a lock is released that nobody holds");
    return libc.rwlock_unlock(lock);
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    demand(!is_held(lock), "a lock is destroyed that is held");
    return libc.rwlock_destroy(lock);
}

#endif
