#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A person's client, slixmpp with its plugins, uses every command by its form: finds it, opens
it, fills it in, reads the table, mends what was wrong. Prints TAP; starts its own server and
exchange."""

import glob
import os

import client
import commands
from client import CATALOG, COMMANDS, DISCO_INFO, IO_DATA, constraint, equal, holds
from commands import actions, notes, table

HOSTS = [f"cloud{n}.org" for n in range(1, 9)]
# As a person reads them; the last four only administrators see.
COMMAND_NAMES = {
    "constraint_catalog_resources": "Find clouds", "publish_resources": "Publish a cloud",
    "withdraw_resources": "Withdraw a cloud", "resolve_cloud": "Who publishes a cloud",
    "describe_cloud": "Describe a cloud", "catalog_status": "State of the catalog",
    "ontology_get": "Read the ontology", "sparql_query": "Ask in SPARQL",
    "ontology_load": "Load an ontology", "evict_cloud": "Evict a cloud",
    "list_publishers": "List publishers"}
FOR_EVERYBODY = list(COMMAND_NAMES)[:7]
REQUEST = ["availabilityQuantity >= 99.999", "", "tierCountries = JAPAN", "replicationFactor 5"]


class Context:
    root = one = two = schemata = None


async def prepare():
    context = Context()
    context.schemata, context.root = await commands.everybody(COMMAND_NAMES)
    context.one = await commands.crowd("cloud1.org", context.schemata)
    context.two = await commands.crowd("cloud2.org", context.schemata)
    return context


async def list_of_commands(person):
    items = await person["xep_0050"].get_commands(client.exchange())
    return {node: name for jid, node, name in items["disco_items"]["items"]
            if jid == client.exchange()}


async def shown(person, node, values, **expected):
    """Fills a form in; the answer's only row has these values."""
    iq = await person.fill_in(node, values)
    equal(iq["command"]["status"], "completed")
    equal(iq["command"]["form"]["type"], "result")
    found = iq["command"]["form"].get_values()
    equal({var: found.get(var) for var in expected}, expected)
    return iq


# ---- finding

async def finds_the_commands(context):
    """the command list, found by disco, has the commands by their names; each takes forms"""
    items = await context.one["xep_0030"].get_items(jid=client.exchange())
    equal([node for _, node, _ in items["disco_items"]["items"]], [COMMANDS])
    equal(await list_of_commands(context.one),
          {node: COMMAND_NAMES[node] for node in FOR_EVERYBODY})
    equal(await list_of_commands(context.root), COMMAND_NAMES)
    for node, name in COMMAND_NAMES.items():
        info = await context.root["xep_0030"].get_info(jid=client.exchange(), node=node)
        equal([identity[:2] + identity[3:] for identity in info["disco_info"]["identities"]],
              [("automation", "command-node", name)])
        assert {COMMANDS, IO_DATA, "jabber:x:data"} <= set(info["disco_info"]["features"])


async def hidden_commands(context):
    """what is not for everybody is refused, by disco and by execution"""
    for node in list(COMMAND_NAMES)[7:]:
        info = await context.one.ask(f"<query xmlns='{DISCO_INFO}' node='{node}'/>", "get")
        equal(info.condition, "forbidden")
        answer = await context.one.ask(f"<command xmlns='{COMMANDS}' node='{node}'/>")
        equal(answer.error(), ("cancel", "forbidden", None))


async def every_form_opens(context):
    """each command without payload gives a form to fill in and complete, or to cancel"""
    for node, name in COMMAND_NAMES.items():
        iq = await context.root.open_form(node)
        form = iq["command"]["form"]
        equal(form["title"], name)
        assert form["instructions"], iq
        equal(actions(iq["command"].xml), ["complete", "complete"])
        for field in form.get_fields().values():
            assert field["type"] in ("text-single", "text-multi", "list-single"), field
            assert field["label"], field
        session = iq["command"]["sessionid"]
        iq = await context.root["xep_0050"].send_command(
            client.exchange(), node, action="cancel", sessionid=session)
        equal((iq["command"]["status"], iq["command"]["sessionid"]), ("canceled", session))


# ---- Find clouds

async def finds_clouds(context):
    """Find clouds: opened, filled in, and the answer read as a table"""
    iq = await context.one.fill_in("constraint_catalog_resources", {"request": REQUEST})
    equal(iq["command"]["status"], "completed")
    columns, rows = table(iq)
    equal(columns, ["cloudName", "jid"])
    expected = commands.shell("match", *filter(None, REQUEST)).split()
    assert len(expected) >= 2, expected
    equal([row["cloudName"] for row in rows], expected)
    equal([row["jid"] for row in rows], [f"user@{name}.org" for name in expected])
    holds(f"{len(expected)} clouds match", iq)


