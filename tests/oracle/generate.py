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

import values  # noqa: E402

FORMAT = 4

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

REQUESTS = [
    ("s3:GetObject", "arn:aws:s3:::b/k"),
    ("s3:GetObject", "arn:aws:s3:::b/home/ann/x"),
    ("s3:PutObject", "arn:aws:s3:::b/home/*/x?"),
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
UNIQUE, ANEW = "AIDAEXAMPLEEXAMPLEEX1", "AIDAEXAMPLEEXAMPLEEX2"
ROLE_UNIQUE, ROLE_ANEW = "AROAEXAMPLEEXAMPLEEX1", "AROAEXAMPLEEXAMPLEEX2"

# Members of a request, and context keys, that fit some requests and not others.
CONTRADICTIONS = [("resourceAccount", v) for v in (HOME, OTHER, "11112222333", "aws", "")]
CONTRADICTIONS += [("resource", v) for v in ("b/k", "arn:aws:s3:b", "arn::s3:::b", "", "arn:aws::::x")]
CONTRADICTIONS += [("principalId", v) for v in (UNIQUE, ROLE_UNIQUE, HOME, "ann", "")]
CONTRADICTIONS += [("userArn", v) for v in (USER, ROOT, ROLE, USER.replace(HOME, OTHER), "")]
CONTRADICTIONS += [("principal", v) for v in (
    "arn:aws:iam::%s:user/" % HOME, "arn:aws:iam::%s:user/a//b" % HOME, "arn:aws:iam::1:user/ann",
    "arn:aws:sts::%s:assumed-role/r/s/t" % HOME, "arn:aws-cn:sts::%s:assumed-role/r/s" % HOME)]
CONTRADICTIONS += [("aws:PrincipalArn", v) for v in (USER, ROLE, PATH_ROLE, SESSION, [USER])]
CONTRADICTIONS += [("aws:PrincipalAccount", v) for v in (HOME, OTHER, "anonymous")]
CONTRADICTIONS += [("AWS:principaltype", v) for v in (
    "User", "AssumedRole", "Account", "FederatedUser", "Anonymous")]
CONTRADICTIONS += [("aws:userid", v) for v in (
    HOME, UNIQUE, ROLE_UNIQUE + ":s@1", HOME + ":fay", "anonymous")]
CONTRADICTIONS += [("aws:ResourceAccount", v) for v in (HOME, OTHER)]

# Characters that a policy holds only when they are escaped.
WIDE = ["\u0100", "a\u0100", "\u4e2d\u6587", "\U0001f600", "ann\u0101", "\u0130", "\u017f"]

# key -> (family, may hold a list)
KEYS = {
    "aws:username": ("string", False),
    "aws:PrincipalTag/x": ("string", False),
    "aws:RequestTag/Team": ("string", False),
    "s3:prefix": ("string", False),
    "aws:TagKeys": ("string", True),
    "aws:PrincipalOrgPaths": ("string", True),
    "s3:max-keys": ("numeric", False),
    "aws:MultiFactorAuthAge": ("numeric", False),
    "aws:CurrentTime": ("date", False),
    "aws:EpochTime": ("date", False),
    "aws:SecureTransport": ("bool", False),
    "aws:MultiFactorAuthPresent": ("bool", False),
    "aws:SourceIp": ("ip", False),
    "aws:VpcSourceIp": ("ip", False),
    "aws:PrincipalArn": ("arn", False),
    "aws:SourceArn": ("arn", False),
    "x:blob": ("binary", False),
}

VALUES = {
    "string": ["ann", "Ann", "ANN", "a", "", "*", "?", "ann*", "home/ann/", "a:b/c", "$", "${*}"]
    + ["o-1/r-1/ou-a/", "o-1/r-1/ou-b/", "key1:legal", "key2:audit", "a.n+(", "an"]
    + ["annn", "\u00e9", "\u00c9", "a\nb"],
    "numeric": ["1", "1.0", "01", "1.50", "1.5", "+1", "-1", "0", "-0", "-0.0", "10", "9", "1e1"]
    + ["", "x", " 1", "1 ", "0x10", "1,000", "99999999999999999999", "99999999999999999998"]
    + ["0.1", "0.10000000000000000001", "3600", "inf", "nan", "--1", "1.2.3"]
    + [".5", "1.", "-.5", "00", "-0.50"]
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
    + ["1900-02-29"],
    "bool": ["true", "false", "True", "FALSE", "yes", "", "1", "0", " true"],
    "ip": ["10.0.0.1", "10.0.0.0", "10.0.1.1", "10.255.255.255", "203.0.113.9", "0.0.0.0"]
    + ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:db8:1::1", "::1", "::ffff:10.0.0.1"]
    + ["::ffff:a00:1", "::", "255.255.255.255", "10.0.0", "", "x", "10.0.0.256"]
    + ["10.0.0.01", "010.0.0.1", "fe80::1%eth0", "[::1]", "1::2::3", "::10.0.0.1"]
    + ["10.0.0.1/32", "10.0.0.1/31", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::1/128", "::1/128"]
    + ["2001:db8::/64", "::ffff:10.0.0.1/128", "::ffff:10.0.0.1/32", "10.0.0.1/032", "10.0.0.1/"]
    + ["10.0.0.1/33", "10.0.0.1/32/32", "10.0.0.1/ 32", "/32", "::/0", "10.0.0.01/32"]
    + ["10.0.0.1 ", "0xa.0.0.1", "167772161", "::ffff:0:10.0.0.1", "0:0:0:0:0:ffff:a00:1"],
    "arn": ["arn:aws:iam::%s:user/ann" % HOME, "arn:aws:iam::%s:role/r" % HOME, PATH_ROLE]
    + ["arn:aws:sns:us-east-1:%s:t" % HOME, "arn:aws:sns:us-east-1:%s:t:x:y" % OTHER]
    + ["arn:aws:s3:::b", "arn:aws:s3:::b/k", "arn:aws:s3", "x", "", "ARN:aws:s3:::b", "arn:::::"],
    "binary": ["eA==", "eA", "x", "", "AP8=", "AP9=", "QUJD", "$$", "eHg=", "eA==\n"],
}

RANGES = ["10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/16", "10.0.0.1/32", "0.0.0.0/0", "10.0.0.1"]
RANGES += ["203.0.113.0/24", "203.0.113.8/31", "2001:db8::/32", "2001:db8::1/128", "::/0"]
RANGES += ["2001:db8::1", "2001:DB8::/33", "::ffff:10.0.0.0/104", "::ffff:0:0/96", "::1"]
RANGES += ["255.255.255.255/1", "2001:db8:0:0::/64"]
BAD_RANGES = ["10.0.0.0/33", "10.0.0/8", "x", "", "10.0.0.0/", "/8", "::/129", "10.0.0.0/-1"]
BAD_RANGES += ["10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0/255.0.0.0", "10.0.0.256/8", "1::2::3/8"]
BAD_RANGES += ["10.0.0.0/08", "::/01", "10.0.0.0/+8"]

STRING_PATTERNS = ["*", "?", "??", "a*", "*n", "a?n", "*/ann/*", "${*}", "${?}", "${$}", "a*n*n"]
STRING_PATTERNS += ["*" * 9 + "n", "*a*n*n*x"]
STRING_PATTERNS += ["ann${*}", "key1*", "o-1/*", "*ou-a*", "${aws:username}", "${AWS:UserName}"]
STRING_PATTERNS += ["home/${aws:username}/*", "home/${aws:username}/", "${aws:PrincipalTag/X}"]
STRING_PATTERNS += ["${aws:username, 'ann'}", "${aws:PrincipalTag/none, 'a*'}", "${aws:TagKeys}"]
STRING_PATTERNS += ["${aws:PrincipalTag/none}", "x${aws:PrincipalTag/none}*", "${s3:prefix}*"]
STRING_PATTERNS += ["${aws:PrincipalTag/x}${aws:PrincipalTag/x}", "${aws:username, ''}"]
STRING_PATTERNS += ["${a:b, '*'}", "${a:b, '$'}", "${a:b, '{a'}", "${a:b, ','}", "${a:b, ' '}"]
STRING_PATTERNS += ["${a:b, '${aws:username}'}", "${a:b, 'a:b/c'}", "${a:b,'\"'}"]
STRING_PATTERNS += ["${a:b, '\u00e9'}"]
STRING_PATTERNS += ["${nocolon}", "${aws:username, '${*}'}", "${aws:username,'a}n'}"]
ARN_PATTERNS = ["arn:aws:iam::%s:*" % HOME, "arn:aws:iam::%s:user/*" % HOME, "arn:*:*:*:*:*"]
ARN_PATTERNS += ["arn:aws:*:%s:*" % HOME, "arn:aws:iam::*:role/*", "arn:aws:sns:*:*:t"]
ARN_PATTERNS += ["arn:aws:iam::%s:user/${aws:username}" % HOME, "arn:aws:s3:::b*"]
ARN_PATTERNS += ["arn:aws:s??:*:%s:t:*" % OTHER, "arn:aws:iam::1111*:r?le/*", "arn:aws:s3:::?"]
ARN_PATTERNS += ["${aws:SourceArn}", "arn:aws:iam::%s:role/*/r" % HOME, "*:aws:s3:::b"]
ARN_PATTERNS += ["a*:*:*:*:*:*", "arn:aws:s3:::${aws:PrincipalTag/x, 'b'}"]
ARN_PATTERNS += ["arn:aws:iam::${aws:PrincipalTag/none}:*", "arn:aws:iam::${aws:username, '*'}:*"]
ARN_PATTERNS += ["arn:aws:${s3:prefix}:*:*:*", "arn:aws:iam::${a:b, '%s'}:*" % HOME]
ARN_PATTERNS += ["arn:${s3:prefix}:t", "arn:aws:${a:b, 's3::'}:b", "arn:aws:s3:${a:b, ''}::b"]
PIECES = STRING_PATTERNS + ["ann", "a", "/", ":", "$", "{", "}", "$a", "}${*}{", "'", "\\", "\n"]
BAD_VARIABLES = ["${${a:b}}", "${a:${b:c}}", "${a:b, ''x'}", "${a:b 'x'}"]
BAD_VARIABLES += ["${a:b,\t'x'}", "${a:b }", "${ a:b}", "${a:b,}", "${a:b,x}", "${a:b , 'x'}"]
BAD_VARIABLES += ["${", "${}", "a${aws:username", "${a b:c}", "${aws:username, 'x}"]

BOOL_PATTERNS = [pattern for pattern in STRING_PATTERNS if "${" in pattern]

# What a policy may hold; a request may hold anything.
READERS = {
    "string": str,
    "numeric": values.number,
    "date": values.date,
    "bool": values.boolean,
    "binary": values.binary,
    "ip": values.network,
    "arn": lambda text: text if text.count(":") >= 5 else None,
}
GOOD_VALUES = {
    family: [text for text in texts if READERS[family](text) is not None]
    for family, texts in VALUES.items()
}

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


class Generator:
    def __init__(self, seed, index):
        self.random = random.Random("%d:%s:%s" % (FORMAT, seed, index))
        self.index = index

    def one_in(self, number):
        return self.random.random() * number < 1

    def pick(self, values):
        return values[int(self.random.random() * len(values))]

    def percent(self, share):
        return self.random.random() * 100 < share

    def weighted(self, pairs):
        return self.random.choices([p[1] for p in pairs], [p[0] for p in pairs])[0]

    def mix_case(self, text):
        way = self.random.randrange(4)
        if way == 0:
            return text.upper()
        if way == 1:
            return text.lower()
        return "".join(c.swapcase() if self.one_in(3) else c for c in text)

    # -- the request

    def case(self):
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
        # Through text: no two places of a case share an object.
        case = {"id": str(self.index), "request": request, "policies": policies}
        case = json.loads(json.dumps(case))
        if self.percent(3):
            self.spoil(case)
        for holder, document in list(documents_of(case["policies"])):
            if self.one_in(25) and isinstance(document, dict):
                text = json.dumps(document, ensure_ascii=self.one_in(2))
                holder[holder.index(document)] = self.pick(["", "\r\n\t "]) + text
        return case

    def identify(self, request, policies):
        """Unique IDs, and ARNs that mean one of them alone."""
        if self.principal == FEDERATED and self.one_in(3):
            request["userArn"] = USER
        if self.principal in (USER, ROLE, SESSION, FEDERATED) and self.one_in(8):
            if not self.one_in(4):
                ids = [ROLE_UNIQUE, ROLE_ANEW] if self.principal in (ROLE, SESSION) else [UNIQUE, ANEW]
                request["principalId"] = self.pick(ids)
            if self.one_in(2):
                policies["pins"] = {USER: UNIQUE, ROLE: self.pick([ROLE_UNIQUE, ROLE_ANEW])}
                if self.one_in(3):
                    policies["pins"][PATH_ROLE] = self.pick([ROLE_UNIQUE, ROLE_ANEW])

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
        if family == "string" and self.one_in(25):
            return self.pick([self.long_value(), self.pick(WIDE)])
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
            if self.principal != SESSION:
                self.context["aws:PrincipalArn"] = self.principal

    # -- conditions

    def operator(self, family):
        prefix = self.pick(["", "", "", "", "ForAllValues:", "ForAnyValue:"])
        if self.one_in(9):
            return prefix + "Null"
        suffix = "IfExists" if self.percent(30) else ""
        return prefix + self.pick(OPERATORS[family]) + suffix

    def condition_value(self, operator, family):
        if "Null" in operator:
            return self.pick(["true", "false", True, False, "True"])
        if "IpAddress" in operator:
            return self.pick(RANGES)
        if self.one_in(20) and family == "numeric":
            return self.pick([1, 1.5, 10, 0, 10**64, 10**63])
        if self.one_in(6) and family == "bool":
            return self.pick([True, False])
        if "String" in operator:
            if self.percent(35):
                return self.pick(STRING_PATTERNS)
            if self.one_in(25):
                return self.pick([self.nested(), self.long_pattern(), self.pick(WIDE)])
        if "Bool" in operator and self.percent(35):
            return self.pick(BOOL_PATTERNS)
        if "Arn" in operator and self.percent(60):
            return self.pick(ARN_PATTERNS)
        return self.pick(VALUES[family] if self.one_in(100) else GOOD_VALUES[family])

    def condition(self):
        block = {}
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            key = self.pick(list(KEYS))
            if self.context and self.one_in(3):
                key = self.pick(list(self.context))
            family = KEYS.get(key, KEYS.get(self.spelling(key), ("string", False)))[0]
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

    @staticmethod
    def spelling(key):
        return next((k for k in KEYS if k.lower() == key.lower()), key)

    # -- statements

    def action_pattern(self):
        service, name = self.action.split(":")
        way = self.random.randrange(14)
        if way <= 2:
            return self.action
        if way == 3:
            return self.mix_case(self.action)
        if way == 4:
            return service + ":*"
        if way == 5:
            cut = self.random.randrange(len(name))
            return service + ":" + name[:cut] + "*" + name[cut + self.random.randrange(3) :]
        if way == 6:
            cut = self.random.randrange(len(name))
            return service + ":" + name[:cut] + "?" + name[cut + self.random.randrange(3) :]
        if way == 7:
            services = [service[:1] + "*:" + name, "?" + service[1:] + ":*", "*:" + name]
            return self.pick(["*:*"] + services)
        if way == 8:
            return self.pick([service + ":" + name + "?", service + ":" + name[:-1], "s3:*t"])
        if way == 9:
            return self.pick(REQUESTS)[0]
        if way == 10 and self.one_in(2):
            return self.mix_case(service + ":*" + name[-4:])
        return "*" if not self.trusting else service + ":*"

    def actions(self):
        name = "NotAction" if self.percent(12) else "Action"
        count = self.pick([1, 1, 1, 1, 2, 3])
        values = [self.action_pattern() for _ in range(count)]
        if self.trusting:  # a trust policy has actions of STS alone
            values = [v if v.lower().startswith("sts:") else "sts:*" for v in values]
        if self.one_in(600) and name == "Action":
            return name, []
        return name, values if count > 1 or self.one_in(3) else values[0]

    def resource_pattern(self):
        if self.one_in(60):
            long = self.pick([self.nested, self.long_pattern])
            return self.pick(["arn:aws:s3:::", "arn:*:*:*:*:", "arn:aws:s3:::b/*"]) + long()
        way = self.random.randrange(16)
        if way <= 3 or not self.resource.startswith("arn:"):
            return self.pick(["*", "*", "*", self.resource if self.resource != "*" else "*"])
        if way <= 5:
            return self.resource
        parts = self.resource.split(":", 5)
        parts += [""] * (6 - len(parts))
        if way == 6:  # a wildcard in one of the parts
            at = self.random.randrange(1, 6)
            part = parts[at]
            cut = self.random.randrange(len(part) + 1)
            parts[at] = part[:cut] + self.pick("*?") + part[cut + self.random.randrange(3) :]
        elif way == 7:  # fewer parts
            parts = parts[: self.random.randrange(2, 6)]
            if self.one_in(2):
                parts[-1] = self.pick(["*", parts[-1] + "*", "*" + parts[-1]])
        elif way == 8:  # a wildcard that would have to swallow a colon
            at = self.random.randrange(1, 5)
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
            parts[self.random.randrange(1, 5)] = "*"
        elif way == 13:
            parts.append("x")
        elif way == 15:  # a part left empty
            parts[self.random.randrange(1, 6)] = ""
        elif way == 14:
            return self.pick(["arn:aws:s3:::b/*", "arn:aws:*", "arn:*:*:*:*:*", "arn:*"])
        text = ":".join(parts)
        if text.count(":") < 5 and self.kind in ("scp", "resource") and not self.one_in(5):
            text += "*"  # else mostly refused
        return text

    def resources(self):
        name = "NotResource" if self.percent(12) else "Resource"
        count = self.pick([1, 1, 1, 1, 2, 3])
        values = [self.resource_pattern() for _ in range(count)]
        if self.one_in(600) and name == "Resource":
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
            ("AWS", "AROAEXAMPLEEXAMPLEEX1"),
            ("Service", self.pick([SERVICE, SERVICE, "ec2.amazonaws.com", SERVICE + ".evil"])),
            ("Federated", self.pick([SAML, OIDC, "accounts.google.com"])),
            ("AWS", ROOT.replace(":aws:", ":aws-cn:")),
            ("AWS", self.pick([UNIQUE, ANEW])),
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
            return "*"
        block = {}
        for _ in range(self.pick([1, 1, 1, 1, 2, 3])):
            kind, value = self.principal_value()
            block.setdefault(kind, []).append(value)
        if self.one_in(80):
            return self.pick([{}, {"AWS": []}])
        return {k: v[0] if len(v) == 1 and self.one_in(2) else v for k, v in block.items()}

    def statement(self, kind, deny_share):
        self.kind = kind
        self.trusting = kind == "trust"
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
            result["Sid"] = "S%d" % self.random.randrange(1000000)
        if self.one_in(8):
            items = list(result.items())
            self.random.shuffle(items)
            result = dict(items)
        return result

    def allow_all(self, kind):
        result = {"Effect": "Allow", "Action": "sts:*" if kind == "trust" else "*"}
        if kind in ("resource", "trust"):
            result["Principal"] = self.pick(["*", {"AWS": HOME}, self.principals()])
        if kind != "trust":
            result["Resource"] = "*"
        return result

    def document(self, kind, deny_share=30):
        statements = []
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            if self.percent(25):
                statements.append(self.allow_all(kind))
            else:
                statements.append(self.statement(kind, deny_share))
        result = {}
        version = self.pick(["2012-10-17"] * 7 + ["2008-10-17", None, None])
        if kind == "scp":
            version = "2012-10-17"
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
        deny = self.statement("identity", 100)
        deny["Principal"] = "*"
        if "NotAction" in deny:
            deny["Action"] = deny.pop("NotAction")
        for name in ("Resource", "NotResource"):
            values = deny.get(name)
            if isinstance(values, str):
                values = [values]
            if values is not None:
                deny[name] = [v for v in values if v == "*" or v.count(":") > 4] or "*"
        return {"Version": "2012-10-17", "Statement": deny}

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
        [{"stringEquals": {"a:b": "x"}}, {"NullIfExists": {"a:b": "true"}}, {"StringIs": {}}]
        + [{"StringEquals": {"ab": "x"}}, {"StringEquals": {"a:b": None}}, {"StringEquals": "x"}]
        + [{"StringEquals": {"a:b": [["x"]]}}, {"StringEquals": {"a:b": {}}}, [], "x", None]
        + [{"StringEquals": {"a:b": "1", "A:B": "2"}}, {"Null": {"a:b": "maybe"}}]
        + [{"IpAddress": {"a:b": g.pick(BAD_RANGES)}}, {"NotIpAddress": {"a:b": "${aws:SourceIp}"}}]
        + [{"StringLike": {"a:b": g.pick(BAD_VARIABLES)}}, {"NotBool": {"a:b": "true"}}]
        + [{"ForAllvalues:StringLike": {"a:b": "x"}}]
        + [{"StringEqualsIfExistsIfExists": {}}]
        + [{"ForAnyValue:ForAllValues:StringLike": {}}, {"StringEqualsifexists": {"a:b": "x"}}]
    )


def _bad_resource(g, document, statement):
    name = "NotResource" if "NotResource" in statement else "Resource"
    statement[name] = g.pick(
        ["", "b", "*b", "**", "arn", "ARN:aws:s3:::b", 1, None, {}, ["*", 1], [["*"]]]
        + ["arn:aws:s3:::" + g.pick(BAD_VARIABLES), "arn:aws:s3:${a:b}::b", "${aws:username}"]
    )


def _bad_action(g, document, statement):
    name = "NotAction" if "NotAction" in statement else "Action"
    statement[name] = g.pick(
        ["", "s3", "s3:", ":x", "s3:a:b", "**", "s3:Get Object", "s3:${aws:username}", 1, None, {}]
        + [["s3:*", 1], [["*"]], "s3:Get\u00e9"]
    )


def _bad_principal(g, document, statement):
    statement["Principal"] = g.pick(
        ["x", HOME, ["*"], {"User": "u"}, {"aws": "*"}, {"AWS": "x"}, {"AWS": ROLE + "*"}, None]
        + [{"AWS": 1}, {"Service": "*"}, {"Federated": "*"}, {"AWS": HOME[1:]}, {"AWS": "a*"}]
        + [{"AWS": "arn:aws:iam::%s:user/${aws:username}" % HOME}, {"AWS": "arn:aws:iam::*:root"}]
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
