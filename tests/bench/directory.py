#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What iamd costs with 100, 10,000 and 1,000,000 users, of whom each has two groups, a managed
policy that all have, an inline policy of its own and an access key.

Over a connection to a server with one worker: the time until it is ready and until the first signed
answer; the server's CPU for a request of a caller who is cold and of one who is warm; a new version
of the policy that everybody has, and that it is in force for a caller when it is answered. In
process (bench_directory): opening the directory, a principal that is cold and one that is warm,
memory, a new version of the policy. Prints figures and ratios to the smallest store; it judges nothing.

Usage: tests/bench/directory.py [BUILD_DIR, default build/release] [USERS ...]
"""

import json
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from lib.server import Server  # noqa: E402
from lib.sigv4 import Signer  # noqa: E402

SECRET = "0123456789012345678901234567890123456789"
ROOT_KEY = "AKIA22222222222ROOTK"
POLICY_ARN = "arn:aws:iam::111122223333:policy/everybody"
SIZES = (100, 10000, 1000000)
# Callers who are asked for while they are cold; of them those who are asked for again and again.
SAMPLE, WARM, CHANGES = 2000, 100, 5
# Rounds of one store before it is the turn of the next: what another server
# leaves in the caches is of no interest.
ROUNDS, TURNS = 50, 4
AHEAD = 100  # requests sent before their answers are read: none waits for the client
# A server that reads in the background who came last is waited for; then it takes less than this.
QUIET_S, QUIET_SHARE, SETTLE_S = 0.5, 0.02, 300


def key_of(number):
    return "AKIA22222222%08d" % number


def request(key, service, target, content_type, body):
    headers = [("Host", "127.0.0.1"), ("Content-Type", content_type),
               ("Content-Length", str(len(body)))]
    signed = Signer(key, SECRET, service=service).sign_headers("POST", target, headers, body)
    lines = ["POST %s HTTP/1.1" % target] + ["%s: %s" % h for h in signed]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def iam(key, **parameters):
    body = urllib.parse.urlencode(dict(parameters, Version="2010-05-08")).encode()
    return request(key, "iam", "/", "application/x-www-form-urlencoded; charset=utf-8", body)


def evaluation(number):
    return request(ROOT_KEY, "iamd", "/access/v1/evaluation", "application/json", json.dumps({
        "subject": {"type": "user", "id": "arn:aws:iam::111122223333:user/user%d" % number},
        "action": {"name": "s3:PutObject"},
        "resource": {"type": "object", "id": "arn:aws:s3:::homes/%d/a" % number}}).encode())


KINDS = {
    "GetUser": lambda number: iam(key_of(number), Action="GetUser"),
    "ListUserPolicies": lambda number: iam(key_of(number), Action="ListUserPolicies",
                                           UserName="user%d" % number),
    "evaluation": evaluation,
}


class Wire:
    """One connection."""

    def __init__(self, path):
        self.unread = b""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))

    def ask(self, data, status=200):
        return self.ask_all([data], status)[0]

    def ask_all(self, requests, status=200):
        """Sends all of them, then reads the answers: the server need not sleep between two."""
        self.socket.sendall(b"".join(requests))
        return [self.read(status) for _ in requests]

    def read(self, status):
        while b"\r\n\r\n" not in self.unread:
            self.unread += self.socket.recv(65536)
        head, _, rest = self.unread.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self.socket.recv(65536)
        body, self.unread = rest[:length], rest[length:]
        if int(head.split()[1]) != status:
            raise SystemExit("%s\n%s" % (head.decode(), body.decode()))
        return body


def cpu_us(pid):
    """Of all threads of a process, from the scheduler's accounts."""
    total = 0
    for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


def cost(server, wire, requests):
    """Microseconds of CPU that the server takes for one of these, and of waiting for it."""
    cpu, start = cpu_us(server.process.pid), time.monotonic()
    for first in range(0, len(requests), AHEAD):
        wire.ask_all(requests[first:first + AHEAD])
    wall = (time.monotonic() - start) * 1e6
    return (cpu_us(server.process.pid) - cpu) / len(requests), wall / len(requests)


