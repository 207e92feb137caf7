# SPDX-License-Identifier: Apache-2.0
"""A store that somebody else has written to, or that a disk has damaged: nothing is allowed that was
not allowed before, the log and readyz say what is broken, and `iamd check` finds it.

IAMD_PAGES=N destroys the first N pages of a store in turn, each in four ways, and writes the counts
to the file IAMD_PAGES_REPORT; without it a dozen pages are destroyed, each in one way.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import time

from lib.case import Failed, allow, deny, document, seconds, trust
from lib.server import Background, Server, ServerFailed, sanitizer_env
from lib.wire import question_of

SERVER = None
ONE = "/access/v1/evaluation"
OBJECT = "arn:aws:s3:::bucket/key"
PAGES = int(os.environ.get("IAMD_PAGES", "0"))
PAGE = 4096
# Of what cannot be decided: our own fault, never an answer that looks final.
REFUSALS = ("InternalFailure", "ServiceFailure", "ServiceUnavailable")


def database(server):
    return pathlib.Path(server.data) / "iamd.db"


def alter(server, *statements):
    """Runs SQL past the server, which may be running."""
    connection = sqlite3.connect(database(server), isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 5000")
    changed = 0
    for statement in statements:
        changed += max(connection.execute(statement).rowcount, 0)
    connection.close()
    return changed


def tables_with_macs(server):
    return [row[0] for row in sqlite3.connect(database(server)).execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%row_mac%'")]


def one_word(user):
    """The statement that makes an Allow of every Deny of the user's inline policy."""
    return ("UPDATE inline_policy SET document = replace(document, 'Deny', 'Allow')"
            " WHERE entity_id = '%s'" % user.user_id)


def decision(client, subject, action, resource=OBJECT):
    """True for an allow, False for anything else: a denial, an error."""
    response = client.post_json(ONE, question_of(subject, action, resource))
    return response.status == 200 and response.json()["decision"] is True


def ready(server):
    with server.connect() as connection:
        return connection.request("GET", "/readyz", [("Host", server.host_header)])


def broken_rows(server, offset=0, row=None, wait=5):
    """What the log says about rows: (table, row). A thread of its own writes the log, so what should
    be there, any row or this one, is waited for."""
    end = time.monotonic() + wait
    while True:
        found = rows_in_log(server, offset)
        if row in found or (row is None and found) or time.monotonic() >= end:
            return found
        time.sleep(0.02)


def rows_in_log(server, offset):
    found = []
    for line in server.log(offset).splitlines():
        record = json.loads(line) if line.startswith("{") else {}
        if "row" in record:
            found.append((record["table"], record["row"]))
    return found


def check(server, code):
    """The lines of `iamd check`."""
    result = subprocess.run([str(Server.binary), "check", "--data", server.data], text=True,
                            capture_output=True, timeout=120, env=sanitizer_env(
                                {"PATH": "/usr/bin:/bin"}))
    if result.returncode != code:
        raise Failed("iamd check: code %d, want %d\n%s%s" % (result.returncode, code, result.stdout,
                                                            result.stderr))
    return result.stdout.splitlines()


def not_allowed(t, server, user, where):
    """The user may do nothing any more; the log and readyz say why."""
    t.true(not decision(server.client(), user.arn, "s3:DeleteObject"), "the deny is gone: " + where)
    t.true(not decision(server.client(), user.arn, "s3:GetObject"), "still allowed: " + where)
    t.fails(REFUSALS, server.client(user.key_id, user.client.secret).call, "ListUsers")
    response = ready(server)
    t.equal(response.status, 503, "readyz: " + where)
    t.contains(response.text, "decides: a row of the store was altered", "readyz")


def careful_user(t):
    return t.user("careful", [allow("*"), deny("s3:DeleteObject")])


