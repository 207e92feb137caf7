# SPDX-License-Identifier: Apache-2.0
"""Identity providers that are down, slow or hostile: nobody else waits for them, nothing of theirs is
followed, and what they cannot be asked is not believed.
"""

import os
import signal
import threading
import time

from cases.web_identity import Place
from lib.issuer import CONFIGURATION, Issuer, Key
from lib.server import Background

SERVER = None
NO_KEY = ("Couldn't retrieve verification key from your identity provider,  please reference "
          "AssumeRoleWithWebIdentity documentation for requirements")
UNREACHABLE = "Error communicating with the identity provider"
AT_ONCE_S = 3  # who waits for a provider that hangs waits for five
THUMBPRINT = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"


def timed(function, *args, **more):
    begun = time.monotonic()
    result = function(*args, **more)
    return result, time.monotonic() - begun


def no_key(p, message=NO_KEY):
    return p.refuse("InvalidIdentityToken", message, p.issuer.token())


def await_question(t, p):
    """Waits until the provider is asked."""
    deadline = time.monotonic() + 20
    while not p.issuer.seen:
        t.true(time.monotonic() < deadline, "nobody asks the provider")
        time.sleep(0.02)


def test_hanging_provider(t):
    """It costs its own clients five seconds, once in half a minute, and others nothing."""
    p = Place(t)
    p.issuer.answers[CONFIGURATION] = lambda request: time.sleep(30)
    waiting = [Background(p.refuse, "IDPCommunicationError", UNREACHABLE, p.issuer.token())
               for _ in range(20)]
    await_question(t, p)
    for _ in range(20):
        _, seconds = timed(t.root.call, "GetCallerIdentity")
        t.true(seconds < AT_ONCE_S, "another caller waited %.1f s" % seconds)
    for thread in waiting:
        thread.finish(30)
    asked = len(p.issuer.seen)
    t.true(asked <= 2, "asked %d times" % asked)
    _, seconds = timed(p.refuse, "IDPCommunicationError", UNREACHABLE, p.issuer.token())
    t.true(seconds < AT_ONCE_S, "not asked again at once: %.1f s" % seconds)
    t.equal(len(p.issuer.seen), asked, "asked again at once")


