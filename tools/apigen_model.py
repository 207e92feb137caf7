# SPDX-License-Identifier: Apache-2.0
"""The definitions under api/ as Python objects, checked.

Everything that the generator refuses is refused here: unknown keys, unknown shapes, undeclared
errors, operations without authorization, names that would collide in C.
"""
import glob
import json
import os
import re

KINDS = ("string", "blob", "boolean", "integer", "double", "timestamp", "structure", "union",
         "list", "map", "document")
SCALARS = ("string", "blob", "boolean", "integer", "double", "timestamp")
BUILTIN = {"string": "String", "boolean": "Boolean", "integer": "Integer", "double": "Double",
           "timestamp": "Timestamp", "blob": "Blob", "document": "Document"}
SHAPE_KEYS = {"type", "doc", "min", "max", "pattern", "message", "enum", "sensitive", "flattened",
              "open", "dense", "members", "item", "key", "value", "example"}
MEMBER_KEYS = {"shape", "required", "in", "name", "idempotency", "deprecated"}
OP_KEYS = {"doc", "access", "txn", "in", "out", "errors", "authorize", "http", "prepare",
           "creates"}
PERMISSION_KEYS = {"action", "resource", "current", "name", "path", "denial", "keys", "grant"}
ACCESS_LEVELS = ("Read", "List", "Write", "Tagging", "Permissions management")
BY = ("public", "evidence", "authenticated", "undenied", "policy", "trust")
# Kinds of credentials that an operation or a service may refuse.
CALLERS = ("root", "long_term", "session", "user_session", "user_session_without_mfa",
           "federated_user", "role_session")
TXN = ("none", "read", "write")
REFERENCES = ("current", "name", "path")  # what a resolver may be given of the input
POLICY_KINDS = ("identity", "resource", "trust", "boundary", "session", "scp", "rcp")
CALLER_FACTS = ("transitive_tags", "source_identity")  # of the session that calls
EVIDENCE_FACTS = ("evidence:tags", "evidence:source_identity")
PROTOCOLS = ("query", "json-1.1", "rest-json")
LOCATIONS = ("body", "uri", "query", "header")
C_WORDS = set("""auto break case char const continue default do double else enum extern float for
goto if inline int long register restrict return short signed sizeof static struct switch typedef
union unsigned void volatile while bool true false and or not xor class new delete this private
public protected operator template namespace""".split())


class DefinitionError(Exception):
    """A definition breaks a rule; the message says where and which."""


def snake(name):
    """UserName -> user_name, SAMLProviderArn -> saml_provider_arn."""
    s = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    s = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", s)
    s = re.sub(r"[^A-Za-z0-9]+", "_", s).strip("_").lower()
    return s + "_" if s in C_WORDS else s


def lower_first(name):
    return name[:1].lower() + name[1:]


def java_hash(text):
    """What String.hashCode() of Java gives."""
    value = 0
    for unit in text.encode("ascii"):
        value = (value * 31 + unit) & 0xFFFFFFFF
    return value


def check_order(members):
    """The indexes of members in the order in which violations of theirs are told.

    AWS was seen to tell them in the order of a hash table of Java, with the names as its keys:
    Value before Key, and three members of UpdateAccountPasswordPolicy.
    """
    buckets = 16
    while len(members) > buckets * 3 // 4:
        buckets *= 2

    def bucket(index):
        value = java_hash(lower_first(members[index].name))
        return (value ^ value >> 16) % buckets
    return sorted(range(len(members)), key=bucket)


