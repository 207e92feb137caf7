/* SPDX-License-Identifier: Apache-2.0 */
/* What the process gives up: nothing that it needs, and nothing that it gets back. */
#pragma once

#include "base/base.h"

/*
 * Whether the process locks itself in (landlock.h, seccomp.h). Sanitizers need more of the system
 * than the server does: their builds do not.
 */
#if defined(HARDEN_SANDBOX)
/* a test, which decides itself */
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HARDEN_SANDBOX 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HARDEN_SANDBOX 0
#endif
#endif
#ifndef HARDEN_SANDBOX
#define HARDEN_SANDBOX 1
#endif

/*
 * Turns off core dumps, debuggers of the same user and new privileges, makes files for this user
 * alone, and lets as much memory be locked as is permitted. Logs a warning when the user is root.
 * Before the first secret is read and the first thread is started.
 */
void harden_process(void);
/*
 * Drops all capabilities of the calling thread and of those that it starts. After the sockets are
 * bound.
 */
void harden_drop_capabilities(void);
/*
 * Wipes the secrets that are no longer needed, so that they are found neither in the environment
 * nor in a core dump. While no other thread reads the environment.
 */
void harden_forget_environment(void);
