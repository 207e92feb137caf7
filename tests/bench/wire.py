#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a request costs iamd: an empty answer, a signed GetCallerIdentity, a signed evaluation.

Over TCP and over a Unix socket, one worker on one processor, beside the floor (a bare loop of
epoll_wait, recv and send with the same bytes) in the same run. Prints medians and ratios; it
judges nothing.

Usage: tests/bench/wire.py [BUILD_DIR, default build/release] [ROUNDS] [COUNT]
"""

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


def render(method, target, headers, body):
    lines = ["%s %s HTTP/1.1" % (method, target)] + ["%s: %s" % h for h in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def signed(server, service, target, content_type, body):
    """A request of about the size that an SDK sends."""
    headers = [("Host", server.host_header), ("Content-Type", content_type),
               ("User-Agent", "aws-sdk/1.0 " + "x" * 80), ("Content-Length", str(len(body)))]
    signer = Signer(server.key_id, server.secret, service=service)
    return render("POST", target, signer.sign_headers("POST", target, headers, body), body)


def requests_of(server):
    question = json.dumps({
        "subject": {"type": "user", "id": "arn:aws:iam::%s:user/alice" % server.account},
        "action": {"name": "s3:GetObject"},
        "resource": {"type": "object", "id": "arn:aws:s3:::reports/alice/2026.csv"},
        "context": {"aws:SourceIp": "10.1.2.3", "aws:SecureTransport": True}}).encode()
    return {
        "empty": render("GET", "/healthz", [("Host", server.host_header)], b""),
        "identity": signed(server, "sts", "/", "application/x-www-form-urlencoded; charset=utf-8",
                           b"Action=GetCallerIdentity&Version=2011-06-15"),
        "evaluation": signed(server, "iamd", "/access/v1/evaluation", "application/json", question),
    }


def prepare(server):
    client = server.client()
    client.call("CreateUser", UserName="alice")
    client.call("PutUserPolicy", UserName="alice", PolicyName="p", PolicyDocument=json.dumps(POLICY))


def load(tool, target, file, count, pid):
    command = [str(tool), target, str(file), str(count), str(pid)]
    if os.cpu_count() > 1:
        command = ["taskset", "-c", "1"] + command
    out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout
    cpu, rate, sent, received = out.split()
    return float(cpu), float(rate), int(sent), int(received)


def pin(pid):
    subprocess.run(["taskset", "-apc", "0", str(pid)], check=True, stdout=subprocess.DEVNULL)


def measure(build, rounds, count):
    home = pathlib.Path(tempfile.mkdtemp(prefix="iamd-bench-"))
    tool, floor_tool = build / "tests/bench/wire_load", build / "tests/bench/wire_floor"
    server_socket, floor_socket = home / "iamd.sock", home / "floor.sock"
    Server.binary = build / "src/server/iamd"
    figures = {}
    with Server(extra=["--unix", str(server_socket), "--workers", "1"]) as server:
        prepare(server)
        files = {}
        for name, data in requests_of(server).items():
            files[name] = home / name
            files[name].write_bytes(data)
        floor = subprocess.Popen([str(floor_tool), str(floor_socket), "300"], text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            floor_port = int(floor.stdout.readline())
            pin(server.process.pid)
            pin(floor.pid)
            places = {"TCP": ("tcp:%d" % server.port, "tcp:%d" % floor_port),
                      "Unix": ("unix:%s" % server_socket, "unix:%s" % floor_socket)}
            for _ in range(rounds):
                for place, (ours, bare) in places.items():
                    figures.setdefault((place, "floor"), []).append(
                        load(tool, bare, files["evaluation"], count, floor.pid))
                    for name, file in files.items():
                        figures.setdefault((place, name), []).append(
                            load(tool, ours, file, count, server.process.pid))
        finally:
            floor.stdin.close()
            floor.wait(timeout=10)
    return figures


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 50000
    figures = measure(build, rounds, count)
    print("%-5s %-11s %9s %11s %8s %6s %6s" % (
        "", "", "us CPU", "requests/s", "x floor", "bytes", "bytes"))
    for place in ("TCP", "Unix"):
        base = statistics.median(f[0] for f in figures[place, "floor"])
        for name in ("floor", "empty", "identity", "evaluation"):
            rows = figures[place, name]
            cpu = statistics.median(f[0] for f in rows)
            rate = statistics.median(f[1] for f in rows)
            print("%-5s %-11s %9.2f %11.0f %8.2f %6d %6d" % (
                place, name, cpu, rate, cpu / base, rows[0][2], rows[0][3]))


if __name__ == "__main__":
    main()
