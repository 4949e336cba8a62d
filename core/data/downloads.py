"""MNIST, FashionMNIST and CIFAR10: fetched on a person's request, by torchvision, into a cache folder.

The folder is $CONCEPT_LAB_DATA, else ~/.cache/concept-lab. torchvision downloads into a folder of its own beside the
cache and checks its archives against their MD5; only then are the pixels written as one safetensors file, which
appears under its name in a single step. So what is there is whole, whoever stops, fails or fetches at the same time,
and nothing is unpickled when it is read again. A checksum in the file tells later damage.
"""

import errno
import os
import re
import shutil
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from sklearn.model_selection import train_test_split
from torch import Tensor

from core.data.checks import MAX_SEED, DataError, check_choice, check_train_size, check_whole, stratified_rows
from core.data.dataset import Dataset, Split

POLL = 0.2  # s between two fractions
PROBE = 5.0  # s to wait for a server's first answer; torchvision itself would wait for ever
PATIENCE = 20.0  # s without a new byte before a download is given up
STALE = 86_400.0  # s after which a folder left behind by a killed process is removed
PARTIAL = ".partial-"
VALIDATION = 0.1  # share of the official training set
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # no room on the disk, in the quota, for a file of this size


class Unavailable(DataError):
    """A data set that is not on this machine and cannot be had now."""


@dataclass(frozen=True)
class Source:
    """A class of torchvision.datasets, the bytes of its archives together, and what its labels stand for."""

    title: str
    archive_bytes: int
    classes: tuple[str, ...]


