"""Feature maps: sums, pooling and upsampling by their definitions, kernels matched across seeds, and what is said of them."""

from __future__ import annotations

import dataclasses
import itertools
import json
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from scipy import ndimage, stats
from torch import nn

from core import text
from core.concepts.convolution import feature_maps
from core.concepts.convolution.feature_maps import Look, Result, Settings, ViewSettings, figures, plain
from core.concepts.convolution.feature_maps.experiment import network
from core.concepts.convolution.feature_maps.findings import describe, gains, recurring
from core.concepts.convolution.feature_maps.maps import EXAMPLE, double, lattice, uneven
from core.concepts.convolution.feature_maps.matching import match, pairs, scramble, smoothness, units
from core.concepts.convolution.feature_maps.settings import (
    KERNELS,
    PHOTOS,
    PRESETS,
    KernelError,
    kernel_text,
    parse_kernel,
)
from core.progress import finished

WORDS = text.of("convolution/feature_maps")


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(feature_maps.run(Settings()))


def keys(result: Result) -> list[str]:
    return [f.key for f in feature_maps.findings(result)]


def look(**view: Any) -> Look:
    return feature_maps.look_at(ViewSettings(**view), None)


# A kernel on a picture.


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_map_is_the_sum_of_its_products_everywhere(kernel: str) -> None:
    seen = look(kernel=kernel, picture="coins", activation="none")
    expected = ndimage.correlate(seen.mixed, seen.kernel, mode="nearest")
    assert np.allclose(seen.map, expected) and np.array_equal(seen.map, seen.activated)
    assert np.allclose(seen.bank[kernel], seen.map)
    for row, column in ((0, 0), (20, 7), (45, 45)):
        pixels, weights, products = seen.products(row, column)
        assert products.sum() == pytest.approx(seen.map[row, column]) and np.allclose(pixels * weights, products)
    assert np.allclose(seen.mixed, look(kernel="identity", picture="coins").map)


def test_channels_are_convolved_one_by_one_and_added() -> None:
    seen = look(picture="astronaut", red=1.0, green=-0.5, blue=0.2)
    one_by_one = [ndimage.correlate(c, seen.kernel, mode="nearest") for c in seen.channels]
    assert len(seen.channels) == 3 and np.allclose(seen.map, one_by_one[0] - 0.5 * one_by_one[1] + 0.2 * one_by_one[2])
    assert len(look(picture="camera").channels) == 1


def test_kernels_are_what_they_are_called() -> None:
    total = {name: np.sum(kernel) for name, kernel in KERNELS.items()}
    assert [total[n] for n in ("identity", "box", "gaussian", "sharpen", "emboss")] == pytest.approx([1] * 5)
    assert [total[n] for n in ("sobel_x", "sobel_y", "laplacian")] == pytest.approx([0] * 3)
    x = np.random.default_rng(0).random((9, 9))
    for name, axis in (("sobel_x", 1), ("sobel_y", 0)):
        assert np.allclose(
            ndimage.correlate(x, np.array(KERNELS[name]), mode="nearest"), ndimage.sobel(x, axis, mode="nearest")
        )
    assert np.allclose(ndimage.correlate(x, np.array(KERNELS["laplacian"])), ndimage.laplace(x))


@given(st.integers(-9, 9), st.sampled_from((3, 5, 7)))
@given_settings(max_examples=20, deadline=None)
def test_a_typed_kernel_is_read(first: int, side: int) -> None:
    numbers = np.arange(side**2).reshape(side, side) / 8 + first
    typed = "; ".join(" ".join(f"{n:g}" for n in row) for row in numbers)
    assert np.allclose(parse_kernel(typed), numbers) and np.allclose(
        parse_kernel(typed.replace(" ", ", ").replace(";,", ";")), numbers
    )


