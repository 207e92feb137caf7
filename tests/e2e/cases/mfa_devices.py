# SPDX-License-Identifier: Apache-2.0
"""MFA devices: making, enabling, codes, tags, pages, who may, restarts, rotation, hardware tokens."""

import base64
import time

from lib.case import allow
from lib.hardware import command, import_file
from lib.totp import Authenticator, now, qr_text

WRONG_CODE = "Authentication code for device is not valid."
NEEDS_MFA = ("To complete this action, please ensure that you are authenticated with an MFA device "
             "that is enabled for this user.")


class Device:
    """A virtual device that was made."""

    def __init__(self, t, stem="phone", server=None, **params):
        self.root = (server or t.server).client() if server else t.root
        self.name = t.name(stem)
        self.made = self.root.call("CreateVirtualMFADevice", VirtualMFADeviceName=self.name,
                                   **params)["VirtualMFADevice"]
        self.serial = self.made["SerialNumber"]
        self.seed = base64.b64decode(self.made["Base32StringSeed"]).decode()
        self.app = Authenticator(self.seed)

    def enable(self, user, client=None, **codes):
        return (client or self.root).call("EnableMFADevice", UserName=user,
                                          SerialNumber=self.serial, **(codes or self.app.pair()))


def devices_of(client, user):
    return client.call("ListMFADevices", UserName=user)["MFADevices"] or []


def test_life(t):
    device = Device(t, Path="/team/", Tags=[{"Key": "Team", "Value": "blue"}])
    t.equal(device.serial, "arn:aws:iam::%s:mfa/team/%s" % (t.account, device.name))
    t.equal(set(device.made), {"SerialNumber", "Base32StringSeed", "QRCodePNG", "Tags"})
    t.equal(device.made["Tags"], [{"Key": "Team", "Value": "blue"}])
    t.equal(len(device.seed), 64)
    t.true(Device(t).seed != device.seed, "two devices have one seed")
    user = t.user("ann")
    t.equal(devices_of(t.root, user.name), [])
    t.equal(device.enable(user.name), {})
    listed = devices_of(t.root, user.name)
    t.equal([set(one) for one in listed], [{"UserName", "SerialNumber", "EnableDate"}])
    t.equal((listed[0]["UserName"], listed[0]["SerialNumber"]), (user.name, device.serial))
    t.equal(devices_of(t.root, user.name.upper())[0]["UserName"], user.name)
    error = t.fails("DeleteConflict", t.root.call, "DeleteVirtualMFADevice",
                    SerialNumber=device.serial, status=409)
    t.equal(error.message, "MFA VirtualDevice in use. Must deactivate first.")
    t.equal(t.root.call("ResyncMFADevice", UserName=user.name, SerialNumber=device.serial,
                        **device.app.pair()), {})
    who = {"UserName": user.name, "SerialNumber": device.serial}
    t.equal(t.root.call("DeactivateMFADevice", **who), {})
    t.equal(devices_of(t.root, user.name), [])
    for action, more in (("DeactivateMFADevice", {}), ("ResyncMFADevice", device.app.pair())):
        error = t.fails("NoSuchEntity", t.root.call, action, status=404, **who, **more)
        t.equal(error.message, "MFA Device invalid for user.")
    t.equal(t.root.call("DeleteVirtualMFADevice", SerialNumber=device.serial), {})
    for action, params in (("DeleteVirtualMFADevice", {}), ("DeactivateMFADevice", who),
                           ("EnableMFADevice", dict(who, **device.app.pair())),
                           ("ResyncMFADevice", dict(who, **device.app.pair())),
                           ("GetMFADevice", {"UserName": user.name}), ("ListMFADeviceTags", {})):
        error = t.fails("NoSuchEntity", t.root.call, action, status=404,
                        **{**params, "SerialNumber": device.serial})
        t.equal(error.message, "MFA Device with serial number %s does not exist." % device.serial)


