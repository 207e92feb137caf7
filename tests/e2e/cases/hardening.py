# SPDX-License-Identifier: Apache-2.0
"""The process gives up what it does not need, and keeps its secrets to itself.

The build with sanitizers leaves out the filter of system calls and the limits on files, so these
cases run the release build beside it.
"""

import base64
import contextlib
import ctypes
import hashlib
import hmac
import json
import os
import pathlib
import re
import resource
import secrets
import shutil
import signal
import socket
import sqlite3
import stat
import struct
import subprocess
import time

from cases.web_identity import unsigned
from lib import memory, sha256
from lib.case import Failed, allow, document, trust
from lib.issuer import Issuer
from lib.server import ROOT, Server, ServerFailed, children_of, sanitizer_env
from lib.sigv4 import amz_date, signing_key, utc_now
from lib.totp import Authenticator
from lib.wire import question_of

SERVER = None
NOBODY = 65534
PASSWORD = "correct-Horse-7-battery"
OBJECT = "arn:aws:s3:::bucket/key"


def release_binary():
    found = pathlib.Path(Server.binary).resolve().parents[3] / "release" / "src" / "server" / "iamd"
    if not found.exists():
        raise Failed("%s is missing: build the preset release, these cases run it" % found)
    return found


def release(t, **options):
    """A server of the release build, ended with the case."""
    server = Server(**options)
    server.binary = release_binary()
    t.own.append(server)
    t.server = server
    return server.start()


def status_of(pid, task=None):
    path = "/proc/%d/status" % pid if task is None else "/proc/%d/task/%s/status" % (pid, task)
    with open(path, encoding="utf-8") as status:
        return dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)


