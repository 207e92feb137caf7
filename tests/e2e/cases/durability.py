# SPDX-License-Identifier: Apache-2.0
"""State survives restarts, kill -9 and a full disk; and how the server starts and ends."""

import contextlib
import json
import os
import pathlib
import resource
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
import threading
import time

from lib.case import Failed, allow, decoded, document, seconds, trust
from lib.disk import fill, small_file_system
from lib.server import Background, Server, ServerFailed
from lib.wire import ApiError, ConnectionEnded, FORM, form, reason_of

SERVER = None
READ = document(allow("s3:GetObject", "arn:aws:s3:::bucket/*"))
OBJECT = "arn:aws:s3:::bucket/key"


def test_everything_survives_a_restart(t):
    server = t.start()
    t.server = server
    alice = t.user("alice", [allow("iam:ListUsers")], Tags=[{"Key": "k", "Value": "v"}])
    policy = t.policy("readers", allow("s3:GetObject"))
    t.root.call("AttachUserPolicy", UserName=alice.name, PolicyArn=policy)
    boundary = t.policy("boundary", allow("*"))
    t.root.call("PutUserPermissionsBoundary", UserName=alice.name, PermissionsBoundary=boundary)
    role, arn = t.role(policy=[allow("iam:ListGroups")])
    t.root.call("CreateGroup", GroupName="g")
    t.root.call("AddUserToGroup", GroupName="g", UserName=alice.name)
    caller = t.user("bob", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, arn)
    before = snapshot(t, alice.name, role, policy)
    server.restart()
    t.equal(snapshot(t, alice.name, role, policy), before, "state after a restart")
    server.client(alice.key_id, alice.client.secret).call("ListUsers")
    again = server.client(session.key_id, session.secret, session.token)
    again.call("ListGroups")
    t.denied(again.call, "ListUsers")
    server.kill()
    server.start()
    t.equal(snapshot(t, alice.name, role, policy), before, "state after kill -9")


def snapshot(t, user, role, policy):
    root = t.server.client()
    return [root.call("GetUser", UserName=user), root.call("GetRole", RoleName=role),
            root.call("GetPolicy", PolicyArn=policy), root.call("ListUsers"),
            root.call("ListGroupsForUser", UserName=user), root.call("ListUserTags", UserName=user),
            root.call("ListAttachedUserPolicies", UserName=user),
            root.call("GetUserPolicy", UserName=user, PolicyName="inline"),
            root.call("GetRolePolicy", RoleName=role, PolicyName="inline"),
            root.call("ListAccessKeys", UserName=user)]


class Writer:
    """Writes until the server is gone; records what was acknowledged and what was in flight."""

    def __init__(self, server, number, round_number):
        self.server = server
        self.stem = "w%d-%d" % (round_number, number)
        self.done = []
        self.flying = None

    def run(self):
        client = self.server.client()
        for index in range(100000):
            # An account has at most 1000 roles and 1500 policies; users and keys go on.
            for kind in ("user", "policy", "role", "key") if index < 70 else ("user", "key"):
                name = "%s-%d" % (self.stem, index)
                self.flying = (kind, name)
                try:
                    getattr(self, kind)(client, name)
                except (ConnectionEnded, OSError):
                    return
                self.done.append(self.flying)
                self.flying = None

    def user(self, client, name):
        client.call("CreateUser", UserName=name,
                    Tags=[{"Key": "t%d" % i, "Value": name} for i in range(10)])

    def policy(self, client, name):
        client.call("CreatePolicy", PolicyName=name, PolicyDocument=READ,
                    Tags=[{"Key": "t%d" % i, "Value": name} for i in range(10)])

    def role(self, client, name):
        client.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust(
            {"Service": "ec2.amazonaws.com"}),
            Tags=[{"Key": "t%d" % i, "Value": name} for i in range(10)])

    def key(self, client, name):
        made = client.call("CreateAccessKey", UserName=name)["AccessKey"]
        self.done.append(("works", (made["AccessKeyId"], made["SecretAccessKey"])))


