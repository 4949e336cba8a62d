"""The entry script: page settings and the navigation."""

import streamlit as st

from pages import ui

st.set_page_config(page_title="Concept Lab", page_icon="🧪", layout="wide")
# Streamlit fades what is out of date whether or not the visitor has asked the system for less motion.
st.html(
    "<style>@media (prefers-reduced-motion: reduce) {"
    "* {animation-duration: 0s !important; transition-duration: 0s !important}}</style>"
)
page = st.navigation(ui.contents())
ui.keep_alive()
if page.url_path not in ("", "glossary") and not ui.warmed_up(0):
    with st.spinner("The lab has only just started, and gets torch ready …"):
        ui.warmed_up()
page.run()
