# SPDX-License-Identifier: Apache-2.0
"""Hardware MFA devices, which come by `iamd mfa import` while no server runs."""

import os
import pathlib
import subprocess

from lib.server import Server


def command(server, *words):
    """Runs a command of iamd for the data directory of server."""
    return subprocess.run([str(Server.binary), *words, "--data", server.data], capture_output=True,
                          text=True, timeout=100, stdin=subprocess.DEVNULL,
                          env=server.environment())


def import_file(server, text, mode=0o600):
    """Imports the devices of a file with this text."""
    path = pathlib.Path(server.data).parent / ("seeds-%d" % os.getpid())
    path.write_text(text, encoding="ascii")
    path.chmod(mode)
    try:
        return command(server, "mfa", "import", "--seeds", str(path))
    finally:
        path.unlink()


def security_key(server, user):
    """Gives a user a security key, between two runs of the server; its serial number."""
    serial = "u2f-%s-key" % user
    server.stop()
    done = import_file(server, "%s fido %s FIDO=L1\n" % (serial, user))
    server.start()
    assert done.returncode == 0, done.stderr
    return serial
