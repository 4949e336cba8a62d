"""Charts of pinned runs laid over that of the run on display, all as Apache ECharts options."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.figures.look import GREY

Option = dict[str, Any]
SYMBOLS = ("diamond", "rect", "triangle")
# By pin, so that two can be told: dashes and gaps of a line in pixels, and how they look in the legend.
DASHES = (
    ((2, 3), "path://M0 3h2v2h-2zM5 3h2v2h-2zM10 3h2v2h-2zM15 3h2v2h-2zM20 3h2v2h-2z"),
    ((8, 3, 2, 3), "path://M0 3h8v2h-8zM11 3h2v2h-2zM16 3h8v2h-8z"),
    ((2, 8), "path://M0 3h2v2h-2zM10 3h2v2h-2zM20 3h2v2h-2z"),
)


def lay_over(now: Option, pinned: Mapping[str, Option], only: Collection[str] = ()) -> Option:
    """`now` with the lines of each pinned chart, in dashes of its own and their colours, and its dots that have a name, hollow and grey on
    the row of that name. pinned: charts by the same function, each with the name its legend shows; only: the names of lines
    to take, where not all."""
    under = [series for i, (pin, old) in enumerate(pinned.items()) for series in _taken(now, pin, old, i, only)]
    if not under:
        return now
    shown = {series["name"] for series in under}
    extra = [
        {"name": pin, "icon": DASHES[i % len(DASHES)][1], "itemStyle": {"color": GREY}}
        for i, pin in enumerate(pinned)
        if pin in shown
    ]
    grid = now["grid"]
    if "legend" in now:
        legend = now["legend"] | {"data": [*now["legend"]["data"], *extra]}
        grid = grid | {"bottom": grid["bottom"] + 22}  # the legend may take one more line
    else:
        legend = {"data": [{"name": pin} for pin in pinned if pin in shown], "top": 22, "right": 8}
        grid = grid | {"top": max(grid["top"], 56)}
    return now | {"series": [*now["series"], *under], "legend": legend, "grid": grid}


def _taken(now: Option, pin: str, old: Option, i: int, only: Collection[str]) -> list[Option]:
    """What of a pinned chart can be shown, as series called by the pin's name."""
    taken = []
    quiet = {"name": pin, "silent": True, "animation": False, "tooltip": {"show": False}, "z": 2}
    for k, series in enumerate(old["series"]):
        if series["type"] == "line" and series.get("name") and (not only or series["name"] in only):
            style = {
                "width": 2,
                "type": list(DASHES[i % len(DASHES)][0]),
                "color": series["lineStyle"].get("color", GREY),
            }
            line = {"type": "line", "data": series["data"], "symbol": "none", "step": series.get("step", False)}
            taken.append(quiet | line | {"id": f"{pin}-{k}", "lineStyle": style, "itemStyle": {"color": GREY}})
        elif series["type"] == "scatter" and (dots := _on_rows(now, series["data"])):
            hollow = {"color": "rgba(0, 0, 0, 0)", "borderColor": GREY, "borderWidth": 2}
            dot = {"type": "scatter", "data": dots, "symbol": SYMBOLS[i % len(SYMBOLS)], "symbolSize": 10}
            tip = {"formatter": f"{pin}, {{b}}: {{@[0]}} {now['xAxis']['name']}"}
            taken.append(
                quiet | dot | {"id": f"{pin}-{k}", "itemStyle": hollow, "silent": False, "tooltip": tip, "z": 3}
            )
    return taken


def _on_rows(now: Option, data: list[Any]) -> list[Any]:
    """Dots with the name of a row, on that row of `now`."""
    rows = now["yAxis"].get("data", [])
    named = [dot for dot in data if isinstance(dot, dict) and dot.get("name") in rows]
    return [{"value": [dot["value"][0], rows.index(dot["name"])], "name": dot["name"]} for dot in named]
