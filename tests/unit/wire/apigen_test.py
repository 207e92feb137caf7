#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the generator refuses: a definition that breaks a rule stops the build with its reason."""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
GENERATOR = os.path.join(ROOT, "tools", "apigen.py")
sys.path.insert(0, os.path.join(ROOT, "tools"))
import apigen_model  # noqa: E402
SERVICE = {"protocol": "query", "version": "1", "signing_name": "x", "namespace": "urn:x",
           "invalid_input": "InvalidInput", "resolvers": {"user": {"takes": ["name"]}},
           "shapes": {"Name": {"type": "string", "min": 1, "max": 5, "pattern": "[a-z]+"}}}
FAMILY = {"operations": {"Do": {
    "doc": "Does it.", "access": "Write", "txn": "write", "in": {"Name": "Name!"},
    "out": {"Name": "Name"}, "errors": ["NoSuchEntity"],
    "authorize": {"by": "policy", "action": "x:Do", "resource": "user", "name": "Name",
                  "denial": "user {Name}", "keys": {}}}}}


def generate(service, family, extra=()):
    """Exit status, error text and the generated files of one service."""
    with tempfile.TemporaryDirectory() as tmp:
        directory = os.path.join(tmp, "api", "x")
        os.makedirs(directory)
        for name, data in (("service.json", service), ("do.json", family)):
            with open(os.path.join(directory, name), "w", encoding="utf-8") as f:
                f.write(data if isinstance(data, str) else json.dumps(data))
        out = os.path.join(tmp, "out")
        run = subprocess.run(
            [sys.executable, "-B", GENERATOR, "--api", os.path.join(tmp, "api"), "--errors",
             os.path.join(ROOT, "api", "errors.json"), "--out", out, *extra],
            capture_output=True, text=True, check=False)
        files = {}
        for name in sorted(os.listdir(out)) if os.path.isdir(out) else ():
            with open(os.path.join(out, name), encoding="utf-8") as f:
                files[name] = f.read()
        return run.returncode, run.stderr, files


