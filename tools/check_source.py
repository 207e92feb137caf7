#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Habits that a compiler does not check: banned functions, licence lines, comments, English.

Words that a native reader has to read twice are listed in WORDS with what to write instead. They
are looked for in the comments and texts of C sources, in those of Python programs and in the pages
for people. The comment above a function of src/ begins with a verb: "Returns", "Reads",
"Tells whether".
"""

import io
import re
import sys
import tokenize

from csource import ROOT, TOKEN, Findings, code_only, files, line_comments, name_of

CALL = r"(?<![\w.>])(%s)\s*\("
BANNED = re.compile(CALL % "|".join((
    "strcpy", "strcat", "strncpy", "strncat", "stpcpy", "sprintf", "vsprintf", "gets", "strtok",
    "strtok_r", "atoi", "atol", "atoll", "atof", "strtol", "strtoll", "strtoul", "strtoull",
    "strtod", "sscanf", "vsscanf", "scanf", "fscanf", "gmtime", "localtime", "ctime", "asctime",
    "alloca", "system", "popen", "tmpnam", "mktemp")))
BANNED_IN_TESTS = re.compile(CALL % "strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|sscanf|alloca")
HEAP = re.compile(CALL % "malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf")
CLOCK = re.compile(CALL % "time|rand|srand|random|srandom|drand48|gettimeofday")
COMPARE = re.compile(CALL % "memcmp|strcmp|strncmp|bcmp")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# (what is not written, what to write instead); a space matches a line break too.
WORDS = (
    ("behind", "after, following, below"),
    ("stands?|stood|standing", "is, means, replaces"),
    ("g[ai]ven?s?(?: one| it| them)? back|giving(?: it| them)? back", "returns, frees, drops"),
    ("anew", "again"),
    ("who(?:m|so)?ever", "anyone who, the one that"),
    ("spoil(?:s|t|ed)?", "makes invalid, loses"),
    ("so (?:many|much)", "this many, as many"),
    ("bear(?:s|ing)? on|bore on", "applies to, affects"),
    ("a line each", "one per line"),
    ("ha(?:s|ve) (?:its|their|a) say", "counts, is asked"),
)
# What the listed words may be part of.
PERMITTED = ("behind (?:a|the) (?:[a-z-]+ )?(?:proxy|balancer)", "clock is behind",
             "so many (?:that|as)", "so much (?:that|as)")
# These have the words as data.
WORDS_ARE_DATA = ("tools/check_source.py", "tests/e2e/selftest.py")
# A function: at the margin, and neither a type nor a macro.
FUNCTION = re.compile(r"(?:\s*/\*@.*?\*/)?\n(?!typedef|struct \w+ \{|#)"
                      r"[A-Za-z][\w \n*]*[ \n*]\w+\(", re.S)
# A verb in the third person, and not a word that only looks like one.
VERB = re.compile(r"/\*\s*(?:\*\s+)?(?!(?:As|Always|Bytes|Characters|Digits|Its|Keys|Names|This)\b)"
                  r"[A-Z][a-z]*s\b")
SPDX = "SPDX-License-Identifier: Apache-2.0"
SCRIPTS = ("tools", "tests", "cmake", "src", "examples")


def hits(pattern, code):
    for match in pattern.finditer(code):
        yield code.count("\n", 0, match.start()) + 1, match.group(1)


def check_c(path, findings):
    text = path.read_text(encoding="utf-8")
    name = name_of(path)
    code = code_only(text)
    for line, word in hits(BANNED_IN_TESTS if name.startswith("tests/") else BANNED, code):
        findings.add(path, line, "%s is banned" % word)
    for line in line_comments(text):
        findings.add(path, line, "// comment; use /* */")
    for line, word in hits(UNFINISHED, text):
        findings.add(path, line, "%s in a finished file" % word)
    if not name.startswith("src/"):
        return
    if name != "src/base/heap.c":
        lines = text.splitlines()
        for line, word in hits(HEAP, code):
            if word != "free" or "/* getline's */" not in lines[line - 1]:
                findings.add(path, line, "%s outside src/base/heap.c" % word)
    if not name.startswith("src/server/"):
        for line, word in hits(CLOCK, code):
            findings.add(path, line, "%s() outside src/server" % word)
    if name.startswith(("src/authn/", "src/keeper/")):
        for line, word in hits(COMPARE, code):
            findings.add(path, line, "%s next to secrets; use the constant-time compare" % word)


def phrase(pattern):
    """A pattern of words; the line breaks of a comment count as spaces."""
    return r"\b(?:%s)\b" % pattern.replace(" ", r"[\s*]+")


WORD_PATTERNS = [(re.compile(phrase(words), re.I), instead) for words, instead in WORDS]
PERMITTED_PATTERN = re.compile("|".join(map(phrase, PERMITTED)), re.I)


def check_words(path, line, text, findings):
    """text begins in that line."""
    text = PERMITTED_PATTERN.sub(lambda match: re.sub(r"\w", "-", match.group(0)), text)
    for pattern, instead in WORD_PATTERNS:
        for match in pattern.finditer(text):
            findings.add(path, line + text.count("\n", 0, match.start()), "'%s': write %s" % (
                re.sub(r"[\s*]+", " ", match.group(0)), instead))


def is_prose(token):
    """A comment, and neither a proof's contract nor the licence."""
    return token.startswith("/*") and not token.startswith("/*@") and SPDX not in token


def check_c_english(path, findings):
    text = path.read_text(encoding="utf-8")
    for match in TOKEN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        check_words(path, line, match.group(0), findings)
        if (is_prose(match.group(0)) and name_of(path).startswith(("src/", "include/"))
                and FUNCTION.match(text, match.end()) and not VERB.match(match.group(0))):
            findings.add(path, line, "begin the comment of a function with a verb: Returns, Reads")


def check_python_english(path, findings):
    text = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            check_words(path, token.start[0], token.string, findings)


def check_english(findings):
    for path in files("src", "include", "tests", "examples", "proofs", "tools", "docs", "man",
                      suffixes=(".c", ".h", ".py", ".md", ".1", ".3", ".8")) + sorted(ROOT.glob("*.md")):
        name = name_of(path)
        if name in WORDS_ARE_DATA:
            continue
        if path.suffix in (".c", ".h"):
            check_c_english(path, findings)
        elif path.suffix == ".py":
            check_python_english(path, findings)
        else:
            check_words(path, 1, path.read_text(encoding="utf-8"), findings)


def check_licence(path, findings):
    with open(path, encoding="utf-8") as file:
        head = [file.readline() for _ in range(2)]
    if SPDX not in head[0] and not (head[0].startswith("#!") and SPDX in head[1]):
        findings.add(path, 1, "no SPDX line")


def check_lock(findings):
    """The lock file must work with any registry: no host in it."""
    path = ROOT / "tests/e2e/js/package-lock.json"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if '"resolved"' in line:
            findings.add(path, number, "names a registry host")


def main():
    findings = Findings("source")
    looked = files("src", "include", "tests", "examples")
    for path in looked:
        check_c(path, findings)
    scripts = files(*SCRIPTS, suffixes=(".py", ".sh", ".mjs", ".cmake"))
    scripts += [path for path in files(*SCRIPTS, suffixes=(".txt",))
                if path.name in ("CMakeLists.txt", "packages.txt")]
    scripts += [ROOT / "run", ROOT / "check", ROOT / ".ci/run", ROOT / "CMakeLists.txt"]
    for path in looked + scripts:
        check_licence(path, findings)
    check_lock(findings)
    check_english(findings)
    return findings.finish(len(looked) + len(scripts))


if __name__ == "__main__":
    sys.exit(main())
