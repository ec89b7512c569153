#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The exchange's protocol as a client that nobody here wrote sees it: the paper's request,
discovery, every kind of bad input. Prints TAP; starts its own server and exchange."""

import os
import re
import subprocess
import xml.etree.ElementTree as ET

import client
from client import (CATALOG, COMMANDS, DISCO_INFO, DISCO_ITEMS, ERRORS, IO_DATA, Client,
                    constraint, equal, holds)

HOSTS = [f"cloud{n}.org" for n in range(1, 9)]
FILES = ["cloud1.ttl", "cloud2.ttl", "cloud3.ttl", "cloud4.xml", "cloud5.rdf", "cloud6.ttl",
         "cloud7.ttl", "cloud8.ttl"]
BAD_PAYLOAD = ("modify", "bad-request", "bad-payload")
PAPER = ["cloud2", "cloud5"]
PAPER_REQUEST = f"""<constraints xmlns='{CATALOG}'>
  <constraint><attribute>availabilityQuantity </attribute><value>99.999</value></constraint>
  <constraint><attribute>replicationFactor</attribute><value>5</value></constraint>
  <constraint><attribute>tierCountries</attribute><value>JAPAN</value></constraint>
  <constraint><attribute>StorageReplicationMethod
        </attribute><value>AMQP</value></constraint>
  <constraint><attribute>InterCloudStorageAccess</attribute><value>NFS</value></constraint>
</constraints>"""
PREFIXES = "@prefix : <http://www.csp/resOntology#> .\n"


class Context:
    one = two = three = None

    async def sequence(self):
        """The catalog's last change: what changes nothing leaves it as it is."""
        answer = await self.one.match(constraint("cloudName", "cloud2"), "version='1'")
        return int(answer.out[0].get("sequence"))

    async def refused(self, answer, error, *texts):
        """An error of that kind whose text says that; and nothing has changed or broken."""
        equal(answer.error(), error)
        assert answer.text and "\n" not in answer.text, answer
        for text in texts:
            holds(text, answer.text)
        equal(await self.sequence(), self.settled)
        equal((await self.one.execute("constraint_catalog_resources", PAPER_REQUEST)).clouds(),
              PAPER)


async def prepare():
    context = Context()
    for host, name in zip(HOSTS, FILES):
        subprocess.run([os.path.join(os.environ["BUILD"], "intercloud-gateway"), "--config",
                        os.path.join(os.environ["PRIVATE"], host + ".conf"), "publish",
                        os.path.join(client.TOP, "data", name)],
                       check=True, stdout=subprocess.DEVNULL)
    context.one = await Client("cloud1.org").log_in()
    context.two = await Client("cloud2.org").log_in()
    context.three = await Client("cloud3.org").log_in()
    context.settled = await context.sequence()
    return context


# ---- the paper

async def paper_request(context):
    """the paper's request, stray white space included, has the paper's answer"""
    answer = await context.one.execute("constraint_catalog_resources", PAPER_REQUEST)
    equal(answer.type, "result")
    equal(sorted(answer.command.attrib), ["node", "sessionid", "status"])
    equal(answer.command.get("node"), "constraint_catalog_resources")
    equal(answer.command.get("status"), "completed")
    assert re.fullmatch(r"RPC-SESSION-\d{7}", answer.command.get("sessionid")), answer
    equal([child.tag for child in answer.command], [f"{{{IO_DATA}}}iodata"])
    iodata = answer.command[0]
    equal(iodata.attrib, {"type": "output"})
    equal([child.tag for child in iodata], [f"{{{IO_DATA}}}out"])
    equal(ET.tostring(iodata[0], encoding="unicode", default_namespace=None),
          f'<ns0:out xmlns:ns0="{IO_DATA}" xmlns:ns1="{CATALOG}"><ns1:matchingClouds>'
          "<ns1:cloudName>cloud2</ns1:cloudName><ns1:cloudName>cloud5</ns1:cloudName>"
          "</ns1:matchingClouds></ns0:out>")


async def no_match(context):
    """no match is an empty <matchingClouds/>"""
    answer = await context.one.match(constraint("replicationFactor", "1000000"))
    equal(len(answer.out), 1)
    equal(answer.out[0].tag, f"{{{CATALOG}}}matchingClouds")
    equal((len(answer.out[0]), answer.out[0].text, answer.out[0].attrib), (0, None, {}))