def test_one_word_changed_while_the_server_is_stopped(t):
    server = t.server = t.start()
    user = careful_user(t)
    t.true(decision(t.root, user.arn, "s3:GetObject"), "allowed before")
    t.true(not decision(t.root, user.arn, "s3:DeleteObject"), "denied before")
    t.equal(server.stop(), 0)
    t.equal(check(server, 0)[-1].partition(", ")[2], "0 findings")
    t.equal(alter(server, one_word(user)), 1, "rows that were altered")
    lines = check(server, 1)
    t.contains(lines[0], "inline_policy %s/inline: the row was altered" % user.user_id)
    t.contains(lines[-1], "1 findings")
    server.start()
    not_allowed(t, server, user, "stopped")
    t.contains(repr(broken_rows(server)), repr(("inline_policy", user.user_id + "/inline")), "log")
    # Others are served, and the way back is to write the policy again.
    server.client().call("DeleteUserPolicy", UserName=user.name, PolicyName="inline")
    server.client().call("PutUserPolicy", UserName=user.name, PolicyName="inline",
                         PolicyDocument=document(allow("*"), deny("s3:DeleteObject")))
    t.true(decision(server.client(), user.arn, "s3:GetObject"), "allowed again")
    t.true(not decision(server.client(), user.arn, "s3:DeleteObject"), "denied again")
    server.restart()
    t.equal(ready(server).status, 200, "readyz after a mended row")


def test_one_word_changed_while_the_server_runs(t):
    server = t.server = t.start()
    user = careful_user(t)
    t.true(not decision(t.root, user.arn, "s3:DeleteObject"), "denied before")
    t.equal(alter(server, one_word(user)), 1, "rows that were altered")
    # What is in memory is what was there; anything that makes the server read again finds it.
    t.true(not decision(t.root, user.arn, "s3:DeleteObject"), "denied from memory")
    t.root.call("TagUser", UserName=user.name, Tags=[{"Key": "k", "Value": "v"}])
    not_allowed(t, server, user, "running")
    t.contains(repr(broken_rows(server)), repr(("inline_policy", user.user_id + "/inline")), "log")
    t.equal(len(broken_rows(server)), 1, "lines for one row")


def test_parts_that_are_removed_are_missed(t):
    """A Deny that is detached, a group left, a tag removed: rows that are gone have no MAC."""
    server = t.server = t.start()
    policy = t.policy("denies", deny("s3:DeleteObject"))
    group = t.name("g")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("PutGroupPolicy", GroupName=group, PolicyName="p",
                PolicyDocument=document(deny("s3:PutObject")))
    users = [t.user("u", [allow("*")]) for _ in range(4)]
    for user in users:
        t.root.call("AttachUserPolicy", UserName=user.name, PolicyArn=policy)
        t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
        t.root.call("TagUser", UserName=user.name, Tags=[{"Key": "k", "Value": "v"}])
    t.equal(server.stop(), 0)
    thefts = ["DELETE FROM attachment WHERE entity_id = '%s'",
              "DELETE FROM membership WHERE user_id = '%s'",
              "DELETE FROM tag WHERE entity_id = '%s'"]
    for theft, user in zip(thefts, users):
        t.equal(alter(server, theft % user.user_id), 1, theft)
    lines = check(server, 1)
    server.start()
    root = server.client()
    for theft, user in zip(thefts, users):
        t.true(any("iam_user " + user.user_id in line for line in lines), theft)
        t.true(not decision(root, user.arn, "s3:DeleteObject"), theft)
        t.true(not decision(root, user.arn, "s3:GetObject"), theft)
        lost = ("iam_user", user.user_id)
        t.true(lost in broken_rows(server, row=lost), theft)
    t.true(decision(root, users[3].arn, "s3:GetObject"), "who lost nothing is allowed")
    t.true(not decision(root, users[3].arn, "s3:DeleteObject"), "and denied as before")
    # A policy that the group has lost takes everything from its members.
    t.equal(server.stop(), 0)
    alter(server, "DELETE FROM inline_policy WHERE name = 'p'")
    server.start()
    t.true(not decision(server.client(), users[3].arn, "s3:GetObject"), "the group lost its policy")
    t.true(not decision(server.client(), users[3].arn, "s3:PutObject"), "the group's deny is gone")


