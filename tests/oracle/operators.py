# SPDX-License-Identifier: Apache-2.0
"""The operators of conditions: what one key of one operator says about a request.

    condition_holds(operator, key, wanted, effect, version, context) -> bool

The effect counts in one place: what cannot be evaluated is met in a Deny and not met in an Allow.
So it is where a value of the policy turns out to be no ARN, which ends the comparison (RECORDED).
"""

import operator as order

from values import TOO_LONG, Refused
from values import address, arn, arn_pattern, all_match, as_list, ascii_lower, binary, boolean
from values import date, expand, glob, in_network, lower, moves_parts, network, number
from values import pattern_of, plain


class Unevaluable(Exception):
    """What the comparison would say is not known."""


# ---------------------------------------------------------------------------------------------
# One value of the request against the values of the policy: each function gives True or False for
# the positive operator, or None when the value of the request lets neither operator be true.


def _strings(same):
    def compare(text, patterns):
        return any(same(text, pattern) for pattern in patterns if pattern is not None)

    return compare


def _typed(read, test):
    """RECORDED: what cannot be read, on either side, is unequal to everything."""

    def compare(text, patterns):
        have = read(text)
        if have is None:
            return False
        is_known = True
        for pattern in patterns:
            want = read(plain(pattern)) if pattern is not None else None
            if TOO_LONG in (have, want):
                is_known = False
            elif want is not None and test(have, want):
                return True
        if not is_known:
            raise Unevaluable
        return False

    return compare


def _addresses(text, patterns):
    """RECORDED: where the request has no address, IpAddress and NotIpAddress are both false; a
    range that cannot be read matches nothing."""
    have = address(text)
    if have is None:
        return None
    ranges = [network(plain(pattern)) for pattern in patterns]
    return any(wanted and in_network(have, wanted) for wanted in ranges)


def _arns(text, patterns):
    """Each of the six parts is compared by itself. RECORDED: where the request has no ARN,
    ArnLike and ArnNotLike are both false; the values of the policy count in their order."""
    have = arn(text)
    if have is None:
        return None
    for pattern in patterns:
        if pattern is None or moves_parts(pattern):
            continue  # a variable without a value
        parts = arn_pattern(pattern)
        if parts is None:
            raise Unevaluable
        if all_match(parts, have):
            return True
    return False


def _same_text(text, pattern):
    return text == plain(pattern)


def _same_letters(text, pattern):
    return lower(text) == lower(plain(pattern))


def _like(text, pattern):
    return glob(pattern, text)


def _is_arn(text, version):
    """A pattern as it is written, ${*} in it included."""
    return arn_pattern(expand(text, version, {})) is not None


def _read_by(read):
    return lambda text, version: read(text) not in (None, TOO_LONG)


# name -> (comparison, negated, variables are replaced, which values are of its type; None: all)
OPERATORS = {}


def _add(positive, negated, compare, variables, may_have=None):
    OPERATORS[positive] = (compare, False, variables, may_have)
    if negated:
        OPERATORS[negated] = (compare, True, variables, may_have)


_add("StringEquals", "StringNotEquals", _strings(_same_text), True)
_add("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _strings(_same_letters), True)
_add("StringLike", "StringNotLike", _strings(_like), True)
_add("ArnEquals", "ArnNotEquals", _arns, True, _is_arn)
_add("ArnLike", "ArnNotLike", _arns, True, _is_arn)
_add("Bool", None, _typed(boolean, order.eq), True)
_add("BinaryEquals", None, _typed(binary, order.eq), False, _read_by(binary))
_add("IpAddress", "NotIpAddress", _addresses, False, _read_by(network))
for _family, _read in (("Numeric", number), ("Date", date)):
    _may = _read_by(_read)
    _add(_family + "Equals", _family + "NotEquals", _typed(_read, order.eq), False, _may)
    _add(_family + "LessThan", None, _typed(_read, order.lt), False, _may)
    _add(_family + "LessThanEquals", None, _typed(_read, order.le), False, _may)
    _add(_family + "GreaterThan", None, _typed(_read, order.gt), False, _may)
    _add(_family + "GreaterThanEquals", None, _typed(_read, order.ge), False, _may)

ALL, ANY = PREFIXES = ("ForAllValues:", "ForAnyValue:")
IF_EXISTS = "IfExists"


def _names():
    """Every spelling of every operator: (set prefix or "", operator, IfExists?)."""
    names = {prefix + "Null": (prefix, "Null", False) for prefix in ("",) + PREFIXES}
    for base in OPERATORS:
        for prefix in ("",) + PREFIXES:
            names[prefix + base] = (prefix, base, False)
            names[prefix + base + IF_EXISTS] = (prefix, base, True)
    return names


NAMES = _names()


def split_operator(name):
    """(set prefix or "", operator, IfExists?) of `ForAnyValue:StringLikeIfExists`."""
    if name not in NAMES:
        raise Refused("no operator " + name)
    return NAMES[name]


def takes_variables(base):
    return base != "Null" and OPERATORS[base][2]


def readable(base, text, version):
    """Whether a value of a policy, without variables in it, is of the operator's type."""
    may_have = OPERATORS[base][3] if base != "Null" else None
    return may_have is None or may_have(text, version)


# ---------------------------------------------------------------------------------------------
# The whole condition


def condition_holds(name, key, wanted, effect, version, context):
    """One operator, one key and its list of values (texts), against the request."""
    prefix, base, if_exists = NAMES[name]
    value = context.get(ascii_lower(key))
    if base == "Null":
        return _null_holds(prefix, value, wanted)
    if value is None and not prefix:
        return OPERATORS[base][1] or if_exists
    if isinstance(value, list) and not prefix:
        # RECORDED: negated, IfExists, one value, Deny: never. OPEN: an empty list is absent to a
        # Deny and present to an Allow.
        return effect == "Deny" and not value and (OPERATORS[base][1] or if_exists)
    values = [] if value is None else as_list(value)
    if not values:
        return prefix == ALL
    try:
        return _values_hold(prefix, base, values, _patterns(base, wanted, version, context))
    except Unevaluable:
        return effect == "Deny"


def _patterns(base, wanted, version, context):
    if OPERATORS[base][2]:
        return [expand(want, version, context) for want in wanted]
    return [pattern_of(want) for want in wanted]


def _values_hold(prefix, base, values, patterns):
    """RECORDED: an empty text is a value like any other. OPEN: a value of the request that is known
    to decide does, whatever cannot be evaluated besides."""
    compare, negated = OPERATORS[base][:2]
    is_known = True
    for text in values:
        try:
            result = _holds(compare(text, patterns), negated)
        except Unevaluable:
            is_known = False
            continue
        if result != (prefix == ALL):
            return result
    if not is_known:
        raise Unevaluable
    return prefix == ALL


def _holds(found, negated):
    return found is not None and found != negated


def _null_holds(prefix, value, wanted):
    """RECORDED: an empty text is present; a value other than "true" means "false"."""
    if prefix:
        return prefix == ALL
    is_null = value is None or value == []
    return any(boolean(want) == is_null for want in wanted)
