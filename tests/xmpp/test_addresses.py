#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who a request is from, when somebody lies: clients that forge `from`, a component that claims
another's domain, one address in many spellings, and addresses that only look alike. Behind real
servers, for it is they who vouch for `from`. Prints TAP."""

import asyncio
import hashlib
import os
import re
from xml.sax.saxutils import quoteattr

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatcherId

import client
from client import CATALOG, COMMANDS, IO_DATA, WAIT_S, Client, equal, holds

GATE = "gate.exchange1.org"  # another component of the same server, and honest when it likes
SERVER = os.environ.get("XMPP_SERVER", "prosody")
HOSTS = ["cloud1.org", "cloud2.org"]


def command(node, payload):
    return (f"<command xmlns='{COMMANDS}' node='{node}' action='execute'><iodata "
            f"xmlns='{IO_DATA}' type='input'><in>{payload}</in></iodata></command>")


def publishes(name):
    return command("publish_resources", f"<advertisement xmlns='{CATALOG}'><cloudName>{name}"
                   "</cloudName><capability><attribute>replicationFactor</attribute>"
                   "<value>5</value></capability></advertisement>")


def withdraws(name):
    return command("withdraw_resources",
                   f"<withdraw xmlns='{CATALOG}'><cloudName>{name}</cloudName></withdraw>")


def port_of(name):
    path = os.path.join(os.environ["PRIVATE"], name + ".port")
    if not os.path.exists(path):
        return int(os.environ["COMPONENT_PORT"])
    with open(path) as stream:
        return int(stream.read())


class Component:
    """Another component, written by hand so that it can say anything."""

    async def connect(self, name=GATE, secret=None):
        if secret is None:
            with open(os.path.join(os.environ["PRIVATE"], "secret")) as stream:
                secret = stream.read().strip()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port_of(name))
        self.heard, self.number = "", 0
        self.send("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                  f"xmlns:stream='http://etherx.jabber.org/streams' to='{name}'>")
        stream_id = (await self.hear(r"<stream:stream [^>]*\bid=['\"]([^'\"]*)['\"]")).group(1)
        self.send(f"<handshake>{hashlib.sha1((stream_id + secret).encode()).hexdigest()}"
                  "</handshake>")
        return (await self.hear("<handshake */>|<handshake></handshake>|"
                                "<stream:error>.*</stream:error>")).group(0)

    def send(self, text):
        self.writer.write(text.encode())

    async def hear(self, pattern):
        """The first match; None when the server has closed before."""
        while not (found := re.search(pattern, self.heard, re.DOTALL)):
            data = await asyncio.wait_for(self.reader.read(65536), WAIT_S)
            if not data:
                return None
            self.heard += data.decode()
        self.heard = self.heard[found.end():]
        return found

    async def leave(self):
        """The name is free again when this returns."""
        try:
            self.send("</stream:stream>")
            while await asyncio.wait_for(self.reader.read(65536), WAIT_S):
                pass
        except ConnectionError:
            pass
        self.writer.close()

    def ask(self, payload, sender):
        self.number += 1
        attribute = f" from={quoteattr(sender)}" if sender is not None else ""
        self.send(f"<iq type='set' id='a{self.number}' to='{client.exchange()}'{attribute}>"
                  f"{payload}</iq>")

    async def answer(self, payload, sender):
        """"result", or the error's condition."""
        self.ask(payload, sender)
        found = await self.hear(f"<iq [^>]*\\bid=['\"]a{self.number}['\"].*?</iq>")
        assert found, f"the server closed: {self.heard}"
        if re.search("type=['\"]result", found.group(0)):
            return "result"
        return re.search(r"<([a-z-]+)[^>]*urn:ietf:params:xml:ns:xmpp-stanzas", found.group(0)).group(1)


class Context:
    one = two = gate = None

    async def owner(self, name):
        """Whose cloud that is; None: there is none."""
        answer = await self.two.about("resolve_cloud", name)
        if answer.type == "error":
            equal(answer.condition, "item-not-found")
            return None
        return answer.out[0].get("jid")


async def prepare():
    context = Context()
    context.one = await Client("cloud1.org").log_in()
    context.two = await Client("cloud2.org").log_in()
    context.gate = Component()
    holds("<handshake", await context.gate.connect())
    equal((await context.two.ask(publishes("victim"))).type, "result")
    return context


# ---- a client

async def client_forges(context):
    """a client cannot publish or withdraw as somebody else"""
    others = ["user@cloud2.org", context.two.boundjid.full, "other@cloud1.org", "cloud1.org",
              "admin@exchange1.org", "service.exchange1.org", "admin"]
    for number, sender in enumerate([*others, "", "no address@@"]):
        liar, answers = await Client("cloud1.org").log_in(), asyncio.Queue()
        liar.register_handler(Callback("lie", MatcherId("lie"), answers.put_nowait))
        for payload in (publishes(f"forged{number}"), withdraws("victim")):
            liar.send_raw(f"<iq type='set' id='lie' to='{client.exchange()}' "
                          f"from={quoteattr(sender)}>{payload}</iq>")
        # ejabberd ends the stream of a liar, and refuses what is no address; Prosody writes what
        # is true over whatever stands there.
        if SERVER == "ejabberd" and sender in others:
            await asyncio.wait_for(liar.disconnected, WAIT_S)
        else:
            for _ in range(2):
                await asyncio.wait_for(answers.get(), WAIT_S)
            await liar.log_out()
        equal((sender, await context.owner(f"forged{number}")),
              (sender, None if SERVER == "ejabberd" else context.one.boundjid.bare))
        equal((sender, await context.owner("victim")), (sender, "user@cloud2.org"))


