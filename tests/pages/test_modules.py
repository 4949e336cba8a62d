"""The page of modules as a visitor uses it: a state goes up, and a bad file gets a sentence."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import save
from streamlit.testing.v1 import AppTest

from core.concepts.convolution import modules

ENTRY = Path(__file__).resolve().parents[2] / "pages" / "navigation.py"
PAGE = "convolution/modules.py"
LOAD = {"modules-calls": ["eval", "load"], "modules-file": "upload"}


class Bomb:
    def __reduce__(self) -> Any:
        return os.system, ("touch '/tmp/never'",)


def opened(**change: str) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=60).run()
    app.switch_page(PAGE)
    for name, value in (LOAD | change).items():
        app.query_params[name] = value
    return app.run()


def text(app: AppTest) -> str:
    assert [e.value for e in app.exception] == []
    return "\n".join(m.value for m in app.markdown)


def saved(tree: Any) -> bytes:
    file = io.BytesIO()
    torch.save(tree, file)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["safetensors", "pt"])
def test_a_state_that_was_downloaded_is_loaded(kind: str) -> None:
    state = modules.run(modules.Settings(calls=("forward", "backward", "step"))).state
    data = save(state) if kind == "safetensors" else saved({n: torch.tensor(a) for n, a in state.items()})
    app = opened()
    app.file_uploader[0].set_value((f"state.{kind}", data, "application/octet-stream")).run()
    assert "The chosen file has the names, shapes and dtypes of this network." in text(app)
    assert "moved 6 parameters plus 3 buffers" in text(app)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello", "neither safetensors nor"),
        (saved({"head.weight": Bomb()}), "would look up posix.system"),
        (saved({"<b>*x*": torch.zeros(1)}), "It holds ?b??x?, which"),
    ],
    ids=["no state", "bomb", "names"],
)
def test_a_bad_file_gets_a_sentence_and_moves_nothing(data: bytes, words: str) -> None:
    app = opened()
    app.file_uploader[0].set_value(("state.pt", data, "application/octet-stream")).run()
    assert words in text(app)
    assert not Path("/tmp/never").exists()
