#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What iamd costs with 100, 10,000 and 1,000,000 users, of whom each has two groups, a managed
policy that all have, an inline policy of its own and an access key.

In process (bench_directory): opening the directory, a principal that is cold and one that is warm,
memory, a new version of the policy that everybody has. Over a connection to a server with one
worker: the time until it is ready and until the first signed answer; the server's CPU for a request
of a caller who is cold and of one who is warm; a new version of the policy, and that it is in force
for a caller when it is answered. Prints figures and ratios to the smallest store; it judges nothing.

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
SAMPLE, WARM, ROUNDS, CHANGES = 2000, 100, 20, 5


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
    """One connection, one request at a time."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))

    def ask(self, data, status=200):
        self.socket.sendall(data)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += self.socket.recv(65536)
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
    for data in requests:
        wire.ask(data)
    wall = (time.monotonic() - start) * 1e6
    return (cpu_us(server.process.pid) - cpu) / len(requests), wall / len(requests)


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


def measure_server(build, data, users):
    figures = {}
    sample = [i * 7919 % users for i in range(min(SAMPLE, users))]
    socket_path = data.parent / ("%d.sock" % users)
    Server.binary = build / "src/server/iamd"
    cold = [KINDS["GetUser"](i) for i in sample]
    server = Server(data=str(data), root_key=False,
                    extra=["--unix", str(socket_path), "--workers", "1", "--audit", "/dev/null"])
    start = time.monotonic()
    with server:
        figures["ready ms"] = (time.monotonic() - start) * 1000
        wire = Wire(socket_path)
        wire.ask(iam(ROOT_KEY, Action="ListGroups"))
        figures["first answer ms"] = (time.monotonic() - start) * 1000
        figures["GetUser cold us CPU"], figures["GetUser cold us"] = cost(server, wire, cold)
        for kind, make in KINDS.items():
            requests = [make(i) for i in sample[:WARM]]
            cost(server, wire, requests)
            runs = [cost(server, wire, requests) for _ in range(ROUNDS)]
            figures[kind + " warm us CPU"] = statistics.median(r[0] for r in runs)
            figures[kind + " warm us"] = statistics.median(r[1] for r in runs)
        figures["CreatePolicyVersion ms"] = change_policy(wire)
    return figures


def measure_process(build, data, users):
    out = subprocess.run([str(build / "tests/bench/bench_directory"), str(data), str(users)],
                         check=True, capture_output=True, text=True, timeout=600).stdout
    return {name.replace("_", " "): float(value)
            for name, value in (line.split() for line in out.splitlines())}


def measure(build, home, users):
    data = home / str(users)
    subprocess.run([str(build / "tests/bench/bench_directory_store"), str(data), str(users),
                    SECRET], check=True, timeout=3600)
    over_the_wire = measure_server(build, data, users)
    figures = measure_process(build, data, users)
    shutil.rmtree(data)
    return dict(figures, **over_the_wire)


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    sizes = [int(size) for size in sys.argv[2:]] or SIZES
    home = pathlib.Path(tempfile.mkdtemp(prefix="iamd-bench-"))
    try:
        columns = [measure(build, home, users) for users in sizes]
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print("%-26s" % "" + "".join("%18s" % ("%d users" % users) for users in sizes))
    for name, base in columns[0].items():
        cells = "".join("%12.2f %5.2f" % (figures[name], figures[name] / base if base else 0)
                        for figures in columns)
        print("%-26s%s" % (name, cells))


if __name__ == "__main__":
    main()
