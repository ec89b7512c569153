#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The exchange and every way in which its server can fail it. The server is a script, the exchange
the real program; each test has one of its own, and many run at once. Prints TAP.

Whatever happened, afterwards the exchange must serve on a good connection, have tried no more often
than its log says, leak no descriptor, and end on SIGTERM with status 0; and its log must be lines
that a terminal can show, without the secret."""

import asyncio
import os
import random
import re
import sys

from component_server import (BACKOFF_FIRST_MS, BACKOFF_MAX_MS, JID, PATIENCE_S, SECRET, Exchange,
                              Server, header, ping, stream_error)

AT_ONCE = 6
SEED = 20261122
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
COMPONENT_PORT = "the server's port for components?"

TESTS = []


def test(name, script, *expected, **options):
    """`script(server, exchange)` does its worst. Each of `expected` must be in one line of the log."""
    TESTS.append((name, script, expected, options))


def check_log(exchange):
    lines = exchange.log().split("\n")
    assert lines.pop() == "", "the log does not end with a line's end"
    for line in lines:
        assert LINE.fullmatch(line), f"not a line for people: {line!r}"
    assert SECRET not in exchange.log(), "the secret is in the log"
    assert not re.search("[0-9a-f]{40}", exchange.log()), "a digest is in the log"


def check_delays(server, exchange, expected=None):
    """Each within its bounds; one attempt at the start and one after each. A closed port counts no
    connections."""
    delays = exchange.delays_ms()
    for failures, delay in enumerate(delays):
        longest = min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS << failures)
        assert longest // 2 <= delay <= longest, f"delay {failures}: {delay} ms of {delays}"
    assert server.connections <= 1 + len(delays), f"{server.connections} attempts, {delays}"
    if expected is not None:
        assert len(delays) == expected, delays


async def recover(server, exchange, baseline):
    """The next connection is served and nothing of those before is left open."""
    connection = await server.connection()
    await connection.let_in("another <id> & its signs")
    await connection.served("recovered")
    assert exchange.descriptors() == baseline, exchange.descriptors()
    check_delays(server, exchange)
    status = await asyncio.gather(exchange.stop(), end_politely(connection))
    assert status[0] == 0, f"status {status[0]}"


async def end_politely(connection):
    await connection.hear("</stream:stream>")
    await connection.say("</stream:stream>")
    await connection.gone()


async def run(world, script, expected, extra="", listening=True, recovers=True):
    server = Server()
    if listening:
        await server.listen()
    exchange = Exchange(server, world["catalog"], extra)
    try:
        await exchange.start()
        await script(server, exchange)
        if recovers:
            await recover(server, exchange, world["descriptors"])
        for words in expected:
            assert any(words in line for line in exchange.log().split("\n")), f"no {words!r}"
        check_log(exchange)
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}\n{exchange.log()}") from error
    finally:
        exchange.remove()
        server.close()


# ---- before the stream is open

def says(text, waits=False, reset=False):
    """To the exchange's header the server says that, and closes or waits for the exchange to."""
    async def script(server, _exchange):
        connection = await server.connection()
        await connection.hear("<stream:stream [^>]*>")
        await connection.say(text)
        if waits:
            await connection.gone()
        else:
            connection.hang_up(reset)
    return script


async def not_up(server, exchange):
    await exchange.logged("next attempt")
    assert server.connections == 0
    await server.listen()

test("not up yet", not_up, "Connection refused; is the server running", listening=False)
test("closes at once", says(""), "closed the connection before it opened a stream; is it "
     + COMPONENT_PORT)
test("resets the connection", says("", reset=True), "Connection reset by peer")
test("closes within its header", says("<?xml version='1.0'?><stream:str"), COMPONENT_PORT)
test("speaks HTTP", says("HTTP/1.1 400 Bad Request\r\n\r\n", True), COMPONENT_PORT)
test("speaks TLS", says(b"\x15\x03\x01\x00\x02\x02\x46", True), COMPONENT_PORT)
test("greets like a mail server", says("220 \x1b[2Jhello\r\n", True), COMPONENT_PORT)
test("is the client's port", says(header(content="jabber:client"), True), "component port")
test("has no stream id", says(header(None), True), "no usable 'id'")
test("has a stream id without end", says(header("9" * 5000), True), "no usable 'id'")
test("calls itself otherwise", says(header(sender="other\u202e.example.org"), True), "header is from \"other\\xE2\\x80\\xAE.example.org\", not from")
test("is another component's", says(header(sender="other.example.org"), True),
     "is jid the name that the server has")
test("has a document type", says("<!DOCTYPE s SYSTEM 'file:///etc/passwd'><s/>", True),
     "document type")