def threads_of(pid):
    """The status of each thread. One of the start may end meanwhile."""
    found = {}
    for task in os.listdir("/proc/%d/task" % pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found[task] = status_of(pid, task)
    return found


def work(t, server):
    """A bit of everything: what the filter must let through."""
    root = server.client()
    user = t.user("alice", [allow(["iam:ListUsers", "sts:AssumeRole"])], server=server)
    user.client.call("ListUsers")
    t.root.call("CreateLoginProfile", UserName=user.name, Password=PASSWORD)
    t.root.call("UpdateLoginProfile", UserName=user.name, Password=PASSWORD + "x")
    big = document(*[allow("s3:Get*", "arn:aws:s3:::bucket%d/*" % i) for i in range(60)])
    policy = root.call("CreatePolicy", PolicyName=t.name("big"), PolicyDocument=big)["Policy"]["Arn"]
    role, role_arn = t.role(policy=[allow("s3:*")])
    session = t.assume(user.client, role_arn, PolicyArns=[{"arn": policy}])
    session.call("GetCallerIdentity")
    question = question_of(user.arn, "s3:GetObject", OBJECT)
    t.equal(root.post_json("/access/v1/evaluation", question).status, 200, "an evaluation")
    many = {"subject": question["subject"], "action": question["action"],
            "evaluations": [{"resource": {"type": "s3", "id": OBJECT + str(i)}} for i in range(50)]}
    t.equal(root.post_json("/access/v1/evaluations", many).status, 200, "fifty evaluations")
    names = [t.name("many") for _ in range(150)]
    for name in names:
        root.call("CreateUser", UserName=name, Tags=[{"Key": "k", "Value": "v"}])
    root.call("ListUsers", MaxItems="100")
    for name in names:
        root.call("DeleteUser", UserName=name)
    for thread_of_requests in range(8):  # connections that come and go
        with server.connect() as connection:
            connection.request("GET", "/healthz", [("Host", server.host_header)])
    root.call("DeletePolicy", PolicyArn=policy)


def reopen_audit(t, server):
    path = server.audit_path()
    path.rename(path.with_suffix(".1"))
    server.reopen_audit(server.client())
    t.equal([r["eventName"] for r in server.audit()], ["ListRoles"], "records in the new file")


def warnings_of(server):
    found = []
    for line in server.log().splitlines():
        record = json.loads(line)
        if record["level"] != "info" and "as root" not in record["msg"]:
            found.append(record)
    return found


def test_it_works_with_all_that_is_given_up(t):
    server = release(t)
    work(t, server)
    reopen_audit(t, server)
    time.sleep(2.5)  # the maintenance
    t.equal(server.stop(), 0, "exit code")
    server.start()
    work(t, server)
    t.equal(warnings_of(server), [], "warnings in the log")


def test_it_works_so_with_TLS_and_a_socket(t):
    server = Server(tls=True)
    path = server.home / "iamd.sock"
    server.extra = ["--unix", str(path)]
    server.binary = release_binary()
    t.own.append(server)
    t.server = server
    server.start()
    work(t, server)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        t.contains(client.recv(65536).decode(), "200", "readyz on the socket")
    t.equal(server.stop(), 0, "exit code")
    t.true(not path.exists(), "the socket is still there")
    t.equal(warnings_of(server), [], "warnings in the log")


def make_certificate(home, name):
    """A key and a certificate of its own, in files that replace what is there."""
    new = [home / (name + suffix + ".new") for suffix in (".pem", ".key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-out", str(new[0]), "-keyout", str(new[1])], check=True, capture_output=True,
                   timeout=60)
    os.chmod(new[1], 0o600)
    return [path.rename(path.with_suffix("")) for path in new]


def test_it_works_so_with_a_certificate_that_is_replaced(t):
    """By another file under the same name, as those who renew certificates do it."""
    server = Server()
    cert, key = make_certificate(server.home, "server")
    server.extra = ["--tls-cert", str(cert), "--tls-key", str(key)]
    server.binary = release_binary()
    t.own.append(server)
    t.server = server
    server.start()
    server.tls = True
    server.client().call("ListUsers")
    make_certificate(server.home, "server")
    reopen_audit(t, server)
    server.client().call("ListUsers")
    t.equal(warnings_of(server), [], "warnings in the log")


def test_it_works_so_in_memory(t):
    server = Server(data=":memory:")
    server.binary = release_binary()
    server.extra = ["--audit", "/dev/null"]
    t.own.append(server)
    t.server = server
    server.start()
    work(t, server)
    t.equal(warnings_of(server), [], "warnings in the log")


def test_every_thread_is_restricted(t):
    server = release(t)
    work(t, server)
    threads = threads_of(server.process.pid)
    t.true(len(threads) >= 4, "threads")
    for task, status in threads.items():
        got = {key: status[key] for key in ("Seccomp", "NoNewPrivs", "CapEff", "CapPrm", "CapAmb")}
        t.equal(got, {"Seccomp": "2", "NoNewPrivs": "1", "CapEff": "0" * 16, "CapPrm": "0" * 16,
                      "CapAmb": "0" * 16}, "thread %s" % task)


def test_the_build_with_sanitizers_drops_what_it_can(t):
    threads = threads_of(t.start().process.pid)
    t.true(len(threads) >= 4, "threads")
    for task, status in threads.items():
        got = {key: status[key] for key in ("NoNewPrivs", "CapEff", "CapPrm")}
        t.equal(got, {"NoNewPrivs": "1", "CapEff": "0" * 16, "CapPrm": "0" * 16},
                "thread %s" % task)


def test_no_core_dump_and_files_for_nobody_else(t):
    old = os.umask(0)
    try:
        server = release(t)
    finally:
        os.umask(old)
    limits = pathlib.Path("/proc/%d/limits" % server.process.pid).read_text(encoding="ascii")
    t.true(re.search(r"Max core file size +0 +0 ", limits), "core dumps: %s" % limits)
    server.client().call("ListUsers")
    for path in pathlib.Path(server.data).iterdir():
        mode = stat.S_IMODE(path.stat().st_mode)
        t.true(mode & 0o077 == 0, "%s has mode %o" % (path.name, mode))


def test_secrets_are_in_locked_memory(t):
    server = release(t)
    server.client().call("ListUsers")
    t.true(server.memory_kib("VmLck") >= 1024, "VmLck is %d KiB" % server.memory_kib("VmLck"))
    t.true("locked memory" not in server.log(), "a warning about locked memory")


def test_a_small_limit_of_locked_memory_is_told(t):
    if os.geteuid() != 0:
        return lower_memlock(t, None)
    return lower_memlock(t, NOBODY)


def lower_memlock(t, uid):
    server, run = of_user(t, uid, ["sh", "-c", "ulimit -l 16; exec \"$@\"", "sh"])
    t.contains(server.log(), "not all secrets are in locked memory", "log")
    run.kill()
    run.wait(20)


def of_user(t, uid, before=()):
    """The release build run by another user, with the directory that it owns; the process."""
    server = Server()
    server.binary = server.home / "iamd"
    shutil.copy(release_binary(), server.binary)
    os.chmod(server.binary, 0o755)
    os.chmod(server.home, 0o755)
    os.mkdir(server.data, 0o700)
    if uid is not None:
        os.chown(server.data, uid, uid)
    t.own.append(server)

    def become():
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if uid is not None:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)

    with open(server.log_path, "ab") as log:
        run = subprocess.Popen(list(before) + server.command(), stdin=subprocess.DEVNULL, stdout=log,
                               stderr=log, env=server.environment(), preexec_fn=become)
    deadline = time.monotonic() + 30
    while server.ready_line(0) is None:
        if run.poll() is not None or time.monotonic() > deadline:
            run.kill()
            raise Failed("it does not start: %s" % server.log())
        time.sleep(0.02)
    server.port = int(server.ready_line(0).rpartition(":")[2])
    return server, run


