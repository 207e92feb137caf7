#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a simulated action costs iamd, beside a decided question of the same: SimulatePrincipalPolicy
with MANY actions and with one, the authorization endpoint with as many questions and with one. The
difference, divided, is one action, or one question. The user has ten managed policies and a boundary.

Prints medians of CPU microseconds and their ratios; it judges nothing. What libiam alone does is
measured by bench_decide.

Usage: tests/bench/simulate.py [BUILD_DIR, default build/release] [ROUNDS] [COUNT]
"""

import json
import pathlib
import statistics
import sys
import tempfile
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from lib.server import Server  # noqa: E402
from lib.wire import flatten  # noqa: E402
from wire import load, signed  # noqa: E402

MANY = 50
FORM = "application/x-www-form-urlencoded; charset=utf-8"
RESOURCE = "arn:aws:s3:::reports/alice/2026.csv"
SERVICES = ("s3", "ec2", "sqs", "sns", "kms", "iam", "sts", "logs", "events", "dynamodb")


def document(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": [service + ":Get*", service + ":List*"], "Resource": "*"},
        {"Effect": "Allow", "Action": service + ":Put*", "Resource": "*",
         "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Effect": "Deny", "Action": service + ":Delete*", "Resource": "*",
         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}]})


def prepare(server):
    client = server.client()
    client.call("CreateUser", UserName="alice")
    for service in SERVICES:
        arn = client.call("CreatePolicy", PolicyName=service,
                          PolicyDocument=document(service))["Policy"]["Arn"]
        client.call("AttachUserPolicy", UserName="alice", PolicyArn=arn)
    arn = client.call("CreatePolicy", PolicyName="boundary", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*",
                                                "Resource": "*"}}))["Policy"]["Arn"]
    client.call("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=arn)
    return "arn:aws:iam::%s:user/alice" % server.account


def simulation(server, arn, actions, resources):
    body = urllib.parse.urlencode([
        ("Action", "SimulatePrincipalPolicy"), ("Version", "2010-05-08")] + flatten({
            "PolicySourceArn": arn, "ActionNames": actions, "ResourceArns": resources,
            "ContextEntries": [{"ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip",
                                "ContextKeyValues": ["10.1.2.3"]}]})).encode()
    return signed(server, "iam", "/", FORM, body)


def questions(server, arn, actions):
    body = json.dumps({
        "subject": {"type": "user", "id": arn}, "resource": {"type": "object", "id": RESOURCE},
        "context": {"aws:SourceIp": "10.1.2.3"},
        "evaluations": [{"action": {"name": action}} for action in actions]}).encode()
    return signed(server, "iamd", "/access/v1/evaluations", "application/json", body)


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    actions = ["s3:GetObject%d" % n for n in range(MANY)]
    home = pathlib.Path(tempfile.mkdtemp(prefix="iamd-bench-"))
    Server.binary = build / "src/server/iamd"
    figures = {}
    with Server(extra=["--workers", "1"]) as server:
        arn = prepare(server)
        rows = {}
        for number in (1, MANY):
            rows["question", number] = questions(server, arn, actions[:number])
            rows["simulated", number] = simulation(server, arn, actions[:number], [])
            rows["on a resource", number] = simulation(server, arn, actions[:number], [RESOURCE])
        for _ in range(rounds):
            for (kind, number), request in rows.items():
                file = home / "request"
                file.write_bytes(request)
                cpu = load(build / "tests/bench/wire_load", "tcp:%d" % server.port, file, count,
                           server.process.pid, 1)[0]
                figures.setdefault((kind, number), []).append(cpu)
    one = {}
    for kind in ("question", "simulated", "on a resource"):
        first, many = (statistics.median(figures[kind, number]) for number in (1, MANY))
        one[kind] = (many - first) / (MANY - 1)
        print("%-14s 1: %7.1f us   %d: %8.1f us   each %6.2f us   x question %.2f" % (
            kind, first, MANY, many, one[kind], one[kind] / one["question"]))


if __name__ == "__main__":
    main()
