# SPDX-License-Identifier: Apache-2.0
"""Random ontologies, catalogs and requests, with the hard cases made likely.

Numbers come in odd spellings, far beyond what a double holds and differing in their last
digit; concepts by any of their spellings; strings with quotes, newlines and braces; requests
are aimed at what some offer states, so that answers are neither empty nor everything.
"""

import datetime
import fractions

import model
from model import NS, Cloud, Request, Resource, Simple
from ttl import RDF, XSD

OTHER = "http://vocabulary.example/terms#"
STRINGS = ["gold", "silver plate", 'say "hello"', "line one\nline two", "tab\there", "back\\slash",
           "} UNION { ?s ?p ?o", "'; DROP", "a;b(c){d},e", "übergröße", "雲", "🌩 storm", "$1 ?x",
           "or", "not", "exists", "<b>&amp;</b>", "Gold", "café", "cafe\u0301", "#", "5", "true"]
WORDS = "atlas birch cedar delta ember fjord grove haven inlet jetty knoll lagoon mesa north".split()
NAMES = [f"cloud{n}" for n in range(1, 12)] + ["wolke-ä", "雲", "cloud 2"]
SHAPES = ["Equal", "OneOf", "AtLeast", "AtMost", "Within"]


def chance(rng, share):
    return rng.random() < share


# ---- an ontology ----

def random_ontology(rng):
    """Turtle of an ontology with concept schemes and property hierarchies of its own."""
    out = ["# SPDX-License-Identifier: Apache-2.0"]
    for prefix, iri in (("", NS), ("ic", model.META), ("rdfs", model.RDFS), ("owl", model.OWL),
                        ("skos", model.SKOS), ("xsd", XSD), ("t", OTHER)):
        out.append(f"@prefix {prefix}: <{iri}> .")
    out += ['<http://vocabulary.example/terms> a owl:Ontology ; owl:versionInfo "1" .',
            ':Cloud a rdfs:Class ; rdfs:label "cloud" ; rdfs:comment "A cloud." .',
            ':Offer a rdfs:Class ; rdfs:label "offer" ; rdfs:comment "An offer." .',
            't:SmallOffer a rdfs:Class ; rdfs:subClassOf :Offer ; rdfs:label "small" ; '
            'rdfs:comment "A small offer." .',
            describe(":cloudName", "Equal", "rdfs:range xsd:string", "ic:Cloud"),
            describe(":offers", "Equal", "rdfs:range :Offer", "ic:Cloud")]
    schemes = [random_scheme(rng, out, number) for number in range(rng.randint(1, 2))]
    families = {"number": "rdfs:range xsd:decimal", "string": "rdfs:range xsd:string",
                "boolean": "rdfs:range xsd:boolean", "date": "rdfs:range xsd:date",
                "datetime": "rdfs:range xsd:dateTime", "iri": "rdfs:range xsd:anyURI"}
    shapes = {"number": SHAPES[:4], "string": SHAPES[:2], "boolean": SHAPES[:1],
              "date": SHAPES[:4], "datetime": SHAPES[:4], "iri": SHAPES[:2]}
    for family, shape in families.items():
        if family == "number":
            shape = rng.choice([shape, "rdfs:range xsd:double", "rdfs:range xsd:integer"])
        random_family(rng, out, family, shape, shapes[family], 3 if family == "number" else 2)
    for number, scheme in enumerate(schemes):
        random_family(rng, out, f"concept{number}", f"ic:scheme {scheme}",
                      ["Equal", "OneOf", "Within"], 3)
    return "\n".join(out) + "\n"


def describe(name, match, shape, applies="ic:Cloud, ic:Offer"):
    return (f'{name} a rdf:Property ; rdfs:label "{name}"@en ; rdfs:comment "Made for a test."@en '
            f'; ic:match ic:{match} ; ic:appliesTo {applies} ; {shape} .'
            ).replace("rdf:Property", f"<{RDF}Property>")


def random_family(rng, out, name, shape, matches, most):
    """Properties of one kind, some of them below or equivalent to others."""
    names = []
    for number in range(rng.randint(1, most) + 1):
        prefix = "t" if chance(rng, 0.15) else ""
        names.append(f"{prefix}:{name}{chr(ord('A') + number)}")
        # One that is equivalent to another is below none: the ontology may not have cycles.
        if names[:-1] and chance(rng, 0.15):
            links = f"; owl:equivalentProperty {rng.choice(names[:-1])} "
        else:
            links = "".join(f"; rdfs:subPropertyOf {other} " for other in names[:-1]
                            if chance(rng, 0.35))
        out.append(describe(names[-1], rng.choice(matches), shape + " " + links))


