"""Adversarial networks: what collapses, how it is counted, and what the verdict rests on."""

from __future__ import annotations

import dataclasses
import time
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.kernel_ridge import KernelRidge
from torch import nn

from core.concepts.generative import gan as concept
from core.concepts.generative.gan import Result, Settings, figures, plain
from core.concepts.generative.gan.experiment import plane, realness
from core.concepts.generative.gan.findings import learning
from core.concepts.generative.gan.network import answers, make, start
from core.concepts.generative.gan.settings import LOSSES, NON_SATURATING, ORIGINAL, REMEDIES, rows
from core.data.handwriting import GAMMA, IMITATED, LEARNED, RIDGE, digits, judge
from core.data.mixtures import coverage, mixture
from core.progress import finished

DIGITS = Settings(data="mnist5k", picture_steps=10, picture_seeds=3, losses=(ORIGINAL, NON_SATURATING, "Least squares"))
SMALL = Settings(steps=20, seeds=3, width=8, ttur=True, minibatch=True, matching=True)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SMALL))


@pytest.fixture(scope="module")
def pictures() -> Result:
    return finished(concept.run(DIGITS))


# The facts


def test_the_original_loss_collapses_more_often_and_learns_less_than_the_non_saturating_one() -> None:
    run = finished(concept.run(Settings(losses=(ORIGINAL, NON_SATURATING), steps=700)))
    assert run.collapse_sign(ORIGINAL, NON_SATURATING, 10) == 1  # clear even as one of ten comparisons
    assert run.gain(NON_SATURATING, ORIGINAL).low > 2
    assert run.quality[NON_SATURATING].mean() > 2 * run.quality[ORIGINAL].mean()
    verdict = concept.findings(run)[0]
    assert verdict.key == "depends" and verdict["most"]["name"] == ORIGINAL
    grade = next(q.grade for q in concept.QUESTIONS if q.key == "original")
    assert grade(run)[0] == 0


def test_a_line_without_gaps_does_not_collapse_where_a_ring_does() -> None:
    s = Settings(losses=(ORIGINAL,), steps=400, seeds=8)
    ring, line = (finished(concept.run(dataclasses.replace(s, data=data))) for data in ("ring", "drawn"))
    assert ring.collapsed(ORIGINAL).all() and not line.collapsed(ORIGINAL).any()


def test_a_gradient_penalty_brings_more_digits_in_as_many_steps() -> None:
    s = dataclasses.replace(DIGITS, losses=(NON_SATURATING, "WGAN-GP"), picture_steps=150, picture_seeds=4)
    run = finished(concept.run(s))
    assert run.gain("WGAN-GP", NON_SATURATING).low > 0
    assert concept.findings(run)[0].key == "digits_depend"
    assert next(q.grade for q in concept.QUESTIONS if q.key == "digits")(run)[0] == 0


# The networks


def test_the_start_has_the_variances_it_should() -> None:
    G, D = make(48, True, range(4))
    for models in (G, D):
        for k in range(4):
            module = models.unstack(k)
            linear = [m for m in module.modules() if isinstance(m, nn.Linear)]
            assert all((m.bias == 0).all() for m in linear if m.bias is not None)
            for m in linear[:3]:
                assert m.weight.var().item() == pytest.approx(2 / m.in_features, rel=0.35)
            assert linear[-1].weight.var().item() == pytest.approx(1 / linear[-1].in_features, rel=0.5)
    torch.manual_seed(6)
    alone = plain.start(plain.build_generator(48))
    assert torch.equal(nn.utils.parameters_to_vector(alone.parameters()), G.theta[3])
    assert [f for _, f in start(D.template)].count(0.0) == 4


def test_a_discriminator_of_batches_sees_a_point_among_its_generators_own() -> None:
    _, D = make(8, True, [0, 1])
    points, companions = plane(2), torch.randn(2, 63, 2, generator=torch.Generator().manual_seed(0))
    found = answers(D, points, companions)
    for k in range(2):
        for i in range(4):
            batch = torch.cat([points[i : i + 1], companions[k]])
            assert found[k, i].item() == pytest.approx(D.unstack(k)(batch)[0, 0].item(), abs=1e-5)


def test_a_field_lies_between_fake_and_real() -> None:
    answer = torch.linspace(-3, 5, 18).view(2, 3, 3)
    assert np.allclose(realness("original", answer), 1 / (1 + np.exp(-answer.numpy())))
    score = realness("Wasserstein", answer)
    assert score.min() == 0 and score.max() == pytest.approx(1) and score[0].max() == pytest.approx(1)
    assert set(np.unique(realness("least squares", torch.tensor([[[-1.0, 2.0]]])))) == {0, 1}


# The run


