#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random policies and requests, biased towards the hard cases, the same for the same seed.

    generate.py SEED FIRST COUNT      prints cases, one per line, as `iam decide --batch` reads them

Case number i of a seed depends on the seed, on i and on FORMAT alone, so that any part of a run
can be made again. FORMAT changes whenever the cases do.
"""

import json
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import grammar  # noqa: E402
import operators  # noqa: E402
import values  # noqa: E402

FORMAT = 5

HOME, OTHER = "111122223333", "444455556666"
USER = "arn:aws:iam::%s:user/ann" % HOME
ROLE = "arn:aws:iam::%s:role/r" % HOME
PATH_ROLE = "arn:aws:iam::%s:role/team/x/r" % HOME
SESSION = "arn:aws:sts::%s:assumed-role/r/s@1" % HOME
FEDERATED = "arn:aws:sts::%s:federated-user/fay" % HOME
ROOT = "arn:aws:iam::%s:root" % HOME
SAML = "arn:aws:iam::%s:saml-provider/idp" % HOME
OIDC = "arn:aws:iam::%s:oidc-provider/idp.example.com" % HOME
SERVICE = "lambda.amazonaws.com"

PRINCIPALS = [
    (24, USER),
    (4, "arn:aws:iam::%s:user/team/Ann" % HOME),
    (26, SESSION),
    (8, ROLE),
    (4, PATH_ROLE),
    (10, FEDERATED),
    (10, ROOT),
    (6, SERVICE),
    (5, "*"),
    (2, SAML),
    (2, OIDC),
    (1, "accounts.google.com"),
]

# A letter above U+FFFF, which is two UTF-16 units, and its small form.
WIDE_CAPITAL, WIDE_SMALL = "\U00010400", "\U00010428"

REQUESTS = [
    ("s3:GetObject", "arn:aws:s3:::b/k"),
    ("s3:GetObject", "arn:aws:s3:::b/home/ann/x"),
    ("s3:PutObject", "arn:aws:s3:::b/home/*/x?"),
    ("s3:GetObject", "arn:aws:s3:::b/" + WIDE_CAPITAL + "x"),
    ("s3:ListBucket", "arn:aws:s3:::b"),
    ("s3:ListAllMyBuckets", "*"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:%s:q"),
    ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:%s:table/t:a/b:c"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:%s:key/k-1"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:%s:key/k-1"),
    ("kms:RetireGrant", "arn:aws:kms:us-east-1:%s:key/k-1"),
    ("tag:TagResources", "arn:aws:kms:us-east-1:%s:key/k-1"),
    ("kms:CreateAlias", "arn:aws:kms:us-east-1:%s:alias/k"),
    ("sts:AssumeRole", "arn:aws:iam::%s:role/target"),
    ("sts:AssumeRole", "arn:aws:iam::%s:role/target"),
    ("sts:TagSession", "arn:aws:iam::%s:role/p/target"),
    ("iam:GetRole", "arn:aws:iam::%s:role/target"),
    ("iam:CreateUser", "arn:aws:iam::%s:user/ann"),
    ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:%s:secret:n-AbCdEf"),
    ("logs:PutLogEvents", "arn:aws:logs:us-east-1:%s:log-group:g:log-stream:s"),
    ("s3:GetObject", "arn:aws:s3:::"),
    ("sqs:SendMessage", "arn:aws:sqs"),
]

# No action at all, as far as a request goes; the last two are malformed.
NO_ACTIONS = ["s3", "sts", "s3:", ":GetObject", ":", "s3::GetObject", "s3:Get:Object", "s3:Get*"]
NO_ACTIONS += ["s3:Get?bject", "*", "*:*", "s3:*", "sts:*", "sts:AssumeRole:", "s3:${*}"]
NO_ACTIONS += ["", "s3:" + "a" * 254]

CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
# Of a user, and of one who was created again under the same name; of roles alike.
USER_IDS = ["AIDAEXAMPLEEXAMPLEEX1", "AIDAEXAMPLEEXAMPLEEX2"]
ROLE_IDS = ["AROAEXAMPLEEXAMPLEEX1", "AROAEXAMPLEEXAMPLEEX2"]

# Members of a request, and context keys, that fit some requests and not others.
CONTRADICTIONS = [("resourceAccount", v) for v in (HOME, OTHER, "11112222333", "aws", "")]
CONTRADICTIONS += [("resource", v) for v in ("b/k", "arn:aws:s3:b", "arn::s3:::b", "", "arn:aws::::x")]
CONTRADICTIONS += [("principalId", v) for v in USER_IDS[:1] + ROLE_IDS[:1] + [HOME, "ann", ""]]
CONTRADICTIONS += [("userArn", v) for v in (USER, ROOT, ROLE, USER.replace(HOME, OTHER), "")]
CONTRADICTIONS += [("principal", v) for v in (
    "arn:aws:iam::%s:user/" % HOME, "arn:aws:iam::%s:user/a//b" % HOME, "arn:aws:iam::1:user/ann",
    "arn:aws:sts::%s:assumed-role/r/s/t" % HOME, "arn:aws-cn:sts::%s:assumed-role/r/s" % HOME)]
CONTRADICTIONS += [("aws:PrincipalArn", v) for v in (USER, ROLE, PATH_ROLE, SESSION, [USER])]
CONTRADICTIONS += [("aws:PrincipalAccount", v) for v in (HOME, OTHER, "anonymous")]
CONTRADICTIONS += [("AWS:principaltype", v) for v in (
    "User", "AssumedRole", "Account", "FederatedUser", "Anonymous")]
CONTRADICTIONS += [("aws:userid", v) for v in (
    HOME, USER_IDS[0], ROLE_IDS[0] + ":s@1", HOME + ":fay", "anonymous")]
CONTRADICTIONS += [("aws:ResourceAccount", v) for v in (HOME, OTHER)]

# Letters beyond ASCII: pairs of case, what only looks like a pair, sigma in every context. Most are
# above U+00FF, which a policy holds only when they are escaped.
WIDE = ["\u0100", "a\u0100", "\u4e2d\u6587", "\U0001f600", "ann\u0101"]
WIDE += ["\u0130", "i\u0307", "i", "I", "\u0131", "\u017f", "s", "S", "K", "k", "\u212a"]
WIDE += ["\u00df", "\u1e9e", "SS", "ss", "\u00c9", "\u00e9", "e\u0301", "E\u0301"]
WIDE += ["\u03a3", "\u03c3", "\u03c2", "\u039f\u03a3", "\u03bf\u03c2", "\u03bf\u03c3"]
WIDE += ["\u039f\u03a3\u0391", "\u03bf\u03c3\u03b1", "\u039f\u03a3.", "\u03bf\u03c2."]
WIDE += ["\u039f.\u03a3"]
WIDE += ["\u03bf.\u03c2", "\u03bf.\u03c3", "\u039f\u03a3\u0301", "\u03bf\u03c2\u0301"]
WIDE += [WIDE_CAPITAL, WIDE_SMALL, "a" + WIDE_CAPITAL + "b", WIDE_CAPITAL + "x"]
WIDE += ["A\u03a3" + WIDE_CAPITAL, "a\u03c3" + WIDE_CAPITAL, "a\u03c2" + WIDE_CAPITAL]
WIDE += [WIDE_CAPITAL + "\u03a3", WIDE_CAPITAL + "\u03c2", WIDE_CAPITAL + "\u03c3"]
WIDE_PATTERNS = ["?", "??", "???", "*?", "?*", "*??", "a?b", "a??b", "a*?b", "a?*b"]
WIDE_PATTERNS += [WIDE_CAPITAL + "?", "a[b]", "a\\*b", "*" + WIDE_CAPITAL]
WIDE_PATTERNS += ["?" + WIDE_CAPITAL, "${x:part}?"]

# key -> (family, may hold a list)
KEYS = {
    "aws:username": ("string", False),
    "aws:PrincipalTag/x": ("string", False),
    "aws:RequestTag/Team": ("string", False),
    "s3:prefix": ("string", False),
    "x:wide": ("string", False),
    "x:part": ("string", False),
    "x:arn": ("arn", False),
    "aws:TagKeys": ("string", True),
    "aws:PrincipalOrgPaths": ("string", True),
    "s3:max-keys": ("numeric", False),
    "aws:MultiFactorAuthAge": ("numeric", False),
    "x:numbers": ("numeric", True),
    "aws:CurrentTime": ("date", False),
    "aws:EpochTime": ("date", False),
    "aws:SecureTransport": ("bool", False),
    "aws:MultiFactorAuthPresent": ("bool", False),
    "aws:SourceIp": ("ip", False),
    "aws:VpcSourceIp": ("ip", False),
    "x:addresses": ("ip", True),
    "aws:PrincipalArn": ("arn", False),
    "aws:SourceArn": ("arn", False),
    "x:arns": ("arn", True),
    "x:blob": ("binary", False),
    "nocolon": ("string", False),
}
LOWER_KEYS = {key.lower(): key for key in KEYS}
ALL_KEYS = list(KEYS)

VALUES = {
    "string": ["ann", "Ann", "ANN", "a", "", "*", "?", "ann*", "home/ann/", "a:b/c", "$", "${*}"]
    + ["o-1/r-1/ou-a/", "o-1/r-1/ou-b/", "key1:legal", "key2:audit", "a.n+(", "an"]
    + ["annn", "\u00e9", "\u00c9", "a\nb"],
    "numeric": ["1", "1.0", "01", "1.50", "1.5", "+1", "-1", "0", "-0", "-0.0", "10", "9", "1e1"]
    + ["", "x", " 1", "1 ", "0x10", "1,000", "99999999999999999999", "99999999999999999998"]
    + ["0.1", "0.10000000000000000001", "3600", "inf", "nan", "NaN", "Infinity", "--1", "1.2.3"]
    + [".5", "1.", "-.5", "00", "-0.50", "+01.0", "1e0", "1E0", "1e+0", "1e-0", "10e-1", "100e-2"]
    + ["1e", "e1", "1e1.0", "1e 1", "1_0", "1d", ".", "+", "0e5", "-1e1", "1.5e0", "15e-1", "+-1"]
    + ["9007199254740992", "9007199254740993", "9007199254740993.0", "9007199254740992e0"]
    + ["1e400", "1e401", "10e399", "-1e400", "1e-400", "0e999999999999", "1e2147483648"]
    + ["1" * 64, "1" * 65, "0" * 70 + "1", "-" + "1" * 64, "1." + "0" * 62, "1." + "0" * 63]
    + ["1" + "0" * 29, "1" + "0" * 28 + "1", "9223372036854775807", "9223372036854775808"],
    "date": ["2024", "2024-01", "2024-01-01", "2024-01-01T00:00Z", "2024-01-01T00:00:00Z"]
    + ["2024-01-01T00:00:00.0Z", "2024-01-01T00:00:00.5Z", "2024-01-01T01:00:00+01:00"]
    + ["2023-12-31T19:00-05:00", "1704067200", "1704067201", "2024-02-29", "2023-02-29"]
    + ["2024-13-01", "2024-01-32", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "tomorrow", ""]
    + ["2024-01-01T23:59:59Z", "2024-01-01T23:59:60Z", "2024-1-1", "1969-12-31T23:59:59Z", "-1"]
    + ["2024-01-01 00:00:00Z", "20240101", "0", "1704067200.5", "2024-01-01T00:60Z"]
    + ["2024-01-01T00:00:00.000000001Z", "2024-01-01T00:00:00+00:00", "2024-01-01T12:00:00+14:00"]
    + ["0001-01-01", "9999-12-31T23:59:59Z", "2024-01-01T00Z", "99999999999", "2000-02-29"]
    + ["1900-02-29", "2024-01-01T00:00", "+1704067200", "01704067200", "-1704067200", "+2024"]
    + ["2024-01-01T00:00:00.0001", "2024-01-01T00:00:00.9994Z", "2024-01-01T00:00:00.999Z"]
    + ["2024-01-01T00:00:00.001Z", "2024-01-01T00:00:00.0019Z", "2024-01-01t0:00:00.593194+23"]
    + ["2024-01-01T00:00:00.0000000001Z", "2023-12-31t1:00:00-23", "2024-01-01T00:00:00+1", "01T"]
    + ["2024-01-01T00:00:00z", "-292275054", "-292275055", "234-13", "2024-01T", "+2024-01-01"]
    + ["9223372036854775807", "9223372036854775808"],
    "bool": ["true", "false", "True", "FALSE", "yes", "", "1", "0", " true", "TRUE", "no"]
    + ["tru\u00e9"],
    "ip": ["10.0.0.1", "10.0.0.0", "10.0.1.1", "10.255.255.255", "203.0.113.9", "0.0.0.0"]
    + ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:db8:1::1", "::1", "::ffff:10.0.0.1"]
    + ["::ffff:a00:1", "::", "255.255.255.255", "10.0.0", "", "x", "10.0.0.256", "10.1", "10"]
    + ["10.0.0.01", "010.0.0.1", "010.000.000.001", "0010.0.0.1", "fe80::1%eth0", "[::1]"]
    + ["1::2::3", "::10.0.0.1", "10.0.0.1/32", "10.0.0.1/31", "10.0.0.0/8", "0.0.0.0/0"]
    + ["2001:db8::1/128", "::1/128", "2001:db8::/64", "::ffff:10.0.0.1/128", "::ffff:10.0.0.1/32"]
    + ["10.0.0.1/032", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/32/32", "10.0.0.1/ 32", "/32", "::/0"]
    + ["10.0.0.01/32", "10.0.0.1 ", "0xa.0.0.1", "167772161", "::ffff:0:10.0.0.1", "+10.0.0.1"]
    + ["0:0:0:0:0:ffff:a00:1", "::FFFF:A00:1", "::FFFF:10.0.0.1", "::ffff:010.0.0.01"]
    + ["0:0:0:0:0:ffff:10.0.0.1", "::0:ffff:a00:1", "2001:db8:::1", "2001:db8::1:", ":::", "::::"]
    + [":2001:db8::1", "2001:db8::::1", "2001:db8::10.0.0.1", "::ffff:::10.0.0.1"]
    + ["2001:db8::00001", ":::1", "::1:"]
    + ["2001:db8:0:0:0:0:0:1:", ":2001:db8:0:0:0:0:0", "2001:db8::0:0:0:0:0:1", "2001:db8:1", ":"]
    + ["2001:db8:0:0:0:0:0:1:0", "1:2:3:4:5:6:7::8", "::2001:db8:0:0:0:0:0:1", "2001:db8::g"],
    "arn": ["arn:aws:iam::%s:user/ann" % HOME, "arn:aws:iam::%s:role/r" % HOME, PATH_ROLE]
    + ["arn:aws:sns:us-east-1:%s:t" % HOME, "arn:aws:sns:us-east-1:%s:t:x:y" % OTHER]
    + ["arn:aws:s3:::b", "arn:aws:s3:::b/k", "arn:aws:s3:::b/" + WIDE_CAPITAL, "arn:::::"]
    + ["arn:aws:s3", "x", "", "not-an-arn", "ARN:aws:s3:::b", "arn:aws:s3::b", "arn"]
    + [" arn:aws:s3:::b"],
    "binary": ["eA==", "eA", "x", "", "AP8=", "AP9=", "QUJD", "$$", "eHg=", "eA==\n", " eA=="]
    + ["eB==", "YR==", "AP8", "AP8==", "_P8="],
}

# What some keys hold beside the values of their family.
OWN_VALUES = {
    "x:wide": WIDE,
    "x:part": ["aws", "s3", "b", "us-east-1", HOME, OTHER, "", "*", "s3::", "aws:s3", WIDE_CAPITAL]
    + ["sqs", "key1", "arn:aws:s3:::b", "b/k"],
    "x:arn": ["arn:aws:s3:::b/k", "arn:aws:s3:::*", "*", "arn:aws:s3", "arn:*:*:*:*:*"]
    + ["not-an-arn"],
}

# Ranges that a policy may have; a range without a slash is an address.
RANGES = ["10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/16", "10.0.0.1/32", "0.0.0.0/0", "10.0.0.1"]
RANGES += ["203.0.113.0/24", "203.0.113.8/31", "2001:db8::/32", "2001:db8::1/128", "::/0"]
RANGES += ["2001:db8::1", "2001:DB8::/33", "::ffff:a00:0/104", "::ffff:0:0/96", "::1", "10.0.0.1/0"]
RANGES += ["255.255.255.255/1", "2001:db8:0:0::/64", "010.0.0.0/08", "10.0.0.0/+8", "::/00"]
RANGES += ["10.000.000.001", "2001:db8:::1", "2001:db8::1:", ":::/0", ":2001:db8::1"]
RANGES += ["::ffff:a00:1", "2001:db8::4/127", "2001:db8::1/+128", "2001:db8::/032"]
RANGES += ["10.0.0.0/+08", "::10:0/112"]
BAD_RANGES = ["10.0.0.0/33", "10.0.0/8", "x", "", "10.0.0.0/", "/8", "::/129", "10.0.0.0/-1"]
BAD_RANGES += ["10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0/255.0.0.0", "10.0.0.256/8", "1::2::3/8"]
BAD_RANGES += ["2001:db8::1/64", "2001:db8::1/0", "2001:db8::5/127", "::ffff:10.0.0.0/104", "10"]
BAD_RANGES += ["2001:db8::4/64", "2001:db8::5/126"]
BAD_RANGES += ["::ffff:10.0.0.1", "2001:db8::10.0.0.0/120", "::10.0.0.0/104", "::ffff:10.0.0.0/24"]
BAD_RANGES += ["2001:db8::::1", "::ffff:a00:1/104", "10.0.0.0/++8", "10.0.0.0/8 ", "not-an-ip"]

STRING_PATTERNS = ["*", "?", "??", "a*", "*n", "a?n", "*/ann/*", "${*}", "${?}", "${$}", "a*n*n"]
STRING_PATTERNS += ["*" * 9 + "n", "*a*n*n*x"]
STRING_PATTERNS += ["ann${*}", "key1*", "o-1/*", "*ou-a*", "${aws:username}", "${AWS:UserName}"]
STRING_PATTERNS += ["home/${aws:username}/*", "home/${aws:username}/", "${aws:PrincipalTag/X}"]
STRING_PATTERNS += ["${aws:username, 'ann'}", "${aws:PrincipalTag/none, 'a*'}", "${aws:TagKeys}"]
STRING_PATTERNS += ["${aws:TagKeys, 'ann'}", "${x:wide}", "${x:wide}*", "${x:numbers}"]
STRING_PATTERNS += ["${aws:PrincipalTag/none}", "x${aws:PrincipalTag/none}*", "${s3:prefix}*"]
STRING_PATTERNS += ["${aws:PrincipalTag/x}${aws:PrincipalTag/x}", "${aws:username, ''}"]
STRING_PATTERNS += ["${a:b, '*'}", "${a:b, '$'}", "${a:b, '{a'}", "${a:b, ','}", "${a:b, ' '}"]
STRING_PATTERNS += ["${a:b, '${aws:username}'}", "${a:b, 'a:b/c'}", "${a:b,'\"'}"]
STRING_PATTERNS += ["${a:b, '\u00e9'}"]
STRING_PATTERNS += ["${nocolon}", "${aws:username, '${*}'}", "${aws:username,'a}n'}"]
ARN_PATTERNS = ["arn:aws:iam::%s:*" % HOME, "arn:aws:iam::%s:user/*" % HOME, "arn:*:*:*:*:*"]
ARN_PATTERNS += ["arn:aws:*:*:%s:*" % HOME, "arn:aws:iam::*:role/*", "arn:aws:sns:*:*:t"]
ARN_PATTERNS += ["arn:aws:iam::%s:user/${aws:username}" % HOME, "arn:aws:s3:::b*"]
ARN_PATTERNS += ["arn:aws:s??:*:%s:t:*" % OTHER, "arn:aws:iam::1111*:r?le/*", "arn:aws:s3:::?"]
ARN_PATTERNS += ["${aws:SourceArn}", "arn:aws:iam::%s:role/*/r" % HOME, "${x:arn}", "${x:arn}"]
ARN_PATTERNS += ["a*:*:*:*:*:*", "arn:aws:s3:::${aws:PrincipalTag/x, 'b'}", "${x:part}"]
ARN_PATTERNS += ["${x:arn}*"]
ARN_PATTERNS += ["arn:aws:iam::${aws:PrincipalTag/none}:*", "arn:aws:iam::${aws:username, '*'}:*"]
ARN_PATTERNS += ["arn:aws:${s3:prefix}:*:*:*", "arn:aws:iam::${a:b, '%s'}:*" % HOME]
ARN_PATTERNS += ["arn:${s3:prefix}:t", "arn:aws:${a:b, 's3::'}:b", "arn:aws:s3:${a:b, ''}::b"]
ARN_PATTERNS += ["arn:${x:part}:s3:::b", "arn:aws:${x:part}:b", "${x:arns}"]
ARN_PATTERNS += ["${x:arns, 'arn:aws:s3:::b'}"]
ARN_PATTERNS += ["${aws:PrincipalTag/none}", "arn:aws:s3:::b/?", "arn:aws:s3:::b/??"]
ARN_PATTERNS += ["arn:aws:s3:::b/*?"]
PLAIN_ARNS = [text for text in ARN_PATTERNS if "${" not in text]
BAD_ARNS = ["not-an-arn", "", "arn:aws:s3", "*", "x:aws:s3:::b", "ARN:aws:s3:::b", "arn:aws:s3::b"]
PIECES = STRING_PATTERNS + ["ann", "a", "/", ":", "$", "{", "}", "$a", "}${*}{", "'", "\\", "\n"]
BAD_VARIABLES = ["${${a:b}}", "${a:${b:c}}", "${a:b, ''x'}", "${a:b 'x'}"]
BAD_VARIABLES += ["${a:b,\t'x'}", "${a:b }", "${ a:b}", "${a:b,}", "${a:b,x}", "${a:b , 'x'}"]
BAD_VARIABLES += ["${", "${}", "a${aws:username", "${a b:c}", "${aws:username, 'x}"]

BOOL_PATTERNS = [pattern for pattern in STRING_PATTERNS if "${" in pattern]

ORDERS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
OPERATORS = {
    "string": ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike"]
    + ["StringNotEqualsIgnoreCase", "StringNotLike"],
    "numeric": ["Numeric" + order for order in ORDERS],
    "date": ["Date" + order for order in ORDERS],
    "bool": ["Bool"],
    "binary": ["BinaryEquals"],
    "ip": ["IpAddress", "NotIpAddress"],
    "arn": ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
}
FAMILIES = list(OPERATORS)

# What most policies may hold; a request may hold anything, a session policy nearly.
GOOD_VALUES = {
    family: [text for text in texts if operators.readable(OPERATORS[family][0], text, "2012-10-17")]
    for family, texts in VALUES.items()
}
# A number that is too long for the engine has no meaning in any policy, so none has it.
UNREADABLE = {
    family: [text for text in texts if text not in GOOD_VALUES[family] and len(text) < 65]
    for family, texts in VALUES.items()
}
UNREADABLE["ip"] = BAD_RANGES
UNREADABLE["arn"] = BAD_ARNS
UNREADABLE["string"] = UNREADABLE["bool"] = [""]


# Values of a request and of a policy that are near each other, so that a small difference in
# reading them is a difference in the decision: (values, wanted), and where it takes some operators
# to see it, these.
LETTERS = [["I", "i", "\u0131", "\u0130", "i\u0307"], ["s", "S", "\u017f"], ["K", "k", "\u212a"]]
LETTERS += [["\u00df", "\u1e9e", "SS", "ss"], ["\u00c9", "\u00e9", "e\u0301", "E\u0301"]]
LETTERS += [["\u03a3", "\u03c3", "\u03c2"], [WIDE_CAPITAL, WIDE_SMALL]]
LETTERS += [
    [before + sigma + after for before in ends for sigma in "\u03a3\u03c3\u03c2"]
    for after in ("", ".", "\u0301", ".a", WIDE_CAPITAL)
    for ends in (["A", "a"], ["A.", "a."], ["", "1"], [WIDE_CAPITAL])
]
NUMBERS = [
    ["1", "01", "+1", "1.", "1.0", "1e0", "1E+0", "10e-1", "100e-2", ".1e1", "1.00"]
    + ["1_0", " 1", "0x1", "", "1e", "2", "+-1", "NaN"],
    ["9007199254740992", "9007199254740993", "9007199254740993.0", "9007199254740992e0"]
    + ["9.007199254740993e15", "9007199254740992.5"],
    ["0", "-0", "-0.0", ".0", "0.", "0e5", "+0", "", "NaN", "Infinity", "-1e-400"]
    + ["0e999999999999"],
    ["0.1", "0.10000000000000000001", ".1", "1e-1", "+.1", "0.1e0", "."],
    ["1e400", "10e399", "1e401", "-1e400", "-1e401", "-10e399", "1e-400", "1e2147483648"],
    ["-1", "-1.5", "-1.55", "-1.50", "-15e-1", "-2", "-01.5"],
    ["1" * 64, "1" * 65, "1" * 63, "0" * 70 + "1", "1." + "0" * 63, "1"],
]
NEAR_DATES = ("2024-01", "2023-12-31", "170406", "+1704", "0170406", "-1704")
DATES = [
    [text for text in VALUES["date"] if text.startswith(NEAR_DATES)] + ["2024"],
    ["01T", "0001-01-01", "-1", "1", "+1", "0", "1970", "-292275054", "-292275055", "+0001"],
    ["9223372036854775807", "9223372036854775808", "9999-12-31T23:59:59Z", "tomorrow", ""],
]


def _holding(texts, *parts):
    return [text for text in texts if any(part in text for part in parts)]


IGNORING = ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"] * 3 + OPERATORS["string"]
LIKE = ["StringLike", "StringNotLike"] * 4 + OPERATORS["string"]
FOUR, SIX = ("10.", "a00:", "A00:", "0.0.0.0"), ("2001", ":::", "::1", "::/")
ALL_RANGES = RANGES + BAD_RANGES
NEAR = {
    "string": [(group, group, IGNORING) for group in LETTERS + LETTERS[:7] * 2]
    + [(_holding(WIDE, WIDE_CAPITAL) + ["a", "ab", "\u00e9"], WIDE_PATTERNS, LIKE)] * 10
    + [(WIDE, WIDE_PATTERNS), (WIDE, WIDE), (VALUES["string"], STRING_PATTERNS)] * 2,
    "numeric": [(group, group) for group in NUMBERS],
    "date": [(group, group) for group in DATES],
    "bool": [(VALUES["bool"], VALUES["bool"])],
    "binary": [(VALUES["binary"], VALUES["binary"])],
    "ip": [(_holding(VALUES["ip"], *FOUR), _holding(ALL_RANGES, *FOUR))]
    + [(_holding(VALUES["ip"], *SIX), _holding(ALL_RANGES, *SIX))]
    + [(VALUES["ip"], ["0.0.0.0/0", "::/0", "not-an-ip"])]
    + [(["2001:db8::%d" % at for at in (1, 4, 5, 6)], _holding(ALL_RANGES, "2001:db8::"))],
    "arn": [(VALUES["arn"], VALUES["arn"] + PLAIN_ARNS + BAD_ARNS), (VALUES["arn"], BAD_ARNS)]
    + [(["arn:aws:s3:::b", "arn:aws:s3:::c", "x"], ["arn:aws:s3:::b*", "arn:aws:s3:::d", "x"])] * 2,
}


class Generator:
    def __init__(self, seed, index):
        self.random = random.Random("%d:%s:%s" % (FORMAT, seed, index))
        self.roll = self.random.random
        self.index = index

    def one_in(self, number):
        return self.roll() * number < 1

    def pick(self, values):
        return values[int(self.roll() * len(values))]

    def below(self, first, end):
        return first + int(self.roll() * (end - first))

    def percent(self, share):
        return self.roll() * 100 < share

    def weighted(self, pairs):
        return self.random.choices([p[1] for p in pairs], [p[0] for p in pairs])[0]

    def mix_case(self, text):
        way = self.below(0, 4)
        if way == 0:
            return text.upper()
        if way == 1:
            return text.lower()
        return "".join(c.swapcase() if self.one_in(3) else c for c in text)

    # -- the request

    def case(self):
        """One case in three is about one thing alone, so that it decides."""
        if self.one_in(3):
            return self.small_case()
        return self.large_case()

    def large_case(self):
        self.principal = self.weighted(PRINCIPALS)
        self.action, resource = self.pick(REQUESTS)
        if self.principal in (SAML, OIDC, "accounts.google.com") and not self.one_in(4):
            self.action = "sts:AssumeRoleWithSAML"
            if self.principal != SAML:
                self.action = "sts:AssumeRoleWithWebIdentity"
            resource = "arn:aws:iam::%s:role/target"
        self.owner = OTHER if self.percent(30) else HOME
        self.resource = resource.replace("%s", self.owner)
        self.trust = ":role/" in self.resource and self.action.startswith("sts:")
        self.keys = [key for key in KEYS if self.percent(55)]
        self.context = {}
        for key in self.keys:
            self.add_key(key)
        self.pin_principal_arn()
        policies = self.policies()
        action = self.mix_case(self.action) if self.one_in(8) else self.action
        if self.one_in(70):
            action = self.pick(NO_ACTIONS)
        request = {"principal": self.principal, "action": action, "resource": self.resource}
        if not self.one_in(14):
            request["resourceAccount"] = self.owner
        request["context"] = self.context
        if self.one_in(150) and self.context:
            name = self.pick(list(self.context))
            self.context[self.mix_case(name)] = self.context[name]
        self.identify(request, policies)
        if self.one_in(40):
            self.contradict(request)
        case = {"id": str(self.index), "request": request, "policies": policies}
        if self.percent(3):
            # Through text: no two places of a case share an object.
            case = json.loads(json.dumps(case))
            self.spoil(case)
        for holder, document in list(documents_of(case["policies"])):
            if self.one_in(25) and isinstance(document, dict):
                text = json.dumps(document, ensure_ascii=self.one_in(2))
                at = next(i for i, other in enumerate(holder) if other is document)
                holder[at] = self.pick(["", "\r\n\t "]) + text
        return case

    # -- small cases

    def small_case(self):
        self.principal = self.pick([USER, SESSION])
        self.owner = HOME
        self.action, self.resource = "s3:GetObject", "arn:aws:s3:::b/k"
        self.context, self.variables = {}, not self.one_in(12)
        effect = self.pick(["Allow", "Deny"])
        statement = {"Effect": effect, "Action": "s3:*", "Resource": "*"}
        self.kind = "session" if self.principal == SESSION and self.one_in(2) else "identity"
        way = self.below(0, 14)
        if way <= 1:
            self.kind = "resource"
            self.about_a_principal(statement)
        elif way <= 3:
            self.about_a_resource(statement)
        else:
            self.about_a_condition(statement)
        document = {"Version": "2012-10-17", "Statement": statement}
        if not self.variables:
            del document["Version"]
        policies = {self.kind: [document]}
        if effect == "Deny" and self.kind != "resource":
            policies[self.kind].append(self.full_access())
        if self.kind != "identity" and not self.one_in(12):
            policies["identity"] = [self.full_access()]
        request = {"principal": self.principal, "action": self.action, "resource": self.resource}
        request["resourceAccount"] = self.owner
        request["context"] = self.context
        return {"id": str(self.index), "request": request, "policies": policies}

    def about_a_principal(self, statement):
        self.principal = self.pick([SESSION, SESSION, ROLE, PATH_ROLE, USER])
        self.owner = self.pick([HOME, OTHER])
        if self.principal == SESSION and self.one_in(2):
            self.context["aws:PrincipalArn"] = self.pick([ROLE, PATH_ROLE])
        listed = [ROLE, PATH_ROLE, SESSION, HOME, USER, ROLE + "2", PATH_ROLE[:-1] + "other/r"]
        listed += [ROLE.replace(HOME, OTHER), PATH_ROLE.replace("aws:iam", "aws-cn:iam")]
        name = "Principal"
        if statement["Effect"] == "Deny" and self.one_in(2):
            name = "NotPrincipal"
        count = self.pick([1, 3, 5] if name == "NotPrincipal" else [1, 1, 2])
        listed = listed[:4] if count == 5 else listed
        statement[name] = {"AWS": [self.pick(listed) for _ in range(count)]}

    def about_a_resource(self, statement):
        """A pattern of the resource itself, with variables for pieces of it."""
        texts = [resource for _, resource in REQUESTS if resource.count(":") > 4]
        self.resource = self.pick(texts).replace("%s", HOME)
        statement["Action"] = "*"
        values = []
        for _ in range(self.pick([1, 1, 1, 2])):
            values.append(self.cut_resource() if self.one_in(2) else self.resource_pattern())
        del statement["Resource"]
        statement[self.pick(["Resource", "NotResource"])] = values

    def cut_resource(self):
        first = self.pick([0, 0, self.below(0, len(self.resource))])
        if first < 4:
            first = self.pick([0, 4])
        last = self.pick([len(self.resource), self.below(first, len(self.resource)) + 1])
        rest = self.resource[:first] + self.resource[last:]
        if rest.count(":") < 5 and "::" in rest and not self.one_in(9):  # refused
            first, last = 0, len(self.resource)
        others = ["", "*", "x", "arn:aws:s3", None, [], ["x"]]
        value = self.pick([self.resource[first:last]] * 4 + others)
        if value is not None:
            self.context["x:v"] = value
        name = self.pick(["${x:v}", "${X:V}", "${x:v, '%s'}" % self.resource[first:last]])
        return self.resource[:first] + name + self.resource[last:] + self.pick(["", "", "", "*"])

    def about_a_condition(self, statement):
        family = self.pick(FAMILIES + ["string", "string", "ip", "ip", "arn", "date", "numeric"])
        values, wanted, *names = self.pick(NEAR[family])
        prefix = self.pick(["", "", "", "ForAllValues:", "ForAnyValue:"])
        if self.percent(92):
            many = self.one_in(8) if not prefix else self.one_in(2)
            value = [self.pick(values) for _ in range(self.pick([0, 1, 1, 2, 3]))]
            self.context["x:k"] = value if many else self.pick(values)
        operator = self.pick(names[0] if names else OPERATORS[family])
        if self.one_in(15):
            operator = "Null"
        if operator != "Null" and self.one_in(6):
            operator += "IfExists"
        wants = [self.near_value(family, wanted) for _ in range(self.pick([1, 1, 1, 2, 2, 3]))]
        if len(wants) == 1 and self.one_in(2):
            wants = wants[0]
        statement["Condition"] = {prefix + operator: {"x:k": wants}}

    def near_value(self, family, wanted):
        text = self.pick(wanted)
        if family in ("string", "arn", "bool") and self.variables and self.one_in(4):
            if self.percent(85):
                self.context["x:v"] = text if not self.one_in(12) else [text]
            return self.pick(["${x:v}"] * 3 + ["${x:v, 'x'}", "${x:none}", "${x:v}*"])
        may = "binary" if family == "binary" and self.kind == "session" else None
        for _ in range(9):
            if self.kind == "session" and not may and len(text) < 65:
                return text
            if self.may_be_written(family, text) or self.one_in(100):
                return text
            text = self.pick(wanted)
        return GOOD_VALUES[family][0]

    def may_be_written(self, family, text):
        if "${" in text:
            return self.variables
        return operators.readable(OPERATORS[family][0], text, "2012-10-17")

    def identify(self, request, policies):
        """Unique IDs, and ARNs that mean one of them alone."""
        if self.principal == FEDERATED and self.one_in(3):
            request["userArn"] = USER
        if self.principal in (USER, ROLE, SESSION, FEDERATED) and self.one_in(8):
            if not self.one_in(4):
                is_role = self.principal in (ROLE, SESSION)
                request["principalId"] = self.pick(ROLE_IDS if is_role else USER_IDS)
            if self.one_in(2):
                policies["pins"] = {USER: USER_IDS[0], ROLE: self.pick(ROLE_IDS)}
                if self.one_in(3):
                    policies["pins"][PATH_ROLE] = self.pick(ROLE_IDS)

    def contradict(self, request):
        """One member that the others may contradict."""
        member, value = self.pick(CONTRADICTIONS)
        if member in request or member in ("resourceAccount", "principalId", "userArn"):
            request[member] = value
        else:
            request["context"][member] = value

    def add_key(self, key):
        family, many = KEYS[key]
        name = self.mix_case(key) if self.one_in(6) else key
        if self.percent(70 if many else 6):
            count = self.pick([0, 1, 1, 2, 2, 3])
            self.context[name] = [self.context_value(family) for _ in range(count)]
        elif key in OWN_VALUES and not self.one_in(6):
            is_resource = key == "x:arn" and self.one_in(3)
            self.context[name] = self.resource if is_resource else self.pick(OWN_VALUES[key])
        else:
            self.context[name] = self.context_value(family)

    def long_value(self):
        return self.pick(["a", "an", "ann"]) * self.pick([1, 30, 60]) + self.pick(["", "x", "n"])

    def long_pattern(self):
        """Many wildcards, few letters: what is slow where matching tries every way."""
        return "".join(self.random.choices(["*", "*", "?", "a", "n", "an", "**"], k=60))

    def nested(self):
        """Variables, characters and text side by side."""
        return "".join(self.random.choices(PIECES, k=self.pick([2, 3, 4, 8])))

    def context_value(self, family):
        if family == "string" and self.one_in(12):
            return self.pick([self.long_value(), self.pick(WIDE), self.pick(WIDE)])
        if family == "bool" and self.one_in(3):
            return self.pick([True, False])
        if family in ("numeric", "date") and self.one_in(5):
            return self.pick([0, 1, 10, 1.5, -1, 1704067200, 1704067201, 10**64])
        if family == "arn" and self.one_in(4):
            return self.principal
        return self.pick(VALUES[family])

    def pin_principal_arn(self):
        """aws:PrincipalArn is set by the server, so it fits the caller or is left out."""
        for name in [n for n in self.context if n.lower() == "aws:principalarn"]:
            del self.context[name]
        if self.principal == SESSION and self.percent(60):
            self.context["aws:PrincipalArn"] = self.pick([ROLE, PATH_ROLE])
        elif self.principal.startswith("arn:") and self.percent(60):
            if self.principal not in (SESSION, SAML, OIDC):
                self.context["aws:PrincipalArn"] = self.principal

    # -- conditions

    def operator(self, family):
        prefix = self.pick(["", "", "", "", "ForAllValues:", "ForAnyValue:"])
        if self.one_in(9):
            return prefix + "Null"
        suffix = "IfExists" if self.percent(30) else ""
        return prefix + self.pick(OPERATORS[family]) + suffix

    def condition_value(self, operator, family):
        if self.kind == "session" and self.one_in(5):
            unreadable = UNREADABLE[family]
            if "Null" not in operator and (family != "binary" or self.one_in(20)):
                return self.pick(unreadable)
        if "Null" in operator:
            return self.pick(["true", "false", True, False, "True", "TRUE", "yes", "", 0, "${a:b}"])
        if "IpAddress" in operator:
            return self.pick(RANGES if not self.one_in(300) else BAD_RANGES)
        if self.one_in(20) and family == "numeric":
            return self.pick([1, 1.5, 10, 0, 10**63, 10**64 if self.one_in(20) else 1])
        if self.one_in(6) and family == "bool":
            return self.pick([True, False])
        if "String" in operator:
            if self.wide_key and not self.one_in(6):
                return self.pick(self.pick([WIDE, WIDE, WIDE_PATTERNS]))
            if self.percent(35):
                return self.pick(STRING_PATTERNS)
            if self.one_in(25):
                return self.pick([self.nested(), self.long_pattern(), self.pick(WIDE)])
        if "Bool" in operator and self.percent(35):
            return self.pick(BOOL_PATTERNS)
        if "Arn" in operator and self.percent(60):
            return self.pick(ARN_PATTERNS if self.variables or self.one_in(30) else PLAIN_ARNS)
        return self.pick(VALUES[family] if self.one_in(200) else GOOD_VALUES[family])

    def condition(self):
        block = {}
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            key = self.pick(ALL_KEYS)
            if self.context and self.one_in(2):
                key = self.pick(list(self.context))
            family = KEYS[LOWER_KEYS[key.lower()]][0]
            self.wide_key = key.lower() == "x:wide"
            if self.one_in(9):
                family = self.pick(FAMILIES)
            operator = self.operator(family)
            count = self.pick([0, 1, 1, 1, 1, 1, 1, 2, 2, 3])
            values = [self.condition_value(operator, family) for _ in range(count)]
            if count == 1 and self.one_in(2):
                values = values[0]
            if self.one_in(6):
                key = self.mix_case(key)
            keys = block.setdefault(operator, {})
            if key.lower() not in [k.lower() for k in keys]:
                keys[key] = values
        return block

    # -- statements

    def action_pattern(self):
        service, name = self.action.split(":")
        way = self.below(0, 14)
        if way <= 2:
            return self.action
        if way == 3:
            return self.mix_case(self.action)
        if way == 4:
            return service + ":*"
        if way == 5:
            cut = self.below(0, len(name))
            return service + ":" + name[:cut] + "*" + name[cut + self.below(0, 3) :]
        if way == 6:
            cut = self.below(0, len(name))
            return service + ":" + name[:cut] + "?" + name[cut + self.below(0, 3) :]
        if way == 7 and self.one_in(60):  # refused
            services = [service[:1] + "*:" + name, "?" + service[1:] + ":*", "*:" + name]
            return self.pick(["*:*"] + services)
        if way == 8:
            return self.pick([service + ":" + name + "?", service + ":" + name[:-1], "s3:*t"])
        if way == 9:
            return self.pick(REQUESTS)[0]
        if way == 10 and self.one_in(2):
            return self.mix_case(service + ":*" + name[-4:])
        return "*" if self.kind != "trust" else service + ":*"

    def actions(self):
        name = "NotAction" if self.percent(12) else "Action"
        count = self.pick([1, 1, 1, 1, 2, 3])
        values = [self.action_pattern() for _ in range(count)]
        if self.kind == "trust":  # which has actions of STS alone
            values = [v if v.lower().startswith("sts:") else "sts:*" for v in values]
        if self.one_in(3000) and name == "Action":
            return name, []
        return name, values if count > 1 or self.one_in(3) else values[0]

    def resource_pattern(self):
        if self.one_in(60):
            long = self.pick([self.nested, self.long_pattern])
            return self.pick(["arn:aws:s3:::", "arn:*:*:*:*:", "arn:aws:s3:::b/*"]) + long()
        way = self.below(0, 18)
        if way == 17 and (self.variables or self.one_in(30)):
            default = "${x:arn, '%s'}" % self.resource
            return self.pick(["${x:arn}", "${x:arn}", "${x:arn}*", default])
        if way <= 2 or not self.resource.startswith("arn:"):
            return "*"
        parts = self.resource.split(":", 5)
        if way <= 5:
            return ":".join(self.likely_taken(parts))
        parts += [""] * (6 - len(parts))
        if way == 6:  # a wildcard in one of the parts
            at = self.below(1, 6)
            part = parts[at]
            cut = self.below(0, len(part) + 1)
            parts[at] = part[:cut] + self.pick("*?") + part[cut + self.below(0, 3) :]
        elif way == 7:  # fewer parts
            parts = parts[: self.below(2, 6)]
            if self.one_in(2):
                parts[-1] = self.pick(["*", parts[-1] + "*", "*" + parts[-1]])
        elif way == 8:  # a wildcard that would have to swallow a colon
            at = self.below(1, 5)
            parts[at : at + 2] = ["*"]
        elif way == 9:
            parts[5] = self.pick(["*", "?" * len(parts[5]), parts[5] + "*", parts[5][:-1] + "*"])
        elif way == 10:
            variable = self.pick(
                ["${aws:username}", "${AWS:USERNAME, 'ann'}", "${aws:PrincipalTag/x}"]
                + ["${aws:PrincipalTag/none}", "${aws:PrincipalTag/none, 'k'}", "${*}", "${?}"]
                + ["${aws:TagKeys}", "${aws:PrincipalTag/none, '*'}"]
            )
            parts[5] = self.pick(
                [parts[5].replace("ann", variable), variable, "b/" + variable, "b/home/*/x${?}"]
                + ["b/home/" + variable + "/x", variable + "*", "*" + variable + "*"]
            )
        elif way == 11:
            parts[5] = self.mix_case(parts[5])
        elif way == 12:
            parts[self.below(1, 5)] = "*"
        elif way == 13:
            parts.append("x")
        elif way == 15:  # a part left empty
            parts[self.below(1, 6)] = ""
        elif way == 14:
            return self.pick(["arn:aws:s3:::b/*", "arn:aws:*", "arn:*:*:*:*:*", "arn:*:*"])
        elif way == 16 and (self.variables or self.one_in(30)):  # in the first five parts
            for _ in range(self.pick([1, 1, 2])):
                at = self.below(1, 5)
                other = parts[at] if "${" not in parts[at] else "aws"
                parts[at] = self.pick(["${x:part}", "${x:part}*", "${X:PART, '%s'}" % other])
        if not self.one_in(80):
            parts = self.likely_taken(parts)
        return ":".join(parts)

    def likely_taken(self, parts):
        """Without the forms of ARNs that this kind of policy may not have."""
        if len(parts) < 6:
            if self.kind in ("scp", "resource"):
                return parts[:-1] + [parts[-1].rstrip("*") + "*"]
            if self.kind in grammar.OF_IAM and ("" in parts or len(parts) < 3):
                parts = [parts[0] or "arn", parts[1] or "aws", (parts + ["*"])[2] or "s3"]
        if self.kind in grammar.OF_IAM:
            parts[1], parts[2] = parts[1] or "aws", parts[2] or "s3"
            if len(parts) > 5 and parts[2] in ("iam", "s3") and (parts[2] == "iam" or not parts[4]):
                parts[3] = ""
            if len(parts) > 5 and parts[2] == "iam" and not parts[5].startswith(grammar.IAM_PATHS):
                parts[5] = self.pick(["*", "role/*", "user/*", "role/${aws:username}"])
        return parts

    def resources(self):
        name = "NotResource" if self.percent(12) else "Resource"
        count = self.pick([1, 1, 1, 1, 2, 3])
        values = [self.resource_pattern() for _ in range(count)]
        if self.one_in(3000) and name == "Resource":
            return name, []
        return name, values if count > 1 or self.one_in(3) else values[0]

    def principal_value(self):
        account = HOME
        ways = [
            ("AWS", self.principal if self.principal.startswith("arn:") else USER),
            ("AWS", self.principal if ":iam:" in self.principal else ROLE),
            ("AWS", account),
            ("AWS", "arn:aws:iam::%s:root" % account),
            ("AWS", "*"),
            ("AWS", self.pick([ROLE, PATH_ROLE, USER, SESSION, FEDERATED, ROOT])),
            ("AWS", self.pick([OTHER, "arn:aws:iam::%s:root" % OTHER, USER.replace("ann", "Ann")])),
            ("AWS", "arn:aws:sts::%s:assumed-role/r/other" % HOME),
            ("Service", self.pick([SERVICE, SERVICE, "ec2.amazonaws.com", SERVICE + ".example"])),
            ("Federated", self.pick([SAML, OIDC, "accounts.google.com"])),
            ("AWS", ROOT.replace(":aws:", ":aws-cn:")),
            ("AWS", self.pick(USER_IDS + ROLE_IDS)),
            ("AWS", self.pick(ROLE_IDS)),
            ("CanonicalUser", CANONICAL),
        ]
        if not self.principal.startswith("arn:") or self.principal in (SAML, OIDC):
            if self.one_in(2):
                kind = "Service" if self.principal == SERVICE else "Federated"
                if self.principal == "*":
                    return "AWS", "*"
                return kind, self.principal
        return self.pick(ways)

    def principals(self):
        if self.one_in(6):
            return "*" if self.kind != "trust" or self.one_in(30) else {"AWS": "*"}
        block = {}
        for _ in range(self.pick([1, 1, 1, 1, 2, 3])):
            kind, value = self.principal_value()
            block.setdefault(kind, []).append(value)
        if self.one_in(80):
            return self.pick([{}, {"AWS": []}])
        return {k: v[0] if len(v) == 1 and self.one_in(2) else v for k, v in block.items()}

    def statement(self, kind, deny_share):
        self.kind = kind
        effect = "Deny" if self.percent(deny_share) else "Allow"
        result = {"Effect": effect}
        if kind in ("resource", "trust"):
            name = "Principal"
            # With Allow it is refused, which a few cases show.
            if kind == "resource" and self.percent(25 if effect == "Deny" else 1):
                name = "NotPrincipal"
            result[name] = self.principals()
        name, values = self.actions()
        result[name] = values
        if kind != "trust":
            name, values = self.resources()
            result[name] = values
        if self.percent(55):
            result["Condition"] = self.condition()
        if self.one_in(10):
            result["Sid"] = "S%d" % self.below(0, 1000000)
        if self.one_in(8):
            items = list(result.items())
            self.random.shuffle(items)
            result = dict(items)
        return result

    def allow_all(self, kind):
        self.kind = kind
        result = {"Effect": "Allow", "Action": "sts:*" if kind == "trust" else "*"}
        if kind in ("resource", "trust"):
            everyone = {"AWS": "*"} if kind == "trust" else "*"
            result["Principal"] = self.pick([everyone, {"AWS": HOME}, self.principals()])
        if kind != "trust":
            result["Resource"] = "*"
        return result

    def document(self, kind, deny_share=30):
        version = self.pick(["2012-10-17"] * 7 + ["2008-10-17", None, None])
        if kind == "boundary" and not self.one_in(100):
            version = "2012-10-17"
        self.variables = version == "2012-10-17"
        statements = []
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            if self.percent(25):
                statements.append(self.allow_all(kind))
            else:
                statements.append(self.statement(kind, deny_share))
        result = {}
        if version:
            result["Version"] = version
        if kind == "resource" and self.one_in(10):
            result["Id"] = "an id"
        result["Statement"] = statements
        if len(statements) == 1 and self.one_in(2):
            result["Statement"] = statements[0]
        return result

    def rcp(self):
        if self.one_in(2):
            return self.rcp_full_access()
        self.variables = True
        deny = self.statement("rcp", 100)
        deny["Principal"] = self.pick(["*", "*", "*", {"AWS": "*"}])
        if "NotAction" in deny:
            deny["Action"] = deny.pop("NotAction")
        actions = deny["Action"] if isinstance(deny["Action"], list) else [deny["Action"]]
        known = [a for a in actions if a.lower().split(":")[0] in grammar.RCP_SERVICES]
        if not self.one_in(40):
            deny["Action"] = known or self.pick(["s3:*", "SQS:*", "kms:Dec*", "sts:*"])
        for name in ("Resource", "NotResource"):
            values = deny.get(name)
            if isinstance(values, str):
                values = [values]
            if values is not None:
                deny[name] = [v for v in values if v == "*" or v.count(":") > 4] or "*"
        result = {"Version": "2012-10-17", "Statement": deny}
        if self.one_in(5):
            result["Version"] = "2008-10-17"
            if self.one_in(2):
                del result["Version"]
        return result

    def rcp_full_access(self):
        everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
        return {"Version": "2012-10-17", "Statement": everything}

    def full_access(self):
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        return {"Version": "2012-10-17", "Statement": everything}

    def policies(self):
        result = {}
        resource_kind = "trust" if self.trust else "resource"
        if self.percent(80):
            result["identity"] = [self.document("identity") for _ in range(self.pick([1, 1, 2, 3]))]
        share = 85 if self.trust or self.owner == OTHER or ":key/" in self.resource else 45
        if self.principal[:4] != "arn:":
            share = 95
        if ":role/" in self.resource and not self.trust:
            share = 0  # a role has no policy of its own but the trust policy
        if self.percent(share):
            name = "trust" if self.trust and self.one_in(2) else "resource"
            result[name] = [self.document(resource_kind, 18)]
        elif self.one_in(50):
            result["trust"] = [self.document("trust")] if self.one_in(2) else []
        if self.percent(25):
            result["boundary"] = [self.document("boundary", 12)]
        if self.percent(70 if self.principal in (SESSION, FEDERATED) else 3):
            if not self.percent(35 if self.principal == SESSION else 10):
                result["session"] = self.session()
        if self.percent(15):
            result["scp"] = self.levels(lambda: self.document("scp", 25), self.full_access)
        if self.percent(15):
            result["rcp"] = self.levels(self.rcp, self.rcp_full_access)
        return result

    def session(self):
        if self.one_in(6):
            layers = self.pick([1, 2, 3, 4])
            sizes = [self.pick([0, 1, 1, 1, 1, 1, 2, 2]) for _ in range(layers)]
            return [[self.document("session", 12) for _ in range(size)] for size in sizes]
        return [self.document("session", 12) for _ in range(self.pick([1, 1, 2]))]

    def levels(self, document, full):
        result = []
        for _ in range(self.pick([0, 1, 2, 3, 3, 5])):
            level = [document() for _ in range(self.pick([1, 1, 2]))]
            if self.percent(65):
                level.append(full())
            result.append([] if self.one_in(30) else level)
        return result

    # -- documents that must be refused

    def spoil(self, case):
        """Breaks one rule of the grammar somewhere."""
        places = list(documents_of(case["policies"]))
        if not places:
            return
        holder, document = self.pick(places)
        if self.one_in(6):
            at = next(i for i, other in enumerate(holder) if other is document)
            holder[at] = self.name_twice(document)
            return
        statements = document["Statement"]
        statement = self.pick(statements) if isinstance(statements, list) else statements
        self.pick(SPOILERS)(self, document, statement)


    def name_twice(self, document):
        """The text of the document with one member more in one of its objects."""
        target = self.pick(list(objects_of(document)))
        name = self.pick(list(target) or [""])
        value = target.get(name)
        target["\x00"] = self.pick([value, value, None, "Allow", []])
        if self.one_in(3):
            name = self.mix_case(name)
        spelt = json.dumps(name)
        if name and self.one_in(4):
            spelt = '"\\u%04x' % ord(name[0]) + spelt[2:]
        return json.dumps(document).replace(json.dumps("\x00"), spelt)


def objects_of(value):
    """Every object inside of a document, itself too."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from objects_of(item)