def whole(t, client, kind, name):
    """True when the entity exists with all its parts, False when no part of it exists."""
    try:
        if kind == "user":
            client.call("GetUser", UserName=name)
            tags = client.call("ListUserTags", UserName=name)["Tags"]
        elif kind == "policy":
            arn = "arn:aws:iam::%s:policy/%s" % (t.server.account, name)
            client.call("GetPolicy", PolicyArn=arn)
            text = client.call("GetPolicyVersion", PolicyArn=arn, VersionId="v1")
            t.equal(decoded(text["PolicyVersion"]["Document"]), READ, "document of " + name)
            tags = client.call("ListPolicyTags", PolicyArn=arn)["Tags"]
        elif kind == "role":
            client.call("GetRole", RoleName=name)
            tags = client.call("ListRoleTags", RoleName=name)["Tags"]
        else:
            keys = client.call("ListAccessKeys", UserName=name)["AccessKeyMetadata"]
            return bool(keys)
    except ApiError as error:
        t.equal(error.code, "NoSuchEntity", "%s %s" % (kind, name))
        return False
    t.equal(len(tags), 10, "tags of the %s %s" % (kind, name))
    return True


@seconds(240)
def test_kill_9_in_a_stream_of_writes(t):
    server = t.start()
    t.server = server
    acknowledged = 0
    for round_number in range(3):
        writers = [Writer(server, number, round_number) for number in range(4)]
        threads = [Background(writer.run) for writer in writers]
        time.sleep(1.0 + 0.35 * round_number)
        server.kill()
        for thread in threads:
            thread.finish()
        server.start()
        client = server.client()
        for writer in writers:
            acknowledged += len(writer.done)
            for kind, name in writer.done:
                if kind == "works":
                    server.client(*name).call("GetCallerIdentity")
                    continue
                t.true(whole(t, client, kind, name), "an acknowledged %s is gone: %s" % (kind, name))
            if writer.flying:
                whole(t, client, *writer.flying)
    t.true(acknowledged > 60, "only %d writes were acknowledged" % acknowledged)


def writes_fail(t, root, alice, answer):
    """On a full disk reads and decisions go on; writes are refused and change nothing."""
    refused = 0
    for index in range(60):
        name = "full-%d" % index
        try:
            root.call("CreateUser", UserName=name, Tags=[{"Key": "k%d" % i, "Value": "v" * 200}
                                                         for i in range(20)])
        except ApiError as error:
            t.equal((error.status, error.code), answer, "write on a full disk")
            refused += 1
            t.fails("NoSuchEntity", root.call, "GetUser", UserName=name)
            if refused == 5:
                break
    t.true(refused == 5, "%d of 60 writes were refused" % refused)
    root.call("ListUsers")
    root.call("GetCallerIdentity")
    alice.client.call("ListUsers")
    t.denied(alice.client.call, "ListGroups")
    decided = root.evaluate(alice.arn, "iam:ListUsers", "*")
    t.equal((decided["decision"], reason_of(decided)), (True, "allow"))


def writes_work(t, root):
    name = t.name("after")
    deadline = time.monotonic() + 20
    while True:
        try:
            root.call("CreateUser", UserName=name)
            break
        except ApiError as error:
            if time.monotonic() > deadline:
                raise Failed("writes do not come back: %s" % error) from error
            time.sleep(0.2)
    t.equal(root.call("GetUser", UserName=name)["User"]["UserName"], name)


def test_a_file_that_may_not_grow(t):
    server = t.start(keep_signals=True)
    t.server = server
    alice = t.user("alice", [allow("iam:ListUsers")])
    pid = server.process.pid
    hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    writes_fail(t, t.root, alice, (500, "ServiceFailure"))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    writes_work(t, t.root)
    server.kill()
    server.start()
    t.root.call("ListUsers")


def test_a_full_disk(t):
    with small_file_system() as place:
        server = t.start(data=str(place / "data"))
        t.server = server
        alice = t.user("alice", [allow("iam:ListUsers")])
        ballast = fill(place)
        writes_fail(t, t.root, alice, (503, "ServiceUnavailable"))
        ballast.unlink()
        writes_work(t, t.root)
        server.restart()
        t.root.call("ListUsers")
        t.close()


