#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what lower_test.c expects, out of Python's own Unicode data.

    tests/unit/base/lower_expected.py UNICODE_DATA_TXT OUTPUT

Nothing here is shared with tools/unicode_lower.py: lower case and letters are asked of Python's
strings, whose database may be of another version than the one that the build uses. Only of
UnicodeData.txt is read which characters there are: those that one of the two does not have are not
compared, nor are those that became letters with case in a version after Python's. Lines of OUTPUT, numbers in hexadecimal, FIRST and LAST of a range included:

    lower CHARACTER FIRST SECOND    its lower case, when it has another one; SECOND may be 0
    cased FIRST LAST                letters that have case
    ignored FIRST LAST              what is ignored between a letter and a sigma, and not cased
    unknown FIRST LAST              not compared
"""

import sys
import unicodedata

# Cased since Unicode 15.0, which has no other change of that kind after 14.0.
CASED_SINCE_15 = (0x10FC, 0xA7F2, 0xA7F3, 0xA7F4, 0xAB69)
IS_BEFORE_15 = int(unicodedata.unidata_version.split(".")[0]) < 15
SURROGATES = range(0xD800, 0xE000)


def is_cased(char):
    return char.islower() or char.isupper() or char.istitle()


def kind_of(code, assigned):
    char = chr(code)
    if code in SURROGATES:
        return None
    if (unicodedata.category(char) != "Cn") != (code in assigned):
        return "unknown"
    if IS_BEFORE_15 and code in CASED_SINCE_15:
        return "unknown"
    if is_cased(char):
        return "cased"
    return "ignored" if ("a" + char + "\u03a3").lower().endswith("\u03c2") else None


def read_assigned(path):
    """The characters of UnicodeData.txt, where a range is two lines."""
    assigned, first = set(), 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            number, name = line.split(";")[:2]
            code = int(number, 16)
            if name.endswith(", Last>"):
                assigned.update(range(first, code))
            assigned.add(code)
            first = code
    return assigned


def ranges(assigned):
    """(kind, first, last) of characters beside each other of one kind."""
    first, kind = 0, None
    for code in range(0x110001):
        found = kind_of(code, assigned) if code < 0x110000 else None
        if found != kind:
            if kind:
                yield kind, first, code - 1
            first, kind = code, found


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: tests/unit/base/lower_expected.py UNICODE_DATA_TXT OUTPUT")
    assigned = read_assigned(sys.argv[1])
    with open(sys.argv[2], "w", encoding="ascii") as out:
        for code in range(0x10000):
            lower = chr(code).lower() if code not in SURROGATES else chr(code)
            if lower != chr(code):
                codes = [ord(char) for char in lower] + [0]
                out.write("lower %x %x %x\n" % (code, codes[0], codes[1]))
        for row in ranges(assigned):
            out.write("%s %x %x\n" % row)


if __name__ == "__main__":
    main()
