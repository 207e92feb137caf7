#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the second evaluator itself, against what was recorded on AWS and AWS's documents.

Every recording of tests/vectors/aws and every vector of tests/vectors/decide is held against it.
The other rows are those of the pages on condition operators, multivalued keys, policy variables,
principals and the evaluation logic. No engine takes part.
"""

import glob
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import evaluator  # noqa: E402
import generate  # noqa: E402
import grammar  # noqa: E402
import operators  # noqa: E402
import values  # noqa: E402

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors")
HOME, OTHER = generate.HOME, generate.OTHER
ABSENT = object()


def policy(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def statement(effect="Allow", **more):
    result = {"Effect": effect, "Action": "*", "Resource": "*"}
    result.update(more)
    return {name: value for name, value in result.items() if value is not None}


def case(policies, principal=generate.USER, **request):
    fields = {"principal": principal, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}
    fields.update(resourceAccount=HOME, context={})
    fields.update(request)
    return {"id": "1", "request": fields, "policies": policies}


def decide(policies, principal=generate.USER, **request):
    decision, error = evaluator.decide(
        evaluator.load(json.dumps(case(policies, principal, **request)))
    )
    return "refused" if error else decision


def holds(operator, wanted, value=ABSENT, effect="Allow", version="2012-10-17", **context):
    """Whether `operator` over the key x:k is met; in a session policy, which may have any value."""
    context = {name.replace("_", ":"): text for name, text in context.items()}
    if value is not ABSENT:
        context["x:k"] = value
    guarded = statement(effect, Condition={operator: {"X:K": wanted}})
    documents = [policy(guarded, version=version)]
    if effect == "Deny":
        documents.append(policy(statement()))
    decision = decide({"identity": [YES], "session": documents}, SESSION, context=context)
    assert decision != "refused"
    return decision == ("allow" if effect == "Allow" else "explicitDeny")


def met(operator, wanted, value, **more):
    """The same for a comparison in which the effect changes nothing."""
    found = [holds(operator, wanted, value, effect, **more) for effect in ("Allow", "Deny")]
    assert found[0] == found[1]
    return found[0]


def is_refused(operator, wanted):
    guarded = policy(statement("Deny", Condition={operator: {"x:k": wanted}}))
    return decide({"identity": [guarded]}) == "refused"


POSITIVE = [
    ("StringEquals", "a", "a", "b"),
    ("StringEqualsIgnoreCase", "A", "a", "b"),
    ("StringLike", "a*", "ab", "b"),
    ("NumericEquals", "1", "1.0", "2"),
    ("NumericLessThan", "2", "1", "2"),
    ("NumericLessThanEquals", "2", "2", "3"),
    ("NumericGreaterThan", "2", "3", "2"),
    ("NumericGreaterThanEquals", "2", "2", "1"),
    ("DateEquals", "2024-01-01T00:00:00Z", "1704067200", "1704067201"),
    ("DateLessThan", "2024", "1704067199", "1704067200"),
    ("DateLessThanEquals", "2024-01", "1704067200", "1704067201"),
    ("DateGreaterThan", "2024-01-01", "1704067201", "1704067200"),
    ("DateGreaterThanEquals", "2024-01-01T01:00+01:00", "1704067200", "1704067199"),
    ("Bool", "true", "TRUE", "false"),
    ("BinaryEquals", "AP8=", "AP8=", "AP4="),
    ("IpAddress", "10.0.0.0/8", "10.1.2.3", "11.0.0.1"),
    ("ArnEquals", "arn:aws:sns:*:1:t", "arn:aws:sns:r:1:t", "arn:aws:sns:r:2:t"),
    ("ArnLike", "arn:aws:sns:*:1:t", "arn:aws:sns:r:1:t", "arn:aws:sns:r:2:t"),
]
NEGATED = [
    ("StringNotEquals", "a", "a", "b"),
    ("StringNotEqualsIgnoreCase", "A", "a", "b"),
    ("StringNotLike", "a*", "ab", "b"),
    ("NumericNotEquals", "1", "1.0", "2"),
    ("DateNotEquals", "2024-01-01T00:00:00Z", "1704067200", "1704067201"),
    ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", "11.0.0.1"),
    ("ArnNotEquals", "arn:aws:sns:*:1:t", "arn:aws:sns:r:1:t", "arn:aws:sns:r:2:t"),
    ("ArnNotLike", "arn:aws:sns:*:1:t", "arn:aws:sns:r:1:t", "arn:aws:sns:r:2:t"),
]


def lines_of(*path):
    with open(os.path.join(VECTORS, *path), encoding="utf-8") as lines:
        return [evaluator.load(line) for line in lines]


def fault(document, kind, check=grammar.check_policy):
    """Why a document is refused, or None."""
    try:
        check(document, kind) if check is grammar.check_policy else check(document)
    except values.Refused as why:
        return str(why)
    return None


class Recordings(unittest.TestCase):
    """What AWS answered; a row that is `judged` does not bind."""

    def test_decisions(self):
        rows = [row for row in lines_of("aws", "decisions.jsonl") if "judged" not in row]
        self.assertEqual(len(rows), 680)
        for row in rows:
            decision, error = evaluator.decide(row)
            # The simulator takes a pattern as the action; here that is no request.
            self.assertEqual(error is not None, row["id"] == "sim-action-wildcard", row["id"])
            may = ["implicitDeny", "explicitDeny"] if row["expected"] == "deny" else row["expected"]
            self.assertIn(decision, values.as_list(may), row["id"])

    def test_documents(self):
        rows = [row for row in lines_of("aws", "documents.jsonl") if "judged" not in row]
        self.assertEqual(len(rows), 296)
        for row in rows:
            found = fault(row["document"], row["kind"])
            if "service" in row:
                self.assertIsNone(found, row["id"])
                found = fault(row["document"], row["kind"], grammar.check_written_trust)
            self.assertEqual(found is None, row["expected"] == "accepted", row["id"])


class MissingKey(unittest.TestCase):
    """The table of a key that is absent, empty, or present."""

    def rows(self, operators, negated):
        for name, wanted, same, other in operators:
            for effect in ("Allow", "Deny"):
                with self.subTest(operator=name, effect=effect):
                    self.row(name, wanted, same, other, effect, negated)

    def row(self, name, wanted, same, other, effect, negated):
        def met(form, value=ABSENT):
            return holds(form, wanted, value, effect)

        # An empty text is a value like any other; of ARNs and addresses it makes none.
        empty = negated and not name.startswith(("Arn", "NotIp"))
        self.assertEqual(met(name, same), not negated)
        self.assertEqual(met(name, other), negated)
        self.assertEqual(met(name), negated)
        self.assertTrue(met(name + "IfExists"))
        self.assertEqual(met(name + "IfExists", same), not negated)
        self.assertEqual(met(name + "IfExists", other), negated)
        self.assertTrue(met("ForAllValues:" + name))
        self.assertTrue(met("ForAllValues:" + name, []))
        self.assertEqual(met("ForAllValues:" + name, ""), empty)
        self.assertEqual(met("ForAllValues:" + name, [""]), empty)
        self.assertEqual(met("ForAllValues:" + name, [same, same]), not negated)
        self.assertEqual(met("ForAllValues:" + name, [other, other]), negated)
        self.assertFalse(met("ForAllValues:" + name, [same, other]))
        self.assertTrue(met("ForAllValues:" + name + "IfExists"))
        self.assertFalse(met("ForAnyValue:" + name))
        self.assertFalse(met("ForAnyValue:" + name, []))
        self.assertEqual(met("ForAnyValue:" + name, ""), empty)
        self.assertEqual(met("ForAnyValue:" + name, [""]), empty)
        self.assertTrue(met("ForAnyValue:" + name, [same, other]))
        self.assertEqual(met("ForAnyValue:" + name, [same, same]), not negated)
        self.assertFalse(met("ForAnyValue:" + name + "IfExists"))
        # Several values without a set operator.
        for several in ([same], [other], [same, other]):
            self.assertFalse(met(name, several))
            self.assertFalse(met(name + "IfExists", several))
        # None at all: absent to a Deny, present to an Allow.
        self.assertEqual(met(name, []), negated and effect == "Deny")
        self.assertEqual(met(name + "IfExists", []), effect == "Deny")

    def test_positive(self):
        self.rows(POSITIVE, negated=False)

    def test_negated(self):
        self.rows(NEGATED, negated=True)

    def test_null(self):
        for wanted in ("true", True):
            self.assertTrue(holds("Null", wanted))
            self.assertTrue(holds("Null", wanted, []))
            self.assertFalse(holds("Null", wanted, "a"))
        self.assertFalse(holds("Null", "false"))
        self.assertFalse(holds("Null", "false", []))
        self.assertTrue(holds("Null", "false", "a"))
        self.assertTrue(holds("Null", ["true", "false"], "a"))
        self.assertTrue(holds("Null", "false", ""))
        self.assertFalse(holds("Null", "TRUE", ""))
        self.assertTrue(holds("Null", "tRuE"))
        for text in ("yes", "", "1", 0, " true", "${x:k}"):
            self.assertTrue(holds("Null", text, "a"), text)
            self.assertFalse(holds("Null", text), text)
        self.assertTrue(holds("ForAllValues:Null", "false"))
        self.assertFalse(holds("ForAnyValue:Null", "true"))

    def test_empty_string_compares(self):
        self.assertTrue(holds("StringEquals", "", ""))
        self.assertFalse(holds("StringNotEquals", "", ""))
        self.assertFalse(holds("Bool", "true", ""))

    def test_no_value_in_the_policy(self):
        self.assertFalse(holds("StringEquals", [], "a"))
        self.assertTrue(holds("StringNotEquals", [], "a"))
        self.assertTrue(holds("StringEqualsIfExists", []))
        self.assertFalse(holds("Null", [], "a"))


class Multivalued(unittest.TestCase):
    """The evaluation tables of the page on multivalued context keys."""

    def test_for_all_values_string_not_like(self):
        def met(*value, wanted="key1*"):
            return holds("ForAllValues:StringNotLike", wanted, list(value) if value else ABSENT)

        self.assertFalse(met("key1:legal"))
        self.assertFalse(met("key1:hr", "key1:personnel"))
        self.assertTrue(met("key2:audit"))
        self.assertTrue(met())
        both = ["key1*", "key2*"]
        self.assertFalse(met("key1:hr", "key2:audit", wanted=both))
        self.assertTrue(met("key3:legal", wanted=both))

    def test_several_policy_values(self):
        self.assertTrue(holds("StringEquals", ["a", "b"], "b"))
        self.assertFalse(holds("StringNotEquals", ["a", "b"], "b"))
        self.assertTrue(holds("StringNotEquals", ["a", "b"], "c"))
        self.assertTrue(holds("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "c"]))
        self.assertFalse(holds("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"]))

    def test_mfa(self):
        rows = [
            ("Deny", "Bool", "false", (False, True, False)),
            ("Deny", "BoolIfExists", "false", (True, True, False)),
            ("Allow", "Bool", "true", (False, False, True)),
            ("Allow", "BoolIfExists", "true", (True, False, True)),
            ("Allow", "Null", "false", (False, True, True)),
        ]
        for effect, operator, wanted, expected in rows:
            found = tuple(holds(operator, wanted, v, effect) for v in (ABSENT, False, True))
            self.assertEqual(found, expected, (effect, operator))


class Families(unittest.TestCase):
    def test_strings(self):
        self.assertFalse(holds("StringEquals", "a*", "ab"))
        self.assertTrue(holds("StringLike", "a*c?", "ab/:c\u00e9"))
        self.assertFalse(holds("StringLike", "a?", "a"))
        self.assertFalse(holds("StringLike", "A*", "ab"))
        self.assertTrue(holds("StringLike", "a${*}", "a*"))
        self.assertFalse(holds("StringLike", "a${*}", "ab"))
        self.assertFalse(holds("StringLike", "a${?}", "ab"))
        self.assertTrue(holds("StringLike", "${$}{a}", "${a}"))
        self.assertTrue(holds("StringEquals", "${*}", "${*}", version="2008-10-17"))

    def test_many_wildcards(self):
        hostile = "*a" * 40 + "?*b"
        self.assertFalse(holds("StringLike", hostile, "a" * 4000))
        self.assertTrue(holds("StringLike", hostile, "a" * 4000 + "cb"))
        self.assertTrue(holds("StringLike", "*ab*ab", "ab/ab"))
        self.assertFalse(holds("StringLike", "*ab*ab", "aab"))
        self.assertTrue(holds("StringLike", "a**?", "ab"))

    def test_letters(self):
        wide = "\U00010400"
        same = ["K\u212a", "k\u212a", "\u00df\u1e9e", "\u03a3\u03c3", "\u00c9\u00e9"]
        same += [("\u0130", "i\u0307"), ("\u039f\u03a3", "\u03bf\u03c2"), ("A\u03a3.", "a\u03c2.")]
        same += [("\u039f\u03a3\u0391", "\u03bf\u03c3\u03b1"), ("A.\u03a3", "a.\u03c2")]
        same += [("A\u03a3" + wide, "a\u03c3" + wide), (wide + "\u03a3", wide + "\u03c2")]
        other = ["s\u017f", "I\u0131", "\u03a3\u03c2", "\u03c3\u03c2", wide + "\U00010428"]
        other += ["i\u0130", ("\u00df", "SS"), ("\u00e9", "e\u0301")]
        other += [("\u039f\u03a3", "\u03bf\u03c3")]
        for expected, pairs in ((True, same), (False, other)):
            for one, two in pairs:
                for pair in ((one, two), (two, one)):
                    found = met("StringEqualsIgnoreCase", *pair)
                    self.assertEqual(found, expected, pair)
                    found = met("StringNotEqualsIgnoreCase", *pair)
                    self.assertEqual(found, not expected, pair)
                    self.assertFalse(met("StringEquals", *pair))

    def test_units(self):
        wide = "\U00010400"
        for pattern, text in (("??", wide), ("a??b", "a%sb" % wide), ("*?", wide), ("*??", wide)):
            self.assertTrue(met("StringLike", pattern, text))
        for pattern, text in (("?", wide), ("a?b", "a%sb" % wide), ("???", wide), ("*???", wide)):
            self.assertFalse(met("StringLike", pattern, text))
        self.assertTrue(met("ArnLike", "arn:aws:s3:::??", "arn:aws:s3:::" + wide))
        self.assertFalse(met("ArnLike", "arn:aws:s3:::?", "arn:aws:s3:::" + wide))
        self.assertFalse(met("StringLike", "a[b]", "ab"))
        self.assertFalse(met("StringLike", "a\\*b", "a*b"))

    def test_numbers(self):
        for text in ("", "x", " 1", "1 ", "0x1", "inf", "NaN", "Infinity", "--1", "1e", ".", "1_0"):
            self.assertFalse(met("NumericEquals", "1", text), text)
            self.assertTrue(met("NumericNotEquals", "1", text), text)
            self.assertFalse(met("NumericLessThan", "2", text), text)
            self.assertTrue(is_refused("NumericNotEquals", text), text)
            self.assertFalse(met("NumericEquals", text, text), text)
            self.assertTrue(met("NumericNotEquals", text, text), text)
        for text in ("1", "01", "+1", "1.", "1.0", "1e0", "1E+0", "10e-1", "0.1e1", "+01.00e-0"):
            self.assertTrue(met("NumericEquals", "1", text), text)
            self.assertTrue(met("NumericEquals", text, "1"), text)
            self.assertFalse(is_refused("NumericEquals", text), text)
        self.assertTrue(met("NumericEquals", "01.50", "1.5"))
        self.assertTrue(met("NumericEquals", "0", "-0"))
        self.assertTrue(met("NumericEquals", ".5", "0.5"))
        self.assertFalse(met("NumericEquals", "9007199254740993", "9007199254740992"))
        self.assertTrue(met("NumericLessThan", "-1.5", "-1.55"))
        self.assertTrue(met("NumericLessThan", "1e401", "1e400"))
        self.assertTrue(met("NumericEquals", "1" * 64, "1" * 64))

    def test_a_number_that_is_too_long(self):
        long = "1" * 300
        self.assertTrue(met("NumericGreaterThan", "1", long))
        self.assertFalse(is_refused("NumericEquals", long))
        huge = "1e2147483648"
        for name in ("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThan"):
            self.assertFalse(holds(name, "1", huge))
            self.assertTrue(holds(name, "1", huge, "Deny"))
            self.assertTrue(is_refused(name, huge))
        self.assertTrue(met("NumericEquals", [huge, "1"], "1"))

    def test_dates(self):
        for text in ("2023-02-29", "2024-13-01", "2024-01-01T24:00:00Z", "2024-01-01T0Z:", "", "x"):
            self.assertTrue(met("DateNotEquals", "2024", text), text)
            self.assertFalse(met("DateEquals", text, text), text)
            self.assertTrue(is_refused("DateEquals", text), text)
        for text in ("2024-01-01T00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.0009"):
            self.assertTrue(met("DateEquals", "2024", text), text)
        for text in ("1704067200", "+1704067200", "2024-01-01t0:00Z", "2024-01T", "2024-1-1T0z"):
            self.assertTrue(met("DateEquals", text, "2024-01-01"), text)
        # Documents that a managed policy was written with, and such that were refused.
        for text in ("01T", "-292275054", "2016-12-13t2:00:00.593194+23", "2019-07-01T13:20:15Z"):
            self.assertFalse(is_refused("DateLessThan", text), text)
        self.assertTrue(is_refused("DateLessThan", "234-13"))
        self.assertTrue(is_refused("DateLessThan", "9223372036854775808"))
        self.assertTrue(is_refused("DateLessThan", "2016-12-13t2:00:00.593194+1"))
        self.assertTrue(is_refused("DateLessThan", "2016-12-13t2:00:00.1999999999+10:59"))
        self.assertTrue(met("DateGreaterThan", "2024", "2024-01-01T00:00:00.5Z"))
        self.assertFalse(met("DateGreaterThan", "2024", "2024-01-01T00:00:00.0009Z"))
        self.assertTrue(met("DateLessThan", "1970", "01T"))

    def test_bools(self):
        for text in ("false", "yes", "1", "", " true ", "no", "False"):
            self.assertTrue(met("Bool", "false", text), text)
            self.assertTrue(met("Bool", text, "false"), text)
            self.assertFalse(met("Bool", text, "TRUE"), text)
            self.assertFalse(is_refused("Bool", text), text)

    def test_binary(self):
        for text in ("YQ", "YR==", " YQ==", "YQ== ", "Y Q=="):
            self.assertFalse(met("BinaryEquals", "YQ==", text), text)
            self.assertTrue(is_refused("BinaryEquals", text), text)
            sets = {"session": [policy(statement(Condition={"BinaryEquals": {"x:k": text}}))]}
            self.assertEqual(decide(sets, SESSION), "refused")

    def test_addresses(self):
        rows = [
            ("0.0.0.0/0", "2001:db8::1", False),
            ("::/0", "10.0.0.1", False),
            ("::/0", "::ffff:10.0.0.1", False),
            ("::ffff:a00:0/104", "10.0.0.1", False),
            ("::ffff:a00:1", "::ffff:a00:1", False),
            ("2001:db8::1", "2001:DB8:0::1", True),
            ("2001:db8::1", "2001:db8::2", False),
            ("10.9.9.9/8", "10.0.0.1", True),
            ("10.0.0.1", "10.0.0.2", False),
            ("10.0.0.0/8", "::ffff:10.0.0.1", True),
            ("10.0.0.0/8", "::FFFF:a00:1", True),
            ("10.0.0.0/8", "0:0:0:0:0:ffff:a00:1", True),
            ("10.0.0.0/8", "010.000.0.01", True),
            ("010.0.0.0/008", "10.0.0.1", True),
            ("10.0.0.0/+8", "10.0.0.1", True),
            ("2001:db8:::1", "2001:db8::1:", True),
            (":::/0", ":::", True),
            ("2001:db8::1", ":2001:db8::1", False),
            ("0:2001:db8::1", ":2001:db8::1", True),
        ]
        for wanted, text, expected in rows:
            self.assertFalse(is_refused("IpAddress", wanted), wanted)
            self.assertEqual(met("IpAddress", wanted, text), expected, (wanted, text))
            self.assertEqual(met("NotIpAddress", wanted, text), not expected, (wanted, text))

    def test_what_is_no_address(self):
        none = ["", "x", "10.0.0.1/32", "10.0.1", "167772161", "2001:db8::10.0.0.1", "::10.0.0.1"]
        none += ["0:0:0:0:0:ffff:10.0.0.1", "2001:db8::::1", "2001::db8::1", "::1/128", "fe80::1%e"]
        none += ["1:2:3:4:5:6:7::8", ":", "10.0.0.256", "[::1]"]
        for text in none:
            for wanted in ("0.0.0.0/0", "::/0", "not-an-ip"):
                self.assertFalse(met("IpAddress", wanted, text), text)
                self.assertFalse(met("NotIpAddress", wanted, text), text)

    def test_what_is_no_range(self):
        none = ["2001:db8::5/64", "::ffff:10.0.0.0/104", "10.0.0.0/33", "::/129", "10.0.0.0/", "x"]
        for wanted in none + ["2001:db8::1/0", "10.0.0.0/-1", "10.0.0/8", "::10.0.0.1"]:
            self.assertTrue(is_refused("IpAddress", wanted), wanted)
            for text in ("10.0.0.1", "2001:db8::5"):
                self.assertFalse(met("IpAddress", wanted, text), wanted)
                self.assertTrue(met("NotIpAddress", wanted, text), wanted)
        self.assertTrue(met("IpAddress", ["x", "10.0.0.0/8"], "10.0.0.1"))

    def test_arns(self):
        self.assertTrue(met("StringLike", "arn:*:111:x/*", "arn:aws:svc:r:111:x/y"))
        self.assertTrue(is_refused("ArnLike", "arn:*:111:x/*"))
        self.assertTrue(met("ArnLike", "arn:aws:s:*:1:x*", "arn:aws:s::1:x:y/z"))
        self.assertTrue(met("ArnEquals", "arn:aws:s:*:1:x?", "arn:aws:s::1:xy"))
        for text in ("x", "arn:aws:s3", "", "ARN:aws:s3:::b"):
            for wanted in ("*:*:*:*:*:*", "not-an-arn"):
                self.assertFalse(met("ArnLike", wanted, text))
                self.assertFalse(met("ArnNotLike", wanted, text))

    def test_a_policy_value_that_is_no_arn(self):
        text, user, role = "arn:aws:iam::1:user/u", "arn:aws:iam::*:user/*", "arn:aws:iam::*:role/*"
        for bad in ("not-an-arn", "${a:b}", "${a:b}:x"):
            for name in ("ArnLike", "ArnNotLike"):
                for wanted in (bad, [bad, role], [role, bad], [bad, user]):
                    self.assertFalse(holds(name, wanted, text, a_b="arn:aws"), wanted)
                    self.assertTrue(holds(name, wanted, text, "Deny", a_b="arn:aws"), wanted)
                    self.assertFalse(holds(name, wanted, "x", "Deny", a_b="arn:aws"), wanted)
            self.assertTrue(met("ArnLike", [user, bad], text, a_b="arn:aws"))
            self.assertFalse(met("ArnNotLike", [user, bad], text, a_b="arn:aws"))


class Variables(unittest.TestCase):
    def test_condition(self):
        self.assertTrue(holds("StringEquals", "${aws:UserName}", "ann", aws_username="ann"))
        self.assertFalse(holds("StringEquals", "${aws:username}", "ann"))
        self.assertTrue(holds("StringNotEquals", "${aws:username}", "ann"))
        self.assertTrue(holds("StringEquals", "${aws:username, 'ann'}", "ann"))
        self.assertFalse(holds("StringEquals", "${aws:username, 'ann'}", "ann", aws_username="b"))
        self.assertFalse(holds("StringLike", "${a:b}", "xyz", a_b="*"))
        self.assertTrue(holds("StringLike", "${a:b}", "*", a_b="*"))
        self.assertTrue(holds("StringEquals", "${a:b}", "${c:d}", a_b="${c:d}", c_d="x"))
        for default in ("", ", 'x'"):
            wanted = "${a:b%s}" % default
            self.assertFalse(holds("StringEquals", wanted, "x", a_b=["x"]))
            self.assertTrue(holds("StringNotEquals", wanted, "x", a_b=["x"]))
            self.assertFalse(holds("ArnLike", wanted, "arn:aws:s3:::b", a_b=["arn:aws:s3:::b"]))
        self.assertTrue(holds("Bool", "${a:b}", "true", a_b=True))
        self.assertTrue(is_refused("NumericEquals", "${a:b}"))
        self.assertTrue(met("ArnLike", "${a:b}", "arn:aws:s3:::b", a_b="arn:aws:s3:::b"))
        # A value moves no part; no value is no ARN that cannot be evaluated.
        self.assertFalse(met("ArnLike", "arn:aws:${a:b}:b:c:d", "arn:aws:s3:x:b:c", a_b="s3:x"))
        self.assertFalse(met("ArnLike", "${a:b}", "arn:aws:s3:::b"))
        self.assertTrue(met("ArnNotLike", "${a:b}", "arn:aws:s3:::b"))
        text = "${aws:username}"
        self.assertTrue(holds("StringEquals", text, text, version="2008-10-17", aws_username="a"))

    def resource(self, name, value, context, effect="Allow", version="2012-10-17"):
        entry = statement(effect, Resource=None)
        entry[name] = value
        documents = [policy(entry, version=version)]
        if effect == "Deny":
            documents.append(policy(statement()))
        return decide({"identity": documents}, context=context, resource="arn:aws:s3:::b/ann")

    def test_resource(self):
        pattern = "arn:aws:s3:::b/${aws:username}"
        self.assertEqual(self.resource("Resource", pattern, {"aws:username": "ann"}), "allow")
        self.assertEqual(self.resource("Resource", pattern, {}), "implicitDeny")
        self.assertEqual(self.resource("NotResource", pattern, {}), "implicitDeny")
        self.assertEqual(self.resource("NotResource", pattern, {}, "Deny"), "explicitDeny")
        self.assertEqual(self.resource("Resource", pattern, {}, "Deny"), "allow")
        self.assertEqual(self.resource("Resource", pattern, {"aws:username": "*"}), "implicitDeny")
        old = self.resource("Resource", pattern, {"aws:username": "ann"}, version="2008-10-17")
        self.assertEqual(old, "implicitDeny")


    def test_first_parts_of_a_resource(self):
        key = {"a:b": "s3"}
        self.assertEqual(self.resource("Resource", "arn:aws:${a:b}:::b/ann", key), "allow")
        both = "arn:${a:c, 'aws'}:${a:b}:::b/ann"
        self.assertEqual(self.resource("Resource", both, key), "allow")
        found = self.resource("Resource", "arn:aws:${a:b}:b/ann", {"a:b": "s3::"})
        self.assertEqual(found, "refused")
        moved = self.resource("Resource", "arn:aws:${a:b}:b/ann::", {"a:b": "s3::"})
        self.assertEqual(moved, "implicitDeny")
        whole = {"a:b": "arn:aws:s3:::b/ann"}
        self.assertEqual(self.resource("Resource", "${a:b}", whole), "allow")
        old = self.resource("Resource", "${a:b}", whole, version="2008-10-17")
        self.assertEqual(old, "refused")
        for text in ("*", "arn:aws:s3", "arn:*:*:*:*:*", "", "x"):
            self.assertEqual(self.resource("Resource", "${a:b}", {"a:b": text}), "implicitDeny")
        for text in ("*", "arn:aws:s3", "x"):
            found = self.resource("NotResource", "${a:b}", {"a:b": text})
            self.assertEqual(found, "implicitDeny")
            found = self.resource("NotResource", "${a:b}", {"a:b": text}, "Deny")
            self.assertEqual(found, "explicitDeny")


class Elements(unittest.TestCase):
    def test_actions(self):
        for pattern in ("*:*", "*:GetObject", "s*:GetObject", "s?:*", ["*:Untag*", "s3:*"]):
            found = decide({"identity": [policy(statement(Action=pattern))]})
            self.assertEqual(found, "refused")
        for pattern in ("S3:getobject", "s3:*", "s3:Get?bject", "*"):
            self.assertEqual(decide({"identity": [policy(statement(Action=pattern))]}), "allow")
        for pattern in ("s3:Get", "s3:GetObject?", "s3:*s"):
            found = decide({"identity": [policy(statement(Action=pattern))]})
            self.assertEqual(found, "implicitDeny")
        opposite = policy(statement(Action=None, NotAction="S3:GET*"))
        self.assertEqual(decide({"identity": [opposite]}), "implicitDeny")

    def test_what_is_no_action(self):
        rows = [policy(statement())]
        for action in ("s3", "s3:", ":Get", "s3:Get:Object", "s3:Get*", "s3:?", "*", "*:*", ""):
            for documents in (rows, [policy(statement("Deny"))], []):
                self.assertEqual(decide({"identity": documents}, action=action), "refused", action)
            self.assertEqual(decide({}, generate.ROOT, action=action), "refused", action)

    def test_a_request_that_contradicts_itself(self):
        documents = {"identity": [policy(statement())]}
        self.assertEqual(decide(documents, context={"a:b": "1", "A:B": "1"}), "refused")
        for name, value in (("aws:PrincipalArn", ROLE), ("aws:PrincipalType", "AssumedRole")):
            self.assertEqual(decide(documents, context={name: value}), "refused", name)
        self.assertEqual(decide(documents, context={"aws:PrincipalType": "User"}), "allow")
        self.assertEqual(decide(documents, action="s3:" + "a" * 253), "allow")
        self.assertEqual(decide(documents, action="s3:" + "a" * 254), "refused")

    def test_root_assumes_no_role(self):
        trust = {"trust": [policy(statement(Resource=None, Principal={"AWS": "*"}, Action="sts:*"))]}
        more = {"action": "sts:AssumeRole", "resource": "arn:aws:iam::%s:role/r" % HOME}
        self.assertEqual(decide(trust, generate.ROOT, **more), "implicitDeny")

    def test_case_is_that_of_ascii(self):
        documents = {"identity": [policy(statement(Action="s3:k"))]}
        self.assertEqual(decide(documents, action="S3:K"), "allow")
        self.assertEqual(decide(documents, action="s3:\u212a"), "implicitDeny")
        both = {"x:\u00e9": "1", "x:\u00c9": "2"}
        self.assertEqual(decide({"identity": [policy(statement())]}, context=both), "allow")
        entry = statement(Condition={"StringEquals": both})
        self.assertEqual(decide({"identity": [policy(entry)]}, context=both), "allow")

    def test_the_text_of_a_document(self):
        wide = policy(statement(Resource="arn:aws:s3:::\u0100"))
        raw = json.dumps(wide, ensure_ascii=False)
        resource = dict(resource="arn:aws:s3:::\u0100")
        self.assertEqual(decide({"identity": [json.dumps(wide)]}, **resource), "allow")
        self.assertEqual(decide({"identity": [raw]}, **resource), "refused")
        text = json.dumps(policy(statement()))
        self.assertEqual(decide({"identity": [text]}), "allow")
        broken = [text + "x", "\ufeff" + text, text[:-1] + ', "Id": NaN}', "[" * 9999, "", "null"]
        for bad in broken:
            self.assertEqual(decide({"identity": [bad]}), "refused")
        for name in ("Effect", "\\u0045ffect", "effect"):
            bad = text.replace('"Action"', '"%s": "Allow", "Action"' % name)
            self.assertEqual(decide({"identity": [bad]}), "refused")

    def test_resources(self):
        rows = [
            ("arn:aws:s3:::b/*", True),
            ("arn:aws:s3:::B/*", False),
            ("arn:aws:s3:::b", False),
            ("arn:*:s3:::b/k", True),
            ("arn:aws:*:b/k", False),
            ("arn:aws:s3", True),
            ("arn:aws:s3:::?/?", True),
            ("arn:aws:fdsasf", False),
            ("arn:aws:s3::1:b/k", False),
        ]
        for pattern, expected in rows:
            found = decide({"identity": [policy(statement(Resource=pattern))]})
            self.assertEqual(found == "allow", expected, pattern)

    def test_refused(self):
        identity = [
            statement("allow"),
            statement(Effect=None),
            statement(Sid="a b"),
            statement(Principal="*"),
            statement(NotAction="a:b"),
            statement(Action="s3"),
            statement(Resource="b"),
            statement(Resource="arn:aws:s3:::${"),
            statement(Resource="arn:aws:s3::b"),
            statement(Resource="arn:aws"),
            statement(Resource="arn:aws::::b"),
            statement(Resource="arn:error:s3:::b"),
            statement(Resource="arn:aws:s3:us-east-1::b"),
            statement(Resource="arn:aws:iam:us-east-1::user/u"),
            statement(Resource="arn:aws:iam:::b"),
            statement(Resource="arn:aws:iam::%s:*/*" % HOME),
            statement(Resource="a${a:b}"),
            statement(Resource="${*}"),
            statement(Foo=1),
            statement(Condition={"stringEquals": {"a:b": "c"}}),
            statement(Condition={"NullIfExists": {"a:b": "true"}}),
            statement(Condition={"StringEquals": {"a:b": "c", "A:B": "c"}}),
        ]
        for entry in identity:
            allow = policy(statement())
            self.assertEqual(decide({"identity": [allow, policy(entry)]}), "refused", entry)
        for version in ("2012-10-18", 2012, None):
            document = policy(statement(), version=version)
            self.assertEqual(decide({"identity": [document]}), "refused")
        self.assertEqual(decide({"resource": [policy(statement())]}), "refused")
        only_deny = policy(statement(Principal="*", Action="s3:*"))
        self.assertEqual(decide({"rcp": [[only_deny]]}), "refused")
        old = policy(statement(), version="2008-10-17")
        self.assertEqual(decide({"identity": [YES], "boundary": [old]}), "refused")
        self.assertEqual(decide({"identity": [YES], "scp": [[old]]}), "allow")
        taken = [
            statement(Resource="arn:aws:iam::${aws:PrincipalAccount}:user/u"),
            statement(Resource="arn:${a:b, 'x:y'}:s3:::b"),
            statement(Resource="arn:aws:s3:us-east-1:%s:accesspoint/a" % HOME),
            statement(Resource="arn:aws:iam::%s:*" % HOME),
            statement(Condition={"StringEquals": {"ab": "c"}}),
        ]
        for entry in taken:
            self.assertIsNone(fault(policy(entry), "identity"), entry)
        with self.assertRaises(ValueError):
            evaluator.load('{"a": 1, "a": 2}')


SESSION, ROLE, USER = generate.SESSION, generate.ROLE, generate.USER
YES = policy(statement())
NO = policy(statement(Action="x:y"))
NEVER = policy(statement("Deny"))


def grant(name, effect="Allow", element="Principal"):
    return policy(statement(effect, **{element: name}))


class Kinds(unittest.TestCase):
    """What some kinds of policies may not have, or only they."""

    def test_resource_controls(self):
        def control(**more):
            fields = {"Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
            fields.update(more)
            return policy(statement("Deny", **fields))

        for principal in ("*", {"AWS": "*"}):
            self.assertIsNone(fault(control(Principal=principal), "rcp"))
        for principal in (["*"], {"AWS": HOME}, {"Service": "*"}, {"AWS": "*", "Service": []}, {}):
            self.assertIsNotNone(fault(control(Principal=principal), "rcp"), principal)
        for action in ("sqs:MadeUp", "SQS:*", ["sqs:*", "kms:Decrypt"]):
            self.assertIsNone(fault(control(Action=action), "rcp"))
        for action in ("*", "iam:*", "madeup:Read", ["sqs:*", "iam:GetUser"], "s*:*"):
            self.assertIsNotNone(fault(control(Action=action), "rcp"), action)
        self.assertIsNone(fault(control(Resource=None, NotResource="*"), "rcp"))
        self.assertIsNotNone(fault(control(Action=None, NotAction="sqs:*"), "rcp"))

    def test_trust(self):
        def trust(principal, effect="Allow"):
            return policy(statement(effect, Principal=principal, Action="sts:*", Resource=None))

        for effect in ("Allow", "Deny"):
            self.assertIsNotNone(fault(trust("*", effect), "trust"))
            self.assertIsNotNone(fault(trust({"Federated": "*"}, effect), "trust"))
            self.assertIsNone(fault(trust({"AWS": "*"}, effect), "trust"))
        self.assertIsNotNone(fault(trust({"AWS": "12345"}), "trust"))
        self.assertIsNotNone(fault(trust({"Service": "nope"}), "trust"))

    def test_session_policies_take_unreadable_values(self):
        rows = [("NumericEquals", "x"), ("DateEquals", "x"), ("ArnLike", "x")]
        for name, text in rows + [("IpAddress", "2001:db8::1/64")]:
            document = policy(statement(Condition={name: {"x:k": text}}))
            self.assertIsNone(fault(document, "session"))
            for kind in ("identity", "boundary", "scp"):
                self.assertIsNotNone(fault(document, kind))


class SameAccount(unittest.TestCase):
    """What a resource policy's Allow does, row by row: with ID, PB and SP silent."""

    def row(self, principal, named, bare, identity_only, boundary_only, **context):
        resource = [grant(named)]
        session = {} if principal in (USER, generate.ROOT) else {"session": [NO]}
        found = decide(
            dict(resource=resource, boundary=[NO], **session), principal, context=context
        )
        self.assertEqual(found == "allow", bare)
        found = decide({"resource": resource}, principal)
        self.assertEqual(found == "allow", identity_only)
        found = decide({"resource": resource, "boundary": [YES], "session": [YES]}, principal)
        self.assertEqual(found == "allow", boundary_only)

    def test_rows(self):
        account = {"AWS": HOME}
        self.row(USER, {"AWS": USER}, True, True, True)
        self.row(USER, account, False, False, False)
        self.row(USER, "*", True, True, True)
        self.row(SESSION, {"AWS": SESSION}, True, True, True)
        self.row(SESSION, {"AWS": ROLE}, False, True, True)
        self.row(SESSION, account, False, False, False)
        self.row(SESSION, "*", True, True, True)
        self.row(generate.FEDERATED, {"AWS": generate.FEDERATED}, True, True, True)
        self.row(generate.FEDERATED, account, False, False, False)
        self.row(generate.ROOT, account, True, True, True)

    def test_identity_path(self):
        self.assertEqual(decide({"identity": [YES]}), "allow")
        self.assertEqual(decide({"identity": [YES], "boundary": [NO]}), "implicitDeny")
        self.assertEqual(decide({"identity": [YES], "session": [NO]}, SESSION), "implicitDeny")
        layers = {"identity": [YES], "session": [[YES], [NO]]}
        self.assertEqual(decide(layers, SESSION), "implicitDeny")
        self.assertEqual(decide({"identity": [YES], "session": [YES, NO]}, SESSION), "allow")
        self.assertEqual(decide({"identity": [YES]}, generate.FEDERATED), "implicitDeny")
        self.assertEqual(decide({"identity": [YES], "session": [YES]}, generate.FEDERATED), "allow")
        self.assertEqual(decide({}, generate.ROOT), "allow")

    def test_explicit_deny_wins(self):
        for kind in ("identity", "boundary", "session"):
            sets = {"identity": [YES], kind: [YES, NEVER]}
            self.assertEqual(decide(sets, SESSION), "explicitDeny")
        sets = {"identity": [YES], "resource": [grant({"AWS": ROLE}, "Deny")]}
        self.assertEqual(decide(sets, SESSION), "explicitDeny")

    def test_others(self):
        service = generate.SERVICE
        self.assertEqual(decide({"resource": [grant({"Service": service})]}, service), "allow")
        evil = grant({"Service": service + ".evil"})
        self.assertEqual(decide({"resource": [evil]}, service), "implicitDeny")
        self.assertEqual(decide({"resource": [grant("*")]}, "*"), "allow")
        self.assertEqual(decide({"resource": [grant({"AWS": HOME})]}, "*"), "implicitDeny")

    def test_unique_ids(self):
        one, two = "AIDAEXAMPLEEXAMPLEEX1", "AIDAEXAMPLEEXAMPLEEX2"
        rows = [
            (one, {}, one, "allow"),
            (one, {}, two, "implicitDeny"),
            (one, {}, None, "implicitDeny"),
            (USER, {USER: one}, one, "allow"),
            (USER, {USER: one}, two, "implicitDeny"),
            (USER, {USER: one}, None, "implicitDeny"),
            (USER, {ROLE: one}, None, "allow"),
        ]
        for named, pins, has, expected in rows:
            sets = {"resource": [grant({"AWS": named})], "pins": pins}
            more = {"principalId": has} if has else {}
            self.assertEqual(decide(sets, **more), expected, (named, pins, has))
        # The ID is that of the user or role of a session, which its own limits bind.
        for principal, has in ((SESSION, one.replace("AIDA", "AROA")), (generate.FEDERATED, one)):
            for layer, expected in ((YES, "allow"), (NO, "implicitDeny")):
                sets = {"resource": [grant({"AWS": has})], "session": [layer]}
                self.assertEqual(decide(sets, principal, principalId=has), expected)

    def test_a_role_whose_path_is_not_known(self):
        path_role = generate.PATH_ROLE
        known = {"aws:PrincipalArn": ROLE}

        def found(named, effect, **context):
            sets = {"identity": [YES], "resource": [grant({"AWS": named}, effect)]}
            return decide(sets, SESSION, context=context, resourceAccount=OTHER)

        self.assertEqual(found(path_role, "Deny"), "explicitDeny")
        # There is no other role of that name: nobody else is denied.
        self.assertEqual(found(path_role, "Deny", **known), "explicitDeny")
        self.assertEqual(found(path_role + "x", "Deny"), "implicitDeny")
        self.assertEqual(found(path_role.replace(HOME, OTHER), "Deny"), "implicitDeny")
        self.assertEqual(found(ROLE, "Deny"), "explicitDeny")
        self.assertEqual(found(path_role, "Allow"), "implicitDeny")
        self.assertEqual(found(ROLE, "Allow"), "allow")

    def test_nobody_has_a_canonical_id(self):
        for effect in ("Allow", "Deny"):
            sets = {"resource": [grant({"CanonicalUser": generate.CANONICAL}, effect)]}
            self.assertEqual(decide(sets), "implicitDeny")

    def test_not_principal(self):
        known = {"aws:PrincipalArn": ROLE}

        def denied(listed, principal, context=known, **more):
            documents = [grant({"AWS": listed}, "Deny", "NotPrincipal")]
            sets = {"identity": [YES], "resource": documents, **more}
            return decide(sets, principal, context=context if principal == SESSION else {})

        self.assertEqual(denied([USER, HOME], USER), "allow")
        self.assertEqual(denied([USER], USER), "explicitDeny")
        self.assertEqual(denied([SESSION, ROLE, generate.ROOT], SESSION), "allow")
        self.assertEqual(denied([SESSION, ROLE, HOME], SESSION, {}), "allow")
        self.assertEqual(denied([SESSION, HOME], SESSION), "explicitDeny")
        self.assertEqual(denied([USER, HOME], USER, boundary=[YES]), "explicitDeny")


