#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Long work, long answers and long publications, as slixmpp sees them: sessions from their first
answer to their end. What is slow here is slow: a query over the example clouds whose cross
product is made large enough. Prints TAP; starts its own server and exchange."""

import subprocess
import xml.etree.ElementTree as ET

from slixmpp.plugins.xep_0059 import Set
from slixmpp.xmlstream import tostring

import client
import commands
from client import CATALOG, COMMANDS, IO_DATA, constraint, equal, holds
from commands import actions, notes, page_of, table

HOSTS = [f"cloud{n}.org" for n in range(1, 9)]
NODES = ["constraint_catalog_resources", "publish_resources", "withdraw_resources",
         "resolve_cloud", "describe_cloud", "sparql_query", "catalog_status", "ontology_get",
         "ontology_load", "evict_cloud", "list_publishers"]
MATCH, SPARQL, PUBLISH = NODES[0], "sparql_query", "publish_resources"
EXPIRED = ("cancel", "not-allowed", "session-expired")
BAD_ACTION = ("modify", "bad-request", "bad-action")
BAD_PAYLOAD = ("modify", "bad-request", "bad-payload")
FIRST_ROWS, MOST_ROWS = 100000, 10 ** 10
CROWD, NAME = 2500, "crowd-%04d-" + "x" * 100  # more than one stanza holds
ANSWER_BYTES = 262144
SERVER_BYTES = 100  # what the server adds to a stanza: namespace and language
LIMIT_S = 20  # of a SPARQL query; far beyond what those here take, but for one


class Context:
    root = one = two = schemata = None
    rows = 0  # of a query that takes longer than a second


def query(rows):
    """Passes over so many rows of a cross product; answers with their number."""
    return (f"<query xmlns='{CATALOG}'>SELECT ({rows} AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . "
            f"?j ?k ?l }} OFFSET {rows} LIMIT 1</query>")


async def prepare():
    context = Context()
    context.schemata, context.root = await commands.everybody(NODES)
    context.one = await commands.crowd("cloud1.org", context.schemata)
    context.two = await commands.crowd("cloud2.org", context.schemata)
    return context


async def long_work(context):
    """Begins work that takes longer than a second: its session."""
    answer = await context.root.execute(SPARQL, query(context.rows))
    equal((answer.type, answer.command.get("status")), ("result", "executing"))
    equal(actions(answer.command), ["next"])
    return answer.command.get("sessionid")


def status_of(command):
    found = command.find(f"{{{IO_DATA}}}iodata[@type='status']/{{{IO_DATA}}}status")
    return {child.tag.partition("}")[2]: child.text for child in found}


def count_in(answer):
    return answer.out[0].findtext(".//{http://www.w3.org/2005/sparql-results#}literal")


# ---- schemata

async def schemata_can_be_used(context):
    """every schema that io-schemata-get gives is one for xmllint as well, through the server"""
    equal(len(context.schemata.paths), 3 * len(NODES))
    for path in context.schemata.paths.values():
        done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", path, "-"],
                              input="<nothing/>", capture_output=True, text=True)
        equal((path, done.returncode), (path, 3))  # compiled, and <nothing/> is not valid


# ---- long work

async def finds_out_what_is_long(context):
    """work that is done within a second is answered at once; longer work has a session"""
    rows = FIRST_ROWS
    while rows < MOST_ROWS:
        answer = await context.root.execute(SPARQL, query(rows))
        assert answer.type == "result", answer
        if answer.command.get("status") == "executing":
            break
        equal(count_in(answer), str(rows))
        rows *= 2
    equal(actions(answer.command), ["next"])
    equal(len(notes(answer.command)), 1)
    heard = await context.root.hears()
    equal(heard.get("sessionid"), answer.command.get("sessionid"))
    answer = await context.root.go_on(SPARQL, heard.get("sessionid"), "complete")
    equal((answer.command.get("status"), count_in(answer)), ("completed", str(rows)))
    context.rows = 2 * rows  # well beyond


async def asks_while_it_works(context):
    """status while it works; complete is too early; the message; status, output, complete"""
    root = context.root
    session = await long_work(context)
    answer = await root.go_on(SPARQL, session, kind="getStatus")
    equal((answer.command.get("status"), actions(answer.command)), ("executing", ["next"]))
    status = status_of(answer.command)
    assert int(status["elapsed"]) >= 1000, status
    equal(int(status["elapsed"]) + int(status["remaining"]), 1000 * LIMIT_S)
    equal(int(status["percentage"]), 99 * int(status["elapsed"]) // (1000 * LIMIT_S))
    equal((await root.go_on(SPARQL, session, "complete")).error(), BAD_ACTION)
    answer = await root.go_on(SPARQL, session, kind="getOutput")  # not there yet
    equal((answer.out, actions(answer.command)), (None, ["next"]))
    heard = await root.hears()
    equal((heard.get("node"), heard.get("sessionid"), heard.get("status")),
          (SPARQL, session, "executing"))
    equal(actions(heard), ["next", "complete"])
    answer = await root.go_on(SPARQL, session, kind="getStatus")
    equal((answer.command.get("status"), actions(answer.command)),
          ("executing", ["next", "complete"]))
    equal(status_of(answer.command)["percentage"], "100")
    for _ in range(2):  # it stays
        answer = await root.go_on(SPARQL, session, kind="getOutput")
        equal((answer.command.get("status"), actions(answer.command), count_in(answer)),
              ("executing", ["next", "complete"], str(context.rows)))
    answer = await root.go_on(SPARQL, session, "complete")
    equal((answer.command.get("status"), actions(answer.command), count_in(answer)),
          ("completed", [], str(context.rows)))
    for action, kind in (("next", "getOutput"), ("complete", None), ("cancel", None)):
        equal((await root.go_on(SPARQL, session, action, kind)).error(), EXPIRED)


async def cancels_output(context):
    """output that was fetched with next is deleted with cancel"""
    session = await long_work(context)
    await context.root.hears()
    answer = await context.root.go_on(SPARQL, session, kind="getOutput")
    equal(count_in(answer), str(context.rows))
    answer = await context.root.go_on(SPARQL, session, "cancel")
    equal((answer.command.get("status"), answer.command.get("sessionid")), ("canceled", session))
    equal((await context.root.go_on(SPARQL, session, kind="getOutput")).error(), EXPIRED)


async def cancels_work(context):
    """work that was cancelled ends, and nobody is told of it"""
    session = await long_work(context)
    answer = await context.root.go_on(SPARQL, session, "cancel")
    equal((answer.command.get("status"), answer.out), ("canceled", None))
    equal((await context.root.go_on(SPARQL, session, kind="getStatus")).error(), EXPIRED)
    other = await long_work(context)
    equal((await context.root.hears()).get("sessionid"), other)
    await context.root.go_on(SPARQL, other, "cancel")


async def tells_whoever_asked_last(context):
    """the message goes to the resource that asked last"""
    second = await commands.crowd(commands.ADMINISTRATOR, context.schemata)
    session = await long_work(context)
    answer = await second.go_on(SPARQL, session, kind="getStatus")
    equal(actions(answer.command), ["next"])
    equal((await second.hears()).get("sessionid"), session)
    equal(count_in(await second.go_on(SPARQL, session, kind="getOutput")), str(context.rows))
    equal(count_in(await context.root.go_on(SPARQL, session, "complete")), str(context.rows))
    await second.log_out()
    equal(context.root.told.qsize(), 0)


async def work_that_fails(context):
    """work that fails: the message, the status, no completion; cancel ends it"""
    root = context.root
    answer = await root.execute(SPARQL, query(MOST_ROWS))
    equal(actions(answer.command), ["next"])
    session = answer.command.get("sessionid")
    heard = await root.hears()
    answer = await root.go_on(SPARQL, session, kind="getStatus")
    for command in (heard, answer.command):
        equal((command.get("sessionid"), command.get("status")), (session, "executing"))
        equal(actions(command), ["next"])
        equal([kind for kind, _ in notes(command)], ["error"])
        failure = command.find(f"{{{IO_DATA}}}iodata[@type='error']/{{{IO_DATA}}}error/*")
        equal(failure.tag, f"{{{CATALOG}}}failure")
        equal(failure.text, notes(command)[0][1])
    equal((await root.go_on(SPARQL, session, "complete")).error(), BAD_ACTION)
    answer = await root.go_on(SPARQL, session, "cancel")
    equal(answer.command.get("status"), "canceled")
    equal((await root.go_on(SPARQL, session, kind="getStatus")).error(), EXPIRED)


# ---- a publication in parts

def part(number, text):
    element = ET.Element(f"{{{CATALOG}}}document", {"type": "text/turtle", "part": str(number)})
    element.text = text
    return (f"<iodata xmlns='{IO_DATA}' type='input'><in>"
            f"{ET.tostring(element, encoding='unicode')}</in></iodata>")


def crowd_text():
    """Turtle of so many clouds."""
    lines = ["@prefix : <http://www.csp/resOntology#> ."]
    lines += [f"<urn:x:{n}> a :Cloud ; :cloudName '{NAME % n}' ; :replicationFactor 91 ."
              for n in range(CROWD)]
    return "\n".join(lines)


async def publishes_in_parts(context):
    """a publication of three parts and more: counted, kept back, committed together by complete"""
    text, step = crowd_text(), 150000
    parts = [text[at:at + step] for at in range(0, len(text), step)]
    assert len(parts) >= 3
    two = context.two
    answer = await two.ask(f"<command xmlns='{COMMANDS}' node='{PUBLISH}' action='execute'>"
                           f"{part(1, parts[0])}</command>")
    assert answer.type == "result", answer
    session = answer.command.get("sessionid")
    for number, piece in enumerate(parts[1:], 2):
        equal((answer.command.get("status"), actions(answer.command)),
              ("executing", ["next", "complete", "next"]))
        holds(f"{number - 1} part", status_of(answer.command)["information"])
        early = await two.go_on(PUBLISH, session, more=part(number + 1, "x"))
        equal(early.error(), BAD_PAYLOAD)
        for _ in range(2):  # the second time as if the answer had been lost
            answer = await two.go_on(PUBLISH, session, more=part(number, piece))
    equal((await context.one.match(constraint("replicationFactor", "91"))).clouds(), [])
    equal((await context.one.go_on(PUBLISH, session, "complete")).error(), EXPIRED)
    answer = await two.to_the_end(PUBLISH, await two.go_on(PUBLISH, session, "complete"))
    assert answer.type == "result", answer
    pages = [answer]
    while pages[-1].command.get("status") != "completed":
        pages.append(await two.go_on(PUBLISH, session, "complete"))
    equal([cloud.get("name") for page in pages for cloud in page.out[0]],
          [NAME % n for n in range(CROWD)])
    equal({page.out[0].get("published") for page in pages}, {str(CROWD)})


async def gives_up_parts(context):
    """parts that are cancelled, or are wrong together, publish nothing"""
    text = "@prefix : <http://www.csp/resOntology#> . <urn:x:p> a :Cloud ; :cloudName 'parts' "
    for rest, action in ((".", "cancel"), ("] .", "complete")):
        answer = await context.one.ask(f"<command xmlns='{COMMANDS}' node='{PUBLISH}'>"
                                       f"{part(1, text)}</command>")
        session = answer.command.get("sessionid")
        await context.one.go_on(PUBLISH, session, more=part(2, rest))
        answer = await context.one.go_on(PUBLISH, session, action)
        if action == "cancel":
            equal(answer.command.get("status"), "canceled")
        else:
            equal(answer.error(), BAD_PAYLOAD)
        equal((await context.one.about("resolve_cloud", "parts")).condition, "item-not-found")
        equal((await context.one.go_on(PUBLISH, session, "complete")).error(), EXPIRED)


# ---- answers over the cap

async def begin_pages(context, person):
    answer = await person.match(constraint("replicationFactor", "91", "op='='"), "version='1'")
    equal((answer.command.get("status"), actions(answer.command)),
          ("executing", ["next", "complete"]))
    return answer.command.get("sessionid")


def names_in(answer):
    stanza = tostring(answer.xml).replace(" />", "/>")
    assert len(stanza.encode()) <= ANSWER_BYTES + SERVER_BYTES, len(stanza)
    equal(answer.out[0].get("matched"), str(CROWD))
    return [cloud.get("name") for cloud in answer.out[0].iter(f"{{{CATALOG}}}cloud")]


async def pages_to_the_end(context):
    """an answer over the cap, fetched in pages: what the catalog's shell says, in its order"""
    expected = commands.shell("match", "replicationFactor = 91").split("\n")[:-1]
    equal(len(expected), CROWD)
    session = await begin_pages(context, context.one)
    found = []
    while len(found) < CROWD:
        answer = await context.one.go_on(MATCH, session, kind="getOutput")
        names = names_in(answer)
        equal(page_of(answer.command), (len(found), len(found) + len(names) - 1, CROWD))
        equal(actions(answer.command), ["next", "complete"])
        found += names
    equal(found, expected)
    first = names_in(await context.one.go_on(MATCH, session, kind="getOutput"))
    equal(first, expected[:len(first)])  # and from the beginning again
    assert len(first) < CROWD
    answer = await context.one.go_on(MATCH, session, "cancel")
    equal(answer.command.get("status"), "canceled")


