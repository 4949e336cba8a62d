"""Which method earns more, while it learns and afterwards, and how far both are from dynamic programming."""

from __future__ import annotations

import numpy as np

from core.concepts.paradigms.reinforcement.result import Result
from core.concepts.paradigms.reinforcement.settings import LIMIT, Q
from core.findings import Finding
from core.questions import Question
from core.stats import mean_interval

NEAR = 1e-6  # returns closer than this are equal


def findings(result: Result) -> list[Finding]:
    """The verdict first: who earns more while learning, and whose greedy policy is better at the end."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", share=result.fraction)]
    rival = result.learned[s.rival]
    found = [Finding("verdict", learning=_learning(result), following=_following(result))]
    found.append(Finding("compared", late=s.late, seeds=s.seeds))
    if s.last_epsilon:
        mine, best = result.truth[Q], result.truth[s.rival]
        found.append(Finding("expected", epsilon=s.last_epsilon, q=mine.exploring, best=best.exploring))
    if not s.slip:
        counts = {"q": best_found(result, Q), "rival": best_found(result, s.rival)}
        found.append(Finding("best_path", best=result.truth[Q].greedy, name=s.rival, seeds=s.seeds, **counts))
    for name in s.methods:
        if lost := int((~result.learned[name].arrived[-1]).sum()):
            found.append(Finding("lost", name=name, lost=lost, seeds=s.seeds, limit=LIMIT))
    starts = {"q": mean_interval(result.learned[Q].start[-1]), "rival": mean_interval(rival.start[-1])}
    truths = {"q_true": _start(result, Q), "rival_true": _start(result, s.rival)}
    found.append(Finding("start_exploring" if s.last_epsilon else "start", name=s.rival, **starts, **truths))
    if any(learned.falls.any() for learned in result.learned.values()):
        q, other = (float(result.learned[name].falls[:, -s.late :].mean()) for name in s.methods)
        found.append(Finding("falls", name=s.rival, q=q, rival=other))
    return found


def best_found(result: Result, method: str) -> int:
    """Agents whose greedy episode earns as much as the best there is; only where nobody slips."""
    return int((result.learned[method].greedy[-1] >= result.truth[Q].greedy - NEAR).sum())


def _start(result: Result, method: str) -> float:
    """The true value of the start."""
    return float(result.truth[method].q[result.settings.place.start].max())


def _learning(result: Result) -> Finding:
    s, effect = result.settings, result.learning
    q, rival = (float(result.late(name).mean()) for name in s.methods)
    if (result.late(Q) == result.late(s.rival)).all():
        return Finding("earns_equal", q=q)
    return Finding(
        {1: "earns_more", -1: "earns_less", 0: "earns_same"}[effect.sign],
        name=s.rival, q=q, rival=rival, effect=effect.size if effect.sign else effect,
    )  # fmt: skip


def _following(result: Result) -> Finding:
    s, effect = result.settings, result.following
    q, rival = (float(result.learned[name].greedy[-1].mean()) for name in s.methods)
    if (result.learned[Q].greedy[-1] == result.learned[s.rival].greedy[-1]).all():
        return Finding("greedy_equal", q=q)
    return Finding(
        {1: "greedy_more", -1: "greedy_less", 0: "greedy_same"}[effect.sign],
        name=s.rival, q=q, rival=rival, effect=effect.size if effect.sign else effect,
    )  # fmt: skip


def score(result: Result) -> Finding:
    """Returns of both methods, for a table."""
    if not result.complete:
        return Finding("unfinished", share=result.fraction)
    s = result.settings
    q, rival = (float(result.late(name).mean()) for name in s.methods)
    q_greedy, rival_greedy = (float(result.learned[name].greedy[-1].mean()) for name in s.methods)
    return Finding("score", name=s.rival, q=q, rival=rival, q_greedy=q_greedy, rival_greedy=rival_greedy)


def difference(a: Result, b: Result) -> Finding:
    """How the differences between the two methods changed from one run to another."""
    if not (a.complete and b.complete) or a.settings.rival != b.settings.rival:
        return Finding("not_comparable")
    now = {"learning": a.learning.mean, "following": a.following.mean}
    return Finding("change", name=a.settings.rival, **now, before=b.learning.mean, greedy_before=b.following.mean)


def _arriving(result: Result) -> float:
    """Share of the agents of the second method whose greedy policy reaches the goal."""
    return float(result.learned[result.settings.rival].arrived[-1].mean())


def _best_share(result: Result) -> float:
    return best_found(result, Q) / result.settings.seeds


def _steps(result: Result) -> float:
    """Median number of steps of the second method's greedy path; without a fall a step costs 1."""
    return -float(np.median(result.learned[result.settings.rival].greedy[-1]))


QUESTIONS = (
    Question.sign("cheap_fall", {"fall": 2.0}, lambda result: result.learning),
    Question.sign("falling", {"falling": True}, lambda result: result.following),
    Question.nearest("random_steps", {"world": "open", "epsilon": 1.0, "lr": 1.0, "episodes": 100}, _best_share, (1.0, 0.5, 0.0)),
    Question.nearest("expected", {"rival": "expected SARSA"}, _steps, (13, 15, 19)),
    Question.nearest("short_sighted", {"gamma": 0.5}, _arriving, (1.0, 0.5, 0.0)),
)  # fmt: skip
