/* SPDX-License-Identifier: Apache-2.0 */
/* See threads.c. */
extern const char iam_test_says_threads;

const char iam_test_says_threads = 1;
