# SPDX-License-Identifier: Apache-2.0
"""The operations that sign as queries, as api/ defines them; what the cases of `kinds` walk."""

import collections
import json
import pathlib

API = pathlib.Path(__file__).resolve().parents[3] / "api"

# inputs: member -> whether it is required. lists: members of the output that are lists. members: all
# of the output, as paths (User.Tags.Key). errors: the codes that it declares. by: how it is permitted.
Operation = collections.namedtuple("Operation", "service name inputs lists members errors by",
                                   defaults=("policy",))


def member(spec):
    """(shape, required) of "Shape", "Shape!" or the object that says the same."""
    if isinstance(spec, str):
        return spec.rstrip("!"), spec.endswith("!")
    return spec["shape"], bool(spec.get("required"))


def paths(shapes, members, prefix="", inside=()):
    """The paths of members and of what is in them; lists and maps add no part of their own. A shape
    within itself is not walked again."""
    for name, spec in members.items():
        yield prefix + name
        shape = member(spec)[0]
        while shapes.get(shape, {}).get("type") in ("list", "map"):
            shape = shapes[shape].get("item") or shapes[shape]["value"]
            shape = member(shape)[0]
        if shape not in inside:
            yield from paths(shapes, shapes.get(shape, {}).get("members", {}), prefix + name + ".",
                             inside + (shape,))


def parts_of(directory):
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.json"))]


def load_service(directory):
    parts = parts_of(directory)
    shapes = {name: shape for part in parts for name, shape in part.get("shapes", {}).items()}
    if not any(part.get("protocol") == "query" for part in parts):
        return
    for part in parts:
        for name, spec in part.get("operations", {}).items():
            inputs = {key: member(value)[1] for key, value in spec.get("in", {}).items()}
            lists = [key for key, value in spec.get("out", {}).items()
                     if shapes.get(member(value)[0], {}).get("type") == "list"]
            yield Operation(directory.name, name, inputs, lists,
                            frozenset(paths(shapes, spec.get("out", {}))), spec.get("errors", []),
                            spec["authorize"]["by"])


def services():
    return sorted(path for path in API.iterdir() if path.is_dir())


def load():
    """name -> Operation."""
    found = {}
    for directory in services():
        for operation in load_service(directory):
            found[operation.name] = operation
    return found


def of_callers():
    """Those that a caller signs, or sends without any proof; evidence is tested by its own cases."""
    return {name: one for name, one in load().items() if one.by != "evidence"}


def not_yet():
    """(service, name) of each operation that AWS has and that is not built."""
    return [(directory.name, name) for directory in services() for part in parts_of(directory)
            for name in part.get("not_yet", ())]