def test_all_rows_share_their_random_numbers(result: Result) -> None:
    first = result.history[result.history.step == 0].pivot(index="seed", columns="name", values="quality")
    assert (first.nunique(axis=1) == 1).all()  # the generators of a seed are equal before training
    alone = finished(
        concept.run(dataclasses.replace(SMALL, losses=LOSSES, ttur=False, minibatch=False, matching=False))
    )
    for name in alone.names:  # a row is the same, whoever is trained beside it
        assert np.allclose(alone.samples[name], result.samples[name], atol=1e-3)


def test_what_is_counted_is_what_is_drawn(result: Result) -> None:
    assert set(result.names) == {*LOSSES, *REMEDIES} and result.complete
    for name in result.names:
        assert result.samples[name].shape == (3, 500, 2) and result.fields[name].shape == (3, 40, 40)
    last = result.history[result.history.step == 20]
    assert last.groupby("name").modes.apply(list).to_dict() == {n: result.covered[n].tolist() for n in result.names}
    centres, mode = mixture("ring", 8, 5, "")
    assert np.array_equal(result.centres, centres)
    assert coverage(result.real, centres, mode, 0.1)[0].all()


def test_a_remedy_brings_the_loss_it_is_compared_with() -> None:
    s = Settings(losses=(ORIGINAL,), minibatch=True)
    assert [r.name for r in rows(s)] == [ORIGINAL, NON_SATURATING, "Minibatch"]
    two = {r.name: r for r in rows(Settings(ttur=True, ratio=2))}
    assert two["Two rates"].generator_lr * 4 == two[NON_SATURATING].generator_lr == 0.02


def test_a_stopped_run_shows_its_points_and_no_verdict() -> None:
    steps = concept.run(SMALL)
    partial = next(step for step in steps if step.fraction > 0.3 and step.result).result()
    steps.close()
    assert not partial.complete and figures.covered(partial)["series"] and figures.strip(partial, ORIGINAL).size
    assert [f.key for f in concept.findings(partial)] == ["unfinished"] and concept.score(partial).key == "unfinished"
    assert concept.difference(partial, partial).key == "not_comparable"


@pytest.mark.parametrize("data", ["ring", "mnist5k"])
def test_no_step_and_no_picture_takes_long_at_the_costliest_settings(data: str) -> None:
    digits(), judge()  # once a process
    costly = Settings(data, width=48, steps=3000, picture_seeds=8, ttur=True, minibatch=True, matching=True)
    steps, longest = concept.run(costly), 0.0
    begun = time.thread_time()
    step = None
    for step in islice(steps, 40):  # noqa: B007
        longest = max(longest, time.thread_time() - begun)
        begun = time.thread_time()
    assert step is not None and step.result is not None
    step.result()
    assert max(longest, time.thread_time() - begun) < 0.4  # 0.3, and room for a machine that does other things
    steps.close()


@pytest.mark.parametrize(
    "change", [{}, {"data": "drawn", "ratio": 0.5}, {"data": "mnist5k", "picture_steps": 5, "picture_seeds": 2}]
)
def test_the_script_gives_the_numbers_of_the_run(result: Result, change: dict[str, Any]) -> None:
    run = finished(concept.run(dataclasses.replace(SMALL, **change))) if change else result
    printed = plain.main(SimpleNamespace(**vars(run.settings)))
    assert list(printed) == list(run.names)
    for name, scores in printed.items():
        modes, quality = zip(*scores, strict=True)
        assert np.abs(np.subtract(modes, run.covered[name])).max() <= 1, name  # one sample decides about a mode
        assert quality == pytest.approx(run.quality[name], abs=0.01), name


# The verdict


NAMES = {"original": ORIGINAL, "other": NON_SATURATING, "least": "Least squares", "minibatch": "Minibatch"}


def with_modes(result: Result, **covered: Any) -> Result:
    """A result of sixteen seeds in which every row covers all eight modes, but those that are named."""
    modes = {name: np.full(16, 8) for name in result.names}
    modes |= {NAMES[name]: np.array(v) for name, v in covered.items()}
    history = result.history[result.history.step < 0]
    s = dataclasses.replace(result.settings, seeds=16, losses=(ORIGINAL, NON_SATURATING, "Least squares"))
    s = dataclasses.replace(s, ttur=False, minibatch=False, matching=False)
    quality = {name: np.full(16, 0.5) for name in result.names}
    frames = [
        {"name": name, "seed": i, "step": step, "modes": v, "quality": 0.5}
        for name in modes for i, v in enumerate(modes[name]) for step in (0, 30, 40)
    ]  # fmt: skip
    history = type(result.history)(frames)
    return dataclasses.replace(
        result, settings=dataclasses.replace(s, steps=40), step=40, covered=modes, quality=quality, history=history
    )