def random_scheme(rng, out, number):
    scheme = f"<http://vocabulary.example/scheme{number}>"
    out.append(f'{scheme} a skos:ConceptScheme ; rdfs:label "scheme {number}" ; '
               f'skos:prefLabel "scheme {number}" ; rdfs:comment "Made for a test." .')
    count = rng.randint(3, 12)
    for index in range(count):
        word = WORDS[index]
        spellings = [f'; skos:altLabel "{word} of {number}"'] if chance(rng, 0.5) else []
        if chance(rng, 0.5):
            spellings.append(f'; skos:notation "{word[:2].upper()}{number}"')
        wider = rng.sample(range(index), min(index, rng.choice([0, 1, 1, 1, 2])))
        spellings += [f"; skos:broader t:{WORDS[w]}-{number}" for w in wider]
        out.append(f't:{word}-{number} a skos:Concept ; skos:inScheme {scheme} ; '
                   f'skos:prefLabel "{word.capitalize()} {number}"@en {" ".join(spellings)} .')
    return scheme


# ---- values ----

def number_pool(rng):
    """Exact decimals as text, many close to each other."""
    near = str(rng.randint(10 ** 18, 10 ** 19))
    pool = [str(rng.randint(0, 12)) for _ in range(5)]
    pool += [str(2 ** 53 + d) for d in (0, 1, 2)]
    pool += [f"0.{near}{d}" for d in (1, 2)] + [f"{near}{d}.5" for d in (1, 2)]
    pool += ["99.999", "99.9990000000000000001", "-3", "-0.25", "0.1", "0.3", "1000000"]
    return rng.sample(pool, 8)


def spell_number(rng, text, integer):
    """Another spelling of the same number, and a datatype that allows it ("" is a string)."""
    style = rng.choice(["same", "same", "padded", "exponent"])
    negative, digits = text.startswith("-"), text.lstrip("-")
    if style == "padded":
        digits = "0" * rng.randint(1, 3) + digits
        if not integer:
            digits += "0" * rng.randint(1, 2) if "." in digits else "." + "0" * rng.randint(1, 3)
        digits = ("-" if negative else rng.choice(["", "+"])) + digits
    elif style == "exponent":
        whole, _, rest = digits.partition(".")
        shift = rng.randint(0, 3)
        digits = ("-" if negative else "") + whole + (f".{rest}" if rest else "")
        digits = scale(digits, shift) + rng.choice("eE") + rng.choice(["", "+"] if not shift else ["-"]) + str(shift)
        return digits, rng.choice([XSD + "double", XSD + "float", ""])
    else:
        digits = text
    allowed = [XSD + "decimal", XSD + "double", "", XSD + "decimal"]
    if "." not in digits:
        allowed += [XSD + "integer", XSD + "integer"]
        if len(digits) < 9:
            allowed.append(XSD + "long")
    return digits, rng.choice(allowed)


def scale(text, shift):
    """`text` times 10 to the `shift`, as decimal text."""
    negative, digits = text.startswith("-"), text.lstrip("-")
    whole, _, rest = digits.partition(".")
    rest = rest.ljust(shift, "0")
    return ("-" if negative else "") + whole + rest[:shift] + ("." + rest[shift:] if rest[shift:] else "")


