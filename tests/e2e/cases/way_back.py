# SPDX-License-Identifier: Apache-2.0
"""The way back: a lost root key, a master key that is rotated, and files that others may use."""

import base64
import contextlib
import json
import os
import pathlib
import random
import shutil
import socket
import stat
import subprocess
import threading
import time

from lib.case import Failed, allow, seconds
from lib.server import Background, Server, ServerFailed, new_key_id, new_secret

SERVER = None
# How often a rotation is killed; the long form takes its number from the environment.
KILLS = int(os.environ.get("IAMD_E2E_KILLS", "12"))
# A store takes 15 within 36 hours; one more before and after those that are killed.
ROTATIONS = 12


# ---- commands ----------------------------------------------------------------------------------


def run(server, command, *arguments, env=None):
    """Runs a command of iamd for the data directory of server."""
    variables = server.environment()
    for name in ("IAMD_ROOT_ACCESS_KEY_ID", "IAMD_ROOT_SECRET_ACCESS_KEY"):
        variables.pop(name, None)
    variables.update(env or {})
    return subprocess.run([str(Server.binary), command, "--data", server.data, *arguments],
                          capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL,
                          env=variables)


def done(t, result, what):
    t.equal(result.returncode, 0, "%s: %s%s" % (what, result.stdout, result.stderr))
    return result.stdout


def refused(t, result, *words):
    t.true(0 < result.returncode < 99, "exit code %d: %s" % (result.returncode, result.stderr))
    for word in words:
        t.contains(result.stderr, word, "message")


def refused_start(t, server, *words):
    """Starts a server that must refuse, and returns why it does."""
    offset = len(server.log().encode())
    try:
        server.start()
    except ServerFailed:
        t.true(0 < server.exit_code < 99, "exit code %d:\n%s" % (
            server.exit_code, server.log(offset)))
        last = server.log(offset).splitlines()[-1]
        error = json.loads(last)["error"] if last.startswith("{") else last
        for word in words:
            t.contains(error, word, "reason")
        return error
    raise Failed("the server starts: " + " ".join(words))


def credentials(server):
    path = pathlib.Path(server.data) / "root-credentials"
    values = dict(line.split("=", 1) for line in path.read_text(encoding="ascii").splitlines())
    return values["access_key_id"], values["secret_access_key"]


def works(server, key, secret, token=None):
    server.client(key, secret, token).call("GetCallerIdentity")


# ---- the root key ------------------------------------------------------------------------------


def test_a_lost_root_key_is_replaced(t):
    server = t.start()
    second = server.client().call("CreateAccessKey")["AccessKey"]
    alice = t.user("alice", [allow("iam:ListUsers")], server=server)
    refused(t, run(server, "reset-root"), "another iamd uses", "stop it first")
    works(server, server.key_id, server.secret)
    server.stop()
    out = done(t, run(server, "reset-root"), "reset-root")
    key, secret = credentials(server)
    t.contains(out, key, "what is said")
    t.true(secret not in out, "the secret is shown")
    path = pathlib.Path(server.data) / "root-credentials"
    t.equal(stat.S_IMODE(path.stat().st_mode), 0o600, "mode of root-credentials")
    record = server.audit()[-1]
    t.equal(record["eventName"], "ResetRoot")
    t.equal(record["responseElements"], {"accessKeyId": key})
    t.equal(record["userIdentity"]["principalId"], "uid:%d" % os.getuid())
    t.true(secret not in server.audit_path().read_text(encoding="utf-8"), "secret in the audit")

    server.start()
    works(server, key, secret)
    for old in ((server.key_id, server.secret), (second["AccessKeyId"], second["SecretAccessKey"])):
        t.fails("InvalidClientTokenId", server.client(*old).call, "GetCallerIdentity", status=403)
    alice.client.call("ListUsers")
    keys = server.client(key, secret).call("ListAccessKeys")["AccessKeyMetadata"]
    t.equal([row["AccessKeyId"] for row in keys], [key])


def test_a_root_key_is_given_for_one_that_is_lost(t):
    server = t.start(root_key=False)
    server.stop()
    key, secret = new_key_id(), new_secret()
    env = {"IAMD_ROOT_ACCESS_KEY_ID": key, "IAMD_ROOT_SECRET_ACCESS_KEY": secret}
    refused(t, run(server, "reset-root", env={"IAMD_ROOT_ACCESS_KEY_ID": key}), "together")
    refused(t, run(server, "reset-root", env=dict(env, IAMD_ROOT_SECRET_ACCESS_KEY="short")),
            "cannot use the root key")
    refused(t, run(server, "reset-root", "--account-id", "999999999999", env=env), "--account-id")
    old = credentials(server)
    server.start()
    works(server, *old)
    server.stop()
    out = done(t, run(server, "reset-root", env=env), "reset-root")
    t.true(secret not in out, "the secret is shown")
    t.true(not (pathlib.Path(server.data) / "root-credentials").exists(),
           "the credentials of a deleted key are left")
    server.start()
    works(server, key, secret)
    t.fails("InvalidClientTokenId", server.client(*old).call, "GetCallerIdentity")


