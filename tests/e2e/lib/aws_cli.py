# SPDX-License-Identifier: Apache-2.0
"""Runs the AWS CLI of Debian, unchanged.

Nearly all the time that a command takes goes into Python's imports. The first commands of each HOME
therefore start the program as a user does; the others run it in a child of a process that has
imported what it imports (aws_cli_fork.py). What the imports take from the environment is the same in
all commands of such a process: HOME, what is in FIXED, and none of KEPT.
"""

import atexit
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile

from lib.server import die_with_parent

PROGRAM = "/usr/bin/aws"
LIMIT_S = 100
STARTED = 3  # commands of a HOME that start the program
FIXED = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
KEPT = ("PYTHON", "LC_", "BOTO_", "AWS_DATA_PATH", "AWS_CLI_HISTORY")
starts = {}  # HOME -> commands
forks = {}  # HOME -> Fork


def run(words, env, typed=""):
    """The result of a command as subprocess.run has it. It has no terminal, so that what it asks for
    is read from typed."""
    command, home = [PROGRAM, *words], env["HOME"]
    starts[home] = starts.get(home, 0) + 1
    if starts[home] <= STARTED:
        return subprocess.run(command, env=env, input=typed, capture_output=True, text=True,
                              timeout=LIMIT_S, start_new_session=True)
    if home not in forks:
        forks[home] = Fork(home)
        atexit.register(forks[home].close)
    try:
        return forks[home].run(command, env, typed)
    except BaseException:  # also when the time of the case is over: what is answered then is read by none
        forks.pop(home).close()
        raise


class Fork:
    """A process that has imported the CLI and runs one command at a time in a child."""

    def __init__(self, home):
        self.env = dict(FIXED, HOME=home)
        self.channel, far = socket.socketpair()
        self.channel.settimeout(LIMIT_S)
        with far:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-P", pathlib.Path(__file__).with_name("aws_cli_fork.py"),
                 str(far.fileno())], env=self.env, pass_fds=[far.fileno()],
                stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent)

    def run(self, command, env, typed):
        other = [name for name, value in self.env.items() if env.get(name) != value]
        other += [name for name in env if name.startswith(KEPT)]
        assert not other, "the imports have another value: %s" % other
        with contextlib.ExitStack() as files:
            told, *streams = [files.enter_context(tempfile.TemporaryFile()) for _ in range(4)]
            told.write(json.dumps([command, env, os.getcwd()]).encode())
            streams[0].write(typed.encode())
            for file in (told, streams[0]):
                file.seek(0)
            socket.send_fds(self.channel, [b"r"], [file.fileno() for file in (told, *streams)])
            code = self.channel.recv(16)
            if not code:
                raise OSError("the process that runs the CLI has ended")
            for file in streams:
                file.seek(0)
            return subprocess.CompletedProcess(command, int(code), *(
                file.read().decode() for file in streams[1:]))

    def close(self):
        """Ends it with the command it runs; once more is nothing."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.channel.close()
