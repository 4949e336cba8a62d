"""Image processing: laws of morphology, operators and scores by their definitions, and the puzzle."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from core import text
from core.concepts.images import processing
from core.concepts.images.processing import Result, Settings, figures, plain
from core.concepts.images.processing.experiment import apply, bundled, damage, element, prepared, score
from core.concepts.images.processing.findings import SAME, gains
from core.concepts.images.processing.result import Score
from core.concepts.images.processing.settings import DAMAGES, ELEMENTS, OPERATORS, PARS, SMOOTHERS, SOURCES
from core.settings import SettingsError, from_query, to_query

WORDS = text.of("images/processing")


@pytest.fixture(scope="module")
def result() -> Result:
    return processing.run(Settings())


def keys(result: Result) -> list[str]:
    return [f.key for f in processing.findings(result)]


def one(name: str, x: np.ndarray, **change: Any) -> np.ndarray:
    (made,) = apply((name,), x, Settings(**change))
    return made


pictures = st.integers(0, 10**6).map(lambda seed: np.random.default_rng(seed).random((24, 24)))
elements = st.tuples(st.sampled_from(ELEMENTS), st.integers(1, 3))


@given(pictures, elements)
@given_settings(max_examples=30, deadline=None)
def test_the_laws_of_morphology(x: np.ndarray, shape: tuple[str, int]) -> None:
    how = dict(zip(("element", "radius"), shape, strict=True))
    eroded, dilated, opened, closed = (one(name, x, **how) for name in ("erosion", "dilation", "opening", "closing"))
    assert (eroded <= x).all() and (x <= dilated).all() and (opened <= x).all() and (x <= closed).all()
    assert np.array_equal(one("opening", opened, **how), opened) and np.array_equal(
        one("closing", closed, **how), closed
    )
    assert np.allclose(dilated, 1 - one("erosion", 1 - x, **how)) and np.allclose(
        closed, 1 - one("opening", 1 - x, **how)
    )
    assert np.allclose(one("gradient", x, **how), dilated - eroded) and np.allclose(one("tophat", x, **how), x - opened)


def windows(x: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, int]:
    """The pixels under a mask around each pixel away from the edge, (rows, columns, pixels), and how far the edge reaches."""
    return np.lib.stride_tricks.sliding_window_view(x, mask.shape)[..., mask > 0], len(mask) // 2


@pytest.mark.parametrize("name", ELEMENTS)
def test_operators_are_their_definitions(name: str) -> None:
    x = np.random.default_rng(3).random((30, 30))
    mask = element(Settings(element=name, radius=2))
    assert mask.shape == (5, 5) and np.array_equal(mask, mask[::-1, ::-1])
    seen, r = windows(x, mask)
    inner = (slice(r, -r), slice(r, -r))
    assert np.allclose(one("erosion", x, element=name)[inner], seen.min(-1))
    assert np.allclose(one("dilation", x, element=name)[inner], seen.max(-1))
    square, r = windows(x, np.ones((5, 5)))
    assert np.allclose(one("box", x, box=5)[r:-r, r:-r], square.mean(-1))
    cross, r = windows(x, np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]]))
    assert np.allclose(one("median", x)[r:-r, r:-r], np.median(cross, -1))
    laplacian = cross.sum(-1) - 5 * x[1:-1, 1:-1]
    assert np.allclose(one("laplacian", x, laplacian=0.1)[1:-1, 1:-1], (x[1:-1, 1:-1] - 0.1 * laplacian).clip(0, 1))


def test_operators_that_are_switched_off_change_nothing() -> None:
    x = bundled("coins")
    for name in ("laplacian", "unsharp"):
        assert np.allclose(one(name, x, **{name: 0.0}), x)
    for kind in ("salt", "noise", "light", "blur"):
        assert np.allclose(damage(x, Settings(damage=kind, **{kind: 0.0})), x)
    assert np.array_equal(damage(x, Settings(damage="none")), x)


def test_even_light_undoes_a_slope_and_stretching_fills_the_scale() -> None:
    flat = np.full((192, 192), 0.8)
    dim = damage(flat, Settings(damage="light"))
    assert np.ptp(dim) > 0.4 and np.ptp(one("even", dim)[20:-20, 20:-20]) < 0.1
    grey = 0.4 + 0.2 * bundled("camera")
    assert np.percentile(one("stretch", grey), (2, 98)) == pytest.approx([0, 1], abs=1e-3)
    assert np.isfinite(one("stretch", np.zeros((9, 9)))).all()


def test_damage_is_what_it_says() -> None:
    x = np.full((192, 192), 0.5)
    spoilt = damage(x, Settings(damage="salt", salt=0.2))
    assert (spoilt != 0.5).mean() == pytest.approx(0.2, abs=0.01) and set(np.unique(spoilt)) == {0.0, 0.5, 1.0}
    assert np.std(damage(x, Settings(damage="noise", noise=0.05))) == pytest.approx(0.05, rel=0.02)
    assert not np.array_equal(spoilt, damage(x, Settings(damage="salt", salt=0.2, seed=1)))
    assert DAMAGES["all"] == ("blur", "light", "salt")


def test_scores_are_their_formulas() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.random((20, 20)), rng.random((20, 20))
    assert score(x, y).psnr == pytest.approx(10 * math.log10(1 / ((x - y) ** 2).mean()))
    a, b = (np.lib.stride_tricks.sliding_window_view(p, (7, 7)).reshape(-1, 49) for p in (x, y))
    covariance = ((a - a.mean(1, keepdims=True)) * (b - b.mean(1, keepdims=True))).sum(1) / 48
    c1, c2 = 0.01**2, 0.03**2
    ssim = (2 * a.mean(1) * b.mean(1) + c1) * (2 * covariance + c2)
    ssim /= (a.mean(1) ** 2 + b.mean(1) ** 2 + c1) * (a.var(1, ddof=1) + b.var(1, ddof=1) + c2)
    assert score(x, y).ssim == pytest.approx(ssim.mean())
    assert score(x, x) == Score(1.0, math.inf)


# The puzzle.


def test_the_par_is_the_best_of_the_short_pipelines(result: Result) -> None:
    reached = {names: processing.run(Settings(pipeline=names)).scores[-1].ssim for names in PARS}
    assert result.par.ssim == max(reached.values()) and reached[result.par_pipeline] == result.par.ssim
    assert processing.run(Settings(gaussian=3.0)).par == result.par  # at the defaults, whatever the controls show
    assert {name: result.alone[name].ssim for name in SMOOTHERS if (name,) in reached} == pytest.approx(
        {name: reached[name,] for name in SMOOTHERS if (name,) in reached}
    )


@pytest.mark.parametrize("picture", SOURCES)
def test_every_puzzle_can_be_solved_above_par(picture: str) -> None:
    tries = (
        ("median", "unsharp", "equalise"),
        ("median", "even", "equalise"),
        ("median", "equalise", "gaussian"),
        ("median", "unsharp", "even"),
    )
    assert any(keys(processing.run(Settings(picture=picture, pipeline=names)))[0] == "above_par" for names in tries)
    assert keys(processing.run(Settings(picture=picture)))[0] == "below_par"


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"pipeline": ()}, "damaged"),
        ({"pipeline": (), "damage": "none"}, "untouched"),
        ({"damage": "none"}, "undamaged"),
        ({"pipeline": ("median",), "damage": "salt"}, "at_par"),
        ({"pipeline": ("canny",), "damage": "noise"}, "features"),
        ({"pipeline": ("gradient",), "damage": "none"}, "features_clean"),
    ],
)
def test_every_run_has_its_verdict(change: dict[str, Any], verdict: str) -> None:
    assert keys(processing.run(Settings(**change)))[0] == verdict


def test_a_verdict_needs_a_difference(result: Result) -> None:
    first, par = result.scores[0], result.par
    for change, verdict in (
        (2 * SAME, "above_par"),
        (SAME / 2, "at_par"),
        (-SAME / 2, "at_par"),
        (-2 * SAME, "below_par"),
    ):
        other = dataclasses.replace(result, scores=(first, Score(par.ssim + change, 20.0)))
        assert keys(other)[0] == verdict


def test_edges_are_compared_with_the_edges_of_the_original() -> None:
    run = processing.run(Settings(pipeline=("gaussian", "sobel"), damage="noise"))
    wanted = apply(("gaussian", "sobel"), run.original, run.settings)
    assert np.array_equal(run.targets[-1], wanted[-1]) and run.scores[-1] == score(wanted[-1], run.final)
    assert run.reverse is None and np.array_equal(figures.pictures(run)["original"], wanted[-1])
    smooth, rough = (processing.run(Settings(pipeline=("canny",), damage="noise", canny=c)) for c in (3.0, 0.0))
    assert smooth.scores[-1].ssim > rough.scores[-1].ssim + 0.2


def test_what_each_step_does_and_the_order(result: Result) -> None:
    run = processing.run(Settings(pipeline=("median", "unsharp"), damage="salt"))
    assert gains(run) == pytest.approx(
        [run.scores[1].ssim - run.scores[0].ssim, run.scores[2].ssim - run.scores[1].ssim]
    )
    back = processing.run(Settings(pipeline=("unsharp", "median"), damage="salt"))
    assert run.reverse == back.scores[-1] and "order_matters" in keys(run)
    same = dataclasses.replace(run, reverse=run.scores[-1])
    assert "order_same" in keys(same) and "order_matters" not in keys(result)
    page = processing.run(Settings(pipeline=("even",), damage="light", picture="page"))
    assert "scores_differ" in keys(page)  # SSIM rises, PSNR falls
    assert "idempotent" in keys(processing.run(Settings(pipeline=("opening",))))


def test_runs_are_compared_on_the_same_damage(result: Result) -> None:
    other = processing.run(Settings(pipeline=("median",)))
    assert processing.difference(other, result)["change"] == pytest.approx(
        other.scores[-1].ssim - result.scores[-1].ssim
    )
    assert processing.difference(processing.run(Settings(seed=1)), result).key == "not_alike"


def test_questions_are_graded_from_the_run() -> None:
    right = {q.key: q.grade(processing.run(Settings(**q.change)))[0] for q in processing.QUESTIONS}
    assert right == {"salt": 2, "sharpen": 1, "order": 0, "again": 0}


def test_presets_work_and_fail_as_they_say() -> None:
    for preset in processing.PRESETS:
        run = processing.run(Settings(**preset.change))
        if preset.key == "outline":
            continue
        assert (run.scores[-1].ssim > run.par.ssim - 0.05) == preset.works, preset.key


# Settings, pictures, figures, script.


def test_the_pipeline_is_the_link() -> None:
    s = Settings(
        pipeline=("unsharp", "median", "opening"), damage="salt", picture="page", unsharp=2.4, radius=3, salt=0.07
    )
    query = {k: v if isinstance(v, list) else [v] for k, v in to_query(vars(s), Settings, "processing").items()}
    values, refused = from_query(query, Settings, "processing")
    assert Settings(**values) == s and refused == {}
    assert len("&".join(f"{k}={v}" for k, row in query.items() for v in row)) < 1500


def test_too_many_operators_and_a_missing_picture_get_a_sentence() -> None:
    for change in ({"pipeline": OPERATORS[:6]}, {"picture": "own"}, {"picture": "taken"}):
        with pytest.raises(SettingsError) as refused:
            Settings(**change)
        assert str(refused.value).endswith(".")


@pytest.mark.parametrize("shape", [(8, 300, 3), (500, 120, 3), (192, 192, 3)])
def test_a_picture_of_ones_own(shape: tuple[int, ...]) -> None:
    own = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    run = processing.run(Settings(picture="own", own="x"), own)
    assert run.original.shape == (192, 192) and 0 <= run.original.min() <= run.original.max() <= 1
    assert np.allclose(prepared(np.full(shape, 255, np.uint8)), 1)


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_gives_a_picture_on_any_damage(name: str) -> None:
    other = "canny" if name == "bilateral" else "bilateral"
    for change in ({}, {"damage": "light", "light": 0.95}, {"damage": "salt", "salt": 0.5}):
        processing.run(Settings(pipeline=(name, other), **change))
        run = processing.run(Settings(pipeline=(name,), **change))
        assert (
            run.final.shape == (192, 192)
            and np.isfinite(run.final).all()
            and 0 <= run.final.min() <= run.final.max() <= 1
        )
    black = processing.run(Settings(picture="own", own="x", pipeline=(name,)), np.zeros((9, 9, 3), np.uint8))
    assert np.isfinite(black.final).all() and processing.findings(black)


def test_the_costliest_pipeline_is_quick_enough_for_a_slider() -> None:
    processing.run(Settings())
    for names in (("gaussian",), ("median", "bilateral", "opening", "closing", "dilation")):
        begun = time.process_time()
        run = processing.run(Settings(pipeline=names, median=3, radius=6))
        figures.spectrum(run), figures.histogram(run), figures.steps(run, WORDS)
        assert time.process_time() - begun < 0.3


def test_a_wave_has_its_power_at_its_frequency() -> None:
    x = 0.5 + 0.4 * np.cos(2 * np.pi * 24 / 192 * np.arange(192))[None].repeat(192, 0)
    assert int(np.argmax(figures.radial(x))) + 1 == 24
    picture = figures.spectrum_picture(x)
    assert {tuple(at) for at in np.argwhere(picture > 0.99 * picture.max())} >= {(96, 72), (96, 120)}


def test_figures_show_the_run(result: Result) -> None:
    data = figures.steps(result, WORDS)["series"][0]["data"]
    assert [d["value"] for d in data] == pytest.approx([s.ssim for s in result.scores], abs=1e-4)
    for line in figures.histogram(result)["series"]:
        assert sum(y for _, y in line["data"]) == pytest.approx(100, abs=0.1)
    assert [len(s["data"]) for s in figures.spectrum(result)["series"]] == [96] * 3
    assert figures.enlarged_element(result).shape[0] == len(result.element) * 14
    for option in (
        figures.steps(result, WORDS),
        figures.spectrum(result),
        figures.histogram(result),
        figures.alone(result, WORDS),
    ):
        assert len(json.dumps(option, allow_nan=False)) < 20_000


@pytest.mark.parametrize("change", [{}, {"pipeline": OPERATORS[:5], "damage": "noise"}, {"pipeline": ("sobel", "canny", "erosion", "dilation", "opening"), "element": "cross"}, {"pipeline": ("closing", "gradient", "tophat", "even"), "element": "line"}, {"pipeline": ("stretch", "equalise", "laplacian"), "damage": "light", "picture": "cat", "element": "square"}])  # fmt: skip
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    run = processing.run(Settings(**change))
    printed = plain.main(SimpleNamespace(**vars(run.settings)))
    assert printed["ssim"] == pytest.approx([s.ssim for s in run.scores])
    assert printed["psnr"] == pytest.approx([s.psnr for s in run.scores])
