#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long a caller waits for decisions while another one does its worst.

The victim asks for signed evaluations over one connection; its median and 99th percentile are
measured alone and beside each attack, in turns, with each program. The server is pinned to one
processor, its clients to another. Prints medians of the rounds; it judges nothing.

Usage: tests/bench/fairness.py [BUILD_DIR, default build/release] [ROUNDS] [SECONDS] [OTHER_IAMD]
"""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from lib import saml  # noqa: E402
from lib.server import Server  # noqa: E402
from lib.sigv4 import Signer  # noqa: E402
from saml import body_of, make_role  # noqa: E402
from wire import POLICY, pin, prepare, render, requests_of  # noqa: E402

FORM = "application/x-www-form-urlencoded; charset=utf-8"
ROLES = 1000
VALUE_BYTES = 45000
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "some-id"}}}]})


def patterns():
    """1.5 KB of policy that a long value does not match, but nearly."""
    return ["*" + "ab" * 38 + "c%d*" % n for n in range(18)]


def hostile_policy():
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringLike": {"app:x": patterns()}}},
        {"Effect": "Allow", "Action": ["iamd:Evaluate", "iam:ListRoles", "iam:PutUserPolicy"],
         "Resource": "*"}]})


def mallory(server):
    """Another caller, with its policy."""
    root = server.client()
    root.call("CreateUser", UserName="mallory")
    root.call("PutUserPolicy", UserName="mallory", PolicyName="p", PolicyDocument=hostile_policy())
    key = root.call("CreateAccessKey", UserName="mallory")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def signed(server, key, service, target, content_type, body):
    headers = [("Host", server.host_header), ("Content-Type", content_type),
               ("Content-Length", str(len(body)))]
    signer = Signer(*key, service=service)
    return render("POST", target, signer.sign_headers("POST", target, headers, body), body)


def form(server, key, **members):
    body = urllib.parse.urlencode({"Version": "2010-05-08", **members}).encode()
    return signed(server, key, "iam", "/", FORM, body)


def batch(server, key):
    subject = {"type": "user", "id": "arn:aws:iam::%s:user/mallory" % server.account}
    return signed(server, key, "iamd", "/access/v1/evaluations", "application/json", json.dumps({
        "subject": subject, "action": {"name": "s3:GetObject"},
        "resource": {"type": "object", "id": "arn:aws:s3:::x/y"},
        "context": {"app:x": "ab" * (VALUE_BYTES // 2)},
        "evaluations": [{} for _ in range(200)]}).encode())


def sign_on(server):
    """An assertion that was used: it is verified each time, and refused then."""
    idp = saml.Idp("bench")
    role, provider = make_role(server, idp)
    body = body_of(role, provider, idp.make(role, provider, until=saml.at(3600), ends=saml.at(3600)))
    return render("POST", "/", [("Host", server.host_header), ("Content-Type", FORM),
                                ("Content-Length", str(len(body)))], body)


def attacks(server, key):
    """Each with the number of its connections."""
    return {
        "16 assertions": (sign_on(server), 16),
        "8 batches": (batch(server, key), 8),
        "16 ListRoles": (form(server, key, Action="ListRoles", MaxItems="1000"), 16),
        "32 writes": (form(server, key, Action="PutUserPolicy", UserName="mallory", PolicyName="q",
                           PolicyDocument=json.dumps(POLICY)), 32),
        "32 denied writes": (form(server, key, Action="CreateUser", UserName="x"), 32),
    }


def load(build, server, file, connections, seconds, first):
    """Starts the load on the second processor; first: before all others there."""
    command = [str(build / "tests/bench/fair_load"), str(server.port), str(file), str(connections),
               str(seconds)]
    if os.cpu_count() > 1:
        command = ["taskset", "-c", "1"] + command
    command = (["chrt", "-r", "10"] if first else ["nice", "-n", "-10"]) + command
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def result(process):
    out, _ = process.communicate(timeout=600)
    return [float(word) for word in out.split()]


def settle(build, server, files):
    """Waits until nothing of the attack is left."""
    while result(load(build, server, files["victim"], 1, 0.5, True))[0] < 100:
        pass


def beside(build, server, files, attack, connections, seconds):
    """The victim's median and 99th percentile, and how many answers the attacker got, of them 200."""
    hostile = attack and load(build, server, files[attack], connections, seconds + 2, False)
    if hostile:
        time.sleep(1)
    _, median, p99, _ = result(load(build, server, files["victim"], 1, seconds, True))
    answers, _, _, ok = result(hostile) if hostile else (0, 0, 0, 0)
    settle(build, server, files)
    return median, p99, answers / (seconds + 2), ok / (seconds + 2)


def raise_priority(pid):
    """Puts the server's threads before other work on the machine, in the same order as before."""
    for task in os.listdir("/proc/%d/task" % pid):
        now = os.getpriority(os.PRIO_PROCESS, int(task))
        os.setpriority(os.PRIO_PROCESS, int(task), now - 19)


def start(stack, home, program):
    Server.binary = program
    server = stack.enter_context(
        Server(extra=["--workers", "1", "--quota", "RolesPerAccount=2000"]))
    callers = prepare(server)
    root = server.client()
    for n in range(ROLES):
        root.call("CreateRole", RoleName="role-%d" % n, AssumeRolePolicyDocument=TRUST)
    rows = attacks(server, mallory(server))
    files = {"victim": home / "victim"}
    files["victim"].write_bytes(requests_of(server, callers)["evaluation"])
    for name, (text, _) in rows.items():
        files[name] = home / name.replace(" ", "-")
        files[name].write_bytes(text)
    pin(server.process.pid)
    raise_priority(server.process.pid)
    return server, files, {name: connections for name, (_, connections) in rows.items()}


def measure(build, programs, rounds, seconds):
    figures = {}
    with contextlib.ExitStack() as stack:
        servers = []
        for name, program in programs:
            home = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-b-")))
            servers.append((name, *start(stack, home, program)))
        for _ in range(rounds):
            for name, server, files, rows in servers:
                for attack, connections in {None: 0, **rows}.items():
                    figures.setdefault((name, attack), []).append(
                        beside(build, server, files, attack, connections, seconds))
    return figures


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 5
    programs = [("iamd", build / "src/server/iamd")]
    if len(sys.argv) > 4:
        programs.append(("other", pathlib.Path(sys.argv[4]).resolve()))
    figures = measure(build, programs, rounds, seconds)
    print("%-6s %-18s %10s %10s %8s %12s %8s" % (
        "", "beside", "median us", "p99 us", "x alone", "attacker/s", "of 200"))
    for (name, attack), runs in figures.items():
        alone = statistics.median(run[1] for run in figures[name, None])
        median, p99, answers, ok = (statistics.median(run[i] for run in runs) for i in range(4))
        print("%-6s %-18s %10.0f %10.0f %8.1f %12.0f %8.0f" % (
            name, attack or "nobody", median, p99, p99 / alone, answers, ok))


if __name__ == "__main__":
    main()
