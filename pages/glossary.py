"""The glossary: every term in English and Chinese, in one sentence, with the page that shows it."""

import streamlit as st

from core.catalogue import CONCEPTS, terms
from pages import ui

with st.container(width=ui.WIDTH):
    st.title("Glossary :gray[:small[术语表]]", anchor=False)
    st.markdown("Every term of the lab in one sentence. Click a page to see the term at work.", width=ui.TEXT_WIDTH)
    words = st.text_input(
        "Search the glossary",
        placeholder="momentum, 梯度 …",
        max_chars=60,
        key="glossary-search",
        live=True,
        icon=":material/search:",
    )
    wanted = words.casefold().split()
    found = [t for t in terms() if all(w in f"{t.english} {t.chinese} {t.meaning}".casefold() for w in wanted)]
    if not found:
        st.info("No term contains all of these words.")
    st.markdown(
        "\n".join(
            f"- **{t.english}** {t.chinese} &ensp; {t.meaning} [{CONCEPTS[t.path].title}](/{t.path.split('/')[1]})"
            for t in found
        ),
        width=ui.TEXT_WIDTH,
    )