class Refusals(unittest.TestCase):
    def refuse(self, reason, change):
        service, family = copy.deepcopy(SERVICE), copy.deepcopy(FAMILY)
        change(service, family["operations"]["Do"])
        code, error, files = generate(service, family)
        self.assertNotEqual(code, 0)
        self.assertIn(reason, error)
        self.assertEqual(files, {})

    def test_valid(self):
        code, error, files = generate(SERVICE, FAMILY)
        self.assertEqual((code, error), (0, ""))
        self.assertIn("struct api_x_do_in {\n    struct iam_str name;\n};",
                      files["api_x.gen.h"])

    def test_authorization(self):
        self.refuse("needs an 'authorize' object", lambda s, op: op.pop("authorize"))
        self.refuse("'by' must be one of", lambda s, op: op["authorize"].pop("by"))
        self.refuse("an action is written", lambda s, op: op["authorize"].pop("action"))
        self.refuse("have no action", lambda s, op: op["authorize"].update(by="public"))
        self.refuse("names what verifies it", lambda s, op: op["authorize"].update(by="evidence"))
        self.refuse("names what verifies it", lambda s, op: op["authorize"].update(evidence="x"))
        self.refuse("'resource' must be one of", lambda s, op: op["authorize"].pop("resource"))
        self.refuse("resource 'user' and name do not fit",
                    lambda s, op: op["authorize"].pop("name"))
        self.refuse("resource 'none' and name do not fit",
                    lambda s, op: op["authorize"].update(resource="none"))
        self.refuse("has no member 'Nam'", lambda s, op: op["authorize"].update(name="Nam"))
        self.refuse("unknown keys ['member']", lambda s, op: op["authorize"].update(member="Name"))
        self.refuse("names what the account grants",
                    lambda s, op: op["authorize"].update(grant="A Grant"))
        self.refuse("'grant' is for what policies permit",
                    lambda s, op: op["authorize"].update(grant="all", by="trust"))
        self.refuse("changes no state", lambda s, op: op.update(authorize={"by": "public"}))

    def keys(self, reason, keys):
        self.refuse(reason, lambda s, op: op["authorize"].update(keys=keys))

    def test_condition_keys(self):
        self.refuse("says which condition keys", lambda s, op: op["authorize"].pop("keys"))
        self.keys("has no member 'Other'", {"x:Key": "Other"})
        self.keys("the resource has no 'size'", {"x:Key": "resource:size"})
        self.keys("belongs to keys that come from tags", {"x:Key/${TagKey}": "Name"})
        self.keys("belongs to keys that come from tags", {"x:Key": "resource:tags"})
        self.keys("only the keys of a map have a part before a slash", {"x:Key": "Name/"})
        self.keys("a list has one text", {"x:Key": []})
        self.keys("a list has one text", {"x:Key": ["a", "b"]})

    def also(self, reason, further):
        further = {"denial": "", **further}
        self.refuse(reason, lambda s, op: op["authorize"].update(also=[further]))

    def test_further_permissions(self):
        self.also("an action is written", {"when": ["Name"]})
        self.also("has no member 'Other'", {"action": "x:More", "when": ["Other"]})
        self.also("a caller has no 'luck'", {"action": "x:More", "when": ["caller:luck"]})
        self.also("has no member 'Other'", {"action": "x:More", "when": ["Other[a]=b"]})
        self.also("'Name' is no map of strings", {"action": "x:More", "when": ["Name[a]=b"]})
        self.also("'resource' must be one of", {"action": "x:More", "resource": "role"})
        self.also("and name do not fit", {"action": "x:More", "resource": "user"})
        self.refuse("unknown keys ['when']", lambda s, op: op["authorize"].update(when=["Name"]))

    def denial(self, reason, denial):
        def change(service, op):
            service["shapes"]["Secret"] = {"type": "string", "sensitive": True}
            op["in"].update(Nick="Name", Size="integer!", Secret="Secret!")
            op["authorize"].update(denial=denial)
        self.refuse(reason, change)

    def test_denials(self):
        self.refuse("says what its denial names", lambda s, op: op["authorize"].pop("denial"))
        self.also("says what its denial names", {"action": "x:More", "denial": None})
        self.denial("has no member 'Other'", "user {Other}")
        self.denial("has no member 'resource:size'", "{resource:size}")
        self.denial("'Size' is not a string that may be shown", "size {Size}")
        self.denial("'Secret' is not a string that may be shown", "{Secret}")
        self.denial("a brace without its other half", "user {Name")
        self.denial("a brace without its other half", "user }")
        self.denial("the last text, and no other", "user {Nick}")
        self.denial("the last text, and no other", ["user {Nick}", "{Name} or {Nick}"])
        self.denial("the last text, and no other", ["user {Name}", "user"])
        self.denial("the last text, and no other", [])
        self.denial("a sentence is not empty", {"sentence": ""})
        self.denial("perhaps reasons, or a sentence", {"reasons": ["rcp"]})
        self.denial("perhaps reasons, or a sentence", {"sentence": "No", "reasons": []})
        self.denial("perhaps reasons, or a sentence", {"resource": "", "words": ""})
        self.denial("reasons are of identity", {"resource": "", "reasons": ["luck"]})
        self.denial("error Nope is not in", {"sentence": "No", "error": "Nope"})

    def test_service(self):
        self.refuse("invalid_input is missing", lambda s, op: s.pop("invalid_input"))
        self.refuse("error Nope is not in", lambda s, op: s.update(invalid_input="Nope"))
        self.refuse("is defined, and in not_yet", lambda s, op: s.update(not_yet=["Do", "Make"]))
        self.refuse("resolver user: takes", lambda s, op: s.update(resolvers={"user": {"takes": ["size"]}}))

    def test_operations(self):
        self.refuse("'access' must be one of", lambda s, op: op.pop("access"))
        self.refuse("'txn' must be one of", lambda s, op: op.pop("txn"))
        self.refuse("needs a sentence", lambda s, op: op.pop("doc"))
        self.refuse("unknown keys ['output']", lambda s, op: op.update(output={}))
        self.refuse("error Nope is not in", lambda s, op: op.update(errors=["Nope"]))
        self.refuse("'prepare' is true or false", lambda s, op: op.update(prepare="yes"))
        self.refuse("only a write", lambda s, op: op.update(prepare=True, txn="read"))
        self.refuse("only a write", lambda s, op: op.update(
            prepare=True, authorize={"by": "authenticated"}))
        self.refuse("'http' belongs", lambda s, op: op.update(http={"method": "GET"}))

    def test_shapes(self):
        self.refuse("there is no shape 'Nam'", lambda s, op: op["in"].update(Other="Nam"))
        self.refuse("same name in C", lambda s, op: op["in"].update(name="Name"))
        self.refuse("nothing uses: ['Spare']",
                    lambda s, op: s["shapes"].update(Spare={"type": "string"}))
        self.refuse("type must be one of", lambda s, op: s["shapes"]["Name"].update(type="str"))
        self.refuse("min is larger than max", lambda s, op: s["shapes"]["Name"].update(min=9))
        self.refuse("pattern:", lambda s, op: s["shapes"]["Name"].update(pattern="["))
        self.refuse("unknown keys ['pattrn']", lambda s, op: s["shapes"]["Name"].update(pattrn=""))
        self.refuse("a document needs", lambda s, op: op["in"].update(Doc="document"))
        self.refuse("only REST-JSON has", lambda s, op: op["in"].update(
            Other={"shape": "Name", "in": "query"}))

    def test_duplicate_keys(self):
        code, error, _ = generate(SERVICE, '{"operations": {"A": {}, "A": {}}}')
        self.assertNotEqual(code, 0)
        self.assertIn("key 'A' occurs twice", error)

    def test_preparation_and_secrets(self):
        family = copy.deepcopy(FAMILY)
        family["operations"]["Do"].update(prepare=True)
        files = generate(SERVICE, family)[2]
        self.assertIn("enum iam_status api_x_do__prepare(struct iam_call *call,\n"
                      "    const struct api_x_do_in *in);", files["api_x.gen.h"])
        self.assertIn(".prepare = prepare_x_do_", files["api_x_table.gen.c"])
        self.assertNotIn("has_secret", files["api_x_table.gen.c"])
        service = copy.deepcopy(SERVICE)
        service["shapes"]["Pin"] = {"type": "string", "sensitive": True}
        service["shapes"]["Pins"] = {"type": "list", "item": "Pin"}
        service["shapes"]["Box"] = {"type": "structure", "members": {"Pins": "Pins", "Box": "Box"}}
        family["operations"]["Do"]["in"]["Box"] = "Box"
        table = generate(service, family)[2]["api_x_table.gen.c"]
        self.assertIn(".has_secret = true", table)
        del family["operations"]["Do"]["in"]["Box"]
        family["operations"]["Do"]["out"] = {"Box": "Box"}
        table = generate(service, family)[2]["api_x_table.gen.c"]
        self.assertIn(".has_secret = true", table)

    def test_stubs_on_request(self):
        self.assertNotIn("api_stubs.gen.c", generate(SERVICE, FAMILY)[2])
        self.assertIn("api_stubs.gen.c", generate(SERVICE, FAMILY, ["--stubs"])[2])


class Output(unittest.TestCase):
    def test_negative_cases(self):
        _, _, files = generate(SERVICE, FAMILY)
        cases = [json.loads(line) for line in files["negative.jsonl"].splitlines()]
        self.assertEqual([c["params"] for c in cases],
                         [{}, {"Name": ""}, {"Name": "aaaaaa"}, {"Name": "!lpha"}])

    def test_members_are_checked_as_aws_does(self):
        for names, told in ((["Key", "Value"], ["Value", "Key"]),
                            (["MaxPasswordAge", "MinimumPasswordLength", "PasswordReusePrevention"],
                             ["MinimumPasswordLength", "PasswordReusePrevention", "MaxPasswordAge"])):
            members = [types.SimpleNamespace(name=name) for name in names]
            self.assertEqual([names[i] for i in apigen_model.check_order(members)], told)

    def test_page_names_everything(self):
        _, _, files = generate(SERVICE, FAMILY)
        for text in ("### Do", "Does it.", "`x:Do`", "1 to 5 characters", "`NoSuchEntity`"):
            self.assertIn(text, files["api.md"])

    def test_maps(self):
        service, family = copy.deepcopy(SERVICE), copy.deepcopy(FAMILY)
        service["shapes"]["Map"] = {"type": "map", "key": "Name", "value": "Name"}
        op = family["operations"]["Do"]
        op["in"] = {"Name": "Name!", "Map": "Map!"}
        op["authorize"].update(keys={"x:Spaces": "Map/", "x:All": ["one"]}, also=[
            {"action": "x:More", "denial": "", "when": ["Map[a/b]=c d"]}])
        _, error, files = generate(service, family)
        self.assertEqual(error, "")
        table = files["api_x_table.gen.c"]
        self.assertIn('.from = API_KEY_FROM_MAP_NAMESPACES, .member = &api_members_x_do_in[1] }', table)
        self.assertIn('.from = API_KEY_FROM_CONSTANT_LIST, .value = IAM_STR_INIT("one") }', table)
        self.assertIn('.member = &api_members_x_do_in[1], .key = IAM_STR_INIT("a/b"), '
                      '.value = IAM_STR_INIT("c d") }', table)
        self.assertIn("when `Map` has `a/b` with `c d`", files["api.md"])
        cases = [json.loads(line) for line in files["negative.jsonl"].splitlines()]
        self.assertEqual(cases[0]["params"],
                         {"Map": {"entry": [{"key": "alpha", "value": "alpha"}]}})

    def denied(self, denial):
        """The table and the page of a service with that denial."""
        family = copy.deepcopy(FAMILY)
        op = family["operations"]["Do"]
        op["in"]["Nick"] = "Name"
        op["authorize"]["denial"] = denial
        _, error, files = generate(SERVICE, family)
        self.assertEqual(error, "")
        return files["api_x_table.gen.c"], files["api.md"]

    def test_denials(self):
        table, page = self.denied(["user {Nick}", "{resource:name}{caller:name}"])
        for row in ('    { .from = API_DENIAL_TEXT, .text = IAM_STR_INIT("user ") },\n'
                    "    { .from = API_DENIAL_MEMBER, .member = &api_members_x_do_in[1] },\n",
                    "    { .from = API_DENIAL_RESOURCE_NAME },\n    { .from = API_DENIAL_CALLER_NAME },\n",
                    "    { denial_x_do__0_0, 2 },\n    { denial_x_do__0_1, 2 },\n",
                    ".text_count = 2, .error = API_ERR_ACCESS_DENIED, "
                    ".reasons = API_DENIAL_EVERY_REASON }"):
            self.assertIn(row, table)
        self.assertIn("A denial names `user {Nick}` or `{resource:name}{caller:name}`.", page)

    def test_other_denials(self):
        table, page = self.denied({"resource": "", "reasons": ["scp", "rcp"]})
        self.assertIn("    { NULL, 0 },\n", table)
        self.assertIn(".reasons = 1u << IAM_POLICY_SCP | 1u << IAM_POLICY_RCP }", table)
        self.assertIn("A denial names no resource.", page)
        table, page = self.denied({"resource": "*", "reasons": []})
        self.assertIn(".reasons = 0 }", table)
        table, page = self.denied({"sentence": "No {action} on {resource} by {caller}",
                                   "error": "NotAuthorized"})
        self.assertIn(".error = API_ERR_NOT_AUTHORIZED, .is_sentence = true }", table)
        self.assertIn("A denial says `No {action} on {resource} by {caller}`.", page)

    def test_patterns_are_translated(self):
        service = copy.deepcopy(SERVICE)
        service["shapes"]["Name"]["pattern"] = "[\\u0009\\u0020-\\u00FF\\u10000-\\u10FFFF]+"
        _, _, files = generate(service, FAMILY)
        self.assertRegex(files["api_patterns.gen.c"], re.escape(
            "[\\\\x{0009}\\\\x{0020}-\\\\x{00FF}\\\\x{10000}-\\\\x{10FFFF}]+"))


if __name__ == "__main__":
    unittest.main()
