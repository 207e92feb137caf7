# SPDX-License-Identifier: Apache-2.0
"""JSON, text, wildcards, policy variables and the readers of typed values.

Nothing here knows of operators, statements or callers. A rule that was recorded on AWS says
RECORDED (tests/vectors/aws); one that no recording and no document settles says OPEN, and takes the
reading that denies where one reading does.
"""

import base64
import functools
import json
import re

CACHE = 50000  # texts and patterns come from small pools, so most are read once


class Refused(Exception):
    """The document may not be stored."""


# ---------------------------------------------------------------------------------------------
# JSON


class Number(str):
    """A JSON number as it was spelt."""


def _object(pairs):
    """Individual elements must not contain multiple instances of the same key."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name occurs twice")
    return result


def _no_constant(name):
    raise ValueError(name + " is no JSON")


DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=Number,
    parse_float=Number,
    parse_constant=_no_constant,
)
OWN_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number)


def load(line):
    """One case from its JSON text; numbers keep their spelling."""
    return DECODER.decode(line)


def load_own(line):
    """The same, for a text that was made here and has no name twice."""
    return OWN_DECODER.decode(line)


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
    if not all(map(_has_value, _strings(document))):
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
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    raise Refused("a condition value is a string, number or boolean")


# ---------------------------------------------------------------------------------------------
# Letters


def ascii_lower(text):
    """OPEN: names (of actions, of context keys) have the case of A to Z alone."""
    return text.lower() if text.isascii() else text.encode().lower().decode()


@functools.lru_cache(CACHE)
def lower(text):
    """RECORDED: the lower case of Unicode, a sigma at the end of a word by its context; what is
    above U+FFFF keeps its case, but is a letter beside a sigma."""
    if text.isascii():
        return text.lower()
    result = text.lower()
    if max(text) > "\uffff":
        # The lower case of such a character is one such character, so they correspond in order.
        kept = iter([char for char in text if char > "\uffff"])
        result = "".join(next(kept) if char > "\uffff" else char for char in result)
    return result


@functools.lru_cache(CACHE)
def units(text):
    """The UTF-16 units, each as a character."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    halves = []
    for char in text:
        above = ord(char) - 0x10000
        if above < 0:
            halves.append(char)
        else:
            halves += [chr(0xD800 + (above >> 10)), chr(0xDC00 + (above & 0x3FF))]
    return "".join(halves)


# ---------------------------------------------------------------------------------------------
# Text with wildcards. A pattern is a tuple of (text, is_data) pieces: "*" and "?" in a piece that
# is no data are wildcards, a piece that is data means itself.


def pattern_of(text):
    return ((text, False),)


ANYTHING = pattern_of("*")


def plain(pattern):
    return pattern[0][0] if len(pattern) == 1 else "".join(text for text, _ in pattern)


