"""Draws lines over time as SVG, in the manner of Examples/Plots."""

import math
from html import escape

WIDTH, HEIGHT = 680, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 530, 64, 370
INK, GRID = "#222222", "#e5e5e5"
#: Okabe & Ito, «Color universal design», 2008.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"]
#: Of labels that would lie on each other.
LINE_HEIGHT = 34


def line(points, colour, width=1):
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def circle(x, y, colour):
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>'


def text(words, x, y, size=13, anchor="start", colour=INK, more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{more}>'
            f"{escape(words)}</text>")


def linear_ticks(high):
    """Round numbers from 0 to `high`, about six."""
    power = 10.0 ** math.floor(math.log10(high))
    step = next(s for s in (power / 10, power / 5, power / 2, power, 2 * power) if high / s <= 6)
    return [step * number for number in range(int(high / step + 1e-9) + 1)]


def logarithmic_ticks(low, high):
    """Round numbers between both, enough of them to read from."""
    def between(mantissas):
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        return [v for p in powers for m in mantissas if low <= (v := m * 10.0 ** p) <= high]

    kinds = [between([1]), between([1, 2, 5]), between([1, 1.5, 2, 3, 5, 7]),
             between([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8]), between([1 + tenth / 10 for tenth in range(90)])]
    ticks = next((ticks for ticks in kinds if len(ticks) >= 4), kinds[-1])
    return ticks[::len(ticks) // 10 + 1]


def apart(places):
    """The same heights, or as little away from them as keeps labels from lying on each other; the lowest label stays."""
    result, floor = {}, math.inf
    for name, y in sorted(places.items(), key=lambda item: -item[1]):
        floor = result[name] = min(y, floor - LINE_HEIGHT)
    return result


def over_time(title, subtitle, x_label, y_label, longest, series):
    """Lines on a logarithmic axis over a linear one from 0 to `longest`.

    `series`: for each name its points (x, y), and what stands below the name beside the last one."""
    points = [point for line_points, _ in series.values() for point in line_points]
    longest = max(longest, *(x for x, _ in points))
    low, high = min(y for _, y in points) / 1.05, max(y for _, y in points) * 1.05

    def place(point):
        x, y = point
        height = math.log(y / low) / math.log(high / low)
        return LEFT + x / longest * (RIGHT - LEFT), BOTTOM - height * (BOTTOM - TOP)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
             text(title, LEFT, 24, 15), text(subtitle, LEFT, 44, 12)]
    for value in logarithmic_ticks(low, high):
        y = place((0, value))[1]
        parts += [line([(LEFT, y), (RIGHT, y)], GRID), text(f"{value:g}", LEFT - 8, y + 4, 12, "end")]
    for value in linear_ticks(longest):
        x = place((value, low))[0]
        parts += [line([(x, BOTTOM), (x, BOTTOM + 5)], INK), text(f"{value:g}", x, BOTTOM + 20, 12, "middle")]
    middle = (TOP + BOTTOM) / 2
    parts += [line([(LEFT, BOTTOM), (RIGHT, BOTTOM)], INK),
              text(x_label, (LEFT + RIGHT) / 2, BOTTOM + 40, anchor="middle"),
              text(y_label, 18, middle, anchor="middle", more=f' transform="rotate(-90 18 {middle})"')]
    labels = apart({name: place(line_points[-1])[1] for name, (line_points, _) in series.items()})
    for colour, (name, (line_points, note)) in zip(COLOURS, series.items()):
        places = [place(point) for point in line_points]
        parts += [line(places, colour, 2)] + [circle(x, y, colour) for x, y in places]
        x = places[-1][0] + 10
        parts += [text(name, x, labels[name], colour=colour, more=' font-weight="bold"'),
                  text(note, x, labels[name] + 15, 12, colour=colour)]
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">\n{body}\n</svg>\n'
