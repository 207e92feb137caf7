# SPDX-License-Identifier: Apache-2.0
"""The memory of a process, as root reads it, and what is said about each part of it."""

import re

MAX_REGION = 1 << 30


class Region:
    def __init__(self, start, end, name):
        self.start = start
        self.end = end
        self.name = name
        self.flags = frozenset()

    @property
    def is_guarded(self):
        """In no swap or in no core dump: what may hold secrets."""
        return bool(self.flags & {"lo", "dd"})

    @property
    def is_memory(self):
        """Readable, and no device: [vvar] and the like cannot be read."""
        return "rd" in self.flags and not self.flags & {"io", "pf"} and self.name != "[vsyscall]"


def regions(pid):
    found = []
    with open("/proc/%d/smaps" % pid, encoding="utf-8", errors="replace") as smaps:
        for line in smaps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ *(.*)", line)
            if match:
                found.append(Region(int(match[1], 16), int(match[2], 16), match[3].strip()))
            elif line.startswith("VmFlags:"):
                found[-1].flags = frozenset(line.split()[1:])
    return found


def search(pid, needles, guarded=False):
    """Where the memory of the process has one of the needles (name to bytes), outside of what is
    locked or left out of dumps, or inside of that: a list of (name, region's name, address)."""
    found = []
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        for region in regions(pid):
            if not region.is_memory or region.is_guarded != guarded:
                continue
            try:
                memory.seek(region.start)
                data = memory.read(min(region.end - region.start, MAX_REGION))
            except (OSError, OverflowError):
                continue
            for name, needle in needles.items():
                at = data.find(needle)
                while at >= 0:
                    found.append((name, region.name, hex(region.start + at)))
                    at = data.find(needle, at + 1)
    return found
