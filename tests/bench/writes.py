#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What writes cost: PutUserPolicy by one client and by 32, beside bare SQLite in the same run.

The floor is writes_bare: the same rows, one transaction each, prepared statements, the same
settings, on a copy of the server's own database in the same file system. The requests are signed
and come over loopback TCP, each client writes to a user of its own. Rounds take turns between the
rows. Prints medians and ratios; it judges nothing.

Usage: tests/bench/writes.py [BUILD_DIR, default build/release] [ROUNDS] [COUNT] [OTHER_IAMD]
"""

import contextlib
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from lib.server import Server  # noqa: E402
from wire import POLICY, signed  # noqa: E402

import json  # noqa: E402

CLIENTS = (1, 32)
DOCUMENT = json.dumps(POLICY)


def put_request(server, user):
    body = urllib.parse.urlencode({
        "Action": "PutUserPolicy", "Version": "2010-05-08", "UserName": user, "PolicyName": "p",
        "PolicyDocument": DOCUMENT}).encode()
    return signed(server, "iam", "/", "application/x-www-form-urlencoded; charset=utf-8", body)


def prepare(server, home):
    """A user for each client; the files with the requests."""
    client = server.client()
    files = []
    for index in range(max(CLIENTS)):
        user = "writer-%02d" % index
        client.call("CreateUser", UserName=user)
        client.call("PutUserPolicy", UserName=user, PolicyName="p", PolicyDocument=DOCUMENT)
        files.append(home / user)
        files[-1].write_bytes(put_request(server, user))
    return files


def copy_database(server, path):
    with contextlib.closing(sqlite3.connect(server.data + "/iamd.db")) as db:
        db.execute("VACUUM INTO ?", (str(path),))


def bare(build, database, document, count):
    out = subprocess.run([str(build / "tests/bench/writes_bare"), str(database), str(count),
                          str(document)], check=True, capture_output=True, text=True, timeout=600)
    return float(out.stdout)


def load(build, server, files, count, clients):
    out = subprocess.run([str(build / "tests/bench/wire_load"), "tcp:%d" % server.port,
                          ",".join(str(f) for f in files[:clients]), str(count),
                          str(server.process.pid), str(clients)],
                         check=True, capture_output=True, text=True, timeout=600)
    return float(out.stdout.split()[1])


def measure(build, programs, rounds, count):
    figures = {}
    with contextlib.ExitStack() as stack:
        home = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory(prefix="iamd-bench-")))
        document = home / "document"
        document.write_text(DOCUMENT, encoding="utf-8")
        servers = []
        for name, program in programs:
            Server.binary = program
            server = stack.enter_context(Server())
            server_home = home / name
            server_home.mkdir()
            servers.append((name, server, prepare(server, server_home)))
        copy_database(servers[0][1], home / "bare.db")
        for _ in range(rounds):
            figures.setdefault("bare", []).append(bare(build, home / "bare.db", document, count))
            for name, server, files in servers:
                for clients in CLIENTS:
                    figures.setdefault((name, clients), []).append(
                        load(build, server, files, count * (1 if clients == 1 else 2), clients))
    return figures


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 5000
    programs = [("iamd", build / "src/server/iamd")]
    if len(sys.argv) > 4:
        programs.append(("other", pathlib.Path(sys.argv[4]).resolve()))
    figures = measure(build, programs, rounds, count)
    base = statistics.median(figures["bare"])
    print("%-16s %10s %8s" % ("", "writes/s", "x bare"))
    print("%-16s %10.0f %8.2f" % ("bare", base, 1))
    for name, _ in programs:
        for clients in CLIENTS:
            rate = statistics.median(figures[name, clients])
            print("%-16s %10.0f %8.2f" % ("%s x%d" % (name, clients), rate, rate / base))


if __name__ == "__main__":
    main()