@pytest.mark.parametrize(
    ("typed", "key"),
    [("", "kernel_rows"), ("1 2 3", "kernel_rows"), ("1;2;3", "kernel_numbers"), ("1 2 3; 4 5 6; 7 8", "kernel_numbers"),
     ("1 2 3; 4 5 6; 7 8 x", "kernel_numbers"), ("1 2 3; 4 5 6; 7 8 1e9", "kernel_numbers"), ("1 2 3; 4 5 6; 7 8 101", "kernel_large"),
     ("nan 0 0; 0 0 0; 0 0 0", "kernel_numbers"), ("__import__('os');1;2", "kernel_numbers"), ("1 " * 78 + ";;", "kernel_numbers")]
)  # fmt: skip
def test_hostile_kernels_get_a_sentence_and_the_identity(typed: str, key: str) -> None:
    begun = time.process_time()
    with pytest.raises(KernelError, match=key):
        parse_kernel(typed)
    assert time.process_time() - begun < 0.02
    seen = look(kernel="mine", numbers=typed)
    assert seen.trouble == key and np.array_equal(seen.kernel, KERNELS["identity"])
    assert describe(seen, 3, 3)[0].key == key and WORDS.say(describe(seen, 3, 3)[0]).endswith("instead.")


def test_what_is_said_of_a_pixel() -> None:
    flat = look(kernel="sobel_x", activation="relu")
    row, column = map(int, np.unravel_index(flat.map.argmin(), flat.map.shape))
    said = {f.key: f for f in describe(flat, row, column)}
    assert (
        said["pixel_changed"]["sum"] == pytest.approx(flat.map.min())
        and said["pixel_changed"]["after"] == 0
        and "sum_zero" in said
    )
    assert [f.key for f in describe(look(kernel="sharpen", activation="none"), 5, 5)] == ["pixel", "sum_one"]
    assert describe(look(kernel="mine", numbers="0 0 0; 0 2 0; 0 0 0"), 5, 5)[-1]["total"] == 2


def test_pooling_is_the_example_of_the_book() -> None:
    seen = look(pool="max", window=3)
    assert seen.example[1].tolist() == [[2]] and seen.example[2].tolist() == [[2, 3], [5, 1]]
    mean = look(pool="avg", window=2, ceil_mode=False)
    x = np.array(EXAMPLE, float)
    assert np.allclose(mean.example[1], x[:4, :4].reshape(2, 2, 2, 2).mean((1, 3))) and mean.pooled.shape == (23, 23)
    expected = nn.MaxPool2d(5, ceil_mode=True)(torch.from_numpy(look(window=5).activated)[None])[0]
    assert np.array_equal(look(window=5).pooled, expected.numpy())


# A checkerboard.


def test_checkerboards_of_equal_and_of_random_weights() -> None:
    found = look().doubled
    closed = np.std([1, 2, 2, 4]) / np.mean([1, 2, 2, 4])  # kernel 3, stride 2: 1, 2 or 4 pixels make an output
    assert {name: c.equal for name, c in found.items()} == pytest.approx(
        {"nearest": 0, "bilinear": 0, "transposed 2": 0, "transposed 3": closed, "transposed 4": 0}, abs=1e-9
    )
    for name, c in found.items():
        half = stats.t.ppf(0.975, 63) * c.random.std(ddof=1) / 8
        assert abs(c.random.mean() - 1.0) < half + 0.1 if name.startswith("transposed") else c.random.max() < 1e-9, name
    assert found["transposed 3"].lattice > 0.1 > 10 * max(c.lattice for n, c in found.items() if n != "transposed 3")
    wild = look(random=True).doubled
    assert all((c.lattice > 0.1) == name.startswith("transposed") for name, c in wild.items())
    assert all(c.picture.shape == (46, 46) for c in found.values())


def test_doubling_is_the_real_module_and_the_lattice_is_every_other_pixel() -> None:
    x = torch.rand(1, 1, 9, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    module = nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False).double()
    assert torch.allclose(double("transposed 4", x, module.weight), module(x))
    conv = nn.Conv2d(1, 1, 3, padding=1, bias=False).double()
    assert torch.allclose(double("bilinear", x, conv.weight), conv(nn.Upsample(scale_factor=2, mode="bilinear")(x)))
    board = np.indices((40, 40)).sum(0) % 2
    assert lattice(board.astype(float)) == pytest.approx(1) and lattice(np.ones((40, 40))) == 0
    assert float(uneven(torch.from_numpy(board * 1.0)[None, None])) == pytest.approx(1)


# First layers.