async def completes_page_by_page(context):
    """with complete alone each answer is the next page, and the last one ends the session"""
    session = await begin_pages(context, context.one)
    found, status = [], "executing"
    while status == "executing":
        answer = await context.one.go_on(MATCH, session, "complete")
        found += names_in(answer)
        status = answer.command.get("status")
    equal((status, len(found), sorted(set(found))), ("completed", CROWD, found))
    equal((await context.one.go_on(MATCH, session, "complete")).error(), EXPIRED)


async def any_page_again(context):
    """slixmpp's result set management asks for any page"""
    session = await begin_pages(context, context.one)
    for fields, expected in (({"max": "10"}, (0, 9)), ({"max": "10", "after": "9"}, (10, 19)),
                             ({"max": "3", "after": "2495"}, (2496, 2498)),
                             ({"after": "2497"}, (2498, 2499)), ({"max": "10"}, (0, 9))):
        rsm = Set()
        for name, value in fields.items():
            rsm[name] = value
        if "max" in fields and "after" not in fields:
            ET.SubElement(rsm.xml, "{http://jabber.org/protocol/rsm}index").text = "0"
        answer = await context.one.go_on(MATCH, session, kind="getOutput", more=str(rsm))
        equal(page_of(answer.command), (*expected, CROWD))
        equal(names_in(answer), [NAME % n for n in range(expected[0], expected[1] + 1)])
    for wrong in ("<max>0</max>", "<max>many</max>", "<after>no such</after>", "<before/>",
                  "<max>-1</max>"):
        answer = await context.one.go_on(
            MATCH, session, kind="getOutput",
            more=f"<set xmlns='http://jabber.org/protocol/rsm'>{wrong}</set>")
        equal(answer.error(), BAD_PAYLOAD)
    await context.one.go_on(MATCH, session, "cancel")


