"""Home: what the lab is, one click to a running experiment, and every concept by section."""

import streamlit as st

from core.catalogue import SECTIONS, search
from pages import ui

st.title("Understand deep learning by doing it")
st.markdown(
    "Every page runs one idea **for real** in PyTorch while you move its sliders. Several random starts are trained at "
    "once, so you can tell an effect from luck, and a link brings anyone else to exactly your experiment."
)
start, find = st.columns([1, 2], vertical_alignment="bottom")
if start.button(ui.on_primary("Train a network now"), type="primary", icon=":material/play_arrow:", width="stretch"):
    st.switch_page("optimization/training.py", query_params={"run": "1"})
words = find.text_input(
    "Search the concepts", placeholder="for instance: overfitting, 卷积, attention", max_chars=60, key="home-search"
)
found = set(search(words))
if not found:
    st.info("No concept has all of these words. Try one word, or clear the box to see everything.")
for section in SECTIONS:
    concepts = [c for c in section.concepts if c in found]
    if not concepts:
        continue
    st.header(f"{section.icon} {section.title}", divider="gray")
    built = [c for c in concepts if c.built]
    for row in range(0, len(built), 3):
        for column, concept in zip(st.columns(3), built[row : row + 3], strict=False):
            with column.container(border=True, height="stretch"):
                st.page_link(f"{concept.path}.py", label=f"**{concept.title}**", icon=":material/arrow_forward:")
                st.caption(f"{concept.summary}  \n{concept.terms}")
    # In one element, not a card each: every visitor is sent all of this, and nothing in it can be opened yet.
    if coming := [f"{c.title} ({c.terms})" for c in concepts if not c.built]:
        st.caption(f"Coming: {', '.join(coming)}")
