"""Other people's words on a page, and labels of buttons."""

import re

import streamlit as st

SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]()<>#+-!|~$:"})


def escape_markdown(text: str) -> str:
    """Text that may quote what a visitor typed or uploaded, with nothing of it taken for Markdown."""
    # Streamlit looks for :material/home: and :smile: once Markdown has taken the backslashes away; a joiner of no width
    # comes between, where a name might begin.
    return re.sub(r":(?=\w)", ":\N{WORD JOINER}", text).translate(SPECIAL)


def on_primary(label: str) -> str:
    """A label for a button in the primary colour. Streamlit writes white on it, which on the dark theme's pale blue cannot
    be read; there the label takes the colour called violet, which the theme makes nearly black and nothing else uses."""
    return f":violet[{label}]" if st.context.theme.type == "dark" else label
