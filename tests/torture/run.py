#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the cases under fault: tests/torture/run.py [--iamd BIN] [--long] [MODULE[.CASE]...]

Without --long each case takes its short form, as in ./check; with it the form whose figures are in
docs/RELIABILITY.md. The server is a release build: the faults are injected by a library that is
loaded before it (faults.c). What a run is: tests/e2e/lib/runner.py.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from lib import runner  # noqa: E402

if __name__ == "__main__":
    sys.exit(runner.main(HERE, __doc__, "build/release/src/server/iamd"))