def test_a_verdict_needs_more_pairs_than_chance_would_give(result: Result) -> None:
    bad = lambda n: [2] * n + [8] * (16 - n)  # noqa: E731
    for n, key in ((0, "none"), (3, "unclear"), (6, "unclear"), (7, "depends"), (16, "depends")):
        made = with_modes(result, original=bad(n))
        assert concept.findings(made)[0].key == key, n
        p = stats.binomtest(n, n).pvalue if n else 1.0  # McNemar's exact test, all pairs pointing one way
        assert (made.collapse_sign(ORIGINAL, NON_SATURATING, 3) == 1) == (p < 0.05 / 3)
    every = {"original": bad(16), "other": bad(16), "least": bad(16)}
    assert concept.findings(with_modes(result, **every))[0].key == "all"
    mixed = with_modes(result, original=[2, 8] * 8, other=[8, 2] * 8)
    assert mixed.collapse_sign(ORIGINAL, NON_SATURATING, 1) == 0  # as often in one direction as in the other


def test_half_of_the_modes_counts_as_collapsed_and_the_interval_is_corrected(result: Result) -> None:
    made = with_modes(result, original=[4] * 5 + [5] * 11)
    assert made.collapsed(ORIGINAL).sum() == 5
    theirs = stats.binomtest(5, 16).proportion_ci(1 - 0.05 / 3, method="exact")
    ours = made.collapse(ORIGINAL)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert concept.score(made)["rows"][0]["hits"] == 5
    lucky = {f.key: f for f in concept.findings(made)}["luck"]
    assert (lucky["name"], lucky["hits"]) == (ORIGINAL, 5)


def test_intervals_of_all_rows_hold_together_at_least_ninety_five_times_in_a_hundred(result: Result) -> None:
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(300):
        hits = rng.random((3, 16)) < 0.3
        names = ("original", "other", "least")
        made = with_modes(result, **{n: np.where(h, 2, 8) for n, h in zip(names, hits, strict=True)})
        wrong += any(not made.collapse(n).low <= 0.3 <= made.collapse(n).high for n in made.names)
    assert wrong / 300 < 0.05


def test_a_gain_is_students_interval_of_paired_modes(result: Result) -> None:
    made = with_modes(result, original=[3, 5, 2, 4] * 4)
    theirs = stats.ttest_1samp(8 - np.array([3, 5, 2, 4] * 4), 0).confidence_interval(0.95)
    ours = made.gain(NON_SATURATING, ORIGINAL)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert made.gain(ORIGINAL, ORIGINAL).sign == 0


def test_a_remedy_is_said_to_help_or_hurt_only_where_that_is_clear(result: Result) -> None:
    for n, before, key in ((0, 0, "unclear"), (8, 0, "hurt"), (0, 8, "helped"), (3, 0, "unclear")):
        made = with_modes(result, minibatch=[2] * n + [8] * (16 - n), other=[2] * before + [8] * (16 - before))
        made = dataclasses.replace(made, settings=dataclasses.replace(made.settings, minibatch=True))
        found = {f.key: f for f in concept.findings(made)}[f"remedy_{key}"]
        assert (found["hits"], found["before"]) == (n, before)


def test_rows_that_still_gain_modes_are_named(result: Result) -> None:
    made = with_modes(result)
    assert learning(made) == []
    history = made.history.copy()
    rise = (history.name == ORIGINAL) & (history.step == 30)
    history.loc[rise, "modes"] -= 2 + history.loc[rise, "seed"] % 2
    assert learning(dataclasses.replace(made, history=history)) == [ORIGINAL]


# The digits


def test_the_judge_is_scikit_learns_kernel_ridge_regression_and_reads_digits_it_has_not_seen() -> None:
    x, y = digits()
    assert x.shape == (5000, 196) and np.bincount(y).tolist() == [500] * 10
    seen, other = slice(IMITATED, LEARNED), slice(LEARNED, None)
    theirs = KernelRidge(alpha=RIDGE, kernel="rbf", gamma=GAMMA).fit(x[seen], np.eye(10)[y[seen]])
    assert judge().score(x[:200]) == pytest.approx(theirs.predict(x[:200]), abs=1e-3)
    digit, clear = judge().read(x[other])
    assert judge().accuracy == (digit == y[other]).mean() > 0.92 and clear.mean() == pytest.approx(0.9, abs=0.01)
    assert (digit == y[other])[clear].mean() > judge().accuracy  # it is more often right where it is sure


def test_what_is_no_digit_is_seldom_called_clear() -> None:
    rng = np.random.default_rng(0)
    x = digits()[0][:300]
    shuffled = rng.permuted(x, axis=1)
    for strange in (
        rng.random((300, 196), np.float32),
        shuffled,
        np.zeros((300, 196), np.float32),
        np.full_like(x, np.nan),
    ):
        assert judge().coverage(strange)[1] < 0.05
    assert judge().coverage(x)[1] > 0.8


