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
PLAY_S = 200


class Ansible:
    """Runs playbooks with the same variables; sees nothing of this machine but its packages."""

    def __init__(self, t, **variables):
        self.t = t
        self.variables = variables
        self.home = pathlib.Path(t.server.home) / "ansible"
        self.home.mkdir()

    def file(self, name, text):
        path = self.home / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run(self, name, variables, env):
        command = ["/usr/bin/ansible-playbook", "--inventory", "localhost,", "--extra-vars",
                   json.dumps({**self.variables, **variables}), str(PLAYBOOKS / (name + ".yml"))]
        env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.home),
               "TMPDIR": str(self.home), "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
               "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
               "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "eu-west-1", **env}
        return subprocess.run(command, env=env, cwd=self.home, capture_output=True, text=True,
                              timeout=PLAY_S, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)

    def play(self, name, variables, env):
        """The results of the tasks by their names; fails when one of them has failed."""
        done = self.run(name, variables, env)
        try:
            tasks = json.loads(done.stdout)["plays"][0]["tasks"]
        except (ValueError, LookupError):
            raise Failed("%s.yml: %s%s" % (name, done.stdout, done.stderr)) from None
        results = {task["task"]["name"]: task["hosts"]["localhost"] for task in tasks}
        failed = {task: result for task, result in results.items() if result.get("failed")}
        self.t.true(done.returncode == 0 and not failed,
                    "%s.yml ends with %d: %s" % (name, done.returncode, failed))
        return results

    def twice(self, name, unchanged, first, second=None):
        """Runs a playbook, in which the tasks named in unchanged change nothing, and again, in which
        none does; returns the results of that. first, second: the environment, the variables."""
        for (env, variables), want in ((first, unchanged), (second or first, None)):
            results = self.play(name, variables, env)
            idle = {task for task, result in results.items() if not result["changed"]}
            self.t.equal(idle, set(results) if want is None else want,
                         "what changes nothing in %s.yml" % name)
        return results


def account_of(t):
    """All that playbooks may leave."""
    parts = {"GetAccountAuthorizationDetails": {}, "ListServerCertificates": {},
             "ListSAMLProviders": {}, "ListInstanceProfiles": {}, "GetAccountSummary": {},
             "ListVirtualMFADevices": {"AssignmentStatus": "Assigned"}}
    return {name: t.root.call(name, **params) for name, params in parts.items()}


def add_what_has_no_module(t, name):
    """Gives a user one of each kind of part that Ansible deletes and cannot make; returns the serial
    number of the MFA device."""
    t.root.call("UploadSSHPublicKey", UserName=name,
                SSHPublicKeyBody=keys.ssh_key(keys.private_key())[0])
    t.root.call("UploadSigningCertificate", UserName=name,
                CertificateBody=keys.certificate("ec:P-256", 70)[0])
    t.root.call("CreateServiceSpecificCredential", UserName=name,
                ServiceName="codecommit.amazonaws.com")
    device = t.root.call("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    app = Authenticator(base64.b64decode(device["Base32StringSeed"]).decode())
    t.root.call("EnableMFADevice", UserName=name, SerialNumber=device["SerialNumber"], **app.pair())
    return device["SerialNumber"]


@seconds(800)
def test_an_account_from_its_making_to_its_end(t):
    started = os.times()
    alias = "ansible-account"
    t.root.call("CreateAccountAlias", AccountAlias=alias)
    admin = t.user("admin", [allow("*")])
    ansible = Ansible(t, account=t.account, admin=admin.arn, alias=alias, password="Correct horse 1",
                      pki=str(ROOT / "tests/vectors/pki"))
    metadata = saml_providers.metadata()
    ansible.variables.update(
        metadata=ansible.file("idp.xml", metadata),
        other_metadata=ansible.file("other.xml", metadata.replace("//idp.", "//other.")))
    secret = {"access_key": admin.key_id, "secret_key": admin.client.secret}
    environment = {"AWS_URL": t.server.url, "AWS_ACCESS_KEY_ID": admin.key_id,
                   "AWS_SECRET_ACCESS_KEY": admin.client.secret}, {}
    parameters = {}, {"endpoint": t.server.url, **secret}
    before = account_of(t)
    keys_there = ansible.twice("build", {"The keys of a user"}, environment)["The keys of a user"]
    ansible.variables["key_id"] = keys_there["access_keys"][0]["access_key_id"]
    ansible.twice("change", set(), environment)
    ansible.variables["serial"] = serial = add_what_has_no_module(t, "alice")
    ansible.twice("check", None, environment, parameters)
    ansible.twice("delete", set(), environment)
    t.root.call("DeleteVirtualMFADevice", SerialNumber=serial)
    t.equal(account_of(t), before)
    t.fails("NoSuchEntity", t.root.call, "GetAccountPasswordPolicy")
    used = os.times()
    t.figure("%.0f s of CPU time", used.children_user + used.children_system -
             started.children_user - started.children_system)
