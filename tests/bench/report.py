# SPDX-License-Identifier: Apache-2.0
"""The bench's figures as a Markdown table that also reads as text."""

import json


def number(value):
    """Three digits that count: 0.0573, 5.73, 57.3, 573, 5,730."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    if value >= 1:
        return f"{value:.2f}"
    return f"{value:.3g}"


def short(line):
    """A figure's JSON with fewer digits, for progress."""
    return ", ".join(f"{key} {number(value) if isinstance(value, float) else value}"
                     for key, value in json.loads(line).items())


def times(figure, unit=1.0):
    """median / p99 (CPU) of a figure in microseconds times `unit`."""
    return (f"{number(figure['median_us'] * unit)} / {number(figure['p99_us'] * unit)} "
            f"({number(figure['cpu_us'] * unit)})")


def query(name):
    def cell(bench):
        figure = bench[name]
        wrong = f", {figure['wrong']} WRONG" if figure["wrong"] else ""
        return f"{times(figure)}, {figure['rows_median']:,} rows{wrong}"
    return cell


def publish(name):
    def cell(bench):
        figure = bench[name]
        return (f"{number(figure['per_second'])} a second, {number(figure['log_bytes_each'])} B "
                f"of log each (CPU {number(figure['process_cpu_us_each'])} us)")
    return cell


def opened(name):
    def cell(bench):
        return f"{times(bench[name], 1e-3)}, opening {number(bench[name]['open_us'] / 1000)}"
    return cell


def imported(bench):
    figure = bench["import"]
    return (f"{number(figure['per_second'] / 1000)} ({number(figure['seconds'])} s, "
            f"CPU {number(figure['cpu_seconds'])} s)")


def disk(bench):
    figure = bench["import"]
    return f"{number(figure['bytes_each'])}, of which log {number(figure['log_bytes_each'])}"


def mixed(bench):
    figure = bench["mixed"]
    return f"{times(figure)}, {number(figure['publishes_per_second'])} publishes/s"


def redland(name):
    def cell(bench):
        figure = bench[name]
        ratio = f", {number(figure['ratio'])} times ours" if "ratio" in figure else ""
        return (f"{number(figure['median_us'] / 1000)} ms "
                f"(CPU {number(figure['cpu_us'] / 1000)}){ratio}")
    return cell


# What a row is called, the figure that it needs, how its cell is written.
ROWS = [
    ("import, thousand statements/s", "import", imported),
    ("import, peak MiB", "import", lambda b: number(b["import"]["peak_kib"] / 1024)),
    ("disk after it, bytes/statement", "import", disk),
    ("q1, us", "q1", query("q1")),
    ("q1 wide, us", "q1-wide", query("q1-wide")),
    ("q1 in SPARQL, us", "q1-sparql", query("q1-sparql")),
    ("q2, us", "q2", query("q2")),
    ("q2 wide, us", "q2-wide", query("q2-wide")),
    ("q3, us", "q3", query("q3")),
    ("q3 wide, us", "q3-wide", query("q3-wide")),
    ("q4, us", "q4", query("q4")),
    ("range over half of all prices, us", "range", query("range")),
    ("the same with all names, us", "range-names", query("range-names")),
    ("units, us", "units", query("units")),
    ("new process, first answer, ms", "open-clean", opened("open-clean")),
    ("the same after kill -9, ms", "open-killed", opened("open-killed")),
    ("memory for q1-q4, MiB", "memory", lambda b: number(b["memory"]["peak_kib"] / 1024)),
    ("statements a publish", "publish-1", lambda b: number(b["publish-1"]["statements_each"])),
    ("durable publishes, 1 publisher", "publish-1", publish("publish-1")),
    ("durable publishes, 8 publishers", "publish-8", publish("publish-8")),
    ("q1 while 8 publish, us", "mixed", mixed),
    ("stock Redland, q1f", "redland-q1f", redland("redland-q1f")),
    ("stock Redland, q1", "redland-q1", redland("redland-q1")),
    ("stock Redland, load, thousand statements/s", "redland-load",
     lambda b: number(b["expected"]["statements"] / b["redland-load"]["seconds"] / 1000)),
    ("stock Redland, bytes/statement", "redland-load",
     lambda b: number(b["redland-load"]["bytes_each"])),
]


def heading(bench):
    statements = bench.get("expected", {}).get("statements", 0)
    offers = ", 100 offers each" if bench["set"] == "offers" else ""
    return f"{bench['clouds']:,} clouds{offers}, {statements:,} statements"


def table(benches):
    """One column for each bench; times are median / 99th percentile (CPU)."""
    lines = [["median / p99 (CPU)"] + [heading(b) for b in benches]]
    for label, needs, cell in ROWS:
        if any(needs in b for b in benches):
            lines.append([label] + [cell(b) if needs in b else "" for b in benches])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths))
                     + " |" for line in lines)