def test_sigusr1_and_sigusr2_end_nothing(t):
    server = t.start()
    client = server.client()
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        server.process.send_signal(number)
        time.sleep(0.2)
        t.equal(client.query("ListUsers").status, 200, "after signal %d" % number)


def test_another_program_opens_and_closes_the_store(t):
    """It would tidy up on closing, and delete the log, if it took itself for the only one."""
    server = t.start()
    root = server.client()
    for index in range(3):
        root.call("CreateUser", UserName="before-%d" % index)

    def look():
        client = server.client()
        for _ in range(30):
            client.call("ListUsers")
    for thread in [Background(look) for _ in range(6)]:  # so that there is more than one connection
        thread.finish()
    with contextlib.closing(sqlite3.connect(server.data + "/iamd.db")) as db:
        count = db.execute("SELECT count(*) FROM iam_user").fetchone()[0]
        t.equal(count, 3, "users that the other program sees")
    t.true(os.path.exists(server.data + "/iamd.db-wal"), "the log is gone")
    root.call("CreateUser", UserName="after")
    server.kill()
    server.start()
    server.client().call("GetUser", UserName="after")


def test_sigterm_drains_and_ends_with_0(t):
    server = t.start()
    body = form([("Action", "CreateUser"), ("Version", "2010-05-08"), ("UserName", "last")])
    client = server.client()
    headers = client.signer().sign_headers("POST", "/", client.headers(), body)
    head = "POST / HTTP/1.1\r\n" + "".join("%s: %s\r\n" % pair for pair in headers)
    data = (head + "Content-Length: %d\r\n\r\n" % len(body)).encode() + body
    idle = server.connect()
    with server.connect() as connection:
        t.equal(connection.request("GET", "/healthz", [("Host", "x")]).status, 200, "accepted")
        connection.send(data[:-10])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.send(data[-10:])
        response = connection.read_response("POST")
        t.equal(response.status, 200, "a request in flight")
    t.equal(server.process.wait(30), 0, "exit code")
    t.true(idle.ended(5), "an idle connection was left open")
    server.process = None
    for sign in (signal.SIGINT,):
        server.start()
        server.client().call("GetUser", UserName="last")
        server.process.send_signal(sign)
        t.equal(server.process.wait(30), 0, "exit code after SIGINT")
        server.process = None


def test_sigterm_under_load_loses_no_answer(t):
    server = t.start()
    stop = threading.Event()
    made = []

    def work(number):
        client = server.client()
        for index in range(100000):
            if stop.is_set():
                return
            name = "load-%d-%d" % (number, index)
            try:
                client.call("CreateUser", UserName=name)
            except (ConnectionEnded, OSError):
                return
            made.append(name)

    threads = [Background(work, number) for number in range(4)]
    time.sleep(1)
    t.equal(server.stop(), 0, "exit code")
    stop.set()
    for thread in threads:
        thread.finish()
    server.start()
    client = server.client()
    for name in made:
        client.call("GetUser", UserName=name)


def test_memory_keeps_nothing(t):
    server = t.start(data=":memory:")
    server.client().call("CreateUser", UserName="alice")
    t.equal(server.client().call("GetUser", UserName="alice")["User"]["UserName"], "alice")
    t.equal([p.name for p in server.home.iterdir()], ["stderr.log"], "files beside the log")
    server.restart()
    t.fails("NoSuchEntity", server.client().call, "GetUser", UserName="alice")


