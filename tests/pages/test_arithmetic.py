"""The page of convolution arithmetic: a pasted message sets the controls, and hostile text gets a sentence."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import everything, healthy, opened

CHANNELS = "RuntimeError: Given groups=1, weight of size [8, 3, 5, 5], expected input[1, 4, 32, 32] to have 3 channels, but got 4 channels instead"


def pasted(message: str) -> AppTest:
    app = opened("convolution/arithmetic")
    return healthy(app.text_input(key="arithmetic-message").set_value(message).run())


def test_a_pasted_message_sets_the_controls_to_its_layer() -> None:
    app = pasted(CHANNELS)
    assert app.slider(key="arithmetic-kernel").value == 5
    assert app.select_slider(key="arithmetic-height").value == 32
    assert app.select_slider(key="arithmetic-in_channels").value == 3
    assert "`nn.Conv2d(3, 8, 5)` becomes `nn.Conv2d(4, 8, 5)`" in everything(app)
    assert "**PyTorch refuses this layer.**" in everything(app)


@pytest.mark.parametrize("hostile", ["<b>x</b>", "Given groups=9999999", "[" * 900, "卷积"])
def test_hostile_text_gets_a_sentence_and_moves_nothing(hostile: str) -> None:
    app = pasted(hostile)
    assert app.slider(key="arithmetic-kernel").value == 3
    assert "not one of the shape messages" in everything(app) and "<b>" not in everything(app)
