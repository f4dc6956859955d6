"""Stores the pinned inputs of each deployment and file, in one readable JSON file."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.pin import Pin, pin_to_json, pins_from_json
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.data_versions import version_in
from runcomfy_desktop.store.delayed_writer import DelayedWriter
from runcomfy_desktop.store.small_file import DamagedFile, read_object, set_aside, try_set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

FORMAT = 1
PinsByOwner: TypeAlias = "Mapping[str, tuple[Pin, ...]]"
"""Pins by owner: a deployment's id, or `file:` and the path of a file."""
_MAX_BYTES = 16 * 1024 * 1024
_log = logging.getLogger(__name__)


class PinStore:
    """Stores all pins in the file at `path`.

    `on_failure` is called once when the file cannot be written, and when it cannot be read. A
    damaged file is moved aside. A file written by a newer program is not touched: changed pins are
    then not stored.
    """

    def __init__(self, path: Path, on_failure: Callable[[Exception], object]) -> None:
        self._path = path
        self._on_failure = on_failure
        self._is_newer = False
        # A file that could not be read from the disk may be intact.
        self._is_unreadable = False
        self._writer = DelayedWriter(on_failure)

    async def load(self) -> dict[str, tuple[Pin, ...]]:
        """Returns the stored pins; an empty dict if there is no readable file."""
        found = await asyncio.to_thread(self._read)
        if isinstance(found, Problem):
            self._on_failure(found)
            return {}
        return found

    def save(self, pinned: PinsByOwner) -> None:
        """Schedules a write of all pins within a second."""
        if not self._is_newer:
            self._writer.schedule(self._path, lambda: self._encoded_content(pinned))

    async def close(self) -> None:
        """Writes everything pending, so that the last pin is on disk unless the write failed."""
        await self._writer.close()

    def _read(self) -> dict[str, tuple[Pin, ...]] | Problem:
        try:
            stored = read_object(self._path, _MAX_BYTES)
            if stored is not None and version_in(stored, "format") > FORMAT:
                self._is_newer = True
                return _newer_version_problem()
            return {} if stored is None else _pins_by_owner(stored)
        except DamagedFile as damage:
            return _set_aside_damaged(self._path, str(damage))
        except OSError as error:
            self._is_unreadable = True
            return _unreadable_problem(
                _("The file stays, under another name once you change them."), str(error)
            )

    def _encoded_content(self, pinned: PinsByOwner) -> bytes | None:
        """Returns the content to write; None removes the file. Called on a worker thread.

        Raises OSError.
        """
        if self._is_unreadable:
            with suppress(FileNotFoundError):
                set_aside(self._path)
            self._is_unreadable = False
        return _encode(pinned)


def _encode(pinned: PinsByOwner) -> bytes | None:
    if not pinned:
        return None
    owners: JsonObject = {
        owner: list(map(pin_to_json, pins)) for owner, pins in sorted(pinned.items())
    }
    return json.dumps({"format": FORMAT, "pins": owners}, indent=1).encode()


def _pins_by_owner(stored: JsonObject) -> dict[str, tuple[Pin, ...]]:
    owners = stored.get("pins")
    if not isinstance(owners, dict):
        raise DamagedFile("no pins in it")
    found = {owner: (pins_from_json(entries), entries) for owner, entries in owners.items()}
    # An empty list was stored because the user removed all pins; no input is suggested then.
    return {owner: pins for owner, (pins, entries) in found.items() if pins or entries == []}


def _newer_version_problem() -> Problem:
    _log.warning("The pins are of a newer program")
    return Problem(
        _("Your essentials were stored by a newer version of this program."),
        _("They are left as they are. What you change here is not stored."),
        _("Install the newer version to see them."),
    )


def _set_aside_damaged(path: Path, technical: str) -> Problem:
    copy, technical = try_set_aside(path, technical)
    return _unreadable_problem(_("The file is kept as %s.") % copy if copy else "", technical)


def _unreadable_problem(location_text: str, technical: str) -> Problem:
    _log.warning("The pins cannot be read: %s", technical)
    return Problem(
        _("Your essentials could not be read."),
        " ".join(part for part in (_("They are suggested for now."), location_text) if part),
        technical=technical,
    )