def test_memory_has_one_connection(t):
    """What a transaction needs is read within it: the role to assume, the session's policy, the
    caller of a write whom an earlier write has changed."""
    server = t.start(data=":memory:")
    root = server.client()
    user = t.user("alice", [allow(["iam:*", "sts:*"])], server=server)
    arns = []
    for name in ("one", "two", "three"):
        root.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust(
            {"AWS": "arn:aws:iam::%s:root" % server.account}))
        root.call("PutRolePolicy", RoleName=name, PolicyName="p",
                  PolicyDocument=document(allow("iam:*")))
        arns.append("arn:aws:iam::%s:role/%s" % (server.account, name))
    layer = root.call("CreatePolicy", PolicyName="layer",
                      PolicyDocument=document(allow("iam:ListUsers")))["Policy"]["Arn"]
    began = time.monotonic()
    for arn in arns:
        session = t.assume(user.client, arn, PolicyArns=[{"arn": layer}])
        session.call("ListUsers")
        t.denied(session.call, "ListRoles")
    for i in range(5):
        user.client.call("PutUserPolicy", UserName=user.name, PolicyName="more",
                         PolicyDocument=document(allow("s3:Get%d" % i)))
        user.client.call("TagUser", UserName=user.name, Tags=[{"Key": "k", "Value": str(i)}])
    t.true(time.monotonic() - began < 4, "a look-up waited for the connection that its caller held")


def test_more_principals_than_memory_holds(t):
    """Memory has room for some of them; all are served, and a revocation still takes effect."""
    server = t.start(extra=["--directory-memory", "1m"])
    padding = ["s3:GetObjectNumber%04d" % i for i in range(60)]
    users = [t.user("user%d" % i, [allow(["iam:GetUser"] + padding)], server=server)
             for i in range(60)]
    for _ in range(2):
        for user in users:
            t.equal(user.client.call("GetUser")["User"]["UserName"], user.name)
    root = server.client()
    for user in users[::7]:
        root.call("DeleteUserPolicy", UserName=user.name, PolicyName="inline")
        t.denied(user.client.call, "GetUser")
    server.restart()
    for i, user in enumerate(users):
        client = server.client(user.client.key_id, user.client.secret)
        if i % 7 == 0:
            t.denied(client.call, "GetUser")
        else:
            client.call("GetUser")


def test_account_id_is_kept(t):
    server = t.start(account="444455556666")
    t.equal(server.client().call("GetCallerIdentity")["Account"], "444455556666")
    server.restart()
    t.equal(server.client().call("GetCallerIdentity")["Account"], "444455556666")


def test_files_are_private(t):
    server = t.start()
    server.client().call("CreateUser", UserName="alice")
    for path in pathlib.Path(server.data).rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        t.equal(mode & 0o077, 0, "mode %o of %s" % (mode, path.name))


def test_secrets_are_sealed_at_rest(t):
    server = t.start()
    root = server.client()
    root.call("CreateUser", UserName="alice")
    secrets = [server.secret, root.call("CreateAccessKey", UserName="alice")["AccessKey"]
               ["SecretAccessKey"]]
    server.stop()
    for path in pathlib.Path(server.data).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for secret in secrets:
                t.true(secret.encode() not in data, "a secret is readable in " + path.name)


def test_one_server_per_data_directory(t):
    server = t.start()
    second = Server(data=server.data)
    t.own.append(second)
    try:
        second.start()
    except ServerFailed as error:
        t.contains(str(error), "ended with", "outcome")
        t.true(0 < second.exit_code < 99, "exit code %d" % second.exit_code)
        server.client().call("ListUsers")
        return
    server.client().call("CreateUser", UserName="alice")
    raise Failed("two servers run on one data directory")


def test_wrong_command_lines_are_refused(t):
    for arguments in (["serve"], ["serve", "--data", "x", "--listen", "nonsense"],
                      ["serve", "--data", "x", "--listen", "127.0.0.1:99999"],
                      ["serve", "--data", ":memory:", "--listen", "127.0.0.1:0", "--account-id", "12"],
                      ["serve", "--data", ":memory:", "--listen", "127.0.0.1:0", "--nope"],
                      ["serve", "--data", ":memory:", "--listen", "127.0.0.1:0", "--workers", "0"],
                      ["serve", "--data", ":memory:", "--listen", "127.0.0.1:0", "--tls-cert", "x"],
                      ["serve", "--data", "/proc/nope", "--listen", "127.0.0.1:0"], ["brew"], []):
        with tempfile.TemporaryDirectory() as place:
            done = subprocess.run([str(Server.binary)] + arguments, cwd=place, timeout=60,
                                  capture_output=True, stdin=subprocess.DEVNULL, text=True,
                                  env={"IAMD_ROOT_ACCESS_KEY_ID": "AKIAAAAAAAAAAAAAAAAA",
                                       "IAMD_ROOT_SECRET_ACCESS_KEY": "x" * 40})
        t.true(0 < done.returncode < 99, "%s: exit code %d" % (arguments, done.returncode))
        t.true(done.stderr.strip(), "%s: nothing on stderr" % arguments)


