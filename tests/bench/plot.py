# SPDX-License-Identifier: Apache-2.0
"""How the figures grow with the catalog, drawn as SVG: both axes logarithmic."""

import math
import os

PANEL_W, PANEL_H, LEFT, TOP, GAP, LABEL_W, LABEL_H = 300, 300, 70, 50, 90, 120, 14
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"]
FONT = "font-family='sans-serif' font-size='12'"

# Title, then (label, figure, field, factor) of each line.
PANELS = [
    ("time of a query, microseconds (median)",
     [(name, name, "median_us", 1) for name in ("q1", "q2", "q3", "q4", "range")]
     + [("q1 while 8 publish, p99", "mixed", "p99_us", 1)]),
    ("how many a second",
     [("statements imported", "import", "per_second", 1),
      ("publishes, 8", "publish-8", "per_second", 1),
      ("publishes, 1", "publish-1", "per_second", 1)]),
    ("new process, disk, memory",
     [("first answer, ms", "open-clean", "median_us", 1e-3),
      ("after kill -9, ms", "open-killed", "median_us", 1e-3),
      ("bytes/statement", "import", "bytes_each", 1),
      ("memory q1-q4, MiB", "memory", "peak_kib", 1 / 1024)]),
]


def amount(value):
    """1, 10, 100, 1k, 10k … for the axes."""
    for limit, letter in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g}{letter}"
    return f"{value:g}"


def decades(values):
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def text(x, y, words, extra=""):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return f"<text x='{x:.1f}' y='{y:.1f}' {FONT} {extra}>{words}</text>"


def spread(ends):
    """Heights for labels beside the lines' ends, moved apart until each can be read."""
    heights = list(ends)
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    for _ in range(100):
        for above, below in zip(order, order[1:]):
            lacking = LABEL_H - (heights[below] - heights[above])
            if lacking > 0:
                heights[above] -= lacking / 2
                heights[below] += lacking / 2
    return heights


def panel(x0, title, lines, clouds):
    """One panel: title, grid, lines, labels."""
    values = [v for _, points in lines for _, v in points]
    low, high = decades(values)
    left, right = math.log10(clouds[0]), math.log10(clouds[-1])

    def place(count, value):
        across = (math.log10(count) - left) / (right - left)
        up = (math.log10(value) - low) / (high - low)
        return x0 + across * PANEL_W, TOP + PANEL_H - up * PANEL_H

    out = [text(x0, TOP - 18, title, "font-weight='bold'")]
    for power in range(low, high + 1):
        y = place(clouds[0], 10 ** power)[1]
        out.append(f"<line x1='{x0}' x2='{x0 + PANEL_W}' y1='{y:.1f}' y2='{y:.1f}' stroke='#ddd'/>")
        out.append(text(x0 - 6, y + 4, amount(10 ** power), "text-anchor='end'"))
    for count in clouds:
        x = place(count, 10 ** low)[0]
        out.append(f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{TOP}' y2='{TOP + PANEL_H}' stroke='#eee'/>")
        out.append(text(x, TOP + PANEL_H + 18, amount(count), "text-anchor='middle'"))
    out.append(text(x0 + PANEL_W / 2, TOP + PANEL_H + 36, "clouds", "text-anchor='middle'"))
    labels = spread([place(*points[-1])[1] for _, points in lines])
    for index, (label, points) in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        places = [place(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        out += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'/>" for x, y in places]
        out.append(text(x0 + PANEL_W + 8, labels[index] + 4, label, f"fill='{colour}'"))
    return out


def write(path, benches):
    """Draws what at least two sizes of the plain set have; without that there is nothing to draw
    and no file, not even of an earlier run."""
    if os.path.exists(path):
        os.remove(path)
    plain = sorted((b for b in benches if b["set"] == "plain"), key=lambda b: b["clouds"])
    clouds = [b["clouds"] for b in plain]
    out, x0 = [], LEFT
    for title, wanted in PANELS:
        lines = []
        for label, figure, field, factor in wanted:
            points = [(b["clouds"], b[figure][field] * factor) for b in plain
                      if b.get(figure, {}).get(field)]
            if len(points) > 1:
                lines.append((label, points))
        if lines:
            out += panel(x0, title, lines, clouds)
            x0 += PANEL_W + LABEL_W + GAP
    if not out:
        return
    width, height = x0 - LEFT + 10, TOP + PANEL_H + 50
    with open(path, "w") as stream:
        stream.write(f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
                     f"viewBox='0 0 {width} {height}'>\n"
                     f"<rect width='{width}' height='{height}' fill='white'/>\n"
                     + "\n".join(out) + "\n</svg>\n")