def documents_of(policies):
    """(list that holds it, document) of every document of a case."""
    for name, value in policies.items():
        for item in value if name != "pins" else []:
            if isinstance(item, list):
                for document in item:
                    yield item, document
            else:
                yield value, item


def _set(where, name, *values):
    def spoil(g, document, statement):
        target = document if where == "document" else statement
        target[name] = g.pick(values)

    return spoil


def _drop(*names):
    def spoil(g, document, statement):
        for name in names:
            statement.pop(name, None)

    return spoil


def _bad_condition(g, document, statement):
    statement["Condition"] = g.pick(
        [{"stringEquals": {"a:b": "x"}}, {"NullIfExists": {"a:b": "true"}}]
        + [{"StringIs": {"a:b": "x"}}]
        + [{"StringEquals": {"ab": "x"}}, {"StringEquals": {"a:b": None}}, {"StringEquals": "x"}]
        + [{"StringEquals": {"a:b": [["x"]]}}, {"StringEquals": {"a:b": {}}}, [], "x", None]
        + [{"StringEquals": {"a:b": "1", "A:B": "2"}}, {"Null": {"a:b": "maybe"}}]
        + [{"IpAddress": {"a:b": g.pick(BAD_RANGES)}}, {"NotIpAddress": {"a:b": "${aws:SourceIp}"}}]
        + [{"StringLike": {"a:b": g.pick(BAD_VARIABLES)}}, {"NotBool": {"a:b": "true"}}]
        + [{"ForAllvalues:StringLike": {"a:b": "x"}}]
        + [{"StringEqualsIfExistsIfExists": {"a:b": "x"}}, {"ArnLike": {"a:b": g.pick(BAD_ARNS)}}]
        + [{"ForAnyValue:ForAllValues:StringLike": {"a:b": "x"}}]
        + [{"StringEqualsifexists": {"a:b": "x"}}]
        + [{"NumericEquals": {"a:b": g.pick(UNREADABLE["numeric"])}}]
        + [{"DateEquals": {"a:b": g.pick(UNREADABLE["date"])}}]
        + [{"BinaryEquals": {"a:b": g.pick(UNREADABLE["binary"])}}]
    )