class Values:
    """Draws values of properties, from pools small enough that requests hit them."""

    def __init__(self, rng, ontology):
        self.rng, self.ontology = rng, ontology
        self.numbers = {}
        self.by_scheme = {}
        for concept in ontology.concepts.values():
            self.by_scheme.setdefault(concept.scheme, []).append(concept)
        for scheme, concepts in self.by_scheme.items():
            # Of a large scheme a few, with what they lie within.
            few = rng.sample(sorted(concepts, key=lambda c: c.iri), min(10, len(concepts)))
            wider = {w for c in few for w in c.wider}
            self.by_scheme[scheme] = [ontology.concepts[i] for i in sorted(wider)]

    def literal(self, text, datatype="", language=""):
        return ("literal", text, datatype, language)

    def pad(self, text):
        """White space around a value means nothing."""
        return self.rng.choice(["", " ", "\n  ", "\t"]) + text + self.rng.choice(["", " ", "\n"]) \
            if chance(self.rng, 0.08) else text

    def number(self, prop):
        integer = prop.is_integer()
        pool = self.numbers.setdefault(prop.iri, [
            n for n in number_pool(self.rng) if prop.has_number(fractions.Fraction(n))] or ["7"])
        text, datatype = spell_number(self.rng, self.rng.choice(pool), integer)
        if integer and datatype not in ("", XSD + "integer", XSD + "long"):
            datatype = ""
        return self.literal(text if datatype else self.pad(text), datatype)

    def concept(self, prop):
        if chance(self.rng, 0.08):
            return self.literal(self.rng.choice(["Atlantis", "ATLANTIS", "El Dorado"]))
        concept = self.rng.choice(self.by_scheme[prop.scheme])
        spelling = self.rng.choice(concept.spellings)
        if spelling == concept.iri and chance(self.rng, 0.9):
            return ("iri", spelling)
        if spelling != concept.iri and spelling.isascii() and chance(self.rng, 0.3):
            other = self.rng.choice([spelling.upper(), spelling.lower(), spelling.title()])
            if self.ontology.concept(prop.scheme, other) == concept.iri:
                spelling = other
        return self.literal(self.pad(spelling), "", self.rng.choice(["", "", "", "en", "de-AT"]))

    def string(self, prop):
        if prop.iri == NS + "cloudName":
            return self.literal(self.rng.choice(NAMES))
        text = self.rng.choice(STRINGS)
        if chance(self.rng, 0.15):
            return self.literal(text, "", self.rng.choice(["en", "ja"]))
        return self.literal(self.pad(text))

    def boolean(self, _prop):
        return self.literal(self.rng.choice(["true", "false", "1", "0"]),
                            self.rng.choice([XSD + "boolean", ""]))

    def date(self, _prop):
        day = datetime.date(2024, 2, 27) + datetime.timedelta(days=self.rng.randint(0, 5))
        return self.literal(day.isoformat(), self.rng.choice([XSD + "date", ""]))

    def datetime(self, _prop):
        moment = datetime.datetime(2023, 12, 31, 23, self.rng.choice([0, 30]), 0)
        zone = self.rng.choice([0, 0, 60, -90, 330])
        moment += datetime.timedelta(minutes=zone + 30 * self.rng.randint(0, 3))
        name = "Z" if not zone else f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02}:{abs(zone) % 60:02}"
        if not zone:
            name = self.rng.choice(["Z", "", "+00:00"])
        fraction = self.rng.choice(["", "", ".5", ".50", ".25"])
        return self.literal(moment.isoformat() + fraction + name,
                            self.rng.choice([XSD + "dateTime", ""]))

    def iri(self, _prop):
        text = self.rng.choice(["http://store.example/a", "http://store.example/A",
                                "https://store.example/?q=1&r=(2)", "urn:example:x"])
        return self.rng.choice([("iri", text), self.literal(text, XSD + "anyURI"),
                                self.literal(text)])

    def draw(self, prop):
        return getattr(self, prop.kind)(prop)


# ---- a catalog ----

class World:
    """The properties and values that one catalog uses."""

    def __init__(self, rng, ontology, properties_max=14):
        self.rng, self.values = rng, Values(rng, ontology)
        usable = [p for _, p in sorted(ontology.properties.items())
                  if p.kind != "node" and model.local_name(p.iri) != "cloudName"]
        self.properties = usable
        if len(usable) > properties_max:
            self.properties = rng.sample(usable, properties_max)

    def statements(self, share):
        found = []
        for prop in self.properties:
            if chance(self.rng, share):
                for _ in range(self.rng.choice([1, 1, 1, 2, 3])):
                    found.append((prop.iri, self.values.draw(prop)))
        if chance(self.rng, 0.1):
            found.append((OTHER + "unheardOf", self.rng.choice([
                ("literal", "whatever", "", "fr"), ("iri", "http://elsewhere.example/")])))
        return found

    def cloud(self, name, number):
        """A cloud with or without offers; offers repeat, contradict or leave out what it states."""
        cloud = Cloud(("iri", f"http://cloud{number}.example/#me"), name=name)
        offers = self.rng.choice([0, 0, 1, 2, 3, 5])
        cloud.stated = self.statements(0.6 if not offers else 0.35)
        for index in range(offers):
            node = self.rng.choice([("iri", f"http://cloud{number}.example/offer/{index}"),
                                    ("blank", f"o{index}")])
            cloud.offers.append(Resource(node, self.statements(0.35)))
        return cloud

    def clouds(self, count):
        return [self.cloud(name, number)
                for number, name in enumerate(self.rng.sample(NAMES, count))]


