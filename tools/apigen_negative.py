# SPDX-License-Identifier: Apache-2.0
"""Writes negative.jsonl: for every parameter, requests that break exactly one of its constraints.

One JSON object per line:
    {"id", "service", "operation", "params", "code", "status", "message"}
params is the request as a JSON value with the names of the wire (members in the path, the query
string or headers are left to hand-written tests); message is a part of the message that must come
back. Every other parameter of the request is valid.
"""
import json
import re

from apigen_model import lower_first, python_pattern

SAMPLES = ("Alpha", "alpha", "a", "/", "/a/", "v1", "1", "true", "{}",
           "arn:aws:iam::123456789012:user/alpha",
           "arn:aws:iam::123456789012:role/alpha", "arn:aws:s3:::alpha", "AKIAIOSFODNN7EXAMPLE",
           "123456", "123456789012", "a@example.com", "https://example.com",
           "arn:aws:cloudtrail:us-east-1:123456789012:trail/alpha",
           "arn:aws:access-analyzer:us-east-1:123456789012:analyzer/alpha",
           "o-abcdefghij", "r-abcd", "ou-abcd-abcdefgh", "p-abcdefgh", "h-abcdefgh",
           "0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a", "vpc-0a0a0a0a")
BAD_CHARACTERS = ("!", " ", "\u00e9", "\u20ac", "\u0001", "#", "a")
MAX_TEXT = 200000  # longer values would not fit into a request


def fits(shape, text):
    if shape.enum:
        return text in shape.enum
    if len(text) < (shape.min or 0) or (shape.max is not None and len(text) > shape.max):
        return False
    return not shape.pattern or re.fullmatch(python_pattern(shape.pattern), text) is not None


def valid_text(shape):
    """A string that the shape accepts, or None when no sample does."""
    samples = ([shape.example] if shape.example else []) + (shape.enum or []) + list(SAMPLES)
    for sample in samples:
        grown = sample + sample[-1:] * max(0, (shape.min or 0) - len(sample))
        for text in (sample, grown):
            if fits(shape, text):
                return text
    return None


def sized(shape, length):
    """A string of that length that keeps the pattern, or None."""
    for fill in "aA0/ .-":
        for text in (fill * length, "/" + fill * (length - 2) + "/"):
            if len(text) == length and (not shape.pattern or
                                        re.fullmatch(python_pattern(shape.pattern), text)):
                return text
    return None


def valid(shape, depth=0):
    """A small JSON value that the shape accepts, or None.

    A structure has its required members, or its first: a form cannot say an empty structure.
    """
    if depth > 8:
        return None
    kind = shape.kind
    if kind == "string":
        return valid_text(shape)
    if kind in ("structure", "union"):
        chosen = [m for m in shape.members if m.required] or shape.members[:1]
        value = {m.name: valid(m.shape, depth + 1) for m in chosen}
        return None if None in value.values() else value
    if kind == "list":
        item = valid(shape.item, depth + 1)
        return None if item is None else [item] * max(1, shape.min or 0)
    if kind == "map":
        key, item = valid(shape.key), valid(shape.item, depth + 1)
        if None in (key, item):
            return None
        # What is an object in a form is a structure.
        return {key: item} if shape.service.protocol != "query" else \
            {"entry": [{"key": key, "value": item}]}
    return {"boolean": True, "integer": max(1, shape.min or 1), "double": 1.5, "blob": "AAAA",
            "timestamp": "2026-01-01T00:00:00Z", "document": {}}[kind]


def lengths(shape, make):
    """Values that are too short and too long, with the violated constraint."""
    if shape.min:
        yield make(shape.min - 1), f"Member must have length greater than or equal to {shape.min}"
    if shape.max is not None and shape.max < MAX_TEXT:
        yield make(shape.max + 1), f"Member must have length less than or equal to {shape.max}"


def bad_pattern(shape):
    """A text of a permitted length that breaks the pattern, or None."""
    good = valid_text(shape)
    length = max(1, shape.min or 1)
    for ch in BAD_CHARACTERS if good else ():
        text = good[:length - 1] + ch + good[length:]
        if len(text) >= (shape.min or 0) and not re.fullmatch(python_pattern(shape.pattern), text):
            return text
    return None


