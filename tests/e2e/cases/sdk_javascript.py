# SPDX-License-Identifier: Apache-2.0
"""The AWS SDK for JavaScript: js/sdk.mjs prints one JSON line per case; each is a case here."""

import json
import re
import shutil
import subprocess

from lib import templates
from lib.case import Failed
from lib.hardware import security_key
from lib.server import ROOT
from lib.wire import question_of

SERVER = templates.options()
SCRIPT = ROOT / "tests/e2e/js/sdk.mjs"
NAMES = re.compile(r"^test\('([^']+)'", re.M)
RESULTS = {}


def trade_in(t):
    """The token of a delegation request that was sent, as the operator hands it over."""
    made = t.root.call("CreateDelegationRequest", RequestorWorkflowId="js-workflow",
                       **templates.REQUEST)
    for action in ("AssociateDelegationRequest", "AcceptDelegationRequest", "SendDelegationToken"):
        t.root.call(action, **made)
    return subprocess.run([str(t.server.binary), "delegation-token", "--data", t.server.data,
                           "--request", made["DelegationRequestId"]], check=True, timeout=60,
                          capture_output=True, text=True).stdout.strip()


def encoded_message(t):
    """What a service has of a denial for who was denied."""
    question = dict(question_of(t.user("denied").arn, "ec2:StopInstances", "*"),
                    options={"encode_denials": True})
    answer = t.root.post_json("/access/v1/evaluation", question).json()
    return answer["context"]["encoded_message"]


def results(t):
    """Runs the script once for all cases of this module."""
    if not RESULTS:
        node = shutil.which("node", path="/usr/bin:/usr/local/bin:/bin")
        t.true(node, "there is no node")
        t.root.call("CreateUser", UserName="js-key-owner")
        serial = security_key(t.server, "js-key-owner")
        sent, message = trade_in(t), encoded_message(t)
        done = subprocess.run([node, str(SCRIPT)], capture_output=True, text=True, timeout=110,
                              stdin=subprocess.DEVNULL, env={
                                  "PATH": "/usr/bin:/bin", "HOME": str(t.server.home),
                                  "IAMD_SECURITY_KEY": serial, "IAMD_URL": t.server.client_url,
                                  "IAMD_ACCOUNT": t.account, "IAMD_TRADE_IN": sent,
                                  "IAMD_MESSAGE": message,
                                  "AWS_ACCESS_KEY_ID": t.server.key_id,
                                  "AWS_SECRET_ACCESS_KEY": t.server.secret})
        for line in done.stdout.splitlines():
            record = json.loads(line)
            RESULTS[record["name"]] = record
        RESULTS["the script"] = {"error": done.stderr[-2000:] if done.returncode else None}
    return RESULTS


def case(name):
    def run(t):
        found = results(t)
        record = found.get(name)
        if record is None:
            raise Failed("no result; the script said: %s" % found["the script"]["error"])
        if record["error"]:
            raise Failed(record["error"])
    return run


def generated():
    names = NAMES.findall(SCRIPT.read_text(encoding="utf-8"))
    return [("test_" + name.replace(" ", "_"), case(name)) for name in names + ["the script"]]
