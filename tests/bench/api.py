#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What each operation costs iamd: CPU microseconds a call, beside the floor (a bare loop of
epoll_wait, recv and send) in the same run, over one kept TCP connection.

The calls are those of the table in tests/e2e/cases/attacks_control.py; what they need is made before
they are measured. All threads of the server count, those that write to the disk too. Prints medians
of COUNT calls, costly operations first; it judges nothing.

Usage: tests/bench/api.py [BUILD_DIR, default build/release] [COUNT] [OPERATION...]
"""

import contextlib
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from cases.attacks_control import operations  # noqa: E402
from lib.case import World, allow  # noqa: E402
from lib.server import Server  # noqa: E402
from lib.wire import ApiError, Connection  # noqa: E402

ANSWER_BYTES = 300
REQUEST_BYTES = 700
SETTLE_S = 0.002


def cpu_us(pid):
    """What all threads of a process have run."""
    total = 0
    for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
        with contextlib.suppress(FileNotFoundError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


def cost(pid, call):
    """What a call costs, with what the server does after its answer."""
    time.sleep(SETTLE_S)
    before = cpu_us(pid)
    call()
    time.sleep(SETTLE_S)
    return cpu_us(pid) - before


def floor(build, count):
    with tempfile.TemporaryDirectory(prefix="iamd-bench-") as home:
        process = subprocess.Popen(
            [str(build / "tests/bench/wire_floor"), home + "/floor", str(ANSWER_BYTES)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            connection = Connection("127.0.0.1", int(process.stdout.readline()))
            return statistics.median(cost(process.pid, lambda: connection.request(
                "POST", "/", [], b"x" * REQUEST_BYTES)) for _ in range(count))
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def raised_quotas():
    """Options for as many things of each kind as an account may ever have here."""
    out = subprocess.run([str(Server.binary), "quotas"], check=True, capture_output=True, text=True,
                         timeout=30).stdout
    names = [line.split()[0] for line in out.splitlines() if "PerAccount" in line]
    return [word for name in names
            for word in ("--quota", "%s=%d" % (name, 1000 if "Providers" in name else 100000))]


def answer_of(caller, name, params):
    """An error is an answer too: GetMFADevice refuses what can be made here."""
    try:
        caller.call(name, **params)
    except ApiError as error:
        print("%s: %s" % (name, error), file=sys.stderr)


def measure(world, names, count):
    table = operations(world)
    changer = world.user("changer", [allow("*")])
    figures = {}
    for name in names or sorted(table):
        runs = []
        for _ in range(count):
            params, caller = table[name](), world.root
            if name == "ChangePassword":  # which the root user cannot
                world.root.call("CreateLoginProfile", UserName=changer.name,
                                Password=params["OldPassword"])
                caller = changer.client
            runs.append(cost(world.server.process.pid, lambda: answer_of(caller, name, params)))
            if name == "ChangePassword":
                world.root.call("DeleteLoginProfile", UserName=changer.name)
        figures[name] = statistics.median(runs)
    return figures


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    Server.binary = build / "src/server/iamd"
    base = floor(build, 10 * count)
    with Server(extra=["--workers", "1"] + raised_quotas()) as server:
        figures = measure(World(server), sys.argv[3:], count)
    print("%-45s %9s %8s" % ("", "us CPU", "x floor"))
    print("%-45s %9.1f %8.2f" % ("floor", base, 1))
    for name, cpu in sorted(figures.items(), key=lambda figure: -figure[1]):
        print("%-45s %9.1f %8.2f" % (name, cpu, cpu / base))


if __name__ == "__main__":
    main()