def test_the_picture_is_the_uri(t):
    server = t.start()
    client = server.client()

    def uri(name):
        made = client.call("CreateVirtualMFADevice", VirtualMFADeviceName=name)["VirtualMFADevice"]
        seed = base64.b64decode(made["Base32StringSeed"]).decode()
        return qr_text(base64.b64decode(made["QRCodePNG"])), seed

    for name, quoted in (("phone", "phone"), ("x" * 60, "x" * 60),
                         ("a+b=c,d.e@f-g_", "a%2Bb%3Dc%2Cd.e%40f-g_")):
        text, seed = uri(name)
        t.equal(text, "otpauth://totp/%s@%s?secret=%s" % (quoted, server.account, seed))
    client.call("CreateAccountAlias", AccountAlias="acme-corp")
    text, seed = uri("other")
    t.equal(text, "otpauth://totp/other@acme-corp?secret=" + seed)
    made = client.call("CreateVirtualMFADevice", VirtualMFADeviceName="+" * 223)
    t.true(base64.b64decode(made["VirtualMFADevice"]["QRCodePNG"]), "a picture")


def test_names_and_paths(t):
    device = Device(t, Path="/a//b/")
    t.equal(device.serial, "arn:aws:iam::%s:mfa/a//b/%s" % (t.account, device.name))
    for name in (device.name, device.name.upper()):
        error = t.fails("EntityAlreadyExists", t.root.call, "CreateVirtualMFADevice",
                        VirtualMFADeviceName=name, Path="/other/", status=409)
        t.equal(error.message, "MFA device already exists.")
    for path in ("a/", "/a", "a", "/a b/"):
        error = t.fails("ValidationError", t.root.call, "CreateVirtualMFADevice", status=400,
                        VirtualMFADeviceName="x", Path=path)
        t.contains(error.message, "The specified value for path is invalid. It must begin and end")
    error = t.fails("ValidationError", t.root.call, "CreateVirtualMFADevice", status=400,
                    VirtualMFADeviceName="x", Path="/" + "p" * 511 + "/")
    t.equal(error.message, "1 validation error detected: Value at 'path' failed to satisfy "
                           "constraint: Member must have length less than or equal to 512")
    # no request could name these
    for path in ("/" + "p" * 300 + "/", "/a!b/"):
        error = t.fails("ValidationError", t.root.call, "CreateVirtualMFADevice", status=400,
                        VirtualMFADeviceName="x", Path=path)
        t.contains(error.message, "The serial number that it makes")
    longest = "/" + "p" * (256 - len("arn:aws:iam::%s:mfa//x" % t.account)) + "/"
    made = t.root.call("CreateVirtualMFADevice", VirtualMFADeviceName="x", Path=longest)
    t.equal(len(made["VirtualMFADevice"]["SerialNumber"]), 256)
    t.root.call("DeleteVirtualMFADevice", SerialNumber=made["VirtualMFADevice"]["SerialNumber"])
    # upper and lower case of a serial number differ
    t.fails("NoSuchEntity", t.root.call, "DeleteVirtualMFADevice",
            SerialNumber=device.serial.replace("phone", "PHONE"), status=404)


def refused(t, call, user, device, **codes):
    error = t.fails("InvalidAuthenticationCode", t.root.call, call, UserName=user,
                    SerialNumber=device.serial, status=403, **codes)
    t.equal(error.message, WRONG_CODE)


def test_codes(t):
    user, device = t.user("ann").name, Device(t)
    step = now()
    good = device.app.at(step)
    back = {"AuthenticationCode1": good["AuthenticationCode2"],
            "AuthenticationCode2": good["AuthenticationCode1"]}
    same = {name: good["AuthenticationCode1"] for name in good}
    apart = {"AuthenticationCode1": device.app.code(step),
             "AuthenticationCode2": device.app.code(step + 2)}
    for codes in (device.app.wrong(), back, same, apart):
        refused(t, "EnableMFADevice", user, device, **codes)
    t.equal(devices_of(t.root, user), [])
    device.enable(user, **good)
    # both must be later than the last pair
    for late in (step, step - 1, step + 1):
        refused(t, "ResyncMFADevice", user, device, **device.app.at(late))
    t.root.call("ResyncMFADevice", UserName=user, SerialNumber=device.serial,
                **device.app.at(step + 2))


