# SPDX-License-Identifier: Apache-2.0
"""Writes clouds as N-Triples, Turtle or <advertisement> XML, and requests as text or XML."""

import re
from xml.sax.saxutils import escape

import model
from model import NS
from ttl import RDF, XSD

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text):
    return '"' + "".join(ESCAPES.get(c, c) for c in text) + '"'


def plain_term(term, cloud=""):
    """N-Triples; blank nodes of several clouds in one document are kept apart."""
    if term[0] == "iri":
        return f"<{term[1]}>"
    if term[0] == "blank":
        return f"_:{cloud}{term[1]}"
    _, text, datatype, language = term
    tail = f"@{language}" if language else f"^^<{datatype}>" if datatype else ""
    return quoted(text) + tail


def triples_of(cloud, nested=False):
    """Every statement of a cloud; `nested` hangs a node on it that is no offer."""
    literal = ("literal", cloud.name, "", "")
    yield cloud.node, ("iri", RDF + "type"), ("iri", NS + "Cloud")
    yield cloud.node, ("iri", NS + "cloudName"), literal
    for p, o in cloud.stated:
        yield cloud.node, ("iri", p), o
    for offer in cloud.offers:
        yield cloud.node, ("iri", NS + "offers"), offer.node
        yield offer.node, ("iri", RDF + "type"), ("iri", NS + "Offer")
        for p, o in offer.stated:
            yield offer.node, ("iri", p), o
    if nested:
        detail = ("blank", "detail")
        yield cloud.node, ("iri", "http://vocabulary.example/terms#detail"), detail
        for p, o in [s for offer in cloud.offers for s in offer.stated] or cloud.stated:
            yield detail, ("iri", p), o


def ntriples(rng, clouds):
    lines = [f"{plain_term(s, f'c{i}')} {plain_term(p)} {plain_term(o, f'c{i}')} .\n"
             for i, cloud in enumerate(clouds)
             for s, p, o in triples_of(cloud, nested=rng.random() < 0.15)]
    rng.shuffle(lines)
    return "".join(lines)


PREFIXES = {"": NS, "t": "http://vocabulary.example/terms#", "xsd": XSD}


def turtle_term(rng, term, cloud):
    if term[0] == "literal":
        _, text, datatype, language = term
        if datatype == XSD + "boolean" and text in ("true", "false"):
            return text
        bare = {XSD + "integer": r"[+-]?\d+", XSD + "decimal": r"[+-]?\d*\.\d+",
                XSD + "double": r"[+-]?\d+(\.\d+)?[eE][+-]?\d+"}.get(datatype)
        if bare and re.fullmatch(bare, text) and rng.random() < 0.7:
            return text
        if rng.random() < 0.2 and not text.endswith('"') and "\\" not in text and "\r" not in text:
            body = '"""' + text.replace('"', '\\"' if '""' in text else '"') + '"""'
        elif rng.random() < 0.1:
            body = '"' + "".join(f"\\U{ord(c):08X}" if not c.isalnum() else c for c in text) + '"'
        else:
            body = quoted(text)
        return body + (f"@{language}" if language else f"^^<{datatype}>" if datatype else "")
    if term[0] == "iri":
        if term[1] == RDF + "type":
            return "a"
        for prefix, iri in PREFIXES.items():
            rest = term[1][len(iri):]
            if term[1].startswith(iri) and re.fullmatch(r"[A-Za-z]\w*", rest) and rng.random() < 0.8:
                return f"{prefix}:{rest}"
    return plain_term(term, cloud)


def turtle(rng, clouds):
    out = [f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()]
    for i, cloud in enumerate(clouds):
        subjects = {}
        for s, p, o in triples_of(cloud, nested=rng.random() < 0.15):
            subjects.setdefault(s, []).append((p, o))
        for s, facts in rng.sample(sorted(subjects.items()), len(subjects)):
            body = " ;\n    ".join(f"{turtle_term(rng, p, '')} {turtle_term(rng, o, f'c{i}')}"
                                   for p, o in facts)
            out.append(f"{turtle_term(rng, s, f'c{i}')} {body} .  # {cloud.name}\n")
    return "".join(out)