class CrossAccount(unittest.TestCase):
    def test_table(self):
        def found(identity, resource, **more):
            sets = {"identity": identity, "resource": resource, **more}
            return decide(sets, resourceAccount=OTHER)

        yes, no, never = [grant({"AWS": USER})], [grant({"AWS": ROLE})], [grant("*", "Deny")]
        self.assertEqual(found([YES], yes), "allow")
        self.assertEqual(found([YES], no), "implicitDeny")
        self.assertEqual(found([NO], yes), "implicitDeny")
        self.assertEqual(found([YES], yes + never), "explicitDeny")
        self.assertEqual(found([YES, NEVER], yes), "explicitDeny")
        self.assertEqual(found([YES], yes, boundary=[NO]), "implicitDeny")
        self.assertEqual(found([YES], [grant({"AWS": HOME})]), "allow")

    def test_owner_that_is_not_given(self):
        rows = [(HOME, "allow"), (OTHER, "implicitDeny"), ("", "allow"), ("aws", "allow")]
        for account, expected in rows:
            entry = case({"identity": [YES]}, resource="arn:aws:sqs:r:%s:q" % account)
            del entry["request"]["resourceAccount"]
            self.assertEqual(evaluator.decide(entry), (expected, None))


class TrustAndOrganizations(unittest.TestCase):
    def test_trust(self):
        target = "arn:aws:iam::%s:role/target" % HOME

        def found(named, identity):
            entry = statement(Principal=named, Action="sts:AssumeRole", Resource=None)
            sets = {"identity": identity, "resource": [policy(entry)] if named else []}
            return decide(sets, action="sts:AssumeRole", resource=target)

        self.assertEqual(found(None, [YES]), "implicitDeny")
        self.assertEqual(found({"AWS": USER}, []), "allow")
        self.assertEqual(found({"AWS": HOME}, []), "implicitDeny")
        self.assertEqual(found({"AWS": HOME}, [YES]), "allow")
        named = policy(statement(Principal={"AWS": USER}, Action="sts:*", Resource=None))
        request = dict(action="sts:AssumeRole", resource=target)
        self.assertEqual(decide({"trust": [named]}, **request), "allow")
        self.assertEqual(decide({"trust": [grant({"AWS": USER})]}, **request), "refused")
        self.assertEqual(decide({"trust": [], "identity": [YES]}, **request), "implicitDeny")
        self.assertEqual(decide({"trust": [], "identity": [YES]}), "implicitDeny")
        self.assertEqual(decide({"trust": [], "resource": []}, **request), "refused")
        everyone = policy(statement(Principal={"AWS": "*"}, Action="sts:*", Resource=None))
        self.assertEqual(decide({"trust": [everyone]}, **request), "allow")
        for action in ("sts:AssumeRole", "STS:assumerole"):
            request = dict(action=action, resource=target)
            found = decide({"trust": [everyone]}, generate.ROOT, **request)
            self.assertEqual(found, "implicitDeny")
        saml = dict(action="sts:AssumeRoleWithSAML", resource=target)
        self.assertEqual(decide({"trust": [everyone]}, generate.SAML, **saml), "implicitDeny")
        read = dict(action="iam:GetRole", resource=target)
        self.assertEqual(decide({"identity": [YES]}, **read), "allow")

    def test_key(self):
        request = dict(action="kms:Decrypt", resource="arn:aws:kms:us-east-1:%s:key/k" % HOME)
        self.assertEqual(decide({"identity": [YES]}, **request), "implicitDeny")
        self.assertEqual(decide({}, generate.ROOT, **request), "implicitDeny")
        key = [grant({"AWS": HOME})]
        self.assertEqual(decide({"identity": [YES], "resource": key}, **request), "allow")

    def test_levels(self):
        full = grant("*")
        deny = policy(statement("Deny", Principal="*", Action="s3:*"))
        sets = {"identity": [YES]}
        self.assertEqual(decide(dict(sets, scp=[[YES], [NO, YES]])), "allow")
        self.assertEqual(decide(dict(sets, scp=[[YES], [NO]])), "implicitDeny")
        self.assertEqual(decide(dict(sets, scp=[[]])), "implicitDeny")
        self.assertEqual(decide({"scp": [[NO]]}, generate.ROOT), "implicitDeny")
        self.assertEqual(decide(dict(sets, rcp=[[full], [full, deny]])), "explicitDeny")
        service = {"resource": [grant({"Service": generate.SERVICE})]}
        self.assertEqual(decide(dict(service, scp=[[NEVER]]), generate.SERVICE), "allow")
        self.assertEqual(decide(dict(service, rcp=[[deny]]), generate.SERVICE), "explicitDeny")


