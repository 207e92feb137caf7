#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What our code thinks of tokens, against the library jose: mutated tokens of every kind.

    tests/oracle/tokens.py --judge build/release/tests/oracle/token_judge [--seed N] [--cases N]

Whatever is taken here is taken by jose too, but for what AWS takes besides (is_lenient); what jose
takes and is refused here is refused for one of the reasons below, each of which is found in the token
without our code. ./check has 3,000 cases; the long form is --cases 100000. The last line is the count.
"""

import argparse
import base64
import collections
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOW = 1700000000
TOLERANCE = 300
MAX_TOKEN, MAX_HEADER, MAX_DEPTH = 20000, 4096, 16


class Refused(Exception):
    """Why a token is refused here, although jose may take it."""


def part(text):
    """The bytes of a part, in the one spelling that there is."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise Refused("not base64url")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) % 4 != 1 else None
    if raw is None or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise Refused("another spelling of base64url")
    return raw


def once(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refused("a member that is there twice")
    return dict(pairs)


def depth(value):
    if isinstance(value, dict):
        return 1 + max([depth(v) for v in value.values()], default=0)
    if isinstance(value, list):
        return 1 + max([depth(v) for v in value], default=0)
    return 0


def no_constant(name):
    raise Refused("not JSON: " + name)


def read(text):
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=once,
                           parse_constant=no_constant, parse_int=str, parse_float=str)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refused("not JSON") from None
    if not isinstance(value, dict):
        raise Refused("no object")
    if depth(value) > MAX_DEPTH:
        raise Refused("nested too deep")
    if "\\u0000" in text.decode("utf-8"):
        raise Refused("a NUL")
    return value


def check_form(token):
    parts = token.split(".")
    if len(parts) != 3 or len(token) > MAX_TOKEN or not parts[2]:
        raise Refused("parts or length")
    header_text, payload_text, _ = (part(text) for text in parts)
    if len(header_text) > MAX_HEADER:
        raise Refused("a long header")
    header, payload = read(header_text), read(payload_text)
    for name in ("crit", "b64"):
        if name in header:
            raise Refused("an extension")
    return payload, json.loads(payload_text)


def seconds(value, raw):
    """A time as it is read here: digits, in a number or a text."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise Refused("no time")
    if not re.fullmatch(r"-?[0-9]+", value) or abs(int(value)) > 1 << 53:
        raise Refused("no whole time")
    return int(value)


def check_claims(claims, raw):
    for name in ("iss", "sub", "aud", "iat", "exp"):
        if name not in claims:
            raise Refused("without " + name)
    if NOW - TOLERANCE >= seconds(claims["exp"], raw["exp"]):
        raise Refused("expired")
    if seconds(claims["iat"], raw["iat"]) > NOW + TOLERANCE:
        raise Refused("of the future")
    if "nbf" in claims and seconds(claims["nbf"], raw["nbf"]) > NOW + TOLERANCE:
        raise Refused("not yet")
    audiences = raw["aud"] if isinstance(raw["aud"], list) else [raw["aud"]]
    if not audiences or not all(isinstance(one, str) for one in audiences):
        raise Refused("audience")
    if "azp" not in raw and len(audiences) > 1:
        raise Refused("several audiences")
    if raw.get("azp", audiences[0]) != "app":
        raise Refused("another audience")
    sub = raw["sub"]
    if not isinstance(sub, (str, int, float)) or isinstance(sub, bool):
        raise Refused("subject")


def expected(case):
    """What is to come out, and why."""
    try:
        claims, raw = check_form(case["token"])
    except Refused as why:
        return "form", str(why)
    if not case["signature"]:
        return "key or signature", "jose"
    try:
        check_claims(claims, raw)
    except Refused as why:
        return "claims", str(why)
    return "ok", ""


def is_lenient(case):
    """Whether AWS takes what jose does not: times as texts, and azp in the place of aud."""
    claims = check_form(case["token"])[1]
    return "azp" in claims or any(isinstance(claims.get(name), str) for name in
                                  ("exp", "iat", "nbf"))


def is_fit(verdict, want):
    return verdict == want or (want == "key or signature" and
                               verdict in ("key", "signature", "form"))


def compare(cases, verdicts):
    wrong, counts = [], collections.Counter()
    for case, verdict in zip(cases, verdicts):
        want, why = expected(case)
        counts[verdict] += 1
        is_sound = verdict != "ok" or case["claims"] or is_lenient(case)
        if not is_fit(verdict, want) or not is_sound:
            wrong.append("%s: %s instead of %s (%s): %s" % (case["kind"], verdict, want, why,
                                                            case["token"][:300]))
    return wrong, counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--judge", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=3000)
    args = parser.parse_args()
    made = subprocess.run(["node", "tokens.mjs", str(args.seed), str(args.cases), str(NOW)],
                          cwd=ROOT / "tests/e2e/js", capture_output=True, text=True, check=True,
                          timeout=3000).stdout.split("\n")
    cases = [json.loads(line) for line in made[1:] if line]
    # What is in a token is one line: of line ends there are none in tokens that clients send.
    cases = [case for case in cases if "\n" not in case["token"] and "\0" not in case["token"]]
    judged = subprocess.run([args.judge, str(NOW)], input="\n".join(
        [made[0]] + [case["token"] for case in cases]) + "\n", capture_output=True, text=True,
                            check=True, timeout=3000).stdout.split("\n")[:-1]
    if len(judged) != len(cases):
        sys.exit("%d verdicts for %d tokens" % (len(judged), len(cases)))
    wrong, counts = compare(cases, judged)
    for line in wrong[:20]:
        print(line)
    print(", ".join("%s %d" % pair for pair in sorted(counts.items())))
    both = sum(case["claims"] and verdict == "ok" for case, verdict in zip(cases, judged))
    print("%d taken by both" % both)
    print("%d passed, %d failed" % (len(cases) - len(wrong), len(wrong)))
    return 1 if wrong or both == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