def settle(pid):
    """Waits until the server does nothing by itself."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        before = cpu_us(pid)
        time.sleep(QUIET_S)
        if cpu_us(pid) - before < QUIET_S * QUIET_SHARE * 1e6:
            return
        if time.monotonic() > deadline:
            raise SystemExit("the server is busy after %d s" % SETTLE_S)


def policy(effect):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iam:GetUser", "iam:List*"], "Resource": "*"},
        {"Effect": effect, "Action": "s3:PutObject", "Resource": "*"}]})


def change_policy(wire):
    """Milliseconds for a new default version, in force with its answer; the median."""
    question = evaluation(0)
    took = []
    for i in range(CHANGES):
        effect = "Deny" if i % 2 == 0 else "Allow"
        if i > 2:
            wire.ask(iam(ROOT_KEY, Action="DeletePolicyVersion", PolicyArn=POLICY_ARN,
                         VersionId="v%d" % (i - 2)))
        new = iam(ROOT_KEY, Action="CreatePolicyVersion", PolicyArn=POLICY_ARN,
                  PolicyDocument=policy(effect), SetAsDefault="true")
        start = time.monotonic()
        wire.ask(new)
        took.append((time.monotonic() - start) * 1000)
        decision = json.loads(wire.ask(question))["decision"]
        if decision != (effect == "Allow"):
            raise SystemExit("the new version was answered and is not in force")
    return statistics.median(took)


class Place:
    """A store of one size, with a server on it; figures holds what was measured."""

    def __init__(self, build, home, users):
        self.build, self.users, self.data = build, users, home / str(users)
        self.sample = [i * 7919 % users for i in range(min(SAMPLE, users))]
        self.figures = {}
        subprocess.run([str(build / "tests/bench/bench_directory_store"), str(self.data),
                        str(users), SECRET], check=True, timeout=3600)
        self.server = Server(data=str(self.data), root_key=False, extra=[
            "--unix", str(home / ("%d.sock" % users)), "--workers", "1", "--audit", "/dev/null"])
        self.wire = None

    def start(self):
        """Ready, then the first answer, then callers of whom nobody is in memory yet."""
        cold = [KINDS["GetUser"](i) for i in self.sample]
        first = iam(ROOT_KEY, Action="ListGroups")
        start = time.monotonic()
        self.server.start()
        self.figures["ready ms"] = (time.monotonic() - start) * 1000
        self.wire = Wire(self.server.extra[1])
        self.wire.ask(first)
        self.figures["first answer ms"] = (time.monotonic() - start) * 1000
        self.figures["GetUser cold us CPU"], self.figures["GetUser cold us"] = cost(
            self.server, self.wire, cold)

    def warm(self, kind, sample):
        """The least of the rounds of one turn, as what others do only adds."""
        requests = [KINDS[kind](i) for i in sample]
        runs = [cost(self.server, self.wire, requests) for _ in range(ROUNDS)]
        return [min(column) for column in zip(*runs)]

    def change(self):
        self.figures["CreatePolicyVersion ms"] = change_policy(self.wire)

    def stop(self):
        self.server.stop()
        out = subprocess.run(
            [str(self.build / "tests/bench/bench_directory"), str(self.data), str(self.users)],
            check=True, capture_output=True, text=True, timeout=600).stdout
        for line in out.splitlines():
            name, value = line.split()
            self.figures[name.replace("_", " ")] = float(value)


def measure_warm(places, kind, where, sample):
    """The stores take turns; the least counts."""
    turns = [[place.warm(kind, sample(place)) for place in places] for _ in range(TURNS)]
    for place, of_place in zip(places, zip(*turns)):
        cpu, wall = (min(column) for column in zip(*of_place))
        place.figures["%s warm, %s, us CPU" % (kind, where)] = cpu
        place.figures["%s warm, %s, us" % (kind, where)] = wall


def measure(places):
    for place in places:
        place.start()
    for place in places:
        settle(place.server.process.pid)
    for kind in KINDS:
        measure_warm(places, kind, "spread", lambda place: place.sample[:WARM])
        measure_warm(places, kind, "next to each other", lambda place: range(WARM))
    for place in places:
        place.change()
    for place in places:
        place.stop()


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    sizes = [int(size) for size in sys.argv[2:]] or SIZES
    home = pathlib.Path(tempfile.mkdtemp(prefix="iamd-bench-"))
    Server.binary = build / "src/server/iamd"
    try:
        places = [Place(build, home, users) for users in sizes]
        measure(places)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print("%-52s" % "" + "".join("%18s" % ("%d users" % users) for users in sizes))
    for name, base in places[0].figures.items():
        cells = "".join("%12.2f %5.2f" % (place.figures[name], place.figures[name] / base
                                          if base else 0) for place in places)
        print("%-52s%s" % (name, cells))


if __name__ == "__main__":
    main()