class Shape:
    """A type: named in the service, built-in, or the input or output of an operation."""

    def __init__(self, service, name, spec, where):
        self.service = service
        self.name = name
        self.where = where
        self.kind = spec.get("type")
        self.doc = spec.get("doc", "")
        self.min = spec.get("min")
        self.max = spec.get("max")
        self.pattern = spec.get("pattern")
        self.message = spec.get("message")
        self.enum = spec.get("enum")
        self.sensitive = bool(spec.get("sensitive", False))
        self.flattened = bool(spec.get("flattened", False))
        self.open = bool(spec.get("open", False))
        self.dense = bool(spec.get("dense", False))
        self.example = spec.get("example")
        self.spec = spec
        self.members = []
        self.item = self.key = None
        self.c_name = f"{service.c_name}_{snake(name)}"

    def check(self):
        unknown = set(self.spec) - SHAPE_KEYS
        if unknown:
            fail(self.where, f"unknown keys {sorted(unknown)}")
        if self.kind not in KINDS:
            fail(self.where, f"type must be one of {', '.join(KINDS)}")
        if self.kind == "document" and self.service.protocol != "rest-json":
            fail(self.where, "a document needs a REST-JSON service")
        if self.pattern is not None and self.kind != "string":
            fail(self.where, "only a string has a pattern")
        if self.enum is not None and self.kind != "string":
            fail(self.where, "only a string is an enumeration")
        if self.min is not None and self.max is not None and self.min > self.max:
            fail(self.where, "min is larger than max")
        if self.pattern is not None:
            try:
                re.compile(python_pattern(self.pattern))
            except re.error as e:
                fail(self.where, f"pattern: {e}")

    def resolve(self):
        """Turns the names of other shapes into shapes."""
        if self.kind in ("structure", "union"):
            seen = set()
            for name, spec in self.spec.get("members", {}).items():
                member = Member(self, name, spec)
                if member.c_name in seen:
                    fail(member.where, "two members have the same name in C")
                seen.add(member.c_name)
                self.members.append(member)
        elif self.kind == "list":
            self.item = self.service.shape(self.spec.get("item"), self.where)
        elif self.kind == "map":
            self.key = self.service.shape(self.spec.get("key"), self.where)
            self.item = self.service.shape(self.spec.get("value"), self.where)
            if self.key.kind != "string":
                fail(self.where, "the key of a map is a string")


class Member:
    """A member of a structure or union. "Shape!" is short for a required member of that shape."""

    def __init__(self, owner, name, spec):
        self.owner = owner
        self.name = name
        self.where = f"{owner.where}.{name}"
        if isinstance(spec, str):
            spec = {"shape": spec.rstrip("!"), "required": spec.endswith("!")}
        unknown = set(spec) - MEMBER_KEYS
        if unknown:
            fail(self.where, f"unknown keys {sorted(unknown)}")
        self.shape = owner.service.shape(spec.get("shape"), self.where)
        self.required = bool(spec.get("required", False))
        self.location = spec.get("in", "body")
        self.location_name = spec.get("name", name)
        self.idempotency = bool(spec.get("idempotency", False))
        self.deprecated = bool(spec.get("deprecated", False))
        self.c_name = snake(name)
        if self.location not in LOCATIONS:
            fail(self.where, f"'in' must be one of {', '.join(LOCATIONS)}")
        if owner.kind == "union" and self.required:
            fail(self.where, "a member of a union is not required by itself")


class KeySource:
    """A condition key and where its value comes from: a member of the input ("Tags"), what is before
    the first slash of the keys of a map ("Properties/"), the tags of the resource ("resource:tags"), a
    fact that its resolver finds ("resource:boundary"), what the evidence says of the session that it
    asks for ("evidence:tags"), or a text of the definition
    ("=ec2.amazonaws.com"; ["RoleManager"] for a key that has several values)."""

    def __init__(self, op, key, source, facts):
        self.key, self.member, self.value = key, None, None
        where = f"{op.where}: authorize: {key}"
        is_tagged = key.endswith("/${TagKey}")
        if is_tagged:
            self.key = key[:-len("${TagKey}")]
        if isinstance(source, list):
            self.kind, self.value = "constant_list", self.only_text(source, where)
        elif source.startswith("="):
            self.kind, self.value = "constant", source[1:]
        elif source.startswith("evidence:"):
            self.kind = "evidence_" + self.of_evidence(source.partition(":")[2], is_tagged, where)
        elif source.startswith("resource:"):
            fact = source.partition(":")[2]
            is_of_tags = fact in ("tags", "tag_keys")
            self.kind = "resource_" + fact if is_of_tags else "resource_fact"
            self.value = None if is_of_tags else fact
            if not is_of_tags and fact not in facts:
                fail(where, f"the resource has no '{fact}'")
        else:
            self.member = op.member_of_input(source.rstrip("/"))
            self.kind = self.kind_of(self.member.shape, is_tagged, where)
            if source.endswith("/"):
                if self.kind != "map_keys":
                    fail(where, "only the keys of a map have a part before a slash")
                self.kind = "map_namespaces"
        if is_tagged != (self.kind in ("tags", "map", "resource_tags", "evidence_tags")):
            fail(where, "'/${TagKey}' belongs to keys that come from tags, and only there")

    @staticmethod
    def of_evidence(fact, is_tagged, where):
        if fact not in ("tags", "transitive_keys", "source_identity"):
            fail(where, f"evidence has no '{fact}'")
        return "tag_keys" if fact == "tags" and not is_tagged else fact

    @staticmethod
    def only_text(source, where):
        if len(source) != 1 or not isinstance(source[0], str):
            fail(where, "a list has one text")
        return source[0]

    @staticmethod
    def kind_of(shape, is_tagged, where):
        if shape.kind == "string":
            return "text"
        if shape.kind == "integer":
            return "number"
        if shape.kind == "list" and shape.item.kind == "string":
            return "texts"
        if shape.kind == "list" and [m.name for m in shape.item.members] == ["Key", "Value"]:
            return "tags" if is_tagged else "tag_keys"
        if shape.kind == "map" and shape.item.kind == "string":
            return "map" if is_tagged else "map_keys"
        fail(where, f"a condition key cannot come from a {shape.kind}")


