#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What AssumeRoleWithWebIdentity costs beside AssumeRole and one bare verification of RS256, in CPU
microseconds a call, in the same run: the goal is 1.5 times the sum of the two.

All threads of the server count. The keys of the provider are in memory; every call has a token of its
own. Prints medians of ROUNDS rounds of COUNT calls each, taken in turn.

Usage: tests/bench/web_identity.py [BUILD_DIR, default build/release] [COUNT] [ROUNDS]
"""

import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from cases.web_identity import ACTION  # noqa: E402
from federation import per_call, plain_role, send  # noqa: E402
from lib.case import trust  # noqa: E402
from lib.issuer import Issuer  # noqa: E402
from lib.server import Server  # noqa: E402
from lib.wire import form  # noqa: E402


def verification_us():
    """What OpenSSL takes for one signature of RSA with 2,048 bits, by its own measurement."""
    text = subprocess.run(["openssl", "speed", "-seconds", "1", "rsa2048"], check=True,
                          capture_output=True, text=True, timeout=60).stdout
    return float(re.search(r"rsa 2048 bits\s+\S+\s+([0-9.]+)s", text).group(1)) * 1e6


def make_roles(server, issuer):
    root = server.client()
    provider = root.call("CreateOpenIDConnectProvider", Url=issuer.url, ClientIDList=["app"],
                         ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
    client, plain = plain_role(server)
    web = root.call("CreateRole", RoleName="web", AssumeRolePolicyDocument=trust(
        {"Federated": provider}, "sts:" + ACTION, Condition={"StringEquals": {
            issuer.domain + ":sub": "subject"}}))["Role"]["Arn"]
    return client, web, plain


def bodies_of(issuer, role, count):
    return [form([("Action", ACTION), ("Version", "2011-06-15"), ("RoleArn", role),
                  ("RoleSessionName", "session"),
                  ("WebIdentityToken", issuer.token(jti=str(i)))]) for i in range(count)]


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    Server.binary = build / "src/server/iamd"
    issuer = Issuer()
    figures = {"one RS256 verification": [], "AssumeRole": [], ACTION: []}
    with Server(extra=["--workers", "1"] + issuer.options()) as server:
        alice, web, plain = make_roles(server, issuer)
        bodies = bodies_of(issuer, web, count)
        with server.connect() as connection:
            send(connection, server, bodies[0])  # fetches the keys
            for _ in range(rounds):
                figures["one RS256 verification"].append(verification_us())
                figures["AssumeRole"].append(per_call(server, [
                    lambda: alice.call("AssumeRole", RoleArn=plain, RoleSessionName="session")] * count))
                figures[ACTION].append(per_call(server, [
                    lambda body=body: send(connection, server, body) for body in bodies]))
    issuer.close()
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, value in medians.items():
        print("%-28s %8.1f us" % (name, value))
    web_us = medians.pop(ACTION)
    print("%.2f times the sum of the other two" % (web_us / sum(medians.values())))


if __name__ == "__main__":
    main()
