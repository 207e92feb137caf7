#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the engine with the second evaluator, and holds it to laws.

    run.py --iam build/release/src/cli/iam [--seed S] [--cases N] [--first I] [--show K]

Every case of the generator goes through `iam decide --batch` and through evaluator.py; a case
differs when the decisions differ or when one side alone refuses a document. One case in LAW_SHARE
is also asked in changed forms for which the answer is known from the engine's own first answer:

    an Allow more never turns allow into deny;
    an explicit deny wins, whatever else is there;
    the order of policies, statements and values changes nothing;
    a boundary less never removes an allow.

Differences are printed in their smallest form. The last line is `N cases, M differences`; the exit
status is 0 when M is 0.
"""

import argparse
import gc
import json
import multiprocessing
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import evaluator  # noqa: E402
import generate  # noqa: E402
import values  # noqa: E402

CHUNK = 2500
LAW_SHARE = 4
PROCESSES = 2
TIMEOUT = 120


def copied(case):
    """The case again, sharing nothing; through text, which is the fastest way."""
    return json.loads(json.dumps(case))


def ask(iam, cases, lines=None):
    """[(decision, refused?)] of the engine for the cases, in order."""
    if lines is None:
        lines = [json.dumps(case) for case in cases]
    done = subprocess.run(
        [iam, "decide", "--batch"],
        input="".join(line + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    # 1 says that a document was refused, which is no failure here.
    if len(answers) != len(cases) or done.returncode not in (0, 1):
        raise RuntimeError(
            "%d answers to %d cases: %s" % (len(answers), len(cases), done.stderr[-2000:])
        )
    for case, answer in zip(cases, answers):
        if answer["id"] != case["id"]:
            raise RuntimeError("the answer to another case: " + repr(answer))
    return [(answer["decision"], "error" in answer) for answer in answers]


def expect(line):
    """(decision, refused?) of the second evaluator for one line."""
    decision, error = evaluator.decide(values.load_own(line))
    return decision, error is not None


# ---------------------------------------------------------------------------------------------
# Laws: (name, changed case, the set of answers that the law permits)


def laws(case, answer, rng):
    if answer[1]:
        return
    decision = answer[0]
    yield "order", shuffled(case, rng), {decision}
    if not reaches(case):
        return
    yield "deny wins", with_statement(case, rng, "Deny"), {"explicitDeny"}
    if decision == "allow":
        yield "allow more", with_statement(case, rng, "Allow"), {"allow"}
        if case["policies"].get("boundary"):
            smaller = copied(case)
            del smaller["policies"]["boundary"]
            yield "boundary less", smaller, {"allow"}


def reaches(case):
    """Whether a statement about everything is about this request."""
    request, policies = case["request"], case["policies"]
    if evaluator.is_refused(request) or evaluator.is_refused_to_root(request):
        return False
    return "trust" not in policies or request["action"].lower().startswith("sts:")


def shuffled(case, rng):
    result = copied(case)
    for holder, document in list(generate.documents_of(result["policies"])):
        rng.shuffle(holder)
        if isinstance(document, str):
            continue
        statements = document["Statement"]
        for statement in values.as_list(statements):
            for value in statement.values():
                if isinstance(value, list):
                    rng.shuffle(value)
            if "Condition" in statement:
                statement["Condition"] = shuffled_condition(statement["Condition"], rng)
        if isinstance(statements, list):
            rng.shuffle(statements)
    for kind in ("scp", "rcp"):
        if kind in result["policies"]:
            rng.shuffle(result["policies"][kind])
    return result


def shuffled_condition(condition, rng):
    """The values of an ARN operator keep their order, which counts where one of them is no ARN."""
    operators = list(condition.items())
    rng.shuffle(operators)
    result = {}
    for operator, block in operators:
        keys = list(block.items())
        if "Arn" not in operator:
            keys = [(k, rng.sample(v, len(v)) if isinstance(v, list) else v) for k, v in keys]
        rng.shuffle(keys)
        result[operator] = dict(keys)
    return result


def with_statement(case, rng, effect):
    """One document more, in a set that counts for this caller."""
    result = copied(case)
    policies = result["policies"]
    kind = evaluator.resource_kind(result)
    person = evaluator.kind_of(case["request"]["principal"]) in evaluator.PERSONS
    statement = {"Effect": effect, "Action": "*", "Resource": "*"}
    sets = [policies.setdefault("identity", [])] if person else []
    if person and policies.get("boundary"):
        sets.append(policies["boundary"])
    chosen = rng.randrange(len(sets) + 1)
    if chosen == len(sets):
        sets.append(policies.setdefault("trust" if "trust" in policies else "resource", []))
        statement["Principal"] = {"AWS": "*" if effect == "Deny" else generate.HOME}
        if kind == "trust":
            del statement["Resource"]
            statement["Action"] = "sts:*"
    document = {"Version": "2012-10-17", "Statement": [statement]}
    sets[chosen].insert(rng.randrange(len(sets[chosen]) + 1), document)
    return result


# ---------------------------------------------------------------------------------------------
# Making a difference small


def smaller(case):
    """Every case with one thing less."""
    for path in places(case):
        result = copied(case)
        target = result
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]
        yield result
    for path in single_lists(case):
        result = copied(case)
        target = result
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = target[path[-1]][0]
        yield result


def places(case):
    """Paths of what can be left out: policies, statements, conditions, values, context."""

    def walk(value, path):
        if isinstance(value, dict):
            for name, inner in value.items():
                yield path + [name]
                yield from walk(inner, path + [name])
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                yield path + [at]
                yield from walk(inner, path + [at])

    yield from walk(case["policies"], ["policies"])
    context = case["request"].get("context", {})
    yield from walk(context, ["request", "context"])


def single_lists(case):
    def walk(value, path):
        if isinstance(value, dict):
            for name, inner in value.items():
                if isinstance(inner, list) and len(inner) == 1 and name in INNER:
                    yield path + [name]
                yield from walk(inner, path + [name])
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                yield from walk(inner, path + [at])

    yield from walk(case["policies"], ["policies"])


INNER = ("Statement", "Action", "NotAction", "Resource", "NotResource", "AWS")


def minimise(iam, case):
    """The smallest case found that still differs in the same way."""
    want, got = expect(json.dumps(case)), ask(iam, [case])[0]
    for _ in range(200):
        candidates = list(smaller(case))
        for candidate in candidates:
            candidate["id"] = case["id"]
        answers = ask(iam, candidates)
        for candidate, answer in zip(candidates, answers):
            try:
                other = expect(json.dumps(candidate))
            except (KeyError, AttributeError, TypeError):
                continue  # no longer a case
            if answer != other and answer == got and other == want:
                case = candidate
                break
        else:
            return case
    return case


# ---------------------------------------------------------------------------------------------
# The run


def run_chunk(job):
    """The differences of one stretch of cases: [(name, case, expected, got)]."""
    iam, seed, first, count = job
    cases = [generate.make(seed, index) for index in range(first, first + count)]
    lines = [json.dumps(case) for case in cases]
    answers = ask(iam, cases, lines)
    different = []
    for case, line, answer in zip(cases, lines, answers):
        wanted = expect(line)
        if wanted != answer:
            different.append(("decision", case, wanted, answer))
    rng = random.Random("laws:%s:%d" % (seed, first))
    checks = []
    for case, answer in zip(cases, answers):
        if int(case["id"]) % LAW_SHARE == 0:
            checks += [(name, changed, may) for name, changed, may in laws(case, answer, rng)]
    for (name, changed, may), answer in zip(checks, ask(iam, [c[1] for c in checks])):
        if answer[0] not in may or answer[1]:
            different.append((name, changed, sorted(may), answer))
    tally = {}
    for answer in answers:
        tally[answer] = tally.get(answer, 0) + 1
    return len(cases), len(checks), tally, different


def report(iam, differences, show):
    for name, case, wanted, got in differences[:show]:
        if name == "decision":
            case = minimise(iam, case)
        print("%s: expected %s, got %s" % (name, wanted, got))
        print("  " + json.dumps(case))
    if len(differences) > show:
        print("and %d more" % (len(differences) - show))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iam", required=True)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--cases", type=int, default=100000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--show", type=int, default=10)
    options = parser.parse_args()
    end = options.first + options.cases
    jobs = [
        (options.iam, options.seed, first, min(CHUNK, end - first))
        for first in range(options.first, end, CHUNK)
    ]
    total, checks, tally, differences = 0, 0, {}, []
    # Cases refer to nothing in circles, and looking for circles takes a tenth of the time.
    with multiprocessing.Pool(PROCESSES, initializer=gc.disable) as pool:
        for count, checked, answers, different in pool.imap(run_chunk, jobs):
            total += count
            checks += checked
            for answer, number in answers.items():
                tally[answer] = tally.get(answer, 0) + number
            differences += different
    report(options.iam, differences, options.show)
    print(
        ", ".join(
            "%d %s" % (number, answer[0] if not answer[1] else "refused")
            for answer, number in sorted(tally.items())
        )
        + ", %d laws" % checks
    )
    print("%d cases, %d differences" % (total, len(differences)))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
