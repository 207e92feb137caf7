#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of README.md against a server started by ./run, and compares what they print.

Each ```sh block is one case, run in one and the same bash; the ```text block after it says what
must be printed, line by line, where "…" matches anything. A block whose text tells of an error must
end with one, every other block must succeed. An indented line "./run --..." between them ends the
server and starts it again with these arguments.
"""

import contextlib
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from lib.server import die_with_parent  # noqa: E402

BLOCKS = re.compile(r"^```sh\n(.*?)^```\n(?:```text\n(.*?)^```\n)?|^    \./run (--[^\n]*)\n",
                    re.M | re.S)
ADDRESS = "127.0.0.1:4560"
PROVIDER = "127.0.0.1:9443"
START_S = 600  # ./run builds first
BLOCK_S = 60
MARK = "@@end-of-block "


def free_ports(count):
    """Ports that no client is given before they are listened on: the system has a range for those."""
    limits = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
    first, last = map(int, limits.split())
    others = [port for port in range(1024, 65536) if not first <= port <= last]
    found = []
    for port in random.sample(others or range(1024, 65536), 50):
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            found.append(port)
    return found[:count]


def start(place, port, arguments=()):
    """./run in a process of its own; returns it when the server is ready."""
    env = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": place, "LANG": "C.UTF-8",
           "IAMD_DATA": place + "/data", "IAMD_LISTEN": "127.0.0.1:%d" % port}
    log = open(place + "/run.log", "w+", encoding="utf-8")
    child = subprocess.Popen([str(ROOT / "run"), *arguments], cwd=place, env=env,
                             stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                             start_new_session=True, preexec_fn=die_with_parent)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and child.poll() is None:
        text = pathlib.Path(log.name).read_text(encoding="utf-8")
        if "Ctrl-C ends it." in text:
            return child, text
        time.sleep(0.1)
    stop(child)
    raise SystemExit("./run did not start:\n%s\n0 passed, 1 failed" % (
        pathlib.Path(log.name).read_text(encoding="utf-8")[-3000:]))


def stop(child):
    """SIGTERM to what we started; returns the exit code."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        return child.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        return child.wait(60)


class Shell:
    def __init__(self, place):
        env = {"PATH": "/usr/bin:/bin", "HOME": place, "LANG": "C.UTF-8", "AWS_PAGER": "",
               "AWS_EC2_METADATA_DISABLED": "true"}
        self.bash = subprocess.Popen(["/bin/bash", "--noprofile", "--norc"], cwd=place, env=env,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True)

    def run(self, block):
        """Returns (exit code of the last command, output)."""
        self.bash.stdin.write(block + "\nprintf '\\n%s%%d\\n' $?\n" % MARK)
        self.bash.stdin.flush()
        signal.alarm(BLOCK_S)
        lines = []
        for line in self.bash.stdout:
            if line.startswith(MARK):
                signal.alarm(0)
                return int(line[len(MARK):]), "".join(lines)
            lines.append(line)
        raise SystemExit("the shell ended:\n%s\n0 passed, 1 failed" % "".join(lines))

    def close(self):
        self.bash.stdin.close()
        self.bash.wait(10)


def problems(code, output, want):
    fails = "An error occurred" in want
    if fails != (code != 0):
        yield "exit code %d" % code
    for line in want.splitlines():
        pattern = ".*".join(re.escape(part) for part in line.split("…"))
        if not re.search("^" + pattern + "$", output, re.M):
            yield "not printed: " + line


def check(name, found):
    found = list(found)
    print("%s %s" % ("FAIL" if found else "ok  ", name), flush=True)
    for line in found:
        print("     " + line, flush=True)
    return not found


def pasted(text, port):
    """The three commands that ./run prints, and one to undo them."""
    block = text.partition("Three commands to paste into another shell:")[2]
    lines = [line.strip() for line in block.splitlines() if line.startswith("  ")][:3]
    if len(lines) != 3 or "--endpoint-url http://127.0.0.1:%d" % port not in lines[1]:
        raise SystemExit("./run does not print three commands:\n%s\n0 passed, 1 failed" % text)
    lines = [line.replace("user-name alice", "user-name pasted") for line in lines]
    return "\n".join(lines + [lines[2].replace("create-user", "delete-user")])


def at(text, port, provider):
    """The text with the ports of this run, also for the provider that examples/provider.sh plays."""
    text = text.replace(ADDRESS, "127.0.0.1:%d" % port).replace(PROVIDER, "127.0.0.1:%d" % provider)
    return text.replace("provider_start\n", "PROVIDER_ADDRESS=127.0.0.1:%d\nprovider_start\n" % provider)


def main():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = BLOCKS.findall(text)
    results = [check("README has a tour", [] if len(blocks) >= 5 else ["too few blocks"])]
    with tempfile.TemporaryDirectory(prefix="iamd-readme-") as place:
        port, provider = free_ports(2)
        (pathlib.Path(place) / "examples").symlink_to(ROOT / "examples")
        child, printed = start(place, port)
        try:
            shell = Shell(place)
            code, output = shell.run("(set -e\n%s\n)" % pasted(printed, port))
            results.append(check("./run prints commands that work", problems(
                code, output, "") if code else []))
            for number, (block, want, arguments) in enumerate(blocks, 1):
                if arguments:
                    stop(child)
                    child, _ = start(place, port, at(arguments, port, provider).split())
                    continue
                code, output = shell.run(at(block, port, provider))
                found = list(problems(code, output, want))
                if found:
                    found.append("printed: " + output.strip())
                results.append(check("README block %d" % number, found))
            shell.run("provider_stop")
            shell.close()
        finally:
            code = stop(child)
        results.append(check("SIGTERM ends ./run with 0", ["exit code %d" % code] if code else []))
    print("%d passed, %d failed" % (sum(results), len(results) - sum(results)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