def test_digits_are_covered_that_are_there() -> None:
    x, y = digits()
    some = x[:IMITATED][np.isin(y[:IMITATED], (0, 1, 7))]
    found, _ = judge().coverage(some)
    assert np.flatnonzero(found).tolist() == [0, 1, 7]


def test_a_run_on_digits_has_pictures_and_no_fields(pictures: Result) -> None:
    assert pictures.modes == 10 and pictures.fields == {} and pictures.judge == judge().accuracy and pictures.complete
    assert pictures.samples[ORIGINAL].shape == (3, 100, 196) and pictures.samples[ORIGINAL].dtype == np.uint8
    assert figures.strip(pictures, ORIGINAL, slice(0, 2)).shape == (3 * 28, 2 * 6 * 28 + figures.GAP, 4)
    one = figures.tiles(pictures.samples[ORIGINAL][1], 10, 10)
    assert np.array_equal(one[14:28, 28:42, 0].ravel(), pictures.samples[ORIGINAL][1, 12])
    assert figures.large(pictures, ORIGINAL, 1).shape == figures.target(DIGITS).shape == (280, 280, 3)
    assert figures.parts(Settings(data="mnist5k", picture_seeds=4)) == [(slice(0, 3), 1), (slice(3, 4), 1 / 3)]


def test_the_verdict_on_digits_is_students_interval_corrected_for_all_pairs(pictures: Result) -> None:
    def seen(**covered: list[int]) -> Any:
        rows = {NAMES[name]: np.array(v) for name, v in covered.items()}
        return concept.findings(dataclasses.replace(pictures, covered=rows))[0]

    found = seen(original=[1, 2, 1], other=[5, 5, 6], least=[8, 8, 9])
    theirs = stats.ttest_1samp([7, 6, 8], 0).confidence_interval(1 - 0.05 / 3)
    assert found.key == "digits_depend" and found["pairs"] == 3
    assert (found["gain"].low, found["gain"].high) == pytest.approx((max(-10, theirs.low), min(10, theirs.high)))
    assert (found["most"]["name"], found["fewest"]["name"]) == ("Least squares", ORIGINAL)
    assert seen(original=[1, 2, 1], other=[5, 5, 6], least=[3, 8, 2]).key == "digits_unclear"
    assert seen(original=[5, 5, 5], other=[5, 5, 5], least=[5, 5, 5]).key == "digits_unclear"
    alone = dataclasses.replace(pictures, settings=dataclasses.replace(DIGITS, losses=(ORIGINAL,)))
    assert concept.findings(alone)[0].key == "digits_one"


# The pictures


def test_a_picture_while_training_has_half_the_pixels_and_few_shades(result: Result) -> None:
    full, live = (figures.strip(result, ORIGINAL, live=live) for live in (False, True))
    assert abs(2 * live.shape[1] - full.shape[1]) <= 1 and len(full) == 2 * len(live) == figures.CELL
    assert len(np.unique(live.reshape(-1, 4), axis=0)) <= figures.SHADES + 4  # shades, points, frame, gap


def test_a_collapsed_run_has_a_frame(result: Result) -> None:
    made = dataclasses.replace(result, covered=result.covered | {ORIGINAL: np.array([8, 2, 8])})
    corner = figures.strip(made, ORIGINAL)[0, :: figures.CELL + figures.GAP]
    assert [tuple(c[:3]) == (213, 94, 0) for c in corner] == [False, True, False]


def test_points_are_drawn_where_they_lie(result: Result) -> None:
    field = np.tile(np.linspace(0, 1, 40), (40, 1))  # real on the right
    one = np.full((3, 500, 2), [2.0, 1.0])
    made = dataclasses.replace(result, fields={ORIGINAL: np.stack([field] * 3)}, samples={ORIGINAL: one})
    image = figures.large(made, ORIGINAL, 0, 300)
    black = np.argwhere((image == figures.DOT).all(-1)).mean(0)
    assert black == pytest.approx([299 * 2 / 6, 299 * 5 / 6], abs=1.5)
    left, right = image[250, 5].astype(int), image[250, 290].astype(int)
    assert left[0] > left[2] and right[2] > right[0]  # orange on the left, blue on the right


def test_the_charts_show_the_numbers(result: Result) -> None:
    dots = {d["name"]: d["value"][0] for d in figures.collapse(result)["series"][2]["data"]}
    assert dots == pytest.approx({n: 100 * result.collapsed(n).mean() for n in result.names}, abs=0.1)
    lines = {s["name"]: s["data"] for s in figures.covered(result)["series"] if "name" in s}
    assert {n: d[-1][1] for n, d in lines.items()} == pytest.approx(
        {n: result.covered[n].mean() for n in result.names}, abs=1e-3
    )
    assert list(figures.table(result)["loss"]) == list(result.names)
    assert figures.target(SMALL).shape == (300, 300, 3)