READER = """
import os, sys
for name in ("mem", "environ", "maps"):
    try:
        with open("/proc/%s/%s" % (sys.argv[1], name), "rb") as file:
            file.read(1)
        print(name, "opened")
    except OSError as error:
        print(name, error.errno)
"""


def test_another_process_of_the_user_cannot_look_inside(t):
    uid = NOBODY if os.geteuid() == 0 else None
    server, run = of_user(t, uid)
    server.client().call("ListUsers")

    def become():
        if uid is not None:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)

    found = subprocess.run(["python3", "-c", READER, str(run.pid)], capture_output=True, text=True,
                           timeout=30, preexec_fn=become, check=True).stdout
    t.equal(found.split(), ["mem", "13", "environ", "13", "maps", "13"], "what a reader gets")
    t.true("running as root" not in server.log(), "a warning about root")
    run.terminate()
    t.equal(run.wait(30), 0, "exit code")


def test_a_start_without_room_for_threads_says_so(t):
    server = release(t)
    size = server.memory_kib("VmPeak") << 10
    t.equal(server.stop(), 0, "exit code")
    for part in (0.4, 0.55, 0.7, 0.85):
        server.limits = {resource.RLIMIT_AS: int(size * part)}
        try:
            server.start()
        except ServerFailed as error:
            t.true("input or output failed" not in str(error), "%.2f of %d: %s" % (part, size, error))
        else:
            t.equal(server.stop(), 0, "exit code")


def test_root_is_warned_and_takes_no_directory_of_another(t):
    if os.geteuid() != 0:
        return  # there is nobody to warn
    server = release(t)
    t.contains(server.log(), "running as root", "log")
    t.contains(server.log(), "setpriv --reuid", "log")
    t.equal(server.stop(), 0, "exit code")
    os.chown(server.data, NOBODY, NOBODY)
    done = subprocess.run(server.command(), env=sanitizer_env(server.environment()),
                          capture_output=True, text=True, timeout=60, check=False)
    t.equal(done.returncode, 1, "exit code")
    t.contains(done.stderr, "belongs to user %d: run this command as that user" % NOBODY, "log")
    os.chown(server.data, 0, 0)


