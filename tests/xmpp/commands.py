# SPDX-License-Identifier: Apache-2.0
"""Commands as a client uses them: forms by slixmpp's own plugins, sessions to their end. What
passes is held against the schemas that the exchange itself gave out."""

import asyncio
import os
import subprocess
import tempfile
import xml.etree.ElementTree as ET

from slixmpp.exceptions import IqError
from slixmpp.xmlstream import tostring
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

import client
from client import CATALOG, COMMANDS, IO_DATA, Answer, equal

RSM = "http://jabber.org/protocol/rsm"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"
ADMINISTRATOR = "exchange1.org"  # the host whose account administers


class Schemata:
    """The schemas of every command, as io-schemata-get gives them."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(dir=os.environ["PRIVATE"])
        self.paths = {}
        self.checked = 0

    async def fetch(self, asker, node):
        answer = await asker.ask(f"<command xmlns='{COMMANDS}' node='{node}'>"
                                 f"<iodata xmlns='{IO_DATA}' type='io-schemata-get'/></command>")
        equal(answer.type, "result")
        for part in ("in", "out", "error"):
            schema = answer.command.find(f"{{{IO_DATA}}}iodata/{{{IO_DATA}}}{part}/{SCHEMA}")
            path = os.path.join(self.directory, f"{node}.{part}.xsd")
            # As slixmpp writes an element: its namespace, and no declaration beside it.
            with open(path, "w") as stream:
                stream.write(tostring(schema))
            self.paths[node, part] = path

    def check(self, node, part, element):
        path = os.path.join(self.directory, "document.xml")
        ET.ElementTree(element).write(path)
        done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema",
                               self.paths[node, part], path], capture_output=True, text=True)
        assert done.returncode == 0, f"{node} {part}: {done.stderr}"
        self.checked += 1


class Person(client.Client):
    """A client that checks what it sends and gets, and hears of work that is done."""

    def __init__(self, host, schemata):
        super().__init__(host)
        for plugin in ("xep_0004", "xep_0059"):
            self.register_plugin(plugin)
        self.schemata = schemata
        self.told = asyncio.Queue()  # messages with a command
        self.register_handler(Callback(
            "told", MatchXPath(f"{{jabber:client}}message/{{{COMMANDS}}}command"),
            lambda message: self.told.put_nowait(message.xml)))

    async def ask(self, payload, kind="set", to=None):
        answer = await super().ask(payload, kind, to)
        asked = ET.fromstring(payload) if isinstance(payload, str) else payload
        if asked.tag == f"{{{COMMANDS}}}command" and self.schemata:
            self.check(asked, answer)
        return answer

    def check(self, asked, answer):
        node = asked.get("node")
        given = asked.find(f"{{{IO_DATA}}}iodata/{{{IO_DATA}}}in/*")
        if answer.type != "result" or (node, "in") not in self.schemata.paths:
            return
        if given is not None and given.tag.startswith(f"{{{CATALOG}}}"):
            self.schemata.check(node, "in", given)
        self.check_command(answer.command)

    def check_command(self, command):
        node = command.get("node")
        for part in ("out", "error"):
            for element in command.findall(f"{{{IO_DATA}}}iodata/{{{IO_DATA}}}{part}/*"):
                self.schemata.check(node, part, element)

    async def hears(self):
        """The command in the next message."""
        message = await asyncio.wait_for(self.told.get(), client.WAIT_S)
        equal(message.get("from"), client.exchange())
        command = message.find(f"{{{COMMANDS}}}command")
        self.check_command(command)
        return command

    # ---- IO Data

    async def go_on(self, node, session, action="next", kind=None, more=""):
        """A request of a session: kind is the transaction's type."""
        iodata = f"<iodata xmlns='{IO_DATA}' type='{kind}'/>" if kind else ""
        return await self.ask(f"<command xmlns='{COMMANDS}' node='{node}' action='{action}' "
                              f"sessionid='{session}'>{iodata}{more}</command>")

    async def to_the_end(self, node, answer):
        """Whatever a request was answered: its output, or the error. Work is waited for."""
        if answer.type == "result" and answer.command.get("status") == "executing":
            session = answer.command.get("sessionid")
            if "complete" not in actions(answer.command):
                heard = await self.hears()
                equal(heard.get("sessionid"), session)
            answer = await self.go_on(node, session, "complete")
        return answer

    # ---- forms, by slixmpp

    async def open_form(self, node):
        """Executes a command as a person's client does: the iq with the form."""
        iq = await self["xep_0050"].send_command(client.exchange(), node, timeout=client.WAIT_S)
        equal(iq["command"]["status"], "executing")
        equal(iq["command"]["form"]["type"], "form")
        return iq

    async def submit(self, iq, values, action="complete", kind="submit"):
        """Fills in the form that came, and sends it."""
        form = self["xep_0004"].make_form(ftype=kind)
        for var, field in iq["command"]["form"].get_fields().items():
            value = values.get(var)
            if value is not None:
                form.add_field(var=var, ftype=field["type"], value=value)
        try:
            return await self["xep_0050"].send_command(
                client.exchange(), iq["command"]["node"], action=action, payload=form,
                sessionid=iq["command"]["sessionid"], timeout=client.WAIT_S)
        except IqError as error:
            return error.iq

    async def fill_in(self, node, values):
        """The answer to a command as a form; work that takes long is waited for."""
        iq = await self.submit(await self.open_form(node), values)
        if actions(iq["command"].xml) == ["next"]:
            await self.hears()
            iq = await self["xep_0050"].send_command(
                client.exchange(), node, action="complete",
                sessionid=iq["command"]["sessionid"], timeout=client.WAIT_S)
        return iq