async def finds_clouds_by_workflow(context):
    """Find clouds by slixmpp's own workflow of a command"""
    answered = client.asyncio.get_event_loop().create_future()

    def fill_in(iq, session):
        form = context.one["xep_0004"].make_form(ftype="submit")
        form.add_field(var="request", ftype="text-multi", value="replicationFactor >= 5")
        session["payload"] = form
        session["next"] = lambda answer, _: answered.set_result(answer)
        context.one["xep_0050"].complete_command(session)

    def failed(iq, _):
        answered.set_exception(AssertionError(str(iq)))
    context.one["xep_0050"].start_command(
        client.exchange(), "constraint_catalog_resources", {"next": fill_in, "error": failed})
    iq = await client.asyncio.wait_for(answered, client.WAIT_S)
    equal([row["cloudName"] for row in table(iq)[1]],
          commands.shell("match", "replicationFactor >= 5").split())


async def finds_nothing(context):
    """an answer without clouds is a table without rows"""
    iq = await context.one.fill_in("constraint_catalog_resources",
                                   {"request": ["replicationFactor >= 1000000"]})
    equal(table(iq), (["cloudName", "jid"], []))


async def mends_what_was_wrong(context):
    """a wrong form comes back with the error and what was typed, as often as it takes"""
    node = "constraint_catalog_resources"
    iq = await context.one.open_form(node)
    session = iq["command"]["sessionid"]
    for lines, text in ((["replicationFaktor >= 5", "", "  tierCountries = JAPAN"],
                         "replicationFactor"), (["replicationFactor >= many"], "many"),
                        ([""], "request"), (["<&'\"> \u00e9 ]]>"], "request:1:")):
        iq = await context.one.submit(iq, {"request": lines})
        equal((iq["command"]["status"], iq["command"]["sessionid"]), ("executing", session))
        (kind, note), = notes(iq["command"].xml)
        equal(kind, "error")
        holds(text, note)
        equal(iq["command"]["form"]["type"], "form")
        typed = iq["command"]["form"].get_fields()["request"]
        equal([value.text or "" for value in typed.xml.findall("{jabber:x:data}value")], lines)
        equal(actions(iq["command"].xml), ["complete", "complete"])
    iq = await context.one.submit(iq, {"request": ["replicationFactor >= 5"]})
    equal((iq["command"]["status"], iq["command"]["sessionid"]), ("completed", session))
    assert table(iq)[1]
    iq = await context.one.submit(iq, {})
    equal(client.Answer(iq.xml).error(), ("cancel", "not-allowed", "session-expired"))


async def other_ways_to_submit(context):
    """next and execute submit the form too, and type='cancel' is taken as 'submit'"""
    for action, kind in (("next", "submit"), ("execute", "submit"), ("complete", "cancel")):
        iq = await context.one.open_form("resolve_cloud")
        iq = await context.one.submit(iq, {"cloudName": "cloud2"}, action, kind)
        equal(iq["command"]["form"].get_values()["jid"], "user@cloud2.org")


async def only_its_owner(context):
    """a form that one opened is nobody else's to fill in; another resource of his may"""
    iq = await context.one.open_form("resolve_cloud")
    answer = client.Answer((await context.two.submit(iq, {"cloudName": "cloud2"})).xml)
    equal(answer.error(), ("cancel", "not-allowed", "session-expired"))
    second = await commands.crowd("cloud1.org", context.schemata)
    answer = await second.submit(iq, {"cloudName": "cloud2"})
    await second.log_out()
    equal(answer["command"]["form"].get_values()["jid"], "user@cloud2.org")


# ---- the other commands

async def publishes_by_form(context):
    """Publish, resolve, describe, withdraw: a cloud's whole life by forms"""
    wrong = ["replicationFactor = 81", "", "tierCountry = JAPAN"]
    iq = await context.one.fill_in("publish_resources", {"cloudName": "by form",
                                                         "capabilities": wrong})
    (kind, text), = notes(iq["command"].xml)
    equal(kind, "error")
    assert text.startswith("capabilities:3: "), text
    values = {"cloudName": "by form", "lease": "PT1H",
              "capabilities": ["replicationFactor = 81", "", "tierCountries = JAPAN"]}
    columns, (row,) = table(await context.one.submit(iq, values))
    equal(columns, ["cloudName", "outcome", "version", "statements", "expires"])
    equal((row["cloudName"], row["outcome"]), ("by form", "new"))
    equal((await context.two.match(constraint("replicationFactor", "81"))).clouds(), ["by form"])
    await shown(context.two, "resolve_cloud", {"cloudName": " by form "}, cloudName="by form",
                jid="user@cloud1.org")
    columns, rows = table(await context.two.fill_in("describe_cloud", {"cloudName": "by form"}))
    equal(columns, ["subject", "property", "value", "stated"])
    assert {"81"} <= {row["value"] for row in rows if row["property"].endswith(
        "#replicationFactor")}, rows
    equal([row["stated"] for row in rows if row["property"].endswith("#tierCountries")],
          ["JAPAN"])
    iq = await context.two.fill_in("withdraw_resources", {"cloudName": "by form"})
    equal(notes(iq["command"].xml)[0][0], "error")
    await shown(context.one, "withdraw_resources", {"cloudName": "by form"}, cloudName="by form")
    equal((await context.two.match(constraint("replicationFactor", "81"))).clouds(), [])


