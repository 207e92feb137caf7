# SPDX-License-Identifier: Apache-2.0
"""Ansible of Debian with its modules for IAM, unchanged: playbooks that build, change, check and
delete an account. Each is run twice, and the second run changes nothing."""

import base64
import json
import os
import pathlib
import subprocess

from cases import saml_providers
from lib import keys
from lib.case import Failed, allow, seconds
from lib.server import ROOT, die_with_parent
from lib.totp import Authenticator

PLAYBOOKS = ROOT / "tests/e2e/ansible"
PLAY_S = 400


class Ansible:
    """Runs playbooks as one caller; they see nothing of this machine but its packages."""

    def __init__(self, t, caller, **variables):
        self.t = t
        self.variables = variables
        self.home = pathlib.Path(t.server.home) / "ansible"
        self.home.mkdir()
        key, secret = caller.key_id, caller.client.secret
        self.by_environment = {"AWS_URL": t.server.url, "AWS_ACCESS_KEY_ID": key,
                               "AWS_SECRET_ACCESS_KEY": secret}, {}
        self.by_parameters = {}, {"endpoint": t.server.url, "access_key": key, "secret_key": secret}

    def file(self, name, text):
        path = self.home / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run(self, name, times, env, variables):
        command = ["/usr/bin/ansible-playbook", "--inventory", "localhost,", "--extra-vars",
                   json.dumps({**self.variables, **variables})]
        command += [str(PLAYBOOKS / (name + ".yml"))] * times
        env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.home),
               "TMPDIR": str(self.home), "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
               "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
               "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "eu-west-1", **env}
        return subprocess.run(command, env=env, cwd=self.home, capture_output=True, text=True,
                              timeout=PLAY_S, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)

    def play(self, name, times, how):
        """Runs a playbook that often, one after the other. Returns for each time the results of the
        tasks by their names; fails when one of them has failed. how: one of the two ways to tell the
        modules the server and the key."""
        done = self.run(name, times, *how)
        try:  # what is printed at the end of each time has the times before, too
            plays = json.loads(done.stdout[("\n" + done.stdout).rindex("\n{\n"):])["plays"]
        except (ValueError, LookupError):
            raise Failed("%s.yml: %s%s" % (name, done.stdout, done.stderr)) from None
        results = [{task["task"]["name"]: task["hosts"]["localhost"] for task in play["tasks"]}
                   for play in plays]
        failed = [{task: result for task, result in play.items() if result.get("failed")}
                  for play in results]
        self.t.true(done.returncode == 0 and failed == [{}] * times,
                    "%s.yml ends with %d: %s" % (name, done.returncode, failed))
        return results

    def none_changed(self, name, results):
        changed = [task for task, result in results.items() if result["changed"]]
        self.t.equal(changed, [], "what %s.yml changes" % name)

    def changes_nothing(self, name, how):
        results, = self.play(name, 1, how)
        self.none_changed(name, results)

    def twice(self, name, reads=()):
        """Runs a playbook in which every task but those named in reads has something to do, and again,
        when none has; returns the results of that."""
        first, second = self.play(name, 2, self.by_environment)
        idle = [task for task, result in first.items() if not result["changed"]]
        self.t.equal(idle, list(reads), "what %s.yml finds done" % name)
        self.none_changed(name, second)
        return second


def account_of(t):
    """All that playbooks may leave."""
    parts = {"GetAccountAuthorizationDetails": {}, "ListServerCertificates": {},
             "ListSAMLProviders": {}, "ListInstanceProfiles": {}, "GetAccountSummary": {}}
    return {name: t.root.call(name, **params) for name, params in parts.items()}


def add_what_has_no_module(t, name):
    """Gives a user one of each kind of part that Ansible deletes and cannot make; returns the serial
    number of the MFA device."""
    t.root.call("UploadSSHPublicKey", UserName=name,
                SSHPublicKeyBody=keys.ssh_key(keys.private_key())[0])
    t.root.call("UploadSigningCertificate", UserName=name,
                CertificateBody=keys.certificate()[0])
    t.root.call("CreateServiceSpecificCredential", UserName=name,
                ServiceName="codecommit.amazonaws.com")
    device = t.root.call("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    app = Authenticator(base64.b64decode(device["Base32StringSeed"]).decode())
    t.root.call("EnableMFADevice", UserName=name, SerialNumber=device["SerialNumber"], **app.pair())
    return device["SerialNumber"]


@seconds(800)
def test_an_account_from_its_making_to_its_end(t):
    started = os.times()
    t.root.call("CreateAccountAlias", AccountAlias="ansible-account")
    admin = t.user("admin", [allow("*")])
    ansible = Ansible(t, admin, account=t.account, alias="ansible-account", admin=admin.arn,
                      password="Correct horse 1", pki=str(ROOT / "tests/vectors/pki"))
    metadata = saml_providers.metadata()
    ansible.variables["metadata"] = ansible.file("idp.xml", metadata)
    ansible.variables["other_metadata"] = ansible.file("other.xml", metadata.replace("//idp", "//x"))
    before = account_of(t)
    found = ansible.twice("build", ["The keys of a user"])["The keys of a user"]
    ansible.variables["key_id"] = found["access_keys"][0]["access_key_id"]
    ansible.twice("change")
    ansible.variables["serial"] = serial = add_what_has_no_module(t, "alice")
    for how in (ansible.by_environment, ansible.by_parameters):
        ansible.changes_nothing("check", how)
    ansible.twice("delete")
    t.root.call("DeleteVirtualMFADevice", SerialNumber=serial)
    t.equal(account_of(t), before)
    t.fails("NoSuchEntity", t.root.call, "GetAccountPasswordPolicy")
    used = os.times()
    t.figure("%.0f s of CPU time", used.children_user + used.children_system -
             started.children_user - started.children_system)
