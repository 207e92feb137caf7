# SPDX-License-Identifier: Apache-2.0
"""JSON, wildcards, policy variables and the operators of conditions, for the second evaluator.

Nothing here knows of statements or callers. OPEN marks a place where the documents leave a case
open; it takes the reading that denies, or the one of the engine where no reading denies more.
"""

import base64
import datetime
import fractions
import functools
import ipaddress
import json
import re


class Refused(Exception):
    """The document may not be stored."""


# ---------------------------------------------------------------------------------------------
# JSON


def _object(pairs):
    """Individual elements must not contain multiple instances of the same key."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name occurs twice")
    return result


class Number(str):
    """A JSON number as it was spelt."""


def _no_constant(name):
    raise ValueError(name + " is no JSON")


DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=Number,
    parse_float=Number,
    parse_constant=_no_constant,
)


def load(line):
    """One case from its JSON text; numbers keep their spelling."""
    return DECODER.decode(line)


# What the API takes of a policy's text. What is escaped is not of the text.
WRITTEN = re.compile("[\t\n\r\\x20-\u00ff]*")
DOCUMENT_BYTES = 131072


def load_document(text):
    """A policy from its text."""
    if not WRITTEN.fullmatch(text) or len(text.encode()) > DOCUMENT_BYTES:
        raise Refused("the text has a character that no policy has, or is too long")
    try:
        document = load(text)
    except (ValueError, RecursionError) as why:
        raise Refused("no JSON: " + str(why)) from None
    if not all(_has_value(part) for part in _strings(document)):
        raise Refused("an escape that means no character")
    return document


def _has_value(text):
    """OPEN: the character NUL and half of a pair of surrogates are refused."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _strings(item)


def is_string(value):
    return isinstance(value, str) and not isinstance(value, Number)


def as_list(value):
    return value if isinstance(value, list) else [value]


