# SPDX-License-Identifier: Apache-2.0
"""The credential report: its columns and values, when one is made, and a restart in the middle."""

import base64
import csv
import io
import pathlib
import sqlite3
import time

from lib import keys
from lib.case import Failed, allow
from lib.clock import Clock
from lib.totp import Authenticator
from lib.wire import ApiError, parse_error

SERVER = None
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated")
FIRST = {"State": "STARTED",
         "Description": "No report exists. Starting a new report generation task"}
NONE = "N/A"
HOUR = 3600
WAIT_S = 40
PASSWORD = "Correct-horse-1"


def wait_for(client):
    """The answer of GetCredentialReport once there is one."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            return client.call("GetCredentialReport")
        except ApiError as error:
            if error.code != "ReportInProgress":
                raise
        time.sleep(0.05)
    raise Failed("no report in %d s" % WAIT_S)


def text_of(answer):
    return base64.b64decode(answer["Content"], validate=True).decode()


def rows_of(answer):
    return {row["user"]: row for row in csv.DictReader(io.StringIO(text_of(answer)))}


def make(client):
    client.call("GenerateCredentialReport")
    return wait_for(client)


def test_before_and_after(t):
    """As recorded on AWS: errors without a message, STARTED with a sentence, COMPLETE without."""
    t.server = t.start()
    response = t.root.query("GetCredentialReport")
    t.equal((response.status, parse_error(response).code), (410, "ReportNotPresent"))
    t.true("Message" not in response.text, response.text)
    t.equal(t.root.call("GenerateCredentialReport"), FIRST)
    response = t.root.query("GetCredentialReport")
    if response.status != 200:  # it can be ready by now
        t.equal((response.status, parse_error(response).code), (404, "ReportInProgress"))
        t.true("Message" not in response.text, response.text)
    made = wait_for(t.root)
    t.equal(set(made), {"Content", "ReportFormat", "GeneratedTime"})
    t.equal(made["ReportFormat"], "text/csv")
    t.equal(t.root.call("GenerateCredentialReport"), {"State": "COMPLETE"})
    t.root.call("CreateUser", UserName="later")
    t.equal(t.root.call("GetCredentialReport"), made, "a report that is kept")


def no_key(number):
    names = ("last_rotated", "last_used_date", "last_used_region", "last_used_service")
    return {"access_key_%d_active" % number: "false",
            **{"access_key_%d_%s" % (number, name): NONE for name in names}}


CERTIFICATES = {"cert_1_active": "false", "cert_1_last_rotated": NONE, "cert_2_active": "false",
                "cert_2_last_rotated": NONE}
NO_PASSWORD = {"password_enabled": "false", "password_last_used": NONE,
               "password_last_changed": NONE, "password_next_rotation": NONE}


def test_columns_and_values(t):
    t.server = t.start()
    bare = t.root.call("CreateUser", UserName="bare")["User"]
    t.root.call("CreateUser", UserName="pass")
    profile = t.root.call("CreateLoginProfile", UserName="pass", Password=PASSWORD)["LoginProfile"]
    keys = t.user(UserName="keys", policy=[allow("iam:GetUser")])
    old = t.root.call("ListAccessKeys", UserName="keys")["AccessKeyMetadata"][0]
    second = t.root.call("CreateAccessKey", UserName="keys")["AccessKey"]
    t.root.call("UpdateAccessKey", UserName="keys", AccessKeyId=second["AccessKeyId"],
                Status="Inactive")
    keys.client.call("GetUser")
    end = time.monotonic() + WAIT_S
    while "LastUsedDate" not in t.root.call(
            "GetAccessKeyLastUsed", AccessKeyId=old["AccessKeyId"])["AccessKeyLastUsed"]:
        t.true(time.monotonic() < end, "the use of a key is not recorded")
        time.sleep(0.1)
    used = t.root.call("GetAccessKeyLastUsed", AccessKeyId=old["AccessKeyId"])["AccessKeyLastUsed"]
    made = make(t.root)
    text = text_of(made)
    t.equal(text.split("\n")[0], HEADER)
    t.true(not text.endswith("\n") and "\r" not in text, "how it ends")
    rows = rows_of(made)
    t.equal(list(rows), ["<root_account>", "bare", "keys", "pass"])
    t.equal(rows["bare"], {"user": "bare", "arn": bare["Arn"],
                           "user_creation_time": bare["CreateDate"], **NO_PASSWORD,
                           "mfa_active": "false", **no_key(1), **no_key(2), **CERTIFICATES})
    t.equal({name: rows["pass"][name] for name in NO_PASSWORD},
            {"password_enabled": "true", "password_last_used": "no_information",
             "password_last_changed": profile["CreateDate"], "password_next_rotation": NONE})
    shown = {"active": "true", "last_rotated": old["CreateDate"],
             "last_used_date": used["LastUsedDate"], "last_used_region": "us-east-1",
             "last_used_service": "iam"}
    other = {"active": "false", "last_rotated": second["CreateDate"], "last_used_date": NONE,
             "last_used_region": NONE, "last_used_service": NONE}
    numbers = (1, 2) if ((old["CreateDate"], old["AccessKeyId"]) <
                         (second["CreateDate"], second["AccessKeyId"])) else (2, 1)
    for number, want in zip(numbers, (shown, other)):
        t.equal({name: rows["keys"]["access_key_%d_%s" % (number, name)] for name in want}, want)
    root = rows["<root_account>"]
    t.equal(root["arn"], "arn:aws:iam::%s:root" % t.account)
    t.equal([root[name] for name in NO_PASSWORD],
            ["not_supported", "no_information", "not_supported", "not_supported"])
    t.equal((root["access_key_1_active"], root["access_key_2_active"], root["mfa_active"]),
            ("true", "false", "false"))


def test_devices_and_certificates(t):
    t.server = t.start()
    for name in ("device", "signer", "neither"):
        t.root.call("CreateUser", UserName=name)
    made = t.root.call("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    app = Authenticator(base64.b64decode(made["Base32StringSeed"]))
    t.root.call("EnableMFADevice", UserName="device", SerialNumber=made["SerialNumber"], **app.pair())
    certs = []
    for body in ("leaf.pem", "ec.pem"):
        certs.append(t.root.call("UploadSigningCertificate", UserName="signer",
                                 CertificateBody=keys.vector(body))["Certificate"])
    t.root.call("UpdateSigningCertificate", UserName="signer", Status="Inactive",
                CertificateId=certs[1]["CertificateId"])
    rows = rows_of(make(t.root))
    t.equal({name: row["mfa_active"] for name, row in rows.items()},
            {"<root_account>": "false", "device": "true", "signer": "false", "neither": "false"})
    active = {certs[0]["CertificateId"]: "true", certs[1]["CertificateId"]: "false"}
    certs.sort(key=lambda cert: (cert["UploadDate"], cert["CertificateId"]))
    for number, cert in enumerate(certs, 1):
        t.equal((rows["signer"]["cert_%d_active" % number],
                 rows["signer"]["cert_%d_last_rotated" % number]),
                (active[cert["CertificateId"]], cert["UploadDate"]))
    t.equal({name: rows["device"][name] for name in CERTIFICATES}, CERTIFICATES)


def test_next_rotation(t):
    """What the password policy says of the age, from the last change on."""
    clock = Clock()
    t.server = t.start(env=clock.env)
    t.root.call("UpdateAccountPasswordPolicy", MaxPasswordAge=90)
    for name in ("kept", "changed"):
        t.root.call("CreateUser", UserName=name)
        t.root.call("CreateLoginProfile", UserName=name, Password=PASSWORD)

    def ask(action, **params):
        return t.root.query(action, params, moment=clock.now())

    clock.set(10 * 24 * HOUR)
    t.equal(ask("UpdateLoginProfile", UserName="changed", Password=PASSWORD + "x").status, 200)
    t.equal(ask("GenerateCredentialReport").status, 200)
    end = time.monotonic() + WAIT_S
    while ask("GetCredentialReport").status != 200:
        t.true(time.monotonic() < end, "there is no report")
        time.sleep(0.05)
    body = ask("GetCredentialReport").text
    rows = rows_of({"Content": body.partition("<Content>")[2].partition("</Content>")[0]})
    days = {}
    for name in ("kept", "changed"):
        dates = [time.strptime(rows[name][column], "%Y-%m-%dT%H:%M:%SZ") for column in (
            "user_creation_time", "password_last_changed", "password_next_rotation")]
        seconds = [time.mktime(date) for date in dates]
        days[name] = [round((later - seconds[0]) / (24 * HOUR)) for later in seconds[1:]]
    t.equal(days, {"kept": [0, 90], "changed": [10, 100]})


def test_fields_that_need_quotes(t):
    t.server = t.start()
    odd = {"a,b": "/x,y/", "=1+1": "/\"quoted\"/", "plain": "/a/", "-x@y": "/%20;'/"}
    for name, path in odd.items():
        t.root.call("CreateUser", UserName=name, Path=path)
    made = make(t.root)
    rows = rows_of(made)
    t.equal(set(rows), set(odd) | {"<root_account>"})
    for name, path in odd.items():
        t.equal(rows[name]["arn"], t.arn("user", name, path))
        t.true(None not in rows[name], "too many fields: %r" % rows[name])
    lines = text_of(made).split("\n")
    t.true(any(line.startswith('"a,b","arn:') for line in lines), lines)
    t.true(any(line.startswith("plain,arn:") for line in lines), lines)


def test_four_hours(t):
    clock = Clock()
    t.server = t.start(env=clock.env)
    first = make(t.root)

    def ask(action):
        response = t.root.query(action, {}, moment=clock.now())
        return response if response.status == 200 else parse_error(response).code

    clock.set(4 * HOUR - 60)
    t.contains(ask("GenerateCredentialReport").text, "<State>COMPLETE</State>")
    t.contains(ask("GetCredentialReport").text, first["GeneratedTime"])
    clock.set(4 * HOUR + 60)
    t.equal(ask("GetCredentialReport"), "ReportExpired")
    started = ask("GenerateCredentialReport").text
    t.contains(started, "<State>STARTED</State>")
    t.true("Description" not in started, started)
    end = time.monotonic() + WAIT_S
    while isinstance(ask("GetCredentialReport"), str):
        t.true(time.monotonic() < end, "no second report")
        time.sleep(0.05)
    t.true(first["GeneratedTime"] not in ask("GetCredentialReport").text, "the first report again")


def test_a_restart_in_the_middle(t):
    """Killed while a report is being made: it is made after the start."""
    for _ in range(5):
        server = t.server = t.start()
        t.root.call("CreateUser", UserName="u")
        t.equal(t.root.call("GenerateCredentialReport"), FIRST)
        # Nobody can write now, so the report cannot be finished.
        other = sqlite3.connect(pathlib.Path(server.data) / "iamd.db", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            response = t.root.query("GetCredentialReport")
            if response.status == 200:
                continue  # it was finished before that
            t.equal(parse_error(response).code, "ReportInProgress")
            server.kill()
        finally:
            other.close()
        server.start()
        t.roots.clear()
        t.equal(set(rows_of(wait_for(t.root))), {"<root_account>", "u"})
        server.restart()
        t.roots.clear()
        t.equal(t.root.call("GenerateCredentialReport"), {"State": "COMPLETE"})
        return
    raise Failed("five reports were finished within a moment")


def test_who_may(t):
    t.server = t.start()
    maker = t.user("maker", [allow("iam:GenerateCredentialReport")])
    reader = t.user("reader", [allow("iam:GetCredentialReport")])
    for client, action in ((reader.client, "GenerateCredentialReport"),
                           (maker.client, "GetCredentialReport")):
        error = t.denied(client.call, action)
        t.contains(error.message, "is not authorized to perform: iam:%s on resource: * because"
                   % action)
    maker.client.call("GenerateCredentialReport")
    t.equal(set(rows_of(wait_for(reader.client))), {"<root_account>", maker.name, reader.name})


def test_many_users(t):
    """Of several pages; others are answered meanwhile."""
    t.server = t.start()
    names = ["user%04d" % n for n in range(450)]
    for name in names:
        t.root.call("CreateUser", UserName=name)
    t.equal(t.root.call("GenerateCredentialReport"), FIRST)
    slowest = 0.0
    for _ in range(20):
        start = time.monotonic()
        t.root.call("GetUser", UserName=names[0])
        slowest = max(slowest, time.monotonic() - start)
    t.equal(list(rows_of(wait_for(t.root))), ["<root_account>", *names])
    t.figure("slowest read meanwhile: %.0f ms", slowest * 1000)
