"""settings.json: valid values are used, invalid ones get defaults, unknown ones are kept."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.settings import LargePictures, QueueVersion, Settings, ThemeMode
from runcomfy_desktop.store import settings as settings_file
from runcomfy_desktop.store.settings import VERSION, SettingsFile, load_settings
from tests.support import hostile_environments
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

CHANGED = Settings(
    base_url="https://api.example.org",
    queue_version=QueueVersion.V2,
    output_folder="/pictures/é",
    theme=ThemeMode.DARK,
    last_deployment_id="0b7e",
    recent_files=("/a.json", "/b.json"),
    hidden_examples=("0b7e",),
    all_inputs_shown=("0b7e", "file:/tmp/bike.json"),
    keeps_inputs=True,
    large_pictures=LargePictures.SHRINK,
)


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.json") == Settings()


async def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.json"
    file = SettingsFile(path)
    file.save(Settings(theme=ThemeMode.LIGHT))
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
        {"hidden_examples": "0b7e"},
        {"all_inputs_shown": "0b7e"},
        {"output_folder": None},
        {"checks_updates": 1},
        {"checks_updates": "true"},
        {"keeps_inputs": "yes"},
        {"large_pictures": "squeeze"},
        {"large_pictures": True},
        {"updates_asked_s": "yesterday"},
        {"updates_asked_s": True},
        {"updates_asked_s": 10**400},
    ],
)
def test_a_bad_value_falls_back_alone(
    tmp_path: Path, bad: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"last_deployment_id": "kept", **bad}))
    assert load_settings(path) == Settings(last_deployment_id="kept")
    assert next(iter(bad)) in caplog.text


DAMAGED = (
    "",
    "{",
    "[]",
    "null",
    '"x"',
    "\x00\x01",
    "[" * 100_000,
    '{"a": "%s"}' % ("x" * 2_000_000),
)


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:5])
async def test_a_damaged_file_is_set_aside_and_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    failures: list[Exception] = []
    assert load_settings(path, failures.append) == Settings()
    aside = tmp_path / "settings.broken-1.json"
    (problem,) = failures
    assert isinstance(problem, Problem)
    assert problem.sentence() == hostile_environments.DAMAGED_SETTINGS.text_with(kept=aside)
    file = SettingsFile(path)
    file.save(CHANGED)
    await file.flush()
    assert load_settings(path) == CHANGED
    assert aside.read_text() == text


def test_settings_that_are_no_file_are_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.mkdir()
    failures: list[Exception] = []
    assert load_settings(path, failures.append) == Settings()
    (problem,) = failures
    assert isinstance(problem, Problem)
    assert problem.title == "Your settings could not be read, so the usual ones are used."
    assert path.is_dir()


def test_a_value_that_does_not_fit_is_said(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "sepia", "output_folder": "/tmp/\\u0000", "base_url": "\\ud800"}')
    failures: list[Exception] = []
    assert load_settings(path, failures.append) == Settings()
    (problem,) = failures
    assert isinstance(problem, Problem)
    assert problem.title == (
        "Some of your settings could not be read, so their usual values are used."
    )
    assert problem.technical == "base_url, output_folder, theme"


async def test_a_file_that_was_damaged_since_the_start_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("{")
    file = SettingsFile(path)
    file.save(CHANGED)
    await file.flush()
    assert load_settings(path) == CHANGED
    assert (tmp_path / "settings.broken-1.json").read_text() == "{"


async def test_unknown_names_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"future": {"a": [1]}, "theme": "dark"}))
    file = SettingsFile(path)
    file.save(Settings(theme=ThemeMode.LIGHT))
    await file.flush()
    assert json.loads(path.read_text())["future"] == {"a": [1]}
    assert load_settings(path).theme is ThemeMode.LIGHT


async def test_settings_that_cannot_be_written_are_told_once(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    failures: list[Exception] = []
    file = SettingsFile(tmp_path / "blocked" / "settings.json", failures.append)
    file.save(Settings(theme=ThemeMode.LIGHT))
    await file.flush()
    file.save(CHANGED)
    await file.flush()
    assert len(failures) == 1


def sepia(stored: JsonObject) -> JsonObject:
    """Renames a value, as a later version might do."""
    return {**stored, "theme": "dark" if stored.get("theme") == "sepia" else stored.get("theme")}


async def test_what_is_written_says_its_version(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    file.save(CHANGED)
    await file.flush()
    assert json.loads((tmp_path / "settings.json").read_text())["version"] == VERSION


def test_settings_of_a_newer_version_are_refused_and_not_changed_by_a_byte(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"version": VERSION + 1, "theme": "dark"}))
    before = path.read_bytes()
    with pytest.raises(Problem) as caught:
        load_settings(path)
    assert caught.value.sentence() == hostile_environments.NEWER_SETTINGS.text_with(settings=path)
    assert path.read_bytes() == before


def test_settings_of_an_older_version_are_taken_over_once_and_a_copy_is_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "settings.json"
    text = json.dumps({"theme": "sepia", "future": 5})
    path.write_text(text)
    assert load_settings(path, migrations=(sepia,)).theme is ThemeMode.DARK
    assert json.loads(path.read_text()) == {"theme": "dark", "future": 5, "version": 2}
    copy = tmp_path / "settings.version-1.json"
    assert copy.read_text() == text
    copy.unlink()
    assert load_settings(path, migrations=(sepia,)).theme is ThemeMode.DARK
    assert not copy.exists()


@pytest.mark.root
def test_settings_that_cannot_be_written_cost_no_copy_of_earlier_ones(tmp_path: Path) -> None:
    """The disk has space for the backup copy only."""
    with small_disk(tmp_path / "disk") as disk:
        path, room = disk.path / "settings.json", disk.path / "room"
        earlier = [disk.path / f"settings.version-{version}.json" for version in (7, 8)]
        for each in earlier:
            each.write_text("of long ago")
        path.write_text(json.dumps({"theme": "sepia", "version": 9}))
        room.write_bytes(b"x")
        disk.fill()
        room.unlink()
        with pytest.raises(Problem):
            load_settings(path, migrations=(*(dict,) * 8, sepia))
        assert all(each.exists() for each in earlier)
        assert json.loads(path.read_text())["version"] == 9


def lacks_a_name(stored: JsonObject) -> JsonObject:
    return {"theme": stored["colours"]}


def returns_nothing(stored: JsonObject) -> JsonObject:
    return stored.get("colours")  # type: ignore[return-value]


def cannot_be_written(_stored: JsonObject) -> JsonObject:
    return {"theme": {1, 2}}  # type: ignore[dict-item]


@pytest.mark.parametrize("step", [lacks_a_name, returns_nothing, cannot_be_written])
def test_settings_that_are_not_understood_are_said_and_left_alone(
    tmp_path: Path, step: Callable[[JsonObject], JsonObject]
) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "sepia"}')
    with pytest.raises(Problem) as caught:
        load_settings(path, migrations=(step,))
    assert caught.value.sentence() == hostile_environments.NOT_UNDERSTOOD.text_with(file=path)
    assert [each.name for each in tmp_path.iterdir()] == ["settings.json"]
    assert path.read_text() == '{"theme": "sepia"}'


@pytest.mark.root
def test_older_settings_that_nobody_may_write_are_said_to_be_so(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path = disk.path / "settings.json"
        path.write_text('{"theme": "sepia"}')
        disk.protect()
        with pytest.raises(Problem) as caught:
            load_settings(path, migrations=(sepia,))
        assert caught.value.sentence() == hostile_environments.UNWRITTEN_SETTINGS.text_with(
            file=path
        )


def test_no_settings_need_no_copy(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.json", migrations=(sepia,)) == Settings()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.root
def test_without_room_for_a_copy_older_settings_stay_as_they_are(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path = disk.path / "settings.json"
        path.write_text('{"theme": "sepia"}')
        disk.fill()
        with pytest.raises(Problem) as caught:
            load_settings(path, migrations=(sepia,))
        said = hostile_environments.NO_ROOM_FOR_A_COPY.text_with(history=path)
        assert caught.value.sentence() == said
        assert path.read_text() == '{"theme": "sepia"}'
        assert {each.name for each in disk.path.iterdir()} == {
            "settings.json",
            "somebody-else's-file",
        }


@pytest.mark.parametrize("version", ["2", None, True, -3, 0, 1.5])
def test_an_odd_version_counts_as_the_first(tmp_path: Path, version: object) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"version": version, "theme": "dark"}))
    assert load_settings(path).theme is ThemeMode.DARK


@pytest.mark.skipif(sys.platform == "win32", reason="no links without rights")
async def test_settings_that_the_disk_did_not_give_are_never_written_over(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "settings.json", tmp_path / "elsewhere"
    await stored(elsewhere, replace(CHANGED, day_limit_usd=3.0, is_paused=True))
    path.symlink_to(path)
    failures: list[Exception] = []
    loaded = load_settings(path, failures.append)
    assert loaded == Settings()
    (problem,) = failures
    assert "only what you change is written into it" in problem.sentence()  # type: ignore[attr-defined]
    # The disk is readable again before the program itself changes a setting.
    path.unlink()
    elsewhere.rename(path)
    file = SettingsFile(path, loaded=loaded)
    file.save(replace(loaded, last_deployment_id="another"))
    await file.flush()
    file.save(replace(loaded, last_deployment_id="another", theme=ThemeMode.LIGHT))
    await file.flush()
    assert load_settings(path) == replace(
        CHANGED,
        day_limit_usd=3.0,
        is_paused=True,
        last_deployment_id="another",
        theme=ThemeMode.LIGHT,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no links without rights")
async def test_settings_that_cannot_be_read_wait_for_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.symlink_to(path)
    failures: list[Exception] = []
    file = SettingsFile(path, failures.append)
    file.save(CHANGED)
    await file.flush()
    assert path.is_symlink()
    assert len(failures) == 1
    path.unlink()
    path.write_text('{"is_paused": true}')
    await file.flush()
    assert load_settings(path) == replace(CHANGED, is_paused=True)


async def test_a_value_that_was_set_back_is_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    await stored(path, CHANGED)
    file = SettingsFile(path, loaded=load_settings(path))
    file.save(replace(CHANGED, theme=ThemeMode.LIGHT))
    await file.flush()
    file.save(CHANGED)
    await file.flush()
    assert load_settings(path) == CHANGED


async def test_settings_of_a_newer_version_that_come_up_later_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    text = json.dumps({"version": VERSION + 1, "theme": "dark"})
    path.write_text(text)
    await stored(path, CHANGED)
    assert load_settings(path) == CHANGED
    assert (tmp_path / "settings.broken-1.json").read_text() == text


@pytest.mark.parametrize("text", [None, "{}"])
async def test_no_settings_are_of_no_other_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.setattr(settings_file, "VERSION", 2)
    path, failures = tmp_path / "settings.json", list[Exception]()
    if text is not None:
        path.write_text(text)
    file = SettingsFile(path, failures.append)
    file.save(CHANGED)
    await file.flush()
    assert failures == []
    assert json.loads(path.read_text())["version"] == 2
    assert not path.with_name("settings.broken-1.json").exists()


async def test_damaged_settings_that_are_removed_meanwhile_are_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, failures = tmp_path / "settings.json", list[Exception]()
    path.write_text("{")
    read = type(path).read_bytes

    def read_and_removed(self: Path) -> bytes:
        data = read(self)
        self.unlink()
        return data

    with monkeypatch.context() as patch:
        patch.setattr(type(path), "read_bytes", read_and_removed)
        file = SettingsFile(path, failures.append)
        file.save(CHANGED)
        await file.flush()
    assert failures == []
    assert load_settings(path) == CHANGED


async def stored(path: Path, settings: Settings) -> None:
    file = SettingsFile(path)
    file.save(settings)
    await file.flush()