async def sessions_count_on(context):
    """each answer has the next session id, whoever asks"""
    numbers = []
    for asker in (context.one, context.two, context.one, context.three):
        answer = await asker.match(constraint("replicationFactor", "5"))
        numbers.append(int(answer.command.get("sessionid").rpartition("-")[2]))
    equal(numbers, list(range(numbers[0], numbers[0] + 4)))


async def version_1(context):
    """a request of version 1 is told how many match, how many are shown, and whose they are"""
    with open(os.path.join(client.TOP, "data", "version1-request.xml")) as stream:
        request = stream.read()
    answer = await context.one.execute("constraint_catalog_resources", request)
    equal([cloud.get("name") for cloud in answer.out[0]], ["cloud4", "cloud6", "cloud8"])
    equal((answer.out[0].get("matched"), answer.out[0].get("shown")), ("3", "3"))
    answer = await context.one.match(
        constraint("InterCloudStorageAccess", "NFS") + "<return>jid offers</return>",
        "version='1' limit='1'")
    equal(answer.out[0].get("shown"), "1")
    assert int(answer.out[0].get("matched")) > 1, answer
    cloud = answer.out[0][0]
    equal(cloud.get("jid"), f"user@{cloud.get('name')}.org")
    assert len(cloud) >= 1, answer


async def groups_and_negative_forms(context):
    """a request of version 1 may say not, and what different offers of a cloud must meet"""
    storage = constraint("InterCloudStorageAccess", "NFS") + constraint(
        "replicationFactor", "4", "op='&lt;' not='true'")
    machines = constraint("cpuCount", "8", "op='&gt;='") + constraint(
        "operatingSystem", "Windows", "op='not within'")
    answer = await context.one.match(
        f"<offer>{storage}</offer><offer>{machines}</offer><return>offers</return>",
        "version='1'")
    equal([cloud.get("name") for cloud in answer.out[0]], ["cloud3"])
    offers = [(offer.get("id").split(":")[-2], offer.get("group")) for offer in answer.out[0][0]]
    equal(offers, [("cloud3", "1"), ("cloud3", "2")])


# ---- discovery, by slixmpp's own plugins

async def discovers_the_exchange(context):
    """slixmpp: disco#info names an exchange with commands and IO data"""
    info = await context.one["xep_0030"].get_info(jid=client.exchange())
    features = set(info["disco_info"]["features"])
    assert {COMMANDS, IO_DATA, DISCO_INFO, DISCO_ITEMS, "urn:xmpp:ping"} <= features, features
    equal(len(info["disco_info"]["identities"]), 1)


async def lists_the_commands(context):
    """slixmpp: lists the commands, and each is a command node"""
    items = await context.one["xep_0050"].get_commands(client.exchange())
    nodes = sorted(node for _, node, _ in items["disco_items"]["items"])
    equal(nodes, ["catalog_status", "constraint_catalog_resources", "describe_cloud",
                  "ontology_get", "publish_resources", "resolve_cloud", "withdraw_resources"])
    for node in nodes:
        info = await context.one["xep_0030"].get_info(jid=client.exchange(), node=node)
        identity = next(iter(info["disco_info"]["identities"]))
        equal(identity[:2], ("automation", "command-node"))
        holds(COMMANDS, info["disco_info"]["features"])


async def sends_the_request(context):
    """slixmpp: its command plugin sends the paper's request and reads the answer"""
    iodata = ET.fromstring(f"<iodata xmlns='{IO_DATA}' type='input'><in>{PAPER_REQUEST}</in>"
                           "</iodata>")
    iq = await context.one["xep_0050"].send_command(
        client.exchange(), "constraint_catalog_resources", action="execute", payload=iodata)
    equal(iq["command"]["status"], "completed")
    equal(client.Answer(iq.xml).clouds(), PAPER)


async def pings(context):
    """slixmpp: a ping is answered"""
    await context.one["xep_0199"].send_ping(client.exchange(), timeout=client.WAIT_S)


async def schemata(context):
    """io-schemata-get answers with the schemas of input, output and error"""
    for node in ("constraint_catalog_resources", "publish_resources", "withdraw_resources",
                 "resolve_cloud"):
        answer = await context.one.ask(
            f"<command xmlns='{COMMANDS}' node='{node}' action='execute'>"
            f"<iodata xmlns='{IO_DATA}' type='io-schemata-get'/></command>")
        equal(answer.command[0].get("type"), "io-schemata-result")
        equal([child.tag.partition("}")[2] for child in answer.command[0]],
              ["desc", "in", "out", "error"])
        for part in answer.command[0][1:]:
            equal(part[0].tag, "{http://www.w3.org/2001/XMLSchema}schema")