SOURCES: dict[str, Source] = {
    "mnist": Source("MNIST", 11_594_722, tuple("0123456789")),
    "fashionmnist": Source(
        "FashionMNIST",
        30_878_645,
        ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
    "cifar10": Source(
        "CIFAR10",
        170_498_071,
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    ),
}


def cache_folder() -> Path:
    """Where downloads are kept: $CONCEPT_LAB_DATA, else ~/.cache/concept-lab."""
    return Path(os.environ.get("CONCEPT_LAB_DATA") or Path.home() / ".cache" / "concept-lab")


def present(name: str, folder: Path | str | None = None) -> bool:
    """Whether `name` is in the folder and its file is of full length; damage inside is found by `load`."""
    try:
        with safe_open(_file(name, folder), "pt") as file:
            return set(file.keys()) == {"train_x", "train_y", "test_x", "test_y"}
    except (OSError, SafetensorError):
        return False


def fetch(name: str, folder: Path | str | None = None) -> Iterator[float]:
    """Downloads `name` if it is not there, yielding the fraction received a few times a second, 1.0 when it is ready.

    Whoever asks while it is being fetched joins that download. Not asking on stops nothing: the download goes on in
    its thread and the next to ask finds it further. Raises Unavailable with one sentence when it cannot be had.
    """
    path = _file(name, folder)
    if present(name, folder):
        yield 1.0
        return
    download = _join_or_start(name, path)
    received, most, since = -1, 0, time.monotonic()
    while not download.done.is_set():
        now = download.received()
        if now != received:
            received, most, since = now, max(most, now), time.monotonic()
        elif now < SOURCES[name].archive_bytes and time.monotonic() - since > PATIENCE:
            _forget(path, download)  # its thread may sleep in a socket for ever; the next to ask starts afresh
            raise Unavailable(_sentence(name, "could not be downloaded (the network stopped answering)"))
        # A second mirror starts a file again and the end clears the folder: a bar that goes back would only puzzle.
        yield min(most / SOURCES[name].archive_bytes, 0.99)
        download.done.wait(POLL)
    if download.problem:
        raise Unavailable(_sentence(name, download.problem))
    yield 1.0


def load(name: str, folder: Path | str | None = None, *, n: int = 0, seed: int = 0) -> Dataset:
    """`name` from the folder, x (rows, channels, height, width) float32 in [0, 1]; 4 bytes a pixel in memory.

    Test is the official test set; validation is a fixed stratified tenth of the official training set; training is
    the rest, or a stratified n of it drawn with `seed` (n = 0: all). The latest result is kept and given again.
    Raises Unavailable when it is not there, and when the file is damaged, which also makes way for a new one.
    """
    path = _file(name, folder)
    check_train_size(n, SOURCES[name].classes)
    check_whole("seed", seed, 0, MAX_SEED)
    try:
        written = path.stat().st_mtime_ns
    except OSError:
        raise Unavailable(f"{SOURCES[name].title} is not on this machine; it has to be downloaded first.") from None
    return _load(name, path, written, int(n), int(seed))


# One entry: CIFAR10 whole takes 740 MB. The time stamp is in the key so that a file fetched anew is read anew.
@lru_cache(maxsize=1)
def _load(name: str, path: Path, _written: int, n: int, seed: int) -> Dataset:
    pixels = _read(name, path)
    y = pixels["train_y"].numpy()
    train_rows, validation_rows = train_test_split(np.arange(len(y)), test_size=VALIDATION, stratify=y, random_state=0)
    if 0 < n < len(train_rows):
        train_rows = train_rows[stratified_rows(y[train_rows], n, seed)]
    return Dataset(
        name,
        "images",
        SOURCES[name].classes,
        _split(pixels["train_x"], pixels["train_y"], train_rows),
        _split(pixels["train_x"], pixels["train_y"], validation_rows),
        _split(pixels["test_x"], pixels["test_y"], np.arange(len(pixels["test_y"]))),
    )


def _split(x: Tensor, y: Tensor, rows: np.ndarray) -> Split:
    index = torch.from_numpy(rows)
    return Split(x[index].to(torch.float32).div_(255), y[index])


def _file(name: str, folder: Path | str | None) -> Path:
    check_choice("name", name, tuple(SOURCES))
    return (cache_folder() if folder is None else Path(folder)).absolute() / f"{name}.safetensors"


def _sentence(name: str, problem: str) -> str:
    title = SOURCES[name].title
    return f"{title} is not on this machine and {problem}; the data sets that ship with the lab still work."


# --- the file: uint8 pixels (rows, channels, height, width) and int64 labels of both official sets ------------------


def _write(pixels: dict[str, Tensor], path: Path) -> None:
    save_file(pixels, path, metadata={"crc32": str(_checksum(pixels))})


def _read(name: str, path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            pixels: dict[str, Tensor] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 not a dict
        _check(pixels, len(SOURCES[name].classes))
        if metadata.get("crc32") != str(_checksum(pixels)):
            raise ValueError("checksum")
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        path.unlink(missing_ok=True)  # so that it is no longer present and the next fetch brings a whole one
        raise Unavailable(
            f"The copy of {SOURCES[name].title} on this machine is damaged and was removed; it has to be downloaded "
            "again."
        ) from error
    return pixels


def _checksum(pixels: dict[str, Tensor]) -> int:
    crc = 0
    for key in sorted(pixels):
        crc = zlib.crc32(pixels[key].contiguous().numpy().data.cast("B"), crc)
    return crc


def _check(pixels: dict[str, Tensor], classes: int) -> None:
    """Raises ValueError or KeyError unless the tensors are what `load` takes them for."""
    for part in ("train", "test"):
        x, y = pixels[f"{part}_x"], pixels[f"{part}_y"]
        if x.dtype != torch.uint8 or x.ndim != 4 or y.dtype != torch.int64 or y.shape != x.shape[:1] or not x.numel():
            raise ValueError(f"{part} has shapes {tuple(x.shape)} and {tuple(y.shape)}")
        if int(y.min()) < 0 or int(y.max()) >= classes:
            raise ValueError(f"{part} has labels outside 0 to {classes - 1}")


# --- the download: one thread for each file, whoever asks ------------------------------------------------------------


@dataclass
class _Download:
    """A download under way. `problem` is the middle of a sentence, empty when all went well."""

    problem: str = ""
    folder: Path | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def received(self) -> int:
        """Bytes of archives so far."""
        if self.folder is None:
            return 0
        total = 0
        for place, _, files in os.walk(self.folder):  # unlike Path.rglob, passes by folders removed while it walks
            for file in files:
                if file.endswith(".gz"):
                    with suppress(OSError):
                        total += os.path.getsize(os.path.join(place, file))
        return total


_running: dict[Path, _Download] = {}
_lock = threading.Lock()


def _join_or_start(name: str, path: Path) -> _Download:
    with _lock:
        if path not in _running:
            _running[path] = _Download()
            threading.Thread(target=_run, args=(name, path, _running[path]), name=f"fetch-{name}", daemon=True).start()
        return _running[path]


def _forget(path: Path, download: _Download) -> None:
    with _lock:
        if _running.get(path) is download:
            del _running[path]


def _run(name: str, path: Path, download: _Download) -> None:
    """The thread: nothing may escape it, so every failure becomes a problem in words."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        with tempfile.TemporaryDirectory(prefix=PARTIAL, dir=path.parent, ignore_cleanup_errors=True) as folder:
            download.folder = Path(folder)
            download.problem = _download(name, path, download)
    except Exception as error:
        if _full(error):
            download.problem = "could not be downloaded (the disk is full)"
        elif isinstance(error, OSError):
            download.problem = f"could not be written to {path.parent}"
        else:
            download.problem = "could not be downloaded (what came was not the data set)"
    finally:
        _forget(path, download)
        download.done.set()


def _download(name: str, path: Path, download: _Download) -> str:
    """Fetches, checks and publishes; returns what went wrong with the network, "" for nothing. Raises OSError, or what
    safetensors makes of it, when the folder cannot be written."""
    import torchvision.datasets  # seconds to import, and needed only here

    maker = getattr(torchvision.datasets, SOURCES[name].title)
    assert download.folder is not None
    if not _reachable(maker):
        return "could not be downloaded (no network)"
    try:
        train = maker(download.folder, train=True, download=True)
    except Exception as error:  # torchvision lets through what urllib, http, gzip, tarfile and its own checks raise
        if _full(error):
            raise
        return "could not be downloaded (the download broke off or came damaged)"
    test = maker(download.folder, train=False, download=False)
    pixels = {"train_x": _pixels(train), "train_y": _labels(train), "test_x": _pixels(test), "test_y": _labels(test)}
    _check(pixels, len(SOURCES[name].classes))
    whole = download.folder / path.name
    _write(pixels, whole)
    os.replace(whole, path)
    return ""


def _full(error: Exception) -> bool:
    """Whether a write failed because there is no room. safetensors has the number only in its text: "(os error 28)"."""
    told = re.search(r"\(os error (\d+)\)", str(error)) if isinstance(error, SafetensorError) else None
    return (int(told[1]) if told else getattr(error, "errno", None)) in FULL


def _reachable(maker: Any) -> bool:
    """Whether any server of a torchvision class answers at all; asked first because only here can a limit be set."""
    urls = [mirror + maker.resources[0][0] for mirror in maker.mirrors] if hasattr(maker, "mirrors") else [maker.url]
    for url in urls:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=PROBE):
                return True
        except urllib.error.HTTPError as answer:  # unfriendly, but an answer: it may still serve the download
            answer.close()
            return True
        except OSError:
            continue
    return False


def _pixels(dataset: Any) -> Tensor:
    """torchvision keeps grey images as (n, h, w) and colour ones as (n, h, w, 3); here (n, channels, h, w) uint8."""
    data = torch.as_tensor(dataset.data)
    return (data.unsqueeze(1) if data.ndim == 3 else data.permute(0, 3, 1, 2)).contiguous()


def _labels(dataset: Any) -> Tensor:
    return torch.as_tensor(dataset.targets, dtype=torch.int64)


def _sweep(folder: Path) -> None:
    """Removes what downloads of killed processes left: old, and none of those running here, whatever the clock says."""
    with _lock:
        running = {download.folder for download in _running.values()}
    for left in folder.glob(f"{PARTIAL}*"):
        try:
            old = time.time() - left.stat().st_mtime > STALE
        except OSError:  # another process was quicker
            continue
        if old and left not in running:
            shutil.rmtree(left, ignore_errors=True)
