#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end cases: tests/e2e/run.py --iamd build/asan/src/server/iamd [-k WORD] [--jobs N]

What a run is: lib/runner.py.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from lib import runner  # noqa: E402

if __name__ == "__main__":
    sys.exit(runner.main(HERE, __doc__, "build/asan/src/server/iamd"))
