"""The moments of a play: the first updates operation by operation, the later ones each in one moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.concepts.foundations.autograd.result import Result

DETAILED = 2  # updates that are played operation by operation


@dataclass(frozen=True)
class Moment:
    """phase: "zero", "forward", "backward", "refused", "update", or "whole" for an update in one moment. update counts from 0;
    node is the operation at work, -1 in the other phases."""

    update: int
    phase: str
    node: int = -1


@lru_cache(maxsize=8)
def moments(result: Result) -> tuple[Moment, ...]:
    """All moments of a play, in their order."""
    found: list[Moment] = []
    passes = len(result.values[-1])
    working = [i for i in result.operations if result.gradients[i] is not None]
    for update in range(passes):
        if update >= DETAILED:
            found.append(Moment(update, "whole"))
            continue
        if not result.settings.forget:
            found.append(Moment(update, "zero"))
        found += [Moment(update, "forward", i) for i in result.operations]
        if result.error:
            found.append(Moment(update, "refused"))
        elif update < result.updates:
            found += [Moment(update, "backward", i) for i in reversed(working)]
            found.append(Moment(update, "update"))
    return tuple(found)


@dataclass(frozen=True)
class Shown:
    """What there is to see at a moment."""

    values: list[np.ndarray | None]  # of each node; None before it is computed
    gradients: list[np.ndarray | None]  # of each node, the sum of what has arrived; None before anything has
    stored: dict[int, np.ndarray]  # .grad of each parameter
    parameters: dict[int, np.ndarray]  # numbers of each parameter
    updates: int  # updates that have been made
    edges: dict[tuple[int, int], str]  # (node, input slot) -> "forward" or "backward": the edges at work


def shown(result: Result, moment: Moment) -> Shown:
    """What a moment shows."""
    u, nodes = moment.update, result.nodes
    done = u + (moment.phase in ("update", "whole") and u < result.updates)
    forward = moment.phase != "zero"
    values: list[np.ndarray | None] = []
    for i, node in enumerate(nodes):
        late = not forward or (moment.phase == "forward" and i > moment.node)
        values.append(None if node.inputs and late else result.values[i][u])
    gradients: list[np.ndarray | None] = [None] * len(nodes)
    whole = moment.phase in ("update", "whole") and u < result.updates
    if whole:
        gradients = [None if g is None else g[u] for g in result.gradients]
    elif moment.phase == "backward":
        gradients[-1] = np.ones(1)
        for i in reversed(range(moment.node, len(nodes))):
            for slot, k in enumerate(nodes[i].inputs):
                if (i, slot) in result.sent:
                    before = gradients[k]
                    piece = result.sent[i, slot][u]
                    gradients[k] = piece if before is None else before + piece
    stored = {}
    for i, rows in result.stored.items():
        before = rows[u - 1] if u and result.settings.forget else np.zeros_like(rows[0])
        fresh = gradients[i]
        stored[i] = rows[u] if whole else before if fresh is None else before + fresh
    edges: dict[tuple[int, int], str] = {}
    if moment.phase in ("forward", "backward"):
        slots = range(len(nodes[moment.node].inputs))
        edges = {(moment.node, slot): moment.phase for slot in slots}
        if moment.phase == "backward":
            edges = {edge: phase for edge, phase in edges.items() if edge in result.sent}
    elif whole:
        edges = dict.fromkeys(result.sent, "backward")
    parameters = {i: rows[done] for i, rows in result.parameters.items()}
    return Shown(values, gradients, stored, parameters, done, edges)


def short(v: float) -> str:
    """A number in few digits, with a real minus sign."""
    if not np.isfinite(v):
        return "∞" if v > 0 else "−∞" if v < 0 else "?"
    v = float(v)
    size = abs(v)
    text = "0" if size < 5e-6 else f"{v:.1e}" if size < 0.001 or size >= 1e5 else f"{v:.{0 if size >= 1000 else 3}g}"
    text = f"{v:.0f}" if 1000 <= size < 1e5 else text
    return text.replace("-", "−")


def story(result: Result, moment: Moment) -> str:
    """What happens at a moment, in a line."""
    nodes, u = result.nodes, moment.update
    head = f"Update {u + 1}"
    if moment.phase == "zero":
        return f"{head} · zero_grad: every .grad is 0"
    if moment.phase == "refused":
        return f"{head} · backward() raises an error"
    if moment.phase == "whole" and u >= result.updates:
        return f"{head} · the loss is {short(result.loss[-1])}: diverged"
    if moment.phase in ("update", "whole"):
        rate = short(result.settings.step_size)
        return f"{head} · step: each parameter moves by −{rate} × .grad"
    node = nodes[moment.node]
    if moment.phase == "forward":
        value = result.values[moment.node][u]
        number = f" = {short(value[0])}" if len(value) == 1 and not node.batch else ""
        return f"{head} · forward: {node.name} = {node.formula}{number}"
    parts = []
    for slot, k in enumerate(node.inputs):
        if (moment.node, slot) not in result.sent:
            continue
        to = f"∂L/∂{nodes[k].name}" + (" receives" if _several(result, k) else " =")
        if (moment.node, slot) in result.local:
            g, by = result.gradients[moment.node], result.local[moment.node, slot][u]
            assert g is not None
            sent = short(result.sent[moment.node, slot][u][0])
            parts.append(
                f"{to} {short(g[u][0])} · {short(by)} = {sent}" if moment.node < len(nodes) - 1 else f"{to} {sent}"
            )
        else:
            parts.append(f"{to} {_rule(result, moment.node, slot)}")
    return f"{head} · backward: " + ",  ".join(dict.fromkeys(parts))


def _several(result: Result, k: int) -> bool:
    """Whether more than one gradient arrives at a node."""
    return sum(result.nodes[i].inputs[slot] == k for i, slot in result.sent) > 1


def _rule(result: Result, i: int, slot: int) -> str:
    """How a gradient passes a node whose numbers are arrays, written out."""
    node = result.nodes[i]
    g = f"∂L/∂{node.name}"
    if i == len(result.nodes) - 1:
        return node.local[slot]
    if node.op == "matmul":
        return f"{g} {node.local[slot]}" if slot == 0 else f"{node.local[slot]} {g}"
    if node.op == "add":
        return g if slot == 0 else f"{g} summed over the points"
    return f"{g} ⊙ ({node.local[slot]})"
