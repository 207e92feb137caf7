#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What AssumeRoleWithSAML costs beside xmlsec's own verification of the same document, in CPU
microseconds a call, in the same run: the goal is 1.5 times that.

All threads of the server count. Every call has an assertion of its own. On a disk the call is a write
with a commit of its own; in memory there is no disk. Prints medians of ROUNDS rounds of COUNT calls each,
taken in turn, and AssumeRole for comparison.

Usage: tests/bench/saml.py [BUILD_DIR, default build/release] [COUNT] [ROUNDS]
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from federation import per_call, plain_role, send  # noqa: E402
from lib import saml  # noqa: E402
from lib.case import trust  # noqa: E402
from lib.server import Server  # noqa: E402
from lib.wire import form  # noqa: E402

BARE, PLAIN, DISK, MEMORY = ("xmlsec's own verification", "AssumeRole", "AssumeRoleWithSAML, on a disk",
                             "AssumeRoleWithSAML, in memory")


def make_roles(server, idp):
    root = server.client()
    provider = root.call("CreateSAMLProvider", Name="idp",
                         SAMLMetadataDocument=idp.metadata())["SAMLProviderArn"]
    client, plain = plain_role(server)
    role = root.call("CreateRole", RoleName="signed-on", AssumeRolePolicyDocument=trust(
        {"Federated": provider}, "sts:AssumeRoleWithSAML", Condition={"StringEquals": {
            "saml:aud": saml.SIGN_IN}}))["Role"]["Arn"]
    return client, role, plain, provider


def body_of(role, provider, response):
    return form([("Action", "AssumeRoleWithSAML"), ("Version", "2011-06-15"), ("RoleArn", role),
                 ("PrincipalArn", provider), ("SAMLAssertion", saml.encoded(response))])


def bare_us(build, idp, path, count):
    return float(subprocess.run(
        [str(build / "tests/bench/saml_bare"), str(idp.key.with_name("certificate.pem")), str(path),
         str(count)], check=True, capture_output=True, text=True, timeout=60).stdout)


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    Server.binary = build / "src/server/iamd"
    idp = saml.Idp("bench")
    figures = {BARE: [], PLAIN: [], DISK: [], MEMORY: []}
    with Server(extra=["--workers", "1"]) as disk, Server(
            data=":memory:", extra=["--workers", "1"]) as memory, \
            tempfile.TemporaryDirectory(prefix="iamd-saml-") as place:
        alice, role, plain, provider = make_roles(disk, idp)
        make_roles(memory, idp)
        path = pathlib.Path(place, "response.xml")
        path.write_text(idp.make(role, provider, until=saml.at(3600), ends=saml.at(3600)))
        bodies = [body_of(role, provider, idp.make(role, provider, until=saml.at(3600),
                                                   ends=saml.at(3600)))
                  for _ in range(count * rounds)]
        with disk.connect() as connection, memory.connect() as other:
            for i in range(rounds):
                part = bodies[i * count:(i + 1) * count]
                figures[BARE].append(bare_us(build, idp, path, 1000))
                figures[PLAIN].append(per_call(disk, [
                    lambda: alice.call("AssumeRole", RoleArn=plain, RoleSessionName="session")] * count))
                figures[DISK].append(per_call(disk, [
                    lambda body=body: send(connection, disk, body) for body in part]))
                figures[MEMORY].append(per_call(memory, [
                    lambda body=body: send(other, memory, body) for body in part]))
        print("%d bytes of XML" % path.stat().st_size)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, value in medians.items():
        print("%-30s %8.1f us" % (name, value))
    for name in (MEMORY, DISK):
        print("%s: %.2f times xmlsec's verification" % (name, medians[name] / medians[BARE]))


if __name__ == "__main__":
    main()