def test_reset_root_needs_a_store(t):
    server = Server()
    t.own.append(server)
    refused(t, run(server, "reset-root"), "cannot open the data directory")
    os.mkdir(server.data, 0o700)
    refused(t, run(server, "reset-root"), "there is no store in")
    t.true("iamd.db" not in os.listdir(server.data), "a store was made")


def test_the_last_active_root_key_stays(t):
    server = t.start()
    root = server.client()
    mine = {"AccessKeyId": server.key_id}
    words = "last active access key of the root user"
    t.fails("DeleteConflict", root.call, "DeleteAccessKey", status=409, contains=words, **mine)
    t.fails("DeleteConflict", root.call, "UpdateAccessKey", status=409, contains=words,
            Status="Inactive", **mine)
    root.call("UpdateAccessKey", Status="Active", **mine)
    second = root.call("CreateAccessKey")["AccessKey"]
    root.call("UpdateAccessKey", AccessKeyId=second["AccessKeyId"], Status="Inactive")
    # An inactive key is no way in.
    t.fails("DeleteConflict", root.call, "DeleteAccessKey", **mine)
    t.fails("DeleteConflict", root.call, "UpdateAccessKey", Status="Inactive", **mine)
    root.call("UpdateAccessKey", AccessKeyId=second["AccessKeyId"], Status="Active")
    root.call("UpdateAccessKey", Status="Inactive", **mine)
    other = server.client(second["AccessKeyId"], second["SecretAccessKey"])
    t.fails("DeleteConflict", other.call, "DeleteAccessKey", AccessKeyId=second["AccessKeyId"])
    other.call("DeleteAccessKey", **mine)
    t.fails("DeleteConflict", other.call, "DeleteAccessKey", AccessKeyId=second["AccessKeyId"])
    # Of other users the last key goes as ever.
    other.call("CreateUser", UserName="alice")
    key = other.call("CreateAccessKey", UserName="alice")["AccessKey"]
    other.call("DeleteAccessKey", UserName="alice", AccessKeyId=key["AccessKeyId"])


def warnings(server, offset):
    records = [json.loads(line) for line in server.log(offset).splitlines()]
    return [record["msg"] for record in records
            if record["level"] == "warn" and "running as root" not in record["msg"]]


def test_variables_that_do_not_match_are_said_to_be_ignored(t):
    server = t.start()
    key, secret = server.key_id, server.secret
    t.equal(warnings(server, 0), [], "warnings of a first start")
    for new_key, new, word in ((key, secret, None),
                               (key, new_secret(), "IAMD_ROOT_SECRET_ACCESS_KEY is ignored"),
                               (new_key_id(), new_secret(), "IAMD_ROOT_ACCESS_KEY_ID is ignored")):
        server.stop()
        offset = len(server.log().encode())
        server.key_id, server.secret = new_key, new
        server.start()
        said = [line for line in warnings(server, offset) if "ignored" in line]
        t.equal(len(said), 1 if word else 0, "warnings %s" % said)
        t.true(not word or word in said[0], "warning: %s" % said)
        t.true(new not in server.log(offset) or new == secret, "the secret is in the log")
        works(server, key, secret)
        server.stop()
        server.start()
    server.account = "999999999999"
    server.stop()
    refused_start(t, server, "--account-id")


# ---- what belongs together ---------------------------------------------------------------------


def test_a_store_and_its_master_key_belong_together(t):
    server = t.start()
    data = pathlib.Path(server.data)
    server.stop()
    aside = server.home / "aside"
    os.rename(data / "master.key", aside)
    refused_start(t, server, "master.key' is missing", "put the file back")
    refused(t, run(server, "reset-root"), "master.key' is missing")
    refused(t, run(server, "rotate-master-key"), "master.key' is missing")
    t.true(not (data / "master.key").exists(), "a master key was made")
    shutil.copy(aside, data / "master.key")
    server.start()
    server.stop()

    os.rename(data / "iamd.db", server.home / "iamd.db")
    before = sorted(os.listdir(data))
    refused_start(t, server, "iamd.db' is missing", "put iamd.db back from a backup")
    t.equal(sorted(os.listdir(data)), before, "files of the data directory")
    os.rename(server.home / "iamd.db", data / "iamd.db")
    server.start()
    works(server, server.key_id, server.secret)
    server.stop()
    (data / "master.key").write_bytes(os.urandom(32))
    refused_start(t, server, "the master key is not the one that sealed this store")