def test_each_kind_of_row_that_is_altered(t):
    server = t.server = t.start()
    bound = t.policy("bound", allow("s3:GetObject"))
    wide = t.policy("wide", allow("*"))
    user = t.user("bounded", [allow("*")], PermissionsBoundary=bound)
    other = t.user("other", [allow("s3:GetObject")])
    role, role_arn = t.role(principal={"AWS": other.arn}, policy=[allow("*")])
    caller = t.user("caller", [allow("sts:AssumeRole")])
    t.root.call("UpdateAccessKey", UserName=other.name, AccessKeyId=other.key_id, Status="Inactive")
    t.equal(server.stop(), 0)
    saved = database(server).read_bytes()
    forgeries = {
        "a boundary removed": ("UPDATE iam_user SET boundary_id = NULL WHERE user_id = '%s'"
                               % user.user_id, user.arn, "s3:PutObject"),
        "a boundary replaced": (
            "UPDATE iam_user SET boundary_id = (SELECT policy_id FROM iam_policy WHERE name = '%s')"
            " WHERE user_id = '%s'" % (wide.rpartition("/")[2], user.user_id), user.arn,
            "s3:PutObject"),
        "the document of a boundary": (
            "UPDATE policy_version SET document = replace(document, 's3:GetObject', '*')",
            user.arn, "s3:PutObject"),
        "an attachment added": (
            "INSERT INTO attachment (entity_id, policy_id, account_id) SELECT '%s', policy_id,"
            " account_id FROM iam_policy WHERE name = '%s'" % (
                other.user_id, wide.rpartition("/")[2]), other.arn, "s3:PutObject"),
        "a policy moved to another user": (
            "UPDATE inline_policy SET entity_id = '%s', name_key = 'i2', name = 'i2' WHERE"
            " entity_id = '%s'" % (other.user_id, user.user_id), other.arn, "s3:PutObject"),
        "another default version": ("UPDATE iam_policy SET default_version = 2", user.arn,
                                    "s3:GetObject"),
    }
    for what, (statement, subject, action) in forgeries.items():
        t.true(alter(server, statement) > 0, what)
        check(server, 1)
        offset = len(server.log().encode())
        server.start()
        t.true(not decision(server.client(), subject, action), what)
        t.equal(server.stop(), 0)  # the log has a thread of its own
        t.true(broken_rows(server, offset), what)
        database(server).write_bytes(saved)
    alter(server, "UPDATE access_key SET is_active = 1 WHERE key_id = '%s'" % other.key_id,
          "UPDATE iam_role SET trust_document = replace(trust_document, '%s', '%s')" % (
              other.arn, caller.arn))
    server.start()
    t.fails(REFUSALS, server.client(caller.key_id, caller.client.secret).call, "AssumeRole",
            RoleArn=role_arn, RoleSessionName="session")
    t.fails(REFUSALS, server.client(other.key_id, other.client.secret).call, "GetUser")
    opened = ("access_key", other.key_id)
    t.true(opened in broken_rows(server, row=opened), "an inactive key made active")


def test_a_stop_while_rows_get_their_macs(t):
    """It ends the server at once; the rows are as they were, and get theirs at the next start."""
    server = t.server = t.start()
    user = careful_user(t)
    t.equal(server.stop(), 0)
    columns = [row[1] for row in sqlite3.connect(database(server)).execute(
        "PRAGMA table_info (iam_user)")]
    copied = ["%s || i" % column if column in ("user_id", "name", "name_key") else column
              for column in columns]
    alter(server, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
          " INSERT INTO iam_user SELECT %s FROM n, iam_user WHERE user_id = '%s'" % (
              ", ".join(copied), user.user_id),
          "UPDATE account_count SET entities = entities + 100000 WHERE kind = 2",
          *["UPDATE %s SET row_mac = NULL" % table for table in tables_with_macs(server)])
    note = pathlib.Path(server.data) / "store-sealed"
    note.unlink()

    def stop():
        server.await_log("giving the rows of the store MACs")
        server.process.send_signal(signal.SIGTERM)

    stopper = Background(stop)
    try:
        server.start()
    except ServerFailed as error:
        t.contains(str(error), "told to stop")
    stopper.finish(30)
    t.equal(server.exit_code, 0)
    t.true(not note.exists() and "from now on" not in server.log(), "nothing was made")
    server.start()
    t.contains(server.log(), "have MACs from now on")
    t.true(decision(server.client(), user.arn, "s3:GetObject"), "the store as it was")
    t.equal(server.stop(), 0)
    check(server, 0)


# Tables that came after the MACs.
LATER = ["access_job", "access_job_text", "account_settings", "aws_attachment",
         "credential_report", "credential_report_text", "delegation_request", "mfa_device",
         "oidc_provider", "organization", "password_change", "password_history", "saml_key",
         "saml_metadata", "saml_provider", "saml_use", "server_certificate", "service_credential",
         "signing_certificate", "ssh_public_key", "token_key"]