async def publishes_a_document(context):
    """Publish: a document in Turtle, its mistake mended, in place of name and capabilities"""
    lines = ["@prefix : <http://www.csp/resOntology#> .", "",
             "<urn:x:doc> a :Cloud ; :cloudName 'doc' ;", "    :replicationFactor 82 ;; ] ."]
    iq = await context.one.open_form("publish_resources")
    iq = await context.one.submit(iq, {"document": lines})
    equal(iq["command"]["status"], "executing")
    holds("payload:4:", notes(iq["command"].xml)[0][1])
    lines[3] = lines[3].replace(";; ]", "")
    iq = await context.one.submit(iq, {"document": lines})
    equal(table(iq)[1][0]["cloudName"], "doc")
    await shown(context.root, "evict_cloud", {"cloudName": "doc"}, cloudName="doc")
    equal((await context.two.match(constraint("replicationFactor", "82"))).clouds(), [])


async def reads_status_and_ontology(context):
    """the state of the catalog, and the ontology's attributes"""
    iq = await context.one.fill_in("catalog_status", {})
    equal(iq["command"]["form"].get_values()["clouds"], "8")
    columns, rows = table(await context.one.fill_in("ontology_get", {}))
    equal(columns, ["name", "label", "values", "match", "unit", "scheme", "comment"])
    assert len(rows) > 50 and all(row["label"] for row in rows), rows
    _, (row,) = table(await context.one.fill_in("ontology_get",
                                               {"attribute": "replicationFactor"}))
    equal((row["name"], row["match"]), ("replicationFactor", ">="))


async def asks_in_sparql(context):
    """SPARQL: a table, a truth, statements, and a mistake mended"""
    prefix = f"PREFIX : <{CATALOG}#>"
    iq = await context.root.open_form("sparql_query")
    iq = await context.root.submit(iq, {"query": [prefix, "SELECT ?name { ?c :cloudName }"]})
    holds("query:2:", notes(iq["command"].xml)[0][1])
    iq = await context.root.submit(iq, {"query": [
        prefix, "SELECT ?name ?no { ?c a :Cloud ; :cloudName ?name } ORDER BY ?name"]})
    columns, rows = table(iq)
    equal(columns, ["name", "no"])
    equal([(row["name"], row["no"]) for row in rows],
          [(f"cloud{number}", "") for number in range(1, 9)])
    await shown(context.root, "sparql_query", {"query": "ASK { ?s ?p ?o }"}, boolean="true")
    iq = await context.root.fill_in("sparql_query", {"query": [
        prefix, "CONSTRUCT { ?c :cloudName 'x' } { ?c :cloudName 'cloud1' }"]})
    holds(f'<{CATALOG}#cloudName> "x" .', iq["command"]["form"].get_values()["statements"])
    columns, rows = table(await context.root.fill_in("sparql_query", {
        "query": "SELECT * { ?no <urn:x:such> ?thing }"}))
    equal((columns, rows), (["no", "thing"], []))


async def lists_publishers(context):
    """who has published, as a table"""
    columns, rows = table(await context.root.fill_in("list_publishers", {}))
    equal(columns, ["jid", "clouds", "live", "statements", "published"])
    equal(sorted(row["jid"] for row in rows), sorted(f"user@{host}" for host in HOSTS))


async def loads_an_ontology(context):
    """Load an ontology: the one in force again, in one form; a document that is none is refused"""
    before = await context.root.fill_in("catalog_status", {})
    lines = []
    for path in sorted(glob.glob(os.path.join(client.TOP, "ontology", "*.ttl"))):
        with open(path) as stream:
            lines += stream.read().split("\n")
    iq = await context.root.fill_in("ontology_load", {"document": lines})
    equal(iq["command"]["status"], "completed")
    count = iq["command"]["form"].get_values()["attributes"]
    equal(str(len(table(await context.one.fill_in("ontology_get", {}))[1])), count)
    after = await context.root.fill_in("catalog_status", {})
    equal(after["command"]["form"].get_values()["clouds"], "8")
    assert before["command"]["form"].get_values()["ontology"]
    iq = await context.root.fill_in("ontology_load", {"document": "<urn:a> <urn:b> <urn:c> ."})
    equal((iq["command"]["status"], notes(iq["command"].xml)[0][0]), ("executing", "error"))
    equal(iq["command"]["form"].get_fields()["document"].get_value(),
          "<urn:a> <urn:b> <urn:c> .")


TESTS = [finds_the_commands, hidden_commands, every_form_opens, finds_clouds,
         finds_clouds_by_workflow, finds_nothing, mends_what_was_wrong, other_ways_to_submit,
         only_its_owner, publishes_by_form, publishes_a_document, reads_status_and_ontology,
         asks_in_sparql, lists_publishers, loads_an_ontology]

if __name__ == "__main__":
    # Large enough for the whole ontology in one form.
    client.beside_an_exchange(HOSTS, SERVER_STANZA_BYTES="900000")
    client.run_tests(TESTS, prepare)