class Vectors(unittest.TestCase):
    def test_every_vector(self):
        files = sorted(glob.glob(os.path.join(VECTORS, "decide", "*.jsonl")))
        self.assertTrue(files)
        different = []
        for path in files:
            for vector in lines_of(path):
                # The evaluator has no bounds on its work and on what variables become.
                if "what cannot be evaluated" in vector["source"]:
                    continue
                decision, error = evaluator.decide(vector)
                found = decision, error is not None
                if found != (vector["expect"], "error" in vector):
                    different.append("%s: %s (%s)" % (vector["id"], vector["note"], error))
        self.assertFalse(different, "\n".join([""] + different))


class Generator(unittest.TestCase):
    def test_same_for_the_same_seed(self):
        first = [generate.make("7", index) for index in range(200)]
        again = [generate.make("7", index) for index in reversed(range(200))]
        self.assertEqual(first, again[::-1])
        self.assertNotEqual(first[0]["request"], generate.make("8", 0)["request"])

    def test_reaches_every_answer_and_form(self):
        seen, text = set(), []
        for index in range(4000):
            line = json.dumps(generate.make("9", index))
            text.append(line)
            decision, error = evaluator.decide(evaluator.load(line))
            seen.add((decision, error is not None))
        self.assertEqual(len(seen), 4)
        text = "".join(text)
        for base in operators.OPERATORS:
            for prefix in ("",) + operators.PREFIXES:
                for suffix in ("", "IfExists"):
                    self.assertTrue('"%s%s%s": {' % (prefix, base, suffix) in text)


if __name__ == "__main__":
    unittest.main()