async def answers_to_anything(context):
    """an iq that the exchange does not know is refused, a message and presence are taken"""
    answer = await context.one.ask("<query xmlns='jabber:iq:roster'/>", kind="get")
    equal(answer.error()[:2], ("cancel", "service-unavailable"))
    answer = await context.one.ask("<x xmlns='urn:example:nothing'/>")
    equal(answer.error()[:2], ("cancel", "service-unavailable"))
    context.one.send_message(client.exchange(), "hello")
    context.one.send_presence(pto=client.exchange())
    await pings(context)


# ---- the command layer

async def unknown_node(context):
    """an unknown node"""
    answer = await context.one.execute("no_such_command", PAPER_REQUEST)
    await context.refused(answer, ("cancel", "item-not-found", None), "no_such_command")
    info = await context.one.ask(f"<query xmlns='{DISCO_INFO}' node='no_such'/>", kind="get")
    equal(info.error()[:2], ("cancel", "item-not-found"))


async def unknown_session(context):
    """an unknown session, one that is over, and malformed ones"""
    mine = (await context.one.match(constraint("replicationFactor", "5"))).command.get("sessionid")
    for session, error in (("RPC-SESSION-9999999", ("modify", "bad-request", "bad-sessionid")),
                           ("RPC-SESSION-0000000", ("modify", "bad-request", "bad-sessionid")),
                           ("RPC-SESSION-" + "9" * 3000,
                            ("modify", "bad-request", "bad-sessionid")),
                           ("&lt;nothing&gt;", ("modify", "bad-request", "bad-sessionid")),
                           (mine, ("cancel", "not-allowed", "session-expired"))):
        answer = await context.one.execute("constraint_catalog_resources", PAPER_REQUEST,
                                           f"action='next' sessionid='{session}'")
        await context.refused(answer, error)


async def bad_actions(context):
    """actions that there are not, or not here"""
    for action, specific in (("fly", "malformed-action"), ("EXECUTE", "malformed-action"),
                             ("next", "bad-action"), ("complete", "bad-action")):
        answer = await context.one.execute("constraint_catalog_resources", PAPER_REQUEST,
                                           f"action='{action}'")
        await context.refused(answer, ("modify", "bad-request", specific))


async def bad_payloads(context):
    """payloads of another shape"""
    node = "constraint_catalog_resources"
    for payload in ("", "<constraints xmlns='urn:example:other'/>", PAPER_REQUEST * 2,
                    f"<advertisement xmlns='{CATALOG}'><cloudName>x</cloudName></advertisement>",
                    "<a xmlns='urn:x'>" * 200 + "</a>" * 200):
        await context.refused(await context.one.execute(node, payload), BAD_PAYLOAD)
    await context.refused(await context.one.execute(node, PAPER_REQUEST, kind="output"),
                          BAD_PAYLOAD)
    await context.refused(await context.one.execute(node, PAPER_REQUEST, kind="fruit"),
                          BAD_PAYLOAD)
    answer = await context.one.ask(f"<command xmlns='{COMMANDS}' action='execute'/>")
    equal(answer.error()[:2], ("modify", "bad-request"))


# ---- requests

async def unknown_attribute(context):
    """an unknown attribute: the nearest is named"""
    answer = await context.one.match(constraint("availabilityQuantty", "99.9"))
    await context.refused(answer, BAD_PAYLOAD, "availabilityQuantty", "availabilityQuantity")


async def malformed_numbers(context):
    """malformed numbers"""
    await context.refused(await context.one.match(constraint("availabilityQuantity", "")),
                          BAD_PAYLOAD, "empty")
    for value in ("lots", "99.9.9", "1e", "0x10", "--1", "NaN", "1e999999999", "9" * 5000):
        answer = await context.one.match(constraint("availabilityQuantity", value))
        await context.refused(answer, BAD_PAYLOAD, "availabilityQuantity")


async def wrong_type(context):
    """values of another type"""
    answer = await context.one.match(constraint("replicationFactor", "JAPAN"))
    await context.refused(answer, BAD_PAYLOAD, "replicationFactor")


