"""The controls of a page, made from the declarations of its Settings and bound to the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from core.data.strokes import decode
from core.settings import (
    Choice,
    Drawn,
    Field,
    Hidden,
    Many,
    Number,
    SettingsError,
    Switch,
    Typed,
    declared,
    from_query,
    to_query,
)
from core.text import Text
from pages.ui.drawing import canvas
from pages.ui.session import session
from pages.ui.text import escape_markdown

# Values so far -> values of hidden fields, and what run() takes beside the settings.
Upload = Callable[[Mapping[str, Any]], tuple[dict[str, Any], dict[str, Any]]]
# Values so far -> the square picture (H, W, 3) uint8 on which a drawing is made; it may ask for the picture, above the canvas.
Background = Callable[[Mapping[str, Any]], np.ndarray | None]


class Controls:
    """The settings that the controls show.

    slug prefixes the keys, which are the names in the address: a key that two pages share leaks from one to the other when
    the visitor goes back.
    """

    def __init__(
        self, path: str, settings: type, words: Text, backgrounds: Mapping[str, Background] | None = None
    ) -> None:
        self.backgrounds = backgrounds or {}
        self.drawn_on: dict[str, np.ndarray | None] = {}  # what the drawings on show are made on
        self.path, self.slug, self.type, self.words = path, path.split("/")[1], settings, words
        self.specs = declared(settings)
        self.values: dict[str, Any] = {}
        self.inputs: dict[str, Any] = {}
        self.view: Any | None = None  # the ViewSettings that are drawn beside these, where the page has them
        self._notes: dict[str, Any] = {}  # places under controls
        self.error = ""  # why these settings cannot be run
        self.notes: list[str] = []  # what of a link could not be followed
        query = {name: st.query_params.get_all(name) for name in st.query_params}
        self.asked, self.refused = from_query(self._names(query), settings, self.slug)
        self._seed(query)
        self._restored: dict[str, Any] = {}
        if st.query_params.get("run") == "1":
            self._follow_link()
        elif to_restore := self._own(session().to_restore):
            self._restore(to_restore)
        elif session().arrived and not any(self._key(name) in query for name in self.specs):
            self._restored = {n: v for n, v in session().settings.get(self.path, {}).items() if n in self.specs}
            self._restore(self._restored)

    def _key(self, name: str) -> str:
        return f"{self.slug}-{name}"

    def _names(self, query: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """The query with names of options where a link has their labels: Streamlit writes labels into the address, our own
        links have names, and older links have labels of their time."""
        named = dict(query)
        for name, spec in self.specs.items():
            key = self._key(name)
            if isinstance(spec, (Choice, Many)) and key in query:
                labels = {self.words.option(name, option): option for option in spec.options}
                formerly = f"controls.{name}.formerly"
                labels |= self.words.raw(formerly) if self.words.has(formerly) else {}
                named[key] = [text if text in spec.options else labels.get(text, text) for text in query[key]]
        return named

    def _own(self, kept: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Take from what is kept for this page the values of these controls. A page may have two sets of controls: its
        settings, and what only changes the view."""
        values = kept.get(self.path, {})
        return {name: values.pop(name) for name in list(values) if name in self.specs}

    def _seed(self, query: Mapping[str, list[str]]) -> None:
        """Give the controls what a link says by names, which Streamlit, looking for labels, does not understand. It takes the
        parameter out of the address then; said once more at the next run, the value is written there again."""
        for name, value in self._own(session().seeded).items():
            if self._key(name) not in query and st.session_state.get(self._key(name)) == value:
                st.session_state[self._key(name)] = value
        for name, value in self.asked.items():
            spec, key = self.specs[name], self._key(name)
            if isinstance(spec, (Choice, Many)) and key not in st.session_state and value != spec.default:
                st.session_state[key] = _shown(spec, value)
                session().seeded.setdefault(self.path, {})[name] = _shown(spec, value)

    def _follow_link(self) -> None:
        """Let a link to the page one is already on mean all of its settings: a control that the link leaves out goes back
        to its default, where Streamlit would leave it as it stands."""
        for name, spec in self.specs.items():
            key = self._key(name)
            if key not in st.session_state:
                continue
            if key not in st.query_params:
                st.session_state[key] = _shown(spec, spec.default)
            elif name in self.asked and isinstance(spec, (Choice, Many)):
                st.session_state[key] = _shown(spec, self.asked[name])

    def _restore(self, values: Mapping[str, Any]) -> None:
        """Whoever comes back to a page finds it as they left it."""
        for name, value in values.items():
            if value != self.specs[name].default:
                st.session_state[self._key(name)] = _shown(self.specs[name], value)

    def draw(self, uploads: Mapping[str, Upload]) -> Any | None:
        """Draw every control, those without a group first, and return the settings; None when they make no sense, and
        `error` says why. uploads: what to draw behind the controls of a group."""
        groups = dict.fromkeys(spec.group for spec in self.specs.values() if not isinstance(spec, Hidden))
        for group in groups:
            if group and group not in uploads and not self._any_shown(group):
                st.container()  # the groups after it keep their places, and so stay open
                continue
            place = st.expander(self.words(f"groups.{group}"), expanded=False) if group else st.container()
            with place:
                for name, spec in self.specs.items():
                    if spec.group == group and not isinstance(spec, Hidden):
                        self._draw(name, spec)
                if group in uploads:
                    hidden, inputs = uploads[group](self.values)
                    self.values |= hidden
                    self.inputs |= inputs
        if any(self.values.get(name, value) != value for name, value in self._restored.items()):
            # The browser's Back button: Streamlit takes the controls from the address of that time, which does not have them.
            session().to_restore.setdefault(self.path, {}).update(self._restored)
            st.rerun()
        return self._settings()

    def _any_shown(self, group: str) -> bool:
        """Whether a group has a control that matters now; values of its own count as their defaults."""
        values = {name: spec.default for name, spec in self.specs.items()} | self.values
        return any(
            spec.group == group and not isinstance(spec, Hidden) and (spec.when is None or spec.when(values))
            for spec in self.specs.values()
        )

    def _draw(self, name: str, spec: Field) -> None:
        if spec.when is not None and not spec.when(self.values):
            return
        key = self._key(name)
        common: dict[str, Any] = {"key": key, "help": self.words.help(name), "bind": "query-params"}
        label = self.words.label(name)
        option = lambda value: self.words.option(name, value)  # noqa: E731
        value: Any = spec.default
        if isinstance(spec, Number):
            value = self._number(name, spec, label, common)
        elif isinstance(spec, Choice) and spec.style == "segment":
            value = st.segmented_control(
                label, spec.options, default=spec.default, format_func=option, required=True, **common
            )
        elif isinstance(spec, Choice):
            at = spec.options.index(spec.default)
            value = st.selectbox(label, spec.options, index=at, format_func=option, **common)
        elif isinstance(spec, Many) and spec.ordered:
            value = st.multiselect(label, spec.options, default=list(spec.default), format_func=option, **common)
        elif isinstance(spec, Many):
            pills: dict[str, Any] = {
                "selection_mode": "multi",
                "default": list(spec.default),
                "wrap": True,
                "format_func": option,
            }
            value = st.pills(label, spec.options, **pills, **common)
        elif isinstance(spec, Switch):
            value = st.toggle(label, spec.default, **common)
        elif isinstance(spec, Typed):
            value = st.text_input(label, spec.default, max_chars=spec.most, **common)
        elif isinstance(spec, Drawn):
            if name in self.backgrounds:
                self.drawn_on[name] = self.backgrounds[name](self.values)
            value = canvas(
                key,
                spec,
                self.asked.get(name),
                label,
                self.words.help(name),
                lambda kind: self.words.option(name, kind),
                self.drawn_on.get(name),
            )
        if isinstance(value, list):
            value = tuple(value)
        # What arrives over the connection need not be what a control can give.
        said = isinstance(spec, (Many, Drawn))  # what is wrong with these is for the settings to say
        if self.words.has(f"controls.{name}.note"):
            self._notes[name] = st.empty()
        self.values[name] = value if said or spec.problem(value) is None else spec.default

    def _number(self, name: str, spec: Number, label: str, common: Mapping[str, Any]) -> Any:
        stops = _stops(spec)
        if not stops:
            return st.slider(label, spec.low, spec.high, spec.default, spec.step, **common)
        # A sound value between two stops, from a link, gets a stop of its own.
        for value in (st.session_state.get(self._key(name)), self.asked.get(name)):
            if value is not None and spec.problem(value) is None and spec.clean(value) not in stops:
                stops = sorted({*stops, spec.clean(value)})
        return st.select_slider(label, stops, value=spec.default, format_func=spec.to_address, **common)

    def _settings(self) -> Any | None:
        try:
            made = self.type(**self.values)
        except SettingsError as error:
            self.error = self.words("ui.invalid", why=escape_markdown(str(error)))
            return None
        me = session()
        others = {n: v for n, v in me.settings.get(self.path, {}).items() if n not in self.specs}
        shown = {n: v for n, v in self.values.items() if not isinstance(self.specs[n], Hidden)}
        me.settings[self.path] = others | shown
        if self.refused:
            me.link_notes[self.path, self.type.__name__] = (
                made,
                [self._ignored(name, raw) for name, raw in self.refused.items()],
            )
        about, notes = me.link_notes.get((self.path, self.type.__name__), (None, []))
        self.notes = notes if about == made else []  # until a control is moved
        return made

    def _ignored(self, name: str, raw: str) -> str:
        value = self.values.get(name, self.specs[name].default)
        spec = self.specs[name]
        assert not isinstance(spec, Hidden)
        used = spec.to_address(value)
        used = ", ".join(used) if isinstance(used, list) else self.words.option(name, used)
        label = self.words.label(name)
        return self.words("ui.link_ignored", label=label, value=escape_markdown(raw), used=escape_markdown(used))

    def note(self, name: str, **numbers: Any) -> None:
        """A line under a control that says what the run found out about it: `controls.<name>.note`."""
        if name in self._notes:
            self._notes[name].caption(self.words(f"controls.{name}.note", **numbers))

    def query(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a link within the lab that changes these fields, beside the defaults; with labels, as Streamlit
        writes them, so that it understands them on the page one is already on."""
        named = dict(change)
        for name, value in change.items():
            if isinstance(self.specs[name], Choice):
                named[name] = self.words.option(name, value)
            elif isinstance(self.specs[name], Many):
                named[name] = [self.words.option(name, each) for each in value]
        return to_query(named, self.type, self.slug)

    def shown(self, settings: Any, name: str) -> str:
        """The value of a field as a person reads it."""
        spec = self.specs[name]
        value = getattr(settings, name)
        if isinstance(spec, Number):
            return spec.to_address(value)
        if isinstance(spec, Many):
            return ", ".join(self.words.option(name, v) for v in value) or "–"
        if isinstance(spec, Switch):
            return "on" if value else "off"
        if isinstance(spec, Drawn):
            return self.words("ui.drawing", strokes=len(decode(value, len(spec.labels))))
        return escape_markdown(self.words.option(name, value))


def _stops(spec: Number) -> list[Any]:
    """The stops of a slider; none where every whole number is one."""
    if spec.values:
        return list(spec.values)
    assert spec.step is not None
    if spec.whole and spec.step == 1:
        return []
    count = int((spec.high - spec.low) / spec.step + 1e-9)
    stops = {spec.clean(round(spec.low + i * spec.step, 10)) for i in range(count + 1)}
    return sorted({*stops, spec.clean(spec.default), spec.clean(spec.high)})


def _shown(spec: Field, value: Any) -> Any:
    """A value as the session state of its control holds it."""
    return list(value) if isinstance(spec, Many) else value