# ---- what memory holds ----

def derive(master, label):
    """RFC 5869 with one block of output."""
    prk = hmac.new(b"\0" * 32, master, hashlib.sha256).digest()
    return hmac.new(prk, label + b"\1", hashlib.sha256).digest()


def states_of_hmac(key):
    """What may be kept in place of a key: the key under the two pads, and hashes that began so."""
    block = key.ljust(64, b"\0")
    padded = [bytes(b ^ pad for b in block) for pad in (0x36, 0x5c)]
    hashed = [struct.pack("=8I", *sha256.after_block(block)) for block in padded]
    return dict(zip((", inner", ", outer", ", inner hash", ", outer hash"), padded + hashed))


def generation_secret(server, master):
    """Opens the secret of the only generation of keys (crypto_int.h), without checking the tag."""
    with contextlib.closing(sqlite3.connect(pathlib.Path(server.data) / "iamd.db")) as database:
        (sealed,), = database.execute("SELECT sealed FROM key_wrap")
    salt, nonce, text = sealed[5:21], sealed[21:33], sealed[33:-16]
    key = hmac.new(derive(master, b"iamd v1 ring"), salt, hashlib.sha256).hexdigest()
    done = subprocess.run(["openssl", "enc", "-d", "-aes-256-ctr", "-K", key,
                           "-iv", nonce.hex() + "00000002"], input=text, capture_output=True,
                          check=True, timeout=60)
    return done.stdout[:32], done.stdout[32:]


def secrets_of(server, master):
    generation, rows = generation_secret(server, master)
    found = {"master key": master, "master key, base64": base64.b64encode(master),
             "root secret": server.secret.encode(), "secret of the generation": generation,
             "secret of rows": rows, "key of rows": derive(rows, b"iamd v1 rows"),
             "key of the ring": derive(master, b"iamd v1 ring")}
    for name in ("access key secrets", "session tokens", "markers", "mfa seeds"):
        found["key of " + name] = derive(generation, b"iamd v1 " + name.encode())
    day = amz_date(utc_now())[:8]
    for service in ("iam", "sts"):
        found["day key " + service] = signing_key(server.secret, day, "us-east-1", service)
    for name, key in list(found.items()):
        if len(key) == 32:
            found.update({name + of: state for of, state in states_of_hmac(key).items()})
    return found