def scalar_text(value):
    """The text of a condition value: string, number or boolean."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return value
    raise Refused("a condition value is a string, number or boolean")


def ascii_lower(text):
    """OPEN: of keys and actions the case of A to Z alone does not count."""
    return text.lower() if text.isascii() else text.encode().lower().decode()


def lower(text):
    """Lower case as Unicode has it, a final sigma by its context; above U+FFFF all stays as it is.
    Only U+0130 becomes two characters."""
    whole = text.replace("\u0130", "i").lower()
    return "".join(
        char if char > "\uffff" else "i\u0307" if char == "\u0130" else whole[at]
        for at, char in enumerate(text)
    )


# ---------------------------------------------------------------------------------------------
# Text with wildcards. A pattern is a sequence of (character, is_data): data characters match
# themselves, "*" and "?" that are not data are wildcards; a wildcard counts in UTF-16 units.


@functools.lru_cache(maxsize=20000)
def pattern_of(text):
    return tuple((char, False) for char in text)


def data_of(text):
    return [(char, True) for char in text]


def units(text):
    """The UTF-16 units of a text, each as a character."""
    coded = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(coded[i] << 8 | coded[i + 1]) for i in range(0, len(coded), 2))


@functools.lru_cache(maxsize=20000)
def _regex(pattern):
    """What is before, between and after the stars; each piece between is taken where it comes
    first and never looked for again, which no other place could better."""
    pieces = [""]
    for char, is_data in pattern:
        if char == "*" and not is_data:
            pieces.append("")
        else:
            pieces[-1] += "." if char == "?" and not is_data else re.escape(units(char))
    middle = "".join("(?>.*?%s)" % piece for piece in pieces[1:-1] if piece)
    last = ".*" + pieces[-1] if len(pieces) > 1 else ""
    return re.compile(pieces[0] + middle + last, re.DOTALL)


def glob(pattern, text):
    """`*` is any run of units, the empty one too; `?` is exactly one unit."""
    return _regex(tuple(pattern)).fullmatch(units(text)) is not None


def split_pattern(pattern):
    """The pattern of an ARN in at most six, at its first five colons.

    Where six parts are written, a colon out of a variable's value is part of that value. OPEN:
    where fewer are, the value may bring them, so that a variable can be a whole ARN.
    """
    written = pattern.count((":", False)) >= 5
    parts = [[]]
    for item in pattern:
        if item[0] == ":" and len(parts) < 6 and not (written and item[1]):
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


# ---------------------------------------------------------------------------------------------
# Policy variables

VARIABLE = re.compile(
    r"\$\{(?:([*?$])|([^\s{}$'\",*?]+)(?:, *'([^']*)')?)\}",
    re.ASCII,
)


def tokens(text, version):
    """`text` in pieces: ("text", s), ("char", c) of ${*} ${?} ${$}, ("key", name, default).

    Variables belong to version 2012-10-17; in 2008-10-17 the text is taken literally.
    """
    if version != "2012-10-17":
        return [("text", text)]
    pieces, at = [], 0
    while True:
        start = text.find("${", at)
        if start < 0:
            pieces.append(("text", text[at:]))
            return pieces
        pieces.append(("text", text[at:start]))
        found = VARIABLE.match(text, start)
        if not found:
            raise Refused("a variable is not well formed: " + text)
        if found.group(1):
            pieces.append(("char", found.group(1)))
        else:
            pieces.append(("key", found.group(2), found.group(3)))
        at = found.end()


def expand(text, version, context):
    """The pattern after substitution, or None when a variable has no value.

    What is put in is data: it never becomes a wildcard or another variable.
    """
    pattern = []
    for piece in tokens(text, version):
        if piece[0] == "text":
            pattern += pattern_of(piece[1])
        elif piece[0] == "char":
            pattern += data_of(piece[1])
        else:
            value = context.get(ascii_lower(piece[1]))
            if isinstance(value, list):
                return None  # keys with several values cannot be variables
            if value is None:
                value = piece[2]
            if value is None:
                return None
            pattern += data_of(value)
    return pattern


def plain(pattern):
    return "".join(char for char, _ in pattern)


# ---------------------------------------------------------------------------------------------
# Reading values of the typed operators; None when the text is no such value

# OPEN: no sign but minus, no exponent, digits on both sides of the point, at most 64 bytes.
NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
NUMBER_BYTES = 64


def number(text):
    if len(text) > NUMBER_BYTES or not NUMBER.fullmatch(text):
        return None
    return fractions.Fraction(text)


DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
    r"(Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)
# OPEN: whole seconds, none before 1970, at most twelve digits.
EPOCH = re.compile(r"\d{1,12}", re.ASCII)


def date(text):
    """Seconds since 1970: ISO 8601 in the W3C profile, or epoch seconds.

    Four digits alone are a year.
    """
    found = DATE.fullmatch(text)
    if not found:
        return fractions.Fraction(text) if EPOCH.fullmatch(text) else None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        start = datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    hour, minute, second = int(hour or 0), int(minute or 0), int(second or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    days = start.toordinal() - datetime.date(1970, 1, 1).toordinal()
    result = fractions.Fraction(days * 86400 + hour * 3600 + minute * 60 + second)
    if fraction:
        # OPEN: to the millisecond, what is finer is left out.
        result += fractions.Fraction(int((fraction + "00")[:3]), 1000)
    if zone and zone != "Z":
        zone_hour, zone_minute = int(zone[1:3]), int(zone[4:6])
        if zone_hour > 23 or zone_minute > 59:
            return None
        offset = zone_hour * 3600 + zone_minute * 60
        result += -offset if zone[0] == "+" else offset
    return result


def boolean(text):
    return {"true": True, "false": False}.get(text.lower())


def binary(text):
    try:
        result = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    # OPEN: the one spelling that an encoder gives.
    return result if base64.b64encode(result).decode() == text else None


# OPEN: no leading zeros.
LENGTH = re.compile(r"0|[1-9]\d{0,2}", re.ASCII)


def network(text):
    """A range of addresses; a bare address is one address; host bits are masked away.

    An IPv6 range inside ::ffff:0:0/96 is the IPv4 range it maps.
    """
    if "%" in text or text.count("/") > 1:
        return None
    if "/" in text and not LENGTH.fullmatch(text.partition("/")[2]):
        return None
    try:
        result = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    if result.version == 6 and result.prefixlen >= 96:
        mapped = result.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.ip_network((mapped, result.prefixlen - 96))
    return result


def in_network(text, wanted):
    have, want = network(text), network(wanted)
    if have is None or want is None or have.version != want.version:
        return False
    if have.num_addresses > 1:
        return False  # OPEN: a range is no address, but a range of one is
    return have.network_address in want


# ---------------------------------------------------------------------------------------------
# Condition operators


def _string_equals(value, pattern):
    return value == plain(pattern)


def _string_equals_ignore_case(value, pattern):
    return lower(value) == lower(plain(pattern))


def _string_like(value, pattern):
    return glob(pattern, value)


def _arn_like(value, pattern):
    """Each of the six colon-delimited components is checked separately."""
    have, want = value.split(":", 5), split_pattern(pattern)
    if len(have) != 6 or len(want) != 6 or have[0] != "arn":
        return False
    return all(glob(part, text) for part, text in zip(want, have))


def _compare(read, test):
    def operator(value, pattern):
        left, right = read(value), read(plain(pattern))
        return left is not None and right is not None and test(left, right)

    return operator


def _ip_address(value, pattern):
    return in_network(value, plain(pattern))


ORDER = {
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


def _equal(a, b):
    return a == b


# name -> (comparison, negated, whether variables are expanded)
OPERATORS = {
    "StringEquals": (_string_equals, False, True),
    "StringNotEquals": (_string_equals, True, True),
    "StringEqualsIgnoreCase": (_string_equals_ignore_case, False, True),
    "StringNotEqualsIgnoreCase": (_string_equals_ignore_case, True, True),
    "StringLike": (_string_like, False, True),
    "StringNotLike": (_string_like, True, True),
    "ArnEquals": (_arn_like, False, True),
    "ArnLike": (_arn_like, False, True),
    "ArnNotEquals": (_arn_like, True, True),
    "ArnNotLike": (_arn_like, True, True),
    "NumericEquals": (_compare(number, _equal), False, False),
    "NumericNotEquals": (_compare(number, _equal), True, False),
    "DateEquals": (_compare(date, _equal), False, False),
    "DateNotEquals": (_compare(date, _equal), True, False),
    "Bool": (_compare(boolean, _equal), False, True),
    "BinaryEquals": (_compare(binary, _equal), False, False),
    "IpAddress": (_ip_address, False, False),
    "NotIpAddress": (_ip_address, True, False),
}
for _name, _test in ORDER.items():
    OPERATORS["Numeric" + _name] = (_compare(number, _test), False, False)
    OPERATORS["Date" + _name] = (_compare(date, _test), False, False)

PREFIXES = ("ForAllValues:", "ForAnyValue:")


def split_operator(name):
    """(set prefix or "", operator, IfExists?) of `ForAnyValue:StringLikeIfExists`."""
    prefix = next((p for p in PREFIXES if name.startswith(p)), "")
    base = name[len(prefix) :]
    if base == "Null":
        return prefix, base, False
    if_exists = base.endswith("IfExists")
    if if_exists:
        base = base[: -len("IfExists")]
    if base not in OPERATORS:
        raise Refused("no operator " + name)
    return prefix, base, if_exists


def condition_holds(name, key, wanted, effect, version, context):
    """One operator, one key and its list of values, against the request."""
    prefix, base, if_exists = split_operator(name)
    value = context.get(ascii_lower(key))
    if base == "Null":
        return null_holds(prefix, value, wanted)
    compare, negated, variables = OPERATORS[base]

    def matches_one(text):
        for want in wanted:
            pattern = expand(want, version, context) if variables else pattern_of(want)
            if pattern is not None and compare(text, pattern):
                return True
        return False

    # A request value that is an empty list, or under a set operator the empty string, is a
    # null data set.
    values = [] if value in (None, "") else as_list(value)
    if prefix == "ForAllValues:":
        return all(matches_one(text) != negated for text in values)
    if prefix == "ForAnyValue:":
        return any(matches_one(text) != negated for text in values)
    if value is None:
        return negated or if_exists
    if isinstance(value, list):
        # OPEN: several values without a set operator. Nothing is allowed by it, and a Deny with
        # a negated operator denies.
        return negated and effect == "Deny"
    return matches_one(value) != negated


def null_holds(prefix, value, wanted):
    if prefix:
        return prefix == "ForAllValues:"
    is_null = value is None or value == []
    return any(boolean(want) == is_null for want in wanted)