@functools.lru_cache(CACHE // 10)
def _matcher(pattern):
    """What is before, between and after the stars; each piece between is taken where it comes
    first and never looked for again, which no other place could better."""
    pieces = [""]
    for text, is_data in pattern:
        for char in units(text):
            if char == "*" and not is_data:
                pieces.append("")
            else:
                pieces[-1] += "." if char == "?" and not is_data else re.escape(char)
    middle = "".join("(?>.*?%s)" % piece for piece in pieces[1:-1] if piece)
    last = ".*" + pieces[-1] if len(pieces) > 1 else ""
    return re.compile(pieces[0] + middle + last, re.DOTALL).fullmatch


@functools.lru_cache(CACHE)
def _is_literal(pattern):
    return not any("*" in text or "?" in text for text, is_data in pattern if not is_data)


def glob(pattern, text):
    """`*` is any run of characters, the empty one too. RECORDED: `?` is one UTF-16 unit."""
    if pattern == ANYTHING:
        return True
    if _is_literal(pattern):
        return plain(pattern) == text
    return _matcher(pattern)(units(text)) is not None


def all_match(parts, texts):
    return all(map(glob, parts, texts))


# ---------------------------------------------------------------------------------------------
# Policy variables

VARIABLE = re.compile(
    r"\$\{(?:([*?$])|([^\s{}$'\",*?]+)(?:, *'([^']*)')?)\}",
    re.ASCII,
)


@functools.lru_cache(CACHE)
def tokens(text, version):
    """`text` in pieces: ("text", s), ("char", c) of ${*} ${?} ${$}, ("key", name, default).

    Variables belong to version 2012-10-17; in 2008-10-17 the text is taken literally.
    """
    if version != "2012-10-17" or "${" not in text:
        return (("text", text),)
    pieces, at = [], 0
    while True:
        start = text.find("${", at)
        if start < 0:
            pieces.append(("text", text[at:]))
            return tuple(pieces)
        pieces.append(("text", text[at:start]))
        found = VARIABLE.match(text, start)
        if not found:
            raise Refused("a variable is not well formed: " + text)
        if found.group(1):
            pieces.append(("char", found.group(1)))
        else:
            pieces.append(("key", ascii_lower(found.group(2)), found.group(3)))
        at = found.end()


def has_variable(text, version):
    """Whether the request decides what `text` means."""
    return any(piece[0] == "key" for piece in tokens(text, version))


def expand(text, version, context):
    """The pattern after substitution, or None when a variable has no value.

    What is put in is data: it never becomes a wildcard or another variable. RECORDED: a key with
    several values has none as a variable, and the default is not used for it.
    """
    pieces = tokens(text, version)
    if len(pieces) == 1:
        return pattern_of(text)
    pattern = []
    for piece in pieces:
        if piece[0] == "text":
            if piece[1]:
                pattern.append((piece[1], False))
        elif piece[0] == "char":
            pattern.append((piece[1], True))
        else:
            value = context.get(piece[1], piece[2])
            if value is None or isinstance(value, list):
                return None
            pattern.append((value, True))
    return tuple(pattern)


# ---------------------------------------------------------------------------------------------
# ARNs


@functools.lru_cache(CACHE)
def arn(text):
    """The six parts of an ARN; None when it is none. OPEN: parts may be empty."""
    parts = text.split(":", 5)
    return parts if len(parts) == 6 and parts[0] == "arn" else None


@functools.lru_cache(CACHE)
def moves_parts(pattern):
    """OPEN: whether a value brings a colon before the sixth part of a pattern that has six parts as
    it is written. It counts as no value."""
    if sum(text.count(":") for text, is_data in pattern if not is_data) < 5:
        return False
    colons = 0
    for text, is_data in pattern:
        if is_data and ":" in text and colons < 5:
            return True
        colons += 0 if is_data else text.count(":")
    return False


@functools.lru_cache(CACHE)
def split_pattern(pattern):
    """The pattern of an ARN in at most six, at its first five colons.

    Where six parts are written, a colon out of a variable's value is part of that value: a value
    moves no part. RECORDED: where fewer are, the value may bring them, so that a variable can be a
    whole ARN.
    """
    written = sum(text.count(":") for text, is_data in pattern if not is_data) >= 5
    parts = [[]]
    for text, is_data in pattern:
        if is_data and written:
            parts[-1].append((text, True))
            continue
        pieces = text.split(":", 6 - len(parts))
        parts[-1].append((pieces[0], is_data))
        parts += [[(piece, is_data)] for piece in pieces[1:]]
    return [_without_gaps(part) for part in parts]


def _without_gaps(part):
    if len(part) == 1:
        return tuple(part)
    return tuple(piece for piece in part if piece[0]) or (("", False),)


@functools.lru_cache(CACHE)
def arn_pattern(pattern):
    """The six parts of a pattern that ARNs can match; None when it is none.

    OPEN: it is one when it has six parts and the first can be "arn".
    """
    parts = split_pattern(pattern)
    return parts if len(parts) == 6 and glob(parts[0], "arn") else None


# ---------------------------------------------------------------------------------------------
# Readers: None when the text is no such value

# RECORDED: leading zeros, a plus sign, an exponent and a point without digits after it are of a
# number; NaN and Infinity are none. OPEN: a point without digits before it is of one too.
NUMBER = re.compile(r"([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?", re.ASCII)
# OPEN: with a greater exponent it is a number, but what it means is not known.
MAX_EXPONENT = 2**31 - 1
TOO_LONG = object()


@functools.lru_cache(CACHE)
def number(text):
    """A key that orders numbers as their exact decimal values are ordered; or TOO_LONG."""
    found = NUMBER.fullmatch(text)
    if not found:
        return None
    sign, whole, part, bare, exponent = found.groups()
    if abs(int(exponent or "0")) > MAX_EXPONENT:
        return TOO_LONG
    part = part or bare or ""
    digits = ((whole or "") + part).lstrip("0")
    if not digits:
        return 0, 0, ""
    # The value is 0.DIGITS times ten to the `power`.
    power = len(digits) - len(part) + int(exponent or "0")
    digits = digits.rstrip("0")
    if sign == "-":
        return -1, -power, digits.translate(NINES) + "~"
    return 1, power, digits


# Of two negative numbers the one with the larger digits is the smaller one.
NINES = str.maketrans("0123456789", "9876543210")

# RECORDED: a small t, one digit of an hour, a zone of hours alone, nine digits of a fraction but
# not ten, T without a time. OPEN: one digit of the other parts, a small z, a zone without a colon,
# an hour without minutes.
DATE = re.compile(
    r"(-?\d{1,9})(?:-(\d{1,2})(?:-(\d{1,2}))?)?"
    r"(?:[Tt](?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?)?"
    r"([Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
EPOCH = re.compile(r"\+?\d+", re.ASCII)
YEAR = re.compile(r"\d{4}", re.ASCII)
YEARS = (-292275054, 292278993)
LAST_SECOND = 2**63 - 1
LAST_INSTANT = 2**63 - 1
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@functools.lru_cache(CACHE)
def date(text):
    """Milliseconds since 1970, cut to whole ones.

    Four digits alone are a year, other digits alone are seconds since 1970 (RECORDED: with a plus
    sign too), a minus sign makes a year. RECORDED: without a zone it is UTC.
    """
    if EPOCH.fullmatch(text) and not YEAR.fullmatch(text):
        seconds = int(text)
        return min(seconds * 1000, LAST_INSTANT) if seconds <= LAST_SECOND else None
    found = DATE.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (
        int(found.group(at) or default) for at, default in enumerate((0, 1, 1, 0, 0, 0), 1)
    )
    if not YEARS[0] <= year <= YEARS[1] or not 1 <= month <= 12:
        return None
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= MONTH_DAYS[month - 1] + (is_leap and month == 2):
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    milliseconds = int(((found.group(7) or "") + "000")[:3])
    offset = _offset(found.group(8))
    if offset is None:
        return None
    seconds = (_days(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset
    return seconds * 1000 + milliseconds


def _offset(zone):
    """Seconds that a zone is ahead of UTC."""
    if zone in (None, "Z", "z"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or "0")
    if hours > 23 or minutes > 59:
        return None
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


def _days(year, month, day):
    """Days since 1970-01-01 in the Gregorian calendar, which goes on forever both ways."""
    before = year - 1
    leap_days = before // 4 - before // 100 + before // 400
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    in_year = sum(MONTH_DAYS[: month - 1]) + (is_leap and month > 2) + day - 1
    return before * 365 + leap_days + in_year - 719162


def boolean(text):
    """RECORDED: "true" in any case is true, every other text is false."""
    return ascii_lower(text) == "true"


@functools.lru_cache(CACHE)
def binary(text):
    """The bytes. RECORDED: padded and canonical base64 alone."""
    try:
        result = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return result if base64.b64encode(result).decode() == text else None


# ---------------------------------------------------------------------------------------------
# Addresses: (width in bits, number)

# RECORDED: leading zeros. OPEN: three digits at most.
PARTS = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
GROUP = re.compile(r"[0-9A-Fa-f]{1,4}", re.ASCII)
MAPPED_TEXT = "::ffff:"


def _four(text):
    found = PARTS.fullmatch(text)
    parts = [int(part) for part in found.groups()] if found else [256]
    if max(parts) > 255:
        return None
    return 32, (parts[0] << 24) + (parts[1] << 16) + (parts[2] << 8) + parts[3]


def _groups(text):
    """The groups on one side of "::"; None when one cannot be read.

    RECORDED: nothing before a single colon at the beginning is a zero group, a single colon at the
    end is passed over.
    """
    if not text:
        return []
    if text.endswith(":"):
        text = text[:-1]
    if text.startswith(":"):
        text = "0" + text
    if not text:
        return []
    groups = text.split(":")
    if not all(map(GROUP.fullmatch, groups)):
        return None
    return [int(group, 16) for group in groups]


def _six(text):
    """An address in groups. RECORDED: ":::" reads as "::" and a single colon."""
    before, gap, after = text.partition("::")
    if "::" in after:
        return None
    left, right = _groups(before), _groups(after)
    if left is None or right is None:
        return None
    missing = 8 - len(left) - len(right)
    # OPEN: "::" is one zero group at least.
    if missing < 1 if gap else missing != 0:
        return None
    result = 0
    for group in left + [0] * missing + right:
        result = (result << 16) + group
    return 128, result


@functools.lru_cache(CACHE)
def address(text):
    """An address of a request. RECORDED: a mapped IPv4 address is the IPv4 address, in groups or
    as ::ffff:a.b.c.d; there are no other dotted tails."""
    if ":" not in text:
        return _four(text)
    if "." in text:
        # OPEN: the mapped prefix in another spelling is none.
        is_mapped = text[: len(MAPPED_TEXT)].lower() == MAPPED_TEXT
        return _four(text[len(MAPPED_TEXT) :]) if is_mapped else None
    found = _six(text)
    if found and found[1] >> 32 == 0xFFFF:
        return 32, found[1] & 0xFFFFFFFF
    return found


# RECORDED: leading zeros and a plus sign.
LENGTH = re.compile(r"\+?\d+", re.ASCII)


@functools.lru_cache(CACHE)
def network(text):
    """A range of a policy: (width, number, length); a bare address is a range of one.

    RECORDED: it keeps the family that it is written in; an IPv6 range with a dotted tail or with
    bits beyond its length is none, an IPv4 range is masked.
    """
    start, slash, length = text.partition("/")
    found = _six(start) if ":" in start else _four(start)
    if found is None or (slash and not LENGTH.fullmatch(length)):
        return None
    width, first = found
    length = int(length) if slash else width
    if length > width:
        return None
    masked = first >> (width - length) << (width - length)
    if masked != first and width == 128:
        return None
    return width, masked, length


def in_network(found, wanted):
    width, first, length = wanted
    return found[0] == width and (found[1] ^ first) >> (width - length) == 0
