/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells AddressSanitizer which parts of a chunk are in use, so that overruns inside an arena are
 * seen in the tests. Nothing in other builds.
 */
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define IAM_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IAM_HAS_ASAN 1
#endif
#endif

#ifdef IAM_HAS_ASAN
#include <sanitizer/asan_interface.h>
#define IAM_POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define IAM_UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define IAM_POISON(p, n) ((void)(p), (void)(n))
#define IAM_UNPOISON(p, n) ((void)(p), (void)(n))
#endif
