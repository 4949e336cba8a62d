"""Home: what the lab is, where to start, and every concept by section."""

import streamlit as st

from core.catalogue import CONCEPTS, SECTIONS, START_HERE, Concept, search
from pages import ui


def card(concept: Concept) -> None:
    """A concept with its picture, its title as a link, and what it is about."""
    with st.container(border=True, height="stretch"):
        st.image(f"/app/static/{concept.slug}.webp", width="stretch", alt=f"{concept.title}: a picture from the page")
        st.page_link(f"{concept.path}.py", label=f"**{concept.title}**", icon=":material/arrow_forward:")
        st.caption(f"{concept.summary}  \n{concept.zh}")


def cards(concepts: list[Concept]) -> None:
    for row in range(0, len(concepts), 3):
        for column, concept in zip(st.columns(3), concepts[row : row + 3], strict=False):
            with column:
                card(concept)


with st.container(width=ui.WIDTH):
    st.title("Understand deep learning by doing it", anchor=False)
    st.markdown(
        "Every page runs one idea **for real** in PyTorch while you move its sliders. Several random starts train at once, "
        "so you can tell an effect from luck, and a link shows anyone else exactly your experiment.",
        width=ui.TEXT_WIDTH,
    )
    start, find = st.columns([1, 3], vertical_alignment="bottom")
    label = ui.on_primary("Train a network now")
    if start.button(label, type="primary", icon=":material/play_arrow:", width="stretch"):
        st.switch_page("optimization/training.py", query_params={"run": "1"})
    words = find.text_input(
        "Search all concepts and terms",
        placeholder="weight decay, cross-validation, 卷积 …",
        max_chars=60,
        key="home-search",
        live=True,
        icon=":material/search:",
    )
    found = search(words)
    if not words.strip():
        st.header(":material/flag: Start here", divider="gray", anchor=False)
        for i, (column, path) in enumerate(zip(st.columns(len(START_HERE)), START_HERE, strict=True), 1):
            with column.container(border=True, height="stretch"):
                st.page_link(f"{path}.py", label=f"**{i}. {CONCEPTS[path].title}**")
                st.caption(CONCEPTS[path].summary)
    if not found:
        st.info("No concept or term contains all of these words. Try one word, or clear the box to see everything.")
    for section in SECTIONS:
        built = [c for c in section.concepts if c in found and c.built]
        if built:
            st.header(f"{section.icon} {section.title}", divider="gray", anchor=False)
            cards(built)
    # In one element, not a card each: every visitor is sent all of this, and nothing in it can be opened yet.
    if coming := [f"- **{c.title}** ({c.zh}): {c.summary}" for c in found if not c.built]:
        with st.expander(f"Coming: {len(coming)} more pages", icon=":material/schedule:", expanded=bool(words.strip())):
            st.markdown("\n".join(coming))