async def a_table_in_pages(context):
    """a table over the cap, read by a person's client in pages"""
    iq = await context.one.submit(await context.one.open_form(MATCH),
                                  {"request": ["replicationFactor = 91"]})
    rows = table(iq)[1]
    assert 0 < len(rows) < CROWD and iq["command"]["status"] == "executing"
    while iq["command"]["status"] == "executing":
        iq = await context.one["xep_0050"].send_command(
            client.exchange(), MATCH, action="complete", sessionid=iq["command"]["sessionid"],
            timeout=client.WAIT_S)
        columns, more = table(iq)
        equal(columns, ["cloudName", "jid"])
        rows += more
    equal([row["cloudName"] for row in rows], [NAME % n for n in range(CROWD)])


async def keeps_others_out(context):
    """another address can neither see nor end a session, and does not learn that there is one"""
    session = await begin_pages(context, context.one)
    for other in (context.two, context.root):
        for action, kind in (("next", "getStatus"), ("next", "getOutput"), ("complete", None),
                             ("cancel", None), ("execute", None), ("prev", None)):
            answer = await other.go_on(MATCH, session, action, kind)
            equal(answer.error(), EXPIRED)
            gone = await other.go_on(MATCH, "RPC-SESSION-0000001", action, kind)
            equal(answer.text.replace(session, "RPC-SESSION-0000001"), gone.text)
    assert names_in(await context.one.go_on(MATCH, session, kind="getOutput"))
    await context.one.go_on(MATCH, session, "cancel")


async def everything_was_checked(context):
    """what passed was held against the schemata"""
    assert context.schemata.checked > 40, context.schemata.checked


TESTS = [schemata_can_be_used, finds_out_what_is_long, asks_while_it_works, cancels_output,
         cancels_work, tells_whoever_asked_last, work_that_fails, publishes_in_parts,
         gives_up_parts, pages_to_the_end, completes_page_by_page, any_page_again,
         a_table_in_pages, keeps_others_out, everything_was_checked]

if __name__ == "__main__":
    client.beside_an_exchange(HOSTS,
                              EXCHANGE_SETTINGS=f"limits {{ sparql_seconds = {LIMIT_S} }}\n"
                                                f"quotas {{ clouds = {2 * CROWD} }}")
    client.run_tests(TESTS, prepare)
