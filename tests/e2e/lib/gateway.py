# SPDX-License-Identifier: Apache-2.0
"""AWS's addresses, answered by iamd: a proxy for HTTPS that real clients are told of, so that a
client needs no option that AWS's users would not give."""

import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading

NAMES = ("iam.amazonaws.com", "sts.amazonaws.com", "sts.us-east-1.amazonaws.com",
         "sts.eu-west-1.amazonaws.com")
OBJECTS = "s3.eu-west-1.amazonaws.com"


def pump(source, sink):
    """Carries bytes until one side ends."""
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Gateway:
    """Serves until it is closed; env is what a client's environment needs."""

    def __init__(self, server, objects=None):
        """objects: what answers for S3 (lib/objects.py); without it there is no such address."""
        self.ports = {name: int(server.client_url.rpartition(":")[2]) for name in NAMES}
        if objects:
            self.ports[OBJECTS] = objects.port
        self.home = tempfile.TemporaryDirectory(prefix="iamd-gateway-")
        self.certificate = pathlib.Path(self.home.name) / "ca.pem"
        key = pathlib.Path(self.home.name) / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-days", "2", "-subj", "/CN=gateway", "-keyout", str(key),
                        "-out", str(self.certificate), "-addext",
                        "subjectAltName=" + ",".join("DNS:" + name for name in self.ports)],
                       check=True, capture_output=True, timeout=60)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def env(self):
        url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        return {"HTTPS_PROXY": url, "https_proxy": url, "AWS_CA_BUNDLE": str(self.certificate),
                "NODE_EXTRA_CA_CERTS": str(self.certificate)}

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(4096)
            if not data:
                client.close()
                return
            head += data
        host = head.split(b" ")[1].partition(b":")[0].decode()
        if not head.startswith(b"CONNECT ") or host not in self.ports:
            client.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            client.close()
            return
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            inner = self.context.wrap_socket(client, server_side=True)
            upstream = socket.create_connection(("127.0.0.1", self.ports[host]))
        except OSError:
            client.close()
            return
        back = threading.Thread(target=pump, args=(upstream, inner), daemon=True)
        back.start()
        pump(inner, upstream)
        back.join()
        inner.close()
        upstream.close()

    def close(self):
        self.socket.close()
        self.home.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
