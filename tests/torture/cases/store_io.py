# SPDX-License-Identifier: Apache-2.0
"""A disk whose calls fail or hang: what was acknowledged is there, what was refused is not, before
and after a kill -9."""

import errno
import threading
import time

import faults
from lib.case import Failed, allow, seconds
from lib.server import Background, ServerFailed
from lib.wire import ApiError, ConnectionEnded
from workload import (OUTCOME_UNKNOWN, Writer, compare, is_one_of, outcomes, prepare, read,
                      settle)

SERVER = None
HANG_S = 3
READERS = 4
MISSES = 3
LOOKS = 30
PATIENCE_S = 40


class Disk:
    """A server whose calls can fail, and one writer."""

    def __init__(self, t):
        self.faults = faults.Faults()
        self.server = t.start(**self.faults.options())
        t.server = self.server
        self.writer = Writer(self.server, "w", 1, *prepare(self.server))

    def write(self, steps):
        """False: the server has ended, which a failed disk may do to it."""
        return self.writer.run(steps)

    def look(self):
        """Asks for every user while calls fail: each answer is right, or a 5xx. Several at a time, so
        that the server uses connections to the database that have not seen the last writes."""
        readers = [Background(self.look_alone) for _ in range(READERS)]
        for reader in readers:
            reader.finish()

    def look_alone(self):
        client = self.server.client()
        for name, states in outcomes(self.writer).items():
            try:
                found = read(client, name)
            except ApiError as error:
                if error.status < 500:
                    raise
                continue
            if not is_one_of(found, states):
                raise Failed("%s: %r" % (name, found))

    def check(self):
        """The state as the server has it now, then as it has it after a kill -9."""
        self.faults.heal()
        compared = 0
        if self.server.alive():
            compared += compare(self.server, [self.writer])
        self.server.kill()
        self.server.start()
        self.writer.client.drop()
        compared += compare(self.server, [self.writer])
        settle(self.server, [self.writer])
        return compared


