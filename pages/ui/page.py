"""The page of a concept: header, controls, run, verdict, figures and tabs, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core import concept as concepts
from core import text
from core.figures import fields
from core.figures.pins import lay_over
from core.findings import Finding
from core.settings import differing
from pages.ui import compare, results, tabs
from pages.ui.controls import Background, Controls, Upload
from pages.ui.images import enlarged, show_picture, show_small
from pages.ui.layout import HEIGHT, TEXT_WIDTH, WIDTH
from pages.ui.running import Run, ended_text, progress_text, result_of
from pages.ui.session import session
from pages.ui.text import escape_markdown
from pages.ui.warm import torch_loaded, torch_ready

if TYPE_CHECKING:
    import plotly.graph_objects as go

QUIET = {"displayModeBar": False}
INTERVALS = "foundations/expectation"  # the page that explains what every other page's "95 % CI" means

Draw = Callable[["Page", Any], None]


class Page:
    """A page under construction. `show` draws it; the functions that it is given draw figures with `chart` and `picture`.

    live: whether what is drawn now belongs to a run in progress. settings: what the controls show, None while they do not
    make sense. view: the package's ViewSettings, which only change how a result is drawn. inputs: what run() takes beside the settings, such as a file of the learner's own.
    """

    def __init__(
        self,
        concept: ModuleType,
        uploads: Mapping[str, Upload] | None = None,
        backgrounds: Mapping[str, Background] | None = None,
    ) -> None:
        """uploads: what to draw behind the controls of a group. backgrounds: by the name of a drawing, what it is made on; what
        that gave is then in `drawn_on`."""
        self.concept, self.path = concept, concepts.path_of(concept)
        self.slug = self.path.split("/")[1]
        self.words = text.of(self.path)
        self.live = False
        self.verdict = ""
        self.main = st.container(width=WIDTH)
        with self.main:
            tabs.page_header(self.words)
            self._place = st.container()
        with st.sidebar:
            self._backgrounds, self.drawn_on = backgrounds, dict[str, np.ndarray | None]()
            self.controls = Controls(self.path, concept.Settings, self.words, backgrounds)
            self.settings = self.controls.draw(uploads or {})
            self.drawn_on |= self.controls.drawn_on
            self.inputs = self.controls.inputs
            self.view = self.controls.view = self._view()
        with self._place:
            if self.controls.error:
                st.error(self.controls.error, icon=":material/error:")
            for note in self.controls.notes:
                st.warning(note, icon=":material/link_off:")

    def _view(self) -> Any | None:
        """What only changes how a result is drawn: the package's ViewSettings, where it has them."""
        if not hasattr(self.concept, "ViewSettings"):
            return None
        controls = Controls(self.path, self.concept.ViewSettings, self.words, self._backgrounds)
        view = controls.draw({}) or self.concept.ViewSettings()
        self.drawn_on |= controls.drawn_on
        self.controls.notes = [*self.controls.notes, *controls.notes]
        return view

    # What a page does.

    def show(
        self,
        draw: Draw,
        preview: Callable[[Page], None] | None = None,
        downloads: Callable[[Any], None] | None = None,
        after: Callable[[Page, Any], None] | None = None,
        every: float = 0.5,
    ) -> None:
        """The whole page of a concept that runs in the queue.

        draw(page, result): the figures, also of a run in progress. preview(page): what there is to see without any result.
        downloads(result): buttons beside the numbers. after(page, result): what stands below the findings. every: seconds
        between two drawings of a run in progress; heavy pictures take the time of the worker that trains.
        """
        run = Run(self.concept, self.words, self.settings, self.inputs)
        with self._place:
            with st.container(horizontal=True, vertical_alignment="center"):
                run.buttons()
                tabs.maths(self.words)
                tabs.presets(self.path, self.words, self.concept, self.controls)
            if run.running:
                pause = 1.5 if run.poll().state == "waiting" else every
                st.fragment(run_every=pause)(self._running)(run, draw, preview)
            elif run.attempt is None:
                if trouble := run.trouble:
                    st.warning(trouble, icon=":material/cloud_off:")
                self._status(0.0, self.words("ui.not_run"), "")
                self._preview(preview)
            else:
                self._ended(run, draw, preview)
        self._foot(run.result, downloads, after)

    def show_at_once(self, draw: Draw, after: Callable[[Page, Any], None] | None = None) -> None:
        """The whole page of a concept that computes while a slider moves, without the queue; the last result is kept."""
        st.query_params.pop("run", None)  # it runs at once, asked or not
        quick = session().quick
        if self.settings is not None and (self.path not in quick or quick[self.path].settings != self.settings):
            settings = self.settings
            quick[self.path] = self._with_torch(lambda: self.concept.run(settings, **self.inputs))
        result = quick.get(self.path) if self.settings is not None else None
        with self._place:
            with st.container(horizontal=True, vertical_alignment="center"):
                tabs.maths(self.words)
                tabs.presets(self.path, self.words, self.concept, self.controls)
            if result is not None:
                self._figures(result, draw)
        self._foot(result, None, after)

    def _foot(
        self, result: Any | None, downloads: Callable[[Any], None] | None, after: Callable[[Page, Any], None] | None
    ) -> None:
        with self.main:
            if result is not None and after is not None:
                after(self, result)
            with st.container():  # always there, so that the tabs below keep their place, and the open one stays open
                if result is not None:
                    results.results_section(self.path, self.words, self.concept, result, self.controls, downloads)
            tabs.tabs_section(self.path, self.words, self.concept, result, self.controls, self.settings)

    # The run and its figures.

    def _running(self, run: Run, draw: Draw, preview: Callable[[Page], None] | None) -> None:
        status = run.poll()
        self._status(status.fraction or 0.0, progress_text(self.words, status), self._stale(run))
        result = result_of(status)
        if result is None:
            self._preview(preview)
            return
        self.live = True
        with st.container(border=True):
            st.markdown(self.words("ui.verdict_after"))
        draw(self, result)

    def _ended(self, run: Run, draw: Draw, preview: Callable[[Page], None] | None) -> None:
        attempt = run.attempt
        assert attempt is not None
        if attempt.state == "failed":
            st.error(escape_markdown(attempt.message), icon=":material/error:")
        else:
            # The same bar as while it ran, so that nothing below it moves.
            self._status(attempt.fraction, ended_text(self.words, attempt), self._stale(run))
        if attempt.result is None:
            self._preview(preview)
        else:
            self._figures(attempt.result, draw)

    def _figures(self, result: Any, draw: Draw) -> None:
        verdict, *more = [self.words.say(f) for f in self.concept.findings(result)] or [""]
        self.verdict = verdict
        with st.container(border=True, key=f"{self.slug}-verdict"):
            st.markdown(verdict)
        draw(self, result)
        if more:
            with st.container(width=TEXT_WIDTH):
                st.markdown(f"**{self.words('ui.more_findings')}**\n" + "\n".join(f"- {sentence}" for sentence in more))
        if "% CI" in "".join([verdict, *more]) and self.path != INTERVALS:
            st.page_link(f"{INTERVALS}.py", label=self.words("ui.intervals"), icon=":material/help:")

    def _status(self, fraction: float, progress: str, stale: str) -> None:
        """The bar of progress; its text is that the picture is out of date where it is, so that nothing below it moves."""
        running = f"{progress} " if fraction < 1 else ""  # how far it is, also while it is out of date
        st.progress(fraction, text=f"{running}:orange[:material/history: {stale}]" if stale else progress)

    def _preview(self, preview: Callable[[Page], None] | None) -> None:
        if preview is not None and self.settings is not None:
            preview(self)
        else:
            st.skeleton()

    def _stale(self, run: Run) -> str:
        """A sentence when the picture belongs to other settings than the controls show."""
        attempt = run.attempt
        if attempt is None or self.settings is None or attempt.settings == self.settings:
            return ""
        names = differing(attempt.settings, self.settings)
        shown = [f"{self.words.label(n)} {self.controls.shown(attempt.settings, n)}" for n in names]
        changed = [f"{self.words.label(n)} to {self.controls.shown(self.settings, n)}" for n in names]
        return self.words("ui.earlier", shown=", ".join(shown), changed=", ".join(changed))

    # What a figure function calls.

    def text(self, key: str, **numbers: Any) -> str:
        """A sentence of this concept: text("captions.curves", seeds=8)."""
        return self.words(key, **numbers)

    def say(self, finding: Finding) -> str:
        return self.words.say(finding)

    def caption(self, key: str, **numbers: Any) -> None:
        """What a picture shows, in the order of the picture."""
        st.caption(self.words(f"captions.{key}", **numbers), width=TEXT_WIDTH)

    def alt(self, name: str, **numbers: Any) -> str:
        """The alternative text of the figure `name`: what is drawn, and what it shows."""
        return f"{self.words(f'alts.{name}', **numbers)} {self.verdict}".replace("**", "").strip()

    def chart(self, name: str, spec: dict[str, Any] | go.Figure, height: int = HEIGHT, **numbers: Any) -> None:
        """A chart: Apache ECharts options, which update in place while a run goes on, or a Plotly figure. name: of its
        alternative text, `alts.<name>`, which takes the numbers."""
        key, alt = f"{self.slug}-figure-{name}", self.alt(name, **numbers)
        if isinstance(spec, dict):
            st.echarts_chart(spec, height=height, key=key, alt=alt)
        else:
            st.plotly_chart(spec.update_layout(height=height), key=key, alt=alt, config=QUIET)

    def selectable(
        self,
        name: str,
        spec: dict[str, Any],
        chosen: Callable[[int], Mapping[str, Any]],
        height: int = HEIGHT,
        suffix: str = "",
        **numbers: Any,
    ) -> None:
        """An ECharts chart of which one series takes clicks: chosen(number of the item) gives controls their new values. suffix:
        a new one makes the chart anew, with nothing selected, so that the item clicked last can be clicked again."""
        key = f"{self.slug}-figure-{name}{suffix}"

        def moved() -> None:
            for series in st.session_state[key].selection.selected:
                self._move(chosen(series["data_indices"][0]))

        st.echarts_chart(spec, height=height, key=key, alt=self.alt(name, **numbers), on_select=moved)

    def grid(
        self, name: str, values: np.ndarray, most: float, changed: Callable[[np.ndarray], Mapping[str, Any]]
    ) -> None:
        """Numbers (rows, columns) from -most to most that can be edited one by one: changed(all of them) gives controls their
        new values. Each is called `captions.<name>`, which takes {row} and {column}."""
        keys = [[f"{self.slug}-{name}-{i}-{j}" for j in range(values.shape[1])] for i in range(len(values))]

        def moved() -> None:
            self._move(changed(np.array([[st.session_state[key] for key in row] for row in keys])))

        with st.container(width=90 * values.shape[1], gap="xsmall", key=f"{self.slug}-{name}"):
            for i, row in enumerate(keys):
                for j, (key, place) in enumerate(zip(row, st.columns(len(row), gap="xsmall"), strict=True)):
                    st.session_state[key] = float(values[i, j])
                    label = self.words(f"captions.{name}", row=i + 1, column=j + 1)
                    with place:
                        st.number_input(
                            label,
                            -most,
                            most,
                            step=1.0,
                            key=key,
                            on_change=moved,
                            label_visibility="collapsed",
                            format="%g",
                        )

    def faders(
        self,
        name: str,
        percent: np.ndarray,
        pictures: Sequence[np.ndarray],
        changed: Callable[[np.ndarray], Mapping[str, Any]],
        width: int = 88,
    ) -> None:
        """Pictures in rows, each with a slider of a whole percentage below it: changed(all of them) gives controls their new values.
        Slider and picture are called `captions.<name>` and `alts.<name>`, which take {number}, from 1."""
        keys = [f"{self.slug}-{name}-{i}" for i in range(len(percent))]

        def moved() -> None:
            self._move(changed(np.array([st.session_state[key] for key in keys])))

        with st.container(horizontal=True, gap="small", key=f"{self.slug}-{name}"):
            for i, (key, picture) in enumerate(zip(keys, pictures, strict=True)):
                st.session_state[key] = int(percent[i])
                with st.container(width=width, gap=None):
                    show_small(picture, self.alt(name, number=i + 1))
                    label = self.words(f"captions.{name}", number=i + 1)
                    st.slider(label, 0, 100, key=key, on_change=moved, format="%d %%")

    def _move(self, values: Mapping[str, Any]) -> None:
        for field, value in values.items():
            st.session_state[f"{self.slug}-{field}"] = value

    def picture(
        self,
        name: str,
        image: np.ndarray,
        width: int = 300,
        title: str = "",
        caption: str | None = None,
        suffix: str = "",
        **numbers: Any,
    ) -> None:
        """A picture (H, W, 3) or (H, W), uint8 or in [0, 1], under its title. name: of its alternative text. suffix: tells
        several pictures of one name apart."""
        with st.container(key=f"{self.slug}-figure-{name}{suffix}", width=width, gap="xsmall"):
            if title:
                st.markdown(f"**{title}**")
            show_picture(image, self.alt(name, **numbers), "stretch", caption)

    def kept(self, name: str, key: Any, make: Callable[[], Any], needs_torch: bool = True) -> Any:
        """What make() gives, made anew only when `key` changes; the last one is kept for each name."""
        held = session().quick.get(f"{self.path}-{name}")
        if held is None or held[0] != key:
            held = key, self._with_torch(make) if needs_torch else make()
            session().quick[f"{self.path}-{name}"] = held
        return held[1]

    def _with_torch(self, make: Callable[[], Any]) -> Any:
        """What make() computes in the server itself; the first time in its life, that waits for torch."""
        if not torch_loaded():
            with st.spinner(self.words("ui.loading_torch")):
                torch_ready()
        return make()

    def picture_row(
        self, name: str, rows: Sequence[tuple[np.ndarray, int, int]], classes: Sequence[str], width: int = 56
    ) -> None:
        """Small pictures (C, H, W) in [0, 1] with their true class and the prediction under each."""
        st.markdown(f"**{self.words(f'captions.{name}')}**")
        with st.container(height=250, border=False), st.container(horizontal=True, gap="small"):
            for x, truth, guess in rows:
                alt = self.words(f"alts.{name}", truth=classes[truth], prediction=classes[guess])
                show_picture(enlarged(x, width), alt, width, escape_markdown(f"{classes[truth]} → {classes[guess]}"))

    def slider(self, name: str, low: int, high: int, default: int) -> int:
        """A slider within the figures that changes the view alone; its words stand under controls.<name>."""
        if low >= high:
            return low
        label, help = self.words.label(name), self.words.help(name)
        key = f"{self.slug}-{name}"
        kept = st.session_state.get(key, default)
        if not low <= kept <= high:  # from a run that had more to step through
            st.session_state[key] = min(max(kept, low), high)
        return int(st.slider(label, low, high, min(max(default, low), high), key=key, bind="query-params", help=help))

    def toggle(self, name: str) -> bool:
        """A switch within the figures that changes the view alone."""
        label, help = self.words.label(name), self.words.help(name)
        return bool(st.toggle(label, key=f"{self.slug}-{name}", bind="query-params", help=help))

    def line(self, name: str, most: int, chosen: Callable[[str], Mapping[str, Any]]) -> str:
        """A line of at most `most` characters within the figures: chosen(text), once it is entered, gives controls their new
        values. Its words stand under controls.<name>."""
        label, help, key = self.words.label(name), self.words.help(name), f"{self.slug}-{name}"
        moved = lambda: self._move(chosen(st.session_state[key]))  # noqa: E731
        return st.text_input(label, key=key, max_chars=most, help=help, on_change=moved, bind="query-params") or ""

    def field_row(
        self,
        name: str,
        grids: Mapping[str, np.ndarray],
        axes: tuple[np.ndarray, np.ndarray],
        points: tuple[np.ndarray, np.ndarray],
        captions: Mapping[str, str],
        width: int = 190,
    ) -> None:
        """Decision fields side by side on one scale, with the points x (n, 2) of classes y (n,); name: of their alternative
        text, which takes {name}."""
        with st.container(horizontal=True, gap="small"):
            for key, grid in grids.items():
                field = fields.picture(grid, axes, [(*points, "")], size=2 * width)
                show_picture(field, self.words(f"alts.{name}", name=captions[key]), width, captions[key])

    def segment(self, name: str, options: Collection[str], default: str) -> str:
        """A choice within the figures that changes the view alone."""
        names = list(options)
        value = st.segmented_control(
            self.words.label(name),
            names,
            default=default if default in names else names[0],
            required=True,
            wrap=True,
            key=f"{self.slug}-{name}",
            help=self.words.help(name),
            format_func=lambda value: self.words.option(name, value),
            bind="query-params",
        )
        return value or names[0]

    @property
    def dark(self) -> bool:
        return st.context.theme.type == "dark"

    def pinned(self, now: Any) -> dict[str, Any]:
        """The pinned runs by name, to be drawn over the run on show, `now`; without that run itself."""
        return {compare.pin_name(i): pin for i, pin in enumerate(compare.pins(self.path)) if pin is not now}

    def overlaid(
        self,
        now: Any,
        draw: Callable[[Any], dict[str, Any]],
        fits: Callable[[Any], bool] = lambda pin: True,
        only: Collection[str] = (),
    ) -> dict[str, Any]:
        """The chart draw(now), ECharts options, with those of the pinned runs that fit it laid over; only: names of lines."""
        return lay_over(draw(now), {name: draw(pin) for name, pin in self.pinned(now).items() if fits(pin)}, only)
