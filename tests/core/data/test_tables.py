"""Tables and points as arrays: disjoint splits that are always the same, two classes where asked, wrong labels, intervals."""

import math

import numpy as np
import pytest

from core.data import DataError, tables
from core.stats import mean_interval


def rows(part) -> set[bytes]:
    return {row.tobytes() for row in part.x}


@pytest.mark.parametrize("name", tables.NAMES)
def test_the_splits_are_disjoint_stratified_and_the_same_each_time(name):
    table, again = tables.load(name), tables.load(name)
    parts = (table.train, table.validation, table.test)
    for part, other in zip(parts, (again.train, again.validation, again.test), strict=True):
        assert np.array_equal(part.x, other.x) and np.array_equal(part.y, other.y)
        assert part.x.dtype == np.float32 and part.x.shape == (len(part.y), len(table.features))
        shares = np.bincount(part.y, minlength=len(table.classes)) / len(part.y)
        everything = np.bincount(np.concatenate([p.y for p in parts])) / sum(len(p.y) for p in parts)
        assert np.abs(shares - everything).max() < 0.03
    assert not rows(table.train) & rows(table.test) and not rows(table.validation) & rows(table.test)
    assert not rows(table.train) & rows(table.validation)


@pytest.mark.parametrize("name", tables.TABLES)
def test_a_seed_deals_other_rows_to_training_but_never_touches_the_test(name):
    one, two = tables.load(name, seed=0), tables.load(name, seed=1)
    assert np.array_equal(one.test.x, two.test.x)
    assert rows(one.train) != rows(two.train)
    assert rows(one.train) | rows(one.validation) == rows(two.train) | rows(two.validation)


@pytest.mark.parametrize("n", [20, 200, 999, 2000])
def test_points_give_as_many_to_train_on_as_asked_and_a_thousand_held_out(n):
    table = tables.load("spiral", n=n)
    assert [len(p.y) for p in (table.train, table.validation, table.test)] == [n, 1000, 1000]


@pytest.mark.parametrize("name", tables.NAMES)
def test_two_classes_are_two_and_the_rows_stay(name):
    whole, two = tables.load(name), tables.load(name, two=True)
    assert len(two.classes) == 2 and set(two.train.y) == {0, 1}
    assert np.array_equal(whole.train.x, two.train.x)
    if name == "digits":
        assert np.array_equal(two.train.y, whole.train.y % 2)
    groups = {(int(a), int(b)) for a, b in zip(whole.train.y, two.train.y, strict=True)}
    assert len(groups) == len(whole.classes)  # a class is never torn apart


def test_wrong_labels_are_as_many_as_asked_and_really_wrong_and_nested():
    y = np.random.default_rng(0).integers(3, size=200)
    changed, wrong = tables.mislabel(y, 0.2, 3, np.random.default_rng(1))
    assert wrong.sum() == 40 and np.array_equal(changed != y, wrong) and set(changed) <= {0, 1, 2}
    fewer, few = tables.mislabel(y, 0.1, 3, np.random.default_rng(1))
    assert (wrong | ~few).all() and np.array_equal(fewer[few], changed[few])
    assert np.array_equal(tables.mislabel(y, 0.0, 3, np.random.default_rng(1))[0], y)


def test_the_interval_is_students_for_points_and_wider_where_seeds_share_rows():
    values = [0.1, 0.12, 0.09, 0.13]
    plain = mean_interval(values)
    assert tables.interval(values, tables.load("moons")) == plain
    wine = tables.load("wine")
    wide = tables.interval(values, wine)
    stretch = math.sqrt(1 + 4 * len(wine.validation.y) / len(wine.train.y))
    assert wide.mean == plain.mean
    assert wide.high - wide.mean == pytest.approx(stretch * (plain.high - plain.mean))
    assert tables.rate([0.0, 0.02, 0.0], wine).low == 0.0


@pytest.mark.parametrize(
    ("field", "given"),
    [("name", {"name": "iris"}), ("n", {"n": 19}), ("noise", {"noise": math.nan}), ("seed", {"seed": -1})],
)
def test_what_cannot_be_had_is_said_with_its_field(field, given):
    with pytest.raises(DataError, match=field):
        tables.load(**{"name": "moons", **given})
