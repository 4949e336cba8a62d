"""Try this: a prediction first, then the run, then the answer from that run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.legacy import Question
from pages.legacy.controls import Controls


def try_this(path: str, controls: Controls, questions: Sequence[Question[Any]], result: Any | None) -> None:
    """result: of the finished run on display; a question is graded by it when it ran with the question's settings."""
    for i, q in enumerate(questions):
        with st.container(border=True):
            st.markdown(f"**{i + 1}. {q.text}**")
            guess = st.radio(
                "Your prediction", q.choices, index=None, key=f"{controls.slug}-guess{i}", persist_state="session"
            )
            same = {name: q.change.get(name, default) for name, default in controls.defaults.items()}
            undone = result is None or result.settings != controls.type(**same)
            if undone and guess is None:
                help = "Choose a prediction first"
                st.button(
                    "Run it", key=f"{controls.slug}-wait{i}", icon=":material/play_arrow:", disabled=True, help=help
                )
            elif undone:
                st.page_link(
                    f"{path}.py",
                    label="Run it",
                    icon=":material/play_arrow:",
                    query_params={**controls.query(q.change), "run": "1"},
                )
            elif guess is None:
                st.info("The run is done. Choose your prediction to see how it came out.", icon=":material/help:")
            else:
                right, said = q.grade(result)
                if q.choices[right] == guess:
                    st.success(f"As you predicted. {said}", icon=":material/check:")
                else:
                    st.warning(
                        f"It came out otherwise: {q.choices[right].lower()}. {said}", icon=":material/lightbulb:"
                    )
