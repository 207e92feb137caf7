# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks of federation share: whom AssumeRole is for, and calls without a signature."""

from api import cpu_us
from lib.case import allow, document, trust
from lib.wire import FORM


def plain_role(server):
    """A user, as a client, and a role that it may assume."""
    root = server.client()
    root.call("CreateUser", UserName="alice")
    root.call("PutUserPolicy", UserName="alice", PolicyName="p",
              PolicyDocument=document(allow("sts:AssumeRole")))
    key = root.call("CreateAccessKey", UserName="alice")["AccessKey"]
    role = root.call("CreateRole", RoleName="plain", AssumeRolePolicyDocument=trust(
        {"AWS": "arn:aws:iam::%s:user/alice" % server.account}))["Role"]["Arn"]
    return server.client(key["AccessKeyId"], key["SecretAccessKey"]), role


def per_call(server, calls):
    """CPU microseconds of all threads of the server."""
    before = cpu_us(server.process.pid)
    for call in calls:
        call()
    return (cpu_us(server.process.pid) - before) / len(calls)


def send(connection, server, body):
    answer = connection.request("POST", "/", [("Host", server.host_header), ("Content-Type", FORM)],
                                body)
    assert answer.status == 200, answer