def test_a_pair_is_remembered_across_users(t):
    first, second, device = t.user("ann").name, t.user("bea").name, Device(t)
    step = now()
    device.enable(first, **device.app.at(step))
    t.root.call("DeactivateMFADevice", UserName=first, SerialNumber=device.serial)
    refused(t, "EnableMFADevice", second, device, **device.app.at(step))
    device.enable(second, **device.app.at(step + 2))
    t.equal(devices_of(t.root, second)[0]["SerialNumber"], device.serial)


def test_the_window(t):
    """The second code is of 998 steps before to 1000 after the device's time."""
    user = t.user("ann").name
    for second, fits in ((-1000, False), (-996, True), (1000, True), (1003, False)):
        device = Device(t)
        codes = device.app.at(now() + second - 1)
        if fits:
            device.enable(user, **codes)
        else:
            refused(t, "EnableMFADevice", user, device, **codes)
    # the clock of a device that is ahead stays ahead
    device = Device(t)
    step = now() + 900
    device.enable(user, **device.app.at(step))
    t.root.call("ResyncMFADevice", UserName=user, SerialNumber=device.serial,
                **device.app.at(step + 900))


def test_attempts_are_bounded(t):
    """Nine in a window of three minutes, right and wrong ones; other devices are not concerned."""
    user, device, other = t.user("ann").name, Device(t), Device(t)
    while time.time() % 180 > 170:
        time.sleep(1)
    for _ in range(9):
        refused(t, "EnableMFADevice", user, device, **device.app.wrong())
    refused(t, "EnableMFADevice", user, device, **device.app.pair())
    other.enable(user)
    # the operator is told why, the client is not
    told = [record.get("additionalEventData") for record in t.server.audit()
            if record.get("errorCode") == "InvalidAuthenticationCode"][-2:]
    t.equal(told, [None, {"explanation": "too many attempts for this device in three minutes"}])


def test_made_again(t):
    """Another device under the same name: without the tags, and other codes."""
    user, device = t.user("ann").name, Device(t, Tags=[{"Key": "k", "Value": "v"}])
    t.root.call("DeleteVirtualMFADevice", SerialNumber=device.serial)
    made = t.root.call("CreateVirtualMFADevice",
                       VirtualMFADeviceName=device.name)["VirtualMFADevice"]
    t.equal(made["SerialNumber"], device.serial)
    t.equal(t.root.call("ListMFADeviceTags", SerialNumber=device.serial)["Tags"] or [], [])
    refused(t, "EnableMFADevice", user, device, **device.app.pair())


def test_who_has_it(t):
    first, second, device = t.user("ann").name, t.user("bea").name, Device(t)
    device.enable(first)
    error = t.fails("EntityAlreadyExists", device.enable, first, status=409)
    t.equal(error.message, "MFA Device for user %s already exists." % first)
    error = t.fails("EntityAlreadyExists", device.enable, second, status=409)
    t.equal(error.message, "MFA Device is already in use.")
    for action in ("DeactivateMFADevice", "ResyncMFADevice"):
        more = device.app.pair() if action.startswith("R") else {}
        error = t.fails("NoSuchEntity", t.root.call, action, UserName=second,
                        SerialNumber=device.serial, status=404, **more)
        t.equal(error.message, "MFA Device invalid for user.")
    # the user is looked for first
    for action in ("EnableMFADevice", "DeactivateMFADevice", "ResyncMFADevice", "ListMFADevices",
                   "GetMFADevice"):
        params = {"UserName": "nobody"}
        if action != "ListMFADevices":
            params["SerialNumber"] = "no-such-device"
        if action[0] in "ER":
            params.update(device.app.pair())
        error = t.fails("NoSuchEntity", t.root.call, action, status=404, **params)
        t.equal(error.message, "The user with name nobody cannot be found.")
    error = t.fails("ValidationError", t.root.call, "GetMFADevice", UserName=first, status=400,
                    SerialNumber=device.serial)
    t.contains(error.message, "Currently, only hardware FIDO security keys are supported.")