class Condition:
    """When a further permission is needed: a member is given, a map has an entry
    ("Properties[RoleManager/Enabled]=true"), or the calling session or the evidence has a fact."""

    def __init__(self, op, text):
        self.member, self.fact, self.entry = None, None, None
        entry = re.fullmatch(r"(\w+)\[([^]]+)\]=(.+)", text)
        if text in EVIDENCE_FACTS:
            self.fact = text.replace(":", "_")
        elif text.startswith("caller:"):
            self.fact = text.partition(":")[2]
            if self.fact not in CALLER_FACTS:
                fail(op.where, f"authorize: a caller has no '{self.fact}'")
        elif entry:
            self.member, self.entry = op.member_of_input(entry[1]), (entry[2], entry[3])
            if self.member.shape.kind != "map" or self.member.shape.item.kind != "string":
                fail(op.where, f"authorize: '{entry[1]}' is no map of strings")
        else:
            self.member = op.member_of_input(text)


class Denial:
    """What a client is told when a permission is denied: what the usual sentence calls the resource,
    or a sentence of its own. A text has parts: fixed text, members of the input, and what is in
    PLACES. Of several texts the first counts whose members are all given."""

    PLACES = {"resource": "resource", "resource:name": "resource_name", "caller": "caller",
              "caller:name": "caller_name", "action": "action"}

    def __init__(self, op, spec):
        self.op, self.where = op, f"{op.where}: authorize: denial"
        if spec is None:
            fail(self.where, "a permission says what its denial names")
        if not isinstance(spec, dict):
            spec = {"resource": spec}
        self.is_sentence = "sentence" in spec
        if set(spec) not in ({"sentence"}, {"sentence", "error"}) and \
                not {"resource"} <= set(spec) <= {"resource", "reasons", "error"}:
            fail(self.where, "has a resource and perhaps reasons, or a sentence, and perhaps an error")
        self.error = spec.get("error", "AccessDenied")
        self.reasons = spec.get("reasons")  # None: all, implicit ones too
        if not set(self.reasons or ()) <= set(POLICY_KINDS):
            fail(self.where, f"reasons are of {', '.join(POLICY_KINDS)}")
        given = spec["sentence" if self.is_sentence else "resource"]
        self.texts = [self.parts(text) for text in (given if isinstance(given, list) else [given])]
        self.check()

    def parts(self, text):
        found = []
        for piece in re.split(r"(\{[A-Za-z0-9:]+\})", text):
            if piece.startswith("{") and piece.endswith("}"):
                place = piece[1:-1]
                member = None if place in self.PLACES else self.op.member_of_input(place)
                if member is not None and (member.shape.kind != "string" or member.shape.sensitive):
                    fail(self.where, f"'{place}' is not a string that may be shown")
                found.append((self.PLACES.get(place, "member"), member))
            elif "{" in piece or "}" in piece:
                fail(self.where, f"a brace without its other half: {piece}")
            elif piece:
                found.append(("text", piece))
        return found

    def check(self):
        optional = [any(kind == "member" and not value.required for kind, value in parts)
                    for parts in self.texts]
        if not optional or optional[-1] or not all(optional[:-1]):
            fail(self.where, "the last text, and no other, does without optional members")
        if self.is_sentence and not all(self.texts):
            fail(self.where, "a sentence is not empty")


