#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the list and the report of a whole account cost: GetAccountAuthorizationDetails, all pages,
and the credential report, of the store that directory.py uses; beside what SQLite alone takes to
read the same rows, user by user in the order of their names, in the same run.

CPU of all threads of the server, in milliseconds; medians and ratios. The list is read again and
again by one connection, and so are the bare rows. A report is the first thing that a server does
with a copy of the store, and is kept in it; beside it the bare rows are read again and again too,
and once more, in brackets, as the first thing that a connection does. It judges nothing.

Usage: tests/bench/account.py [BUILD_DIR, default build/release] [USERS, default 10000] [ROUNDS]
"""

import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from directory import ROOT_KEY, SECRET, Wire, cpu_us, iam  # noqa: E402
from lib.server import Server  # noqa: E402

PAGE = 1000
WAIT_S = 120
BY_USER = "SELECT p.* FROM iam_user u JOIN %s p ON p.%s = u.%s ORDER BY u.name_key"
USERS = "SELECT * FROM iam_user ORDER BY name_key"
ROWS = {
    "authorization details": [
        USERS, BY_USER % ("inline_policy", "entity_id", "user_id"),
        BY_USER % ("attachment", "entity_id", "user_id"),
        BY_USER % ("aws_attachment", "entity_id", "user_id"),
        BY_USER % ("membership", "user_id", "user_id"), BY_USER % ("tag", "entity_id", "user_id"),
        "SELECT * FROM iam_group ORDER BY name_key", "SELECT * FROM iam_role ORDER BY name_key",
        "SELECT * FROM iam_policy ORDER BY name_key", "SELECT * FROM policy_version"],
    "credential report": [
        USERS, BY_USER % ("access_key", "owner_id", "user_id"),
        BY_USER % ("login_profile", "user_id", "user_id"),
        BY_USER % ("signing_certificate", "owner_id", "user_id"),
        BY_USER % ("mfa_device", "owner_id", "user_id")],
}


def details(wire):
    marker = None
    while True:
        more = {"Marker": marker} if marker else {}
        page = wire.ask(iam(ROOT_KEY, Action="GetAccountAuthorizationDetails", MaxItems=PAGE,
                            **more)).decode()
        found = re.search("<Marker>(.*?)</Marker>", page)
        if found is None:
            return
        marker = found.group(1)


def report(wire):
    """Asks for a new one and waits until it is there."""
    wire.ask(iam(ROOT_KEY, Action="GenerateCredentialReport"))
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        time.sleep(0.2)
        if b"COMPLETE" in wire.ask(iam(ROOT_KEY, Action="GenerateCredentialReport")):
            return
    raise SystemExit("no report in %d s" % WAIT_S)


def bare_ms(build, database, name, rounds):
    """The median, how many rows, and the first round."""
    out = subprocess.run([str(build / "tests/bench/rows_bare"), str(database), str(rounds)] +
                         ROWS[name], check=True, capture_output=True, text=True, timeout=600).stdout
    lines = [line.split() for line in out.splitlines()]
    ms = [float(us) / 1000 for us, _ in lines]
    return statistics.median(ms), int(lines[0][1]), ms[0]


def served_ms(server, wire, ask):
    before = cpu_us(server.process.pid)
    ask(wire)
    return (cpu_us(server.process.pid) - before) / 1000


def serve(home, data):
    return Server(data=str(data), root_key=False, extra=[
        "--unix", str(home / "sock"), "--workers", "1", "--audit", "/dev/null"])


def tell(name, served, bare, rows, more=""):
    print("%-22s %9.1f ms   %7d rows bare %9.1f ms   x %.2f%s" % (
        name, served, rows, bare, served / bare, more))


def measure_details(build, home, made, rounds):
    with serve(home, made) as server:
        wire = Wire(home / "sock")
        served = statistics.median(served_ms(server, wire, details) for _ in range(rounds))
        bare, rows, _ = bare_ms(build, next(made.glob("*.db")), "authorization details", rounds)
        tell("authorization details", served, bare, rows)


def measure_report(build, home, made, rounds):
    served, bare, first, rows = [], [], [], 0
    for _ in range(rounds):
        copy = home / "copy"
        shutil.copytree(made, copy)
        with serve(home, copy) as server:
            served.append(served_ms(server, Wire(home / "sock"), report))
            ms, rows, first_ms = bare_ms(build, next(copy.glob("*.db")), "credential report", rounds)
        bare.append(ms)
        first.append(first_ms)
        shutil.rmtree(copy)
    served = statistics.median(served)
    tell("credential report", served, statistics.median(bare), rows,
         "   (x %.2f)" % (served / statistics.median(first)))


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    users = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    home = pathlib.Path(tempfile.mkdtemp(prefix="iamd-bench-"))
    Server.binary = build / "src/server/iamd"
    try:
        subprocess.run([str(build / "tests/bench/bench_directory_store"), str(home / "data"),
                        str(users), SECRET], check=True, timeout=3600)
        measure_report(build, home, home / "data", rounds)
        measure_details(build, home, home / "data", rounds)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
