#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each public header alone, as strict C99 and as C++11, with every compiler at hand.

Arguments: the C and the C++ compiler of the build.
"""

import shutil
import sys
import unittest

import public

STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic-errors", "-Wundef", "-Wshadow", "-x"]
COMPILERS = {"c": {sys.argv[1], "gcc"}, "c++": {sys.argv[2], "g++"}}
STANDARDS = {"c": ["c99", "c11"], "c++": ["c++11", "c++17"]}


def names(headers, extra=()):
    """The macros that including the headers adds."""
    text = "".join('#include "iam/%s"\n' % header.name for header in headers)
    std = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"
    output = public.run("gcc", "-I", public.ROOT / "include", "-dM", "-E", "-x", "c", "-",
                        input=std + text)
    return {line.split()[1].partition("(")[0] for line in output.splitlines()} - set(extra)


class Headers(unittest.TestCase):
    def compile(self, language, source):
        for compiler in sorted(COMPILERS[language]):
            self.assertTrue(shutil.which(compiler), compiler)
            for standard in STANDARDS[language]:
                public.run(compiler, "-std=" + standard, *STRICT, language, "-fsyntax-only", "-I",
                           public.ROOT / "include", "-", input=source)

    def test_there_are_headers(self):
        self.assertLessEqual({"base.h", "policy.h", "decide.h"}, {h.name for h in public.HEADERS})
        self.assertGreater(len(public.functions()), 15)

    def test_each_alone_and_twice(self):
        for header in public.HEADERS:
            line = '#include "iam/%s"\n' % header.name
            for language in STANDARDS:
                with self.subTest(header=header.name, language=language):
                    self.compile(language, line + line + "int nothing;\n")

    def test_all_in_any_order(self):
        lines = ['#include "iam/%s"\n' % header.name for header in public.HEADERS]
        for language in STANDARDS:
            self.compile(language, "".join(lines) + "int nothing;\n")
            self.compile(language, "".join(reversed(lines)) + "int nothing;\n")

    def test_c_plus_plus_links_to_c(self):
        """Every function has C linkage: declaring it again as C is no conflict."""
        text = "".join('#include "iam/%s"\n' % header.name for header in public.HEADERS)
        again = "".join(prototype + ";\n" for prototype in public.functions().values())
        self.compile("c++", text + 'extern "C" {\n' + again + "}\n")

    def test_macros_have_our_prefix(self):
        strangers = {name for name in names(public.HEADERS) - names([])
                     if not name.startswith("IAM_")}
        self.assertEqual(strangers, set())

    def test_functions_have_our_prefix(self):
        strangers = [name for name in public.functions() if not name.startswith("iam_")]
        self.assertEqual(strangers, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
