#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `intercloud-catalog sparql` with a naive evaluator on random graph patterns.

    patterns.py [--seed N] [--queries N]

The evaluator joins bottom-up as SPARQL 1.1 Query, section 18, defines it. A query may be refused
(status 1 with "does not" in the message): then it is not counted. The program is that in $BUILD
(default: build/). Speaks TAP.
"""

import argparse
import collections
import os
import random
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VARIABLES = ["?a", "?b", "?c", "?d"]
SHOWN = VARIABLES + ["?g"]
SUBJECTS = [f"<urn:t:s{i}>" for i in range(3)]
PREDICATES = [f"<urn:t:p{i}>" for i in range(2)]
LITERALS = ['"1"', '"2"']
GRAPHS = ["", "<urn:t:g1>", "<urn:t:g2>"]
TESTS = ["BOUND", "!BOUND", "isIRI", "isLiteral", "!isLiteral"]
ROWS_MAX = 100000


# ---- the evaluator: a pattern is (kind, ...), a solution a dict ----

def compatible(one, other):
    return all(one.get(variable, value) == value for variable, value in other.items())


def join(left, right):
    return [{**one, **other} for one in left for other in right if compatible(one, other)]


def passes(test, solution, quads, graph):
    if test[0] == "exists":
        return bool(evaluate(substitute(test[2], solution), quads, graph)) != test[1]
    _, name, variable = test
    if name in ("BOUND", "!BOUND"):
        return (value_of(variable, solution) is not None) == (name == "BOUND")
    value = value_of(variable, solution)
    if value is None:
        return False
    literal = value.startswith('"')
    return literal == (name == "isLiteral") if name != "isIRI" else not literal


def value_of(place, solution):
    return solution.get(place) if place.startswith("?") else place


def substitute(pattern, solution):
    """The pattern with the solution's values in place of its variables (section 18.6)."""
    def value(place):
        return solution.get(place, place)
    kind = pattern[0]
    if kind == "triples":
        return (kind, [tuple(map(value, triple)) for triple in pattern[1]])
    if kind == "filter":
        return (kind, pattern[1], value(pattern[2]))
    if kind == "group":
        return (kind, [substitute(part, solution) for part in pattern[1]])
    if kind in ("exists", "graph"):
        return (kind, value(pattern[1]) if kind == "graph" else pattern[1],
                substitute(pattern[2], solution))
    return (kind, *(substitute(part, solution) for part in pattern[1:]))


def match_triple(triple, quads, graph, solution):
    for quad in quads:
        extended = dict(solution)
        if quad[3] == graph and all(
                extended.setdefault(place, value) == value if place.startswith("?")
                else place == value for place, value in zip(triple, quad)):
            yield extended


FILTERS = ("filter", "exists")


def optional(left, group, quads, graph):
    """LeftJoin: the filters of the group see both sides."""
    filters = [part for part in group[1] if part[0] in FILTERS]
    right = evaluate(("group", [p for p in group[1] if p[0] not in FILTERS]), quads, graph)
    result = []
    for solution in left:
        met = [row for row in join([solution], right)
               if all(passes(f, row, quads, graph) for f in filters)]
        result += met or [solution]
    return result


def in_graphs(pattern, quads):
    _, name, group = pattern
    result = []
    for graph in GRAPHS[1:]:
        if not any(quad[3] == graph for quad in quads):
            continue
        if name.startswith("?"):
            result += join(evaluate(group, quads, graph), [{name: graph}])
        elif name == graph:
            result += evaluate(group, quads, graph)
    return result


def evaluate(pattern, quads, graph):
    kind = pattern[0]
    if kind == "triples":
        rows = [{}]
        for triple in pattern[1]:
            rows = [new for row in rows for new in match_triple(triple, quads, graph, row)]
        return rows
    if kind == "union":
        return evaluate(pattern[1], quads, graph) + evaluate(pattern[2], quads, graph)
    if kind == "graph":
        return in_graphs(pattern, quads)
    rows = [{}]
    for part in pattern[1]:
        if part[0] == "optional":
            rows = optional(rows, part[1], quads, graph)
        elif part[0] not in FILTERS:
            rows = join(rows, evaluate(part, quads, graph))
    return [row for row in rows if all(passes(part, row, quads, graph)
                                       for part in pattern[1] if part[0] in FILTERS)]


# ---- spelling ----