async def no_constraints(context):
    """no constraints at all"""
    await context.refused(await context.one.match(""), BAD_PAYLOAD)
    await context.refused(await context.one.match("   "), BAD_PAYLOAD)
    await context.refused(await context.one.match("<constraint/>"), BAD_PAYLOAD)
    await context.refused(await context.one.match(constraint("", "5")), BAD_PAYLOAD)


async def ten_thousand_constraints(context):
    """10,000 constraints"""
    answer = await context.one.match(constraint("replicationFactor", "5") * 10000)
    await context.refused(answer, BAD_PAYLOAD, "256")


async def values_are_data(context):
    """values that try to be query text find nothing and break nothing"""
    for value in ('"', "\\", "}", "' } UNION { ?s ?p ?o } #", "\\u0022", '""" }', "?x", "<x>",
                  'NFS" . ?a ?b "', "%s%n", "{", "\n\n", "x" * 100000):
        answer = await context.one.match(
            "<constraint><attribute>provider</attribute><value>"
            + value.replace("&", "&amp;").replace("<", "&lt;") + "</value></constraint>")
        if answer.type == "error":  # white space alone is no value
            equal((value.strip(), answer.error()), ("", BAD_PAYLOAD))
        else:
            equal(answer.clouds(), [])


# ---- publishing

async def published(context, publisher, text, name, media_type="text/turtle"):
    """What publish answers, and that it is found."""
    answer = await publisher.publish_text(text, media_type)
    assert answer.type == "result", answer
    equal([cloud.get("name") for cloud in answer.out[0]], [name])
    return answer.out[0][0]


async def publish_replace_withdraw(context):
    """publishing, publishing again, replacing, and withdrawing"""
    text = PREFIXES + "<urn:x:nine> a :Cloud ; :cloudName 'nine' ; :replicationFactor {} ."
    one = await published(context, context.one, text.format(77), "nine")
    equal((one.get("outcome"), one.get("jid")), ("new", "user@cloud1.org"))
    again = await published(context, context.one, text.format(77), "nine")
    equal((again.get("outcome"), again.get("version")), ("renewed", one.get("version")))
    equal((await context.two.match(constraint("replicationFactor", "77"))).clouds(), ["nine"])
    other = await published(context, context.one, text.format(78), "nine")
    equal((other.get("outcome"), int(other.get("version"))),
          ("replaced", int(one.get("version")) + 1))
    who = await context.two.about("resolve_cloud", "nine")
    equal(who.out[0].attrib, {"name": "nine", "jid": "user@cloud1.org"})
    gone = await context.one.about("withdraw_resources", "nine")
    equal(gone.out[0].get("name"), "nine")
    equal((await context.two.match(constraint("replicationFactor", "77"))).clouds(), [])
    context.settled = await context.sequence()
    await context.refused(await context.two.about("resolve_cloud", "nine"),
                          ("cancel", "item-not-found", None), "nine")


async def other_forms(context):
    """N-Triples, N-Quads without graphs, RDF/XML inside and outside a document, the advertisement"""
    statements = (f"<urn:x:f> <{CATALOG}#cloudName> \"forms\" .\n<urn:x:f> "
                  "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
                  f"<{CATALOG}#Cloud> .\n<urn:x:f> <{CATALOG}#replicationFactor> \"%d\" .\n")
    rdf = ("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
           f"xmlns='{CATALOG}#'><Cloud rdf:about='urn:x:f'><cloudName>forms</cloudName>"
           "<replicationFactor>%d</replicationFactor></Cloud></rdf:RDF>")
    advertisement = (f"<advertisement xmlns='{CATALOG}' lease='PT1H'><cloudName> forms </cloudName>"
                     "<capability><attribute>replicationFactor</attribute><value>%d</value>"
                     "</capability></advertisement>")
    number = 100
    for text, media_type in ((statements, "application/n-triples"),
                             (statements, "application/n-quads"),
                             (rdf, "application/rdf+xml"), (rdf, None), (advertisement, None)):
        number += 1
        text = text % number
        if media_type:
            await published(context, context.three, text, "forms", media_type)
        else:
            answer = await context.three.execute("publish_resources", text)
            assert answer.type == "result", answer
        found = await context.one.match(
            f"<constraint op='='><attribute>replicationFactor</attribute><value>{number}</value>"
            "</constraint>", "version='1'")
        equal([cloud.get("name") for cloud in found.out[0]], ["forms"])
    await context.three.about("withdraw_resources", "forms")
    context.settled = await context.sequence()


