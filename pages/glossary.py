"""The glossary: every concept with its Chinese terms, made from the catalogue."""

import streamlit as st

from core.catalogue import SECTIONS, search

st.title("Glossary", anchor=False)
st.markdown("Each concept in a sentence, with the terms it goes by in Chinese. A title leads to its page.")
words = st.text_input("Search the glossary", placeholder="梯度, boosting …", max_chars=60, key="glossary-search")
found = set(search(words))
if not found:
    st.info("Nothing here has all of these words.")
for section in SECTIONS:
    concepts = [c for c in section.concepts if c in found]
    if not concepts:
        continue
    st.header(section.title, anchor=False, divider="gray")
    for c in concepts:
        if c.built:
            title, terms, summary = st.columns([1, 1, 2], vertical_alignment="center")
            title.page_link(f"{c.path}.py", label=f"**{c.title}**")
            terms.markdown(c.terms)
            summary.markdown(c.summary)
    if coming := [f"- {c.title} · {c.terms} · :gray[{c.summary}]" for c in concepts if not c.built]:
        st.markdown("Coming:\n" + "\n".join(coming))
