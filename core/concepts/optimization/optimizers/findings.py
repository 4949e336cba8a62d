"""What a race of optimisers shows, from its numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.optimization.optimizers.result import GRID, NEAR, NEAR_MINIMUM, Result
from core.findings import Finding
from core.questions import Grade, Question


def findings(result: Result) -> list[Finding]:
    """The verdict first: who is first at the minimum, or that nobody is."""
    told, verdict = _verdict(result)
    found = [verdict]
    if others := [name for name in result.paths if name not in told]:
        others.sort(key=lambda name: _place(result, name))
        found.append(Finding("others", parts=[_fate(result, name) for name in others]))
    shares = [share(result, name) for name in result.paths]
    found.append(Finding("starts", parts=shares, starts=GRID**2, near=NEAR_MINIMUM, goal=goal(result)))
    if result.crossing is not None:
        found.append(_crossing(result.crossing, result.settings.lr_Momentum))
    return found


def goal(result: Result) -> Finding:
    """What is looked for, as a phrase."""
    surface = result.surface
    if surface.best < len(surface.minima):
        return Finding("the_global_minimum")
    return Finding("the_minimum" if surface.best == 1 else "a_minimum")


def _verdict(result: Result) -> tuple[list[str], Finding]:
    """The optimisers that it is about, and the verdict."""
    names, steps = list(result.paths), result.settings.steps
    found = {n: p.arrived for n, p in result.paths.items() if 0 <= result.minimum(n) < result.surface.best}
    arrived = {n: step for n, step in found.items() if step is not None}
    if arrived:
        first = min(arrived.values())
        told = [n for n, step in arrived.items() if step == first]
        numbers = {"names": told, "step": first, "near": NEAR, "goal": goal(result)}
        return told, Finding("arrives" if len(names) == 1 else "first", **numbers)
    if all(path.lost for path in result.paths.values()):
        return names, Finding("all_diverge", names=names)
    local = [n for n in names if result.minimum(n) >= 0]
    if local:
        return local, Finding("only_local", names=local)
    closest = min((n for n in names if not result.paths[n].lost), key=lambda n: float(result.paths[n].distance[-1]))
    away = float(result.paths[closest].distance[-1])
    return [closest], Finding("nobody", name=closest, away=away, steps=steps, goal=goal(result))


def _place(result: Result, name: str) -> tuple[int, float]:
    """A key that sorts optimisers by how well they did: by their arrival, then by how near they end."""
    path, minimum = result.paths[name], result.minimum(name)
    if path.arrived is not None and 0 <= minimum < result.surface.best:
        return 0, float(path.arrived)
    return 2 if path.lost else 1, float(path.distance[-1])


def _fate(result: Result, name: str) -> Finding:
    """What became of one optimiser, as a phrase."""
    path, minimum = result.paths[name], result.minimum(name)
    if path.lost:
        return Finding("diverges", name=name)
    if minimum >= 0:
        return Finding("comes" if minimum < result.surface.best else "stays_local", name=name, step=path.arrived)
    return Finding("ends_away", name=name, away=float(path.distance[-1]))


def share(result: Result, name: str) -> Finding:
    """How much of the grid leads to a global minimum, and how soon, as a phrase."""
    found = result.found(name)
    if not found.any():
        return Finding("share_none", name=name)
    # The median over the starts that end there, of the steps until there.
    steps = int(np.median(result.paths[name].taken[found]))
    return Finding("share", name=name, share=float(found.mean()), steps=steps)


def _crossing(crossing: np.ndarray, lr: float) -> Finding:
    """Which momenta carry the ball over the barrier."""
    over = crossing == 0
    if not over.any():
        return Finding("crosses_never", lr=lr)
    first = int(over.argmax())
    larger = over[first + 1 :]
    if not len(larger):
        return Finding("crosses_last", lr=lr, first=first / 100)
    numbers = {"lr": lr, "first": first / 100, "larger": len(larger), "back": int((~larger).sum())}
    return Finding("crosses_from" if larger.all() else "crosses_some", **numbers)


def _end(result: Result, name: str) -> Finding:
    """The distance to the nearest minimum at the end, as a phrase."""
    path = result.paths[name]
    return Finding("gone") if path.lost else Finding("off", distance=float(path.distance[-1]))


def score(result: Result) -> Finding:
    """The distances at the end, for a table."""
    return Finding("score", parts=[Finding("score_part", name=name, end=_end(result, name)) for name in result.paths])


def difference(a: Result, b: Result) -> Finding:
    """The distances at the end of `a` beside those of `b`, on one surface."""
    both = [name for name in a.paths if name in b.paths]
    if a.settings.surface != b.settings.surface or not both:
        return Finding("not_comparable")
    return Finding("difference", parts=[Finding("now_and_then", name=n, now=_end(a, n), then=_end(b, n)) for n in both])


def _zigzag(result: Result) -> Grade:
    path = result.paths["SGD"]
    y = path.at[np.isfinite(path.at[:, 1]), 1]
    turns = int((np.diff(np.sign(y)) != 0).sum())
    further = path.lost or path.distance[-1] > path.distance[0]
    end = Finding("leaves") if path.lost else Finding("ends_there", away=float(path.distance[-1]))
    return (2 if further else 1 if turns > 5 else 0), {"turns": turns, "steps": len(y) - 1, "end": end}


def _crosses(result: Result) -> Grade:
    over = {n: bool(result.paths[n].at[-1, 0] < 0) for n in ("SGD", "Momentum")}
    ends = {n: Finding("x_gone") if p.lost else Finding("x_at", x=float(p.at[-1, 0])) for n, p in result.paths.items()}
    right = 0 if over["Momentum"] and not over["SGD"] else 1 if all(over.values()) else 2
    return right, {"sgd": ends["SGD"], "momentum": ends["Momentum"]}


def _ridge(result: Result) -> Grade:
    off = {n: float(np.nan_to_num(np.abs(p.at[-1, 1]), nan=np.inf)) for n, p in result.paths.items()}
    left = [n for n, y in off.items() if y > 0.5]
    right = 0 if len(left) == len(off) else 1 if left else 2
    return right, {"parts": [Finding("ridge", name=n, y=y) for n, y in off.items()]}


def _valley(result: Result) -> Grade:
    names = ("SGD", "Momentum", "Adam")
    off = [np.inf if result.paths[n].lost else float(result.paths[n].distance[-1]) for n in names]
    parts = [Finding("score_part", name=n, end=_end(result, n)) for n in names]
    return int(np.argmin(off)), {"steps": result.settings.steps, "parts": parts}


TWO = ("SGD", "Momentum")
QUESTIONS = (
    Question("zigzag", {"lr_SGD": 0.11, "optimizers": ("SGD",)}, _zigzag),
    Question("crosses", {"surface": "double well", "optimizers": TWO, "across": 95, "up": 83, "steps": 200}, _crosses),
    Question("ridge", {"surface": "saddle", "up": 50}, _ridge),
    Question(
        "valley",
        {"surface": "Rosenbrock", "lr_SGD": 0.001, "lr_Momentum": 0.001, "lr_Adam": 0.1, "steps": 500},
        _valley,
    ),
)
