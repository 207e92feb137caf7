# SPDX-License-Identifier: Apache-2.0
"""Runs the cases of a directory: each module of cases/ in a process of its own with its own server.

One line a case, then what it measured; the last line is the count. Exit code 1 when a case failed
or nothing ran.
"""

import argparse
import importlib
import inspect
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import threading
import time

from lib.case import World, run_case
from lib.recorder import SEEN
from lib.server import ROOT, Server, die_with_parent

MODULE_S = 900
LONG_MODULE_S = 4 * 3600
# The modules that take longest are begun first, so that none of them is left to run alone.
FIRST = ("ansible", "way_back", "durability", "transfer", "delegation", "identity_providers_down",
         "web_identity", "store_io", "pages")
children = []
stopping = threading.Event()


def modules(place):
    return sorted(path.stem for path in (place / "cases").glob("*.py") if path.stem != "__init__")


def cases_of(name):
    module = importlib.import_module("cases." + name)
    found = [(key, value) for key, value in vars(module).items()
             if key.startswith("test_") and inspect.isfunction(value)]
    if hasattr(module, "generated"):
        found.extend(module.generated())
    return module, found


def report(name, passed, seconds, text, figures=()):
    print(json.dumps({"case": name, "passed": passed, "seconds": round(seconds, 2), "text": text,
                      "figures": list(figures)}), flush=True)


def is_wanted(name, key, words):
    full = "%s.%s" % (name, key[len("test_"):])
    return not words or any(word in full for word in words)


def run_module(place, name, words):
    """In the child process: runs the cases and prints one JSON line for each."""
    module, found = cases_of(name)
    found = [(key, case) for key, case in found if is_wanted(name, key, words)]
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
        world = World(server)
        passed, seconds, text = run_case(case, world)
        if server is not None and not (server.alive() if passed else server.settled()):
            passed, text = False, text + "\nthe server has ended:\n" + server.log()[-5000:]
            server.process = None
            server.start()
        report("%s.%s" % (name, key[5:]), passed, seconds, text, world.figures)
    if server is not None:
        started = time.monotonic()
        problem = server.close()
        report("%s.ends_cleanly" % name, problem is None, time.monotonic() - started, problem or "")


def run_child(name, args, results):
    """In the parent: one child per module; its lines go to results."""
    command = [sys.executable, sys.argv[0], "--iamd", args.iamd, "--module", name]
    command += ["--long"] if args.long else []
    command += ["--record", str(args.record)] if args.record else []
    for word in args.words:
        command += ["-k", word]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             preexec_fn=die_with_parent)
    children.append(child)
    timer = threading.Timer(LONG_MODULE_S if args.long else MODULE_S, child.kill)
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
    for line in record.get("figures", ()):
        print("     " + line, flush=True)
    if not record["passed"]:
        for line in record["text"].strip().splitlines()[-60:]:
            print("     " + line, flush=True)


def run_all(place, args):
    if args.record:
        shutil.rmtree(args.record, ignore_errors=True)
        args.record.mkdir(parents=True)
    names = queue.Queue()
    for name in sorted(args.modules or modules(place), key=lambda name: name not in FIRST):
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


def main(place, doc, binary):
    """The command line of a runner: place is its directory, binary the server unless one is given."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--iamd", default=str(ROOT / binary))
    parser.add_argument("-k", dest="words", action="append", default=[],
                        help="only cases whose name contains WORD")
    parser.add_argument("--long", action="store_true", help="the long form of each case")
    parser.add_argument("--stop", action="store_true", help="ends with the first case that fails")
    parser.add_argument("--record", type=pathlib.Path, metavar="DIR",
                        help="what the clients sent and got, of a whole run: a file a module")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--module", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("modules", nargs="*", help="MODULE, or MODULE.CASE")
    args = parser.parse_args()
    if any("." in name for name in args.modules):
        args.words += [name if "." in name else name + "." for name in args.modules]
    args.modules = sorted({name.partition(".")[0] for name in args.modules})
    if args.record and not args.module and (args.modules or args.words):
        parser.error("--record is for a whole run")
    path = pathlib.Path(args.iamd).resolve()
    Server.binary = path
    Server.cli = path.parents[1] / "cli" / "iam"
    World.long = args.long
    if args.list:
        for name in modules(place):
            for key, _ in cases_of(name)[1]:
                print("%s.%s" % (name, key[5:]))
        return 0
    if not path.exists():
        print("no server at %s" % path)
        print("0 passed, 1 failed")
        return 1
    if args.module:
        SEEN.is_read = args.record is not None
        run_module(place, args.module, args.words)
        if args.record:
            SEEN.write(args.record / (args.module + ".json"))
        return 0
    return run_all(place, args)
