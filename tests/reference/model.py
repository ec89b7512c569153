# SPDX-License-Identifier: Apache-2.0
"""What a request means, said as plainly as possible: no store, no index, no SPARQL.

Clouds, offers and requests are plain objects; numbers are Fractions; a match is a loop over
every offer of every cloud. Slow and obvious on purpose.
"""

import dataclasses
import datetime
import fractions
import re

from ttl import RDF, XSD

NS = "http://www.csp/resOntology#"
META = "http://www.csp/resOntology/meta#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"

BLANKS = " \t\r\n"
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
NUMERIC_RANGES = {XSD + t for t in (
    "decimal integer double float long int short byte nonNegativeInteger positiveInteger "
    "nonPositiveInteger negativeInteger unsignedLong unsignedInt unsignedShort unsignedByte"
).split()}
KINDS = {XSD + "string": "string", XSD + "boolean": "boolean", XSD + "date": "date",
         XSD + "dateTime": "datetime", XSD + "anyURI": "iri",
         **{r: "number" for r in NUMERIC_RANGES}}


def local_name(iri):
    return re.split(r"[#/]", iri)[-1]


# ---- the ontology ----

@dataclasses.dataclass
class Property:
    iri: str
    kind: str            # number string boolean date datetime iri concept node
    match: str           # AtLeast AtMost Equal OneOf Within
    scheme: str = ""
    range: str = ""
    specific: set = dataclasses.field(default_factory=set)  # IRIs: itself, subproperties, equivalents

    def is_integer(self):
        return self.kind == "number" and local_name(self.range) not in ("decimal", "double", "float")

    def has_number(self, number):
        """Whether this number (a Fraction) can be stated; asked for can be any."""
        least = {"nonNegativeInteger": 0, "positiveInteger": 1, "unsignedByte": 0, "unsignedShort": 0,
                 "unsignedInt": 0, "unsignedLong": 0}.get(local_name(self.range))
        return (not self.is_integer() or number.denominator == 1) and (least is None or number >= least)


@dataclasses.dataclass
class Concept:
    iri: str
    scheme: str
    spellings: list      # itself by IRI included
    wider: set = dataclasses.field(default_factory=set)     # IRIs: itself and all it lies within


def closure(start, step):
    """Everything reachable from `start` over the relation `step`, itself included."""
    seen, todo = set(), [start]
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += step.get(node, ())
    return seen


class Ontology:
    """Properties and concepts, from the triples of ontology files."""

    def __init__(self, triples):
        self.about = {}
        for s, p, o in triples:
            self.about.setdefault(s[1], {}).setdefault(p[1], []).append(o)
        self.properties = {iri: self.read_property(iri) for iri, facts in self.about.items()
                           if META + "match" in facts}
        self.concepts = {iri: self.read_concept(iri) for iri, facts in self.about.items()
                         if SKOS + "inScheme" in facts}
        self.close()

    def values(self, iri, predicate):
        return [o[1] for o in self.about[iri].get(predicate, [])]

    def read_property(self, iri):
        scheme = (self.values(iri, META + "scheme") or [""])[0]
        ranges = self.values(iri, RDFS + "range")
        kind = "concept" if scheme else KINDS.get(ranges[0] if ranges else "", "node")
        return Property(iri, kind, local_name(self.values(iri, META + "match")[0]), scheme,
                        ranges[0] if ranges else "")

    def read_concept(self, iri):
        spellings = [iri, local_name(iri)]
        for predicate in ("prefLabel", "altLabel", "notation"):
            spellings += self.values(iri, SKOS + predicate)
        return Concept(iri, self.values(iri, SKOS + "inScheme")[0], spellings)

    def close(self):
        below, above = {}, {}
        for iri in self.properties:
            for parent in self.values(iri, RDFS + "subPropertyOf"):
                below.setdefault(parent, []).append(iri)
            for twin in self.values(iri, OWL + "equivalentProperty"):
                below.setdefault(iri, []).append(twin)
                below.setdefault(twin, []).append(iri)
        for iri in self.concepts:
            above[iri] = self.values(iri, SKOS + "broader")
        for iri, prop in self.properties.items():
            prop.specific = closure(iri, below)
        for iri, concept in self.concepts.items():
            concept.wider = closure(iri, above)
        self.by_exact, self.by_fold = {}, {}
        for concept in self.concepts.values():
            for spelling in concept.spellings:
                self.by_exact[concept.scheme, spelling] = concept.iri
                self.by_fold.setdefault((concept.scheme, fold(spelling)), concept.iri)

    def concept(self, scheme, spelling):
        """The IRI that `spelling` means in `scheme`: exact, else without regard to case."""
        return self.by_exact.get((scheme, spelling)) or self.by_fold.get((scheme, fold(spelling)))


def fold(text):
    return text.lower()


# ---- values ----

class WrongType(ValueError):
    """A value that its property cannot have."""


