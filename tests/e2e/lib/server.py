# SPDX-License-Identifier: Apache-2.0
"""Starts an iamd of our own on a free port and ends it again; waits are bounded, nothing is left.

Only processes started here are signalled, by their pid.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import resource
import secrets
import shutil
import signal
import sqlite3
import ssl
import string
import subprocess
import tempfile
import threading
import time

from lib.recorder import Tap
from lib.wire import Client, Connection, ConnectionEnded

ROOT = pathlib.Path(__file__).resolve().parents[3]
ACCOUNT = "111122223333"
START_S = 60
STOP_S = 60
LIBC = ctypes.CDLL(None)
ALPHABET = string.ascii_letters + string.digits + "/+"


class ServerFailed(Exception):
    pass


def new_secret():
    return "".join(secrets.choice(ALPHABET) for _ in range(40))


def new_key_id():
    return "AKIA" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))


def sanitizer_env(env):
    """Every report of a sanitizer ends the process with a code that no test expects."""
    env.setdefault("ASAN_OPTIONS", "abort_on_error=0:exitcode=99:detect_leaks=1:"
                                   "allocator_may_return_null=1:malloc_context_size=15")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1:exitcode=99")
    env.setdefault("TSAN_OPTIONS", "halt_on_error=1:exitcode=99")
    return env


def die_with_parent():
    """In the child: killed when the process that started it is gone, however it went."""
    LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Server:
    """One data directory; may be started, killed and started again."""

    binary = None
    cli = None

    def __init__(self, data=None, tls=False, root_key=True, extra=(), account=ACCOUNT,
                 keep_signals=False, env=None, limits=None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="iamd-e2e-"))
        self.data = data or str(self.home / "data")
        self.tls = tls
        self.extra = list(extra)
        self.account = account
        self.key_id = new_key_id() if root_key else None
        self.secret = new_secret() if root_key else None
        self.env = dict(env or {})
        self.keep_signals = keep_signals
        self.limits = dict(limits or {})  # resource.RLIMIT_*: number, soft and hard
        self.process = None
        self.port = None
        self.log_path = self.home / "stderr.log"
        self.exit_code = None
        self.tap = None

    # -- life ------------------------------------------------------------------------------

    def command(self):
        command = [str(self.binary), "serve", "--data", self.data, "--listen", "127.0.0.1:0",
                   "--account-id", self.account]
        if self.tls:
            command += ["--tls", "self-signed"]
        return command + self.extra

    def environment(self):
        env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        if self.key_id:
            env["IAMD_ROOT_ACCESS_KEY_ID"] = self.key_id
            env["IAMD_ROOT_SECRET_ACCESS_KEY"] = self.secret
        env.update(self.env)
        return sanitizer_env(env)

    def start(self):
        self.exit_code = None
        offset = self.log_path.stat().st_size if self.log_path.exists() else 0
        with self.open_log() as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home,
                env=self.environment(), restore_signals=not self.keep_signals,
                preexec_fn=self.become)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            listen = self.ready_line(offset)
            if listen:
                self.port = int(listen.rpartition(":")[2])
                return self
            if self.process.poll() is not None:
                self.exit_code, self.process = self.process.returncode, None
                raise ServerFailed("iamd ended with %d at start:\n%s" % (
                    self.exit_code, self.log(offset)[-3000:]))
            time.sleep(0.02)
        self.kill()
        raise ServerFailed("iamd was not ready within %d s:\n%s" % (START_S, self.log(offset)[-3000:]))

    def open_log(self):
        """Where the server's log goes; what is read of it must be in log_path."""
        return open(self.log_path, "ab")

    def become(self):
        """In the child, before it is the server."""
        die_with_parent()
        for limit, number in self.limits.items():
            resource.setrlimit(limit, (number, number))

    def ready_line(self, offset):
        for line in self.log(offset).splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if record.get("msg") == "ready":
                return record["listen"]
        return None

    def log(self, offset=0):
        if not self.log_path.exists():
            return ""
        with open(self.log_path, "rb") as log:
            log.seek(offset)
            return self.whole_lines(log).decode("utf-8", "replace")

    def whole_lines(self, file):
        """What is left of a file, without a line that a server which runs is writing just now."""
        data = file.read()
        return data[:data.rfind(b"\n") + 1] if self.alive() else data

    def stop(self):
        """SIGTERM and the exit code; a server that does not end is killed and that is an error."""
        if self.process is None:
            return self.exit_code
        self.process.send_signal(signal.SIGTERM)
        try:
            self.exit_code = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed("iamd did not end within %d s of SIGTERM" % STOP_S) from None
        self.process = None
        return self.exit_code

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(STOP_S)
            self.process = None

    def restart(self):
        code = self.stop()
        assert code == 0, "exit code %s after SIGTERM:\n%s" % (code, self.log()[-3000:])
        return self.start()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def settled(self):
        """Whether it answers; one that does not is given the time to end with its report."""
        try:
            with self.connect(5) as connection:
                connection.request("GET", "/healthz", [("Host", self.host_header)])
            return self.alive()
        except (ConnectionEnded, OSError):
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
            return self.alive()

    def close(self):
        """Ends the server and removes its files; returns what is wrong with the way it ended."""
        problem = None
        if self.process is not None and self.process.poll() is not None:
            problem = "iamd had ended by itself with code %d:\n%s" % (
                self.process.returncode, self.log()[-6000:])
            self.process = None
        elif self.process is not None:
            code = self.stop()
            if code != 0:
                problem = "exit code %d after SIGTERM:\n%s" % (code, self.log()[-6000:])
        if self.tap is not None:
            self.tap.close()
            self.tap = None
        shutil.rmtree(self.home, ignore_errors=True)
        return problem

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        problem = self.close()
        if problem and kind is None:
            raise ServerFailed(problem)

    # -- use -------------------------------------------------------------------------------

    @property
    def host_header(self):
        return "127.0.0.1:%d" % self.port

    @property
    def url(self):
        return "%s://%s" % ("https" if self.tls else "http", self.host_header)

    @property
    def client_url(self):
        """The URL for real clients, where what they send and get is recorded; without TLS only."""
        assert not self.tls
        if self.tap is None:
            self.tap = Tap(self)
        return "http://127.0.0.1:%d" % self.tap.port

    def tls_context(self):
        if not self.tls:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def connect(self, timeout=30):
        return Connection("127.0.0.1", self.port, self.tls_context(), timeout)

    def client(self, key_id=None, secret=None, token=None, region="us-east-1"):
        if key_id is None:
            key_id, secret = self.key_id, self.secret
        return Client(self, key_id, secret, token, region)

    def audit_path(self):
        return pathlib.Path(self.data) / "audit.jsonl"

    def audit(self, since=0):
        """The records; since: a size that the file had."""
        with open(self.audit_path(), "rb") as file:
            file.seek(since)
            return [json.loads(line) for line in self.whole_lines(file).splitlines()]

    def reopen_audit(self, client):
        """Has the audit file, which was moved, opened again, and waits until ListRoles of client is
        in the new one, which is there a moment before it is written to: until then the records
        are in the old one."""
        path = self.audit_path()
        os.kill(self.process.pid, signal.SIGHUP)
        deadline = time.monotonic() + START_S
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        while not self.audit() and time.monotonic() < deadline:
            client.call("ListRoles")

    @contextlib.contextmanager
    def writes_wait(self):
        """Holds the database's lock for writers: a write that arrives meanwhile is queued, and fails
        when it has waited too long (about 5 s)."""
        connection = sqlite3.connect(pathlib.Path(self.data) / "iamd.db", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    def fetching(self):
        """The pids of the process that fetches and, first, of its parent."""
        parent, = children_of(self.process.pid)
        fetcher, = children_of(parent)
        return parent, fetcher

    def await_log(self, text, limit=20):
        deadline = time.monotonic() + limit
        while text not in self.log():
            if time.monotonic() > deadline:
                raise ServerFailed("the log does not tell %r" % text)
            time.sleep(0.02)

    def memory_kib(self, field="VmRSS"):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        return 0


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as children:
        return [int(child) for child in children.read().split()]


class Background(threading.Thread):
    """A thread whose exception is raised where it is joined."""

    def __init__(self, function, *args):
        super().__init__(daemon=True)
        self.function = function
        self.args = args
        self.error = None
        self.start()

    def run(self):
        try:
            self.function(*self.args)
        except BaseException as error:  # handed to the joiner
            self.error = error

    def finish(self, timeout=60):
        self.join(timeout)
        if self.is_alive():
            raise TimeoutError("thread still runs after %d s" % timeout)
        if self.error is not None:
            raise self.error
