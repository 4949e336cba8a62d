"""The words of a page: header, formula and presets above the figures, and the tabs below them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import streamlit as st

from core import concept as concepts
from core.catalogue import following
from core.questions import Question
from core.text import Text
from pages.ui.compare import comparison
from pages.ui.controls import Controls
from pages.ui.layout import TEXT_WIDTH


def page_header(words: Text) -> None:
    """Title and Chinese terms on one line, and the idea in two sentences."""
    st.title(f"{words.raw('title')} :gray[:small[{words.raw('zh')}]]", anchor=False)
    st.markdown(words.raw("idea"), width=TEXT_WIDTH)


def maths(words: Text) -> None:
    """The formula, for whoever asks for it."""
    if not words.has("formula"):
        return
    with st.popover(words("ui.formula"), icon=":material/function:"):
        st.markdown(words.raw("formula"))


def presets(path: str, words: Text, concept: ModuleType, controls: Controls) -> None:
    """A shelf of settings: links that set the controls and run."""
    shelf = concepts.presets(concept)
    if not shelf:
        return
    with st.popover(words("ui.presets"), icon=":material/bookmarks:", help=words("ui.presets_help")):
        for preset in shelf:
            icon = ":material/check_circle:" if preset.works else ":material/cancel:"
            query = {**controls.query(preset.change), "run": "1"}
            st.page_link(f"{path}.py", label=words(f"presets.{preset.key}.label"), icon=icon, query_params=query)
            st.caption(words(f"presets.{preset.key}.why"))


def tabs_section(
    path: str, words: Text, concept: ModuleType, result: Any | None, controls: Controls, settings: Any | None
) -> None:
    """Try this, Notes, Compare, Code, Sources, and the next page of the reading order."""
    names = ("tab_try", "tab_notes", "tab_compare", "tab_code", "tab_sources")
    questions, notes, compared, code, sources = st.tabs([words(f"ui.{name}") for name in names])
    with questions:
        for i, question in enumerate(concept.QUESTIONS):
            _try_this(i, path, words, question, result, controls)
    with notes:
        st.markdown(words.raw("notes"), width=TEXT_WIDTH)
    with compared:
        comparison(path, words, concept, result, controls)
    with code:
        _code(path.split("/")[1], words, concept, result.settings if result is not None else settings)
    with sources:
        st.markdown("\n".join(f"- {source}" for source in words.raw("sources")), width=TEXT_WIDTH)
    if (after := following(path)) is not None:
        label = words("ui.next", title=after.title)
        st.page_link(f"{after.path}.py", label=label, icon=":material/arrow_forward:")


def _try_this(i: int, path: str, words: Text, question: Question, result: Any | None, controls: Controls) -> None:
    """A prediction first, then the run, then the answer from that run; result is of the run on show."""
    key, slug = f"questions.{question.key}", path.split("/")[1]
    choices = words.raw(f"{key}.choices")
    with st.container(border=True, width=TEXT_WIDTH):
        st.markdown(f"**{i + 1}. {words(f'{key}.text')}**")
        label = words("ui.predict")
        guess = st.radio(label, choices, index=None, key=f"{slug}-guess{i}", persist_state="session")
        undone = result is None or result.settings != controls.type(**question.change) or result.fraction < 1
        if undone and guess is None:
            st.button(
                words("ui.run_it"),
                key=f"{slug}-wait{i}",
                icon=":material/play_arrow:",
                disabled=True,
                help=words("ui.choose_first"),
            )
        elif undone:
            query = {**controls.query(question.change), "run": "1"}
            st.page_link(f"{path}.py", label=words("ui.run_it"), icon=":material/play_arrow:", query_params=query)
        elif guess is None:
            st.info(words("ui.choose_now"), icon=":material/help:")
        else:
            right, numbers = question.grade(result)
            answer = words(f"{key}.answer", **numbers)
            verdict = words.say(concepts.load(path).findings(result)[0])
            if choices[right] == guess:
                st.success(words("ui.right", answer=answer), icon=":material/check:")
            else:
                st.warning(words("ui.wrong", choice=choices[right], answer=answer), icon=":material/lightbulb:")
            st.markdown(verdict)


def _code(slug: str, words: Text, concept: ModuleType, settings: Any | None) -> None:
    """The script of the run on show; before there is one, of what the controls show."""
    text = concepts.script(concept, settings) if settings is not None else None
    if text is None:
        st.caption(words("ui.no_script"))
        return
    st.caption(words("script") if words.has("script") else words("ui.script"))
    name, icon = f"{slug}.py", ":material/download:"
    st.download_button(words("ui.download_script"), text, name, "text/x-python", icon=icon)
    st.code(text, language="python", height=420)