class Refusal:
    """What is told, whatever the policies say, to callers with one of some kinds of credentials."""

    def __init__(self, spec, where):
        self.where = f"{where}: refuses"
        if not isinstance(spec, dict) or set(spec) != {"callers", "error", "message"}:
            fail(self.where, "has callers, an error and a message")
        self.callers = spec["callers"]
        if not self.callers or not set(self.callers) <= set(CALLERS):
            fail(self.where, f"callers are of {', '.join(CALLERS)}")
        self.error, self.message = spec["error"], spec["message"]


class SecondFactor:
    """The members of the input that bring a code of an MFA device."""

    def __init__(self, op, spec):
        if not isinstance(spec, dict) or set(spec) != {"serial", "code"}:
            fail(op.where, "authorize: a second_factor has a serial and a code")
        self.serial = op.member_of_input(spec["serial"])
        self.code = op.member_of_input(spec["code"])
        if self.serial.shape.kind != "string" or self.code.shape.kind != "string":
            fail(op.where, "authorize: a serial and a code are strings")


class Permission:
    """One question that is asked before the handler runs. Those after the first ('also') are about
    the resource of the first, with its keys, unless they name their own."""

    def __init__(self, op, spec, first):
        unknown = set(spec) - PERMISSION_KEYS - ({"when"} if first else set())
        if unknown:
            fail(op.where, f"authorize: unknown keys {sorted(unknown)}")
        self.action = spec.get("action", "")
        if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z][A-Za-z0-9]*", self.action):
            fail(op.where, "authorize: an action is written service:Name")
        self.resource = self.resolver(op, spec, first)
        found = op.service.resolvers.get(self.resource or (first and first.resource), {})
        takes = found.get("takes", []) if self.resource else []
        for reference in REFERENCES:
            setattr(self, reference, self.reference(op, spec, reference, takes))
        if first is None and "keys" not in spec:
            fail(op.where, "authorize: an operation says which condition keys it carries")
        self.keys = ([KeySource(op, key, source, found.get("facts", []))
                      for key, source in spec["keys"].items()]
                     if "keys" in spec else first.keys)
        self.denial = Denial(op, spec.get("denial"))
        self.grant = spec.get("grant")
        if self.grant is not None and not re.fullmatch(r"[a-z_]+", self.grant):
            fail(op.where, "authorize: 'grant' names what the account grants by itself")
        if self.grant is not None and op.by != "policy":
            fail(op.where, "authorize: 'grant' is for what policies permit")
        self.when = [Condition(op, text) for text in spec.get("when", [])]

    @staticmethod
    def resolver(op, spec, first):
        name = spec.get("resource", None if first else "")
        if name not in (None, "none") and name not in op.service.resolvers:
            allowed = ", ".join(["none", *op.service.resolvers])
            fail(op.where, f"'resource' must be one of {allowed}")
        return None if name == "none" else name

    def reference(self, op, spec, reference, takes):
        if (reference in spec) != (reference in takes):
            fail(op.where, f"authorize: resource '{self.resource or 'none'}' and {reference} do not fit")
        if reference not in spec:
            return None
        member = op.member_of_input(spec[reference])
        if member.shape.kind != "string":
            fail(op.where, f"authorize: '{member.name}' is not a string")
        return member


def is_sensitive(shape, above=()):
    """Whether a value of the shape can hold a secret."""
    inner = [m.shape for m in shape.members] + [s for s in (shape.item, shape.key) if s]
    return shape.sensitive or any(is_sensitive(s, above + (shape,)) for s in inner
                                  if s not in above)


