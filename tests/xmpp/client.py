# SPDX-License-Identifier: Apache-2.0
"""An XMPP client for tests, on Debian's python3-slixmpp: accounts of the private server, ad-hoc
commands with IO data, and TAP."""

import asyncio
import logging
import os
import sys
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout

COMMANDS = "http://jabber.org/protocol/commands"
IO_DATA = "urn:xmpp:tmp:io-data"
ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
CATALOG = "http://www.csp/resOntology"
DISCO_INFO = "http://jabber.org/protocol/disco#info"
DISCO_ITEMS = "http://jabber.org/protocol/disco#items"

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WAIT_S = 30


def beside_an_exchange(hosts, **environment):
    """Runs the calling script again, beside a private server and an exchange."""
    if "PRIVATE" not in os.environ:
        os.environ.update(environment)
        runner = os.path.join(TOP, "xmpp-frontend", "private", "with-exchange.sh")
        os.execv(runner, [runner, *hosts, "--", sys.executable, os.path.abspath(sys.argv[0]),
                          *sys.argv[1:]])


def exchange():
    return os.environ["EXCHANGE_JID"]


class Answer:
    """An iq of type result or error, taken apart."""

    def __init__(self, iq):
        self.xml = iq
        self.type = iq.get("type")
        self.command = iq.find(f"{{{COMMANDS}}}command")
        self.out = iq.find(f".//{{{IO_DATA}}}out")
        error = next((child for child in iq if child.tag.endswith("}error")), None)
        self.error_type = error.get("type") if error is not None else None
        self.condition = self.specific = self.text = None
        for child in error if error is not None else ():
            ns, _, name = child.tag[1:].partition("}")
            if ns == ERRORS and name == "text":
                self.text = child.text
            elif ns == ERRORS:
                self.condition = name
            elif ns == COMMANDS:
                self.specific = name

    def error(self):
        return self.error_type, self.condition, self.specific

    def clouds(self):
        return [name.text for name in self.out.iter(f"{{{CATALOG}}}cloudName")]

    def __str__(self):
        return ET.tostring(self.xml, encoding="unicode")


class Client(slixmpp.ClientXMPP):
    def __init__(self, host):
        private = os.environ["PRIVATE"]
        with open(os.path.join(private, host + ".password")) as stream:
            password = stream.read().strip()
        with open(os.path.join(private, host + ".jid")) as stream:
            super().__init__(stream.read().strip(), password)
        self.ca_certs = os.path.join(private, "ca.crt")
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0050")
        self.register_plugin("xep_0199")
        self.ready = asyncio.get_event_loop().create_future()
        self.add_event_handler("session_start", lambda _: self.ready.set_result(True))
        self.add_event_handler("failed_auth", lambda _: self.ready.set_exception(
            RuntimeError("login failed")))

    async def log_in(self):
        self.connect(("127.0.0.1", int(os.environ["C2S_PORT"])), force_starttls=True)
        await asyncio.wait_for(self.ready, WAIT_S)
        return self

    async def log_out(self):
        await self.disconnect(wait=2.0)

    async def ask(self, payload, kind="set", to=None):
        """Sends an iq with one element (text or tree) and returns whatever answers."""
        iq = self.make_iq(itype=kind, ito=to or exchange())
        iq.append(ET.fromstring(payload) if isinstance(payload, str) else payload)
        try:
            return Answer((await iq.send(timeout=WAIT_S)).xml)
        except IqError as error:
            return Answer(error.iq.xml)
        except IqTimeout as error:
            raise AssertionError("no answer") from error

    async def execute(self, node, payload="", attributes="action='execute'", kind="input"):
        return await self.ask(
            f"<command xmlns='{COMMANDS}' node='{node}' {attributes}>"
            f"<iodata xmlns='{IO_DATA}' type='{kind}'><in>{payload}</in></iodata></command>")

    async def match(self, content, attributes=""):
        return await self.execute("constraint_catalog_resources",
                                  f"<constraints xmlns='{CATALOG}' {attributes}>{content}</constraints>")

    async def publish_text(self, text, media_type="text/turtle"):
        document = ET.Element(f"{{{CATALOG}}}document", {"type": media_type})
        document.text = text
        return await self.execute("publish_resources", ET.tostring(document, encoding="unicode"))

    async def about(self, node, name):
        element = ET.Element(f"{{{CATALOG}}}{node.partition('_')[0]}")
        ET.SubElement(element, f"{{{CATALOG}}}cloudName").text = name
        return await self.execute(node, ET.tostring(element, encoding="unicode"))


def constraint(attribute, value=None, options=""):
    value = "" if value is None else f"<value>{value}</value>"
    options = " " + options if options else ""
    return f"<constraint{options}><attribute>{attribute}</attribute>{value}</constraint>"


def run_tests(tests, prepare):
    """Each test is a coroutine function with its docstring as name; prints TAP and exits."""
    async def everything():
        context = await prepare()
        failed = False
        print(f"1..{len(tests)}", flush=True)
        for number, test in enumerate(tests, 1):
            try:
                await asyncio.wait_for(test(context), 2 * WAIT_S)
                print(f"ok {number} - {test.__doc__}", flush=True)
            except Exception as error:  # any of them fails the test
                failed = True
                print(f"not ok {number} - {test.__doc__}")
                for line in f"{type(error).__name__}: {error}".splitlines():
                    print("# " + line, flush=True)
        return failed
    logging.disable(logging.CRITICAL)
    sys.exit(1 if asyncio.get_event_loop().run_until_complete(everything()) else 0)


def equal(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


def holds(part, whole):
    assert part in str(whole), f"{part!r} is not in {whole}"