def test_forms(t):
    for params in ({"AuthenticationCode1": "12345"}, {"AuthenticationCode1": "1234567"},
                   {"AuthenticationCode2": "12345a"}, {"SerialNumber": "12345678"},
                   {"SerialNumber": "x" * 257}, {"SerialNumber": "white space"}):
        whole = {"UserName": "u", "SerialNumber": "GAHT12345678", "AuthenticationCode1": "000000",
                 "AuthenticationCode2": "000001", **params}
        t.fails("ValidationError", t.root.call, "EnableMFADevice", status=400, **whole)
    t.fails("ValidationError", t.root.call, "ListVirtualMFADevices", AssignmentStatus="None",
            status=400)
    t.fails("ValidationError", t.root.call, "CreateVirtualMFADevice", status=400,
            VirtualMFADeviceName="x" * 224)


def test_a_user_has_eight(t):
    server = t.start(extra=("--quota", "MFADevicesPerAccount=10"))
    client = server.client()
    user = t.user("ann", server=server).name
    for _ in range(8):
        Device(t, server=server).enable(user)
    device = Device(t, server=server)
    error = t.fails("LimitExceeded", device.enable, user, status=409)
    t.equal(error.message, "Cannot exceed quota for MFADevicesPerUser: 8")
    Device(t, server=server)
    error = t.fails("LimitExceeded", client.call, "CreateVirtualMFADevice",
                    VirtualMFADeviceName="eleventh", status=409)
    t.equal(error.message, "Cannot exceed quota for MFADevicesPerAccount: 10")
    rows, marker = [], {}
    while True:
        page = client.call("ListMFADevices", UserName=user, MaxItems=3, **marker)
        rows += page["MFADevices"]
        if page["IsTruncated"] == "false":
            break
        marker = {"Marker": page["Marker"]}
    t.equal(rows, devices_of(client, user))
    t.equal(len({row["SerialNumber"] for row in rows}), 8)


def test_lists(t):
    server = t.start()
    client = server.client()
    ann = t.user("ann", server=server, Path="/x/")
    made = sorted((Device(t, server=server) for _ in range(4)), key=lambda device: device.name)
    made[1].enable(ann.name)
    made[2].enable("root")

    def listed(**params):
        return client.call("ListVirtualMFADevices", **params)["VirtualMFADevices"] or []

    t.equal([one["SerialNumber"] for one in listed()], [device.serial for device in made])
    t.equal(listed(AssignmentStatus="Any"), listed())
    t.equal(listed(AssignmentStatus="Unassigned"),
            [{"SerialNumber": made[0].serial}, {"SerialNumber": made[3].serial}])
    assigned = listed(AssignmentStatus="Assigned")
    t.equal([set(one) for one in assigned], [{"SerialNumber", "User", "EnableDate"}] * 2)
    user = client.call("GetUser", UserName=ann.name)["User"]
    t.equal(assigned[0]["User"], {key: user[key] for key in
                                  ("Path", "UserName", "UserId", "Arn", "CreateDate")})
    t.equal(assigned[1]["User"], client.call("GetUser")["User"])
    t.equal(set(assigned[1]["User"]), {"UserId", "Arn", "CreateDate"})
    t.equal(listed(AssignmentStatus="Assigned", MaxItems=1), assigned[:1])
    own = client.call("ListMFADevices")["MFADevices"]
    t.equal([one["SerialNumber"] for one in own], [made[2].serial])


def numbers(client):
    summary = client.call("GetAccountSummary")["SummaryMap"]
    return tuple(int(summary[key]) for key in ("MFADevices", "MFADevicesInUse", "AccountMFAEnabled"))