class Operation:
    """One operation with its input, output, errors and authorization."""

    def __init__(self, service, name, spec, where):
        self.service, self.name, self.where = service, name, where
        unknown = set(spec) - OP_KEYS
        if unknown:
            fail(where, f"unknown keys {sorted(unknown)}")
        self.doc = spec.get("doc") or fail(where, "an operation needs a sentence of documentation")
        self.c_name = f"{service.c_name}_{snake(name)}"
        self.access = choice(spec, "access", ACCESS_LEVELS, where)
        self.txn = choice(spec, "txn", TXN, where)
        self.input = self.make_struct("In", spec.get("in", {}))
        self.output = self.make_struct("Out", spec["out"]) if "out" in spec else None
        self.errors = sorted(spec.get("errors", []))
        if len(set(self.errors)) != len(self.errors):
            fail(where, "an error is declared twice")
        self.authorize(spec.get("authorize"))
        self.http(spec.get("http"))
        self.prepare = spec.get("prepare", False)
        if self.prepare not in (True, False):
            fail(where, "'prepare' is true or false")
        if self.prepare and (self.txn != "write" or self.by != "policy"):
            fail(where, "only a write that policies permit is prepared")
        self.creates = spec.get("creates", False)
        if self.creates not in (True, False) or (self.creates and self.txn != "write"):
            fail(where, "'creates' is true for a write that makes something new, or false")
        self.has_secret = any(is_sensitive(s) for s in (self.input, self.output) if s is not None)

    def make_struct(self, suffix, members):
        spec = {"type": "structure", "members": members}
        shape = Shape(self.service, self.name + suffix, spec, f"{self.where}.{suffix.lower()}")
        shape.check()
        shape.resolve()
        return shape

    def authorize(self, spec):
        """There is no default: an operation says how it is permitted, and with which keys."""
        if not isinstance(spec, dict):
            fail(self.where, "an operation needs an 'authorize' object")
        self.by = choice(spec, "by", BY, self.where)
        rest = {key: value for key, value in spec.items()
                if key not in ("by", "also", "evidence", "free_tag_keys", "refuses", "second_factor")}
        self.free_tag_keys = spec.get("free_tag_keys", False)
        if self.free_tag_keys not in (True, False):
            fail(self.where, "authorize: 'free_tag_keys' is true or false")
        self.refusals = [Refusal(one, self.where) for one in spec.get("refuses", [])]
        self.factor = None
        if "second_factor" in spec:
            self.factor = SecondFactor(self, spec["second_factor"])
        self.permissions = []
        self.evidence = spec.get("evidence")
        if (self.evidence is not None) != (self.by == "evidence"):
            fail(self.where, "authorize: 'evidence' names what verifies it, where it permits")
        if (self.refusals or self.factor) and self.by in ("public", "evidence"):
            fail(self.where, "authorize: nobody is known to be refused")
        if self.by in ("undenied", "policy", "trust", "evidence"):
            self.permissions.append(Permission(self, rest, None))
        elif rest or "also" in spec:
            fail(self.where, "authorize: 'public' and 'authenticated' have no action")
        for further in spec.get("also", []):
            self.permissions.append(Permission(self, further, self.permissions[0]))
        if self.by == "public" and self.txn == "write":
            fail(self.where, "a public operation changes no state")

    def member_of_input(self, name):
        for member in self.input.members:
            if member.name == name:
                return member
        fail(self.where, f"authorize: the input has no member '{name}'")

    def http(self, spec):
        rest = self.service.protocol == "rest-json"
        if rest != (spec is not None):
            fail(self.where, "'http' belongs to the operations of REST-JSON services")
        spec = spec or {"method": "POST", "path": "/"}
        self.http_method = choice(spec, "method", ("GET", "POST", "PUT", "DELETE", "PATCH"),
                                  self.where)
        self.http_path = spec.get("path", "")
        self.http_status = spec.get("status", 200)
        self.http_max_age = spec.get("max_age", 0)
        labels = re.findall(r"\{([A-Za-z]+)\}", self.http_path)
        for segment in self.http_path.split("/"):
            if "{" in segment and not re.fullmatch(r"\{[A-Za-z]+\}", segment):
                fail(self.where, "a label is a whole segment of the path")
        located = [m.location_name for m in self.input.members if m.location == "uri"]
        if sorted(labels) != sorted(located):
            fail(self.where, f"the path has labels {labels}, the input {located}")
        for member in self.input.members:
            self.check_location(member, rest)
        for member in self.output.members if self.output else ():
            if member.location != "body":
                fail(member.where, "a member of an output is in the body")

    @staticmethod
    def check_location(member, rest):
        if member.location == "body":
            return
        kind = member.shape.kind
        if not rest:
            fail(member.where, "only REST-JSON has members outside of the body")
        if kind == "list" and member.location == "query":
            kind = member.shape.item.kind
        if kind not in SCALARS:
            fail(member.where, f"a {member.shape.kind} cannot be in the {member.location}")
        if member.location == "uri" and not member.required:
            fail(member.where, "a member in the path is required")