def test_the_default_run_says_what_its_pairs_show(result: Result) -> None:
    s = result.settings
    assert result.kernels.shape == (s.seeds, s.kernels, s.size, s.size) and len(result.trained) == s.seeds // 2
    change = result.trained - result.scrambled
    low, high = stats.t.interval(0.975, len(change) - 1, change.mean(), stats.sem(change))
    found = gains(result)["scrambled"]
    assert (found.low, found.high) == pytest.approx((low, high))
    assert keys(result)[:2] == ["partly" if low > 0 else "no_more_alike", "learnt"]
    assert result.untrained.mean() < 0.3 < result.scrambled.mean() < result.trained.mean() < 0.8
    assert abs(smoothness(result.start)) < 0.05 < 0.6 < smoothness(result.kernels) < 0.9  # strokes
    assert (result.accuracy > 0.9).all() and result.order[0].tolist() == list(range(s.kernels))
    assert result.similarity[0] == pytest.approx(1)


def test_decay_makes_strokes_at_the_same_accuracy(result: Result) -> None:
    speckled = finished(feature_maps.run(Settings(weight_decay=0.0, seeds=4)))
    assert smoothness(speckled.kernels) < smoothness(result.kernels) - 0.08
    assert abs(speckled.accuracy.mean() - result.accuracy.mean()) < 0.02
    assert feature_maps.difference(speckled, result).key == "not_paired"


def test_verdicts_with_and_without_an_effect(result: Result) -> None:
    def told(trained: np.ndarray, scrambled: np.ndarray) -> list[str]:
        return keys(dataclasses.replace(result, trained=trained, scrambled=scrambled, untrained=trained - 0.1))

    wobble = np.array([0.01, -0.01, 0.02, -0.02])
    assert told(0.95 + wobble, 0.5 - wobble)[0] == "same" and told(0.7 + wobble, 0.5 - wobble)[0] == "partly"
    assert (
        told(0.5 + 5 * wobble, 0.5 - 5 * wobble)[0] == "no_more_alike"
        and told(0.3 + wobble, 0.5 - wobble)[0] == "less_alike"
    )
    assert told(0.5 + wobble, 0.5 + wobble)[0] == "no_more_alike"  # no spread at all: no verdict
    assert "learnt_unclear" in keys(dataclasses.replace(result, untrained=result.trained + 5 * wobble))
    assert "learnt_less" in keys(dataclasses.replace(result, untrained=result.trained + 0.3 + wobble))
    assert "not_smoother" in keys(dataclasses.replace(result, kernels=result.start))
    alike = dataclasses.replace(result, similarity=np.ones_like(result.similarity))
    assert recurring(alike) == 16 and recurring(dataclasses.replace(result, similarity=0 * result.similarity)) == 0
    change = feature_maps.difference(dataclasses.replace(result, trained=result.trained + 0.1 + wobble), result)
    assert change["change"].mean == pytest.approx(0.1)


@given(st.integers(0, 10**6))
@given_settings(max_examples=15, deadline=None)
def test_matching_is_the_best_of_all_orders(seed: int) -> None:
    one, other = np.random.default_rng(seed).normal(size=(2, 4, 3, 3))
    partner, correlation = match(one, other)
    table = np.array([[np.corrcoef(a.ravel(), b.ravel())[0, 1] for b in other] for a in one])
    best = max(sum(table[i, j] for i, j in enumerate(order)) for order in itertools.permutations(range(4)))
    assert correlation.sum() == pytest.approx(best) and sorted(partner) == [0, 1, 2, 3]
    assert np.allclose(correlation, table[np.arange(4), partner])
    shuffled = other[[2, 0, 3, 1]] * 5 + 1
    assert match(other, shuffled)[1] == pytest.approx(1) and match(other, shuffled)[0].tolist() == [1, 3, 0, 2]


def test_scrambled_kernels_keep_their_spectrum_and_smoothness() -> None:
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(rng.normal(size=(200, 7, 7)), (0, 1, 1), mode="wrap")
    mixed = scramble(smooth, rng)
    assert np.allclose(np.abs(np.fft.fft2(mixed)), np.abs(np.fft.fft2(smooth)))
    assert np.abs((units(mixed) * units(smooth)).sum(-1).mean()) < 0.1
    assert pairs(np.stack([smooth[:16]] * 2)) == pytest.approx(1)
    assert (
        smoothness(mixed) == pytest.approx(smoothness(smooth), abs=0.1)
        and abs(smoothness(rng.normal(size=(400, 7, 7)))) < 0.05
    )


