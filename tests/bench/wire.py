#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a request costs iamd: an empty answer, a signed GetCallerIdentity, a signed evaluation.

"user" is GetCallerIdentity with the long-term key of a user, "session" with a session of that user,
"role" with one of a role; "assume" is an AssumeRole of the user.

Over TCP and over a Unix socket, by eight connections at once and by one, one worker on one
processor, beside the floor (a bare loop of epoll_wait, recv and send with the same bytes) in the
same run. "no audit" is the evaluation by a second server, whose audit trail goes to /dev/null.
Prints medians and ratios; it judges nothing.

Usage: tests/bench/wire.py [BUILD_DIR, default build/release] [ROUNDS] [COUNT]
"""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from lib.server import Server  # noqa: E402
from lib.sigv4 import Signer  # noqa: E402

POLICY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
     "Resource": "arn:aws:s3:::reports/${aws:username}/*",
     "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
    {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}]}


# How the requests come, and on how many connections at once.
PLACES = (("TCP", 8), ("Unix", 8), ("TCP", 1), ("Unix", 1))


def render(method, target, headers, body):
    lines = ["%s %s HTTP/1.1" % (method, target)] + ["%s: %s" % h for h in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def signed(server, service, target, content_type, body, who=None):
    """A request of about the size that an SDK sends; who has its credentials, the root user's if None."""
    headers = [("Host", server.host_header), ("Content-Type", content_type),
               ("User-Agent", "aws-sdk/1.0 " + "x" * 80), ("Content-Length", str(len(body)))]
    signer = who.signer(service) if who else Signer(server.key_id, server.secret, service=service)
    return render("POST", target, signer.sign_headers("POST", target, headers, body), body)


def requests_of(server, callers):
    form = "application/x-www-form-urlencoded; charset=utf-8"
    identity = b"Action=GetCallerIdentity&Version=2011-06-15"
    assume = ("Action=AssumeRole&Version=2011-06-15&RoleSessionName=bench&RoleArn=arn:aws:iam::%s:role/r"
              % server.account).encode()
    question = json.dumps({
        "subject": {"type": "user", "id": "arn:aws:iam::%s:user/alice" % server.account},
        "action": {"name": "s3:GetObject"},
        "resource": {"type": "object", "id": "arn:aws:s3:::reports/alice/2026.csv"},
        "context": {"aws:SourceIp": "10.1.2.3", "aws:SecureTransport": True}}).encode()
    return {
        "empty": render("GET", "/healthz", [("Host", server.host_header)], b""),
        "identity": signed(server, "sts", "/", form, identity),
        "user": signed(server, "sts", "/", form, identity, callers["user"]),
        "session": signed(server, "sts", "/", form, identity, callers["session"]),
        "role": signed(server, "sts", "/", form, identity, callers["role"]),
        "assume": signed(server, "sts", "/", form, assume, callers["user"]),
        "evaluation": signed(server, "iamd", "/access/v1/evaluation", "application/json", question),
    }


def prepare(server):
    client = server.client()
    client.call("CreateUser", UserName="alice")
    client.call("PutUserPolicy", UserName="alice", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    client.call("CreateUser", UserName="bob")
    key = client.call("CreateAccessKey", UserName="bob")["AccessKey"]
    user = server.client(key["AccessKeyId"], key["SecretAccessKey"])
    client.call("CreateRole", RoleName="r", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::%s:user/bob" % server.account}}]}))
    made = (user.call("GetSessionToken"), user.call(
        "AssumeRole", RoleSessionName="bench", RoleArn="arn:aws:iam::%s:role/r" % server.account))
    session, role = (server.client(*(one["Credentials"][name] for name in (
        "AccessKeyId", "SecretAccessKey", "SessionToken"))) for one in made)
    return {"user": user, "session": session, "role": role}


def load(tool, target, file, count, pid, connections):
    command = [str(tool), target, str(file), str(count), str(pid), str(connections)]
    if os.cpu_count() > 1:
        command = ["taskset", "-c", "1"] + command
    out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout
    cpu, rate, sent, received = out.split()
    return float(cpu), float(rate), int(sent), int(received)


def pin(pid):
    subprocess.run(["taskset", "-apc", "0", str(pid)], check=True, stdout=subprocess.DEVNULL)


class Target:
    """A process under load: its rows, each with the file that holds the request."""

    def __init__(self, pid, port, socket, rows):
        self.pid, self.rows = pid, rows
        self.addresses = {"TCP": "tcp:%d" % port, "Unix": "unix:%s" % socket}
        pin(pid)


def target_of(server, socket, home, rows):
    """rows: the name of the row to that of the request."""
    callers = prepare(server)
    files = {}
    for row, kind in rows.items():
        files[row] = home / row.replace(" ", "-")
        files[row].write_bytes(requests_of(server, callers)[kind])
    return Target(server.process.pid, server.port, socket, files)


@contextlib.contextmanager
def floor_target(build, home, file):
    socket = home / "floor.sock"
    process = subprocess.Popen([str(build / "tests/bench/wire_floor"), str(socket), "300"],
                               text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Target(process.pid, int(process.stdout.readline()), socket, {"floor": file})
    finally:
        process.stdin.close()
        process.wait(timeout=10)


def measure(build, rounds, count):
    home = pathlib.Path(tempfile.mkdtemp(prefix="iamd-bench-"))
    sockets = home / "iamd.sock", home / "quiet.sock"
    Server.binary = build / "src/server/iamd"
    figures = {}
    with Server(extra=["--unix", str(sockets[0]), "--workers", "1"]) as server, \
            Server(extra=["--unix", str(sockets[1]), "--workers", "1",
                          "--audit", "/dev/null"]) as quiet:
        main_target = target_of(server, sockets[0], home, {
            "empty": "empty", "identity": "identity", "user": "user", "session": "session",
            "role": "role", "assume": "assume", "evaluation": "evaluation"})
        quiet_target = target_of(quiet, sockets[1], home, {"no audit": "evaluation"})
        with floor_target(build, home, main_target.rows["evaluation"]) as floor:
            for _ in range(rounds):
                for place, connections in PLACES:
                    for target in (floor, main_target, quiet_target):
                        for row, file in target.rows.items():
                            figures.setdefault((place, connections, row), []).append(
                                load(build / "tests/bench/wire_load", target.addresses[place],
                                     file, count, target.pid, connections))
    return figures


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 50000
    figures = measure(build, rounds, count)
    print("%-7s %-11s %9s %11s %8s %6s %6s" % (
        "", "", "us CPU", "requests/s", "x floor", "sent", "got"))
    for place, connections in PLACES:
        base = statistics.median(f[0] for f in figures[place, connections, "floor"])
        for row in ("floor", "empty", "identity", "user", "session", "role", "assume",
                    "evaluation", "no audit"):
            runs = figures[place, connections, row]
            cpu = statistics.median(f[0] for f in runs)
            rate = statistics.median(f[1] for f in runs)
            print("%-7s %-11s %9.2f %11.0f %8.2f %6d %6d" % (
                "%s x%d" % (place, connections), row, cpu, rate, cpu / base, runs[0][2],
                runs[0][3]))


if __name__ == "__main__":
    main()