def test_a_port_in_use_is_told(t):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [str(Server.binary), "serve", "--data", ":memory:", "--listen",
             "127.0.0.1:%d" % taken.getsockname()[1]], capture_output=True, timeout=60, text=True,
            env={"IAMD_ROOT_ACCESS_KEY_ID": "AKIAAAAAAAAAAAAAAAAA",
                 "IAMD_ROOT_SECRET_ACCESS_KEY": "x" * 40})
    t.true(0 < done.returncode < 99, "exit code %d" % done.returncode)


def test_unix_socket(t):
    with tempfile.TemporaryDirectory() as place:
        path = place + "/iamd.sock"
        server = t.start(extra=["--unix", path])
        client = server.client()
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        headers = client.signer("sts").sign_headers("POST", "/", client.headers(FORM), body)
        data = ("POST / HTTP/1.1\r\n" + "".join("%s: %s\r\n" % pair for pair in headers)
                + "Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)).encode() + body
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(30)
            sock.connect(path)
            sock.sendall(data)
            answer = b""
            while True:
                part = sock.recv(65536)
                if not part:
                    break
                answer += part
        t.contains(answer.decode(), ":root</Arn>", "answer on the Unix socket")
        server.stop()
        t.true(not os.path.exists(path), "the socket file was not removed")


def test_tls_self_signed(t):
    server = t.start(tls=True)
    root = server.client()
    root.call("CreateUser", UserName="alice")
    root.call("PutUserPolicy", UserName="alice", PolicyName="p", PolicyDocument=document(
        allow("iam:ListUsers", Condition={"Bool": {"aws:SecureTransport": "true"}})))
    key = root.call("CreateAccessKey", UserName="alice")["AccessKey"]
    server.client(key["AccessKeyId"], key["SecretAccessKey"]).call("ListUsers")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            answer = plain.recv(1000)
        except ConnectionResetError:
            answer = b""
    t.true(b" 200 " not in answer, "plain HTTP on the TLS port: %r" % answer)
    done = subprocess.run(["curl", "--silent", "--insecure", "--max-time", "30", "--tls-max", "1.1",
                           server.url + "/healthz"], capture_output=True, text=True)
    t.true(done.returncode != 0, "TLS 1.1 is accepted")
    done = subprocess.run(["curl", "--silent", "--insecure", "--max-time", "30",
                           server.url + "/healthz"], capture_output=True, text=True)
    t.equal(done.returncode, 0, "curl with TLS: " + done.stderr)


def test_tls_with_a_given_certificate(t):
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                        place + "/key.pem", "-out", place + "/cert.pem"], check=True,
                       capture_output=True)
        server = t.start(extra=["--tls-cert", place + "/cert.pem", "--tls-key", place + "/key.pem"])
        done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "30", "--cacert",
                               place + "/cert.pem", "https://127.0.0.1:%d/healthz" % server.port],
                              capture_output=True, text=True)
        t.equal(done.returncode, 0, "curl: " + done.stderr)


def test_log_is_json_lines(t):
    server = t.start()
    server.client().call("ListUsers")
    server.stop()
    records = [json.loads(line) for line in server.log().splitlines()]
    t.true(all("msg" in record for record in records), "a record without msg")
    ready = [record for record in records if record["msg"] == "ready"]
    t.equal(len(ready), 1, "ready lines")
    t.equal(ready[0]["listen"], "127.0.0.1:%d" % server.port)
    t.equal(ready[0]["data"], server.data)
    t.true(server.secret not in server.log(), "the secret is in the log")
