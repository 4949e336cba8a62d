"""A typed formula: it is drawn, it is in the link, and hostile text gets a sentence."""

from __future__ import annotations

import pytest

from core.catalogue import CONCEPTS
from tests.pages.test_every_page import NASTY, SENTENCE, opened, said
from tests.pages.test_pages import healthy

PAGE = CONCEPTS["foundations/derivatives"]


def test_what_is_typed_is_drawn_and_kept_in_the_link() -> None:
    app = healthy(opened(PAGE))
    app.text_input(key="derivatives-function").set_value("x^3 - 3x + 1").run()
    assert any("x^{3} - 3 x + 1" in caption.value for caption in healthy(app).caption)
    link = next(
        code.value for code in app.code if code.value.startswith("http") or "derivatives-function=" in code.value
    )
    assert "derivatives-function=x%5E3+-+3x+%2B+1" in link
    other = healthy(opened(PAGE, function="x^3 - 3x + 1"))
    assert other.text_input(key="derivatives-function").value == "x^3 - 3x + 1"
    assert any("x^{3} - 3 x + 1" in caption.value for caption in other.caption)


@pytest.mark.parametrize(
    "typed", [*NASTY[1:], "__import__('os').system('ls')", "9**9**9", "(" * 60, "**x**", "[x](http://a.b)"]
)
def test_hostile_text_gets_a_sentence_that_quotes_it_as_text(typed: str) -> None:
    app = healthy(opened(PAGE))
    app.text_input(key="derivatives-function").set_value(typed[:60]).run()
    assert said(app)
    for error in app.error:
        assert error.value.startswith(SENTENCE) and "<script>" not in error.value and "](http" not in error.value
