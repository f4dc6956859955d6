"""The whole program with a release page that the test serves."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.api.proxies import Route
from runcomfy_desktop.api.releases import read_latest
from runcomfy_desktop.core.updates import UpdatePhase, Updates, UpdateSchedule
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.support.async_wait import wait_until
from tests.support.raw_server import RawServer, json_reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.raw_server import ScriptedReply

NOTES = "## New\n- <b>Links</b> open deployments.\n- [a page](https://evil.example/)"
NEWER_RELEASE = json_reply(
    {"tag_name": "v0.3.0", "body": NOTES, "html_url": "https://evil.example/"}
)
SAME_RELEASE = json_reply({"tag_name": "v0.2.0"})


@asynccontextmanager
async def program_with_release_page(
    folder: Path, reply: ScriptedReply
) -> AsyncIterator[tuple[GuiProgram, Updates]]:
    """Opens the program as version 0.2.0 with a release page that responds with `reply`."""

    async with open_program(folder) as program:
        await program.wait_until_open()
        async with replaced_updates(program, reply) as updates:
            yield program, updates


@asynccontextmanager
async def replaced_updates(program: GuiProgram, reply: ScriptedReply) -> AsyncIterator[Updates]:
    """Replaces the window's update check with one whose release page responds with `reply`."""

    async def direct() -> Route:
        return Route()

    async with RawServer(reply) as page:
        updates = Updates(
            program.preferences,
            program.services.notices,
            lambda: read_latest(direct, f"{page.url}/latest"),
            "0.2.0",
            schedule=UpdateSchedule(0.0, 0.01),
        )
        program.window.help_controller.provide_updates(updates)
        yield updates
        await updates.close()


async def check_for_updates(program: GuiProgram, updates: Updates) -> None:
    """Chooses Help > Check for updates and waits for the result."""
    await program.trigger("check_updates")
    await wait_until(lambda: updates.state.phase not in (UpdatePhase.IDLE, UpdatePhase.CHECKING))
    await process_events_async()
