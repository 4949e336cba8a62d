"""What contrastive training did, from the numbers of a run."""

from __future__ import annotations

from core.concepts.attention.contrastive.result import Result, uniform
from core.concepts.attention.contrastive.settings import CIRCLE, LABELS, NEIGHBOURS, PROBE
from core.findings import Finding
from core.questions import Question
from core.stats import Interval, share_interval


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether digits gather on the circle, or whether the probe beats the other ways."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", step=result.step, steps=s.steps)]
    if s.experiment == PROBE:
        return [*_probe(result), *_sphere(result)]
    change, pure = result.change("purity"), result.scores["purity"]
    means = {"before": float(pure["untrained"].mean()), "after": float(pure["trained"].mean())}
    most = means["after"] > 0.5
    return [
        Finding(
            {1: "gathered" if most else "gathered_little", -1: "scattered", 0: "no_difference"}[change.sign],
            change=change,
            neighbours=NEIGHBOURS,
            seeds=s.seeds,
            **means,
        ),
        *_sphere(result),
        Finding("seeds", low=float(pure["trained"].min()), high=float(pure["trained"].max()), seeds=s.seeds),
        Finding("pixels", share=float(result.neighbours["pixels"].mean()), chance=chance(result), after=means["after"]),
    ]


def chance(result: Result) -> float:
    """The purity of digits that lie anywhere: the probability that another test digit is the same."""
    return 1 / len(result.settings.classes)


def _sphere(result: Result) -> list[Finding]:
    """Whether training brought the views of a digit together, and whether it spread the digits."""
    s = result.settings
    found = []
    if s.views == "none":
        found.append(Finding("equal_views"))
    else:
        change = result.change("alignment")
        found.append(Finding({1: "farther", -1: "closer", 0: "as_close"}[change.sign], **_means(result, "alignment")))
    change = result.change("uniformity")
    numbers = _means(result, "uniformity")
    found.append(
        Finding({1: "less_even", -1: "more_even", 0: "as_even"}[change.sign], best=uniform(s.outputs), **numbers)
    )
    return found


def _means(result: Result, metric: str) -> dict[str, Interval | float]:
    before, after = (float(result.scores[metric][state].mean()) for state in ("untrained", "trained"))
    return {"before": before, "after": after, "change": result.change(metric)}


def _probe(result: Result) -> list[Finding]:
    s = result.settings
    gains = {than: result.gain(than) for than in ("pixels", "untrained", "supervised")}
    signs = [gain.sign for gain in gains.values()]
    found = [
        Finding(
            {
                (1, 1, 1): "probe_best",
                (1, 1, 0): "probe_level",
                (1, 1, -1): "probe_between",
                (-1, -1, -1): "probe_last",
            }.get((signs[0], signs[1], signs[2]), "probe_mixed"),
            seeds=s.seeds,
            counts=list(LABELS),
            **gains,
        )
    ]
    rows = result.right["contrastive"].shape[1]
    for i, n in enumerate(LABELS):
        if i in (0, len(LABELS) - 1):
            score = {
                way: share_interval(result.accuracy[way][i], rows).mean
                for way in ("contrastive", "supervised", "untrained", "pixels")
            }
            gap = result.gain_at(i, "supervised")
            found.append(Finding("at_count", n=n, gap=gap, **score))
    return found


def score(result: Result) -> Finding:
    """The main numbers of a run, for a table."""
    s = result.settings
    if not result.complete:
        return Finding("unfinished", step=result.step, steps=s.steps)
    if s.experiment == CIRCLE:
        after = {metric: float(values["trained"].mean()) for metric, values in result.scores.items()}
        return Finding("score_circle", **after)
    middle = {way: float(values[1].mean()) for way, values in result.accuracy.items()}
    return Finding("score_probe", n=LABELS[1], **middle)


def difference(a: Result, b: Result) -> Finding:
    """How two runs of the same experiment differ."""
    if not (a.complete and b.complete) or a.settings.experiment != b.settings.experiment:
        return Finding("not_comparable")
    if a.settings.experiment == PROBE:
        now, before = (float(r.accuracy["contrastive"][1].mean()) for r in (a, b))
        return Finding("probes", now=now, before=before, n=LABELS[1])
    now, before = (float(r.scores["purity"]["trained"].mean()) for r in (a, b))
    even, was = (float(r.scores["uniformity"]["trained"].mean()) for r in (a, b))
    return Finding("circles", now=now, before=before, even=even, was=was)


def _purity(result: Result) -> float:
    return float(result.scores["purity"]["trained"].mean())


QUESTIONS = (
    Question.nearest("same_views", {"views": "none"}, _purity, (0.33, 0.6, 0.85, 1.0)),
    Question.nearest("ten", {"digits": "0123456789"}, _purity, (0.1, 0.2, 0.5, 0.9)),
    Question.sign("even", {}, lambda result: result.change("uniformity")),
    Question.sign("labels", {"experiment": PROBE}, lambda result: result.gain("supervised")),
)