def test_a_store_cannot_be_made_one_without_macs(t):
    server = t.server = t.start()
    user = careful_user(t)
    t.equal(server.stop(), 0)
    tables = tables_with_macs(server)
    t.equal(len(tables) - len(LATER), 16, "tables with MACs")
    alter(server, one_word(user), "DELETE FROM schema_version WHERE version >= 8",
          *["DROP TABLE " + table for table in LATER + ["service_use"]],
          *["ALTER TABLE %s DROP COLUMN row_mac" % table for table in tables if table not in LATER],
          *["DROP INDEX %s_aws_boundary" % table for table in ("iam_user", "iam_role")],
          *["ALTER TABLE %s DROP COLUMN aws_boundary" % table for table in ("iam_user", "iam_role")],
          "ALTER TABLE iam_role DROP COLUMN template_use", "DROP INDEX tag_list",
          *["ALTER TABLE %s DROP COLUMN parts_sum" % table
            for table in ("iam_user", "iam_group", "iam_role")])
    try:
        server.start()
    except ServerFailed as error:
        t.contains(str(error), "without MACs", "what the start says")
    else:
        raise Failed("the server gave MACs to rows that somebody else had written")
    older = subprocess.run([str(Server.binary), "check", "--data", server.data], text=True,
                           capture_output=True, timeout=60,
                           env=sanitizer_env({"PATH": "/usr/bin:/bin"}))
    t.equal(older.returncode, 2, "iamd check of an older store")
    t.contains(older.stderr, "the store has schema version 7, and this program ")
    # Who knows that the copy is right says so; then the rows get MACs, once.
    (pathlib.Path(server.data) / "store-sealed").unlink()
    server.start()
    t.true(decision(server.client(), user.arn, "s3:GetObject"), "an older store, migrated")
    t.contains(server.log(), "have MACs from now on", "log")
    t.contains(server.log(), '"msg":"the store was migrated, an older iamd cannot use it any more","from":"7"', "log")
    offset = len(server.log().encode())
    server.restart()
    t.true("from now on" not in server.log(offset), "it is said once")
    t.equal(ready(server).status, 200, "readyz")
    t.equal(server.stop(), 0)
    check(server, 0)


def test_a_backup_that_is_put_back_is_verified(t):
    # A backup is the database and the master key; the note that rows have MACs is in neither.
    server = t.server = t.start()
    user = careful_user(t)
    copy = pathlib.Path(server.home) / "copy.db"
    source, target = sqlite3.connect(database(server)), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    t.equal(server.stop(), 0)
    for name in ("iamd.db", "store-sealed", "audit.jsonl"):
        (pathlib.Path(server.data) / name).unlink()
    database(server).write_bytes(copy.read_bytes())
    database(server).chmod(0o600)
    server.start()
    t.true("taken for true" not in server.log(), "the rows are not given other MACs")
    t.true(decision(server.client(), user.arn, "s3:GetObject"), "what was allowed")
    t.equal(ready(server).status, 200, "readyz")
    t.equal(server.stop(), 0)
    check(server, 0)
    (pathlib.Path(server.data) / "store-sealed").unlink()
    t.equal(alter(server, one_word(user)), 1, "rows")
    server.start()
    not_allowed(t, server, user, "a copy that was altered before it was put back")


def test_check_looks_at_what_is_between_rows(t):
    server = t.server = t.start()
    t.user("a", [allow("*")])
    t.role(policy=[allow("*")])
    t.policy("p", allow("*"))
    with_server = subprocess.run([str(Server.binary), "check", "--data", server.data], text=True,
                                 capture_output=True, timeout=60,
                                 env=sanitizer_env({"PATH": "/usr/bin:/bin"}))
    t.equal(with_server.returncode, 2, "beside a server that runs")
    t.contains(with_server.stderr, "another iamd uses")
    t.equal(server.stop(), 0)
    before = database(server).read_bytes()
    check(server, 0)
    t.equal(database(server).read_bytes(), before, "the database after iamd check")
    # After a crash the newest rows are in the log of the database, and are looked at there.
    server.start()
    t.server.client().call("CreateUser", UserName="late")
    server.kill()
    t.contains(check(server, 0)[-1], " 0 findings", "after kill -9")
    server.start()
    t.server.client().call("DeleteUser", UserName="late")
    t.equal(server.stop(), 0)
    before = database(server).read_bytes()
    for statement, line in (
            ("UPDATE account_count SET entities = 7 WHERE kind = 2", "account_count"),
            ("UPDATE iam_user SET name_key = 'x'", "lower case"),
            ("UPDATE iam_policy SET default_version = 9", "default version is missing"),
            ("UPDATE iam_role SET boundary_id = 'ANPAX'", "boundary is missing"),
            ("UPDATE inline_policy SET entity_id = 'AIDA' || name || entity_id", "is of an entity that is missing"),
            ("UPDATE inline_policy SET document = '{'", "was altered"),
            ("UPDATE access_key SET owner_id = 'AIDAX'", "is of a user that is missing"),
            ("UPDATE change_counter SET last_seq = 1", "change")):
        t.true(alter(server, statement) > 0, statement)
        t.contains("\n".join(check(server, 1)), line, statement)
        database(server).write_bytes(before)
    check(server, 0)