def confined(t, server, pid, needles):
    """A process beside the server: without privileges, secrets and files of the store."""
    t.equal(memory.search(pid, needles), [], "secrets in the process %d" % pid)
    status = status_of(pid)
    t.equal((status["Seccomp"], status["NoNewPrivs"], int(status["CapEff"], 16)), ("2", "1", 0))
    with open("/proc/%d/environ" % pid, "rb") as environ:
        t.true(server.secret.encode() not in environ.read(), "the secret is in its environment")
    names = [os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%d/fd" % pid)]
    t.true(not any(name.startswith(server.data) for name in names), names)


def test_who_fetches_has_no_secret(t):
    """The process that connects to identity providers, its parent, and those that take its place."""
    if os.geteuid() != 0:
        return
    master = secrets.token_bytes(32)
    server = Server(env={"IAMD_MASTER_KEY": base64.b64encode(master).decode()})
    authorities, _ = make_certificate(server.home, "authorities")
    server.extra = ["--oidc-ca-file", str(authorities)]
    server.binary = release_binary()
    t.own.append(server)
    t.server = server
    server.start()
    server.client().call("ListUsers")
    needles = secrets_of(server, master)
    parent, first = server.fetching()
    confined(t, server, parent, needles)
    os.kill(first, signal.SIGKILL)
    server.await_log("over: keys of identity providers cannot be fetched")
    make_certificate(server.home, "authorities")
    os.kill(server.process.pid, signal.SIGHUP)
    server.await_log("authorities as they are now")
    deadline = time.monotonic() + 20
    while len(children_of(parent)) > 1 and time.monotonic() < deadline:
        time.sleep(0.02)  # the one before, which has nothing to do
    last = server.fetching()[1]
    confined(t, server, last, needles)
    t.equal(server.stop(), 0)
    for pid in (parent, last):
        t.true(not os.path.exists("/proc/%d" % pid), "%d outlives the server" % pid)
    t.equal([w["msg"] for w in warnings_of(server)],
            ["the process that fetches keys of identity providers has ended",
             "warning: keys of identity providers cannot be fetched"])


def test_who_fetches_knows_the_authorities_of_the_system(t):
    """
    It reads them when it is locked in already: a provider for whom nobody else vouches is known. A
    library that is preloaded says where they are: in a directory of their own, as that of a real
    system may be read anyway, for openssl.cnf.
    """
    issuer = Issuer()
    t.own.append(issuer)
    server = Server(extra=issuer.options(ca=False))
    t.own.append(server)
    authorities = server.home / "authorities" / "cert.pem"
    authorities.parent.mkdir()
    shutil.copy(issuer.chain, authorities)
    library = server.home / "authorities.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), "-x", "c", "-"], check=True,
                   timeout=60, text=True, input="const char *X509_get_default_cert_file(void)"
                                                '{ return "%s"; }' % authorities)
    server.env["LD_PRELOAD"] = str(library)
    server.binary = release_binary()
    root = server.start().client()
    provider = root.call("CreateOpenIDConnectProvider", Url=issuer.url, ClientIDList=["app"],
                         ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
    role = root.call("CreateRole", RoleName="web", AssumeRolePolicyDocument=trust(
        {"Federated": provider}, "sts:AssumeRoleWithWebIdentity"))["Role"]["Arn"]
    unsigned(server, "AssumeRoleWithWebIdentity", {
        "RoleArn": role, "RoleSessionName": "session", "WebIdentityToken": issuer.token()})
    t.equal(warnings_of(server), [])


def test_secrets_are_nowhere_else_in_memory(t):
    """As root, who may read all of it; for another user the case before says that it cannot."""
    if os.geteuid() != 0:
        return
    master = secrets.token_bytes(32)
    server = release(t, env={"IAMD_MASTER_KEY": base64.b64encode(master).decode()})
    server.client().call("ListUsers")
    user = t.user("alice", [allow("sts:AssumeRole")], server=server)
    _, arn = t.role(policy=[allow("iam:ListUsers")])
    for _ in range(20):
        session = t.assume(user.client, arn)
        session.call("ListUsers")
        server.client().call("ListUsers")
        server.client().call("GetCallerIdentity")
    root = server.client()
    made = root.call("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    app = Authenticator(base64.b64decode(made["Base32StringSeed"]))
    for action in ("EnableMFADevice", "ResyncMFADevice"):
        root.call(action, UserName=user.name, SerialNumber=made["SerialNumber"], **app.pair())
    needles = secrets_of(server, master)
    needles["seed"] = app.seed
    needles.update({"seed" + name: state for name, state in states_of_hmac(app.seed).items()})
    for name, client in (("user", user.client), ("session", session)):
        needles["secret of the " + name] = client.secret.encode()
    inside = {name for name, _, _ in memory.search(server.process.pid, needles, guarded=True)}
    for name in ("key of access key secrets", "key of session tokens", "key of markers",
                 "key of mfa seeds", "key of rows, inner hash", "key of rows, outer hash",
                 "day key iam", "day key sts"):
        t.true(name in inside, "%s is not where it should be: the search finds nothing" % name)
    t.true(memory.search(server.process.pid, {"user": user.name.encode()}), "the search finds nothing")
    t.equal(memory.search(server.process.pid, needles), [], "secrets in memory that is not locked")
