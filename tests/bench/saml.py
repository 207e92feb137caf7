#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What AssumeRoleWithSAML costs beside xmlsec's own verification of the same document, in CPU
microseconds a call, in the same run: the goal is 1.5 times that.

xmlsec's own is what a plain service provider does to verify the response (saml_bare.c), with the
certificate read for each, as it comes from the metadata, and read once. All threads of the server
count. Every call has an assertion of its own. That it was used is remembered, on a disk by a commit
of its own: beside that is xmlsec's verification and what SQLite takes to commit such a row. One at
a time the server sleeps and wakes for each; TOGETHER at a time it does not. Prints medians of
ROUNDS rounds of COUNT calls each, taken in turn, and AssumeRole for comparison.

Usage: tests/bench/saml.py [BUILD_DIR, default build/release] [COUNT] [ROUNDS]
"""

import contextlib
import pathlib
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from federation import per_call, plain_role, send  # noqa: E402
from wire import render  # noqa: E402
from lib import saml  # noqa: E402
from lib.case import trust  # noqa: E402
from lib.server import Server  # noqa: E402
from lib.wire import FORM, form  # noqa: E402

TOGETHER = 8
BARE, KEPT, COMMIT, PLAIN = ("xmlsec's own verification", "with a certificate read once",
                             "SQLite's own commit of a used assertion", "AssumeRole")
SETTINGS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
TABLE = ("CREATE TABLE saml_use (provider TEXT, assertion TEXT, account TEXT, expires_ms BIGINT,"
         " row_mac BLOB, PRIMARY KEY (provider, assertion));"
         "CREATE INDEX expiry ON saml_use (expires_ms);")
ONE = "AssumeRoleWithSAML, %s"
MANY = "AssumeRoleWithSAML, %s, eight at a time"


def make_role(server, idp):
    """A provider, and a role for those whom it signs on."""
    root = server.client()
    provider = root.call("CreateSAMLProvider", Name="idp",
                         SAMLMetadataDocument=idp.metadata())["SAMLProviderArn"]
    role = root.call("CreateRole", RoleName="signed-on", AssumeRolePolicyDocument=trust(
        {"Federated": provider}, "sts:AssumeRoleWithSAML", Condition={"StringEquals": {
            "saml:aud": saml.SIGN_IN}}))["Role"]["Arn"]
    return role, provider


def body_of(role, provider, response):
    return form([("Action", "AssumeRoleWithSAML"), ("Version", "2011-06-15"), ("RoleArn", role),
                 ("PrincipalArn", provider), ("SAMLAssertion", saml.encoded(response))])


def bare_us(build, idp, path, count):
    """With the certificate read each time, and once."""
    return map(float, subprocess.run(
        [str(build / "tests/bench/saml_bare"), str(idp.key.with_name("certificate.pem")), str(path),
         str(count)], check=True, capture_output=True, text=True, timeout=60).stdout.split())


def commit_us(path, count):
    """With the settings of the store, on the disk that it is on."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(SETTINGS + TABLE)
        began = time.process_time()
        for _ in range(count):
            db.execute("INSERT INTO saml_use VALUES (?, ?, ?, ?, ?)",
                       ("SAMLSP", secrets.token_hex(32), "111122223333", 1 << 40, b"m" * 32))
            db.commit()
        spent = time.process_time() - began
    path.unlink()
    return spent * 1e6 / count


def send_together(connections, server, bodies):
    """One on each connection, before any answer is read."""
    for connection, body in zip(connections, bodies):
        connection.send(render("POST", "/", [("Host", server.host_header), ("Content-Type", FORM),
                                             ("Content-Length", str(len(body)))], body))
    for connection, _ in zip(connections, bodies):
        answer = connection.read_response("POST")
        assert answer.status == 200, answer


def measure(figures, name, server, bodies):
    """Half of the bodies one at a time, then the others together."""
    half = len(bodies) // 2
    with server.connect() as connection:
        figures[ONE % name].append(per_call(server, [
            lambda body=body: send(connection, server, body) for body in bodies[:half]]))
    groups = [bodies[i:i + TOGETHER] for i in range(half, len(bodies), TOGETHER)]
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(TOGETHER)]
        figures[MANY % name].append(per_call(server, [
            lambda group=group: send_together(connections, server, group) for group in groups]) *
                                    len(groups) / (len(bodies) - half))


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    Server.binary = build / "src/server/iamd"
    idp = saml.Idp("bench")
    with contextlib.ExitStack() as stack:
        servers = {"in memory": stack.enter_context(Server(data=":memory:",
                                                           extra=["--workers", "1"])),
                   "on a disk": stack.enter_context(Server(extra=["--workers", "1"]))}
        names = [BARE, KEPT, COMMIT, PLAIN] + [form % name for name in servers for form in (ONE, MANY)]
        figures = {name: [] for name in names}
        role, provider = [make_role(server, idp) for server in servers.values()][0]
        alice, plain = plain_role(servers["in memory"])
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-saml-"))
        path = pathlib.Path(place, "response.base64")
        more = {"until": saml.at(3600), "ends": saml.at(3600)}
        response = idp.make(role, provider, **more)
        path.write_text(saml.encoded(response))
        for _ in range(rounds):
            bodies = [body_of(role, provider, idp.make(role, provider, **more))
                      for _ in range(2 * count)]
            for name, value in zip((BARE, KEPT), bare_us(build, idp, path, 1000)):
                figures[name].append(value)
            figures[COMMIT].append(commit_us(pathlib.Path(place, "uses.db"), count))
            figures[PLAIN].append(per_call(servers["in memory"], [
                lambda: alice.call("AssumeRole", RoleArn=plain, RoleSessionName="session")] * count))
            for name, server in servers.items():
                measure(figures, name, server, bodies)
    print("%d bytes of XML" % len(response))
    medians = {name: statistics.median(values) for name, values in figures.items()}
    floors = {form % "on a disk": medians[BARE] + medians[COMMIT] for form in (ONE, MANY)}
    for name, value in medians.items():
        floor = floors.get(name, medians[BARE])
        print("%-50s %7.1f us %6.2f times %.1f" % (name, value, value / floor, floor))


if __name__ == "__main__":
    main()