def test_summary_and_restart(t):
    server = t.start()
    client = server.client()
    user = t.user("ann", server=server).name
    t.equal(numbers(client), (0, 0, 0))
    device, own = Device(t, server=server), Device(t, server=server)
    t.equal(numbers(client), (2, 0, 0))
    device.enable(user)
    t.equal(numbers(client), (2, 1, 0))
    own.enable("root")
    t.equal(numbers(client), (2, 2, 1))
    before = client.call("ListVirtualMFADevices")
    last = device.app.at(device.app.last)
    server.kill()
    server.start()
    client = server.client()
    t.equal(client.call("ListVirtualMFADevices"), before)
    t.equal(numbers(client), (2, 2, 1))
    # what was used stays used, and the seed opens
    t.fails("InvalidAuthenticationCode", client.call, "ResyncMFADevice", UserName=user,
            SerialNumber=device.serial, status=403, **last)
    client.call("ResyncMFADevice", UserName=user, SerialNumber=device.serial, **device.app.pair())
    client.call("DeactivateMFADevice", SerialNumber=own.serial)
    client.call("DeactivateMFADevice", UserName=user, SerialNumber=device.serial)
    client.call("DeleteVirtualMFADevice", SerialNumber=device.serial)
    t.equal(numbers(client), (1, 0, 0))


def test_a_user_with_a_device_is_not_deleted(t):
    user, device = t.root.call("CreateUser", UserName=t.name("ann"))["User"]["UserName"], Device(t)
    t.root.call("CreateLoginProfile", UserName=user, Password="Correct-horse-1")
    device.enable(user)
    error = t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=user, status=409)
    t.equal(error.message, "Cannot delete entity, must remove tokens from principal first.")
    renamed = t.name("bea")
    t.root.call("UpdateUser", UserName=user, NewUserName=renamed, NewPath="/moved/")
    t.equal(devices_of(t.root, renamed)[0]["UserName"], renamed)
    t.root.call("DeactivateMFADevice", UserName=renamed, SerialNumber=device.serial)
    t.root.call("DeleteLoginProfile", UserName=renamed)
    t.root.call("DeleteUser", UserName=renamed)


def test_a_user_with_a_device_needs_it(t):
    """Recorded on AWS: whatever the policies say; and said before anything about the device."""
    user = t.user("ann", [allow("iam:*")])
    first, second = Device(t), Device(t)
    first.enable(user.name, client=user.client)
    own = {"UserName": user.name}
    for action, params in (("DeactivateMFADevice", {"SerialNumber": first.serial}),
                           ("EnableMFADevice", {"SerialNumber": second.serial,
                                                **second.app.pair()}),
                           ("EnableMFADevice", {"SerialNumber": "no-such-device",
                                                **second.app.pair()})):
        error = t.denied(user.client.call, action, **own, **params)
        t.equal(error.message, NEEDS_MFA)
    error = t.denied(user.client.call, "DeactivateMFADevice", SerialNumber=first.serial)
    t.equal(error.message, NEEDS_MFA)
    # not to set its clock, and not for others
    user.client.call("ResyncMFADevice", UserName=user.name, SerialNumber=first.serial,
                     **first.app.pair())
    other = t.user("bea").name
    second.enable(other, client=user.client)
    user.client.call("DeactivateMFADevice", UserName=other, SerialNumber=second.serial)
    t.equal(len(user.client.call("ListMFADevices")["MFADevices"]), 1)


