"""The map as Apache ECharts options: values, arrows and paths of both methods, with a timeline over the episodes. A click on a
cell paints it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.concepts.paradigms.reinforcement.result import Result
from core.concepts.paradigms.reinforcement.world import (
    CLIFF,
    FREE,
    GOAL,
    MAPS,
    START,
    WALL,
    World,
    WorldError,
    painted,
    read,
)
from core.figures.look import COLORS, GREY
from core.text import of_module, written

Option = dict[str, Any]
WORDS = of_module(__name__)
BRUSHES = {"wall": WALL, "cliff": CLIFF, "free": FREE, "start": START, "goal": GOAL}
RAMP = ("#6FB0DB", "#F3F6F8")  # of values, from the lowest to 0; text stays readable on both
PAINTS = {WALL: "#4A5560", CLIFF: "#E8833A", GOAL: COLORS[6], FREE: "#E4E8EB", START: "#E4E8EB"}
INK, PATH = "#1A232D", COLORS[2]
ARROWS = "↑→↓←"
AHEAD = ((0, -1), (1, 0), (0, 1), (-1, 0))  # columns and rows of each action
FAINT = 0.03  # shares of agents below are not drawn
TITLE, TIMELINE = 26, 56  # pixels


def height(text: str, boards: int = 2) -> int:
    """Pixels that the boards need."""
    return boards * (TITLE + _side(text)) + (TIMELINE if boards > 1 else 4)


def _side(text: str) -> int:
    rows = text.count("/") + 1
    return rows * (34 if rows <= 5 else 30)


def map_text(values: Mapping[str, Any], otherwise: str) -> str:
    """The map that the controls show, also one without a way to the goal; `otherwise` where it cannot be read at all."""
    text: str = values.get("grid", otherwise) if values.get("world") == "own" else MAPS[values.get("world", "cliff")]
    try:
        read(text)
    except WorldError as refused:
        return text if refused.key == "grid_no_way" else otherwise
    return text


def paint(text: str, cell: int, brush: str) -> dict[str, str]:
    """What a click on a cell of either board sets."""
    after = painted(text, cell, BRUSHES[brush])
    return {} if after == text else {"world": "own", "grid": after}


def fingerprint(text: str, brush: str) -> str:
    """A word that changes with the map and the brush."""
    return f"-{zlib.crc32(f'{text} {brush}'.encode()):08x}"


def bare(text: str) -> Option:
    """The map alone, as it is painted."""
    cells, columns = text.replace("/", ""), text.index("/") if "/" in text else len(text)
    board = _board(0, text, columns)
    data = [_cell(sign, i, columns, None) for i, sign in enumerate(cells)]
    said = [_said(i % columns, i // columns, sign) for i, sign in enumerate(cells) if sign in (START, GOAL)]
    board["series"] = _filled(0, data, said, [])
    return _option([board], [{"text": WORDS("titles.painted"), "top": 0} | TITLE_STYLE], [-1.0])


def boards(result: Result, truth: bool = False, timeline: bool = True) -> Option:
    """A board a method, at every mark that is measured, or those of dynamic programming."""
    s = result.settings
    world, text = s.place, s.map
    lows = [min(-1.0, float(t.q.max(1)[world.inside].min())) for t in result.truth.values()]
    frames = [_frame(result, world, None)] if truth else [_frame(result, world, i) for i in range(_marks(result))]
    parts = [_board(i, text, world.columns) for i in range(2)]
    for i, part in enumerate(parts):
        part["series"] = frames[-1]["series"][3 * i : 3 * i + 3]
    base = _option(parts, frames[-1]["title"], lows)
    if truth or not timeline or len(frames) == 1:
        return base
    episodes = next(iter(result.learned.values())).marks[: len(frames)]
    top = 2 * (TITLE + _side(text)) + 2
    return {"baseOption": base | {"timeline": _timeline([str(n) for n in episodes], top)}, "options": frames}


TITLE_STYLE: Option = {"left": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}}
QUIET: Option = {"animation": False, "tooltip": {"show": False}, "emphasis": {"disabled": True}}


def _marks(result: Result) -> int:
    """Marks that both methods have passed."""
    return min(len(learned.marks) for learned in result.learned.values())


def _frame(result: Result, world: World, mark: int | None) -> Option:
    """All that changes: both boards after an episode; None: those of dynamic programming."""
    series: list[Option] = []
    titles: list[Option] = []
    for i, name in enumerate(result.settings.methods):
        if mark is None:
            truth = result.truth[name]
            value, arrow, moves = truth.q.max(1), truth.q.argmax(1), truth.moves
            exploring = i and result.settings.last_epsilon
            said = {"epsilon": result.settings.last_epsilon, "value": truth.greedy}
            title = WORDS("titles.truth_exploring" if exploring else "titles.truth", **said)
        else:
            learned = result.learned[name]
            value, arrow, moves = learned.value[mark], learned.arrow[mark], learned.moves[mark]
            episode, mean = int(learned.marks[mark]), float(learned.greedy[mark].mean())
            title = WORDS("titles.board", name=name, episode=episode, value=mean)
        columns = world.columns
        data = [_cell(sign, c, columns, value[c] if world.inside[c] else None) for c, sign in enumerate(world.cells)]
        texts = [_text(world, c, value[c], int(arrow[c])) for c in range(len(world.cells)) if world.inside[c]]
        texts.append(_said(world.goal % columns, world.goal // columns, GOAL))
        series += _filled(i, data, texts, _path(world, moves))
        titles.append({"text": title, "top": i * (TITLE + _side(result.settings.map))} | TITLE_STYLE)
    return {"title": titles, "series": series}


def _cell(sign: str, cell: int, columns: int, value: float | None) -> Any:
    """A cell in the colour of its value, or of what it is."""
    at = [cell % columns, cell // columns, 0 if value is None else round(float(value), 2)]
    return at if value is not None else {"value": at, "visualMap": False, "itemStyle": {"color": PAINTS[sign]}}


def _text(world: World, cell: int, value: float, arrow: int) -> Option:
    """The arrow of a cell and its value in at most four signs."""
    number = written(round(float(value), 1) + 0.0, ".0f" if abs(value) >= 9.95 else ".1f")
    sign = "S" if cell == world.start else ""
    return _said(cell % world.columns, cell // world.columns, sign + (ARROWS[arrow] if arrow >= 0 else "·"), number)


def _said(x: int, y: int, sign: str, number: str = "") -> Option:
    return {"value": [x, y], "name": f"{{a|{sign}}}\n{{v|{number}}}" if number else f"{{a|{sign}}}"}


def _path(world: World, moves: np.ndarray) -> list[Option]:
    """A line for each move of greedy episodes, as wide as the share of the agents that make it; none against a wall."""
    found = []
    for cell, action in zip(*np.nonzero(moves > FAINT), strict=True):
        x, y = int(cell) % world.columns, int(cell) // world.columns
        right, down = AHEAD[action]
        inside = 0 <= x + right < world.columns and 0 <= y + down < world.rows
        if inside and world.cells[cell + right + down * world.columns] != WALL:
            share = float(moves[cell, action])
            style = {"width": round(1.5 + 5.5 * share, 1), "opacity": round(0.2 + 0.4 * share, 2)}
            found.append({"coords": [[x, y], [x + right, y + down]], "lineStyle": style})
    return found


def _filled(i: int, data: list[Any], texts: list[Option], path: list[Option]) -> list[Option]:
    """What changes of the three series of a board."""
    return [
        {"id": f"cells {i}", "data": data},
        {"id": f"path {i}", "data": path},
        {"id": f"texts {i}", "data": texts},
    ]


def _board(i: int, text: str, columns: int) -> Option:
    """Axes and place of a board."""
    rows = text.count("/") + 1
    axis = {"type": "category", "gridIndex": i, "show": False}
    return {
        "grid": {"left": 2, "right": 4, "top": i * (TITLE + _side(text)) + TITLE - 2, "height": _side(text)},
        "xAxis": axis | {"data": [str(c) for c in range(columns)]},
        "yAxis": axis | {"data": [str(r) for r in range(rows)], "inverse": True},
    }


def _option(parts: list[Option], titles: list[Option], lows: list[float]) -> Option:
    label = {
        "show": True, "formatter": "{b}", "color": INK, "lineHeight": 13,
        "rich": {"a": {"fontSize": 14, "fontWeight": 700, "color": INK}, "v": {"fontSize": 10, "color": INK}},
    }  # fmt: skip
    series: list[Option] = []
    for i, part in enumerate(parts):
        axes = {"xAxisIndex": i, "yAxisIndex": i}
        cells, path, texts = part["series"]
        series += [
            {"type": "heatmap", "selectedMode": "single", "cursor": "pointer", "progressive": 0, "z": 1}
            | {"itemStyle": {"borderColor": "#FFFFFF", "borderWidth": 1}, "select": {"itemStyle": {"borderColor": "#FFFFFF"}}}
            | {"animation": False, "emphasis": {"itemStyle": {"borderColor": COLORS[4], "borderWidth": 2}}} | axes | cells,
            QUIET | {"type": "lines", "coordinateSystem": "cartesian2d", "silent": True, "z": 3} | axes | path
            | {"lineStyle": {"color": PATH, "cap": "round"}},
            QUIET | {"type": "scatter", "symbolSize": 1, "silent": True, "z": 5, "itemStyle": {"color": "rgba(0, 0, 0, 0)"}, "label": label} | axes | texts,
        ]  # fmt: skip
    ramps = [
        {"type": "continuous", "show": False, "seriesIndex": 3 * i, "min": low, "max": 0, "inRange": {"color": list(RAMP)}}
        for i, low in enumerate(lows)
    ]  # fmt: skip
    places = {name: [part[name] for part in parts] for name in ("grid", "xAxis", "yAxis")}
    return places | {
        "animation": False,
        "title": titles,
        "visualMap": ramps,
        "series": series,
        "tooltip": {"show": False},
    }


def _timeline(labels: list[str], top: int) -> Option:
    """A button to play and pause, and a slider over the episodes."""
    blue = COLORS[0]
    return {
        "axisType": "category", "data": labels, "currentIndex": len(labels) - 1, "playInterval": 500, "loop": True,
        "left": 6, "right": 16, "top": top, "height": 44, "symbolSize": 6,
        "lineStyle": {"color": GREY, "width": 2}, "progress": {"lineStyle": {"color": blue}, "itemStyle": {"color": blue}},
        "itemStyle": {"color": GREY}, "label": {"show": True, "position": 13, "interval": 2, "color": GREY, "fontSize": 11},
        "checkpointStyle": {"color": blue, "borderColor": "#FFFFFF", "borderWidth": 2, "symbolSize": 16, "animation": False},
        "controlStyle": {"showPrevBtn": False, "showNextBtn": False, "itemSize": 28, "color": blue, "borderColor": blue},
        "emphasis": {"controlStyle": {"color": blue, "borderColor": blue}, "checkpointStyle": {"color": blue}, "label": {"color": GREY}},
    }  # fmt: skip
