#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The XML Schemas of the payloads, as TAP: they accept the examples in data/ and what the
reference matcher writes, and refuse what the contract does not have. Uses xmllint.
"""

import glob
import os
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "reference"))
import generate  # noqa: E402
import model  # noqa: E402
import ttl  # noqa: E402
import write  # noqa: E402

SCHEMAS = os.path.join(TOP, "xmpp-frontend", "schemas")
NS = "xmlns='http://www.csp/resOntology'"
ROUNDS = 40

GOOD = [
    f"<constraints {NS}><constraint><attribute>availabilityQuantity </attribute>"
    "<value>99.999</value></constraint></constraints>",
    f"<constraints {NS} version='1' limit='3'><any><constraint op='>='><attribute>a</attribute>"
    "<value unit='GB'>1</value></constraint><constraint op='exists'><attribute>b</attribute>"
    "</constraint></any><return>jid offers</return></constraints>",
    f"<matchingClouds {NS}/>",
    f"<matchingClouds {NS}><cloudName>cloud2</cloudName><cloudName>cloud5</cloudName>"
    "</matchingClouds>",
    f"<advertisement {NS} lease='PT1H'><cloudName>c</cloudName><capability><attribute>a</attribute>"
    "<value>1</value><value>2</value></capability><offer id='x'><capability><attribute>b</attribute>"
    "<value unit='GB'>3</value></capability></offer></advertisement>",
    f"<document {NS} type='text/turtle'>&lt;a&gt; a &lt;b&gt; .</document>",
]
BAD = [
    f"<constraints {NS}/>",
    f"<constraints {NS}><constraint><value>1</value></constraint></constraints>",
    f"<constraints {NS}><constraint op='~'><attribute>a</attribute></constraint></constraints>",
    f"<constraints {NS} version='9'><constraint><attribute>a</attribute></constraint></constraints>",
    f"<constraints {NS}><clause/></constraints>",
    "<constraints><constraint><attribute>a</attribute><value>1</value></constraint></constraints>",
    f"<matchingClouds {NS}><cloud>cloud2</cloud></matchingClouds>",
    f"<advertisement {NS} lease='soon'><cloudName>c</cloudName></advertisement>",
    f"<advertisement {NS}><cloudName>c</cloudName><capability><attribute>a</attribute></capability>"
    "</advertisement>",
    f"<document {NS}>no type</document>",
]


def schema_of(text):
    """The schema whose file declares the document's root element."""
    root = re.search(r"<(\w+)", re.sub(r"<[?!].*?>", "", text, flags=re.DOTALL)).group(1)
    for path in sorted(glob.glob(os.path.join(SCHEMAS, "*.xsd"))):
        with open(path, encoding="utf-8") as stream:
            if re.search(rf"^  <element name=\"{root}\"", stream.read(), re.MULTILINE):
                return path
    return None


def problem(text):
    """None when the document is valid."""
    schema = schema_of(text)
    if not schema:
        return "no schema declares its root element"
    with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema, stream.name],
                              capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        return f"{os.path.basename(schema)}: xmllint ended with {done.returncode}: {done.stderr}"
    return done.stderr.strip() if done.returncode else None


def written():
    """Random advertisements and requests as the reference matcher writes them."""
    for seed in range(ROUNDS):
        rng = random.Random(seed)
        ontology = model.Ontology(ttl.read(generate.random_ontology(rng))[0])
        world = generate.World(rng, ontology)
        clouds = world.clouds(4)
        yield write.advertisement(rng, clouds[0], " lease='P1DT2H'")
        yield write.request_xml(generate.random_request(rng, world, ontology, clouds))


def main():
    examples = sorted(glob.glob(os.path.join(TOP, "data", "*.xml")))
    texts = []
    for path in examples:
        with open(path, encoding="utf-8") as stream:
            texts.append((os.path.basename(path), stream.read()))
    tests = [(f"valid: {name}", problem(text)) for name, text in texts]
    tests += [(f"valid: {text[:60]}...", problem(text)) for text in GOOD]
    refused = [(text, problem(text)) for text in BAD]
    tests += [(f"not valid: {text[:70]}...",
               None if trouble and "fails to validate" in trouble else f"accepted or not judged: {trouble}")
              for text, trouble in refused]
    wrong = [f"{text}\n{trouble}" for text in written() if (trouble := problem(text))]
    tests.append((f"valid: {2 * ROUNDS} random payloads", "\n".join(wrong[:3]) or None))
    print(f"1..{len(tests)}")
    for number, (what, trouble) in enumerate(tests, 1):
        print(f"{'not ok' if trouble else 'ok'} {number} - {what}")
        if trouble:
            print("# " + trouble.replace("\n", "\n# "))
    sys.exit(1 if any(trouble for _, trouble in tests) else 0)


if __name__ == "__main__":
    main()