# ---- requests ----

def request_value(rng, world, prop, near):
    """A text to ask for: often just what an offer states, in its own or another spelling."""
    if near is None or chance(rng, 0.3):
        near = world.values.draw(prop)
    text = near[1].strip(model.BLANKS)
    if prop.kind == "number" and chance(rng, 0.4):
        text = nudge(rng, text)
    if prop.kind == "concept" and chance(rng, 0.4):
        concept = world.values.ontology.concept(prop.scheme, text)
        if concept:
            wider = sorted(world.values.ontology.concepts[concept].wider)
            return rng.choice(world.values.ontology.concepts[rng.choice(wider)].spellings)
    return text


def nudge(rng, text):
    """A number just above, just below or equal to `text`, in plain decimals."""
    step = fractions.Fraction(rng.choice([-1, 0, 1]), rng.choice([1, 10 ** 20]))
    return decimal_text(fractions.Fraction(text) + step)


def decimal_text(number):
    """The decimal expansion of a fraction that has one."""
    digits = 0
    while number * 10 ** digits != int(number * 10 ** digits):
        digits += 1
    if not digits:
        return str(int(number))
    shifted = str(abs(int(number * 10 ** digits))).rjust(digits + 1, "0")
    return ("-" if number < 0 else "") + shifted[:-digits] + "." + shifted[-digits:]


OPERATORS = {"number": ["", "", "", ">=", "<=", ">", "<", "=", "in"],
             "date": ["", "", ">=", "<=", ">", "<", "=", "in"],
             "datetime": ["", "", ">=", "<=", ">", "<", "=", "in"],
             "concept": ["", "", "", "=", "in", "within", "within"]}
NEGATIVES = {"=": "!=", "in": "not in", "within": "not within", "exists": "not exists"}


def random_operator(rng, prop):
    """(op, negated), now and then with both spellings of a negation, which cancel each other."""
    op = rng.choice(OPERATORS.get(prop.kind, ["", "", "=", "in"]))
    if chance(rng, 0.12):
        op = "exists"
    if op in NEGATIVES and chance(rng, 0.25):
        op = NEGATIVES[op]
    return op, chance(rng, 0.15)


def random_simple(rng, world, ontology, statements):
    known = [(p, t) for p, t in statements if p in ontology.properties]
    prop, near = rng.choice(world.properties), None
    if known and chance(rng, 0.85):
        iri, near = rng.choice(known)
        # Ask for it by itself or by something more general.
        general = sorted(q.iri for q in world.properties if iri in q.specific)
        prop = ontology.properties[rng.choice(general or [iri])]
    op, negated = random_operator(rng, prop)
    if op in ("exists", "not exists"):
        return Simple(prop.iri, op, (), negated)
    several = (op.removeprefix("not ") in ("in", "within")
               or (op == "" and prop.match in ("OneOf", "Within")))
    count = rng.choice([1, 1, 2, 3]) if several else 1
    values = [request_value(rng, world, prop, near)]
    values += [request_value(rng, world, prop, None) for _ in range(count - 1)]
    rng.shuffle(values)
    return Simple(prop.iri, op, tuple(values), negated)


def random_constraints(rng, world, ontology, cloud, count):
    """Constraints that one offer of the cloud would meet, more or less."""
    _, statements = rng.choice(list(cloud.effective_offers()))
    constraints = []
    for _ in range(count):
        alternatives = rng.choice([1, 1, 1, 1, 2, 3])
        constraints.append([random_simple(rng, world, ontology, statements)
                            for _ in range(alternatives)])
    return constraints


def random_request(rng, world, ontology, clouds):
    """What one cloud, with different offers for the groups, would meet, more or less."""
    cloud = rng.choice(clouds)
    groups = [random_constraints(rng, world, ontology, cloud, rng.choice([1, 1, 2]))
              for _ in range(rng.choice([1, 1, 2, 3]) if chance(rng, 0.25) else 0)]
    count = rng.choice([0, 0, 1, 2] if groups else [1, 1, 2, 2, 3, 5])
    return Request(random_constraints(rng, world, ontology, cloud, count), groups)
