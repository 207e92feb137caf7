# SPDX-License-Identifier: Apache-2.0
"""What runs out: descriptors, memory, room in the log's pipe."""

import fcntl
import os
import resource
import signal
import socket
import subprocess
import threading
import time

from lib.case import Failed, allow, seconds
from lib.server import Server
from lib.wire import ApiError, ConnectionEnded

SERVER = None
DESCRIPTORS = 176  # a few more than it needs at least, on two processors
STRANGER = "127.0.0.2"
MIB = 1 << 20
PATIENCE_S = 5


# -- descriptors ------------------------------------------------------------------------------


def strangers(server, count):
    """Connections of another address that say nothing."""
    idle = []
    for _ in range(count):
        try:
            idle.append(socket.create_connection(("127.0.0.1", server.port), 2,
                                                 source_address=(STRANGER, 0)))
        except OSError:
            break
    time.sleep(0.3)
    return idle


class Asker:
    """Root, who reads and writes; keeps what came back and the longest wait."""

    def __init__(self, t, server):
        self.t = t
        self.client = server.client()
        self.name = t.name("asked")
        self.client.call("CreateUser", UserName=self.name)
        self.counts = {}  # status -> how often; 0: no answer
        self.worst = 0

    def ask(self, number):
        began = time.monotonic()
        try:
            status = (self.client.query("ListUsers") if number % 2 else self.client.query(
                "TagUser", {"UserName": self.name,
                            "Tags": [{"Key": "k", "Value": str(number)}]})).status
        except (ConnectionEnded, OSError):
            status = 0
        self.worst = max(self.worst, time.monotonic() - began)
        self.counts[status] = self.counts.get(status, 0) + 1

    def go_on(self, seconds_long):
        """Asks on new connections."""
        end = time.monotonic() + seconds_long
        number = 0
        while time.monotonic() < end:
            self.client.drop()
            self.ask(number)
            number += 1
        return self

    def must_be_served(self, what):
        self.t.equal(sorted(self.counts), [200], "%s: answers" % what)
        self.t.true(self.worst < PATIENCE_S, "%s: waited for %.1f s" % (what, self.worst))

    def __str__(self):
        return "%s, the longest wait %.2f s" % (
            ", ".join("%d x %d" % (n, s) for s, n in sorted(self.counts.items())), self.worst)


@seconds(90)
def test_idle_strangers_take_no_descriptors(t):
    server = t.start(limits={resource.RLIMIT_NOFILE: DESCRIPTORS})
    t.server = server
    alice = t.user("alice", [allow("iam:ListUsers")])
    alice.client.call("ListUsers")
    root = Asker(t, server)
    idle = strangers(server, 300)
    try:
        root.go_on(10 if t.long else 2)
        t.figure("%d descriptors, %d idle strangers; root on new connections: %s", DESCRIPTORS,
                 len(idle), root)
        root.must_be_served("root on new connections")
        alice.client.call("ListUsers")
    finally:
        for one in idle:
            one.close()
    time.sleep(0.3)
    Asker(t, server).go_on(1).must_be_served("after they have gone")


@seconds(90)
def test_a_kept_connection_is_served(t):
    """Who is connected goes on being served while strangers fill the rest."""
    server = t.start(limits={resource.RLIMIT_NOFILE: DESCRIPTORS})
    t.server = server
    root = Asker(t, server)
    root.ask(1)
    idle = strangers(server, 300)
    try:
        for number in range(1000 if t.long else 60):
            root.ask(number)
    finally:
        for one in idle:
            one.close()
    t.figure("root on a kept connection: %s", root)
    root.must_be_served("root on a kept connection")


# -- memory -----------------------------------------------------------------------------------


def half_bodies(server, count):
    """Unsigned requests of a megabyte whose last bytes never come."""
    head = ("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: %d\r\n\r\n" % MIB).encode()
    body = b"a" * (MIB - 1)
    held = []
    for _ in range(count):
        try:
            sock = socket.create_connection(("127.0.0.1", server.port), 5,
                                            source_address=(STRANGER, 0))
            sock.settimeout(5)
            held.append(sock)
            sock.sendall(head + body)
        except OSError:
            continue
    return held


def settled_size(server):
    """KiB of addresses, once those of the threads that end after the start are given up."""
    sizes = [server.memory_kib("VmSize")]
    while len(sizes) < 100 and sizes[-10:] != sizes[-1:] * 10:
        time.sleep(0.1)
        sizes.append(server.memory_kib("VmSize"))
    return sizes[-1]


def refusals(held):
    """How many of them were answered with 503, or lost their connection."""
    count = 0
    for sock in held:
        try:
            sock.settimeout(0.01)
            count += sock.recv(64)[9:12] in (b"503", b"")
        except TimeoutError:
            continue
        except OSError:
            count += 1
    return count


def load(server, end, counts, lock):
    """Batches of evaluations and lists until the time is over."""
    client = server.client()
    question = {"subject": {"type": "user", "id": "arn:aws:iam::%s:user/alice" % server.account},
                "action": {"name": "s3:GetObject"}, "resource": {"type": "s3", "id": "arn:aws:s3:::b/k"},
                "context": {"pad": "x" * 2000}}
    while time.monotonic() < end:
        try:
            response = client.post_json("/access/v1/evaluations", {"evaluations": [question] * 150})
            status = response.status
        except (ConnectionEnded, OSError):
            status = 0
        with lock:
            counts[status] = counts.get(status, 0) + 1


