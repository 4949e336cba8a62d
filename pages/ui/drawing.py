"""A canvas in the sidebar: a control whose value is a drawing, as the text that goes into the link."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
from PIL import Image

from core import text
from core.data.strokes import decode, encode, fitting, from_canvas, to_canvas
from core.figures.look import COLORS
from core.settings import Drawn

SIDE = 200  # pixels: what a group of controls has room for
INK = ("#FFFFFF",)  # of a drawing with one kind of stroke, which is white on black as the digits are


def canvas(
    key: str,
    spec: Drawn,
    asked: str | None,
    label: str,
    help: str,
    option: Callable[[str], str],
    background: np.ndarray | None = None,
) -> str:
    """The drawing as it stands. asked: what the link says; option: the label of a kind of stroke; background: a square
    picture (H, W, 3) uint8 to draw on.

    The text is kept under `key` and written into the address here, as Streamlit binds no component to it. A drawing that comes from
    elsewhere (a link, a way back) needs a new canvas, as an open one keeps what is on it.
    """
    from streamlit_drawable_canvas import st_canvas  # registers itself with a running server

    words, state = text.of(""), st.session_state
    now = asked or state.get(key, spec.default)
    several = len(spec.labels) > 1
    colors = COLORS[: len(spec.labels)] if several else INK
    kind = 0
    if several:
        names = st.segmented_control(
            words("ui.draw_with"),
            range(len(spec.labels)),
            default=0,
            required=True,
            format_func=lambda i: option(spec.labels[i]),
            key=f"{key}-kind",
        )
        kind = names or 0
    st.markdown(f"**{label}**", help=help)
    held = state.get(f"{key}-held")  # what the canvas opened with, what it last gave, and how many there were before it
    if held is None or held["gave"] != now or f"{key}-canvas-{held['number']}" not in state:
        held = {"opened": now, "gave": now, "number": held["number"] + 1 if held else 0, "full": False}
        state[f"{key}-held"] = held
    paper = "#000000"
    if several:
        paper = "#10161D" if st.context.theme.type == "dark" else "#FFFFFF"
    name, width = f"{key}-canvas-{held['number']}", 6 if several else 18

    def changed() -> None:
        strokes = from_canvas(state[name]["drawing"]["raw"], colors, SIDE)
        kept = fitting(strokes)
        state[f"{key}-held"] = held | {"gave": encode(kept), "full": len(kept) < len(strokes)}
        state[key] = encode(kept)
        if spec.problem(state[key]) is None:
            st.query_params[key] = state[key]
        else:
            st.query_params.pop(key, None)

    st_canvas(
        width=SIDE,
        height=SIDE,
        stroke_width=width,
        stroke_color=colors[kind],
        background_color=paper,
        background_image=None if background is None else Image.fromarray(background).resize((SIDE, SIDE)),
        initial_drawing=to_canvas(decode(held["opened"], len(spec.labels)), colors, SIDE, width),
        key=name,
        on_change=changed,
    )
    if held["full"]:
        st.caption(words("ui.drawing_full"))
    if now != spec.default and spec.problem(now) is None and st.query_params.get(key) != now:
        st.query_params[key] = now
    state[key] = now
    return now