def parse_instant(text):
    """Seconds since year 1, exactly; without a zone: UTC."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?"
                         r"(Z|[+-]\d\d:\d\d)?", text)
    if not match:
        raise WrongType(text)
    try:
        day = datetime.date(*(int(match[i]) for i in (1, 2, 3))).toordinal()
    except ValueError:
        raise WrongType(text) from None
    seconds = int(match[4]) * 3600 + int(match[5]) * 60 + int(match[6])
    zone = match[8] or "Z"
    if zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds += offset if zone[0] == "-" else -offset
    return day * 86400 + seconds + fractions.Fraction("0" + (match[7] or ".0"))


def resolve(ontology, prop, text):
    """The effective value of a text: a pair (kind, comparable)."""
    text = text.strip(BLANKS)
    if prop.kind == "number":
        if not NUMBER.fullmatch(text):
            raise WrongType(text)
        return ("number", fractions.Fraction(text))
    if prop.kind == "concept":
        concept = ontology.concept(prop.scheme, text)
        return ("concept", concept) if concept else ("string", text)
    if prop.kind == "boolean":
        if text not in ("true", "false", "1", "0"):
            raise WrongType(text)
        return ("boolean", text in ("true", "1"))
    if prop.kind == "date":
        try:
            return ("date", datetime.date.fromisoformat(text))
        except ValueError:
            raise WrongType(text) from None
    if prop.kind == "datetime":
        return ("datetime", parse_instant(text))
    return (prop.kind, text)


# ---- clouds ----

@dataclasses.dataclass
class Resource:
    """A cloud or an offer: what its owner wrote about it."""
    node: tuple                                       # ("iri", …) or ("blank", …)
    stated: list = dataclasses.field(default_factory=list)  # (property IRI, term)


@dataclasses.dataclass
class Cloud(Resource):
    name: str = ""
    offers: list = dataclasses.field(default_factory=list)  # Resources
    expires: object = None                            # datetime, or None: never
    renamed: bool = False                             # written in a form that keeps no IRIs

    def effective_offers(self):
        """(node, statements) of each offer: its own, the cloud's for what it does not state, and
        the cloud's name, by which every one of its offers can be found."""
        named = [(NS + "cloudName", ("literal", self.name, "", ""))]
        for offer in self.offers or [self]:
            own = {p for p, _ in offer.stated}
            inherited = [] if offer is self else [s for s in self.stated if s[0] not in own]
            yield offer.node, offer.stated + inherited + named


# ---- requests ----

@dataclasses.dataclass
class Simple:
    """[not] ATTRIBUTE op values; op "" is the ontology's default comparison."""
    attribute: str       # property IRI
    op: str = ""
    values: tuple = ()   # texts
    negated: bool = False


@dataclasses.dataclass
class Request:
    """Constraints, each a list of Simples joined by "or": one offer meets all that stand outside
    any group, one (the same or another) all of each group."""
    constraints: list
    groups: list = dataclasses.field(default_factory=list)  # lists of constraints

    def parts(self):
        """What an offer must meet: the groups, and the constraints outside them if there are."""
        return ([self.constraints] if self.constraints or not self.groups else []) + self.groups


ORDERED = {
    ">=": lambda have, want: have >= want,
    "<=": lambda have, want: have <= want,
    ">": lambda have, want: have > want,
    "<": lambda have, want: have < want,
}
OPPOSITES = {"!=": ("=", True), "not in": ("in", True), "not within": ("within", True),
             "not exists": ("exists", True)}
DEFAULTS = {"AtLeast": ">=", "AtMost": "<=", "Equal": "=", "OneOf": "in", "Within": "within"}


class Matcher:
    """Decides which clouds a request means, over an ontology."""

    def __init__(self, ontology):
        self.ontology = ontology

    def satisfies(self, op, have, want):
        """One stated value against one requested value, both resolved."""
        if op in ORDERED:
            return have[0] == want[0] and ORDERED[op](have[1], want[1])
        if op == "within" and have[0] == "concept":
            return want[0] == "concept" and want[1] in self.ontology.concepts[have[1]].wider
        return have == want

    def simple_holds(self, simple, statements):
        """True, False, or None where the offer does not state what it is about: a value that is
        not stated makes neither a comparison nor its opposite true. That it is (not) stated is
        always known."""
        asked = self.ontology.properties[simple.attribute]
        stated = [(p, term) for p, term in statements if p in asked.specific]
        op, opposite = OPPOSITES.get(simple.op, (simple.op, False))
        if op == "exists":
            holds = bool(stated)
        elif not stated:
            holds = None
        else:
            holds = self.some_value_satisfies(asked, op or DEFAULTS[asked.match], simple, stated)
        for negation in (opposite, simple.negated):
            if negation and holds is not None:
                holds = not holds
        return holds

    def some_value_satisfies(self, asked, op, simple, stated):
        wanted = [resolve(self.ontology, asked, text) for text in simple.values]
        haves = [resolve(self.ontology, self.ontology.properties[p], term[1]) for p, term in stated]
        return any(self.satisfies(op, have, want) for have in haves for want in wanted)

    def matching_offers(self, cloud, constraints):
        return [node for node, statements in cloud.effective_offers()
                if all(any(self.simple_holds(s, statements) for s in constraint)
                       for constraint in constraints)]

    def matches(self, cloud, request):
        return all(self.matching_offers(cloud, part) for part in request.parts())

    def match(self, clouds, request, at=None):
        """Names of the clouds that match and are live at `at`, in code point order."""
        return sorted(cloud.name for cloud in clouds
                      if (cloud.expires is None or at is None or at < cloud.expires)
                      and self.matches(cloud, request))
