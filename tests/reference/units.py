# SPDX-License-Identifier: Apache-2.0
"""What a value with a unit is, said as plainly as possible: Fractions, nothing ever rounded.

A unit is a pair (factor, powers): a Fraction and a dict from base units' IRIs to exponents.
"""

import fractions
import re

META = "http://www.csp/resOntology/meta#"
QUDT = "http://qudt.org/schema/qudt/"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
BELOW = re.compile(r"\s*/\s*|(?:^|\s+)per\s+")
TIMES = re.compile(r"\s*[-*\u00b7\u22c5]\s*|\s+")


class Refused(ValueError):
    """A value that its attribute cannot have."""


def times(one, other, exponent=1):
    powers = dict(one[1])
    for base, power in other[1].items():
        powers[base] = powers.get(base, 0) + power * exponent
    return one[0] * other[0] ** exponent, {b: p for b, p in powers.items() if p}


ONE = (fractions.Fraction(1), {})


class Units:
    """The units and exchange rates of an ontology, from its triples."""

    def __init__(self, triples):
        self.about = {}
        for s, p, o in triples:
            self.about.setdefault(s[1], {}).setdefault(p[1], []).append(o[1])
        typed = {iri: set(facts.get(RDF_TYPE, [])) for iri, facts in self.about.items()}
        self.iris = [iri for iri, types in typed.items() if QUDT + "Unit" in types]
        self.currencies = {iri for iri in self.iris if QUDT + "CurrencyUnit" in typed[iri]}
        self.nines = {iri for iri in self.iris if META + "scale" in self.about[iri]}
        self.exact, self.caseless = {}, {}
        for iri in self.iris:
            facts = self.about[iri]
            for text in [iri, f"<{iri}>", re.split("[#/]", iri)[-1], *facts.get(SKOS + "notation", []),
                         *facts.get(SKOS + "altLabel", [])]:
                self.exact.setdefault(text, set()).add(iri)
            for text in facts.get(RDFS + "label", []):
                self.caseless.setdefault(text.lower(), set()).add(iri)
        self.rates = {}
        for iri, types in typed.items():
            if META + "ExchangeRate" in types:
                start, end, rate, date = (self.about[iri][META + p][0]
                                          for p in ("from", "to", "rate", "date"))
                if (start, end) not in self.rates or self.rates[start, end][0] < date:
                    self.rates[start, end] = (date, fractions.Fraction(rate))

    def form(self, iri):
        facts = self.about[iri]
        result = (fractions.Fraction(facts.get(META + "factor", ["1"])[0]), {})
        for other in facts.get(META + "of", []):
            result = times(result, self.form(other))
        for other in facts.get(META + "per", []):
            result = times(result, self.form(other), -1)
        for part in facts.get(QUDT + "hasFactorUnit", []):
            unit = self.about[part]
            result = times(result, self.form(unit[QUDT + "hasUnit"][0]),
                           int(unit[QUDT + "exponent"][0]))
        defined = {META + "factor", META + "of", META + "per", QUDT + "hasFactorUnit"} & set(facts)
        return result if defined else (result[0], {iri: 1})

    def named(self, text):
        """The IRI that is spelled so, or None."""
        found = self.exact.get(text) or self.caseless.get(text.lower()) or set()
        if len(found) > 1:
            raise Refused(f"{text} is ambiguous")
        return next(iter(found), None)

    def product(self, text, number_allowed):
        """Of as long spellings as possible, from the left."""
        number = re.match(r"[0-9.]+", text)
        if number and number_allowed:
            sign = TIMES.match(text, number.end())
            rest = text[sign.end() if sign else number.end():]
            first = (fractions.Fraction(number.group()), {})
            return times(first, self.product(rest, False)) if rest else first
        ends = [(len(text), len(text))] + [m.span() for m in reversed(list(TIMES.finditer(text)))]
        for end, rest in ends:
            iri = self.named(text[:end])
            if iri and iri not in self.nines:
                left = text[rest:]
                if not left and end < len(text):
                    raise Refused(text)
                return times(self.form(iri), self.product(left, False)) if left else self.form(iri)
        raise Refused(f"unknown unit {text}")

    def read(self, text):
        """The form of a unit as people write it."""
        iri = self.named(text)
        if iri:
            return self.form(iri)
        above, *below = BELOW.split(text)
        result = self.product(above, False) if above not in ("", "1") else ONE
        for part in below:
            result = times(result, self.product(part, True), -1)
        return result

    def convert(self, have, want):
        """How many `want` one `have` is."""
        factor, powers = times(have, want, -1)
        money = [(b, p) for b, p in powers.items() if b in self.currencies]
        if len(money) == 2 and len(powers) == 2 and money[0][1] == -money[1][1]:
            start, end = (next(b for b, p in money if b in form[1]) for form in (have, want))
            if (start, end) not in self.rates:
                raise Refused(f"no rate from {start} to {end}")
            return factor * self.rates[start, end][1] ** have[1][start]
        if powers:
            raise Refused("something else is measured")
        return factor

    def value(self, attribute_unit, text):
        """A value of an attribute in `attribute_unit` (its IRI), in that unit."""
        text = text.strip()
        match = NUMBER.match(text)
        word = re.match(f"({'|'.join(WORDS)})[ -]+", text, re.IGNORECASE)
        if not match and not word:
            raise Refused(text)
        number = fractions.Fraction(match.group() if match else WORDS.index(word[1].lower()) + 1)
        unit = text[(match or word).end():].strip()
        if not unit:
            return number
        iri = self.named(unit)
        if iri in self.nines:
            number = 1 - fractions.Fraction(1, 10 ** int(number))
        elif word:
            raise Refused(text)
        return number * self.convert(self.read(unit), self.form(attribute_unit))
