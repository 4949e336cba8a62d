"""The page of image processing: a picture of one's own goes through the guards and is repaired like any other."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.pages.test_every_page import SENTENCE, opened
from tests.pages.test_pages import CONCEPTS, everything, healthy

PAGE = CONCEPTS["images/processing"]


def png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def asked() -> AppTest:
    app = opened(PAGE, picture="own")
    assert [e.value for e in app.exception] == []
    return app


def test_a_picture_of_ones_own_is_asked_for_and_then_repaired() -> None:
    app = asked()
    assert app.error[0].value == SENTENCE + "Give a picture of your own under Picture, or choose another one there."
    app.file_uploader[0].set_value(("me.png", png(), "image/png")).run()
    assert "SSIM" in everything(healthy(app)) and "A link does not contain it" in everything(app)
    first = [m.value for m in app.markdown if "SSIM" in m.value]
    app.select_slider(key="processing-gaussian").set_value(2.0).run()
    assert [m.value for m in healthy(app).markdown if "SSIM" in m.value] != first


@pytest.mark.parametrize(
    ("data", "word"), [(b"", "empty"), (b"<svg onload=alert(1)>", "SVG"), (png()[:60], "ends before")]
)
def test_what_is_no_picture_is_refused_in_a_sentence(data: bytes, word: str) -> None:
    app = asked()
    app.file_uploader[0].set_value(("a.png", data, "image/png")).run()
    assert [e.value for e in app.exception] == [] and any(word in e.value for e in app.error)


def test_the_picture_after_each_of_several_operators_is_shown() -> None:
    app = healthy(opened(PAGE, pipeline=["median", "opening", "unsharp"]))
    for title in ("**1. Median**", "**2. Opening**", "**3. Unsharp mask**", "**Element**"):
        assert title in everything(app)