# ---- pages -----------------------------------------------------------------------------------


def populate(t):
    """Users, groups, roles and policies; returns the questions."""
    root = t.root
    subjects = []
    policy = t.policy("shared", allow("s3:GetObject"), deny("s3:DeleteObject"))
    for group in range(2):
        root.call("CreateGroup", GroupName="group%d" % group)
        root.call("PutGroupPolicy", GroupName="group%d" % group, PolicyName="p",
                  PolicyDocument=document(deny("s3:Put*"), allow("s3:List*")))
    for number in range(20):
        filler = ["arn:aws:s3:::bucket/%d/%s/*" % (number, "x" * 60) for _ in range(6)]
        user = t.user("page", [allow("s3:*"), deny("s3:Get*", filler)],
                      Tags=[{"Key": "k%d" % i, "Value": "v" * 60} for i in range(5)])
        root.call("AttachUserPolicy", UserName=user.name, PolicyArn=policy)
        root.call("AddUserToGroup", GroupName="group%d" % (number % 2), UserName=user.name)
        subjects.append(user.arn)
    for _ in range(4):
        subjects.append(t.role(policy=[allow("s3:*"), deny("s3:DeleteObject")])[1])
    return [(subject, action) for subject in subjects
            for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket")]


def answers(server, questions):
    client = server.client()
    return [decision(client, subject, action) for subject, action in questions]


DAMAGES = {
    "random": lambda page, pages, number, r: r.randbytes(PAGE),
    "zeroes": lambda page, pages, number, r: bytes(PAGE),
    "another": lambda page, pages, number, r: pages[(number + 1) % len(pages)],
    "bit": lambda page, pages, number, r: flipped(page, r),
}


def flipped(page, r):
    changed = bytearray(page)
    for _ in range(8):
        changed[r.randrange(len(changed))] ^= 1 << r.randrange(8)
    return bytes(changed)


@seconds(3600 if PAGES else 240)
def test_pages_that_are_destroyed(t):
    server = t.server = t.start()
    questions = populate(t)
    want = answers(server, questions)
    t.true(any(want) and not all(want), "some of each")
    t.equal(server.stop(), 0)
    whole = database(server).read_bytes()
    pages = [whole[i:i + PAGE] for i in range(0, len(whole), PAGE)]
    r = random.Random(14)
    numbers = list(range(len(pages)))
    numbers = numbers[:PAGES] if PAGES else sorted(r.sample(numbers, 12))
    told, silent, denials = 0, 0, 0
    for number in numbers:
        kinds = list(DAMAGES) if PAGES else [list(DAMAGES)[number % len(DAMAGES)]]
        for kind in kinds:
            where = "page %d of %d, %s" % (number + 1, len(pages), kind)
            damaged = list(pages)
            damaged[number] = DAMAGES[kind](pages[number], pages, number, r)
            for suffix in ("-wal", "-shm"):
                pathlib.Path(str(database(server)) + suffix).unlink(missing_ok=True)
            database(server).write_bytes(b"".join(damaged))
            try:
                server.start()
            except ServerFailed:
                told += 1
                t.equal(database(server).read_bytes(), b"".join(damaged), "overwritten: " + where)
                continue
            got = answers(server, questions)
            wrong = [q for q, g, w in zip(questions, got, want) if g and not w]
            t.true(not wrong, "%s: allowed now: %s" % (where, wrong))
            if got != want:
                denials += 1
                t.true("error" in server.log() or broken_rows(server) or "error" in server.log(),
                       "nothing in the log: " + where)
            elif damaged[number] != pages[number]:
                silent += 1
            server.kill()
    report = ("%d pages, %d damages: the start refused %d, answers missing and a line of the log %d,"
              " the same answers %d\n" % (len(pages), told + denials + silent, told, denials, silent))
    if PAGES:
        (pathlib.Path(os.environ["IAMD_PAGES_REPORT"])).write_text(report)
