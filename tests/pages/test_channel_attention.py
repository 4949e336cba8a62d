"""The page of channel attention: a slider for every gate, and a link that keeps what they are set to."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from tests.pages.test_every_page import opened, settle
from tests.pages.test_pages import CONCEPTS, everything, healthy

PAGE = CONCEPTS["attention/channel_attention"]
SMALL = {"steps": 20, "seeds": 2, "channels": 8, "run": "1"}


def gate(app: AppTest, number: int) -> int:
    return int(app.slider(key=f"channel_attention-fader-{number - 1}").value)


def test_every_gate_has_a_slider_and_stands_in_the_link() -> None:
    app = healthy(settle(opened(PAGE, **SMALL)))
    assert len([s for s in app.slider if "-fader-" in str(s.key)]) == 8
    app.segmented_control(key="channel_attention-source").set_value("own").run()
    own = gate(app, 3)
    for number in (3, 5):
        app.slider(key=f"channel_attention-fader-{number - 1}").set_value(1).run()
    assert (gate(app, 3), gate(app, 5)) == (1, 1) and re.search("The network (now )?names", everything(healthy(app)))
    assert app.text_input(key="channel_attention-gates").value == "3=1, 5=1"
    app.slider(key="channel_attention-fader-2").set_value(own).run()  # back where it was
    assert app.text_input(key="channel_attention-gates").value == "5=1"
    again = healthy(settle(opened(PAGE, **SMALL, source="own", gates="3=0, 8=100")))
    assert (gate(again, 3), gate(again, 8)) == (0, 100) and gate(again, 5) != 1
    assert again.segmented_control(key="channel_attention-source").value == "own"
    field = again.text_input(key="channel_attention-gates")
    field.set_value("3=50, 9=1, <b>").run()
    assert gate(again, 3) == 50 and "Left out: 9=1, " in everything(again) and "from 1 to 8" in everything(again)
    field.set_value("").run()
    assert gate(again, 3) == own and "Left out" not in everything(healthy(again))
