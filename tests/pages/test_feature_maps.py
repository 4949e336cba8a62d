"""The page of feature maps: kernels typed and pictures given, without and with a run."""

from __future__ import annotations

import pytest

from tests.pages.test_every_page import opened
from tests.pages.test_pages import CONCEPTS, everything, healthy
from tests.pages.test_processing import png

PAGE = CONCEPTS["convolution/feature_maps"]


def test_a_typed_kernel_and_a_drawing_come_with_the_link() -> None:
    app = healthy(opened(PAGE, picture="drawn", kernel="mine", numbers="0 0 0; 0 3 0; 0 0 0"))
    assert "so an even area becomes that many times as bright" in everything(app) and "add up to 3" in everything(app)
    bad = healthy(opened(PAGE, kernel="mine", numbers="<b>1</b>;;"))
    assert "The identity is used instead." in everything(bad) and "<b>" not in everything(bad)


@pytest.mark.parametrize(("row", "column"), [(1, 1), (46, 46)])
def test_every_pixel_can_be_picked(row: int, column: int) -> None:
    app = healthy(opened(PAGE, row=row, column=column))
    assert f"Row {row}, column {column}: 9 products" in everything(app)


def test_a_picture_of_ones_own_gets_its_map_and_channels() -> None:
    app = healthy(opened(PAGE, picture="own"))
    before = everything(app)
    app.file_uploader[0].set_value(("me.png", png(), "image/png")).run()
    assert everything(healthy(app)) != before and "A link does not contain it" in everything(app)
    app.select_slider(key="feature_maps-red").set_value(1.0).run()
    healthy(app)


def test_a_kernel_is_edited_in_a_grid_and_stands_in_the_link() -> None:
    app = healthy(opened(PAGE, kernel="mine", numbers="0 0 0; 0 1 0; 0 0 0"))
    assert len(app.number_input) == 9 and app.number_input(key="feature_maps-cell-1-1").value == 1
    app.number_input(key="feature_maps-cell-1-1").set_value(2.5).run()
    app.number_input(key="feature_maps-cell-0-2").set_value(-1).run()
    assert app.text_input(key="feature_maps-numbers").value == "0 0 -1; 0 2.5 0; 0 0 0"
    assert "add up to 1.5" in everything(healthy(app))
    assert len(healthy(opened(PAGE, kernel="sobel_x")).number_input) == 0