def kill_at_start(server, delay):
    with open(server.log_path, "ab") as log:
        process = subprocess.Popen(server.command(), stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, env=server.environment())
    time.sleep(delay)
    process.kill()
    process.wait()


@seconds(240)
def test_a_first_start_that_is_killed_is_begun_again(t):
    server = t.start()
    began = time.monotonic()
    server.stop()
    shutil.rmtree(server.data)
    server.start()
    whole = time.monotonic() - began
    server.stop()
    for round_number in range(KILLS):
        shutil.rmtree(server.data)
        kill_at_start(server, whole * round_number / KILLS)
        server.start()
        works(server, server.key_id, server.secret)
        server.stop()


# ---- rotation ----------------------------------------------------------------------------------


class Load:
    """Requests that must all succeed until the load is ended: each by a thread of its own."""

    def __init__(self):
        self.ended = threading.Event()
        self.threads = []
        self.counts = {}

    def add(self, name, function):
        self.counts[name] = 0

        def repeat():
            while not self.ended.is_set():
                function()
                self.counts[name] += 1
        self.threads.append(Background(repeat))

    def go_on(self):
        """Waits a little; on a busy machine until each has done something since."""
        before, begun = dict(self.counts), time.monotonic()
        while time.monotonic() < begun + 0.3 or (
                any(self.counts[name] == before[name] for name in before)
                and all(thread.is_alive() for thread in self.threads)
                and time.monotonic() < begun + 30):
            time.sleep(0.01)

    def finish(self):
        self.ended.set()
        for thread in self.threads:
            thread.finish()


@seconds(240)
def test_nothing_fails_while_the_master_key_is_rotated(t):
    server = t.start()
    t.server = server
    users = [t.user("user", [allow("iam:ListUsers")]) for _ in range(70)]
    _, role = t.role(policy=[allow("iam:ListUsers")])
    caller = t.user("caller", [allow("sts:AssumeRole")])
    old = t.assume(caller.client, role)
    made = []
    load = Load()
    assuming = server.client(caller.key_id, caller.client.secret)
    writing, paging = server.client(), server.client()

    def signed():
        user = random.choice(users)
        server.client(user.key_id, user.client.secret).call("ListUsers", MaxItems=1)

    def write():
        name = t.name("made")
        writing.call("CreateUser", UserName=name)
        key = writing.call("CreateAccessKey", UserName=name)["AccessKey"]
        made.append((key["AccessKeyId"], key["SecretAccessKey"]))
        works(server, *made[-1])

    def session():
        t.assume(assuming, role).call("ListUsers", MaxItems=1)

    def pages():
        part = paging.call("ListUsers", MaxItems=30)
        while part.get("Marker"):
            part = paging.call("ListUsers", MaxItems=30, Marker=part["Marker"])

    load.add("signed", signed)
    load.add("kept session", lambda: old.call("ListUsers", MaxItems=1))
    load.add("new session", session)
    load.add("write", write)
    load.add("pages", pages)
    master = (pathlib.Path(server.data) / "master.key").read_bytes()
    for _ in range(5):
        load.go_on()
        out = done(t, run(server, "rotate-master-key"), "rotation")
        t.contains(out, "secrets are sealed with the new key", "what is said")
        now = (pathlib.Path(server.data) / "master.key").read_bytes()
        t.true(now != master, "the master key is the same")
        master = now
    load.go_on()
    load.finish()
    for name, count in load.counts.items():
        t.true(count >= 5, "%s: only %d requests" % (name, count))
    server.restart()
    for key in made + [(user.key_id, user.client.secret) for user in users]:
        works(server, *key)
    works(server, old.key_id, old.secret, old.token)
    records = [record for record in server.audit() if record["eventName"] == "RotateMasterKey"]
    t.equal(len(records), 5, "records of rotations")
    t.equal(sorted(os.listdir(server.data)),
            sorted(["audit.jsonl", "control", "iamd.db", "iamd.db-reserve", "iamd.db-shm",
                    "iamd.db-wal", "lock", "master.key", "store-sealed"]), "files of the data directory")


@seconds(1800)
def test_kill_9_during_a_rotation_loses_nothing(t):
    interrupted = attempts = 0
    while interrupted < KILLS:
        found, tried = kill_rotations(t, KILLS - interrupted)
        interrupted, attempts = interrupted + found, attempts + tried
        t.true(interrupted >= KILLS or attempts <= 8 * KILLS,
               "only %d of %d rotations were interrupted" % (interrupted, attempts))


