# SPDX-License-Identifier: Apache-2.0
"""What the clients of a run sent and got: which of them called an operation with success, which
members of its answer came back, and which errors.

The real clients are given the address of a Tap, which passes on every byte as it is and reads along;
lib/wire.py notes what it sends itself. Who sent a request is told by its User-Agent alone.
tests/e2e/coverage.py makes the page of the records of all modules.
"""

import json
import re
import select
import socket
import threading
import xml.etree.ElementTree as ElementTree

CLIENTS = (("cli", re.compile(r"aws-cli/")), ("boto3", re.compile(r"Boto3/")),
           ("javascript", re.compile(r"aws-sdk-js/")))
OWN = "own"  # the client of lib/wire.py, and whatever else
VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts"}
FIELD = re.compile(rb"(Action|Version)=([\w-]+)")
CODE = re.compile(rb"<Code>([\w.]+)</Code>")
CONNECT_S = 30


def client_of(user_agent):
    return next((name for name, pattern in CLIENTS if pattern.match(user_agent)), OWN)


def operation_of(body):
    """service.Operation of a request in the Query protocol, or None."""
    found = [match.groups() for match in map(FIELD.match, body.split(b"&")) if match]
    fields = {key: value.decode() for key, value in found}
    service = VERSIONS.get(fields.get(b"Version"))
    return "%s.%s" % (service, fields[b"Action"]) if service and b"Action" in fields else None


def members_of(node, prefix=""):
    """The members below an element, as paths: User.Tags.Key. Lists and maps add no part of their own."""
    for child in node:
        name = child.tag.rpartition("}")[2]
        if name in ("member", "entry", "value"):
            yield from members_of(child, prefix)
        elif name != "key":
            yield prefix + name
            yield from members_of(child, prefix + name + ".")


class Seen:
    """operation -> {"clients": who called it with success, "members": paths, "errors": codes}."""

    def __init__(self):
        self.operations = {}
        self.is_read = True  # otherwise nothing is noted
        self.lock = threading.Lock()

    def note(self, user_agent, body, status, answer):
        """One request and its answer. What is not in the Query protocol is left out."""
        operation = operation_of(body) if self.is_read else None
        if operation is None:
            return
        members, errors = set(), set()
        if status == 200:
            root = ElementTree.fromstring(answer) if answer.startswith(b"<") else ()
            members = {path for part in root if part.tag.endswith("Result") for path in members_of(part)}
        else:
            errors = {code.decode() for code in CODE.findall(answer)}
        self.add(operation, {client_of(user_agent)} if status == 200 else set(), members, errors)

    def add(self, operation, clients, members, errors):
        with self.lock:
            row = self.operations.setdefault(
                operation, {"clients": set(), "members": set(), "errors": set()})
            row["clients"] |= clients
            row["members"] |= members
            row["errors"] |= errors

    def merge(self, path):
        """Adds what write() wrote."""
        for operation, row in json.loads(path.read_text(encoding="utf-8")).items():
            self.add(operation, *(set(row[key]) for key in ("clients", "members", "errors")))

    def write(self, path):
        rows = {operation: {key: sorted(values) for key, values in row.items()}
                for operation, row in sorted(self.operations.items())}
        path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


SEEN = Seen()  # of this process, which runs one module


class Messages:
    """Cuts one direction of a connection into HTTP messages whose length Content-Length tells."""

    def __init__(self):
        self.buffer = b""

    def feed(self, data):
        """(head, body) of each message that is complete."""
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            match = re.search(rb"(?im)^content-length: *(\d+)", head)
            length = int(match.group(1)) if match else 0
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            if not head.startswith(b"HTTP/1.1 100 "):
                yield head.decode("latin-1"), rest[:length]


class Exchange:
    """The requests of a connection and their answers, in order."""

    def __init__(self, seen):
        self.seen = seen
        self.requests, self.answers = Messages(), Messages()
        self.waiting = []

    def sent(self, data):
        self.waiting.extend(self.requests.feed(data))

    def answered(self, data):
        for head, body in self.answers.feed(data):
            asked, form = self.waiting.pop(0)
            agent = re.search(r"(?im)^user-agent: *(.*?)\r?$", asked)
            self.seen.note(agent.group(1) if agent else "", form, int(head.split(" ")[1]), body)


class Tap:
    """A port before that of a server, until close(); the bytes are passed on as they are."""

    def __init__(self, server, seen=SEEN):
        self.server, self.seen = server, seen
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # accept() returns
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        """Carries one connection; the end of one side is the end of both."""
        try:
            with client, socket.create_connection(("127.0.0.1", self.server.port), CONNECT_S) as server:
                self.carry(client, server)
        except (OSError, TypeError):  # the other side is gone; no port: the server does not run
            return

    def carry(self, client, server):
        exchange = Exchange(self.seen)
        for sock in (client, server):
            sock.settimeout(None)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ways = {client: (server, exchange.sent), server: (client, exchange.answered)}
        while True:
            for sock in select.select([client, server], [], [])[0]:
                data = sock.recv(65536)
                if not data:
                    return
                to, read = ways[sock]
                read(data)
                to.sendall(data)
