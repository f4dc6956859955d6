"""settings.json: what fits is used, what does not is the default, what is unknown is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.settings import ApiVersion, Settings, Theme
from runcomfy_desktop.store.settings import SettingsFile, load_settings

if TYPE_CHECKING:
    from pathlib import Path

CHANGED = Settings(
    base_url="https://api.example.org",
    queue_version=ApiVersion.V2,
    output_folder="/pictures/é",
    theme=Theme.DARK,
    last_deployment_id="0b7e",
    recent_files=("/a.json", "/b.json"),
)


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.json") == Settings()


async def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.json"
    file = SettingsFile(path)
    file.save(Settings(theme=Theme.LIGHT))
    file.save(CHANGED)
    await file.flush()
    assert load_settings(path) == CHANGED


@pytest.mark.parametrize(
    "bad",
    [
        {"theme": "sepia"},
        {"theme": None},
        {"queue_version": 2},
        {"queue_version": ["v1"]},
        {"base_url": 17},
        {"recent_files": "a.json"},
        {"recent_files": ["a.json", 3]},
        {"output_folder": None},
    ],
)
def test_a_bad_value_falls_back_alone(
    tmp_path: Path, bad: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"last_deployment_id": "kept", **bad}))
    assert load_settings(path) == Settings(last_deployment_id="kept")
    assert next(iter(bad)) in caplog.text


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00\x01", "[" * 100_000])
async def test_a_broken_file_is_set_aside_by_the_next_save(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    assert load_settings(path) == Settings()
    assert path.read_text() == text
    file = SettingsFile(path)
    file.save(CHANGED)
    await file.flush()
    assert load_settings(path) == CHANGED
    assert (tmp_path / "settings.json.broken").read_text() == text


async def test_unknown_names_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"future": {"a": [1]}, "theme": "dark"}))
    file = SettingsFile(path)
    file.save(Settings(theme=Theme.LIGHT))
    await file.flush()
    assert json.loads(path.read_text())["future"] == {"a": [1]}
    assert load_settings(path).theme is Theme.LIGHT


async def test_settings_that_cannot_be_written_are_told_once(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    told: list[Exception] = []
    file = SettingsFile(tmp_path / "blocked" / "settings.json", told.append)
    file.save(Settings(theme=Theme.LIGHT))
    await file.flush()
    file.save(CHANGED)
    await file.flush()
    assert len(told) == 1
