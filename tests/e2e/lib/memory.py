# SPDX-License-Identifier: Apache-2.0
"""The memory of a process, as root reads it, and what is said about each part of it."""

import re

MAX_REGION = 1 << 30
PAGE = 4096
THERE = re.compile(rb"[\x40-\xff]+")  # the bits of an entry of pagemap: in memory, or swapped out


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


def contents(pid, start, end, name):
    """What is between two addresses: (address, bytes) of each run of pages that hold anything. A page
    that was never written to has nothing of the process, unless it is one of a file."""
    size = min(end - start, MAX_REGION)
    with open("/proc/%d/pagemap" % pid, "rb", buffering=0) as pagemap, \
            open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        pagemap.seek(start // PAGE * 8)
        entries = b"\xff" * (size // PAGE) if name.startswith("/") else pagemap.read(
            size // PAGE * 8)[7::8]
        for run in THERE.finditer(entries):
            address = start + run.start() * PAGE
            try:
                memory.seek(address)
                yield address, memory.read((run.end() - run.start()) * PAGE)
            except (OSError, OverflowError):
                continue


def search(pid, needles, guarded=False):
    """Where the memory of the process has one of the needles (name to bytes), outside of what is
    locked or left out of dumps, or inside of that: a list of (name, region's name, address)."""
    found = []
    for region in regions(pid):
        if not region.is_memory or region.is_guarded != guarded:
            continue
        for address, data in contents(pid, region.start, region.end, region.name):
            for name, needle in needles.items():
                at = data.find(needle)
                while at >= 0:
                    found.append((name, region.name, hex(address + at)))
                    at = data.find(needle, at + 1)
    return found
