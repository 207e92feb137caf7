# SPDX-License-Identifier: Apache-2.0
"""What strangers can take from others: descriptors, connections, memory; and what they are told.

Limits are lowered, so that little reaches them. Loopback is exempt from the bounds of a source unless
an option says otherwise, so these cases say it.
"""

import contextlib
import os
import re
import select
import signal
import socket
import ssl
import stat
import subprocess
import tempfile
import time

from lib.case import Failed, allow, seconds
from lib.server import Server, ServerFailed
from lib.wire import Connection, FORM, form

SERVER = None
NOBODY_EXEMPT = ["--per-source-exempt", "none"]
HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
WHO = form([("Action", "GetCallerIdentity"), ("Version", "2011-06-15")])


class Limited(Server):
    """A server that may open few files: the soft limit, and the hard one to which it is raised."""

    files = "64:256"

    def command(self):
        return ["prlimit", "--nofile=" + self.files] + super().command()


def limited(t, **options):
    server = Limited(**options)
    t.own.append(server)
    return server.start()


def knock(server, source="127.0.0.1", data=b""):
    """A connection of a stranger from an address of its own."""
    sock = socket.create_connection(("127.0.0.1", server.port), 30, (source, 0))
    if data:
        sock.sendall(data)
    return sock


def status_of(sock):
    """The status that a raw socket is told; None when it is closed without a word."""
    sock.settimeout(30)
    data = b""
    try:
        while b"\r\n" not in data:
            more = sock.recv(4096)
            if not more:
                return None
            data += more
    except ConnectionResetError:
        return None
    return int(data.split(b" ")[1])


def close_all(held):
    for sock in held:
        sock.close()


def wait_for_log(t, server, part, limit=30):
    deadline = time.monotonic() + limit
    while part not in server.log() and time.monotonic() < deadline:
        time.sleep(0.05)
    t.contains(server.log(), part, "the log")


# -- descriptors -------------------------------------------------------------------------------


def test_the_soft_limit_is_raised(t):
    server = limited(t)
    with open("/proc/%d/limits" % server.process.pid, encoding="ascii") as limits:
        found = re.search(r"Max open files\s+(\d+)\s+(\d+)", limits.read())
    t.equal(found.groups(), ("256", "256"))
    connections = int(re.search(r'"connections":"(\d+)"', server.log()).group(1))
    t.true(16 <= connections < 200, "%d connections of 256 files" % connections)


def test_a_limit_that_is_too_low_is_told(t):
    server = Limited()
    server.files = "64:64"
    try:
        server.start()
        raise Failed("it started")
    except ServerFailed as error:
        found = re.search(r"RLIMIT_NOFILE\) is 64, and must be (\d+) or more", str(error))
        t.true(found is not None, "log: %s" % error)
        server.files = "%s:%s" % (found.group(1), found.group(1))
        server.start()  # with that it does
    finally:
        server.close()


def test_the_most_workers_start(t):
    server = t.start(extra=["--workers", "59"])
    t.equal(server.client().query("ListUsers").status, 200)


@seconds(240)
def test_idle_strangers_take_no_descriptor_from_others(t):
    server = limited(t)
    root = server.client()
    root.call("CreateUser", UserName="before")
    held = [knock(server) for _ in range(300)]
    try:
        for i in range(50):
            t.equal(server.client().query("GetCallerIdentity", service="sts").status, 200,
                    "a new connection")
            t.equal(root.query("ListUsers").status, 200, "a kept one")
            t.equal(root.query("TagUser", {"UserName": "before", "Tags": [
                {"Key": "k", "Value": str(i)}]}).status, 200, "a write")
        with server.connect() as connection:
            t.equal(connection.request("GET", "/readyz", [("Host", "x")]).status, 200, "readyz")
    finally:
        close_all(held)
    wait_for_log(t, server, '"closedForOthers"')
    t.true(len([r for r in server.audit() if r["eventName"] == "TagUser"]) == 50, "records")


# -- connections -------------------------------------------------------------------------------


def test_a_source_has_its_number_of_connections(t):
    server = t.start(extra=NOBODY_EXEMPT + ["--per-source-connections", "5"])
    held = [knock(server, "127.0.0.2", HEALTHZ) for _ in range(5)]
    try:
        t.equal([status_of(sock) for sock in held], [200] * 5)
        with knock(server, "127.0.0.2", HEALTHZ) as sixth:
            t.equal(status_of(sixth), 503)
        with knock(server, "127.0.0.3", HEALTHZ) as other:
            t.equal(status_of(other), 200)
        t.equal(server.client().query("ListUsers").status, 200)
        wait_for_log(t, server, '"refusedPerSource":"1"')
        t.contains(server.log(), '"lastSource":"127.0.0.2"')
        held.pop().close()
        deadline = time.monotonic() + 30
        status = 503
        while status == 503 and time.monotonic() < deadline:
            with knock(server, "127.0.0.2", HEALTHZ) as again:
                status = status_of(again)
        t.equal(status, 200, "when one has gone")
    finally:
        close_all(held)