def _bad_resource(g, document, statement):
    name = "NotResource" if "NotResource" in statement else "Resource"
    statement[name] = g.pick(
        ["", "b", "*b", "**", "arn", "ARN:aws:s3:::b", 1, None, {}, ["*", 1], [["*"]]]
        + ["arn:aws:s3:::" + g.pick(BAD_VARIABLES), "arn:aws:s3:${", "${aws:username}", "a${a:b}"]
        + ["arn:error:s3:::b", "arn:aws::::b", "arn:aws", "arn:aws:s3::b"]
        + ["arn:aws:s3:us-east-1::b"]
        + ["arn:aws:iam::%s:*/*" % HOME, "arn:aws:iam:us-east-1:%s:role/r" % HOME, "${*}"]
    )


def _bad_action(g, document, statement):
    name = "NotAction" if "NotAction" in statement else "Action"
    statement[name] = g.pick(
        ["", "s3", "s3:", ":x", "s3:a:b", "**", "s3:Get Object", "s3:${aws:username}", 1, None, {}]
        + [["s3:*", 1], [["*"]], "s3:Get\u00e9", "s*:GetObject", ["*:Untag*", "s3:GetObject"]]
    )


def _bad_principal(g, document, statement):
    statement["Principal"] = g.pick(
        ["x", HOME, ["*"], {"User": "u"}, {"aws": "*"}, {"AWS": "x"}, {"AWS": ROLE + "*"}, None]
        + [{"AWS": 1}, {"Service": "*"}, {"Federated": "*"}, {"AWS": HOME[1:]}, {"AWS": "a*"}]
        + [{"AWS": "arn:aws:iam::%s:user/${aws:username}" % HOME}, {"AWS": "arn:aws:iam::*:root"}]
        + [{"Service": "nope"}, {"AWS": "12345"}, "*"]
    )


