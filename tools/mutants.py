# SPDX-License-Identifier: Apache-2.0
"""Changes to C code that a test ought to notice: where they are, and the text with one of them."""

import collections
import re

from csource import TOKEN

# One change: text[start:end], which is old, becomes new. operator is its name, line counts from 1.
Mutant = collections.namedtuple("Mutant", "path line operator start end old new")

RELATIONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
RELATION = re.compile(r" (<=|>=|==|!=|<|>) ")
LOGIC = re.compile(r" (&&|\|\|) ")
IF = re.compile(r"\bif \(")
CHECK = re.compile(r"\b(IAM_ENSURE|IAM_TRY)\(")
RETURNED = re.compile(r"\breturn (true|false|IAM_[A-Z_]+);")
TRUTH = re.compile(r"(?<== )(true|false)(?=[;,}])")
NUMBER = re.compile(r"(?<![\w.\"'])([1-9][0-9]{0,8})(?=[uUlL]*\b)(?![\w.]*x)")
SUM = re.compile(r" ([+-]) (?=[\w(])")
# A call or an assignment that is a statement of its own; a declaration begins with two words.
CALL = re.compile(r"(?<=[{};)])(\s*)((?:\(void\))?[a-z_]\w*\([^;{}]*\));")
ASSIGNMENT = re.compile(r"(?<=[{};])(\s*)(\*?[a-z_][\w.>\[\]-]* (?:[|&+-]?=) [^;{}]*);")
KEYWORDS = ("return", "if", "while", "for", "switch", "sizeof", "assert", "static_assert")


def masked(text):
    """The text with comments, literals and directives as spaces; every position stays."""
    def spaces(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r"^[ \t]*#(?!define)(?:\\\n|[^\n])*", spaces, TOKEN.sub(spaces, text), flags=re.M)


def closing(code, start):
    """The position of the parenthesis that closes the one at start, or -1."""
    depth = 0
    for at in range(start, len(code)):
        depth += (code[at] == "(") - (code[at] == ")")
        if depth == 0:
            return at
    return -1


def conditions(text, code):
    for match in IF.finditer(code):
        start, end = match.end() - 1, closing(code, match.end() - 1)
        if end > 0:
            yield "negate", start, end + 1, "(!%s)" % text[start:end + 1]


def checks(text, code):
    for match in CHECK.finditer(code):
        end = closing(code, match.end() - 1)
        if end > 0 and code[end + 1:end + 2] == ";":
            inside = text[match.end():end]
            kept = "(void)(%s)" % inside if match.group(1) == "IAM_TRY" else ""
            yield "unchecked", match.start(), end + 1, kept


def swaps(text, code):
    for match in RELATION.finditer(code):
        yield "relation", *match.span(1), RELATIONS[match.group(1)]
    for match in LOGIC.finditer(code):
        yield "logic", *match.span(1), "||" if match.group(1) == "&&" else "&&"
    for match in SUM.finditer(code):
        yield "sum", *match.span(1), "-" if match.group(1) == "+" else "+"
    for match in TRUTH.finditer(code):
        yield "constant", *match.span(1), "false" if match.group(1) == "true" else "true"
    for match in NUMBER.finditer(code):
        line = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        if "alloc(" not in line:  # room for one more is nothing that can be seen
            yield "number", *match.span(1), str(int(match.group(1)) + 1)


def results(_text, code):
    for match in RETURNED.finditer(code):
        word = match.group(1)
        new = {"true": "false", "false": "true", "IAM_OK": "IAM_IO"}.get(word, "IAM_OK")
        yield "result", *match.span(1), new


def statements(_text, code):
    for match in CALL.finditer(code):
        word = re.match(r"(?:\(void\))?(\w+)", match.group(2)).group(1)
        if word not in KEYWORDS and word not in ("IAM_TRY", "IAM_ENSURE"):
            yield "drop", *match.span(2), ""
    for match in ASSIGNMENT.finditer(code):
        yield "drop", *match.span(2), ""


def find(path, text):
    """Every mutant of a source file, in order of position."""
    code = masked(text)
    found = []
    for kind in (conditions, checks, swaps, results, statements):
        for operator, start, end, new in kind(text, code):
            line = text.count("\n", 0, start) + 1
            found.append(Mutant(path, line, operator, start, end, text[start:end], new))
    return sorted(found, key=lambda mutant: (mutant.start, mutant.operator))


def drops_assertion(mutant):
    """Whether it drops what the compiler asserts, which is so with and without it."""
    return mutant.operator == "drop" and mutant.old.startswith("_Static_assert(")


def apply(mutant, text):
    return text[:mutant.start] + mutant.new + text[mutant.end:]


def changed_line(mutant, text):
    """The line where the change begins as it reads with it, and what it drops: names a mutant in
    the list of those that change nothing, which outlives a move of the line."""
    line = apply(mutant, text).splitlines()[mutant.line - 1].strip()
    return "%s // %s" % (line, mutant.old.splitlines()[0]) if mutant.new == "" else line
