# SPDX-License-Identifier: Apache-2.0
"""Faults of a server while it runs: the file that faults.c maps, from the side of the test."""

import errno
import mmap
import pathlib
import struct
import tempfile

from lib.server import Server

SYNC, WRITE, TRUNCATE, OPEN, NAME, MALLOC, READ = range(7)
OPS = 7
DATABASE, WAL, AUDIT, LOG, OTHER = 1, 2, 4, 8, 16
STORE = DATABASE | WAL
ALWAYS = 0xFFFFFFFF
FAULT = struct.Struct("<IIiIIIII")
HEAD = struct.Struct("<q")


class Faults:
    """The faults of one server; pass options() to it."""

    def __init__(self):
        self.file = tempfile.NamedTemporaryFile(prefix="iamd-faults-")
        self.file.write(b"\0" * (HEAD.size + OPS * FAULT.size))
        self.file.flush()
        self.map = mmap.mmap(self.file.fileno(), HEAD.size + OPS * FAULT.size)

    def options(self, **env):
        library = pathlib.Path(Server.binary).parents[2] / "tests/torture/libfaults.so"
        if not library.exists():
            raise RuntimeError("%s is missing: faults need a build without sanitizers" % library)
        return {"env": dict(env, LD_PRELOAD=str(library), IAMD_FAULTS=self.file.name)}

    def _put(self, op, *values):
        at = HEAD.size + op * FAULT.size
        self.map[at:at + 4] = b"\0\0\0\0"
        self.map[at + 4:at + FAULT.size] = FAULT.pack(0, *values)[4:]

    def _switch(self, op, on):
        at = HEAD.size + op * FAULT.size
        self.map[at:at + 4] = struct.pack("<I", int(on))

    def fail(self, op, files=STORE, error=errno.EIO, after=0, times=ALWAYS):
        """From now on calls fail, once `after` of them have gone through."""
        self._put(op, files, error, after, times, 0, 0, 0)
        self._switch(op, True)

    def hang(self, op, files=STORE, after=0, times=ALWAYS):
        self._put(op, files, 0, after, times, 1, 0, 0)
        self._switch(op, True)

    def heal(self, op=None):
        """Ends the faults of one kind, or all; what hangs goes on."""
        for one in range(OPS) if op is None else (op,):
            self._switch(one, False)

    def count(self, op):
        """Calls seen, and calls that failed or hung, since it was armed."""
        at = HEAD.size + op * FAULT.size
        return FAULT.unpack(self.map[at:at + FAULT.size])[6:8]

    def clock(self, seconds):
        """The server's clock is off by this many seconds."""
        self.map[:HEAD.size] = HEAD.pack(int(seconds * 1000))