def xml_value(text):
    return escape(text).replace("\r", "&#13;").replace("\t", "&#9;")


def advertisement(rng, cloud, lease=""):
    """The XML form: attributes by name, values by text, their types from the ontology."""
    def capabilities(stated):
        groups = {}
        for p, o in stated:
            groups.setdefault(p, []).append(xml_value(o[1]))
        for p, values in groups.items():
            name = p[len(NS):] if p.startswith(NS) else f"<{p}>"
            yield (f"<capability><attribute>{rng.choice(['', ' '])}{escape(name)}</attribute>"
                   + "".join(f"<value>{v}</value>" for v in values) + "</capability>")

    offers = "".join(
        f"\n  <offer{' id=' + chr(39) + offer.node[1].rsplit('/', 1)[-1] + chr(39)}>"
        + "".join(capabilities(offer.stated)) + "</offer>" for offer in cloud.offers)
    return (f"<advertisement xmlns='http://www.csp/resOntology'{lease}>\n"
            f"  <cloudName>{escape(cloud.name)}</cloudName>\n  "
            + "\n  ".join(capabilities(cloud.stated)) + offers + "\n</advertisement>\n")


# ---- requests ----

KEYWORDS = {"or", "not", "in", "within", "exists", "offer", "prefer", "limit", "weight", "near",
            "lowest", "highest", "having"}


def attribute_text(iri):
    return model.local_name(iri) if iri.startswith(NS) else f"<{iri}>"


def value_text(rng, text):
    word = re.fullmatch(r"[\w.+:/@-]+", text) and text.lower() not in KEYWORDS
    if word and rng.random() < 0.8:
        return text
    return quoted(text) if rng.random() < 0.8 else \
        '"' + "".join(f"\\u{ord(c):04X}" if ord(c) < 0x10000 and not c.isalnum()
                      else c for c in text) + '"'


def simple_text(rng, simple):
    words = (["not"] if simple.negated else []) + [attribute_text(simple.attribute)]
    if simple.op:
        words.append(simple.op)
    values = [value_text(rng, v) for v in simple.values]
    if len(values) > 1 or (values and rng.random() < 0.1):
        words.append("(" + ", ".join(values) + ")")
    else:
        words += values
    return rng.choice([" ", "  "]).join(words)


def constraints_text(rng, constraints):
    return [" or ".join(simple_text(rng, s) for s in c) for c in constraints]


def request_arguments(rng, request):
    """The command-line arguments that ask it: one, or one for each constraint and group."""
    items = constraints_text(rng, request.constraints)
    for group in request.groups:
        body = rng.choice(["; ", ";"]).join(constraints_text(rng, group))
        items.append(rng.choice(["offer { %s }", "offer {%s}", "offer{\n%s\n}"]) % body)
    return items if rng.random() < 0.3 else [rng.choice(["; ", ";"]).join(items)]


def simple_xml(simple):
    op = f" op='{escape(simple.op)}'" if simple.op else ""
    negated = " not='true'" if simple.negated else ""
    return (f"<constraint{op}{negated}><attribute> {escape(attribute_text(simple.attribute))}\n"
            "</attribute>" + "".join(f"<value>{xml_value(v)}</value>" for v in simple.values)
            + "</constraint>")


def constraints_xml(constraints):
    return "".join(simple_xml(c[0]) if len(c) == 1 else
                   "<any>" + "".join(map(simple_xml, c)) + "</any>" for c in constraints)


def request_xml(request):
    """<constraints>; the paper's plain form where that can say it."""
    plain = not request.groups and all(
        len(c) == 1 and not c[0].op and not c[0].negated and len(c[0].values) == 1
        for c in request.constraints)
    body = constraints_xml(request.constraints) + "".join(
        f"<offer>{constraints_xml(group)}</offer>" for group in request.groups)
    version = "" if plain else " version='1'"
    return f"<constraints xmlns='http://www.csp/resOntology'{version}>{body}</constraints>\n"