def test_loopback_is_exempt_unless_told(t):
    server = t.start(extra=["--per-source-connections", "3"])
    held = [knock(server) for _ in range(20)]
    try:
        for _ in range(60):
            with knock(server, data=b"NONSENSE\r\n") as sock:
                t.equal(status_of(sock), 400)
        t.equal(server.client().query("ListUsers").status, 200)
    finally:
        close_all(held)


def refused_in_the_end(server, source, data, limit=200):
    """How often a source may send data before it is refused; None: always."""
    for count in range(limit):
        with knock(server, source, data) as sock:
            if status_of(sock) in (503, None):
                return count
    return None


def signed(server, secret):
    client = server.client(server.key_id, secret)
    headers = client.signer("sts").sign_headers("POST", "/", client.headers(), WHO)
    lines = ["POST / HTTP/1.1"] + ["%s: %s" % pair for pair in headers]
    lines.append("Content-Length: %d" % len(WHO))
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + WHO


def test_bad_requests_and_failed_signatures_are_penalised(t):
    server = t.start(extra=NOBODY_EXEMPT)
    kept = server.client()
    kept.call("ListUsers")
    for source, data in (("127.0.0.2", b"NONSENSE\r\n"),
                         ("127.0.0.3", signed(server, "x" * 40)),
                         ("127.0.0.4", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
                                       b"Content-Type: " + FORM.encode() + b"\r\n\r\nAction=No")):
        count = refused_in_the_end(server, source, data)
        t.true(count is not None and count >= 10, "%s: refused after %s" % (source, count))
        with knock(server, source, signed(server, server.secret)) as sock:
            t.true(status_of(sock) in (503, None), "%s is let in" % source)
    t.equal(refused_in_the_end(server, "127.0.0.5", signed(server, server.secret), 60), None,
            "who signs well")
    t.equal(kept.query("ListUsers").status, 200, "another source")
    wait_for_log(t, server, '"refusedPenalised"')


# -- memory ------------------------------------------------------------------------------------


class Returning(Server):
    """Under a sanitizer too, freed memory goes back to the system at once."""

    def environment(self):
        env = super().environment()
        env["ASAN_OPTIONS"] += ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64" \
                               ":allocator_release_to_os_interval_ms=100"
        return env


@seconds(240)
def test_half_sent_bodies_are_bounded_and_memory_returns(t):
    server = Returning(extra=["--request-memory", "64m"])
    t.own.append(server)
    server.start()
    root = server.client()
    root.call("CreateUser", UserName="first")
    before = server.memory_kib()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"
    held = []
    for _ in range(300):
        sock = knock(server)
        held.append(sock)
        with contextlib.suppress(OSError):  # refused while it sends
            sock.sendall(head + b"x" * 600000)
    # Each that is not refused holds a buffer of 1 MiB, of 16 that strangers have.
    t.true(wait_for_refusals(held, 280) >= 280, "few are refused")
    during = server.memory_kib()
    # Who is authenticated goes on, with bodies that no stranger could send now; so does what is small.
    large = root.query("CreatePolicy", {"PolicyName": "p", "PolicyDocument": "x" * 600000})
    t.true(large.status in (400, 409), "a large body: %r" % large)
    t.equal(server.client().query("ListUsers").status, 200, "a small request of a new connection")
    close_all(held)
    after = wait_for_memory(server, before + 16 * 1024)
    print("RSS in KiB: %d before, %d during, %d after" % (before, during, after))
    t.true(during - before < 16 * 1024 + 300 * 40 + 24 * 1024,
           "%d KiB for half-sent bodies" % (during - before))
    t.true(after - before < 16 * 1024, "%d KiB stay" % (after - before))


def wait_for_refusals(held, count, limit=20):
    """How many have an answer, or were closed, although their requests are not complete."""
    deadline = time.monotonic() + limit
    refused = []
    while len(refused) < count and time.monotonic() < deadline:
        time.sleep(0.1)
        refused = select.select(held, [], [], 0)[0]
    return len(refused)


def wait_for_memory(server, kib, limit=20):
    deadline = time.monotonic() + limit
    while server.memory_kib() > kib and time.monotonic() < deadline:
        time.sleep(0.2)
    return server.memory_kib()


# -- what is told ------------------------------------------------------------------------------


