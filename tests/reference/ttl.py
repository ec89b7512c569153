# SPDX-License-Identifier: Apache-2.0
"""A small Turtle reader: what ontology files use, nothing more.

It exists so that the reference matcher takes nothing from the program that it checks. Terms are
tuples: ("iri", text), ("blank", label), ("literal", text, datatype or "", language or "").
"""

import re

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

TOKEN = re.compile(r'''
    (?P<space>\s+|\#[^\n]*)
  | (?P<iri><[^<>"{}|^`\\\s]*>)
  | (?P<long>"""(?:[^"\\]|\\.|"(?!""))*""")
  | (?P<string>"(?:[^"\\\n]|\\.)*")
  | (?P<prefix>@prefix\b|@base\b)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<caret>\^\^)
  | (?P<number>[+-]?(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?)
  | (?P<blank>_:[A-Za-z0-9_]+)
  | (?P<name>(?:[A-Za-z][\w-]*)?:[\w-]*(?:\.[\w-]+)*)
  | (?P<word>a\b|true\b|false\b)
  | (?P<mark>[\[\]();,.])
''', re.VERBOSE)

ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
PLAIN = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


def unescape(text):
    def one(match):
        code = match.group(1)
        return chr(int(code[1:], 16)) if code[0] in "uU" and len(code) > 1 else PLAIN[code]
    return ESCAPE.sub(one, text)


class Reader:
    """Collects the triples of one text."""

    def __init__(self, text, name):
        self.triples, self.prefixes, self.name = [], {}, name
        self.blanks = 0
        self.tokens = list(self.split(text))
        self.at = 0
        while self.peek():
            self.statement()

    def split(self, text):
        position = 0
        while position < len(text):
            match = TOKEN.match(text, position)
            if not match:
                line = text.count("\n", 0, position) + 1
                raise ValueError(f"{self.name}:{line}: not understood: {text[position:position + 30]!r}")
            position = match.end()
            if match.lastgroup != "space":
                yield match.lastgroup, match.group()
        yield None, ""

    def peek(self):
        return self.tokens[self.at][0]

    def take(self, text=None):
        kind, token = self.tokens[self.at]
        if text is not None and token != text:
            raise ValueError(f"{self.name}: {text!r} expected, {token!r} found")
        self.at += 1
        return kind, token

    def statement(self):
        if self.peek() == "prefix":
            self.take("@prefix")
            prefix = self.take()[1][:-1]
            self.prefixes[prefix] = self.take()[1][1:-1]
        else:
            self.properties(self.term())
        self.take(".")

    def properties(self, subject):
        while self.tokens[self.at][1] not in (".", "]"):
            predicate = self.term()
            while True:
                self.triples.append((subject, predicate, self.term()))
                if self.tokens[self.at][1] != ",":
                    break
                self.take(",")
            while self.tokens[self.at][1] == ";":
                self.take(";")

    def term(self):
        kind, token = self.take()
        if kind == "iri":
            return ("iri", token[1:-1])
        if kind == "name":
            prefix, local = token.split(":", 1)
            return ("iri", self.prefixes[prefix] + local)
        if kind == "blank":
            return ("blank", token[2:])
        if token == "a":
            return ("iri", RDF + "type")
        if kind == "word":
            return ("literal", token, XSD + "boolean", "")
        if kind == "number":
            datatype = "double" if "e" in token.lower() else "decimal" if "." in token else "integer"
            return ("literal", token, XSD + datatype, "")
        if kind in ("string", "long"):
            return self.literal(unescape(token[3:-3] if kind == "long" else token[1:-1]))
        if token == "[":
            self.blanks += 1
            node = ("blank", f"anonymous-{self.blanks}")
            self.properties(node)
            self.take("]")
            return node
        raise ValueError(f"{self.name}: a term expected, {token!r} found")

    def literal(self, text):
        if self.peek() == "language":
            return ("literal", text, "", self.take()[1][1:])
        if self.peek() == "caret":
            self.take()
            return ("literal", text, self.term()[1], "")
        return ("literal", text, "", "")


def read(text, name="turtle"):
    """(triples, prefixes) of a Turtle text."""
    reader = Reader(text, name)
    return reader.triples, reader.prefixes
