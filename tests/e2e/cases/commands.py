# SPDX-License-Identifier: Apache-2.0
"""What an operator is told who has mistaken something: one line that says what, on the right stream,
with the right exit status."""

import base64
import os
import resource
import signal
import subprocess

from lib.server import Server, sanitizer_env

SERVER = None


def run(*arguments, stdout=subprocess.PIPE, env=()):
    return subprocess.run([str(Server.binary), *arguments], text=True, stdout=stdout,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60,
                          env=sanitizer_env({"PATH": "/usr/bin:/bin", **dict(env)}))


def test_a_mistaken_command_line_is_told_in_a_line(t):
    for arguments, reason in (
            ((), "a command is missing"), (("fly",), "there is no command 'fly'"),
            (("mfa",), "there is no command 'mfa'"), (("serve", "x"), "unexpected argument 'x'"),
            (("serve", "--fly"), "unrecognized option '--fly'"),
            (("check", "--listen", "x"), "unrecognized option '--listen'"),
            (("serve", "--workers"), "option '--workers' requires an argument")):
        result = run(*arguments)
        t.equal((result.returncode, result.stdout), (2, ""), str(arguments))
        t.contains(result.stderr, reason)
        t.contains(result.stderr, "'iamd --help' lists")
        t.true(len(result.stderr.splitlines()) <= 2, "the reason is not lost in other lines: %s" % (arguments,))
    for arguments in (("-h",), ("help",), ("mfa", "--help"), ("export", "aws", "-h")):
        result = run(*arguments)
        t.equal((result.returncode, result.stderr), (0, ""), str(arguments))
        t.contains(result.stdout, "usage: iamd serve")


def test_output_that_is_lost_is_told(t):
    server = t.server = t.start()
    t.equal(server.stop(), 0)
    for arguments, code in ((("quotas",), 1), (("--help",), 1), (("check", "--data", server.data), 2)):
        with open("/dev/full", "w") as full:
            result = run(*arguments, stdout=full)
        t.equal(result.returncode, code, str(arguments))
        t.contains(result.stderr, "cannot write the output: No space left on device")


def test_a_wrong_address_leaves_no_store(t):
    server = Server()
    result = run("serve", "--data", server.data, "--listen", "localhost:0")
    t.equal(result.returncode, 2, "exit status")
    t.contains(result.stderr, "--listen takes an address and a port")
    t.true(not (server.home / "data").exists(), "nothing was made")
    server.close()


def test_the_variable_with_a_wrong_key_is_named(t):
    env = {"IAMD_MASTER_KEY": base64.b64encode(os.urandom(32)).decode()}
    server = t.server = t.start(env=env)
    t.equal(server.stop(), 0)
    result = run("rotate-master-key", "--data", server.data, env={**env, "IAMD_NEW_MASTER_KEY": "abc"})
    t.equal(result.returncode, 1, "exit status")
    t.contains(result.stderr, "'IAMD_NEW_MASTER_KEY': is not the base64 of 32 bytes")


def test_a_file_of_authorities_that_is_missing_is_named(t):
    server = Server()
    result = run("serve", "--data", server.data, "--oidc-ca-file", "/nothing.pem")
    t.equal(result.returncode, 1, "exit status")
    t.contains(result.stderr, '"error":"No such file or directory","caFile":"/nothing.pem"')
    server.close()


def test_a_first_start_is_told(t):
    """Who has mistaken the directory of --data sees that there is another account now."""
    server = t.server = t.start(root_key=False)
    line = '"msg":"a new account was made: there was no store","account":"%s"' % server.account
    t.contains(server.log(), line)
    t.contains(server.log(), '"secretIsIn":"root-credentials"')
    offset = len(server.log().encode())
    server.restart()
    t.true(line not in server.log(offset), "a later start makes none")


def test_an_audit_file_that_cannot_be_opened_again_is_told(t):
    server = t.server = t.start()
    path = server.audit_path()
    path.rename(path.with_suffix(".1"))
    path.touch()
    path.chmod(0o666)
    os.kill(server.process.pid, signal.SIGHUP)
    server.await_log("cannot open the audit file again, the old one is used")
    t.contains(server.log(), "can be written by other users")
    path.chmod(0o600)
    os.kill(server.process.pid, signal.SIGHUP)
    server.await_log("the audit file was opened again")


def test_a_limit_of_file_sizes_is_no_end(t):
    server = t.server = t.start()
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, -1))
    t.fails(("ServiceFailure", "ServiceUnavailable"), t.root.call, "CreateUser", UserName="late")
    t.true(server.alive(), "the server goes on")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
    t.root.call("CreateUser", UserName="late")
