"""The entry script: page settings and the navigation."""

import streamlit as st

from pages import ui

st.set_page_config(page_icon="pages/ui/icon.svg", layout="wide", initial_sidebar_state=300)
st.logo("pages/ui/logo.svg", size="large", icon_image="pages/ui/icon.svg")
# Streamlit fades what is out of date whether or not the visitor has asked the system for less motion.
st.html(
    "<style>@media (prefers-reduced-motion: reduce) {"
    "* {animation-duration: 0s !important; transition-duration: 0s !important}}</style>"
)
page = st.navigation(ui.navigation_pages(), position="top")
ui.keep_alive(page.url_path)
page.run()
