# SPDX-License-Identifier: Apache-2.0
"""A log that nobody reads holds up nothing, and what a reader missed is told when it reads again."""

import fcntl
import json
import os
import signal
import subprocess
import time

from lib.case import Failed
from lib.server import Background, die_with_parent
from lib.wire import ApiError

SERVER = None
STOP_S = 20
PIPE_BYTES = 4096
F_SETPIPE_SZ = 1031


class Reader:
    """A server whose stderr is a small pipe, which is read only when asked."""

    def __init__(self, t, server):
        self.t = t
        self.server = server
        self.lines = []
        self.left = b""
        self.end, write_end = os.pipe()
        fcntl.fcntl(self.end, F_SETPIPE_SZ, PIPE_BYTES)
        server.process = subprocess.Popen(
            server.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=write_end,
            cwd=server.home, env=server.environment(), preexec_fn=die_with_parent,
            restore_signals=not server.keep_signals)
        os.close(write_end)
        os.set_blocking(self.end, False)
        ready = self.until(lambda line: line["msg"] == "ready", "ready")
        server.port = int(ready["listen"].rpartition(":")[2])

    def read(self):
        try:
            data = os.read(self.end, 1 << 20)
        except BlockingIOError:
            time.sleep(0.02)
            return
        *whole, self.left = (self.left + data).split(b"\n")
        self.lines += [json.loads(line) for line in whole]

    def until(self, wanted, what, wait_s=20):
        """Reads until there is such a line, which is returned."""
        deadline = time.monotonic() + wait_s
        seen = 0
        while time.monotonic() < deadline:
            for line in self.lines[seen:]:
                if wanted(line):
                    return line
            seen = len(self.lines)
            self.read()
        raise Failed("no line of the log: %s; the last are %r" % (what, self.lines[-3:]))

    def fill(self, count):
        """Makes more lines than the pipe has room for: each is a policy document that is refused."""
        client = self.server.client()
        for _ in range(count):
            try:
                client.call("CreatePolicy", PolicyName="p", PolicyDocument="{" * 40)
            except ApiError as error:
                self.t.equal(error.code, "MalformedPolicyDocument", "a document that is none")


def started(t):
    """Makes a server that the module ends, without starting it."""
    server = t.start()
    t.equal(server.stop(), 0, "exit code")
    return server


def test_the_server_answers_and_ends_though_nobody_reads(t):
    server = started(t)
    reader = Reader(t, server)
    worker = Background(reader.fill, 200)
    worker.finish(60)
    server.client().call("CreateUser", UserName="alice")
    server.client().call("GetUser", UserName="alice")
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    t.equal(server.process.wait(STOP_S), 0, "exit code")
    t.true(time.monotonic() - began < STOP_S, "SIGTERM waited for the reader of the log")
    server.process = None
    os.close(reader.end)


def test_a_reader_that_goes_on_misses_no_count(t):
    """Of lines with one text twenty a second are written; of the others, the number is."""
    server = started(t)
    reader = Reader(t, server)
    reader.fill(200)
    reader.until(lambda line: line["msg"] == "request refused" and line.get("leftOut"), "left out")

    def counted():
        """Of the lines that were read: those of a request, and how many are said to be left out."""
        refused = [line for line in reader.lines if line["msg"] == "request refused"]
        return (sum("requestId" in line for line in refused),
                sum(line.get("leftOut", 0) for line in refused))

    deadline = time.monotonic() + 20
    while sum(counted()) < 200 and time.monotonic() < deadline:
        reader.read()
    told, left_out = counted()
    t.equal(told + left_out, 200, "lines and those left out")
    t.true(left_out > 100, "only %d of 200 lines were left out" % left_out)
    server.process.send_signal(signal.SIGTERM)
    reader.until(lambda line: line["msg"] == "stopped", "stopped")
    t.equal(server.process.wait(STOP_S), 0, "exit code")
    server.process = None
    os.close(reader.end)


def test_a_reader_that_is_gone_changes_nothing(t):
    server = started(t)
    reader = Reader(t, server)
    os.close(reader.end)
    reader.fill(30)
    server.client().call("ListUsers")
    server.process.send_signal(signal.SIGTERM)
    t.equal(server.process.wait(STOP_S), 0, "exit code")
    server.process = None


def test_a_fatal_error_is_told(t):
    """The last line is out before the process has ended."""
    server = started(t)
    server.extra = ["--audit", "/no-such-directory/audit.jsonl"]
    done = subprocess.run(server.command(), stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          cwd=server.home, env=server.environment(), check=False)
    t.equal(done.returncode, 1, "exit code")
    last = json.loads(done.stderr.decode().splitlines()[-1])
    t.equal((last["level"], last["msg"], last["error"]),
            ("error", "cannot open the audit file",
             "'/no-such-directory/audit.jsonl': No such file or directory"))
