"""The limit on open tabs."""

import asyncio

from app import Visitors


def test_one_tab_too_many_is_closed_and_a_freed_place_serves_the_next():
    async def scenario():
        hold, served, sent = asyncio.Event(), [], []

        async def app(scope, receive, send):
            served.append(scope["path"])
            await hold.wait()

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        visitors = Visitors(app, most=2)
        tabs = [asyncio.create_task(visitors({"type": "websocket", "path": str(i)}, receive, send)) for i in range(3)]
        await asyncio.sleep(0.01)
        assert served == ["0", "1"]
        assert [m["code"] for m in sent] == [1013]
        page = asyncio.create_task(visitors({"type": "http", "path": "page"}, receive, send))
        await asyncio.sleep(0.01)
        assert served == ["0", "1", "page"]
        hold.set()
        await asyncio.gather(*tabs, page)
        await visitors({"type": "websocket", "path": "later"}, receive, send)
        assert served[-1] == "later"

    asyncio.run(scenario())
