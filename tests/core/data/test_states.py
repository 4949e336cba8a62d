"""A person's own state dict: what is refused, before what, and what comes of the rest."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from core.data.checks import DataError
from core.data.states import read_state

STATE = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.array(7)}
WANTED = {"a.weight": ((2, 3), "float32"), "n": ((), "int64")}


def saved(tree: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(tree, file, **options)
    return file.getvalue()


def tensors(state: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(values) for name, values in state.items()}


class Called:
    """What a pickle calls when it is loaded."""

    def __init__(self, function: Any, *given: Any) -> None:
        self.how = function, given

    def __reduce__(self) -> Any:
        return self.how


def refused(data: bytes) -> str:
    with pytest.raises(DataError) as error:
        read_state(data, WANTED)
    sentence = str(error.value)
    assert sentence.endswith(".") and len(sentence) < 400
    return sentence


GOOD = {
    "safetensors": save(STATE),
    "torch": saved(tensors(STATE)),
    "ordered": saved(OrderedDict(tensors(STATE))),
    "parameters": saved({"a.weight": torch.nn.Parameter(torch.tensor(STATE["a.weight"])), "n": torch.tensor(7)}),
    "a view": saved({"a.weight": torch.tensor([[0.0, 3], [1, 4], [2, 5]]).T, "n": torch.tensor(7)}),
    "seeds": saved({"seed4": tensors(STATE), "seed5": tensors(STATE)}),
    "seeds of safetensors": save({f"seed{k}.{n}": v for k in (4, 5) for n, v in STATE.items()}),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_gives_its_numbers(name: str) -> None:
    state = read_state(GOOD[name], WANTED)
    assert list(state) == list(WANTED) and state["n"] == 7 and state["a.weight"].shape == (2, 3)
    assert np.array_equal(state["a.weight"], STATE["a.weight"])


@pytest.mark.parametrize("make", [save, lambda state: saved(tensors(state))], ids=["safetensors", "torch"])
def test_names_shapes_and_dtypes_must_be_those_of_the_network(make: Any) -> None:
    weight = STATE["a.weight"]
    assert "lacks n." in refused(make({"a.weight": weight}))
    assert "holds more, which the network does not have" in refused(make(STATE | {"more": weight}))
    assert "lacks a.weight. It holds b" in refused(make({"b": weight, "n": STATE["n"]}))
    assert "shape (3, 2) in the file, and (2, 3)" in refused(make(STATE | {"a.weight": weight.reshape(3, 2)}))
    assert "float64 in the file, and float32" in refused(make(STATE | {"a.weight": weight.astype(float)}))
    assert "not finite" in refused(make(STATE | {"a.weight": np.full_like(weight, np.inf)}))


def test_nothing_is_read_before_shapes_are_checked() -> None:
    huge = saved({"a.weight": torch.zeros(1).expand(10**6, 10**6), "n": torch.tensor(7)})
    assert "(1000000, 1000000)" in refused(huge)
    heading = json.dumps({"a.weight": {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 24]}}).encode()
    assert "lacks n" in refused(len(heading).to_bytes(8, "little") + heading + bytes(24))
    long = {n: {"dtype": "F32", "shape": [1] * 9000, "data_offsets": [0, 4]} for n in WANTED}
    heading = json.dumps(long).encode()
    assert "has the shape (1, 1," in refused(len(heading).to_bytes(8, "little") + heading + bytes(4))


def test_a_pickle_bomb_is_refused_by_weights_only_and_here_and_does_not_go_off(tmp_path: Path) -> None:
    mark = tmp_path / "went off"
    bomb = saved({"a.weight": Called(os.system, f"touch '{mark}'"), "n": torch.tensor(7)})
    with pytest.raises(pickle.UnpicklingError, match=r"posix\.system"):
        torch.load(io.BytesIO(bomb), weights_only=True)
    assert "would look up posix.system" in refused(bomb)
    for protocol in (2, 4):
        assert "posix.system" in refused(pickle.dumps(Called(os.system, f"touch '{mark}'"), protocol))
    assert not mark.exists()


def test_memory_that_weights_only_would_give_is_not_given() -> None:
    much = saved({"a.weight": Called(bytearray, 10**6), "n": torch.tensor(7)})
    assert len(torch.load(io.BytesIO(much), weights_only=True)["a.weight"]) == 10**6  # so PyTorch alone is not enough
    assert "builtin" in refused(much)


def test_what_is_no_state_dict_is_refused() -> None:
    assert "neither" in refused(b"") and "neither" in refused(b"GIF89a")
    assert "5 MB" in refused(bytes(5_000_001))
    assert "no state dict" in refused(saved([torch.zeros(2)])) and "no state dict" in refused(saved({"a": 3}))
    assert "_rebuild_sparse_tensor" in refused(saved({"a.weight": torch.zeros(2, 3).to_sparse(), "n": torch.tensor(7)}))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))
    assert "compressed" in refused(file.getvalue())
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "no state dict" in refused(file.getvalue())
    deep = b"{" + b'"a":{' * 40_000
    assert "heading" in refused(len(deep).to_bytes(8, "little") + deep)
    assert "heading" in refused((2**63).to_bytes(8, "little") + b"{}")


def test_pytorch_reads_the_very_pickle_that_was_listed() -> None:
    """Two readers may take two different parts of one odd archive for the pickle."""
    bad = saved({"a.weight": Called(bytearray, 9), "n": torch.tensor(7)})
    both = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(GOOD["torch"])) as one,
        zipfile.ZipFile(io.BytesIO(bad)) as two,
        zipfile.ZipFile(both, "w") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        for part in one.infolist():
            archive.writestr(part.filename, one.read(part))
        archive.writestr("archive/data.pkl", two.read("archive/data.pkl"))
    assert "no state dict" in refused(both.getvalue())
    assert "bytearray" in refused(bad) or "builtin" in refused(bad)
    # An archive in front of another one: whichever is read, it is the one that was looked at.
    for first, last in ((bad, GOOD["torch"]), (GOOD["torch"], bad)):
        try:
            assert np.array_equal(read_state(first + last, WANTED)["a.weight"], STATE["a.weight"])
        except DataError as error:
            assert str(error).endswith(".")


def test_numbers_that_are_not_there_are_not_read() -> None:
    """A record shorter than the tensor it is said to hold would show whatever lies behind it in memory."""
    short = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD["torch"])) as whole, zipfile.ZipFile(short, "w") as archive:
        for part in whole.infolist():
            content = whole.read(part)
            archive.writestr(part.filename, content[:4] if part.filename.endswith("data/0") else content)
    assert "cannot read" in refused(short.getvalue())
    heading = json.dumps({n: {"dtype": d, "shape": list(s), "data_offsets": [0, 4]} for (n, (s, _)), d in zip(WANTED.items(), ("F32", "I64"), strict=True)})  # fmt: skip
    assert "do not fit" in refused(len(heading).to_bytes(8, "little") + heading.encode() + bytes(4))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["safetensors", "torch"]), st.integers(0, 2000), st.binary(min_size=1, max_size=4), st.booleans()
)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(name: str, at: int, put: bytes, cut: bool) -> None:
    good = GOOD[name]
    at %= len(good)
    damaged = good[:at] if cut else good[:at] + put + good[at + len(put) :]
    try:
        assert {n: v.shape for n, v in read_state(damaged, WANTED).items()} == {"a.weight": (2, 3), "n": ()}
    except DataError as error:
        assert str(error).endswith(".")
