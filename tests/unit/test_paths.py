"""Where things are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.paths import find_paths

if TYPE_CHECKING:
    from pathlib import Path


def test_a_data_folder_holds_everything(tmp_path: Path) -> None:
    paths = find_paths(tmp_path)
    session = paths.session(demo=False)
    places = [paths.settings, paths.window_state, paths.logs, paths.lock, paths.outputs]
    places += [paths.emulator, session.history, session.drafts, session.media]
    assert all(place.is_relative_to(tmp_path) for place in places)
    written = [paths.settings, paths.emulator, session.history, session.drafts / "a.json"]
    assert {each.parent for each in written} < set(paths.folders)
    assert paths.outputs not in paths.folders, "what lies there is the person's"


def test_the_demo_shares_no_file_with_the_account(tmp_path: Path) -> None:
    paths = find_paths(tmp_path)
    demo, account = paths.session(demo=True), paths.session(demo=False)
    assert not demo.folder.is_relative_to(account.folder)
    assert demo.history != account.history


def test_without_a_folder_the_system_names_the_places() -> None:
    paths = find_paths(None)
    assert paths.base.name == "runcomfy-desktop"
    assert paths.outputs.name == "RunComfy"