async def garbage(server, exchange):
    """Random bytes, of which the exchange reads as far as it likes."""
    connection = await server.connection()
    await connection.let_in()
    await exchange.logged("connected to")
    await connection.say(b"<" + random.Random(SEED).randbytes(5000))
    await connection.gone()

test(f"sends random bytes (seed {SEED})", garbage, "the server's XML is broken")


async def hangs_in_header(server, _exchange):
    await (await server.connection()).gone()


async def hangs_in_handshake(server, _exchange):
    connection = await server.connection()
    await connection.greet()
    await connection.gone()

test("accepts and hangs", hangs_in_header, "the server did not open a stream in time")
test("hangs in the handshake", hangs_in_handshake, "the server did not answer the handshake in time")


# ---- stream errors, of every kind (RFC 6120, 4.9.3), each where servers send it

def ends_stream(condition, text, content, phase):
    async def script(server, exchange):
        connection = await server.connection()
        if phase == "header":
            await connection.hear("<stream:stream [^>]*>")
            await connection.say(header())
        elif phase == "handshake":
            await connection.greet()
        else:
            await connection.let_in()
            await connection.served()
        await connection.say(stream_error(condition, text, content))
        await connection.gone()
        await exchange.logged(f"next attempt in [0-9]+ ms: the server ended the stream: {condition}")
    return script


def stream_errors():
    remedies = {
        "conflict": ("handshake", "stop one of the two"),
        "host-gone": ("up", "still have this component"),
        "host-unknown": ("header", "does the server's configuration have this component"),
        "invalid-from": ("up", "is jid the name"),
        "invalid-namespace": ("header", "is the server ready"),
        "not-authorized": ("handshake", "are jid and secret the ones"),
        "policy-violation": ("up", "answer_bytes"),
        "system-shutdown": ("up", "is stopping")}
    for condition in ("bad-format", "bad-namespace-prefix", "connection-timeout",
                      "improper-addressing", "internal-server-error", "invalid-xml",
                      "not-well-formed", "remote-connection-failed", "reset",
                      "resource-constraint", "restricted-xml", "undefined-condition",
                      "unsupported-encoding", "unsupported-feature", "unsupported-stanza-type",
                      "unsupported-version"):
        remedies[condition] = ("up", condition)
    for condition, (phase, remedy) in sorted(remedies.items()):
        test(f"stream error {condition}", ends_stream(condition, "", "", phase), remedy)

stream_errors()
test("a stream error with a text for the terminal",
     ends_stream("policy-violation", "red \u009b31m&#10;2026-01-01T00:00:00Z new line \u202e", "", "up"),
     "policy-violation: red \\xC2\\x9B31m")


async def see_other_host(server, exchange):
    """It names a port where somebody would be."""
    elsewhere = Server()
    await elsewhere.listen()
    where = f"127.0.0.1:{elsewhere.port}"
    await ends_stream("see-other-host", "", where, "up")(server, exchange)
    assert f"see-other-host {where}; it is not followed" in exchange.log()
    await recover(server, exchange, WORLD["descriptors"])
    assert elsewhere.connections == 0
    elsewhere.close()

test("stream error see-other-host is told and not followed", see_other_host, recovers=False)


async def conflicts(server, exchange):
    """Its name is taken, again and again: it waits longer each time."""
    for _ in range(3):
        connection = await server.connection()
        await connection.let_in()
        await connection.served()
        await connection.say(stream_error("conflict", "Replaced by a new connection"))
        await connection.gone()
    await exchange.logged("conflict", 3)

test("a second exchange takes the name, three times", conflicts, "Replaced by a new connection")


async def wrong_secret(server, exchange):
    for _ in range(2):
        connection = await server.connection()
        await connection.greet()
        await connection.say(stream_error("not-authorized", "Given token does not match"))
        connection.hang_up()
    await exchange.logged("not-authorized", 2)

test("refuses the secret until its administrator has mended it", wrong_secret)


# ---- once it is up

async def closes_after_handshake(server, exchange):
    """Being up for a moment does not make the next delay the first again."""
    for _ in range(3):
        connection = await server.connection()
        await connection.let_in()
        connection.hang_up()
    await exchange.logged("the server closed the connection", 3)
    assert exchange.delays_ms()[2] >= 2 * BACKOFF_FIRST_MS, exchange.delays_ms()

test("closes after the handshake, three times", closes_after_handshake, "connected to 127.0.0.1")


def after_handshake(text, *, closes):
    async def script(server, _exchange):
        connection = await server.connection()
        await connection.let_in()
        await connection.served()
        await connection.say(text)
        if closes:
            connection.hang_up()
        else:
            await connection.gone()
    return script

HALF = f"<iq type='set' id='half' from='u@h.example/r' to='{JID}'><command xmlns='http://jab"
test("sends half a stanza and closes", after_handshake(HALF, closes=True), "closed the connection")
test("sends half a stanza and its end tag", after_handshake(HALF[:-5] + "'></stream:stream>",
                                                           closes=False), "XML is broken")