async def taken_name(context):
    """claiming another owner's name is a conflict"""
    text = PREFIXES + "<urn:x:mine> a :Cloud ; :cloudName 'cloud2' ; :replicationFactor 9 ."
    await context.refused(await context.three.publish_text(text), ("cancel", "conflict", None),
                          "cloud2")
    text = text.replace("cloud2", "\u2163cloud\u00ad2".replace("\u2163", ""))  # soft hyphen
    await context.refused(await context.three.publish_text(text), ("cancel", "conflict", None))


async def foreign_withdraw(context):
    """withdrawing another owner's cloud is forbidden"""
    answer = await context.three.about("withdraw_resources", "cloud2")
    assert answer.error_type in ("auth", "cancel"), answer
    equal(answer.condition, "forbidden")
    equal((await context.one.about("resolve_cloud", "cloud2")).out[0].get("jid"),
          "user@cloud2.org")
    await context.refused(await context.three.about("withdraw_resources", "no such cloud"),
                          ("cancel", "item-not-found", None))


async def foreign_statements(context):
    """statements about somebody else's cloud are refused as a whole"""
    own = PREFIXES + "<urn:x:o> a :Cloud ; :cloudName 'outsider' ; :replicationFactor 5 .\n"
    for line in ("<http://cloud2.org/#cloud> :availabilityQuantity 1 .",
                 "<http://cloud2.org/#vault> :replicationFactor 0 .",
                 "<urn:x:o> :offers <http://cloud2.org/#vault> . "
                 "<http://cloud2.org/#vault> :storagePrice 0 ."):
        answer = await context.three.publish_text(own + line)
        assert answer.condition in ("forbidden", "bad-request"), answer
        await context.refused(answer, answer.error())
        equal((await context.one.about("resolve_cloud", "outsider")).condition, "item-not-found")


async def bad_documents(context):
    """documents that are wrong: syntax, graph names, no cloud, U+0000, types"""
    cloud = PREFIXES + "<urn:x:b> a :Cloud ; :cloudName 'bad' ; :provider '%s' ."
    quads = (f'<urn:x:b> <{CATALOG}#cloudName> "bad" <urn:x:graph> .\n'
             f"<urn:x:b> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{CATALOG}#Cloud> .\n")
    for text, media_type, *expected in (
            ("this is no Turtle", "text/turtle", "payload:1:"),
            (PREFIXES + "\n\n  <urn:x:b> a :Cloud ; :cloudName 'bad' ;; ] .", "text/turtle",
             "payload:4:"),
            (cloud % "\\u0000", "text/turtle", "U+0000"),
            (cloud % "\\ud800", "text/turtle"),
            (quads, "application/n-quads", "graph"),
            (quads, "application/n-triples", "payload:1:"),
            (PREFIXES + "<urn:x:b> :provider 'nobody' .", "text/turtle"),
            (cloud.replace("'bad'", "'" + "x" * 256 + "'") % "", "text/turtle", "255"),
            (cloud.replace("'bad'", "'a\\u0007b'") % "", "text/turtle"),
            (cloud % "x", "text/fruit", "text/turtle"),
            (cloud % "x", "application/trig"),
            ("", "text/turtle"),
            ("<rdf:RDF", "application/rdf+xml")):
        answer = await context.three.publish_text(text, media_type)
        await context.refused(answer, BAD_PAYLOAD, *expected)


async def bad_advertisements(context):
    """advertisements that are wrong"""
    shape = f"<advertisement xmlns='{CATALOG}'>%s</advertisement>"
    name = "<cloudName>bad</cloudName>"
    good = "<capability><attribute>replicationFactor</attribute><value>5</value></capability>"
    for content, *expected in (
            (good,), (name + name + good,),
            (name + good.replace("replicationFactor", "replicationFaktor"),
             "replicationFaktor", "replicationFactor"),
            (name + good.replace("5", "many"), "replicationFactor"),
            (name + "<fruit/>", "fruit"), (name + "text",),
            (name + "<capability><value>5</value></capability>",)):
        answer = await context.three.execute("publish_resources", shape % content)
        await context.refused(answer, BAD_PAYLOAD, *expected)
    lease = f"<advertisement xmlns='{CATALOG}' lease='soon'>{name}{good}</advertisement>"
    await context.refused(await context.three.execute("publish_resources", lease), BAD_PAYLOAD,
                          "duration")