def kill_rotations(t, kills):
    """Returns how many rotations of one server were interrupted, of how many."""
    server = t.start()
    t.server = server
    keys = [(server.key_id, server.secret)]
    root = server.client()
    for _ in range(75):
        name = t.name("user")
        root.call("CreateUser", UserName=name)
        for _ in range(2):
            key = root.call("CreateAccessKey", UserName=name)["AccessKey"]
            keys.append((key["AccessKeyId"], key["SecretAccessKey"]))
    _, role = t.role(policy=[allow("iam:ListUsers")])
    caller = t.user("caller", [allow("sts:AssumeRole")])
    keys.append((caller.key_id, caller.client.secret))
    began = time.monotonic()
    done(t, run(server, "rotate-master-key"), "rotation")
    whole = time.monotonic() - began
    interrupted = attempts = 0
    while interrupted < kills and attempts < ROTATIONS:
        attempts += 1
        session = t.assume(server.client(caller.key_id, caller.client.secret), role)
        rotation = Background(rotate_until_killed, server)
        time.sleep(random.uniform(0, whole * 1.1))
        server.kill()
        interrupted += rotation_failed(rotation)
        server.start()
        for key in keys:
            works(server, *key)
        works(server, session.key_id, session.secret, session.token)
    done(t, run(server, "rotate-master-key"), "rotation after all")
    for key in keys:
        works(server, *key)
    server.stop()
    return interrupted, attempts


class Interrupted(Exception):
    pass


def rotate_until_killed(server):
    if run(server, "rotate-master-key").returncode != 0:
        raise Interrupted


def rotation_failed(rotation):
    try:
        rotation.finish()
        return False
    except Interrupted:
        return True


def test_a_rotation_without_a_server(t):
    server = t.start()
    t.server = server
    alice = t.user("alice", [allow("iam:ListUsers")])
    server.stop()
    master = (pathlib.Path(server.data) / "master.key").read_bytes()
    out = done(t, run(server, "rotate-master-key"), "rotation")
    t.contains(out, "2 secrets are sealed with the new key", "what is said")
    t.true("the next start" not in out, "something is left to do: " + out)
    t.true((pathlib.Path(server.data) / "master.key").read_bytes() != master, "the same key")
    t.equal(server.audit()[-1]["eventName"], "RotateMasterKey")
    server.start()
    alice.client.call("ListUsers")
    server.stop()
    (pathlib.Path(server.data) / "master.key").write_bytes(master)
    refused_start(t, server, "the master key is not the one that sealed this store")


def test_a_master_key_from_outside(t):
    old, new = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    server = t.start(env={"IAMD_MASTER_KEY": old})
    refused(t, run(server, "rotate-master-key"), "IAMD_NEW_MASTER_KEY")
    refused(t, run(server, "rotate-master-key", env={"IAMD_NEW_MASTER_KEY": old}), "in use")
    refused(t, run(server, "rotate-master-key", env={"IAMD_NEW_MASTER_KEY": "short"}), "not known")
    out = done(t, run(server, "rotate-master-key", env={"IAMD_NEW_MASTER_KEY": new}), "rotation")
    t.contains(out, "give the new one at the next start", "what is said")
    works(server, server.key_id, server.secret)
    offset = len(server.log().encode())
    server.restart()  # the operator has not put the new key in yet
    t.true(any("rotated" in line for line in warnings(server, offset)), "no warning")
    works(server, server.key_id, server.secret)
    server.env["IAMD_MASTER_KEY"] = new
    server.restart()
    works(server, server.key_id, server.secret)
    server.stop()
    server.env["IAMD_MASTER_KEY"] = old
    refused_start(t, server, "the master key is not the one that sealed this store")
    texts = server.log() + server.audit_path().read_text(encoding="utf-8")
    t.true(old not in texts and new not in texts, "a master key in log or audit")


def test_a_key_in_a_file_takes_no_key_from_outside(t):
    server = t.start()
    key = base64.b64encode(os.urandom(32)).decode()
    refused(t, run(server, "rotate-master-key", env={"IAMD_NEW_MASTER_KEY": key}), "unset it")
    works(server, server.key_id, server.secret)


# ---- files that others may use -----------------------------------------------------------------


def mended(t, server, error):
    """Runs the command that a refusal names, and sees the server start."""
    t.contains(error, "run: ", "reason")
    command = error.split("run: ", 1)[1]
    made = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    t.equal(made.returncode, 0, "%s: %s" % (command, made.stderr))
    server.start()
    works(server, server.key_id, server.secret)
    server.stop()


