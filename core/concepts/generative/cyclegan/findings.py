"""What the trained generators show: the map they found, checkerboards, what they leave as it is, and what they hide."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.concepts.generative.cyclegan.result import Result
from core.concepts.generative.cyclegan.settings import ARMS, TRANSPOSED, UPSAMPLE
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import mean_interval


def findings(result: Result) -> list[Finding]:
    """The verdict first."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", step=result.step, steps=s.steps)]
    found = [_map(result) if result.paired else _texture(result)]
    if result.paired and result.wrong():
        cycle, error = (float(result.mean(name).mean()) for name in ("cycle", "error"))
        found.append(Finding("wrong", wrong=result.wrong(), runs=result.runs, cycle=cycle, error=error))
    found += [_board(result, late) for late in (False, True)]
    if result.paired:
        change = mean_interval(result.final(TRANSPOSED, "error") - result.final(UPSAMPLE, "error"))
        found.append(
            Finding({1: "upsample_closer", -1: "transposed_closer", 0: "as_close"}[change.sign], change=change)
        )
    found += [_nothing(result), _message(result)]
    if result.paired:
        own, true = result.mean("cycle"), result.mean("back")
        change = mean_interval(true - own)
        found.append(
            Finding(
                {1: "own_better", -1: "true_better", 0: "own_as_good"}[change.sign],
                own=float(own.mean()),
                true=float(true.mean()),
                change=change,
            )
        )
    return found


def _map(result: Result) -> Finding:
    """Whether the generated pictures are closer to their true partners than doing nothing would be, and in how many runs they are
    mostly right."""
    error, gain = mean_interval(result.mean("error"), bounds=(0, 1)), result.gain()
    if gain.sign == 1 and result.wrong():
        right = result.runs - result.wrong()
        return Finding("closer_some", error=error, needed=result.needed, right=right, runs=result.runs)
    return Finding(
        {1: "closer", -1: "farther", 0: "no_gain"}[gain.sign],
        error=error,
        needed=result.needed,
        gain=gain,
        seeds=result.settings.seeds,
    )


def _texture(result: Result) -> Finding:
    """Whether the spectrum of fake_B is closer to that of B than A's is."""
    closed = mean_interval(np.mean([result.closed[arm] for arm in ARMS], axis=0))
    return Finding(
        {1: "spectrum_closer", -1: "spectrum_farther", 0: "spectrum_same"}[closed.sign],
        closed=closed,
        seeds=result.settings.seeds,
    )


def _board(result: Result, late: bool) -> Finding:
    """Which kind of generator makes more of a checkerboard, before or after training."""
    ratio = result.board_ratio(late)
    shares = {arm: float(result.board(arm, late).mean()) for arm in ARMS}
    when = Finding("trained") if late else Finding("untrained")
    return Finding(
        {1: "board_transposed", -1: "board_upsample", 0: "board_equal"}[ratio.sign],
        when=when,
        times=math.exp(ratio.size.mean),
        upsample=shares[UPSAMPLE],
        transposed=shares[TRANSPOSED],
    )


def _nothing(result: Result) -> Finding:
    """How far the generators move a picture, compared with how far it has to go, and what they do to one that may stay."""
    ratio = mean_interval(result.mean("moved") / result.needed)
    moved, same = (float(result.mean(name).mean()) for name in ("moved", "same"))
    return Finding(
        "does_nothing" if ratio.high < 0.5 else "moves" if ratio.low > 0.5 else "moves_perhaps",
        ratio=ratio,
        moved=moved,
        needed=result.needed,
        same=same,
    )


def _message(result: Result) -> Finding:
    """Whether a change of one step in fake_B comes out larger or smaller in rec_A."""
    change = result.amplified()
    return Finding("amplified" if change.low > 1 else "damped" if change.high < 1 else "passed_on", change=change)


def score(result: Result) -> Finding:
    """Distance to the truth, or how far the spectrum came, for a table."""
    if not result.complete:
        return Finding("unfinished", step=result.step, steps=result.settings.steps)
    if not result.paired:
        return Finding("score_textures", **{arm: float(result.closed[arm].mean()) for arm in ARMS})
    return Finding("score", **{arm: float(result.final(arm, "error").mean()) for arm in ARMS})


def difference(a: Result, b: Result) -> Finding:
    """How two runs differ in the distance to the truth, from rec_A to real_A, and in what noise does."""
    if not (a.complete and b.complete and a.paired and b.paired):
        return Finding("not_comparable")
    now, before = ({name: float(r.mean(name).mean()) for name in ("error", "cycle")} for r in (a, b))
    return Finding(
        "changes", error=now["error"], error_before=before["error"], cycle=now["cycle"], cycle_before=before["cycle"],
        noise=a.amplified().mean, noise_before=b.amplified().mean,
    )  # fmt: skip


def _more_board(result: Result) -> Grade:
    ratio = result.board_ratio(True)
    shares: Mapping[str, Any] = {arm: float(result.board(arm, True).mean()) for arm in ARMS}
    return {1: 0, -1: 1, 0: 2}[ratio.sign], shares


QUESTIONS = (
    Question("board", {}, _more_board),
    Question.nearest("light", {"paper": "light"}, lambda r: r.wrong() / r.runs, (0.0, 0.25, 0.5, 1.0)),
    Question.nearest("blocks", {"style": "blocks"}, lambda r: r.amplified().mean, (0.1, 0.3, 1.0, 4.0)),
    Question.nearest(
        "no_cycle", {"cycle": 0.0}, lambda r: float(r.mean("error").mean()) / r.needed, (0.1, 0.2, 0.35, 1.0)
    ),
)
