#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""libiam.so exports what the headers mark IAM_API, under one version, and nothing else.

Arguments: the shared library, the version of the project.
"""

import os
import re
import sys
import unittest

import public

LIBRARY, VERSION = sys.argv[1:]
NODE = "LIBIAM_0"


def exported():
    """name -> version, of every symbol that a program could be linked with."""
    found = {}
    for line in public.run("nm", "-D", "--defined-only", LIBRARY).splitlines():
        _, kind, symbol = line.split()
        name, _, version = symbol.partition("@@")
        if kind != "A":  # the version node itself
            found[name] = version
    return found


class Symbols(unittest.TestCase):
    def test_exactly_the_headers(self):
        self.assertEqual(sorted(exported()), sorted(public.functions()))

    def test_all_have_the_version(self):
        self.assertEqual(set(exported().values()), {NODE})

    def test_soname_and_links(self):
        dynamic = public.run("readelf", "-d", LIBRARY)
        self.assertEqual(re.findall(r"\(SONAME\).*\[(.*)\]", dynamic), ["libiam.so.0"])
        real = os.path.realpath(LIBRARY)
        self.assertEqual(os.path.basename(real), "libiam.so." + VERSION)
        for link in ("libiam.so", "libiam.so.0"):
            path = os.path.join(os.path.dirname(LIBRARY), link)
            self.assertEqual(os.path.realpath(path), real)

    def test_needs_the_c_library_alone(self):
        dynamic = public.run("readelf", "-d", LIBRARY)
        needed = [name for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
                  if not re.match(r"lib(asan|ubsan|tsan|gcc_s|m|clang_rt.*)\.so", name)]
        self.assertEqual(needed, ["libc.so.6"])

    def test_hardening(self):
        dynamic = public.run("readelf", "-d", LIBRARY)
        self.assertIn("BIND_NOW", dynamic)
        self.assertNotIn("TEXTREL", dynamic)
        segments = public.run("readelf", "-lW", LIBRARY)
        self.assertIn("GNU_RELRO", segments)
        self.assertRegex(segments, r"GNU_STACK.* RW ")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