@seconds(240)
def test_modes_that_let_others_in(t):
    server = t.start()
    server.stop()
    data = pathlib.Path(server.data)
    for name, mode, word in (("", 0o777, "written"), ("", 0o770, "written"),
                             ("iamd.db", 0o644, "read"), ("master.key", 0o640, "read"),
                             ("lock", 0o666, "written"), ("audit.jsonl", 0o664, "written")):
        os.chmod(data / name, mode)
        error = refused_start(t, server, "can be %s by other users" % word)
        t.contains(error, str(data / name), "reason")
        mended(t, server, error)
    os.chmod(data, 0o755)  # readable is no harm: every file is for its owner alone
    os.chmod(data / "audit.jsonl", 0o644)
    server.start()


@seconds(240)
def test_files_of_somebody_else(t):
    if os.getuid() != 0:
        return
    server = t.start()
    server.stop()
    data = pathlib.Path(server.data)
    for name in ("iamd.db", "master.key", "audit.jsonl"):
        os.chown(data / name, 12345, 0)
        error = refused_start(t, server, "belongs to user 12345")
        mended(t, server, error)


@seconds(240)
def test_links_in_place_of_files(t):
    server = t.start()
    server.stop()
    data = pathlib.Path(server.data)
    for name in ("audit.jsonl", "iamd.db", "lock", "master.key"):
        elsewhere = server.home / ("real " + name)
        os.rename(data / name, elsewhere)
        os.symlink(elsewhere, data / name)
        error = refused_start(t, server, "is a symbolic link")
        mended(t, server, error)
    victim = server.home / "victim"
    victim.write_text("untouched", encoding="ascii")
    os.symlink(victim, data / "control")
    refused_start(t, server, "is a symbolic link")
    os.unlink(data / "control")
    link = server.home / "link"
    os.symlink(victim, link)
    for option in ("--audit", "--unix"):
        server.extra = [option, str(link)]
        refused_start(t, server, "is a symbolic link")
    t.equal(victim.read_text(encoding="ascii"), "untouched")


def test_a_tls_key_that_others_read(t):
    server = t.start()
    server.stop()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", server.home / "key.pem", "-out", server.home / "cert.pem"],
                   check=True, capture_output=True)
    key = server.home / "key.pem"
    os.symlink(key, server.home / "current.pem")  # as certificate tools have it
    server.tls = False
    server.extra = ["--tls-cert", str(server.home / "cert.pem"), "--tls-key",
                    str(server.home / "current.pem")]
    os.chmod(key, 0o644)
    error = refused_start(t, server, "can be read by other users")
    made = subprocess.run(error.split("run: ", 1)[1], shell=True, capture_output=True, text=True)
    t.equal(made.returncode, 0, made.stderr)
    server.start()


def test_a_quota_file_that_others_write(t):
    server = t.start()
    server.stop()
    path = server.home / "quotas"
    path.write_text("UsersPerAccount=3\n", encoding="ascii")
    server.extra = ["--quota-file", str(path)]
    os.chmod(path, 0o666)
    error = refused_start(t, server, "can be written by other users", "chmod go-w")
    mended(t, server, error)


def test_a_second_server_by_another_way(t):
    server = t.start()
    os.unlink(pathlib.Path(server.data) / "lock")
    second = Server(data=server.data)
    t.own.append(second)
    refused_start(t, second, "another iamd uses", "iamd.db")
    other = second.home / "other"
    other.mkdir(mode=0o700)
    os.link(pathlib.Path(server.data) / "iamd.db", other / "iamd.db")
    second.data = str(other)
    refused_start(t, second, "another iamd uses")
    works(server, server.key_id, server.secret)


def test_strangers_on_the_control_socket(t):
    server = t.start()
    path = pathlib.Path(server.data) / "control"
    t.equal(stat.S_IMODE(path.stat().st_mode), 0o600, "mode of the socket")
    for line in (b"", b"\n", b"rotate-master-key", b"rotate-master-key \n", b"x" * 4096,
                 b"\0" * 300, b"GET / HTTP/1.1\r\n\r\n"):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(30)
            sock.connect(str(path))
            with contextlib.suppress(OSError):
                sock.sendall(line)
                sock.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                t.true(not sock.recv(4096).startswith(b"ok"), "accepted: %r" % line)
    works(server, server.key_id, server.secret)
    t.true(not any(record["eventName"] == "RotateMasterKey" for record in server.audit()),
           "a rotation")
    server.stop()
    t.true(not path.exists(), "the control socket was not removed")
