"""The board of automatic differentiation in a browser: it plays without asking the server, and a click explains a node."""

from __future__ import annotations

import re

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