def test_tags(t):
    device = Device(t)
    who = {"SerialNumber": device.serial}

    def tags():
        return [(tag["Key"], tag["Value"])
                for tag in t.root.call("ListMFADeviceTags", **who)["Tags"] or []]

    t.equal(tags(), [])
    t.root.call("TagMFADevice", Tags=[{"Key": "Team", "Value": "blue"},
                                      {"Key": "team", "Value": "red"}], **who)
    t.equal(tags(), [("Team", "blue"), ("team", "red")], "two tags, as recorded")
    t.root.call("TagMFADevice", Tags=[{"Key": "team", "Value": "green"}], **who)
    t.equal(tags(), [("Team", "blue"), ("team", "green")])
    t.root.call("UntagMFADevice", TagKeys=["Team"], **who)
    t.equal(tags(), [("team", "green")])
    t.fails("InvalidInput", t.root.call, "TagMFADevice", status=400,
            Tags=[{"Key": "aws:x", "Value": "v"}], **who)
    t.fails("LimitExceeded", t.root.call, "TagMFADevice", status=409,
            Tags=[{"Key": "k%d" % n, "Value": "v"} for n in range(50)], **who)
    user = t.user("ann", [allow("iam:DeleteVirtualMFADevice", Condition={
        "StringEquals": {"aws:ResourceTag/team": "green"}})])
    other = Device(t)
    t.denied(user.client.call, "DeleteVirtualMFADevice", SerialNumber=other.serial)
    user.client.call("DeleteVirtualMFADevice", **who)


def test_who_may(t):
    device = Device(t)
    someone = t.user("bea").name
    mine = t.user("ann")
    arn = "arn:aws:iam::%s:mfa/" % t.account
    codes = device.app.at(now() - 5)
    calls = (
        ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "x", "Path": "/p/"}, arn + "p/x"),
        ("DeleteVirtualMFADevice", {"SerialNumber": device.serial}, device.serial),
        ("ListVirtualMFADevices", {}, arn),
        ("ListMFADevices", {"UserName": someone}, "user " + someone),
        ("ListMFADevices", {}, "*"),
        ("EnableMFADevice", {"UserName": someone, "SerialNumber": device.serial, **codes},
         "user " + someone),
        ("ResyncMFADevice", {"UserName": someone, "SerialNumber": device.serial, **codes},
         "user " + someone),
        ("DeactivateMFADevice", {"UserName": someone, "SerialNumber": device.serial},
         "user " + someone),
        ("DeactivateMFADevice", {"SerialNumber": device.serial}, "user " + mine.name),
        ("TagMFADevice", {"SerialNumber": device.serial, "Tags": [{"Key": "k", "Value": "v"}]},
         device.serial),
        ("UntagMFADevice", {"SerialNumber": device.serial, "TagKeys": ["k"]}, device.serial),
        ("ListMFADeviceTags", {"SerialNumber": device.serial}, device.serial),
        ("GetMFADevice", {"UserName": someone, "SerialNumber": device.serial}, "user " + someone),
    )
    for action, params, resource in calls:
        error = t.denied(mine.client.call, action, **params)
        t.contains(error.message, "is not authorized to perform: iam:%s on resource: %s because" % (
            action, resource), action)
    maker = t.user("eve", [allow("iam:CreateVirtualMFADevice", arn + "${aws:username}")])
    error = t.denied(maker.client.call, "CreateVirtualMFADevice", VirtualMFADeviceName=maker.name,
                     Tags=[{"Key": "k", "Value": "v"}])
    t.contains(error.message, "iam:TagMFADevice on resource: " + arn + maker.name)
    t.denied(maker.client.call, "CreateVirtualMFADevice", VirtualMFADeviceName="other")
    maker.client.call("CreateVirtualMFADevice", VirtualMFADeviceName=maker.name)


def test_no_secret_is_recorded(t):
    server = t.start()
    client = server.client()
    user, device = t.user("ann", server=server).name, Device(t, server=server)
    step = now()
    codes = device.app.at(step)
    device.enable(user, **codes)
    records = [record for record in server.audit() if "MFADevice" in record["eventName"]]
    t.equal([record["eventName"] for record in records],
            ["CreateVirtualMFADevice", "EnableMFADevice"])
    text = str(server.audit()) + server.log()
    for secret in (device.seed, device.made["Base32StringSeed"], device.made["QRCodePNG"],
                   codes["AuthenticationCode1"], codes["AuthenticationCode2"]):
        t.true(secret not in text, "a secret is in the audit trail or the log")
    del client