def test_questions_are_graded_from_the_run(result: Result) -> None:
    for question in feature_maps.QUESTIONS:
        if not question.change:
            right, numbers = question.grade(result)
            assert right == {"same": 1 if keys(result)[0] == "partly" else 2, "spread": 0}[question.key]
            assert WORDS(f"questions.{question.key}.answer", **numbers)
    rough = dataclasses.replace(result, kernels=result.start)
    assert {q.key: q.grade(rough)[0] for q in feature_maps.QUESTIONS}["decay"] == 0


def test_presets_run_as_they_say() -> None:
    weak = finished(feature_maps.run(Settings(**{**PRESETS[-1].change, "seeds": 4})))
    assert PRESETS[-1].key == "too_strong" and weak.accuracy.mean() < 0.8 and weak.trained.mean() > 0.7


# What is drawn, and the script.


def test_figures_show_the_numbers(result: Result) -> None:
    seen = look()
    for which in ("mixed", "map"):
        option = figures.cells(seen, which, "title", 20, 3, False)
        data = option["series"][0]["data"]
        assert len(data) == 46 * 46 and data[20 * 46 + 3] == [3, 20, round(float(getattr(seen, which)[20, 3]), 3)]
        assert len(json.dumps(option, allow_nan=False)) < 80_000
    assert figures.place(seen, 20 * 46 + 3) == {"row": 21, "column": 4} and figures.place(seen, -1) == {}
    tables = figures.products(seen, 20, 3, True)["baseOption"]["series"]
    assert (
        len(tables[0]["data"]) == 27
        and f"= {seen.map[20, 3]:.2f}".rstrip("0").rstrip(".").replace("-", "−")
        == tables[1]["data"][-1]["label"]["formatter"]
    )
    assert len(figures.pooling(seen, False)["baseOption"]["series"][0]["data"]) == 25 + 1 + 4
    assert figures.kernels(result).shape == (8 * 31 + 3, 16 * 31 + 3, 3)
    assert [d["name"] for d in figures.similarity(result)["series"][2]["data"]] == [
        "trained",
        "random phases",
        "at the start",
    ]
    assert figures.doubling(seen)["series"][0]["data"][3]["value"] == pytest.approx(
        seen.doubled["transposed 3"].equal, abs=1e-4
    )
    assert (
        figures.grey(np.array([[-1.0, 0.0, 1.0]])).tolist() == [[0, 0.5, 1]]
        and figures.grey(np.zeros((2, 2))).max() == 0
    )


@pytest.mark.parametrize("picture", [*PHOTOS, "drawn", "own"])
def test_every_picture_is_looked_at_while_a_slider_moves(picture: str) -> None:
    own = np.random.default_rng(0).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    feature_maps.look_at(ViewSettings(picture=picture), own)
    begun = time.process_time()
    seen = feature_maps.look_at(ViewSettings(picture=picture, kernel="gaussian"), own)
    assert time.process_time() - begun < 0.15 and seen.mixed.shape == (46, 46) and np.ptp(seen.mixed) > 0.1


def test_the_script_gives_the_kernels_of_the_run() -> None:
    s = Settings(seeds=4, kernels=4, epochs=1)
    printed, run = plain.main(SimpleNamespace(**vars(s))), finished(feature_maps.run(s))
    assert printed["accuracy"] == pytest.approx(run.accuracy.tolist(), abs=0.006)
    assert printed["correlation"] == pytest.approx(run.trained.tolist(), abs=0.01)
    assert [p.shape for p in network(4, 7).parameters()] == [(4, 1, 7, 7), (4,), (10, 100), (10,)]


@given_settings(max_examples=30)
@given(st.integers(1, 3), st.randoms())
def test_the_text_of_a_kernel_gives_it_back(half: int, random: Any) -> None:
    kernel = np.array([[random.uniform(-100, 100) for _ in range(2 * half + 1)] for _ in range(2 * half + 1)])
    assert parse_kernel(kernel_text(kernel)) == pytest.approx(kernel, abs=1e-4)