def spell(pattern):
    kind = pattern[0]
    if kind == "triples":
        return " ".join(" ".join(triple) + " ." for triple in pattern[1])
    if kind == "union":
        return f"{{ {spell(pattern[1])} }} UNION {{ {spell(pattern[2])} }}"
    if kind == "graph":
        return f"GRAPH {pattern[1]} {{ {spell(pattern[2])} }}"
    if kind == "filter":
        return f"FILTER({pattern[1]}({pattern[2]}))"
    if kind == "exists":
        return f"FILTER {'NOT ' if pattern[1] else ''}EXISTS {{ {spell(pattern[2])} }}"
    if kind == "optional":
        return f"OPTIONAL {{ {spell(pattern[1])} }}"
    return " ".join(f"{{ {spell(part)} }}" if part[0] == "group" else spell(part)
                    for part in pattern[1])


# ---- random data and patterns ----

def random_triples(rng, most):
    def place(position):
        if position == 1:
            return rng.choice(PREDICATES if rng.random() < .85 else VARIABLES)
        return rng.choice(VARIABLES if rng.random() < .9 else SUBJECTS)
    return ("triples", [tuple(place(i) for i in range(3)) for _ in range(rng.randint(1, most))])


def random_group(rng, depth, in_graph):
    parts = [random_triples(rng, 2)]
    for _ in range(rng.randrange(4)):
        draw = rng.random()
        if depth and draw < .2:
            parts.append(("union", random_group(rng, depth - 1, in_graph),
                          random_group(rng, depth - 1, in_graph)))
        elif depth and draw < .4:
            parts.append(("optional", random_group(rng, depth - 1, in_graph)))
        elif depth and draw < .5:
            parts.append(random_group(rng, depth - 1, in_graph))
        elif depth and draw < .6:
            parts.insert(rng.randrange(len(parts) + 1),
                         ("exists", rng.random() < .7, random_group(rng, depth - 1, in_graph)))
        elif draw < .7:
            parts.append(("filter", rng.choice(TESTS), rng.choice(VARIABLES)))
        elif depth and draw < .8 and not in_graph:
            parts.append(("graph", rng.choice(["?g", GRAPHS[1]]),
                          random_group(rng, depth - 1, True)))
        else:
            parts.append(random_triples(rng, 2))
    return ("group", parts)


def random_quads(rng):
    return sorted({(rng.choice(SUBJECTS), rng.choice(PREDICATES), rng.choice(SUBJECTS + LITERALS),
                    rng.choice(GRAPHS)) for _ in range(rng.randrange(14, 36))})


# ---- comparing ----

def ask(binary, path, query):
    done = subprocess.run([binary, "sparql", "--results", "tsv", "--data", path, query],
                          capture_output=True, text=True, check=False, timeout=60)
    if done.returncode == 0:
        return collections.Counter(done.stdout.split("\n")[1:-1])
    if done.returncode in (1, 4) and "does not" in done.stderr:
        return None
    raise RuntimeError(f"status {done.returncode}: {done.stderr}")


def compare_one(rng, binary, path):
    """None when it was refused, else (what differs or "", the answer's rows)."""
    quads = random_quads(rng)
    pattern = random_group(rng, 2, False)
    if rng.random() < .3:
        pattern = ("group", [("graph", rng.choice(["?g", GRAPHS[1]]),
                              random_group(rng, 2, True))])
    solutions = evaluate(pattern, quads, "")
    if len(solutions) > ROWS_MAX:
        return None
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(" ".join(quad) + " .\n" for quad in quads)
    query = f"SELECT {' '.join(SHOWN)} {{ {spell(pattern)} }}"
    got = ask(binary, path, query)
    if got is None:
        return None
    wanted = collections.Counter("\t".join(row.get(variable, "") for variable in SHOWN)
                                 for row in solutions)
    if got == wanted:
        return "", len(solutions)
    with open(path, encoding="utf-8") as data:
        return (f"{query}\nmissing: {dict(wanted - got)}\ntoo many: {dict(got - wanted)}\n"
                f"data:\n{data.read()}"), len(solutions)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=20100622)
    parser.add_argument("--queries", type=int, default=300)
    options = parser.parse_args()
    binary = os.path.join(TOP, os.environ.get("BUILD", "build"), "intercloud-catalog")
    rng = random.Random(options.seed)
    compared = with_rows = 0
    wrong = []
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(options.queries):
            outcome = compare_one(rng, binary, os.path.join(directory, "data.nq"))
            if outcome is None:
                continue
            compared += 1
            with_rows += outcome[1] > 0
            if outcome[0]:
                wrong.append(outcome[0])
    print("1..2")
    print(f"{'not ok' if wrong else 'ok'} 1 - {compared} of {options.queries} random patterns of "
          f"seed {options.seed} agree with the definition")
    for line in "\n".join(wrong[:3]).split("\n") if wrong else []:
        print("# " + line)
    enough = compared >= options.queries // 4 and with_rows >= compared // 8
    print(f"{'ok' if enough else 'not ok'} 2 - {with_rows} of {compared} answers have rows")
    sys.exit(1 if wrong or not enough else 0)


if __name__ == "__main__":
    main()
