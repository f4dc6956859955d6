"""Reads settings.json at the start and writes it shortly after each change.

An invalid value falls back to its default and is logged. Unknown names are kept, so that an older
program does not lose a newer one's settings. This covers only new names: when the meaning of a
known name changes, the file gets a newer version, and older programs do not touch it.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import asdict
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.settings import (
    MAX_COUNT,
    MAX_USD,
    LargePictures,
    ProxyMode,
    QueueVersion,
    Settings,
    ThemeMode,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.data_versions import (
    UpgradeObstacle,
    back_up_file,
    newer_data_problem,
    remove_old_backups,
    upgrade_problem,
    version_in,
)
from runcomfy_desktop.store.small_file import DamagedFile, read_object, set_aside, try_set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

E = TypeVar("E", bound=Enum)
_MAX_BYTES = 1024 * 1024
_MAX_TEXT_CHARS = 4096
_MAX_BITS = 63
SettingsMigrations: TypeAlias = "tuple[Callable[[JsonObject], JsonObject], ...]"
# The migration at index n converts settings from version n + 1 to the next version.
MIGRATIONS: SettingsMigrations = ()
VERSION = 1 + len(MIGRATIONS)
_log = logging.getLogger(__name__)


def load_settings(
    path: Path,
    on_problem: Callable[[Exception], object] | None = None,
    migrations: SettingsMigrations = MIGRATIONS,
) -> Settings:
    """Returns the stored settings, with defaults for missing or invalid values.

    A damaged file is moved aside. `on_problem` is called for a damaged or unreadable file, and for
    invalid values. Raises Problem for settings of a newer version, and for older ones that cannot
    be upgraded.
    """
    raw, problem = _load(path)
    raw = _migrate(path, raw, migrations)
    defaults = Settings()
    invalid_names: list[str] = []
    values: dict[str, Any] = {}
    for name, read in _readers().items():
        try:
            values[name] = read(raw[name]) if name in raw else getattr(defaults, name)
        except (ValueError, TypeError):
            _log.warning("Setting %s is %.80r: its default is used", name, raw[name])
            values[name] = getattr(defaults, name)
            invalid_names.append(name)
    problem = _invalid_values_problem(invalid_names) if invalid_names else problem
    if on_problem is not None and problem is not None:
        on_problem(problem)
    return Settings(**values)


def _readers() -> dict[str, Callable[[Json], object]]:
    return {
        "base_url": _text,
        "queue_version": lambda value: QueueVersion(value),
        "output_folder": _text,
        "presets_folder": _text,
        "wildcards_folder": _text,
        "theme": lambda value: ThemeMode(value),
        "last_deployment_id": _text,
        "recent_files": _texts,
        "hidden_examples": _texts,
        "all_inputs_shown": _texts,
        "proxy_mode": lambda value: ProxyMode(value),
        "proxy_address": _text,
        "proxy_user": _text,
        "proxy_exceptions": _text,
        "ca_file": _text,
        "checks_updates": _flag,
        "updates_asked_s": _seconds,
        "told_version": _text,
        "skipped_version": _text,
        "in_flight": _count,
        "is_paused": _flag,
        "sends_when_online": _flag,
        "ask_from_jobs": _count,
        "ask_from_usd": _usd,
        "batch_limit_usd": _usd,
        "day_limit_usd": _usd,
        "prices": _prices,
        "download_cap_mb": _count,
        "keeps_inputs": _flag,
        "large_pictures": lambda value: LargePictures(value),
        "notifies": _flag,
        "keeps_awake": _flag,
    }


class SettingsFile:
    """Writes the current settings to `path`, off the event loop's thread.

    `loaded` are the settings as loaded at the start, or the defaults if the file could not be read.
    For settings not changed since, the values in the file take precedence.
    """

    def __init__(
        self,
        path: Path,
        on_failure: Callable[[Exception], object] | None = None,
        loaded: Settings | None = None,
    ) -> None:
        # The module imports asyncio, which is not loaded yet when the settings are read.
        from runcomfy_desktop.store.delayed_writer import DelayedWriter

        self._path = path
        self._writer = DelayedWriter(on_failure)
        self._last_saved = asdict(loaded or Settings())
        self._changed: frozenset[str] = frozenset()

    def save(self, settings: Settings) -> None:
        """Schedules a write of `settings` and returns at once."""
        known = asdict(settings)
        self._changed |= {name for name, value in known.items() if value != self._last_saved[name]}
        self._last_saved, changed = known, self._changed
        self._writer.schedule(self._path, lambda: _encode(self._path, known, changed))

    async def flush(self) -> None:
        """Writes everything pending."""
        await self._writer.flush()


def _encode(path: Path, values: Mapping[str, Any], changed: frozenset[str]) -> bytes:
    """Returns the content to write: the file's values, replaced if `changed` or unusable.

    Raises OSError if the file cannot be read.
    """
    try:
        stored = read_object(path, _MAX_BYTES) or {}
        if stored and version_in(stored, "version") != VERSION:
            raise DamagedFile("it is of another version")
    except DamagedFile:
        # The file was changed by another program since the start, or was not readable then. It may
        # have been removed now.
        with suppress(FileNotFoundError):
            set_aside(path)
        stored = {}
    own = {
        name: _json_value(value)
        for name, value in values.items()
        if name in changed or not _is_usable(name, stored)
    }
    return json.dumps({**stored, **own, "version": VERSION}, indent=2).encode()


def _is_usable(name: str, stored: JsonObject) -> bool:
    """Returns True if `stored` has a usable value for that setting."""
    try:
        _readers()[name](stored[name])
    except (KeyError, ValueError, TypeError):
        return False
    return True


def _migrate(path: Path, raw: JsonObject, migrations: SettingsMigrations) -> JsonObject:
    version = version_in(raw, "version")
    if version > 1 + len(migrations):
        raise newer_data_problem(path)
    if not raw or version == 1 + len(migrations):
        return raw
    newer = raw
    try:
        for migration in migrations[version - 1 :]:
            newer = migration(newer)
        newer = {**newer, "version": 1 + len(migrations)}
        content = json.dumps(newer, indent=2).encode()
    except Exception as error:
        # Any exception means that the data are wrong, not the installation.
        technical = f"{type(error).__name__}: {error}"
        _log.warning("Settings in %s are not understood: %s", path, technical)
        raise upgrade_problem(path, UpgradeObstacle.NOT_UNDERSTOOD, technical) from error
    # The module imports others that the first frame does not need; a migration happens only once.
    from runcomfy_desktop.store.atomic_write import is_disk_full, write_atomic

    try:
        copy = back_up_file(path, version)
        write_atomic(path, content)
    except OSError as error:
        obstacle = (
            UpgradeObstacle.DISK_FULL if is_disk_full(error) else UpgradeObstacle.NOT_WRITABLE
        )
        raise upgrade_problem(path, obstacle, str(error)) from error
    remove_old_backups(path, copy)
    return newer


def _load(path: Path) -> tuple[JsonObject, Problem | None]:
    """Returns the object in the file, or an empty one, and the Problem to report, if any."""
    try:
        return read_object(path, _MAX_BYTES) or {}, None
    except DamagedFile as damage:
        copy, technical = try_set_aside(path, str(damage))
        location_text = _("The damaged file is kept as %s.") % copy if copy else ""
    except OSError as error:
        location_text = _("The file stays, and only what you change is written into it.")
        technical = str(error)
    _log.warning("Settings in %s cannot be read: %s", path, technical)
    return {}, Problem(
        _("Your settings could not be read, so the usual ones are used."),
        location_text,
        _("Look at them in Settings, the API address and the output folder above all."),
        technical=technical,
    )


def _invalid_values_problem(names: list[str]) -> Problem:
    return Problem(
        _("Some of your settings could not be read, so their usual values are used."),
        advice=_("Look at them in Settings, the API address and the output folder above all."),
        technical=", ".join(names),
    )


def _json_value(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    # No path or address contains a NUL or a lone surrogate.
    if "\0" in value or len(value) > _MAX_TEXT_CHARS or not _is_encodable(value):
        raise ValueError("not a text that can be used")
    return value


def _flag(value: Json) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _seconds(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a number")
    # A larger value would break calculations; no clock comes near it.
    if value.bit_length() > _MAX_BITS:
        raise ValueError("no time of any clock")
    return value


def _count(value: Json) -> int:
    count = _seconds(value)
    if not 0 <= count <= MAX_COUNT:
        raise ValueError("no number of jobs or megabytes")
    return count


def _usd(value: Json) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError("not a number")
    # Rejects NaN too, for which every comparison is False.
    if not 0 <= value <= MAX_USD:
        raise ValueError("no sum of money")
    return float(value)


def _prices(value: Json) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple((_text(name), _usd(usd)) for name, usd in map(_pair, value))


def _pair(value: Json) -> list[Json]:
    if not isinstance(value, list) or len(value) != 2:
        raise TypeError("not a pair")
    return value


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(map(_text, value))
