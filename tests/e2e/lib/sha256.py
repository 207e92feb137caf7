# SPDX-License-Identifier: Apache-2.0
"""The state of SHA-256 after one block, which no library of Python shows. SPEC: FIPS 180-4."""

import struct

WORD = 1 << 32


def fractions(count, root):
    """The first 32 bits of the fractions of the roots of the first primes."""
    primes = [n for n in range(2, 312) if all(n % d for d in range(2, n))][:count]
    found = []
    for prime in primes:
        low, high = 0, 1 << 40
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if middle ** root <= prime << (32 * root) else (low, middle)
        found.append(low % WORD)
    return found


START = fractions(8, 2)
CONSTANTS = fractions(64, 3)


def turned(x, *bits):
    """x turned to the right by each of the numbers of bits, all of that added without carry."""
    result = 0
    for n in bits:
        result ^= (x >> n) | (x << (32 - n)) % WORD
    return result


def schedule(block):
    w = list(struct.unpack(">16I", block))
    for i in range(16, 64):
        first, second = w[i - 15], w[i - 2]
        w.append((w[i - 16] + (turned(first, 7, 18) ^ first >> 3) + w[i - 7]
                  + (turned(second, 17, 19) ^ second >> 10)) % WORD)
    return w


def after_block(block):
    """The eight words of the state after these 64 bytes."""
    a, b, c, d, e, f, g, h = START
    for constant, word in zip(CONSTANTS, schedule(block)):
        one = h + turned(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + constant + word
        two = turned(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c))
        a, b, c, d, e, f, g, h = (one + two) % WORD, a, b, c, (d + one) % WORD, e, f, g
    return [(x + y) % WORD for x, y in zip(START, (a, b, c, d, e, f, g, h))]
