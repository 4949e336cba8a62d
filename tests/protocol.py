"""A tab without a browser: a WebSocket that speaks Streamlit's own protocol, so that one process can be hundreds."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60.0


class Visitor:
    """One tab. `texts` is what the last run of the script wrote, `widgets` the ids of its widgets by key, `session` what
    the server calls the tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.texts: list[str] = []
        self.widgets: dict[str, str] = {}
        self.page = ""
        self.session = ""

    async def run(self, query: str = "", page: str = "", states: Iterable[tuple[str, str, Any]] = ()) -> float:
        """Run the script and wait for its end; seconds from asking to the last message. states: (key, field, value) of
        the widgets that were moved, as ("losses-delta", "double_array_value", [2.0])."""
        ask = BackMsg()
        ask.rerun_script.query_string = query
        ask.rerun_script.page_name = page
        ask.rerun_script.page_script_hash = "" if page else self.page
        for key, field, value in states:
            widget = ask.rerun_script.widget_states.widgets.add(id=self.widgets[key])
            if isinstance(value, list):
                getattr(widget, field).data.extend(value)
            else:
                setattr(widget, field, value)
        begun = time.perf_counter()
        self.texts = []
        await self.socket.send(ask.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while True:
                message = ForwardMsg()
                message.ParseFromString(await self.socket.recv())  # type: ignore[arg-type]
                self._read(message)
                kind = message.WhichOneof("type")
                if kind == "script_finished" and message.script_finished in (
                    ForwardMsg.FINISHED_SUCCESSFULLY,
                    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
                ):
                    return time.perf_counter() - begun

    def _read(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "new_session":
            self.page = message.new_session.page_script_hash
            self.session = message.new_session.initialize.session_id
        if message.WhichOneof("type") == "navigation":  # which page a name in the address stands for
            self.page = message.navigation.page_script_hash
        if message.WhichOneof("type") != "delta":
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind is None:
            return
        body = getattr(element, kind)
        for name in ("body", "text", "label"):
            if isinstance(word := getattr(body, name, None), str) and word:
                self.texts.append(word)
        if identity := getattr(body, "id", ""):
            self.widgets[identity.split("-", 2)[-1]] = identity  # ids are $$ID-<hash>-<key>

    def says(self, words: str) -> bool:
        return any(words in text for text in self.texts)


@contextlib.asynccontextmanager
async def visitor(address: str, **headers: str) -> AsyncIterator[Visitor]:
    """A tab on the server at `address` (http://…), opened with these headers beside its own."""
    async with connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers=headers,
        max_size=None,
        open_timeout=PATIENCE,
    ) as socket:
        yield Visitor(socket)