def test_too_many_wait(t):
    p = Place(t)
    p.issuer.answers[CONFIGURATION] = lambda request: time.sleep(30)
    codes, token = [], p.issuer.token()

    def ask():
        try:
            p.assume(token)
        except Exception as error:  # counted below
            codes.append(getattr(error, "code", repr(error)))

    threads = [threading.Thread(target=ask) for _ in range(90)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    t.equal(sorted(set(codes)), ["IDPCommunicationError", "Throttling"])
    t.true(codes.count("IDPCommunicationError") <= 64, codes.count("IDPCommunicationError"))


def test_gigabytes(t):
    p = Place(t)

    def endless(request):
        request.send_response(200)
        request.end_headers()
        for _ in range(1 << 16):
            request.wfile.write(b"a" * (1 << 14))

    p.issuer.answers["/jwks"] = endless
    _, seconds = timed(no_key, p)
    t.true(seconds < 5, "%.1f s" % seconds)
    t.true(p.server.memory_kib() < 1 << 20, p.server.memory_kib())


def test_redirects(t):
    for place in ("https://169.254.169.254/latest/meta-data/", "http://127.0.0.1/", "file:///etc/passwd"):
        p = Place(t)
        p.issuer.answers[CONFIGURATION] = lambda request, place=place: request.send(
            302, b"", [("Location", place)])
        no_key(p)
        t.equal(len(p.issuer.seen), 1)


def test_documents_that_point_elsewhere(t):
    for keys in ("https://169.254.169.254/jwks", "http://127.0.0.1/jwks", "file:///etc/passwd",
                 "https://user@127.0.0.1/jwks", "https://10.0.0.1/jwks", "https://[::1]/jwks",
                 "https://[::ffff:a9fe:a9fe]/jwks"):
        p = Place(t)
        p.issuer.answers[CONFIGURATION] = {"issuer": p.issuer.url, "jwks_uri": keys}
        _, seconds = timed(no_key, p)
        t.true(seconds < 3, "%s took %.1f s" % (keys, seconds))


def test_documents_of_another_issuer(t):
    p = Place(t)
    p.issuer.answers[CONFIGURATION]["issuer"] = p.issuer.url + "/"
    no_key(p)


def test_nonsense(t):
    for body in (b"", b"<html>", b"[]", b'{"keys":7}', b"\xff\xfe", b'{"keys":[],"keys":[]}',
                 b'{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}', b"[" * 100000):
        p = Place(t)
        p.issuer.answers["/jwks"] = lambda request, body=body: request.send(200, body)
        no_key(p)


def test_private_address(t):
    """A name that is an address of this machine, and an operator who does not allow it."""
    issuer = Issuer()
    for base in (issuer.base, issuer.base.replace("127.0.0.1", "localhost")):
        p = Place(t, issuer, options=["--oidc-endpoint", "idp.example.com=" + base,
                                      "--oidc-ca-file", str(issuer.chain)])
        _, seconds = timed(no_key, p)
        t.true(seconds < 3, "%.1f s" % seconds)
    t.equal(issuer.seen, [])


def test_keys_that_change(t):
    """A provider that rolls its keys is asked again for one that is not known; not every second."""
    p = Place(t)
    p.assume(p.issuer.token())
    asked = len(p.issuer.seen)
    for _ in range(50):
        p.issuer.key = Key("ES256", "k%d" % time.monotonic_ns())
        p.issuer.restore()
        p.refuse("InvalidIdentityToken", NO_KEY, p.issuer.token())
    t.equal(len(p.issuer.seen), asked, "asked again within half a minute")


def test_down_after_all_was_well(t):
    """Cached keys go on, whatever becomes of their provider."""
    p = Place(t)
    p.assume(p.issuer.token())
    p.issuer.answers.clear()
    p.assume(p.issuer.token())
    p.issuer.stop()
    p.assume(p.issuer.token())


def test_certificates(t):
    """Nobody vouches for the certificate; then its thumbprint is registered."""
    issuer = Issuer()
    p = Place(t, issuer, options=issuer.options(ca=False))
    no_key(p, THUMBPRINT)
    t.root.call("UpdateOpenIDConnectProviderThumbprint", OpenIDConnectProviderArn=p.provider,
                ThumbprintList=[issuer.thumbprint.upper()])
    p.assume(p.issuer.token())


def test_nobody_listens(t):
    issuer = Issuer()
    issuer.stop()
    p = Place(t, issuer)
    p.refuse("IDPCommunicationError", UNREACHABLE, p.issuer.token())


def ready(t, server):
    with server.connect() as connection:
        response = connection.request("GET", "/readyz", [("Host", server.host_header)])
    t.equal(response.status, 200)
    return response.body.decode()


def test_fetcher_that_is_killed(t):
    """Another takes its place: a token whose key is not known yet works a moment later."""
    p = Place(t)
    parent, fetcher = p.server.fetching()
    os.kill(fetcher, signal.SIGKILL)
    p.assume(p.issuer.token())
    t.equal(p.server.fetching()[0], parent)
    p.server.await_log('"how":"signal 9"')
    p.server.await_log("over: keys of identity providers cannot be fetched")
    t.contains(ready(t, p.server), "authenticates: ok\n")


def test_fetcher_that_is_killed_while_somebody_waits(t):
    """Who waits is told long before the time for an answer is over, and nobody is asked again."""
    p = Place(t)
    p.issuer.answers[CONFIGURATION] = lambda request: time.sleep(30)
    waiting = Background(p.refuse, "IDPCommunicationError", UNREACHABLE, p.issuer.token())
    await_question(t, p)
    os.kill(p.server.fetching()[1], signal.SIGKILL)
    _, seconds = timed(waiting.finish, 30)
    t.true(seconds < 20, "told after %.1f s" % seconds)
    t.equal(len(p.issuer.seen), 1)


def test_fetcher_that_is_gone(t):
    """Without the process that fetches, what is not known is not known; all else goes on."""
    p = Place(t)
    os.kill(p.server.fetching()[0], signal.SIGKILL)  # which starts it
    p.server.await_log("keys of identity providers are not fetched until the next start")
    p.refuse("IDPCommunicationError", UNREACHABLE, p.issuer.token())
    t.root.call("GetCallerIdentity")
    t.contains(ready(t, p.server),
               "authenticates: ok, but keys of identity providers cannot be fetched\n")


def test_authorities_that_change(t):
    """
    A file of --oidc-ca-file that is replaced counts after SIGHUP, for keys that are there too; one
    without any does not.
    """
    issuer, other = Issuer(), Issuer()
    t.own.append(other)
    authorities = issuer.home / "authorities.pem"
    authorities.write_bytes(other.chain.read_bytes())
    p = Place(t, issuer, options=issuer.options(ca=False) + ["--oidc-ca-file", str(authorities)])
    no_key(p, THUMBPRINT)

    def replace(text, told):
        new = authorities.with_suffix(".new")
        new.write_bytes(text)
        new.rename(authorities)
        p.server.process.send_signal(signal.SIGHUP)
        p.server.await_log(told)

    replace(b"", "the file has no certificate")
    replace(issuer.chain.read_bytes(), '"starts":"2"')
    p.assume(issuer.token())
    replace(other.chain.read_bytes(), '"starts":"3"')
    no_key(p, THUMBPRINT)


def test_stop_while_somebody_waits(t):
    p = Place(t)
    p.issuer.answers[CONFIGURATION] = lambda request: time.sleep(30)
    waiting = Background(p.refuse, "IDPCommunicationError", UNREACHABLE, p.issuer.token())
    await_question(t, p)
    t.equal(p.server.stop(), 0)
    waiting.finish(30)
