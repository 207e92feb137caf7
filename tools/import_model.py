#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a service model (service-2 JSON) into definitions in the format of api/.

    import_model.py MODEL OUT_DIR [--operation NAME ...] [--family NAME]

Writes OUT_DIR/service.json (head and shapes), OUT_DIR/FAMILY.json (operations) and the errors that
they declare as OUT_DIR/../errors.json. Only facts are
taken: names, types, bounds, patterns, enumerations, required flags, locations, error codes. The
documentation of an operation is its name in words and its authorization is the action of that name
on "*": both are to be written by hand afterwards. Existing files are replaced.
"""
import argparse
import json
import os
import re

PROTOCOLS = {"query": "query", "json": "json-1.1", "rest-json": "rest-json"}
KINDS = {"long": "integer", "float": "double"}
LOCATIONS = {"uri": "uri", "querystring": "query", "header": "header"}


class Importer:
    """One model being converted."""

    def __init__(self, model):
        self.model = model
        self.meta = model["metadata"]
        self.names = {}
        self.shapes = {}
        self.errors = {}

    def name(self, shape):
        """userNameType -> UserName; the suffix stays where the short name is taken."""
        if shape not in self.names:
            full = shape[:1].upper() + shape[1:]
            short = full[:-4] if full.endswith("Type") and len(full) > 4 else full
            taken = set(self.names.values())
            taken |= {s[:1].upper() + s[1:] for s in self.model["shapes"] if s != shape}
            self.names[shape] = full if short in taken else short
        return self.names[shape]

    def use(self, shape):
        """The reference to a shape, whose definition is converted at its first use."""
        source = self.model["shapes"][shape]
        kind = KINDS.get(source["type"], source["type"])
        constraints = set(source) - {"type", "box", "documentation", "timestampFormat"}
        if not constraints and kind not in ("structure", "list", "map"):
            return kind
        name = self.name(shape)
        if name not in self.shapes:
            self.shapes[name] = {}
            self.shapes[name].update(self.convert(source, kind))
        return name

    def convert(self, source, kind):
        out = {"type": "union" if source.get("union") else kind}
        for key in ("min", "max", "pattern", "enum", "sensitive", "flattened"):
            if key in source:
                out[key] = source[key]
        if kind == "structure":
            out["members"] = self.members(source)
        elif kind == "list":
            out["item"] = self.use(source["member"]["shape"])
        elif kind == "map":
            out["key"] = self.use(source["key"]["shape"])
            out["value"] = self.use(source["value"]["shape"])
        return out

    def members(self, source):
        out = {}
        for name, member in source.get("members", {}).items():
            shape = self.use(member["shape"])
            extra = {}
            if "location" in member:
                extra["in"] = LOCATIONS[member["location"]]
                extra["name"] = member.get("locationName", name)
            for flag, key in (("idempotencyToken", "idempotency"), ("deprecated", "deprecated")):
                if member.get(flag):
                    extra[key] = True
            required = name in source.get("required", [])
            if extra:
                out[name] = {"shape": shape, **({"required": True} if required else {}), **extra}
            else:
                out[name] = shape + ("!" if required else "")
        return out

    def operation(self, name):
        op = self.model["operations"][name]
        words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
        is_read = name.startswith(("Get", "List", "Describe", "Check", "Validate"))
        out = {"doc": f"{words}.", "access": "Read" if is_read else "Write",
               "txn": "read" if is_read else "write",
               "in": self.members(self.model["shapes"][op["input"]["shape"]])
               if "input" in op else {}}
        if "output" in op:
            out["out"] = self.members(self.model["shapes"][op["output"]["shape"]])
        if self.meta["protocol"] == "rest-json":
            out["http"] = {"method": op["http"]["method"], "path": op["http"]["requestUri"]}
            if op["http"].get("responseCode", 200) != 200:
                out["http"]["status"] = op["http"]["responseCode"]
        out["errors"] = sorted(self.error(e["shape"]) for e in op.get("errors", []))
        service = self.meta.get("signingName", self.meta["endpointPrefix"])
        out["authorize"] = {"by": "policy", "action": f"{service}:{name}", "resource": "none"}
        return out

    def error(self, shape):
        """The wire code: without an 'error' trait it is the name of the shape, and 400."""
        trait = self.model["shapes"][shape].get("error", {})
        code = trait.get("code", shape)
        own_fault = self.model["shapes"][shape].get("fault")
        self.errors[code] = trait.get("httpStatusCode", 500 if own_fault else 400)
        return code

    def head(self):
        meta = self.meta
        out = {"doc": f"{meta['serviceId']}.", "protocol": PROTOCOLS[meta["protocol"]],
               "version": meta["apiVersion"],
               "signing_name": meta.get("signingName", meta["endpointPrefix"])}
        if "xmlNamespace" in meta:
            out["namespace"] = meta["xmlNamespace"]
        if "targetPrefix" in meta:
            out["target_prefix"] = meta["targetPrefix"]
        return out


def dump(value, indent=0, width=100):
    """JSON as api/ writes it: an object on one line where it fits."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= width - 4 and (indent >= 4 or not isinstance(value, dict)):
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, dict) and value:
        rows = [f"{pad}{json.dumps(k)}: {dump(v, indent + 2, width)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(fill(value, pad, width)) + "\n" + " " * indent + "]"
    return flat


def fill(items, pad, width):
    """The items of a list, as many on a line as fit."""
    lines = [pad]
    for item in items:
        text = json.dumps(item, ensure_ascii=False)
        if len(lines[-1]) > len(pad) and len(lines[-1]) + len(text) + 3 > width:
            lines.append(pad)
        lines[-1] += (", " if len(lines[-1]) > len(pad) else "") + text
    return lines


def main():
    parser = argparse.ArgumentParser(description="convert a service model to definitions")
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--operation", action="append", help="only these operations")
    parser.add_argument("--family", default="all", help="name of the file with the operations")
    args = parser.parse_args()
    with open(args.model, encoding="utf-8") as f:
        importer = Importer(json.load(f))
    names = args.operation or list(importer.model["operations"])
    family = {"operations": {name: importer.operation(name) for name in names}}
    errors = {code: {"status": status} for code, status in sorted(importer.errors.items())}
    head = {**importer.head(), "shapes": dict(sorted(importer.shapes.items()))}
    os.makedirs(args.out, exist_ok=True)
    for name, data in (("service", head), (args.family, family), ("../errors", errors)):
        with open(os.path.join(args.out, name + ".json"), "w", encoding="utf-8") as f:
            f.write(dump(data) + "\n")


if __name__ == "__main__":
    main()
