# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates for the cases, made by OpenSSL, and what is known of them without iamd."""

import base64
import functools
import hashlib
import re
import subprocess
import tempfile

from lib.server import ROOT


def openssl(*words, text=""):
    done = subprocess.run(["openssl", *words], input=text.encode(), capture_output=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError("openssl %s: %s" % (" ".join(words), done.stderr.decode()))
    return done.stdout


@functools.lru_cache(maxsize=None)
def private_key(kind="rsa:2048", number=0):
    """A key in PKCS#8; the same for the same arguments."""
    algorithm, _, size = kind.partition(":")
    options = {"rsa": "rsa_keygen_bits:", "ec": "ec_paramgen_curve:"}.get(algorithm)
    return openssl("genpkey", "-algorithm", algorithm, *(
        ["-pkeyopt", options + size] if size else [])).decode()


def public_key(key):
    """SubjectPublicKeyInfo, in PEM."""
    return openssl("pkey", "-pubout", text=key).decode()


def der(pem):
    return base64.b64decode("".join(re.findall(r"^[A-Za-z0-9+/=]+$", pem, re.M)))


def mpint(number):
    data = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return len(data).to_bytes(4, "big") + data


def ssh_key(key):
    """What OpenSSH makes of an RSA key: its line without a comment, and the MD5 fingerprint."""
    text = openssl("rsa", "-noout", "-modulus", text=key).decode()
    blob = b"\x00\x00\x00\x07ssh-rsa" + mpint(65537) + mpint(int(text.partition("=")[2], 16))
    line = "ssh-rsa " + base64.b64encode(blob).decode()
    return line, ":".join("%02x" % byte for byte in hashlib.md5(blob).digest())


def vector(name):
    """A file of tests/vectors/pki."""
    return (ROOT / "tests/vectors/pki" / name).read_text(encoding="ascii")


def certificate(kind="ec:P-256", number=0, name="a.example.com"):
    """A certificate for a year that is signed with its own key, and its private key."""
    key = private_key(kind, number)
    with tempfile.NamedTemporaryFile("w", suffix=".key") as file:
        file.write(key)
        file.flush()
        return openssl("req", "-x509", "-new", "-key", file.name, "-subj", "/CN=" + name, "-days",
                       "365").decode(), key


def numbers(key):
    """The numbers of a private key that are secret, as bytes in either order."""
    text = openssl("pkey", "-noout", "-text", text=key).decode()
    found = []
    for name in ("privateExponent", "prime1", "prime2", "exponent1", "priv"):
        match = re.search(r"^%s:((?:\s+[0-9a-f]{2}(?::[0-9a-f]{2})*:?)+)$" % name, text, re.M)
        if match:
            data = bytes.fromhex(re.sub(r"[\s:]", "", match.group(1))).lstrip(b"\0")
            found += [data[:24], data[::-1][:24]]
    assert found, text
    return found


def certificate_id(pem):
    """What IAM calls a signing certificate: its SHA-1 in base32."""
    return base64.b32encode(hashlib.sha1(der(pem)).digest()).decode()