async def no_files_no_network(context):
    """entities, xi:include and document types read no file"""
    secret = os.path.join(os.environ["PRIVATE"], "secret")
    rdf = ("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
           f"xmlns='{CATALOG}#' xmlns:xi='http://www.w3.org/2001/XInclude'>"
           "<Cloud rdf:about='urn:x:t'><cloudName>thief</cloudName><provider>%s</provider></Cloud>"
           "</rdf:RDF>")
    include = f"<xi:include parse='text' href='file://{secret}'/>"
    for text in (f"<!DOCTYPE r [<!ENTITY e SYSTEM 'file://{secret}'>]>" + rdf % "&e;",
                 "<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>" + rdf % "&b;",
                 f"<!DOCTYPE r SYSTEM 'file://{secret}'>" + rdf % "x"):
        answer = await context.three.publish_text(text, "application/rdf+xml")
        await context.refused(answer, BAD_PAYLOAD)
    with open(secret) as stream:
        content = stream.read().strip()
    for answer in (await context.three.publish_text(rdf % include, "application/rdf+xml"),
                   await context.three.execute("publish_resources", rdf % include),
                   await context.three.execute(
                       "publish_resources",
                       f"<advertisement xmlns='{CATALOG}' "
                       "xmlns:xi='http://www.w3.org/2001/XInclude'><cloudName>thief</cloudName>"
                       f"<capability><attribute>provider</attribute><value>{include}</value>"
                       "</capability></advertisement>")):
        assert content not in str(answer), "the file's content came back"
        equal(answer.type, "error")
    stored = subprocess.run(
        [os.path.join(os.environ["BUILD"], "intercloud-catalog"), "--db",
         os.path.join(os.environ["PRIVATE"], "catalog.db"), "export"],
        check=True, capture_output=True, text=True).stdout
    assert "cloud2" in stored and content not in stored
    equal(await context.sequence(), context.settled)


async def large_stanza(context):
    """a stanza near the server's limit is published; one of many statements too"""
    text = PREFIXES + "<urn:x:l> a :Cloud ; :cloudName 'large' ; :provider '''%s''' ."
    size = int(os.environ["SERVER_STANZA_BYTES"]) - 2000
    await published(context, context.three, text % ("x" * (size - len(text))), "large")
    many = " , ".join(f"'provider {n}'" for n in range(20000))
    await published(context, context.three, text.replace("'''%s'''", many), "large")
    equal((await context.one.match(constraint("provider", "provider 19999"))).clouds(), ["large"])
    await context.three.about("withdraw_resources", "large")
    context.settled = await context.sequence()


async def control_characters(context):
    """control characters from outside come back made visible"""
    answer = await context.one.match(constraint("no\u009b2Jthing", "5"))
    await context.refused(answer, BAD_PAYLOAD)
    assert "\u009b" not in answer.text, answer
    answer = await context.one.execute("no\u009b2J", PAPER_REQUEST)
    assert "\u009b" not in answer.text, answer


async def one_account_two_resources(context):
    """an owner is a bare JID: another resource of the account may withdraw what it published"""
    text = PREFIXES + "<urn:x:r> a :Cloud ; :cloudName 'resources' ; :replicationFactor 5 ."
    await published(context, context.two, text, "resources")
    second = await Client("cloud2.org").log_in()
    assert second.boundjid.full != context.two.boundjid.full
    gone = await second.about("withdraw_resources", "resources")
    await second.log_out()
    equal(gone.type, "result")
    context.settled = await context.sequence()


TESTS = [paper_request, no_match, sessions_count_on, version_1,
         groups_and_negative_forms, discovers_the_exchange,
         lists_the_commands, sends_the_request, pings, schemata, answers_to_anything,
         unknown_node, unknown_session, bad_actions, bad_payloads, unknown_attribute,
         malformed_numbers, wrong_type, no_constraints, ten_thousand_constraints,
         values_are_data, publish_replace_withdraw, other_forms, taken_name, foreign_withdraw,
         foreign_statements, bad_documents, bad_advertisements, no_files_no_network,
         large_stanza, control_characters, one_account_two_resources]

if __name__ == "__main__":
    # Large enough for 10,000 constraints to reach the exchange.
    client.beside_an_exchange(HOSTS, SERVER_STANZA_BYTES="900000")
    client.run_tests(TESTS, prepare)