def _lower_case(g, document, statement):
    for name in ("Action", "Resource", "Effect"):
        if name in statement:
            statement[name.lower()] = statement[name]
            return


def _duplicate_sid(g, document, statement):
    document["Statement"] = [dict(statement, Sid="a"), dict(statement, Sid="a")]


SPOILERS = [
    _set("document", "Version", "2012-10-18", "", 2012, None, "2020-01-01", [], "2012-10-17 "),
    _set("document", "Foo", 1, {}, None),
    _set("document", "statement", {}, []),
    _set("document", "Statement", [], "x", None, ["x"], [[]], {}),
    _set("statement", "Effect", "allow", "DENY", "", None, 1, ["Allow"], "Allow "),
    _set("statement", "Sid", "a b", "a-b", 1, None, "\u00e9", "", "a"),
    _set("statement", "Foo", 1),
    _set("statement", "NotAction", "s3:*"),
    _set("statement", "NotResource", "*"),
    _set("statement", "NotAction", [], "*"),
    _set("statement", "Principal", "*"),
    _set("statement", "NotPrincipal", "*"),
    _drop("Effect"),
    _drop("Action", "NotAction"),
    _drop("Resource", "NotResource"),
    _drop("Principal", "NotPrincipal"),
    _bad_condition,
    _bad_condition,
    _bad_condition,
    _bad_resource,
    _bad_resource,
    _bad_action,
    _bad_action,
    _bad_principal,
    _lower_case,
    _duplicate_sid,
]


def make(seed, index):
    """Case `index` of `seed`."""
    return Generator(seed, index).case()


def main():
    seed, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for index in range(first, first + count):
        print(json.dumps(make(seed, index)))


if __name__ == "__main__":
    main()