def sync_fails(t, error, times):
    disk = Disk(t)
    disk.write(20)
    compared = failures = 0
    rounds = 100 if t.long else 5
    for number in range(rounds):
        disk.faults.fail(faults.SYNC, error=error, times=times)
        disk.write(1 + number // 3 % 3)
        failures += disk.faults.count(faults.SYNC)[1]
        disk.faults.heal()
        # What comes next, if anything, must not carry along what was refused.
        disk.write(number % 3 * 4)
        compared += disk.check()
        t.true(disk.write(2), "no writes after the restart")
    t.true(failures >= rounds, "only %d calls failed" % failures)
    t.figure("%d rounds, %d failed fdatasync, %d writes acknowledged, %d failed, %d users compared",
             rounds, failures, disk.writer.acknowledged, disk.writer.failed, compared)


@seconds(60, long=600)
def test_sync_fails_once_with_EIO(t):
    sync_fails(t, errno.EIO, 1)


@seconds(60, long=600)
def test_sync_fails_once_with_ENOSPC(t):
    sync_fails(t, errno.ENOSPC, 1)


@seconds(60, long=600)
def test_sync_fails_for_good(t):
    sync_fails(t, errno.EIO, faults.ALWAYS)


@seconds(60, long=600)
def test_a_refused_right_is_not_in_force_after_a_crash(t):
    """Of the rights of an administrator: the answer was an error, so nobody has them."""
    rounds = 30 if t.long else 3
    refused = 0
    for number in range(rounds):
        disk = Disk(t)
        admin = t.policy("admin", allow("*"))
        alice = t.user("alice", [allow("iam:GetUser")])
        disk.faults.fail(faults.SYNC, times=1)
        answered = True
        try:
            t.root.call("AttachUserPolicy", UserName=alice.name, PolicyArn=admin)
        except (ApiError, ConnectionEnded, OSError):
            answered = False
        disk.faults.heal()
        disk.write(number % 3)
        disk.server.kill()
        disk.server.start()
        again = disk.server.client(alice.key_id, alice.client.secret)
        if answered:
            again.call("ListUsers")
        else:
            refused += 1
            t.denied(again.call, "ListUsers")
        disk.server.stop()
    t.true(refused > 0, "no write was refused")
    t.figure("%d rounds, %d times AttachUserPolicy was refused", rounds, refused)


def each_call_fails(t, op, files, times):
    """Lets the first call fail, then the second, and so on, until there are fewer, some times in a
    row: how many reads there are depends on which thread was faster."""
    disk = Disk(t)
    disk.check()  # after a start little is cached, so that there is something to read
    steps = 12 if t.long else 2
    compared = tried = missed = 0
    reads = op == faults.READ
    limit = (100 if reads else 400) if t.long else (5 if reads else 25)
    for after in range(limit):
        disk.faults.fail(op, files=files, after=after, times=times)
        if disk.write(steps):
            disk.look()
        # A connection that has made the last write has it in memory; another one reads, and there is
        # one only when two look at the same time.
        for _ in range(LOOKS if reads else 0):
            if disk.faults.count(op)[1] > 0 or not disk.server.alive():
                break
            disk.look()
        failed = disk.faults.count(op)[1]
        compared += disk.check()
        tried += failed > 0
        missed = 0 if failed > 0 else missed + 1
        if missed == MISSES:
            break
    t.true(tried > 0, "no call failed")
    t.figure("%d calls failed in turn, %d writes acknowledged, %d failed, %d users compared", tried,
             disk.writer.acknowledged, disk.writer.failed, compared)


@seconds(60, long=900)
def test_each_write_to_the_log_fails_once(t):
    each_call_fails(t, faults.WRITE, faults.WAL, 1)


@seconds(60, long=900)
def test_each_write_to_the_log_fails_for_good(t):
    each_call_fails(t, faults.WRITE, faults.WAL, faults.ALWAYS)


@seconds(60, long=900)
def test_each_sync_fails_once(t):
    each_call_fails(t, faults.SYNC, faults.STORE, 1)


@seconds(60, long=900)
def test_each_read_fails_once(t):
    each_call_fails(t, faults.READ, faults.STORE, 1)


def long_checkpoint(t, op):
    """The log is carried over into the database while calls on the database fail."""
    disk = Disk(t)
    rounds = 40 if t.long else 2
    failures = compared = 0
    for number in range(rounds):
        disk.faults.fail(op, files=faults.DATABASE, after=number % 7, times=1 + number % 3)
        disk.write(150)
        failures += disk.faults.count(op)[1]
        compared += disk.check()
    t.figure("%d rounds, %d calls failed, %d writes acknowledged, %d failed, %d users compared",
             rounds, failures, disk.writer.acknowledged, disk.writer.failed, compared)
    return failures


@seconds(60, long=900)
def test_writes_of_a_checkpoint_fail(t):
    t.true(long_checkpoint(t, faults.WRITE) > 0, "no call failed")


@seconds(60, long=900)
def test_syncs_of_a_checkpoint_fail(t):
    t.true(long_checkpoint(t, faults.SYNC) > 0, "no call failed")


def start_with(t, disk, op, after):
    """A start whose call fails: it serves, or ends with 1 and says why. Returns whether one failed,
    and whether it served."""
    disk.server.kill()
    disk.faults.fail(op, after=after, times=1)
    try:
        disk.server.start()
    except ServerFailed as error:
        t.contains(str(error), "ended with 1 ", "a start whose call fails")
        t.contains(str(error), '"level":"error"', "what is said of a start that fails")
    return disk.faults.count(op)[1] > 0, disk.server.alive()


@seconds(60, long=900)
def test_each_call_of_a_start_fails(t):
    disk = Disk(t)
    failed = served = compared = 0
    for op in (faults.OPEN, faults.READ, faults.WRITE, faults.SYNC, faults.TRUNCATE, faults.NAME):
        for after in range(0, 200, 1 if t.long else 6):
            disk.write(3)  # so that there is a log to take over
            did_fail, did_serve = start_with(t, disk, op, after)
            failed += did_fail
            served += did_serve
            compared += disk.check()
            if not did_fail:
                break
    t.true(failed > 0, "no call failed")
    t.figure("%d calls failed in turn, %d starts served nevertheless or without a failure, "
             "%d users compared", failed, served, compared)


class Hung:
    """A server whose disk hangs while a write of root waits."""

    def __init__(self, t):
        self.t = t
        self.disk = Disk(t)
        self.alice = t.user("alice", [allow("iam:ListUsers")])
        self.alice.client.call("ListUsers")
        self.disk.faults.hang(faults.SYNC)
        self.outcome = None
        self.thread = threading.Thread(target=self.wait, daemon=True)
        self.thread.start()
        deadline = time.monotonic() + PATIENCE_S
        while self.disk.faults.count(faults.SYNC)[1] == 0:
            t.true(time.monotonic() < deadline, "no write waits for the disk")
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.disk.faults.heal()  # or the server would never end

    def wait(self):
        client = self.disk.server.client()
        try:
            client.call("CreateUser", UserName="waits")
            self.outcome = (200, "")
        except ApiError as error:
            self.outcome = (error.status, error.message)
        except (ConnectionEnded, OSError) as error:
            self.outcome = (0, str(error))

    def heal(self):
        """The disk works again: writes do, and what was answered about the one that waited holds."""
        self.disk.faults.heal()
        self.thread.join(30)
        t = self.t
        t.true(self.outcome is not None, "the write that waited was never answered")
        deadline = time.monotonic() + 20
        while True:
            try:
                t.root.call("CreateUser", UserName=t.name("after"))
                break
            except ApiError as error:
                t.true(error.status >= 500 and time.monotonic() < deadline, "no writes: %s" % error)
                time.sleep(0.2)
        t.equal(self.disk.server.stop(), 0, "exit code")
        self.disk.server.start()
        names = [user["UserName"] for user in t.root.call("ListUsers")["Users"]]
        status, message = self.outcome
        if status != 0 and OUTCOME_UNKNOWN not in message:
            t.equal("waits" in names, status == 200, "the write that waited, answered %d" % status)


@seconds(90)
def test_decisions_go_on_while_a_sync_hangs(t):
    worst = count = 0
    with Hung(t) as hung:
        end = time.monotonic() + (20 if t.long else HANG_S)
        while time.monotonic() < end:
            began = time.monotonic()
            hung.alice.client.call("ListUsers")
            t.denied(hung.alice.client.call, "ListGroups")
            worst = max(worst, time.monotonic() - began)
            count += 2
        t.true(worst < 2, "a decision took %.1f s" % worst)
        hung.heal()
    t.figure("%d decisions while it hung, the slowest pair %.0f ms", count, worst * 1000)


def readyz(server):
    with server.connect() as connection:
        response = connection.request("GET", "/readyz", [("Host", server.host_header)])
    return response.status, response.text


def wait_for_readyz(t, server, status, what, limit=PATIENCE_S):
    began = time.monotonic()
    while True:
        found, text = readyz(server)
        if found == status:
            return time.monotonic() - began, text
        t.true(time.monotonic() - began < limit, "%s: /readyz is still %d after %d s" % (
            what, found, limit))
        time.sleep(0.1)


@seconds(120)
def test_a_hung_sync_is_told(t):
    """The write is answered with 503 after a time, and /readyz says that it does not write."""
    with Hung(t) as hung:
        waited, text = wait_for_readyz(t, hung.disk.server, 503, "while fdatasync hangs")
        t.true("writes: ok" not in text, "/readyz: %s" % text)
        hung.thread.join(PATIENCE_S)
        t.true(hung.outcome is not None, "the write is not answered while the disk hangs")
        t.equal(hung.outcome[0], 503, "answer to a write that waits")
        hung.heal()
    t.figure("/readyz told it after %.1f s", waited)


@seconds(120)
def test_sigterm_while_a_sync_hangs(t):
    """The server ends; the write is answered before, and what was acknowledged is there."""
    with Hung(t) as hung:
        server = hung.disk.server
        began = time.monotonic()
        code = server.stop()
        t.figure("SIGTERM while fdatasync hangs: ended after %.0f s", time.monotonic() - began)
        hung.thread.join(5)
        t.equal(code, 1, "exit code")
        t.true(hung.outcome is not None and hung.outcome[0] != 200, "the write: %s" % (hung.outcome,))
        t.contains(server.log(), "without waiting for the store", "log")
        hung.disk.faults.heal()
        server.start()
        hung.alice.client.call("ListUsers")


@seconds(60)
def test_a_failing_sync_is_told(t):
    disk = Disk(t)
    disk.faults.fail(faults.SYNC)
    disk.write(2)
    if disk.server.alive():
        _, text = wait_for_readyz(t, disk.server, 503, "while fdatasync fails", 10)
        t.true("writes: ok" not in text, "/readyz: %s" % text)
        disk.faults.heal()
        wait_for_readyz(t, disk.server, 200, "after the disk was mended", 20)
    disk.check()


@seconds(60)
def test_a_failing_audit_is_told(t):
    """Without --audit-required requests go on, and /readyz says that it does not record."""
    disk = Disk(t)
    disk.faults.fail(faults.WRITE, files=faults.AUDIT, error=errno.ENOSPC)
    t.true(disk.write(5), "the server has ended")
    t.equal(disk.writer.failed, 0, "writes refused although records need not be kept")
    _, text = wait_for_readyz(t, disk.server, 503, "while no record is written", 10)
    t.true("records: ok" not in text, "/readyz: %s" % text)
    disk.faults.heal()
    disk.write(5)
    wait_for_readyz(t, disk.server, 200, "after the disk was mended", 20)
    disk.check()


@seconds(60)
def test_a_failing_log_stops_nothing(t):
    disk = Disk(t)
    disk.faults.fail(faults.WRITE, files=faults.LOG)
    alice = t.user("alice", [allow("iam:ListUsers")])
    alice.client.call("ListUsers")
    for _ in range(20):
        t.fails("MalformedPolicyDocument", t.root.call, "PutUserPolicy", UserName=alice.name,
                PolicyName="p", PolicyDocument="{}")  # each is logged
    t.true(disk.faults.count(faults.WRITE)[1] > 0, "nothing was logged")
    t.true(disk.write(20), "the server has ended")
    t.equal(disk.writer.failed, 0, "writes refused")
    disk.check()
