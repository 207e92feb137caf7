/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a function that has returned left on the stack: a secret must not be there. residue_of runs
 * one and keeps a copy of the stack below it, in which residue_has looks.
 */
#pragma once

#include "base/str.h"

/* LIMIT: how much of the stack is looked at, from the caller downwards. */
#define RESIDUE_STACK_BYTES ((size_t)128 << 10)
/* Close to the caller the copying needs the stack itself: what runs is deeper than that. */
#define RESIDUE_SPARE_BYTES 1024

static char residue_stack[RESIDUE_STACK_BYTES];

static __attribute__((noinline)) void residue_clear(void)
{
    char stack[RESIDUE_STACK_BYTES];
    memset(stack, 0, sizeof(stack));
    __asm__ volatile("" : : "r"(stack) : "memory");
}

static __attribute__((noinline)) void residue_run(void (*fn)(void))
{
    char spare[RESIDUE_SPARE_BYTES];
    memset(spare, 0, sizeof(spare));
    fn();
    __asm__ volatile("" : : "r"(spare) : "memory");
}

static __attribute__((noinline)) void residue_take(void)
{
    char stack[RESIDUE_STACK_BYTES];
    __asm__ volatile("" : "=m"(stack)); /* whatever is there */
    memcpy(residue_stack, stack, sizeof(stack));
}

/* Calls fn on a stack that has nothing of what was called before, and keeps what it leaves. */
static __attribute__((noinline)) void residue_of(void (*fn)(void))
{
    residue_clear();
    residue_run(fn);
    residue_take();
}

/* Tells whether what was kept has the bytes. */
static inline bool residue_has(const void *bytes, size_t len)
{
    return memmem(residue_stack, sizeof(residue_stack), bytes, len) != NULL;
}
