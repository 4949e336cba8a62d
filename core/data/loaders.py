"""Data: one menu of names, one way to load them, and a person's own file.

Points are made to order, digits and mnist5k come with the installed libraries, and mnist, fashionmnist and cifar10
must have been fetched once (`core.data.downloads`).
"""

from collections.abc import Callable

from core.data import downloads
from core.data.checks import MAX_SEED, check_choice, check_real, check_whole
from core.data.dataset import Dataset, Kind, from_arrays, with_train_size
from core.data.images import IMAGES
from core.data.points import MAX_NOISE, MAX_POINTS, MIN_POINTS, POINTS

Loader = Callable[[int, float, int], Dataset]  # (n, noise, seed)


def points(name: str, n: int = 400, noise: float = 0.2, seed: int = 0) -> Dataset:
    """The generator `name` with n points (40 to 5000) and noise (0 to 0.5), split 60/20/20 with the same seed.

    Raises DataError naming the field and its bound.
    """
    check_choice("name", name, tuple(POINTS))
    check_whole("n", n, MIN_POINTS, MAX_POINTS)
    check_real("noise", noise, 0, MAX_NOISE)
    check_whole("seed", seed, 0, MAX_SEED)
    x, y = POINTS[name](int(n), float(noise) + 0.0, int(seed))  # + 0.0: numpy refuses a noise of -0.0
    classes = tuple(str(label) for label in range(int(y.max()) + 1))
    return from_arrays(name, "points", classes, x, y, seed=int(seed))


def _made(name: str) -> Loader:
    return lambda n, noise, seed: points(name, n, noise, seed)


def _shipped(name: str) -> Loader:
    return lambda n, noise, seed: with_train_size(IMAGES[name](), n, seed)


def _fetched(name: str) -> Loader:
    return lambda n, noise, seed: downloads.load(name, n=n, seed=seed)


DATASETS: dict[str, Loader] = {
    **{name: _made(name) for name in POINTS},
    **{name: _shipped(name) for name in IMAGES},
    **{name: _fetched(name) for name in downloads.SOURCES},
}


def kind(name: str) -> Kind:
    """Whether `name` gives points in the plane or images. Raises DataError for a name that is not on the menu."""
    check_choice("name", name, tuple(DATASETS))
    return "points" if name in POINTS else "images"


def load(name: str, *, n: int = 400, noise: float = 0.2, seed: int = 0) -> Dataset:
    """The data set `name`, the same for the same arguments. Raises DataError naming the field and its bound.

    Points: n in all (40 to 5000), split 60/20/20, with `noise` (0 to 0.5). Images: a stratified n of the training
    images (20 or more; 0 or more than there are: all), validation and test always whole and the same; no noise.
    Raises Unavailable, a DataError, for a data set that was never fetched.
    """
    check_choice("name", name, tuple(DATASETS))
    return DATASETS[name](n, noise, seed)
