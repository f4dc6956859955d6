"""settings.json: read at the start, written a moment after each change.

A value that does not fit falls back to its default and is logged; names this version does not
know are kept, so that an older program does not lose a newer one's settings.
"""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import asdict
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_desktop.domain.settings import ApiVersion, Settings, Theme

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json, JsonObject

E = TypeVar("E", bound=Enum)
_log = logging.getLogger(__name__)


def load_settings(path: Path) -> Settings:
    """The stored settings; defaults for whatever is missing or does not fit."""
    raw = _read(path)
    standard = Settings()
    readers: dict[str, Callable[[Json], object]] = {
        "base_url": _text,
        "queue_version": lambda value: ApiVersion(value),
        "output_folder": _text,
        "theme": lambda value: Theme(value),
        "last_deployment_id": _text,
        "recent_files": _texts,
    }
    values: dict[str, Any] = {}
    for name, read in readers.items():
        try:
            values[name] = read(raw[name]) if name in raw else getattr(standard, name)
        except (ValueError, TypeError):
            _log.warning("Setting %s is %.80r: its default is used", name, raw[name])
            values[name] = getattr(standard, name)
    return Settings(**values)


class SettingsFile:
    """Writes the settings in force to `path`, off the loop's thread."""

    def __init__(self, path: Path, on_failure: Callable[[Exception], object] | None = None) -> None:
        # Brings asyncio, which is not there yet when the settings are read.
        from runcomfy_desktop.store.late_writer import LateWriter

        self._path = path
        self._writer = LateWriter(on_failure)

    def save(self, settings: Settings) -> None:
        """Has `settings` written soon; returns at once."""
        self._writer.put(self._path, lambda: _encode(self._path, settings))

    async def flush(self) -> None:
        """Writes what still waits."""
        await self._writer.flush()


def _encode(path: Path, settings: Settings) -> bytes:
    known = {name: _plain(value) for name, value in asdict(settings).items()}
    return json.dumps({**_read(path, keep_broken=True), **known}, indent=2).encode()


def _read(path: Path, *, keep_broken: bool = False) -> JsonObject:
    """The file's object; empty when there is none. A broken file is set aside before a write."""
    try:
        raw = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("Settings in %s cannot be read: %s", path, error)
        raw = None
    if isinstance(raw, dict):
        return raw
    if keep_broken:
        with contextlib.suppress(OSError):
            path.replace(path.with_name(path.name + ".broken"))
    return {}


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _texts(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(map(_text, value))
