"""The board of automatic differentiation in a browser: it plays without asking the server, and a click explains a node."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image
from playwright.sync_api import expect

PLAY, NODE = (28, 60), (170, 145)  # the play button and the node z₁, in pixels from the corner of the board


def test_the_board_plays_and_a_click_explains_a_node(visitor):
    visitor.open("/autograd", heading="Automatic differentiation")
    board = visitor.page.locator(".st-key-autograd-figure-board")
    expect(board.locator("canvas").first).to_be_visible()
    visitor.settle()
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    still = board.screenshot()
    visitor.page.mouse.click(box["x"] + PLAY[0], box["y"] + PLAY[1])
    visitor.page.wait_for_timeout(1000)
    early = board.screenshot()
    visitor.page.wait_for_timeout(1000)
    assert len({still, early, board.screenshot()}) == 3
    visitor.page.mouse.click(box["x"] + PLAY[0], box["y"] + PLAY[1])
    visitor.page.mouse.click(box["x"] + NODE[0], box["y"] + NODE[1])
    visitor.page.wait_for_url(re.compile(r"autograd-node=5"))
    expect(visitor.main.get_by_text("z₁ = u + b₁", exact=True)).to_be_visible()
    visitor.sound()


def test_what_is_drawn_is_learnt_from_and_stands_in_the_link(visitor, visitors, server):
    visitor.open("/autograd?autograd-data=drawn", heading="Automatic differentiation")
    sidebar = visitor.page.get_by_test_id("stSidebar")

    def pixels(shot):
        return np.asarray(Image.open(io.BytesIO(shot)).convert("L"), float)

    def drawing(page):
        sidebar = page.get_by_test_id("stSidebar")
        sidebar.locator("summary").filter(has_text="Network").click()
        canvas = sidebar.locator("canvas").last
        canvas.scroll_into_view_if_needed()
        page.wait_for_timeout(1000)
        return canvas

    canvas = drawing(visitor.page)
    box, board = canvas.bounding_box(), visitor.page.locator(".st-key-autograd-figure-board")
    before = board.screenshot()
    for x in (40, 120):
        visitor.page.mouse.move(box["x"] + x, box["y"] + 20)
        visitor.page.mouse.down()
        visitor.page.mouse.move(box["x"] + x, box["y"] + 180, steps=5)
        visitor.page.mouse.up()
    visitor.page.wait_for_url(re.compile(r"autograd-strokes="))
    visitor.settle()
    assert sidebar.get_by_role("alert").count() == 0 and board.screenshot() != before
    other = visitors(server)
    other.open(visitor.page.url.removeprefix(server), heading="Automatic differentiation")
    other.settle()
    again = pixels(drawing(other.page).screenshot()) - pixels(canvas.screenshot())
    assert abs(again).mean() < 2  # the same lines, each corner in a whole place
    other.sound()
    visitor.sound()
