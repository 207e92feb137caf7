# SPDX-License-Identifier: Apache-2.0
"""A small file system, and how to fill it."""

import contextlib
import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile

CLONE_NEWNS = 0x00020000
SMALL_MIB = 8
private = False


def go_private():
    """Gives this process, and what it starts from now on, mounts of its own; only once."""
    global private
    if not private and os.geteuid() == 0 and ctypes.CDLL(None).unshare(CLONE_NEWNS) == 0:
        private = subprocess.run(["mount", "--make-rprivate", "/"],
                                 capture_output=True).returncode == 0
    return private


@contextlib.contextmanager
def small_file_system(mib=SMALL_MIB, options=""):
    """A directory on a file system of a few megabytes: a tmpfs that only this process and its
    children see when it may mount one, otherwise /dev/shm when that is small. Further options of a
    tmpfs begin with a comma, and need the former."""
    if go_private():
        place = tempfile.mkdtemp(prefix="iamd-e2e-full-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm%s" % (mib, options), "tmpfs", place], check=True)
        try:
            yield pathlib.Path(place)
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)
            os.rmdir(place)
        return
    usage = os.statvfs("/dev/shm")
    if options or usage.f_bavail * usage.f_frsize >= 1 << 30:
        raise RuntimeError("no small file system: not root, and /dev/shm is large")
    place = tempfile.mkdtemp(prefix="iamd-e2e-full-", dir="/dev/shm")
    try:
        yield pathlib.Path(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def fill(place):
    """Writes a file until nothing more fits; returns its path."""
    ballast = place / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 512):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast
