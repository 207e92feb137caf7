#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the test tools: a check that finds nothing must be able to find something.

The signer against the published SigV4 vectors, and each source check against a tree with one
fault of each kind in it.
"""

import datetime
import hashlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import types
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tools")]

import analyse  # noqa: E402
import corpus  # noqa: E402
import coverage  # noqa: E402
import mutants  # noqa: E402
from lib import definitions, recorder, runner, sigv4, wire  # noqa: E402
from lib.server import Server  # noqa: E402

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
TABLE = "| `src/base/` | x | libc |\n| `src/codec/` | x | base |\n| `src/authn/` | x | base |\n" \
        "| `src/http/` | x | base |\n| `src/server/` | x | base, codec, authn, http |\n"


def request_headers(lines):
    """Header pairs of a vector's request; a folded line belongs to the one before."""
    pairs = []
    for line in lines:
        if line[:1] in (" ", "\t"):
            pairs[-1] = (pairs[-1][0], pairs[-1][1] + "\n" + line)
        elif line:
            name, _, value = line.partition(":")
            pairs.append((name, value))
    return pairs


class Signer(unittest.TestCase):
    def test_vectors(self):
        count = 0
        for line in (ROOT / "tests/vectors/sigv4.jsonl").read_text(encoding="utf-8").splitlines():
            self.one_vector(json.loads(line))
            count += 1
        self.assertGreater(count, 20)

    def one_vector(self, vector):
        context = vector["context"]
        keys = context["credentials"]
        signer = sigv4.Signer(keys["access_key_id"], keys["secret_access_key"], keys.get("token"),
                              context["service"], context["region"])
        signer.normalize = context["normalize"]
        canonical = vector["header-canonical-request"]
        moment = datetime.datetime.strptime(context["timestamp"], "%Y-%m-%dT%H:%M:%SZ")
        stamp = sigv4.amz_date(moment)
        self.assertEqual(signer.signature(stamp, canonical),
                         (vector["header-signature"], vector["header-string-to-sign"]))
        head, _, body = vector["request"].partition("\n\n")
        lines = head.split("\n")
        method, _, rest = lines[0].partition(" ")
        digest = hashlib.sha256(body.encode()).hexdigest()
        headers = request_headers(lines[1:]) + [("X-Amz-Date", stamp)]
        if signer.token:
            headers.append(("X-Amz-Security-Token", signer.token))
        if context.get("sign_body"):
            headers.append(("x-amz-content-sha256", digest))
        signed = canonical.split("\n")[-2].split(";")
        self.assertEqual(signer.canonical(method, rest.rpartition(" ")[0], headers, signed, digest),
                         canonical, vector["case"])

    def test_form_is_as_python_writes_it(self):
        pairs = [("a b", "%20+~-_.*/"), ("\u017d\U0001f600" * 3, 7), ("", b"\x00\xff &="), ("x", True)]
        self.assertEqual(wire.form(pairs), urllib.parse.urlencode(pairs).encode())
        self.assertEqual(wire.form([]), b"")

    def test_flatten(self):
        self.assertEqual(wire.flatten({"A": 1, "B": [{"K": "k"}, {"K": True}], "C": {"D": ["x"]}}),
                         [("A", "1"), ("B.member.1.K", "k"), ("B.member.2.K", "true"),
                          ("C.D.member.1", "x")])


class Checks(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="iamd-selftest-"))
        shutil.copytree(ROOT / "tools", self.place / "tools")
        for name in ("run", "check", ".ci/run", "CMakeLists.txt", "tests/e2e/js/package-lock.json"):
            (self.place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.place / name)
        (self.place / "tools/budget_exceptions.txt").write_text("# none\n", encoding="utf-8")
        self.write("docs/ARCHITECTURE.md", TABLE)
        self.write("src/base/str.c", SPDX + "int iam_one(void)\n{\n    return 1;\n}\n")

    def tearDown(self):
        shutil.rmtree(self.place)

    def write(self, name, text):
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def check(self, name):
        done = subprocess.run([sys.executable, "tools/check_%s.py" % name], cwd=self.place,
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def assert_found(self, name, word):
        code, text = self.check(name)
        self.assertEqual(code, 1, text)
        self.assertIn(word, text)

    def test_a_clean_tree_passes(self):
        for name in ("layers", "source", "budget"):
            code, text = self.check(name)
            self.assertEqual(code, 0, text)

    def test_layers(self):
        self.write("src/http/a.c", SPDX + '#include "codec/json.h"\n')
        self.assert_found("layers", "src/http may not include codec/json.h")

    def test_internal_headers(self):
        self.write("src/server/a.c", SPDX + '#include "http/line_int.h"\n')
        self.assert_found("layers", "belongs to src/http alone")

    def test_directory_without_a_row(self):
        self.write("src/extra/a.c", SPDX)
        self.assert_found("layers", "has no row")

    def test_circles_of_files(self):
        self.write("src/http/a.c", SPDX + "int a(void)\n{\n    return b();\n}\n")
        self.write("src/http/b.c", SPDX + "int b(void)\n{\n    return c();\n}\n")
        self.write("src/http/c.c", SPDX + "int c(void)\n{\n    return x.a + y->b;\n}\n")
        self.assertEqual(self.check("layers")[0], 0)
        self.write("src/http/c.c", SPDX + "const struct op c = {\n    a\n};\n")
        self.assertEqual(self.check("layers")[0], 0)
        self.write("src/http/c.c", SPDX + "int c(void)\n{\n    return a();\n}\n")
        self.assert_found("layers", "circle of files: src/http/a.c, src/http/b.c, src/http/c.c")

    def test_circles_of_includes(self):
        for name, other in (("a", "b"), ("b", "a")):
            self.write("src/http/%s.c" % name, SPDX + '#include "http/%s_int.h"\n' % name)
            self.write("src/http/%s_int.h" % name, SPDX + '#include "http/%s.h"\n' % other)
            self.write("src/http/%s.h" % name, SPDX)
        self.assert_found("layers", "circle of files: src/http/a, src/http/b")

    def test_source(self):
        for name, text, word in (
                ("src/http/a.c", "int f(char *p)\n{\n    strcpy(p, p);\n}\n", "strcpy is banned"),
                ("src/http/a.c", "void *f(void)\n{\n    return malloc(1);\n}\n", "malloc outside"),
                ("src/authn/a.c", "int f(void)\n{\n    return memcmp(0, 0, 0);\n}\n", "memcmp"),
                ("src/http/a.c", "// no\n", "// comment"),
                ("src/http/a.c", "/* TO" "DO */\n", "in a finished file"),
                ("src/http/a.c", "long f(void)\n{\n    return time(0);\n}\n", "time()")):
            self.write(name, SPDX + text)
            self.assert_found("source", word)
            (self.place / name).unlink()

    def test_english(self):
        for name, text in (
                ("src/http/a.c", "/* What comes behind it. */\n"),
                ("src/http/a.c", "/*\n * Gives\n * back what it got.\n */\n"),
                ("src/http/a.c", 'const char *a = "the key is spoilt";\n'),
                ("src/http/a.h", "#pragma once\n/* The number. */\nunsigned a_number(void);\n"),
                ("src/http/a.h", "#pragma once\n/* Bytes of it. */\nstatic inline int *\nb(int a)\n{"),
                ("tools/a.py", "# it stands here\n"),
                ("docs/a.md", "Whoever asks.\n")):
            self.write(name, (SPDX if name[-1] in "ch" else "# " + SPDX[3:-4] + "\n") + text)
            self.assert_found("source", "write " if "pragma" not in text else "with a verb")
            (self.place / name).unlink()

    def test_english_that_is_plain(self):
        self.write("src/http/a.h", SPDX + "#pragma once\n/* Of a, which understands. */\nstruct a {\n"
                   "    int a;\n};\n/* Returns it to a server behind a proxy. */\nint a(void);\n"
                   "/*\n * Reads what int f(void)\n * says.\n */\nint b(void);\n")
        self.assertEqual(self.check("source")[0], 0)

    def test_licence_line(self):
        self.write("src/http/a.c", "int a;\n")
        self.assert_found("source", "no SPDX line")

    def test_words_in_texts_and_comments_are_no_calls(self):
        self.write("src/http/a.c", SPDX + '/* strcpy( malloc( */\nconst char *a = "strcpy(//";\n'
                   "void f(struct x *a)\n{\n    a->free(a);\n    my_free(a);\n}\n")
        self.assertEqual(self.check("source")[0], 0)

    def test_lock_file_names_no_host(self):
        self.write("tests/e2e/js/package-lock.json", '{"resolved": "https://x/"}\n')
        self.assert_found("source", "registry host")

    def test_budget(self):
        self.write("src/http/a.c", SPDX + "int f(int a)\n{\n" + "    a++;\n" * 90 + "    return a;\n}\n")
        self.assert_found("budget", "budget 80")
        self.write("src/http/a.c", SPDX + "int f(int a)\n{\n" + "    if (a) { a++; }\n" * 16 +
                   "    return a;\n}\n")
        self.assert_found("budget", "complexity 17, budget 15")
        (self.place / "src/http/a.c").unlink()
        self.write("src/http/a.h", SPDX + "#pragma once\n" + "\n" * 301)
        self.assert_found("budget", "budget 300")

    def test_stale_exceptions_fail(self):
        self.write("tools/budget_exceptions.txt", "src/base/str.c iam_one 100 20 because\n")
        self.assert_found("budget", "is not needed")


class Mutants(unittest.TestCase):
    CODE = """/* if (no) x = 1; */
enum iam_status f(struct t *t)
{
    const char *s = "a == b";
    IAM_ENSURE(t->n < 8, IAM_LIMIT);
    IAM_TRY(g(t));
    if (t->a && t->b) {
        t->a = false;
        h(t);
    }
    return IAM_OK;
}
"""

    def changed(self, operator):
        found = [one for one in mutants.find("f.c", self.CODE) if one.operator == operator]
        return [mutants.changed_line(one, self.CODE) for one in found]

    def test_each_operator(self):
        for operator, lines in (
                ("negate", ["if (!(t->a && t->b)) {"]),
                ("unchecked", ["; // IAM_ENSURE(t->n < 8, IAM_LIMIT)", "(void)(g(t));"]),
                ("relation", ["IAM_ENSURE(t->n <= 8, IAM_LIMIT);"]),
                ("number", ["IAM_ENSURE(t->n < 9, IAM_LIMIT);"]),
                ("logic", ["if (t->a || t->b) {"]),
                ("constant", ["t->a = true;"]),
                ("drop", ["; // t->a = false", "; // h(t)"]),
                ("result", ["return IAM_IO;"])):
            self.assertEqual(self.changed(operator), lines, operator)

    def test_what_the_compiler_asserts(self):
        found = mutants.find("f.c", '; _Static_assert(A == 1, "one");\nvoid f(void)\n{\n    g();\n}\n')
        self.assertEqual([(one.operator, one.old, mutants.drops_assertion(one)) for one in found
                          if one.operator == "drop"],
                         [("drop", '_Static_assert(A == 1, "one")', True), ("drop", "g()", False)])


class Corpora(unittest.TestCase):
    INPUTS = {"b": b"2", "a": b"1" * 1000, "empty": b""}

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="iamd-selftest-"))

    def tearDown(self):
        shutil.rmtree(self.place)

    def test_the_same_inputs_are_the_same_bytes(self):
        other = dict(sorted(self.INPUTS.items()))
        self.assertEqual(corpus.pack(self.INPUTS), corpus.pack(other))

    def test_unpacked_is_what_was_packed(self):
        (self.place / "a.tar.gz").write_bytes(corpus.pack(self.INPUTS))
        (self.place / "a").mkdir()
        (self.place / "a/left-over").write_bytes(b"x")
        corpus.unpack(self.place / "a.tar.gz", self.place / "a")
        found = {path.name: path.read_bytes() for path in (self.place / "a").iterdir()}
        self.assertEqual(found, self.INPUTS)

    def test_names_that_lead_elsewhere_are_refused(self):
        (self.place / "a.tar.gz").write_bytes(corpus.pack({"../b": b"1"}))
        self.assertRaises(ValueError, corpus.read, self.place / "a.tar.gz")

    def test_every_corpus_is_as_packed(self):
        archives = sorted(corpus.CORPUS.glob("*.tar.gz"))
        self.assertTrue(archives)
        for archive in archives:
            self.assertEqual(corpus.pack(corpus.read(archive)), archive.read_bytes(), archive.name)


class Runner(unittest.TestCase):
    def test_a_case_runs_when_it_is_named(self):
        for key, words, wanted in (("test_two", [], True), ("test_one", ["a.one"], True),
                                   ("test_two", ["a.one"], False)):
            self.assertEqual(runner.is_wanted("a", key, words), wanted, (key, words))


class Files(unittest.TestCase):
    def test_a_line_that_is_being_written(self):
        """It is left out while there is somebody who writes it, and is a fault afterwards."""
        server = Server(root_key=False)
        self.addCleanup(server.close)
        server.audit_path = lambda: server.home / "audit.jsonl"
        for path in (server.audit_path(), server.log_path):
            path.write_text('{"n":1}\n{"n"', encoding="ascii")
        server.alive = lambda: True
        self.assertEqual(server.audit(), [{"n": 1}])
        self.assertEqual(server.log(), '{"n":1}\n')
        server.alive = lambda: False
        self.assertRaises(ValueError, server.audit)
        self.assertEqual(server.log(), '{"n":1}\n{"n"')


class Recorder(unittest.TestCase):
    FORM = b"Action=GetUser&Version=2010-05-08&UserName=a"
    ANSWER = b'<GetUserResponse xmlns="x"><GetUserResult><User><UserName>a</UserName><Tags><member>' \
             b"<Key>k</Key></member></Tags></User></GetUserResult><ResponseMetadata><RequestId>1" \
             b"</RequestId></ResponseMetadata></GetUserResponse>"
    ERROR = b"<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code></Error></ErrorResponse>"
    ROW = {"clients": {"boto3"}, "members": {"User", "User.UserName", "User.Tags", "User.Tags.Key"},
           "errors": {"NoSuchEntity"}}

    @staticmethod
    def message(first, body, *headers):
        lines = [first, *headers, "Content-Length: %d" % len(body)]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def test_a_connection_that_comes_in_pieces(self):
        seen = recorder.Seen()
        exchange = recorder.Exchange(seen)
        request = self.message("POST / HTTP/1.1", self.FORM, "User-Agent: Boto3/1.26 md/x")
        for byte in request + request:
            exchange.sent(bytes([byte]))
        for byte in self.message("HTTP/1.1 200 OK", self.ANSWER) + self.message(
                "HTTP/1.1 404 Not Found", self.ERROR):
            exchange.answered(bytes([byte]))
        self.assertEqual(seen.operations, {"iam.GetUser": self.ROW})

    def test_who_asks(self):
        for agent, name in (("aws-cli/2.9.19 Python/3", "cli"), ("aws-sdk-js/3.1 ua/2.1", "javascript"),
                            ("curl/7.88 aws-cli/2", "own"), ("", "own")):
            self.assertEqual(recorder.client_of(agent), name)

    def test_what_is_no_query(self):
        seen = recorder.Seen()
        for body in (b"", b"{}", b"Action=GetUser", b"Version=2010-05-08", b"XAction=a&Version=2010-05-08"):
            seen.note("Boto3/1", body, 200, b"{}")
        self.assertEqual(seen.operations, {})

    def test_a_tap_passes_on_what_it_gets(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            tap = recorder.Tap(types.SimpleNamespace(port=server.getsockname()[1]), recorder.Seen())
            with socket.create_connection(("127.0.0.1", tap.port), 10) as client:
                other, _ = server.accept()
                with other:
                    request = self.message("POST / HTTP/1.1", self.FORM, "User-Agent: aws-cli/2")
                    client.sendall(request)
                    self.assertEqual(other.recv(65536), request)
                    other.sendall(self.message("HTTP/1.1 200 OK", self.ANSWER))
                    self.assertTrue(client.recv(65536).endswith(self.ANSWER))
                self.assertEqual(client.recv(1), b"")
            tap.close()
            self.assertEqual(tap.seen.operations["iam.GetUser"]["clients"], {"cli"})


class Coverage(unittest.TestCase):
    OPERATION = definitions.Operation("iam", "GetUser", {}, [], frozenset(["User", "User.A", "User.A.B"]),
                                      ["NoSuchEntity", "ServiceFailure"])
    COMPLETE = ({"cli", "javascript"}, {"User", "User.A", "User.A.B"}, {"NoSuchEntity", "ServiceFailure"})
    REASON = "it cannot be provoked here"

    def page(self, clients, members, errors, exceptions=(), not_yet=()):
        seen = recorder.Seen()
        seen.add("iam.GetUser", clients, members, errors)
        made = coverage.Exceptions(exceptions)
        page, lacks = coverage.page_of({"GetUser": self.OPERATION}, list(not_yet), seen, made)
        return page, lacks["GetUser"] + list(made.findings({name for _, name in not_yet}))

    def test_what_is_complete_passes(self):
        page, lacks = self.page(*self.COMPLETE)
        self.assertEqual(lacks, [])
        self.assertIn("| `GetUser` | CLI | yes | all 3 | NoSuchEntity, ServiceFailure |", page)

    def test_what_is_missing_fails(self):
        for clients, errors, want in (
                ({"own", "javascript"}, self.COMPLETE[2], "not called with success by the AWS CLI or boto3"),
                ({"boto3"}, self.COMPLETE[2], "not called with success by the JavaScript SDK"),
                (self.COMPLETE[0], {"ServiceFailure"}, "NoSuchEntity was not provoked")):
            self.assertEqual(self.page(clients, self.COMPLETE[1], errors)[1], [want])

    def test_members_that_are_never_returned(self):
        page, lacks = self.page(self.COMPLETE[0], {"User"}, self.COMPLETE[2])
        self.assertIn("| 1 of 3; never `User.A` |", page)
        self.assertEqual(lacks, [])

    def test_exceptions(self):
        for operations in (["GetUser"], "all"):
            entry = {"error": "ServiceFailure", "operations": operations, "reason": self.REASON}
            page, lacks = self.page(*self.COMPLETE[:2], {"NoSuchEntity"}, [entry])
            self.assertEqual(lacks, [])
            self.assertIn("| NoSuchEntity; not ServiceFailure |", page)
            self.assertIn("| ServiceFailure | %s | %s |" % (
                self.REASON, "all" if operations == "all" else "`GetUser`"), page)
            self.assertIn("is not needed", self.page(*self.COMPLETE, [entry])[1][0])
        entry = {"error": "ServiceFailure", "operations": ["ListX"], "reason": self.REASON}
        self.assertIn("is not needed", self.page(*self.COMPLETE, [entry])[1][0])
        self.assertEqual(self.page(*self.COMPLETE, [entry], [("iam", "ListX")])[1], [])

    def test_what_is_not_built_has_a_row(self):
        page = self.page(*self.COMPLETE, (), [("iam", "ListX")])[0]
        self.assertIn("1 of 2 operations are built.", page)
        self.assertIn("| `ListX` | not built yet |", page)

    def test_a_module_without_a_record_is_missing(self):
        with tempfile.TemporaryDirectory() as place:
            names = runner.modules(HERE)
            for name in names[1:]:
                recorder.Seen().write(pathlib.Path(place) / (name + ".json"))
            self.assertEqual(coverage.records(pathlib.Path(place))[1], names[:1])


class Analysis(unittest.TestCase):
    def test_findings_are_read(self):
        output = "src/a.c:3:5: warning: it leaks [CWE-401] [-Wanalyzer-malloc-leak]\n" \
                 "src/a.c:3:5: note: here\n/usr/include/x.h:1:1: warning: theirs [cert-x]\n"
        self.assertEqual(analyse.lines("gcc", output, analyse.bracketed), {analyse.Finding(
            "gcc", "analyzer-malloc-leak", "src/a.c", 3, "it leaks [CWE-401]")})

    def test_every_excuse_has_a_reason(self):
        self.assertTrue(all(len(why) > 5 for why in analyse.known().values()))


if __name__ == "__main__":
    unittest.main()