class Service:
    """One directory under api/."""

    KEYS = {"doc", "protocol", "version", "signing_name", "namespace", "target_prefix", "fallback",
            "global", "quotes_values", "explains_signatures", "invalid_input", "resolvers", "shapes",
            "not_yet", "refuses"}

    def __init__(self, directory):
        self.name = os.path.basename(directory)
        self.c_name = snake(self.name)
        self.where = f"{self.name}/service.json"
        head = read_json(os.path.join(directory, "service.json"))
        unknown = set(head) - self.KEYS
        if unknown:
            fail(self.where, f"unknown keys {sorted(unknown)}")
        self.protocol = choice(head, "protocol", PROTOCOLS, self.where)
        self.doc = head.get("doc", "")
        self.version = head.get("version", "")
        self.signing_name = head.get("signing_name") or fail(self.where, "signing_name is missing")
        self.namespace = head.get("namespace", "")
        self.target_prefix = head.get("target_prefix", "")
        self.is_fallback = bool(head.get("fallback", False))
        self.is_global = bool(head.get("global", False))
        self.quotes_values = bool(head.get("quotes_values", False))
        self.explains_signatures = bool(head.get("explains_signatures", False))
        self.invalid_input = head.get("invalid_input") or fail(self.where, "invalid_input is missing")
        if self.protocol == "query" and not (self.namespace and self.version):
            fail(self.where, "a Query service needs a namespace and a version")
        if self.protocol == "json-1.1" and not self.target_prefix:
            fail(self.where, "a JSON 1.1 service needs a target_prefix")
        self.refusals = [Refusal(one, self.where) for one in head.get("refuses", [])]
        self.shapes, self.operations, self.builtins, self.resolvers = {}, [], {}, {}
        self.families = []
        files = sorted(glob.glob(os.path.join(directory, "*.json")))
        parsed = [(f, head if os.path.basename(f) == "service.json" else read_json(f))
                  for f in files]
        for path, data in parsed:
            where = f"{self.name}/{os.path.basename(path)}"
            self.add_shapes(data.get("shapes", {}), where)
            self.add_resolvers(data.get("resolvers", {}), where)
        for shape in list(self.shapes.values()):
            shape.resolve()
        for path, data in parsed:
            if data is not head:
                self.add_family(path, data)
        self.operations.sort(key=lambda op: op.name)
        self.not_yet = sorted(head.get("not_yet", []))
        for name in {op.name for op in self.operations} & set(self.not_yet):
            fail(self.where, f"{name} is defined, and in not_yet")
        self.check_names()

    def add_shapes(self, specs, where):
        for name, spec in specs.items():
            if name in self.shapes or name in BUILTIN.values():
                fail(where, f"shape {name} is defined twice")
            if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
                fail(where, f"shape name '{name}' is not in CamelCase")
            shape = Shape(self, name, spec, f"{where}: {name}")
            shape.check()
            self.shapes[name] = shape

    def add_resolvers(self, specs, where):
        for name, spec in specs.items():
            if name in self.resolvers:
                fail(where, f"resolver {name} is defined twice")
            if set(spec) - {"takes", "facts"} or not set(spec.get("takes", [])) <= set(REFERENCES):
                fail(where, f"resolver {name}: takes {', '.join(REFERENCES)}, and has facts")
            self.resolvers[name] = spec

    def add_family(self, path, data):
        where = f"{self.name}/{os.path.basename(path)}"
        unknown = set(data) - {"doc", "resolvers", "shapes", "operations"}
        if unknown:
            fail(where, f"unknown keys {sorted(unknown)}")
        ops = [Operation(self, name, spec, f"{where}: {name}")
               for name, spec in data.get("operations", {}).items()]
        self.operations += ops
        self.families.append((os.path.basename(path)[:-5], data.get("doc", ""), ops))

    def shape(self, name, where):
        """The shape of that name; "string" and so on are shapes without constraints."""
        if name in BUILTIN:
            if name not in self.builtins:
                self.builtins[name] = Shape(self, BUILTIN[name], {"type": name}, where)
                self.builtins[name].check()
            return self.builtins[name]
        if name not in self.shapes:
            fail(where, f"there is no shape '{name}'")
        return self.shapes[name]

    def verifiers(self):
        """What verifies the evidence of requests without a signature."""
        return sorted({op.evidence for op in self.operations if op.evidence})

    def grants(self):
        """What an account grants without a policy that says so."""
        return sorted({p.grant for op in self.operations for p in op.permissions if p.grant})

    def all_shapes(self):
        """Every shape once, in a stable order: built-in, named, then inputs and outputs."""
        found = sorted(self.builtins.values(), key=lambda s: s.name)
        found += sorted(self.shapes.values(), key=lambda s: s.name)
        for op in self.operations:
            found += [op.input] + ([op.output] if op.output else [])
        return found

    def check_names(self):
        seen = {}
        for shape in self.all_shapes():
            if shape.c_name in seen:
                fail(shape.where, f"has the same name in C as {seen[shape.c_name]}")
            seen[shape.c_name] = shape.where
        for name in {op.name for op in self.operations}:
            if sum(op.name == name for op in self.operations) > 1:
                fail(self.where, f"operation {name} is defined twice")
        unused = set(self.shapes) - self.reachable()
        if unused:
            fail(self.where, f"shapes that nothing uses: {sorted(unused)}")

    def reachable(self):
        todo = [s for op in self.operations for s in (op.input, op.output) if s]
        seen = set()
        while todo:
            shape = todo.pop()
            if shape.name in seen:
                continue
            seen.add(shape.name)
            todo += [m.shape for m in shape.members] + [s for s in (shape.item, shape.key) if s]
        return seen


