# SPDX-License-Identifier: Apache-2.0
"""A server whose wall clock a test sets, by a library that is preloaded (clock_shim.c)."""

import datetime
import pathlib
import struct
import subprocess
import tempfile

from lib.sigv4 import utc_now

SOURCE = pathlib.Path(__file__).with_name("clock_shim.c")


class Clock:
    """The hands of a clock: how far it is from the machine's, in seconds."""

    def __init__(self):
        self.home = tempfile.TemporaryDirectory(prefix="iamd-clock-")
        self.file = pathlib.Path(self.home.name) / "offset"
        self.seconds = 0
        self.set(0)
        library = pathlib.Path(self.home.name) / "clock.so"
        subprocess.run(["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC",
                        "-D_GNU_SOURCE", "-o", str(library), str(SOURCE)], check=True, timeout=60)
        self.env = {"LD_PRELOAD": str(library), "IAMD_TEST_CLOCK": str(self.file)}

    def set(self, seconds):
        """Sets the clock this far from the machine's; a server that runs sees it at once."""
        self.seconds = seconds
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds * 1000))

    def now(self):
        """The moment that the clock shows."""
        return utc_now() + datetime.timedelta(seconds=self.seconds)