def actions(command):
    """What may be done next, and what execute means then (last)."""
    found = command.find(f"{{{COMMANDS}}}actions")
    return [] if found is None else [child.tag.partition("}")[2] for child in found] + \
        ([found.get("execute")] if found.get("execute") else [])


def notes(command):
    return [(note.get("type"), note.text) for note in command.findall(f"{{{COMMANDS}}}note")]


def page_of(command):
    """<set/> beside the IO Data: (index of the first, last, count)."""
    found = command.find(f"{{{RSM}}}set")
    assert found is not None, ET.tostring(command)
    first, last = found.find(f"{{{RSM}}}first"), found.find(f"{{{RSM}}}last")
    return int(first.get("index")), int(last.text), int(found.find(f"{{{RSM}}}count").text)


def table(iq):
    """The rows of a result form, as slixmpp reads them; the columns are those reported."""
    form = iq["command"]["form"]
    equal(form["type"], "result")
    columns = list(form["reported"])
    rows = form["items"]
    for row in rows:
        equal(list(row), columns)
    return columns, [dict(row) for row in rows]


def shell(*arguments):
    """What intercloud-catalog says about the exchange's catalog."""
    return subprocess.run(
        [os.path.join(os.environ["BUILD"], "intercloud-catalog"), "--db",
         os.path.join(os.environ["PRIVATE"], "catalog.db"), *arguments],
        check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout


async def crowd(host, schemata):
    return await Person(host, schemata).log_in()


async def everybody(nodes_of_administrator):
    """The example clouds published; the schemata; an administrator and a cloud."""
    for number in range(1, 9):
        name = {4: "cloud4.xml", 5: "cloud5.rdf"}.get(number, f"cloud{number}.ttl")
        subprocess.run([os.path.join(os.environ["BUILD"], "intercloud-gateway"), "--config",
                        os.path.join(os.environ["PRIVATE"], f"cloud{number}.org.conf"), "publish",
                        os.path.join(client.TOP, "data", name)],
                       check=True, stdout=subprocess.DEVNULL)
    schemata = Schemata()
    root = await crowd(ADMINISTRATOR, schemata)
    for node in nodes_of_administrator:
        await schemata.fetch(root, node)
    return schemata, root
