# SPDX-License-Identifier: Apache-2.0
"""The operations that sign as queries, as api/ defines them; what the cases of `kinds` walk."""

import collections
import json
import pathlib

API = pathlib.Path(__file__).resolve().parents[3] / "api"

# inputs: member -> whether it is required. lists: members of the output that are lists.
Operation = collections.namedtuple("Operation", "service name inputs lists")


def member(spec):
    """(shape, required) of "Shape", "Shape!" or the object that says the same."""
    if isinstance(spec, str):
        return spec.rstrip("!"), spec.endswith("!")
    return spec["shape"], bool(spec.get("required"))


def load_service(directory):
    parts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.json"))]
    shapes = {name: shape for part in parts for name, shape in part.get("shapes", {}).items()}
    if not any(part.get("protocol") == "query" for part in parts):
        return
    for part in parts:
        for name, spec in part.get("operations", {}).items():
            inputs = {key: member(value)[1] for key, value in spec.get("in", {}).items()}
            lists = [key for key, value in spec.get("out", {}).items()
                     if shapes.get(member(value)[0], {}).get("type") == "list"]
            yield Operation(directory.name, name, inputs, lists)


def load():
    """name -> Operation."""
    found = {}
    for directory in sorted(path for path in API.iterdir() if path.is_dir()):
        for operation in load_service(directory):
            found[operation.name] = operation
    return found