def fail(where, rule):
    raise DefinitionError(f"{where}: {rule}")


def choice(spec, key, allowed, where):
    value = spec.get(key)
    if value not in allowed:
        fail(where, f"'{key}' must be one of {', '.join(allowed)}")
    return value


def refuse_duplicates(pairs):
    keys = [k for k, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise DefinitionError(f"key '{key}' occurs twice in one object")
    return dict(pairs)


def read_json(path):
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f, object_pairs_hook=refuse_duplicates)
    except (OSError, ValueError, DefinitionError) as e:
        raise DefinitionError(f"{path}: {e}") from e


def load_errors(path):
    """
    Wire code to {"status", "json", "json_status", "doc"}; a status of 500 or more is our failure
    (Receiver). json and json_status: as the JSON protocols call it, where they differ.
    """
    errors = read_json(path)
    for code, row in errors.items():
        if not isinstance(row.get("status"), int) or \
                set(row) - {"status", "json", "json_status", "doc"}:
            fail(path, f"{code}: needs a status, and may have json, json_status and a doc")
        row.setdefault("json", code)
        row.setdefault("json_status", row["status"])
        if (row["json_status"] < 500) != (row["status"] < 500):
            fail(path, f"{code}: is the sender's fault in one protocol only")
    return dict(sorted(errors.items()))


def load_services(directory, only, errors):
    heads = sorted(glob.glob(os.path.join(directory, "*", "service.json")))
    services = [Service(os.path.dirname(head)) for head in heads]
    services = [s for s in services if not only or s.name in only]
    if not services:
        fail(directory, "no service is defined here")
    for service in services:
        if service.invalid_input not in errors:
            fail(service.where, f"error {service.invalid_input} is not in the errors table")
        for refusal in service.refusals:
            if refusal.error not in errors:
                fail(refusal.where, f"error {refusal.error} is not in the errors table")
        for op in service.operations:
            for code in op.errors + [p.denial.error for p in op.permissions] + \
                    [refusal.error for refusal in op.refusals]:
                if code not in errors:
                    fail(op.where, f"error {code} is not in the errors table")
    return services


def java_escapes(pattern, escape):
    r"""Replaces Java's \uXXXX by escape(code point).

    The models also write \u10000 and \u10FFFF, which only make sense as one code point: five or six
    digits count when the class or range goes on after them.
    """
    pattern = re.sub(r"\\u(10[0-9A-Fa-f]{4}|[0-9A-Fa-f]{5})(?=[-\]])",
                     lambda m: escape(int(m[1], 16)), pattern)
    return re.sub(r"\\u([0-9A-Fa-f]{4})", lambda m: escape(int(m[1], 16)), pattern)


def pcre_pattern(pattern):
    return java_escapes(pattern, lambda cp: f"\\x{{{cp:04X}}}")


def python_pattern(pattern):
    """Close enough for choosing test values: Unicode classes are narrowed to ASCII."""
    pattern = java_escapes(pattern, lambda cp: f"\\U{cp:08x}")
    for name, ascii_class in (("L", "A-Za-z"), ("Z", " "), ("N", "0-9")):
        pattern = pattern.replace(f"\\p{{{name}}}", ascii_class)
    return "(?a:" + pattern + ")"
