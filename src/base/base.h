/* SPDX-License-Identifier: Apache-2.0 */
/* What every source file includes first: the public base types and the two control-flow macros. */
#pragma once

#include "iam/base.h"

/* Returns from the enclosing function when EXPR is not IAM_OK. Never inside an expression. */
#define IAM_TRY(expr)                         \
    do {                                      \
        enum iam_status iam_try_st_ = (expr); \
        if (iam_try_st_ != IAM_OK) {          \
            return iam_try_st_;               \
        }                                     \
    } while (0)

/* Returns STATUS from the enclosing function when COND does not hold. */
#define IAM_ENSURE(cond, status) \
    do {                         \
        if (!(cond)) {           \
            return (status);     \
        }                        \
    } while (0)

/*
 * States what the code relies on, where that can be looked at cheaply: no input breaks it, only a
 * fault of this program does. In builds without NDEBUG, which are those that tests run, a broken
 * one ends the process with a trap, for which libiam needs no symbol. With NDEBUG it is compiled,
 * so that it stays true to the code, and never evaluated: it is no guard. What must deny when it
 * does not hold is an IAM_ENSURE. EXPR has no effects.
 */
#ifdef NDEBUG
#define IAM_ASSERT(expr)  \
    do {                  \
        if (0) {          \
            (void)(expr); \
        }                 \
    } while (0)
#else
#define IAM_ASSERT(expr)      \
    do {                      \
        if (!(expr)) {        \
            __builtin_trap(); \
        }                     \
    } while (0)
#endif

#define IAM_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Calls FN(&variable) when the variable leaves its scope. */
#define IAM_CLEANUP(fn) __attribute__((cleanup(fn)))