async def client_names_itself(context):
    """a client that gives its own address, full or bare, is who it is"""
    for sender in (context.one.boundjid.full, context.one.boundjid.bare):
        iq = context.one.make_iq(itype="set", ito=client.exchange(), ifrom=sender)
        iq.append(client.ET.fromstring(publishes("honest")))
        equal((await iq.send(timeout=WAIT_S))["type"], "result")
        equal(await context.owner("honest"), "user@cloud1.org")


async def client_resource(context):
    """a resource that looks like an address does not count"""
    odd = Client("cloud1.org")
    odd.requested_jid.resource = "user@cloud2.org"
    await odd.log_in()
    equal((await odd.ask(withdraws("victim"))).condition, "forbidden")
    equal((await odd.ask(publishes("odd"))).type, "result")
    equal(await context.owner("odd"), "user@cloud1.org")
    await odd.log_out()


# ---- a component

async def component_forges(context):
    """a component that claims another's domain loses its stream, and nothing is done"""
    for number, sender in enumerate((
            "user@cloud2.org", "user@cloud2.org/r", "cloud2.org", "service.exchange1.org",
            "exchange1.org", "user@sub.gate.exchange1.org", "user@gate.exchange1.org.cloud2.org",
            "user@cloud2.org/x@gate.exchange1.org", "user@cloud2.org/gate.exchange1.org", "admin")):
        liar = Component()
        await liar.connect("liar.exchange1.org")
        liar.ask(publishes(f"claimed{number}"), sender)
        liar.ask(withdraws("victim"), sender)
        found = await liar.hear("invalid-from")
        assert found, f"{sender}: no stream error"
        equal(await context.owner(f"claimed{number}"), None)
        equal(await context.owner("victim"), "user@cloud2.org")
        await liar.leave()


async def component_steals_the_name(context):
    """without the secret nobody connects under the exchange's name, and the exchange stays"""
    thief = Component()
    holds("not-authorized", await thief.connect("service.exchange1.org", "a guess"))
    equal(await context.owner("victim"), "user@cloud2.org")


async def one_address(context):
    """case, width, resources and invisible characters make no other owner"""
    gate = context.gate
    equal(await gate.answer(publishes("spelled"), f"user@{GATE}"), "result")
    equal(await context.owner("spelled"), f"user@{GATE}")
    for local in ("USER", "User", "\uff55\uff53\uff45\uff52", "us\u00ader", "user\u200d",
                  "\u24e4ser"):
        for sender in (f"{local}@{GATE}", f"{local}@{GATE}/home", f"{local}@{GATE}/user@cloud2.org"):
            equal((sender, await gate.answer(publishes("spelled"), sender)), (sender, "result"))
            equal(await context.owner("spelled"), f"user@{GATE}")
    equal(await gate.answer(publishes("street"), f"stra\u00dfe@{GATE}"), "result")
    equal(await context.owner("street"), f"strasse@{GATE}")
    equal(await gate.answer(withdraws("street"), f"STRASSE@{GATE}/x"), "result")
    equal(await gate.answer(withdraws("spelled"), f"USER@{GATE}/x"), "result")
    equal(await context.owner("spelled"), None)


async def look_alikes(context):
    """an address that only looks the same, or has more to it, is another owner"""
    gate = context.gate
    equal(await gate.answer(publishes("mine"), f"user@{GATE}"), "result")
    for sender in (f"u\u0455er@{GATE}", f"us\u0435r@{GATE}", f"\u03c5ser@{GATE}", f"user.@{GATE}",
                   f"us\u0323er@{GATE}", f"user\\40cloud2.org@{GATE}", f"0user@{GATE}", GATE,
                   f"{GATE}/user", f"{GATE}/user@cloud2.org"):
        equal((sender, await gate.answer(withdraws("mine"), sender)), (sender, "forbidden"))
        equal((sender, await gate.answer(publishes("mine"), sender)), (sender, "conflict"))
        equal((sender, await gate.answer(withdraws("victim"), sender)), (sender, "forbidden"))
    equal(await context.owner("mine"), f"user@{GATE}")
    equal((await context.one.ask(withdraws("mine"))).condition, "forbidden")
    equal(await gate.answer(withdraws("mine"), f"user@{GATE}"), "result")


async def no_addresses(context):
    """what is no address gets an error or loses the stream, and owns nothing"""
    for number, local in enumerate(("us er", "us\"er", "us&er", "us<er", "us:er", "user\u202e",
                                    "\ue000", "\u00ad", "u" * 1024, "a@b", "us'er")):
        other = Component()
        await other.connect("liar.exchange1.org")
        other.ask(publishes(f"nobody{number}"), f"{local}@liar.exchange1.org")
        # Some of them no error could be sent to; then the next answer is that to a good address.
        other.ask("<nothing xmlns='urn:example:none'/>", "liar.exchange1.org")
        found = await other.hear("jid-malformed|invalid-from|bad-request|service-unavailable")
        assert found, f"{local}: neither an error nor the next answer"
        equal((local, await context.owner(f"nobody{number}")), (local, None))
        await other.leave()


async def no_sender(context):
    """a stanza of a component without from is its domain's, or nobody's"""
    other = Component()
    await other.connect("liar.exchange1.org")
    other.ask(publishes("anonymous"), None)
    found = await other.hear("type=['\"]result|<error|stream:error")
    assert found, other.heard
    equal(await context.owner("anonymous"), "liar.exchange1.org" if SERVER == "prosody" else None)


TESTS = [client_forges, client_names_itself, client_resource, component_forges,
         component_steals_the_name, one_address, look_alikes, no_addresses, no_sender]

if __name__ == "__main__":
    client.beside_an_exchange(HOSTS, SERVER_COMPONENTS=f"{GATE} liar.exchange1.org")
    client.run_tests(TESTS, prepare)