def test_no_answer_may_be_stored(t):
    server = t.start()
    alice = t.user(policy=[allow("iam:ListUsers")], server=server)
    answers = [server.client().query("ListUsers"), alice.client.query("ListRoles"),
               server.client(server.key_id, "x" * 40).query("ListUsers"),
               server.client().query("ListUsers", {"MaxItems": "0"})]
    for method, target, headers in (("GET", "/healthz", [("Host", "x")]),
                                    ("GET", "/readyz", [("Host", "x")]),
                                    ("GET", "/.well-known/authzen-configuration", [("Host", "x")]),
                                    ("GET", "/nowhere", [("Host", "x")]),
                                    ("HEAD", "/healthz", [("Host", "x")]),
                                    ("FROB", "/", [("Host", "x")]), ("GET", "/", []),
                                    ("GET", "/" + "x" * 40000, [("Host", "x")])):
        with server.connect() as connection:
            answers.append(connection.request(method, target, headers))
    for answer in answers:
        values = [value for name, value in answer.headers if name.lower() == "cache-control"]
        t.equal(values, ["no-store"], "Cache-Control of %r" % answer)
    t.true(len({answer.status for answer in answers}) > 4, "kinds of answers")


def test_http_1_0_as_nginx_sends_it(t):
    server = t.start()
    request = signed(server, server.secret).replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)
    for connection_header in (b"", b"Connection: close\r\n", b"Connection: keep-alive\r\n"):
        data = request.replace(b"\r\n", b"\r\n" + connection_header, 1)
        with server.connect() as connection:
            connection.send(data + data)
            answer = connection.read_response("POST")
            t.equal(answer.status, 200, repr(connection_header))
            t.contains(answer.text, ":root</Arn>")
            t.true(answer.closed and answer.header("Transfer-Encoding") is None, "framing")
            t.true(connection.ended(10), "the connection stays open")
            t.equal(connection.buffer, b"", "what follows the answer")
    for data, status in ((b"GET /healthz HTTP/1.0\r\n\r\n", 400),
                         (b"POST / HTTP/1.0\r\nHost: x\r\n\r\nabc", 411),
                         (b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                          b"0\r\n\r\n", 400)):
        with server.connect() as connection:
            connection.send(data)
            t.equal(connection.read_response().status, status, repr(data))
            t.true(connection.ended(10), "the connection stays open")


def test_a_public_address_in_clear_is_warned_of(t):
    warning = "can be read on the network"
    for extra, is_warned in (([], False), (["--listen", "0.0.0.0:0"], True),
                             (["--listen", "0.0.0.0:0", "--tls", "self-signed"], False)):
        log = t.start(extra=extra).log()
        t.equal(warning in log, is_warned, "%s: the warning" % extra)


def test_mode_and_group_of_the_unix_socket(t):
    with tempfile.TemporaryDirectory() as place:
        path = place + "/s"
        groups = [os.getgid()] + os.getgroups()
        t.start(extra=["--unix", path, "--unix-mode", "0620", "--unix-group", str(groups[-1])])
        found = os.stat(path)
        t.equal(stat.S_IMODE(found.st_mode), 0o620, "mode")
        t.equal(found.st_gid, groups[-1], "group")
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(path)
            sock.sendall(HEALTHZ)
            t.equal(status_of(sock), 200)


# -- TLS ---------------------------------------------------------------------------------------


def make_certificate(place, name):
    """Replaces both files, each in one step, as tools that renew certificates do."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=DNS:%s,IP:127.0.0.1" % name, "-keyout",
                    place + "/new-key.pem", "-out", place + "/new-cert.pem"], check=True,
                   capture_output=True)
    for suffix in ("key", "cert"):
        os.replace("%s/new-%s.pem" % (place, suffix), "%s/%s.pem" % (place, suffix))


def name_of(server):
    """The name in the certificate that a new handshake shows."""
    pem = ssl.get_server_certificate(("127.0.0.1", server.port))
    done = subprocess.run(["openssl", "x509", "-noout", "-subject", "-nameopt", "multiline"],
                          input=pem, capture_output=True, text=True, check=True)
    return done.stdout.rpartition("=")[2].strip()


def test_sighup_loads_the_certificate_again(t):
    with tempfile.TemporaryDirectory() as place:
        make_certificate(place, "first")
        server = t.start(extra=["--tls-cert", place + "/cert.pem", "--tls-key",
                                place + "/key.pem"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with Connection("127.0.0.1", server.port, context) as kept:
            t.equal(kept.request("GET", "/healthz", [("Host", "x")]).status, 200)
            t.equal(name_of(server), "first")
            make_certificate(place, "second")
            t.equal(name_of(server), "first", "before the signal")
            server.process.send_signal(signal.SIGHUP)
            wait_for_log(t, server, "TLS uses the certificate as it is now")
            t.equal(name_of(server), "second")
            with open(place + "/key.pem", "w", encoding="ascii") as key:
                key.write("not a key\n")
            server.process.send_signal(signal.SIGHUP)
            wait_for_log(t, server, "cannot load the TLS certificate again")
            t.equal(name_of(server), "second", "with a broken file")
            t.equal(kept.request("GET", "/healthz", [("Host", "x")]).status, 200, "a kept connection")


def test_a_plain_server_takes_sighup(t):
    server = t.start()
    server.process.send_signal(signal.SIGHUP)
    t.equal(server.client().query("ListUsers").status, 200)
    t.true("TLS" not in server.log(), "TLS in the log")
