"""What a run shows, from its numbers."""

from __future__ import annotations

from core.concepts.vision.style_transfer.result import Result
from core.concepts.vision.style_transfer.settings import IMAGENET, NONE, RANDOM, TRAINED
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval

TERMS = ("from_content", "from_style", "from_variation")


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether random networks bring the picture closer to the style than no network at all."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", step=result.step, steps=s.steps)]
    edge = result.edge(RANDOM, NONE)
    numbers = {"edge": edge.size, "random": mean(result, RANDOM), "none": mean(result, NONE), "seeds": s.seeds}
    found = [Finding({1: "closer", -1: "further", 0: "unclear"}[edge.sign], **numbers)]
    if s.trained:
        edge = result.edge(TRAINED, RANDOM)
        compared = {"edge": edge.size, "trained": mean(result, TRAINED), "random": mean(result, RANDOM)}
        found.append(Finding({1: "trained_closer", -1: "trained_further", 0: "trained_unclear"}[edge.sign], **compared))
    if IMAGENET in result.distance:
        edge = result.edge(IMAGENET, RANDOM)
        compared = {"edge": edge.size, "imagenet": mean(result, IMAGENET), "random": mean(result, RANDOM)}
        found.append(
            Finding({1: "imagenet_closer", -1: "imagenet_further", 0: "imagenet_unclear"}[edge.sign], **compared)
        )
    elif s.imagenet:
        found.append(Finding("no_weights"))
    found.append(Finding("kept", random=float(result.kept[RANDOM].mean()), none=float(result.kept[NONE].mean())))
    first, last = (losses(result, step) for step in (0, s.steps))
    found.append(Finding("losses", before=first["style"], after=last["style"], content=last["content"]))
    return [*found, strongest(result), Finding("limits")]


def mean(result: Result, arm: str) -> float:
    return float(result.distance[arm].mean())


def losses(result: Result, step: int) -> dict[str, float]:
    """The three losses of the random networks, mean over seeds, before this step."""
    rows = result.history[(result.history.arm == RANDOM) & (result.history.step == step)]
    return {name: float(rows[name].mean()) for name in ("content", "style", "variation")}


def strongest(result: Result) -> Finding:
    """Which of the three gradients is largest at the end, with the first random network."""
    rows = result.history[(result.history.arm == RANDOM) & (result.history.seed == result.settings.seed)]
    norms = rows.iloc[-1][list(TERMS)].to_numpy(float)
    if norms.max() == 0:
        return Finding("no_gradient")
    return Finding(
        ("content_strongest", "style_strongest", "variation_strongest")[int(norms.argmax())],
        content=float(norms[0]), style=float(norms[1]), variation=float(norms[2]),
    )  # fmt: skip


def score(result: Result) -> Finding:
    """The distances with and without networks, for a table."""
    if not result.complete:
        return Finding("unfinished", step=result.step, steps=result.settings.steps)
    return Finding("score", random=mean(result, RANDOM), none=mean(result, NONE))


def difference(a: Result, b: Result) -> Finding:
    """Distance of the random networks of `a` minus that of `b`, where both have the same two pictures."""
    pair = [(r.settings.content, r.settings.own, r.settings.style, r.settings.side) for r in (a, b)]
    if not (a.complete and b.complete) or pair[0] != pair[1]:
        return Finding("not_comparable")
    return Finding("difference", change=mean(a, RANDOM) - mean(b, RANDOM))


def variation_ratio(result: Result) -> float:
    """Total variation of the pictures of random networks, over that of the content picture."""
    before, after = (losses(result, step)["variation"] for step in (0, result.settings.steps))
    return after / max(before, 1e-9)


def _network(result: Result) -> Grade:
    edge = result.edge(RANDOM, NONE)
    return _graded(edge), {"edge": edge, "random": mean(result, RANDOM), "none": mean(result, NONE)}


def _trained(result: Result) -> Grade:
    edge = result.edge(TRAINED, RANDOM)
    return _graded(edge), {"edge": edge, "trained": mean(result, TRAINED), "random": mean(result, RANDOM)}


def _graded(edge: Interval) -> int:
    return {1: 0, -1: 1, 0: 2}[edge.sign]


QUESTIONS = (
    Question("network", {}, _network),
    Question.nearest("no_style", {"style_weight": 0.0}, lambda result: mean(result, RANDOM), (0.1, 0.5, 1.0)),
    Question.nearest("variation", {"tv_weight": 1000.0}, variation_ratio, (0.1, 0.5, 1.5)),
    Question("trained", {"trained": True}, _trained),
)
