# SPDX-License-Identifier: Apache-2.0
"""C sources as the checks see them: which files there are, and code without comments and texts."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(*tops, suffixes=(".c", ".h")):
    found = []
    for top in tops:
        for path in (ROOT / top).rglob("*"):
            if path.suffix in suffixes and path.is_file() and "node_modules" not in path.parts:
                found.append(path)
    return sorted(found)


def name_of(path):
    return str(path.relative_to(ROOT))


def blank(match):
    """Keeps the lines and the quotes, so that positions stay right and an include can be told."""
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] + text[0]
    return "\n" * text.count("\n") or " "


def code_only(text):
    """The text with comments and the contents of literals removed, line numbers kept."""
    return TOKEN.sub(blank, text)


def line_comments(text):
    """Line numbers of // comments."""
    return [text.count("\n", 0, match.start()) + 1 for match in TOKEN.finditer(text)
            if match.group(0).startswith("//")]


class Findings:
    def __init__(self, title):
        self.title = title
        self.lines = []

    def add(self, path, line, text):
        self.lines.append("%s:%d: %s" % (name_of(path), line, text))

    def finish(self, looked_at):
        for line in self.lines:
            print(line)
        if not looked_at:
            print("%s: nothing to look at" % self.title)
            return 1
        print("%s: %d looked at, %d findings" % (self.title, looked_at, len(self.lines)))
        return 1 if self.lines else 0
