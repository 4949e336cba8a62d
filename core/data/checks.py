"""What every loader of data shares and needs no torch for: how rows are dealt to splits, and bounds on arguments."""

import numpy as np
from sklearn.model_selection import train_test_split

MAX_SEED = 2**32 - 1  # what numpy's and scikit-learn's random_state take


class DataError(ValueError):
    """A sentence for the person at the page, naming the field or the line and the bound it broke."""


def split_indices(
    y: np.ndarray, seed: int, validation: float = 0.2, test: float = 0.2
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row numbers for train, validation and test: every row once, each class with its share in all three.

    y (n,) are class numbers; validation and test are shares of all n rows, rounded up. Needs about 1 / share
    rows of each class (5 at the defaults), else scikit-learn raises ValueError or a class misses a split.
    """
    rows = np.arange(len(y))
    n_validation, n_test = int(np.ceil(validation * len(y))), int(np.ceil(test * len(y)))
    rest, test_rows = train_test_split(rows, test_size=n_test, stratify=y, random_state=seed)
    train_rows, validation_rows = train_test_split(rest, test_size=n_validation, stratify=y[rest], random_state=seed)
    return train_rows, validation_rows, test_rows


def stratified_rows(y: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n row numbers of y (rows,), in random order, each class with its share to within about one row.

    The draw for a smaller n is contained in that for a larger one (same seed), so a learning curve over n adds
    examples and never swaps them.
    """
    order = np.random.default_rng(seed).permutation(len(y))
    place = np.empty(len(y))  # how far through its own class a row comes, in (0, 1)
    for label in np.unique(y):
        mine = np.flatnonzero(y[order] == label)
        place[mine] = (np.arange(len(mine)) + 0.5) / len(mine)
    chosen = np.sort(np.argsort(place, kind="stable")[:n])  # sorted back: otherwise the classes would come in turn
    return order[chosen]


def check_train_size(n: int, classes: tuple[str, ...]) -> None:
    """Raises DataError unless n is 0 (all) or gives each class two examples."""
    least = 2 * len(classes)
    if not _is_whole(n) or not (n == 0 or n >= least):
        raise DataError(f"n must be 0 (all training images) or a whole number of at least {least}; it is {_shown(n)}.")


def check_whole(field: str, value: int, low: int, high: int) -> None:
    """Raises DataError unless value is a whole number in [low, high]."""
    if not _is_whole(value) or not low <= value <= high:
        raise DataError(f"{field} must be a whole number from {low} to {high}; it is {_shown(value)}.")


def check_real(field: str, value: float, low: float, high: float) -> None:
    """Raises DataError unless value is a number in [low, high]; NaN is in no range."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise DataError(f"{field} must be a number from {low} to {high}; it is {_shown(value)}.")


def check_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    """Raises DataError unless value is one of choices."""
    if value not in choices:
        raise DataError(f"{field} must be one of {', '.join(choices)}; it is {_shown(value)}.")


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _shown(value: object) -> str:
    return str(value)[:40]  # a value may come from an address and be any length
