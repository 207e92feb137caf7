# SPDX-License-Identifier: Apache-2.0
"""kill -9 and SIGTERM while several clients write: what was answered counts, and only that."""

import random
import time

from lib.case import seconds
from lib.server import Background, STOP_S
from workload import Writer, compare, prepare, settle

SERVER = None
CLIENTS = 4
WRITES_A_ROUND = 1000
DRAIN_S = 10


def total(writers):
    return sum(writer.acknowledged for writer in writers)


def write_until(server, writers, count):
    """Starts the writers; returns their threads when count writes more were acknowledged."""
    goal = total(writers) + count
    threads = [Background(writer.run) for writer in writers]
    while total(writers) < goal and all(thread.is_alive() for thread in threads):
        time.sleep(0.002)
    return threads


@seconds(120, long=3600)
def test_kill_9(t):
    server = t.start()
    shared = prepare(server)
    rounds = 50 if t.long else 1
    chance = random.Random(7)
    writers = [Writer(server, "w%d" % i, i, *shared) for i in range(CLIENTS)]
    compared = flying = 0
    for number in range(rounds):
        threads = write_until(server, writers, WRITES_A_ROUND + chance.randrange(300))
        time.sleep(chance.random() * 0.02)
        server.kill()
        for thread in threads:
            thread.finish()
        flying += sum(writer.flying is not None for writer in writers)
        server.start()
        compared += compare(server, writers)
        settle(server, writers)
    t.true(total(writers) >= rounds * WRITES_A_ROUND, "only %d writes" % total(writers))
    t.equal(sum(writer.failed for writer in writers), 0, "answers with 5xx")
    t.figure("%d kills, %d writes acknowledged on %d connections, %d refused, %d under way; "
             "%d users compared with their history", rounds, total(writers),
             sum(writer.connections for writer in writers),
             sum(writer.refused for writer in writers), flying, compared)


@seconds(120, long=1800)
def test_sigterm_under_load(t):
    server = t.start()
    shared = prepare(server)
    rounds = 30 if t.long else 2
    writers = [Writer(server, "w%d" % i, i, *shared) for i in range(CLIENTS)]
    longest = 0
    for _ in range(rounds):
        threads = write_until(server, writers, WRITES_A_ROUND if t.long else 200)
        began = time.monotonic()
        code = server.stop()
        longest = max(longest, time.monotonic() - began)
        for thread in threads:
            thread.finish(STOP_S)
        t.equal(code, 0, "exit code")
        server.start()
        compare(server, writers)
        settle(server, writers)
    t.true(longest < DRAIN_S + 2, "the end took %.1f s" % longest)
    t.equal(sum(writer.failed for writer in writers), 0, "answers with 5xx")
    t.figure("%d times SIGTERM, %d writes acknowledged, the longest end %.2f s", rounds,
             total(writers), longest)