# ---- hardware, the master key ------------------------------------------------------------------

TOKEN_SEED = base64.b32encode(b"12345678901234567890").decode()
USER_KEY = "arn:aws:iam::111122223333:u2f/user/ann/default-ABC"


def test_hardware_tokens_are_imported(t):
    server = t.start()
    user = t.user("ann", server=server).name
    running = import_file(server, "GAHT12345678 %s\n" % TOKEN_SEED)
    t.equal(running.returncode, 1)
    t.contains(running.stderr, "stop it first")
    server.stop()
    done = import_file(server, "# tokens\n\nGAHT12345678 %s\n GAHT87654321\t%s\r\n" % (
        TOKEN_SEED, base64.b32encode(b"another seed of a token").decode().lower()))
    t.equal((done.returncode, done.stderr), (0, ""))
    t.contains(done.stdout, "2 MFA devices imported into account " + server.account)
    record = server.audit()[-1]
    t.equal((record["eventName"], record["recipientAccountId"]),
            ("ImportMFADevices", server.account))
    t.true(TOKEN_SEED not in str(server.audit()), "a seed is in the audit trail")
    server.start()
    client = server.client()
    app = Authenticator(TOKEN_SEED)
    who = {"UserName": user, "SerialNumber": "GAHT12345678"}
    t.fails("InvalidAuthenticationCode", client.call, "EnableMFADevice", status=403, **who,
            **app.wrong())
    client.call("EnableMFADevice", **who, **app.pair())
    t.equal([one["SerialNumber"] for one in devices_of(client, user)], ["GAHT12345678"])
    client.call("ResyncMFADevice", **who, **app.pair())
    t.equal(client.call("ListVirtualMFADevices")["VirtualMFADevices"] or [], [])
    t.equal(numbers(client), (2, 1, 0))
    # neither tagged nor deleted: that is for virtual devices
    for action, more in (("DeleteVirtualMFADevice", {}), ("ListMFADeviceTags", {}),
                         ("TagMFADevice", {"Tags": [{"Key": "k", "Value": "v"}]}),
                         ("UntagMFADevice", {"TagKeys": ["k"]})):
        error = t.fails("NoSuchEntity", client.call, action, SerialNumber="GAHT12345678",
                        status=404, **more)
        t.equal(error.message, "MFA Device with serial number GAHT12345678 does not exist.")
    client.call("DeactivateMFADevice", **who)
    other = t.user("bea", server=server).name
    client.call("EnableMFADevice", UserName=other, SerialNumber="GAHT12345678", **app.pair())


def test_security_keys_are_shown(t):
    server = t.start()
    ann = t.user("ann", [allow("iam:*")], server=server, UserName="ann")
    t.user("bea", server=server, UserName="bea")
    server.stop()
    done = import_file(server, "%s fido ann FIDO=L1 FIPS-140-2=L2\nu2f-123456 fido ANN\n" % USER_KEY)
    t.equal((done.returncode, done.stderr), (0, ""))
    server.start()
    client = server.client()
    got = client.call("GetMFADevice", UserName="ann", SerialNumber=USER_KEY)
    t.equal(set(got), {"UserName", "SerialNumber", "EnableDate", "Certifications"})
    t.equal((got["UserName"], got["SerialNumber"], got["Certifications"]),
            ("ann", USER_KEY, {"FIDO": "L1", "FIPS-140-2": "L2"}))
    got = client.call("GetMFADevice", UserName="ann", SerialNumber="u2f-123456")
    t.true(not got["Certifications"], got)
    t.equal(len(devices_of(client, "ann")), 2)
    t.equal(ann.client.call("GetMFADevice", SerialNumber=USER_KEY)["UserName"], "ann")
    error = t.fails("NoSuchEntity", client.call, "GetMFADevice", UserName="bea",
                    SerialNumber=USER_KEY, status=404)
    t.equal(error.message, "MFA Device invalid for user.")
    # it has no codes
    t.fails("InvalidAuthenticationCode", client.call, "ResyncMFADevice", UserName="ann",
            SerialNumber=USER_KEY, status=403, AuthenticationCode1="000000",
            AuthenticationCode2="000001")
    error = t.denied(ann.client.call, "DeactivateMFADevice", SerialNumber=USER_KEY)
    t.equal(error.message, NEEDS_MFA)
    client.call("DeactivateMFADevice", UserName="ann", SerialNumber=USER_KEY)
    t.fails("NoSuchEntity", client.call, "GetMFADevice", UserName="ann", SerialNumber=USER_KEY,
            status=404)
    t.equal(numbers(client), (1, 1, 0))


