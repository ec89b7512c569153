#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A component (XEP-0114) that answers each command as the cloud name in it says.

usage: fake_exchange.py JID PORT SECRET_FILE

error-CONDITION  that stanza error            text-CONDITION  the same, with a text
silent           nothing                      stray           somebody else's answers, then its own
bare             a result without a command   failed          completed, with an error note
pending          a command that is executing  other           the wrong element
nojid            a cloud without a JID        else            a cloud whose JID is NAME@there.org

Prints a line when the server has let it in.
"""

import hashlib
import re
import socket
import sys
from xml.sax.saxutils import quoteattr

COMMANDS = "http://jabber.org/protocol/commands"
ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
CATALOG = "http://www.csp/resOntology"


def completed(content, extra=""):
    return (f"<command xmlns='{COMMANDS}' node='resolve_cloud' sessionid='RPC-SESSION-0000001' "
            f"status='completed'>{extra}<iodata xmlns='urn:xmpp:tmp:io-data' type='output'>"
            f"<out>{content}</out></iodata></command>")


def cloud(jid):
    return completed(f"<cloud xmlns='{CATALOG}' name='x' jid={quoteattr(jid)}/>")


def iq(kind, to, number, content, sender):
    return (f"<iq type='{kind}' from='{sender}' to={quoteattr(to)} id={quoteattr(number)}>"
            f"{content}</iq>")


def error(condition, text=""):
    if text:
        text = f"<text xmlns='{ERRORS}'>{text}</text>"
    return f"<error type='cancel'><{condition} xmlns='{ERRORS}'/>{text}</error>"


def answers(me, sender, number, name):
    kind, _, rest = name.partition("-")
    if kind == "error":
        yield iq("error", sender, number, error(rest), me)
    elif kind == "text":
        yield iq("error", sender, number, error(rest, "a reason\u009b2J&#10;second line"), me)
    elif name == "stray":
        yield iq("result", sender, number + "0", cloud("wrong@id.org"), me)
        yield iq("result", sender, number, cloud("wrong@sender.org"), me + "/other")
        yield f"<message from='{me}' to={quoteattr(sender)}><body>hello</body></message>"
        yield iq("get", sender, "ping1", "<ping xmlns='urn:xmpp:ping'/>", me)
        yield iq("result", sender, number, cloud("right@there.org"), me)
    elif name == "bare":
        yield iq("result", sender, number, "", me)
    elif name == "failed":
        note = "<note type='error'>the disk burns</note>"
        yield iq("result", sender, number, completed("", note), me)
    elif name == "pending":
        yield iq("result", sender, number,
                 f"<command xmlns='{COMMANDS}' sessionid='1' status='executing'/>", me)
    elif name == "other":
        yield iq("result", sender, number, completed(f"<fruit xmlns='{CATALOG}'/>"), me)
    elif name == "nojid":
        yield iq("result", sender, number, completed(f"<cloud xmlns='{CATALOG}' name='x'/>"), me)
    elif name != "silent":
        note = "<note type='info'>by the way</note>"
        yield iq("result", sender, number, completed(
            f"<cloud xmlns='{CATALOG}' name='x' jid={quoteattr(name + '@there.org')}/>", note), me)


def main():
    me, port, secret_file = sys.argv[1:]
    with open(secret_file) as stream:
        secret = stream.read().strip()
    server = socket.create_connection(("127.0.0.1", int(port)))
    server.sendall(f"<stream:stream xmlns='jabber:component:accept' to='{me}' "
                   "xmlns:stream='http://etherx.jabber.org/streams'>".encode())
    buffer = ""
    while not (found := re.search(r" id=['\"]([^'\"]+)['\"]", buffer)):
        buffer += server.recv(65536).decode()
    digest = hashlib.sha1((found.group(1) + secret).encode()).hexdigest()
    server.sendall(f"<handshake>{digest}</handshake>".encode())
    buffer = ""
    while "<handshake" not in buffer:
        buffer += server.recv(65536).decode()
    print("ready", flush=True)
    buffer = ""
    while data := server.recv(65536):
        buffer += data.decode()
        while (end := buffer.find("</iq>")) >= 0:
            stanza, buffer = buffer[:end], buffer[end + 5:]
            stanza = stanza[stanza.rfind("<iq "):]  # empty ones may stand in front
            if name := re.search(r"<cloudName>([^<]*)</cloudName>", stanza):
                sender = re.search(r"from=['\"]([^'\"]+)['\"]", stanza).group(1)
                number = re.search(r" id=['\"]([^'\"]+)['\"]", stanza).group(1)
                for answer in answers(me, sender, number, name.group(1)):
                    server.sendall(answer.encode())


main()
