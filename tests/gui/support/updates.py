"""A house whose release page is a server of the test's own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.api.proxies import Route
from runcomfy_desktop.api.releases import read_latest
from runcomfy_desktop.core.updates import Pace, UpdatePhase, Updates
from tests.gui.support.house import House, open_house, turn
from tests.support.raw_server import RawServer, json_reply
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.raw_server import Part

NOTES = "## New\n- <b>Links</b> open deployments.\n- [a page](https://evil.example/)"
NEWER = json_reply({"tag_name": "v0.3.0", "body": NOTES, "html_url": "https://evil.example/"})
SAME = json_reply({"tag_name": "v0.2.0"})


@asynccontextmanager
async def asking(folder: Path, part: Part) -> AsyncIterator[tuple[House, Updates]]:
    """The house of a program 0.2.0 whose release page answers with `part`."""

    async with open_house(folder) as house:
        await house.until_open()
        async with lent(house, part) as updates:
            yield house, updates


@asynccontextmanager
async def lent(house: House, part: Part) -> AsyncIterator[Updates]:
    """What the window asks for updates from now on: a release page that answers with `part`."""

    async def direct() -> Route:
        return Route()

    async with RawServer(part) as page:
        updates = Updates(
            house.preferences,
            house.parts.notices,
            lambda: read_latest(direct, f"{page.url}/latest"),
            "0.2.0",
            pace=Pace(0.0, 0.01),
        )
        house.window.help_desk.lend_updates(updates)
        yield updates
        await updates.close()


async def ask(house: House, updates: Updates) -> None:
    """Chooses Help > Check for updates, and waits for what comes of it."""
    await house.trigger("check_updates")
    await until(lambda: updates.state.phase not in (UpdatePhase.IDLE, UpdatePhase.ASKING))
    await turn()
