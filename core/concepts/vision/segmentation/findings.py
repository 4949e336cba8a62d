"""What the two networks and the pixel classifier show, from their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.concepts.vision.segmentation.result import AT_EDGE, Result, Scribbled
from core.findings import Finding
from core.questions import Grade, Question


def findings(result: Result) -> list[Finding]:
    """The verdict first: what the skip does to mean IoU, or that it does nothing clearly."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", step=result.step, steps=s.steps)]
    means = {"without": float(result.mean_iou("no skip").mean()), "with_skip": float(result.mean_iou("skip").mean())}
    gain = result.gain()
    found = [Finding({1: "helped", -1: "hurt", 0: "no_difference"}[gain.sign], gain=gain, seeds=s.seeds, **means)]
    found.append(_where(result))
    accuracy = {"accuracy": float(result.accuracy("no skip").mean()), "mean": means["without"]}
    found.append(Finding("accuracy", background=result.background, **accuracy))
    worst = result.iou("skip").mean(0)
    named = [(name, change) for name, change, _ in result.gains()[:-1] if change.sign]
    if named:
        name, change = max(named, key=lambda row: abs(row[1].mean))
        found.append(Finding("class_gains" if change.mean > 0 else "class_loses", name=name, change=change))
    found.append(Finding("hardest", name=result.gains()[int(worst.argmin())][0], iou=float(worst.min())))
    found.append(_kernel(result))
    return found


def _where(result: Result) -> Finding:
    """Whether the skip corrects more at the edges than farther in."""
    near, far = (float(result.corrected(near).mean()) for near in (True, False))
    share = errors_at_edge(result, "no skip")
    apart = result.sharper()
    return Finding(
        {1: "at_edges", -1: "inside", 0: "anywhere"}[apart.sign], near=near, far=far, apart=apart, share=share
    )


def errors_at_edge(result: Result, way: str) -> float:
    """Share of all misclassified pixels that lie at an edge."""
    errors = result.far_errors[way].sum(0)
    return float(errors[:AT_EDGE].sum() / max(1, errors.sum()))


def kernel_change(result: Result) -> float:
    """How far training moved the kernel, relative to its size at the start."""
    assert result.kernels is not None
    before, after = result.kernels
    return float(np.linalg.norm(after - before) / np.linalg.norm(before))


def _kernel(result: Result) -> Finding:
    if result.settings.kernels == "fixed":
        return Finding("kernel_fixed")
    return Finding("kernel_learned", change=kernel_change(result))


def score(result: Result) -> Finding:
    """Mean IoU of both networks, for a table."""
    if not result.complete:
        return Finding("unfinished", step=result.step, steps=result.settings.steps)
    means = {way: float(result.mean_iou(way).mean()) for way in ("no skip", "skip")}
    return Finding("score", without=means["no skip"], with_skip=means["skip"])


def difference(a: Result, b: Result) -> Finding:
    """How the gain of the skip differs between two runs."""
    if not (a.complete and b.complete):
        return Finding("not_comparable")
    return Finding("gains", now=a.gain().mean, then=b.gain().mean)


def describe(shown: Scribbled) -> list[Finding]:
    """What the pixel classifier makes of the strokes, and how well it does on strokes that it was not trained on."""
    subject, rest = shown.held_out
    share = float((shown.subject > 0.5).mean())
    found = [Finding("scribbled", share=share, unsure=shown.unsure, marked=sum(shown.pixels), features=shown.features)]
    if shown.folds:
        found.append(Finding("held_out", subject=subject, rest=rest, folds=shown.folds))
    else:
        found.append(Finding("too_few_strokes"))
    return found


def _edges(result: Result) -> Grade:
    apart = result.sharper()
    numbers: Mapping[str, Any] = {
        "near": float(result.corrected(True).mean()),
        "far": float(result.corrected(False).mean()),
        "apart": apart,
    }
    return {1: 0, -1: 1, 0: 2}[apart.sign], numbers


QUESTIONS = (
    Question("where", {}, _edges),
    Question.nearest("background", {}, lambda result: result.background, (0.5, 0.65, 0.8, 0.95)),
    Question.sign("learned", {"kernels": "learned"}, Result.gain),
    Question.sign("fine", {"stride": 4}, Result.gain),
)
