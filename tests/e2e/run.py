#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end cases: tests/e2e/run.py --iamd build/asan/src/server/iamd [-k WORD] [--jobs N]

Each module of cases/ runs in a process of its own with its own server. One line a case; the last
line is the count. Exit code 1 when a case failed or nothing ran.
"""

import argparse
import importlib
import inspect
import json
import os
import pathlib
import queue
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from lib.case import World, run_case  # noqa: E402
from lib.server import Server, die_with_parent  # noqa: E402

MODULE_S = 900
children = []
stopping = threading.Event()


def modules():
    return sorted(path.stem for path in (HERE / "cases").glob("*.py") if path.stem != "__init__")


def cases_of(name):
    module = importlib.import_module("cases." + name)
    found = [(key, value) for key, value in vars(module).items()
             if key.startswith("test_") and inspect.isfunction(value)]
    if hasattr(module, "generated"):
        found.extend(module.generated())
    return module, found


def report(name, passed, seconds, text):
    print(json.dumps({"case": name, "passed": passed, "seconds": round(seconds, 2), "text": text}),
          flush=True)


def run_module(name, words):
    """In the child process: runs the cases and prints one JSON line for each."""
    module, found = cases_of(name)
    found = [(key, case) for key, case in found
             if not words or any(word in "%s.%s" % (name, key) for word in words)]
    if not found:
        return
    options = getattr(module, "SERVER", {})
    server = None
    if options is not None:
        server = Server(**options)
        try:
            server.start()
        except Exception as error:  # every case of the module fails with the reason
            for key, _ in found:
                report("%s.%s" % (name, key[5:]), False, 0, "no server: %s" % error)
            server.close()
            return
    for key, case in found:
        passed, seconds, text = run_case(case, World(server))
        if server is not None and not (server.alive() if passed else server.settled()):
            passed, text = False, text + "\nthe server has ended:\n" + server.log()[-5000:]
            server.process = None
            server.start()
        report("%s.%s" % (name, key[5:]), passed, seconds, text)
    if server is not None:
        started = time.monotonic()
        problem = server.close()
        report("%s.ends_cleanly" % name, problem is None, time.monotonic() - started, problem or "")


def run_child(name, args, results):
    """In the parent: one child per module; its lines go to results."""
    command = [sys.executable, str(HERE / "run.py"), "--iamd", args.iamd, "--module", name]
    for word in args.words:
        command += ["-k", word]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             preexec_fn=die_with_parent)
    children.append(child)
    timer = threading.Timer(MODULE_S, child.kill)
    timer.start()
    noise = []
    for line in child.stdout:
        try:
            record = json.loads(line)
            record["case"]
        except (ValueError, TypeError, KeyError):
            noise.append(line)
            continue
        results.put(record)
    code = child.wait()
    timer.cancel()
    if code != 0 and not stopping.is_set():
        results.put({"case": name + ".module", "passed": False, "seconds": 0,
                     "text": "the runner ended with %d: %s" % (code, "".join(noise)[-3000:])})


def worker(names, args, results):
    while not stopping.is_set():
        try:
            name = names.get_nowait()
        except queue.Empty:
            return
        run_child(name, args, results)


def show(record):
    print("%s %s (%.1f s)" % ("ok  " if record["passed"] else "FAIL", record["case"],
                              record["seconds"]), flush=True)
    if not record["passed"]:
        for line in record["text"].strip().splitlines()[-60:]:
            print("     " + line, flush=True)


def run_all(args):
    names = queue.Queue()
    for name in args.modules or modules():
        names.put(name)
    results = queue.Queue()
    threads = [threading.Thread(target=worker, args=(names, args, results))
               for _ in range(args.jobs)]
    for thread in threads:
        thread.start()
    passed = failed = 0
    while any(thread.is_alive() for thread in threads) or not results.empty():
        try:
            record = results.get(timeout=0.2)
        except queue.Empty:
            continue
        show(record)
        passed += record["passed"]
        failed += not record["passed"]
        if args.stop and failed:
            stopping.set()
            for child in children:  # their servers end with them
                child.kill()
            break
    print("%d passed, %d failed" % (passed, failed), flush=True)
    return 0 if failed == 0 and passed > 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--iamd", default=str(ROOT / "build/asan/src/server/iamd"))
    parser.add_argument("-k", dest="words", action="append", default=[],
                        help="only cases whose name contains WORD")
    parser.add_argument("--stop", action="store_true", help="ends with the first case that fails")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--module", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("modules", nargs="*")
    args = parser.parse_args()
    binary = pathlib.Path(args.iamd).resolve()
    Server.binary = binary
    Server.cli = binary.parents[1] / "cli" / "iam"
    if args.list:
        for name in modules():
            for key, _ in cases_of(name)[1]:
                print("%s.%s" % (name, key[5:]))
        return 0
    if not binary.exists():
        print("no server at %s" % binary)
        print("0 passed, 1 failed")
        return 1
    if args.module:
        run_module(args.module, args.words)
        return 0
    return run_all(args)


if __name__ == "__main__":
    sys.exit(main())
