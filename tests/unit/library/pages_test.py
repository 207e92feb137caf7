#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The man pages: clean mdoc, and true. Each function of the headers has its page with its very
prototype; each option, command and environment variable of the programs is there, and no other.

Arguments: the programs iam and iamd.
"""

import pathlib
import re
import subprocess
import sys
import unittest

import public

PROGRAM, SERVER = sys.argv[1:]
MAN = public.ROOT / "man"
PAGES = sorted(MAN.glob("*.[138]"))
OPTION = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)")


def text_of(name):
    return (MAN / name).read_text(encoding="utf-8")


def section(text, title):
    return re.search(r"^\.Sh %s\n(.*?)(?=^\.Sh |\Z)" % title, text, re.S | re.M).group(1)


def prototypes(text):
    """name -> normal prototype, of the SYNOPSIS of a page."""
    found = {}
    pattern = re.compile(r'^\.Ft (.*)\n\.Fo (\w+)\n((?:\.Fa .*\n)*)\.Fc$', re.M)
    for returns, name, arguments in pattern.findall(section(text, "SYNOPSIS")):
        listed = [line[4:].strip('"') for line in arguments.splitlines()]
        found[name] = public.normal("%s %s(%s)" % (returns.strip('"'), name, ", ".join(listed)))
    return found


def names(text):
    return re.findall(r"^\.Nm (\w+)", section(text, "NAME"), re.M)


class Pages(unittest.TestCase):
    def test_lint(self):
        done = subprocess.run(["mandoc", "-T", "lint"] + [page.name for page in PAGES], cwd=MAN,
                              text=True, stdout=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.stdout, "")
        self.assertGreaterEqual(len(PAGES), 6)

    def test_each_function_has_its_page(self):
        documented = {}
        for page in MAN.glob("*.3"):
            text = page.read_text(encoding="utf-8")
            described = prototypes(text)
            self.assertEqual(sorted(described), sorted(set(names(text)) - {"iam"}), page.name)
            self.assertEqual(set(described) & set(documented), set(), page.name)
            for name in described:
                self.assertIn(".Fn %s\n" % name, section(text, "DESCRIPTION"), page.name)
            documented.update(described)
        self.assertEqual(documented, public.functions())

    def test_a_page_has_the_name_of_its_first_function(self):
        for page in PAGES:
            self.assertEqual(names(page.read_text(encoding="utf-8"))[0], page.stem)

    def test_constants_and_members_are_those_of_the_headers(self):
        """What a page says is a constant or a structure is one in the headers, line for line."""
        headers = "\n".join(path.read_text(encoding="utf-8") for path in public.HEADERS)
        plain = public.normal(re.sub(r"/\*.*?\*/", " ", headers, flags=re.S))
        for page in MAN.glob("*.3"):
            text = page.read_text(encoding="utf-8")
            for constant in re.findall(r"\bIAM_[A-Z_]+\b", section(text, "DESCRIPTION")):
                self.assertRegex(headers, r"\b%s\b" % constant, page.name)
            for struct in re.findall(r"^struct \w+ \{\n.*?^\};", text, re.S | re.M):
                self.assertIn(public.normal(re.sub(r"/\*.*?\*/", " ", struct)), plain, page.name)


class Programs(unittest.TestCase):
    def options(self, page):
        return set(re.findall(r"\bFl -([a-z]+(?:-[a-z]+)*)", text_of(page)))

    def test_options_of_iam(self):
        usage = public.run(PROGRAM, "--help")
        self.assertEqual(self.options("iam.1"), set(OPTION.findall(usage)) | {"help"})
        commands = re.findall(r"^  iam ([a-z-]+)", usage, re.M)
        synopsis = section(text_of("iam.1"), "SYNOPSIS")
        self.assertEqual(sorted(re.findall(r"^\.Cm ([a-z-]+)", synopsis, re.M)), sorted(commands))

    def test_example_of_iam(self):
        case, answer = re.search(r"case\.json\n(\{.*\})\n.*\n(\{.*\})\n", text_of("iam.1")).groups()
        self.assertEqual(public.run(PROGRAM, "decide", "--batch", input=case), answer + "\n")

    def test_options_of_iamd(self):
        usage = public.run(SERVER, "--help")
        self.assertEqual(self.options("iamd.8"), set(OPTION.findall(usage)))

    def test_numbers_of_iamd(self):
        """What the usage says of an option in numbers, its page says too."""
        usage = public.run(SERVER, "--help")
        page = text_of("iamd.8")
        options = re.findall(r"^  --([a-z-]+)(.*(?:\n {10,}\S.*)*)", usage, re.M)
        self.assertGreater(len(options), 10)
        for name, said in options:
            item = re.search(r"^\.It (?=[^\n]*Fl -%s\b)[^\n]*\n(.*?)^\.(?:It|El)" % name, page, re.S | re.M)
            for number in re.findall(r"\d[\d.:]*", said.rstrip(".)")):
                self.assertIn(number, item.group(1), "--" + name)

    def test_signals_of_iamd(self):
        main = (public.ROOT / "src/server/serve.c").read_text(encoding="utf-8")
        used = set(re.findall(r"\b(?:sigaddset\(&signals, |signal\()(SIG[A-Z0-9]+)", main))
        page = text_of("iamd.8")
        listed = re.search(r"^\.Ss Signals\n(.*?)^\.El", page, re.S | re.M).group(1)
        lines = "".join(line for line in listed.splitlines(True) if line.startswith(".It"))
        self.assertEqual(set(re.findall(r"SIG[A-Z0-9]+", lines)), used)

    def test_environment_of_iamd(self):
        read = set()
        for path in pathlib.Path(public.ROOT / "src").rglob("*.c"):
            read.update(re.findall(r'\bgetenv\("(\w+)"\)', path.read_text(encoding="utf-8")))
        environment = section(text_of("iamd.8"), "ENVIRONMENT")
        self.assertEqual(set(re.findall(r"\bEv ([A-Z_]+)", environment)), read)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
