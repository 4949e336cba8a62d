"""Downloads: torchvision's own code against a small server on this machine, and against no network at all."""

import errno
import gc
import gzip
import hashlib
import http.server
import io
import pickle
import socket
import struct
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision.datasets

from core.data import downloads
from core.data.checks import DataError
from core.data.dataset import Dataset
from core.data.downloads import Unavailable, fetch, load, present

NO_NETWORK = (
    "{} is not on this machine and could not be downloaded (no network); "
    "the data sets that ship with the lab still work."
)
FULL = (
    "MNIST is not on this machine and could not be downloaded (the disk is full); "
    "the data sets that ship with the lab still work."
)
TRAIN, TEST = 300, 60
BROKEN = (
    "MNIST is not on this machine and could not be downloaded (the download broke off or came damaged); "
    "the data sets that ship with the lab still work."
)

# torchvision leaves the socket of an answer such as 404 to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


class Server(http.server.ThreadingHTTPServer):
    """Serves `files`, path -> bytes, and notes what was asked for; answers stop half-way while `go_on` is clear."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def _head(self) -> bytes:
        body = self.server.files.get(self.path.lstrip("/"))
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        return body or b""

    def do_HEAD(self) -> None:
        self._head()

    def do_GET(self) -> None:
        self.server.asked.append(self.path.lstrip("/"))
        body = self._head()
        try:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.server.go_on.wait(10)
            self.wfile.write(body[len(body) // 2 :])
        except OSError:  # torchvision opens each address once more only to see whether it leads elsewhere
            pass

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(downloads, "POLL", 0.01)
    downloads._load.cache_clear()
    yield
    assert not downloads._running, "a download was left running"


@pytest.fixture(autouse=True, scope="module")
def _collected() -> Iterator[None]:
    yield
    gc.collect()  # here, where the warning about torchvision's sockets is expected, and not in somebody else's test


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.go_on.set()
    made.shutdown()
    thread.join()
    made.server_close()


def _idx(array: np.ndarray) -> bytes:
    """MNIST's file format: a magic number with the type (8: bytes) and the rank, the sizes, the bytes; gzipped."""
    header = struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


