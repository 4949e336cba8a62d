"""Splits: every row exactly once, classes with their shares, the same for the same seed."""

import inspect
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.checks import DataError, split_indices, stratified_rows
from core.data.dataset import Dataset, Split, from_arrays, with_train_size

SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def labels(draw: st.DrawFn, least: int = 5) -> np.ndarray:
    """Shuffled class numbers, 2 to 10 classes of `least` to 60 rows, at least 20 rows in all."""
    counts = draw(st.lists(st.integers(least, 60), min_size=2, max_size=10).filter(lambda c: sum(c) >= 20))
    y = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng(draw(SEEDS)).permutation(y)


@settings(max_examples=150, deadline=None)
@given(labels(), SEEDS)
def test_every_row_is_in_exactly_one_split_and_every_class_in_all(y: np.ndarray, seed: int) -> None:
    parts = split_indices(y, seed)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(y)))
    assert [len(part) for part in parts[1:]] == [int(np.ceil(0.2 * len(y)))] * 2
    for part in parts:
        assert set(y[part]) == set(y)


@settings(max_examples=100, deadline=None)
@given(labels(), SEEDS)
def test_classes_keep_their_shares(y: np.ndarray, seed: int) -> None:
    for part in split_indices(y, seed):
        expected = np.bincount(y) * len(part) / len(y)
        # rounding twice, once for test and once for validation, moves a class by less than two rows
        assert np.abs(np.bincount(y[part], minlength=y.max() + 1) - expected).max() < 2


def test_shares_can_be_chosen() -> None:
    train, validation, test = split_indices(np.arange(1000) % 4, 0, validation=0.1, test=0.3)
    assert (len(train), len(validation), len(test)) == (600, 100, 300)


def test_the_seed_decides_the_split() -> None:
    y = np.arange(200) % 3
    assert all(np.array_equal(a, b) for a, b in zip(split_indices(y, 7), split_indices(y, 7), strict=True))
    assert not np.array_equal(np.sort(split_indices(y, 7)[2]), np.sort(split_indices(y, 8)[2]))


def test_split_source_runs_alone() -> None:
    names: dict[str, Any] = {}
    head = "import numpy as np\nfrom sklearn.model_selection import train_test_split\n"
    exec(head + inspect.getsource(split_indices), names)
    y = np.arange(100) % 3
    assert all(np.array_equal(a, b) for a, b in zip(names["split_indices"](y, 3), split_indices(y, 3), strict=True))


@settings(max_examples=100, deadline=None)
@given(labels(least=1), SEEDS, st.data())
def test_stratified_rows_keep_shares_and_nest(y: np.ndarray, seed: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(y)))
    small = data.draw(st.integers(1, n))
    rows = stratified_rows(y, n, seed)
    assert len(set(rows.tolist())) == n
    assert np.abs(np.bincount(y[rows], minlength=y.max() + 1) - np.bincount(y) * n / len(y)).max() <= 1.5
    assert set(stratified_rows(y, small, seed)) <= set(rows)


def test_stratified_rows_do_not_come_in_turn() -> None:
    y = np.repeat(np.arange(4), 50)
    drawn = y[stratified_rows(y, 40, 0)]
    assert len({tuple(block) for block in drawn.reshape(10, 4).tolist()}) > 5


def _numbers() -> Dataset:
    x = np.arange(200, dtype=np.float64)[:, None]
    return from_arrays("numbers", "points", ("even", "odd"), x, np.arange(200) % 2, seed=1)


def test_rows_stay_with_their_labels_and_types_are_set() -> None:
    dataset = _numbers()
    parts = [dataset.train, dataset.validation, dataset.test]
    assert [len(part) for part in parts] == [120, 40, 40]
    for part in parts:
        assert part.x.dtype == torch.float32 and part.y.dtype == torch.int64
        assert torch.equal(part.x[:, 0].long() % 2, part.y)
    assert torch.equal(torch.cat([part.x[:, 0] for part in parts]).sort().values, torch.arange(200.0))


def test_with_train_size_touches_training_only() -> None:
    dataset = _numbers()
    smaller = with_train_size(dataset, 20, 3)
    assert smaller.train.y.bincount().tolist() == [10, 10]
    assert torch.equal(smaller.train.x[:, 0].long() % 2, smaller.train.y)
    assert set(smaller.train.x[:, 0].tolist()) <= set(dataset.train.x[:, 0].tolist())
    assert smaller.validation is dataset.validation and smaller.test is dataset.test
    assert torch.equal(smaller.train.x, with_train_size(dataset, 20, 3).train.x)
    assert not torch.equal(smaller.train.x, with_train_size(dataset, 20, 4).train.x)
    assert with_train_size(dataset, 0, 3) is dataset and with_train_size(dataset, 120, 3) is dataset


@pytest.mark.parametrize("n", [-1, 1, 3, 4.5, True, float("nan"), "20"])
def test_with_train_size_refuses(n: Any) -> None:
    with pytest.raises(DataError, match=r"^n must be 0 \(all training images\) or a whole number of at least 4; it is"):
        with_train_size(_numbers(), n, 0)


def test_split_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="float32"):
        Split(torch.zeros(3, 2, dtype=torch.float64), torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match="same rows"):
        Split(torch.zeros(3, 2), torch.zeros(4, dtype=torch.int64))


def test_to_moves_every_split() -> None:
    moved = _numbers().to("meta")
    assert {part.x.device.type for part in (moved.train, moved.validation, moved.test)} == {"meta"}
    assert {part.y.device.type for part in (moved.train, moved.validation, moved.test)} == {"meta"}
    assert moved.classes == ("even", "odd") and moved.shape == (1,)
