"""The entry script: page settings and the navigation, made from the catalogue."""

import copy

import streamlit as st

from core.catalogue import SECTIONS
from pages import ui

st.set_page_config(page_title="Concept Lab", page_icon="🧪", layout="wide")
# Streamlit fades what is out of date whether or not the visitor has asked the system for less motion.
st.html(
    "<style>@media (prefers-reduced-motion: reduce) {"
    "* {animation-duration: 0s !important; transition-duration: 0s !important}}</style>"
)
if "pages" not in st.session_state:  # made once a tab: each looks for its file, which is most of a light page's rerun
    pages = {"": [st.Page("home.py", title="Home", icon=":material/home:", default=True)]}
    for section in SECTIONS:
        pages[section.title] = [
            st.Page(f"{c.path}.py", title=c.title, icon=section.icon, url_path=c.slug)
            for c in section.concepts
            if c.built
        ]
    pages["Reference"] = [st.Page("glossary.py", title="Glossary", icon=":material/translate:")]
    st.session_state["pages"] = {title: entries for title, entries in pages.items() if entries}
# Copies, since a page notes whether it has run, and a tab's last run may still be ending while its next begins.
page = st.navigation({title: [copy.copy(p) for p in made] for title, made in st.session_state["pages"].items()})
ui.keep_alive()
if page.url_path not in ("", "glossary") and not ui.warmed_up(0):
    with st.spinner("The lab has only just started, and gets torch ready …"):
        ui.warmed_up()
page.run()
