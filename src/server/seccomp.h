/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls that the server makes once it serves, and no others. */
#pragma once

/*
 * Limits all threads of the process, those that are there and those to come. Where that is not
 * possible, or the build is one with sanitizers, all stays as it is; the log says so, with the
 * reason.
 */
void seccomp_restrict(void);
/*
 * Limits the process that fetches documents, which connects to others: it starts no program
 * and no process, and looks into none.
 */
void seccomp_restrict_fetcher(void);