def _images(n: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    """n images whose first pixel is their own number, mod 256, and whose second is their label."""
    x = np.random.default_rng(n).integers(0, 256, (n, *shape)).astype(np.uint8)
    y = np.arange(n) % 10
    x.reshape(n, -1)[:, 0], x.reshape(n, -1)[:, 1] = np.arange(n) % 256, y
    return x, y


@pytest.fixture
def mnist(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """torchvision's MNIST and FashionMNIST pointed at a server that holds 360 images."""
    (x, y), (test_x, test_y) = _images(TRAIN, 28, 28), _images(TEST, 28, 28)
    arrays = {"train-images-idx3": x, "train-labels-idx1": y, "t10k-images-idx3": test_x, "t10k-labels-idx1": test_y}
    server.files = {f"{name}-ubyte.gz": _idx(array) for name, array in arrays.items()}
    resources = [(name, hashlib.md5(content).hexdigest()) for name, content in server.files.items()]
    for maker in (torchvision.datasets.MNIST, torchvision.datasets.FashionMNIST):
        monkeypatch.setattr(maker, "mirrors", [server.address])
        monkeypatch.setattr(maker, "resources", resources)
    total = sum(map(len, server.files.values()))
    monkeypatch.setitem(downloads.SOURCES, "mnist", downloads.Source("MNIST", total, tuple("0123456789")))
    return server


@pytest.fixture
def cifar(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """torchvision's CIFAR10 pointed at a server that holds 360 images."""
    maker = torchvision.datasets.CIFAR10
    (x, y), (test_x, test_y) = _images(TRAIN, 3, 32, 32), _images(TEST, 3, 32, 32)
    half = TRAIN // 2
    batches = {
        "data_batch_1": {"data": x[:half].reshape(half, -1), "labels": y[:half].tolist()},
        "data_batch_2": {"data": x[half:].reshape(half, -1), "labels": y[half:].tolist()},
        "test_batch": {"data": test_x.reshape(TEST, -1), "labels": test_y.tolist()},
        "batches.meta": {"label_names": list(downloads.SOURCES["cifar10"].classes)},
    }
    contents = {name: pickle.dumps(batch) for name, batch in batches.items()}
    sums = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in contents.items():
            entry = tarfile.TarInfo(f"{maker.base_folder}/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    server.files = {maker.filename: packed.getvalue()}
    monkeypatch.setattr(maker, "url", server.address + maker.filename)
    monkeypatch.setattr(maker, "tgz_md5", hashlib.md5(packed.getvalue()).hexdigest())
    monkeypatch.setattr(maker, "train_list", [[name, sums[name]] for name in ("data_batch_1", "data_batch_2")])
    monkeypatch.setattr(maker, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(maker, "meta", {**maker.meta, "md5": sums["batches.meta"]})
    return server


def _check(dataset: Dataset, *shape: int) -> None:
    """Every image of both official sets is there once, in the split it belongs to, with its own label."""
    (x, y), (test_x, test_y) = _images(TRAIN, *shape), _images(TEST, *shape)
    assert dataset.shape == (shape if len(shape) == 3 else (1, *shape)) and dataset.kind == "images"
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [270, 30, 60]
    assert dataset.validation.y.bincount().tolist() == [3] * 10
    seen = torch.cat([dataset.train.x, dataset.validation.x]).flatten(1).numpy()
    labels = torch.cat([dataset.train.y, dataset.validation.y]).numpy()
    expected = np.column_stack([x.reshape(TRAIN, -1).astype(np.float32) / 255, y])
    got = np.column_stack([seen, labels])
    assert np.array_equal(got[np.lexsort(got.T)], expected[np.lexsort(expected.T)])
    np.testing.assert_array_equal(dataset.test.x.flatten(1).numpy(), test_x.reshape(TEST, -1).astype(np.float32) / 255)
    np.testing.assert_array_equal(dataset.test.y.numpy(), test_y)


@pytest.mark.parametrize("name", ["mnist", "fashionmnist"])
def test_fetches_and_loads_mnist(name: str, mnist: Server, tmp_path: Path) -> None:
    assert not present(name, tmp_path)
    fractions = list(fetch(name, tmp_path))
    assert fractions == sorted(fractions) and fractions[-1] == 1.0 and 0 <= fractions[0] < 1
    assert present(name, tmp_path) and [path.name for path in tmp_path.iterdir()] == [f"{name}.safetensors"]
    _check(load(name, tmp_path), 28, 28)
    asked = len(mnist.asked)
    assert list(fetch(name, tmp_path)) == [1.0] and len(mnist.asked) == asked


def test_fetches_and_loads_cifar(cifar: Server, tmp_path: Path) -> None:
    assert list(fetch("cifar10", tmp_path))[-1] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["cifar10.safetensors"]
    _check(load("cifar10", tmp_path), 3, 32, 32)


def test_the_fraction_is_what_has_arrived(mnist: Server, tmp_path: Path) -> None:
    mnist.go_on.clear()  # every answer now stops half-way
    fetching = fetch("mnist", tmp_path)
    deadline = time.monotonic() + 8
    while (fraction := next(fetching)) == 0 and time.monotonic() < deadline:
        pass
    sizes = [len(content) for content in mnist.files.values()]
    assert 0 < fraction <= sizes[0] / sum(sizes)
    assert not present("mnist", tmp_path)
    mnist.go_on.set()
    assert list(fetching)[-1] == 1.0


def test_a_second_visitor_joins_the_download(mnist: Server, tmp_path: Path) -> None:
    mnist.go_on.clear()
    first, second = fetch("mnist", tmp_path), fetch("mnist", tmp_path)
    next(first), next(second)
    assert len(downloads._running) == 1
    first.close()  # the first one leaves; the download goes on for the second
    mnist.go_on.set()
    assert list(second)[-1] == 1.0 and present("mnist", tmp_path)
    assert mnist.asked.count("train-images-idx3-ubyte.gz") == 2  # once for the redirect, once for the file


@pytest.mark.parametrize("damage", ["cut short", "one byte changed", "a page instead", "missing"])
@pytest.mark.parametrize("file", ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"])
def test_a_damaged_archive_is_never_kept_and_fetched_again(
    damage: str, file: str, mnist: Server, tmp_path: Path
) -> None:
    good = mnist.files[file]
    bad = {
        "cut short": good[: len(good) // 2],
        "one byte changed": good[:30] + bytes([good[30] ^ 1]) + good[31:],
        "a page instead": b"<html>Please log in to this network</html>",
    }
    if damage == "missing":
        del mnist.files[file]
    else:
        mnist.files[file] = bad[damage]
    with pytest.raises(Unavailable) as caught:
        list(fetch("mnist", tmp_path))
    assert str(caught.value) == BROKEN
    assert not present("mnist", tmp_path) and not list(tmp_path.iterdir())
    with pytest.raises(Unavailable):
        load("mnist", tmp_path)
    mnist.files[file] = good
    assert list(fetch("mnist", tmp_path))[-1] == 1.0
    _check(load("mnist", tmp_path), 28, 28)


@pytest.mark.parametrize("damage", ["cut short", "one bit", "empty", "other tensors"])
def test_a_file_damaged_later_is_noticed_and_fetched_again(damage: str, mnist: Server, tmp_path: Path) -> None:
    list(fetch("mnist", tmp_path))
    path = tmp_path / "mnist.safetensors"
    content = bytearray(path.read_bytes())
    if damage == "cut short":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "one bit":
        content[-100_000] ^= 4
        path.write_bytes(content)
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        downloads._write({"train_x": torch.zeros(3, 2)}, path)
    with pytest.raises(Unavailable, match=r"^The copy of MNIST on this machine is damaged and was removed; it has to"):
        load("mnist", tmp_path)
    assert not present("mnist", tmp_path)
    assert list(fetch("mnist", tmp_path))[-1] == 1.0
    _check(load("mnist", tmp_path), 28, 28)


def test_wrong_labels_and_shapes_are_refused() -> None:
    x, y = torch.zeros(4, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 1, 2, 3])
    good = {"train_x": x, "train_y": y, "test_x": x, "test_y": y}
    downloads._check(good, 4)
    for wrong in ({"test_y": y - 1}, {"test_y": y + 1}, {"test_x": x.float()}, {"train_x": x[:3]}, {"train_x": x[0]}):
        with pytest.raises(ValueError, match="has"):
            downloads._check({**good, **wrong}, 4)


def test_load_takes_a_stratified_part(mnist: Server, tmp_path: Path) -> None:
    list(fetch("mnist", tmp_path))
    whole, part = load("mnist", tmp_path), load("mnist", tmp_path, n=50, seed=1)
    assert part.train.y.bincount().tolist() == [5] * 10
    assert {row.tobytes() for row in part.train.x.numpy()} <= {row.tobytes() for row in whole.train.x.numpy()}
    assert torch.equal(part.test.x, whole.test.x) and torch.equal(part.validation.x, whole.validation.x)
    assert load("mnist", tmp_path, n=50, seed=1) is part  # kept
    assert not torch.equal(load("mnist", tmp_path, n=50, seed=2).train.x, part.train.x)
    assert len(load("mnist", tmp_path, n=10**6).train) == 270


@pytest.mark.parametrize("name", ["mnist", "fashionmnist", "cifar10"])
def test_without_a_network_one_sentence_comes_fast(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)  # so that the test is the same on a machine with a network
    start = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        list(fetch(name, tmp_path))
    assert str(caught.value) == NO_NETWORK.format(downloads.SOURCES[name].title)
    assert time.monotonic() - start < 2
    assert not present(name, tmp_path) and not list(tmp_path.iterdir())


def test_a_server_that_never_answers_is_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and says nothing
        monkeypatch.setattr(torchvision.datasets.CIFAR10, "url", f"http://127.0.0.1:{silent.getsockname()[1]}/x.tar.gz")
        monkeypatch.setattr(downloads, "PROBE", 0.2)
        with pytest.raises(Unavailable, match=r"^CIFAR10 .* \(no network\)"):
            list(fetch("cifar10", tmp_path))


def test_a_download_that_stalls_is_given_up(mnist: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PATIENCE", 0.3)
    mnist.go_on.clear()
    with pytest.raises(Unavailable, match=r"^MNIST is not .* \(the network stopped answering\); the data sets that"):
        list(fetch("mnist", tmp_path))
    assert not present("mnist", tmp_path)
    mnist.go_on.set()
    assert list(fetch("mnist", tmp_path))[-1] == 1.0  # a new download, beside the one that was given up
    _check(load("mnist", tmp_path), 28, 28)
    _until_gone(tmp_path)


def _until_gone(folder: Path) -> None:
    """Waits for the thread that was given up: it ends by itself once its server goes on, and cleans up."""
    deadline = time.monotonic() + 8
    while list(folder.glob(downloads.PARTIAL + "*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not list(folder.glob(downloads.PARTIAL + "*"))


def test_a_folder_that_cannot_be_written_is_said(mnist: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match=r"^MNIST is not on this machine and could not be written to .*/file; the"):
        list(fetch("mnist", tmp_path / "file"))


@pytest.mark.parametrize("room", [60_000, 260_000])  # bytes: too few for an archive, or only for all in one file
def test_a_full_disk_is_said_and_leaves_nothing(mnist: Server, tmp_path: Path, room: int) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))  # a file that grows beyond it fails with EFBIG
    try:
        with pytest.raises(Unavailable) as caught:
            list(fetch("mnist", tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(caught.value) == FULL
    assert not list(tmp_path.iterdir())
    assert list(fetch("mnist", tmp_path))[-1] == 1.0  # there is room again
    _check(load("mnist", tmp_path), 28, 28)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_without_room_for_a_folder(
    mnist: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, "no room")

    monkeypatch.setattr(downloads.tempfile, "TemporaryDirectory", refuse)
    with pytest.raises(Unavailable) as caught:
        list(fetch("mnist", tmp_path))
    assert str(caught.value) == FULL


def test_a_torchvision_class_that_gives_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd:
        def __init__(self, *_: Any, **__: Any) -> None:
            self.data, self.targets = torch.zeros(3, 28, 28), [1, 2, 3]  # float32 pixels

    monkeypatch.setattr(torchvision.datasets, "MNIST", Odd)
    monkeypatch.setattr(downloads, "_reachable", lambda maker: True)
    with pytest.raises(Unavailable, match=r"\(what came was not the data set\)"):
        list(fetch("mnist", tmp_path))
    assert not list(tmp_path.iterdir())


def test_what_killed_processes_left_is_swept(mnist: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / f"{downloads.PARTIAL}old"
    left.mkdir()
    downloads._sweep(tmp_path)
    assert left.exists()  # it may still be in use
    monkeypatch.setattr(downloads, "STALE", -1.0)
    downloads._sweep(tmp_path)
    assert not left.exists()


def test_a_running_download_is_not_swept_when_the_clock_jumps(
    mnist: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mnist.go_on.clear()
    first = fetch("mnist", tmp_path)
    while next(first) == 0:  # bytes have come
        pass
    (folder,) = tmp_path.glob(f"{downloads.PARTIAL}*")
    shifted = time.time() + 2 * downloads.STALE
    monkeypatch.setattr(time, "time", lambda: shifted)
    second = fetch("fashionmnist", tmp_path)  # sweeps before it makes its own folder
    while not set(tmp_path.glob(f"{downloads.PARTIAL}*")) - {folder}:
        next(second)
    assert folder.exists()
    mnist.go_on.set()
    assert [list(each)[-1] for each in (first, second)] == [1.0, 1.0]
    _check(load("mnist", tmp_path), 28, 28)


def test_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCEPT_LAB_DATA", str(tmp_path))
    assert downloads.cache_folder() == tmp_path
    monkeypatch.delenv("CONCEPT_LAB_DATA")
    assert downloads.cache_folder() == Path.home() / ".cache" / "concept-lab"


def test_names_are_checked(tmp_path: Path) -> None:
    for ask in (present, load, lambda name, folder: list(fetch(name, folder))):
        with pytest.raises(DataError, match=r"^name must be one of mnist, fashionmnist, cifar10; it is \.\./mnist\.$"):
            ask("../mnist", tmp_path)


def test_the_known_sizes_and_names_are_of_the_classes_torchvision_has() -> None:
    for source in downloads.SOURCES.values():
        assert hasattr(torchvision.datasets, source.title) and len(source.classes) == 10