test("ends the stream", after_handshake("</stream:stream>", closes=False),
     "the server closed the stream")
test("opens a second stream", after_handshake(header(), closes=False), "XML is broken")
test("sends an entity", after_handshake("<iq>&secret;</iq>", closes=False), "XML is broken")
test("sends a tag without end", after_handshake("<iq a='" + "x" * 1100000, closes=False),
     "a tag of more than")


async def byte_by_byte(server, _exchange):
    connection = await server.connection()
    await connection.hear("<stream:stream [^>]*>")
    await connection.trickle(header("slow"))
    await connection.hear("<handshake>.*</handshake>")
    await connection.trickle("<handshake/>" + ping("slow-1") + ping("slow-2"))
    for number in (1, 2):
        await connection.hear(f"<iq type='result'[^>]* id='slow-{number}'")
    connection.hang_up()

test("says everything one byte at a time", byte_by_byte)

FLOOD = 20000


async def takes_slowly(server, _exchange):
    """It asks all the time and takes little at once: every question has one answer, a result or
    that the exchange is busy."""
    connection = await server.connection()
    await connection.let_in()
    asking = asyncio.create_task(connection.say("".join(ping(f"q{n}") for n in range(FLOOD))))
    answered, text = set(), ""
    while len(answered) < FLOOD:
        data = await asyncio.wait_for(connection.reader.read(20000), PATIENCE_S)
        assert data, f"the exchange has gone after {len(answered)} answers"
        text, end = text + data.decode(), 0
        for found in re.finditer(r"<iq [^>]*?\bid='(q\d+)'[^>]*>", text):
            assert found.group(1) not in answered, f"{found.group(1)} is answered twice"
            answered.add(found.group(1))
            end = found.end()
        text = text[end:]
        await asyncio.sleep(0.001)
    await asking
    connection.hang_up()

test("takes answers slowly while it asks", takes_slowly, extra="limits { outbox_bytes = 300000 }\n")


async def takes_never(server, exchange):
    """It asks and takes nothing: the exchange stops reading, then leaves."""
    connection = await server.connection()
    await connection.let_in()
    asking = asyncio.create_task(connection.say("".join(ping(f"q{n}") for n in range(10 * FLOOD))))
    await exchange.logged("the server has taken nothing for 30000 ms")
    await connection.gone()
    await asyncio.wait_for(asking, PATIENCE_S)

test("takes no answers at all", takes_never, "bytes of answers were not sent",
     extra="limits { outbox_bytes = 300000 }\n")


# ---- SIGTERM at any moment

def stopped_when(reach):
    async def script(server, exchange):
        await reach(server, exchange)
        status = await exchange.stop()
        assert status == 0, f"status {status}"
        check_delays(server, exchange)
    return script


async def waiting(_server, exchange):
    await exchange.logged("next attempt")


async def opening(server, _exchange):
    await (await server.connection()).hear("<stream:stream [^>]*>")


async def handshaking(server, _exchange):
    await (await server.connection()).greet()


async def up(server, _exchange):
    connection = await server.connection()
    await connection.let_in()
    await connection.served()

for where, reach, heard in (("it waits", waiting, False), ("the server hangs in its header", opening, True),
                            ("it waits for the handshake", handshaking, True),
                            ("the server does not end the stream", up, True)):
    test(f"SIGTERM while {where}", stopped_when(reach), "stopped", listening=heard, recovers=False)

WORLD = {}


async def prepare():
    """A catalog for all, and what descriptors an exchange has that is up."""
    server = Server()
    await server.listen()
    first = Exchange(server)
    await first.start()
    connection = await server.connection()
    await connection.let_in()
    await connection.served()
    await asyncio.gather(first.stop(), end_politely(connection))
    WORLD["catalog"] = first.catalog
    second = Exchange(server, first.catalog)
    await second.start()
    connection = await server.connection()
    await connection.let_in()
    await connection.served()
    WORLD["descriptors"] = second.descriptors()
    second.remove()
    server.close()
    return first


async def main():
    first = await prepare()
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(name, script, expected, options):
        if "hang" not in name and "no answers" not in name:  # these wait, and use nothing
            async with slots:
                return await run(WORLD, script, expected, **options)
        return await run(WORLD, script, expected, **options)

    print(f"1..{len(TESTS)}", flush=True)
    outcomes = await asyncio.gather(*(one(*each) for each in TESTS), return_exceptions=True)
    first.remove()
    for number, ((name, *_), outcome) in enumerate(zip(TESTS, outcomes), 1):
        print(f"{'not ok' if outcome else 'ok'} {number} - the server {name}")
        for line in str(outcome or "").splitlines():
            print("# " + line)
    return any(outcomes)


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main()) else 0)