def squeeze(server, counts, seconds_long):
    """Load, with half-sent bodies of strangers. Returns how many of these were refused, of how many."""
    lock = threading.Lock()
    end = time.monotonic() + seconds_long
    threads = [threading.Thread(target=load, args=(server, end, counts, lock), daemon=True)
               for _ in range(8)]
    for thread in threads:
        thread.start()
    held = half_bodies(server, 40)
    for thread in threads:
        thread.join(60)
    refused = refusals(held)
    for one in held:
        one.close()
    return refused, len(held)


@seconds(90, long=300)
def test_an_address_space_that_is_small(t):
    """Requests that find no memory are refused with 503, nobody gets a wrong answer, nothing
    crashes, and all is as before when the memory is there again."""
    # Bodies are mapped one by one: room that the heap has reserved would not count.
    server = t.start(env={"MALLOC_MMAP_THRESHOLD_": "65536"})
    t.server = server
    alice = t.user("alice", [allow("iam:ListUsers")])
    alice.client.call("ListUsers")
    pid = server.process.pid
    hard = resource.prlimit(pid, resource.RLIMIT_AS)[1]
    counts = {}
    for _ in range(4):  # what the server gave up meanwhile is room, so that one try may not be enough
        resource.prlimit(pid, resource.RLIMIT_AS, ((settled_size(server) << 10) + 6 * MIB, hard))
        refused, tried = squeeze(server, counts, 20 if t.long else 3)
        if refused + counts.get(503, 0) > 0:
            break
    t.true(server.alive(), "the server has ended")
    resource.prlimit(pid, resource.RLIMIT_AS, (hard, hard))
    deadline = time.monotonic() + 10
    while True:
        try:
            alice.client.call("ListUsers")
            t.denied(alice.client.call, "ListGroups")
            t.root.call("CreateUser", UserName=t.name("after"))
            break
        except (ApiError, ConnectionEnded, OSError) as error:
            t.true(time.monotonic() < deadline, "no recovery: %s" % error)
            time.sleep(0.1)
    t.figure("6 MiB to grow: %d of %d half-sent bodies refused; answers to others: %s", refused,
             tried, ", ".join("%d x %d" % (n, s) for s, n in sorted(counts.items())))
    t.true(refused + counts.get(503, 0) > 0, "memory was never short")
    t.true(set(counts) <= {0, 200, 503}, "answers: %s" % counts)


@seconds(120)
def test_memory_is_returned(t):
    """After a flood of half-sent bodies the process is about as small as before."""
    server = t.start()
    t.server = server
    t.root.call("ListUsers")
    before = server.memory_kib()
    held = half_bodies(server, 1500 if t.long else 400)
    most = server.memory_kib()
    for one in held:
        one.close()
    deadline = time.monotonic() + 15
    after = server.memory_kib()
    while after > before + 64 * 1024 and time.monotonic() < deadline:
        time.sleep(0.2)
        after = server.memory_kib()
    t.figure("%d half-sent bodies: resident %d MiB before, %d MiB with them, %d MiB after", len(held),
             before >> 10, most >> 10, after >> 10)
    t.true(most < before + 256 * 1024, "strangers took %d MiB" % ((most - before) >> 10))
    t.true(after < before + 64 * 1024, "%d MiB were not returned" % ((after - before) >> 10))


# -- the log ----------------------------------------------------------------------------------


class ReaderStops(Server):
    """A server whose log goes into a small pipe, of which the test reads as long as it likes."""

    def open_log(self):
        out, into = os.pipe()
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, 4096)
        self.reading = True
        threading.Thread(target=self.pump, args=(out,), daemon=True).start()
        return os.fdopen(into, "ab", buffering=0)

    def pump(self, out):
        with open(self.log_path, "ab", buffering=0) as log:
            while True:
                while not self.reading:
                    time.sleep(0.01)
                data = os.read(out, 4096)
                if not data:
                    return
                log.write(data)


def with_a_silent_reader(t):
    """A server whose log is full: refused documents are logged, one line for each."""
    server = ReaderStops()
    t.own.append(server)
    server.start()
    t.server = server
    t.root.call("CreateUser", UserName="alice")
    server.reading = False
    flood = server.client()
    flood.server = server
    for _ in range(60):
        flood.connection().sock.settimeout(3)
        try:
            flood.query("PutUserPolicy", {"UserName": "alice", "PolicyName": "p", "PolicyDocument":
                                          '{"Version":"2012-10-17","Statement":[{}]}'})
        except (ConnectionEnded, OSError):
            break
    return server


@seconds(90)
def test_a_log_reader_that_stops_stops_nothing(t):
    server = with_a_silent_reader(t)
    try:
        client = server.client()
        client.connection().sock.settimeout(5)
        try:
            client.call("CreateUser", UserName="bob")
            client.call("GetUser", UserName="bob")
        except (ConnectionEnded, OSError) as error:
            raise Failed("nobody is answered while the log is not read: %s" % error) from error
        Asker(t, server).go_on(1).must_be_served("while the log is not read")
    finally:
        server.reading = True


@seconds(90)
def test_sigterm_with_a_log_reader_that_stops(t):
    server = with_a_silent_reader(t)
    try:
        server.process.send_signal(signal.SIGTERM)
        try:
            code = server.process.wait(20)
        except subprocess.TimeoutExpired:
            raise Failed("no end within 20 s of SIGTERM") from None
        server.process = None
        t.equal(code, 0, "exit code")
    finally:
        server.reading = True
