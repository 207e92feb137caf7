/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is linked into every unit test, in the place of libc's functions: a lock that is not held must
 * not be released, a thread must not wait for itself, and a lock that is destroyed must be free,
 * and have been made: bytes that are zero are a lock with this libc, and need not be with the next.
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
    int (*mutex_init)(pthread_mutex_t *, const pthread_mutexattr_t *);
    int (*mutex_lock)(pthread_mutex_t *);
    int (*mutex_unlock)(pthread_mutex_t *);
    int (*mutex_destroy)(pthread_mutex_t *);
    int (*rwlock_init)(pthread_rwlock_t *, const pthread_rwlockattr_t *);
    int (*rwlock_unlock)(pthread_rwlock_t *);
    int (*rwlock_destroy)(pthread_rwlock_t *);
} libc;

/* Finds them before anything runs: the linker keeps registers, and what is in them, on the stack.
 */
static __attribute__((constructor(101))) void find_libc(void)
{
    *(void **)&libc.mutex_init = dlsym(RTLD_NEXT, "pthread_mutex_init");
    *(void **)&libc.mutex_lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
    *(void **)&libc.mutex_unlock = dlsym(RTLD_NEXT, "pthread_mutex_unlock");
    *(void **)&libc.mutex_destroy = dlsym(RTLD_NEXT, "pthread_mutex_destroy");
    *(void **)&libc.rwlock_init = dlsym(RTLD_NEXT, "pthread_rwlock_init");
    *(void **)&libc.rwlock_unlock = dlsym(RTLD_NEXT, "pthread_rwlock_unlock");
    *(void **)&libc.rwlock_destroy = dlsym(RTLD_NEXT, "pthread_rwlock_destroy");
}

static int is_held(const pthread_rwlock_t *lock)
{
    return lock->__data.__cur_writer != 0 || lock->__data.__readers >> READERS_SHIFT != 0;
}

/* What the program's own code is made of, without libraries. */
extern const char __executable_start;
extern const char etext;

static int is_ours(const void *caller)
{
    return (const char *)caller >= &__executable_start && (const char *)caller < &etext;
}

/* Is kept in members that glibc leaves alone in locks without attributes. */
#define MADE 0x4D414445UL

int pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attr)
{
    int result = libc.mutex_init(lock, attr);
    lock->__data.__list.__next = attr == NULL ? (void *)MADE : NULL;
    return result;
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
    demand(!is_ours(__builtin_return_address(0)) || lock->__data.__list.__next == (void *)MADE,
           "a mutex is destroyed that was not made");
    lock->__data.__list.__next = NULL;
    return libc.mutex_destroy(lock);
}

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attr)
{
    int result = libc.rwlock_init(lock, attr);
    lock->__data.__pad2 = MADE;
    return result;
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    demand(is_held(lock), "a lock is released that nobody holds");
    return libc.rwlock_unlock(lock);
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    demand(!is_held(lock), "a lock is destroyed that is held");
    demand(!is_ours(__builtin_return_address(0)) || lock->__data.__pad2 == MADE,
           "a lock is destroyed that was not made");
    lock->__data.__pad2 = 0;
    return libc.rwlock_destroy(lock);
}

#endif