def bad_strings(shape):
    if shape.enum:
        yield "no-such-value", f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        return
    yield from lengths(shape, lambda n: sized(shape, n) or "a" * n)
    text = bad_pattern(shape) if shape.pattern else None
    if text is not None:
        yield text, None if shape.message else \
            f"Member must satisfy regular expression pattern: {shape.pattern}"


def bad_values(shape):
    """Pairs of a value that breaks a constraint and the words of that constraint.

    The words are None where the shape has a message of its own.
    """
    if shape.kind == "string":
        yield from bad_strings(shape)
    elif shape.kind in ("integer", "double"):
        if shape.min is not None:
            yield shape.min - 1, f"Member must have value greater than or equal to {shape.min}"
        if shape.max is not None:
            yield shape.max + 1, f"Member must have value less than or equal to {shape.max}"
    elif shape.kind == "list":
        item = valid(shape.item)
        if item is not None and (shape.max or 0) < 1000:
            yield from lengths(shape, lambda n: [item] * n)
        if shape.item.kind == "string":
            for text, _ in bad_strings(shape.item):
                yield [text], "Member must satisfy constraint: ["


def clause(shape, path, words):
    if words is None:
        return shape.message.replace("{member}", path.split(".")[-1])
    return f"at '{path}' failed to satisfy constraint: {words}"


def null_clause(service, path):
    value = "Value null" if service.quotes_values else "Value"
    return f"{value} at '{path}' failed to satisfy constraint: Member must not be null"


class Walk:
    """Every broken variant of one parameter, as pairs of its value and a part of the message."""

    def __init__(self, service):
        self.service = service
        self.malformed = []

    def values(self, shape, path, place, above=()):
        """place puts a value of shape into the value of the whole parameter."""
        for value, words in bad_values(shape):
            yield place(value), clause(shape, path, words)
        if shape.kind in ("integer", "boolean", "timestamp"):
            self.malformed.append(place("no-such-value"))
        if shape in above:
            return
        above += (shape,)
        if shape.kind == "list" and shape.item.kind != "string":
            yield from self.values(shape.item, f"{path}.1.member", lambda v: place([v]), above)
        elif shape.kind in ("structure", "union"):
            yield from self.members(shape, path, place, above)

    def members(self, shape, path, place, above):
        base = valid(shape) if shape.kind == "structure" else {}
        if base is None:
            return
        for m in shape.members:
            inner = f"{path}.{lower_first(m.name)}"
            if m.required:
                rest = {k: v for k, v in base.items() if k != m.name}
                # Without any member the whole value would be absent in a form.
                if rest or self.service.protocol != "query":
                    yield place(rest), null_clause(self.service, inner)
            yield from self.values(m.shape, inner, lambda v, m=m: place({**base, m.name: v}),
                                   above)


def cases(op):
    """Tuples of parameters, code and a part of the message."""
    query = op.service.protocol == "query"
    invalid = "ValidationError" if query else "ValidationException"
    malformed = "MalformedInput" if query else "SerializationException"
    base = {m.name: valid(m.shape) for m in op.input.members if m.required}
    if None in base.values():
        return
    for m in op.input.members:
        if m.location != "body":
            continue
        if m.required:
            yield ({k: v for k, v in base.items() if k != m.name}, invalid,
                   null_clause(op.service, lower_first(m.name)))
        walk = Walk(op.service)
        for value, message in walk.values(m.shape, lower_first(m.name), lambda v: v):
            yield {**base, m.name: value}, invalid, message
        for value in walk.malformed:
            message = ("has the wrong type" if query
                       else "STRING_VALUE can not be converted to a")
            yield {**base, m.name: value}, malformed, message
    if not query and op.http_method != "GET":
        yield {**base, "NoSuchParameter": "x"}, malformed, "not recognized"


def lines(services):
    out = []
    for service in services:
        for op in service.operations:
            for number, (params, code, message) in enumerate(cases(op), 1):
                out.append(json.dumps(
                    {"id": f"{service.name}.{op.name}.{number}", "service": service.name,
                     "operation": op.name, "params": params, "code": code, "status": 400,
                     "message": message}))
    return "\n".join(out) + "\n"