def test_what_cannot_be_imported(t):
    server = t.start()
    t.user("ann", server=server, UserName="ann")
    server.stop()
    good = "GAHT12345678 %s\n" % TOKEN_SEED
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1"
    for text, words in (
            ("short %s\n" % TOKEN_SEED, "line 2: a serial number has 9 to 256"),
            ("GAHT00000001\n", "line 2: a seed is 16 to 64 bytes in base32"),
            ("GAHT00000001 %s\n" % secret, "line 2: a seed is 16 to 64 bytes"),
            ("GAHT00000001 %s\n" % TOKEN_SEED[:24], "line 2: a seed is 16 to 64 bytes"),
            ("GAHT00000001 %s x\n" % TOKEN_SEED, "line 2: something follows the seed"),
            ("\n\nGAHT12345678 %s\n" % TOKEN_SEED, "line 4: the serial number is taken"),
            ("arn:aws:iam::111122223333:mfa/x %s\n" % TOKEN_SEED, "the ARN of a virtual device"),
            ("GAHT00000001 fido\n", "line 2: after fido comes the name"),
            ("GAHT00000001 fido nobody\n", "line 2: there is no such user"),
            ("GAHT00000001 fido ann FIDO\n", "certifications KEY=VALUE"),
            ("#\n" * (3 << 20), "the file has more than 4 MiB")):
        result = import_file(server, good + text)
        t.equal(result.returncode, 1, text[:40])
        t.contains(result.stderr, words)
        t.true(secret not in result.stderr and TOKEN_SEED not in result.stderr, "a seed is told")
    for mode in (0o644, 0o640, 0o622):
        result = import_file(server, good, mode)
        t.equal(result.returncode, 1, oct(mode))
        t.contains(result.stderr, "chmod")
    result = command(server, "mfa", "import", "--seeds", "/nothing")
    t.equal(result.returncode, 1)
    t.contains(result.stderr, "cannot read '/nothing'")
    server.start()
    t.equal(numbers(server.client()), (0, 0, 0))


def test_rotation_and_check(t):
    """Seeds go with a rotation of the master key, and `iamd check` opens them."""
    server = t.start()
    client = server.client()
    user, device = t.user("ann", server=server).name, Device(t, server=server)
    device.enable(user)
    for _ in range(2):
        done = command(server, "rotate-master-key")
        t.equal((done.returncode, done.stderr), (0, ""))
        t.contains(done.stdout, "3 secrets are sealed with the new key")
        client.call("ResyncMFADevice", UserName=user, SerialNumber=device.serial,
                    **device.app.pair())
    server.stop()
    t.equal(import_file(server, "GAHT12345678 %s\n" % TOKEN_SEED).returncode, 0)
    t.contains(command(server, "rotate-master-key").stdout, "4 secrets")
    t.contains(command(server, "check").stdout, " 0 findings")
    server.start()
    client = server.client()
    client.call("ResyncMFADevice", UserName=user, SerialNumber=device.serial, **device.app.pair())
    client.call("EnableMFADevice", UserName=user, SerialNumber="GAHT12345678",
                **Authenticator(TOKEN_SEED).pair())
