# SPDX-License-Identifier: Apache-2.0
"""What include/iam declares, as the other tests of this directory compare with it."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
HEADERS = sorted((ROOT / "include/iam").glob("*.h"))
PROTOTYPE = re.compile(r"\bIAM_API\b\s*(.*?)\s*(?:\bIAM_MUST_USE\b\s*)?;", re.S)
NAME = re.compile(r"(\w+)\s*\(")


def normal(prototype):
    """One spelling for a prototype: no blank but between words, none after an asterisk."""
    text = re.sub(r"\s+", " ", prototype.strip())
    return re.sub(r"\s*([(),])\s*", r"\1", re.sub(r"\* +", "*", text))


def functions():
    """name -> normal prototype, of every function that a header marks IAM_API."""
    found = {}
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$", "", text, flags=re.M)
        for prototype in PROTOTYPE.findall(text):
            found[NAME.search(prototype).group(1)] = normal(prototype)
    return found


def run(*command, **options):
    """The output of a command, which must succeed; a failure shows everything."""
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=200, check=False, **options)
    if done.returncode != 0:
        raise AssertionError("%s: exit status %d\n%s" % (
            " ".join(map(str, command)), done.returncode, done.stdout))
    return done.stdout
