"""Paths of stored files."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from runcomfy_desktop.paths import find_paths


def test_a_data_folder_holds_everything(tmp_path: Path) -> None:
    paths = find_paths(tmp_path)
    session = paths.session(demo=False)
    places = [paths.settings, paths.window_state, paths.logs, paths.lock, paths.outputs]
    places += [paths.demo_service, session.history, session.drafts, session.media]
    assert all(place.is_relative_to(tmp_path) for place in places)
    written = [paths.settings, paths.demo_service, session.history, session.drafts / "a.json"]
    assert {each.parent for each in written} < set(paths.own_folders)
    assert paths.outputs not in paths.own_folders, "what lies there is the person's"


def test_the_demo_shares_no_file_with_the_account(tmp_path: Path) -> None:
    paths = find_paths(tmp_path)
    demo, account = paths.session(demo=True), paths.session(demo=False)
    assert not demo.folder.is_relative_to(account.folder)
    assert demo.history != account.history


@pytest.mark.parametrize("end", ["", "data", "data/more"])
def test_a_folder_that_leads_in_a_circle_is_refused_for_that(tmp_path: Path, end: str) -> None:
    (tmp_path / "here").symlink_to(tmp_path / "there")
    (tmp_path / "there").symlink_to(tmp_path / "here")
    with pytest.raises(OSError, match="lead in a circle") as caught:
        find_paths(tmp_path / "here" / end)
    assert caught.value.filename == str(tmp_path / "here" / end)


def test_a_folder_of_nobody_is_refused_for_that() -> None:
    with pytest.raises(OSError, match="no such user"):
        find_paths(Path("~nobody-of-this-name"))


def test_a_folder_that_is_not_there_yet_is_a_good_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "new")
    assert find_paths(tmp_path / "link" / "data").base == tmp_path / "new" / "data"


def test_a_link_and_what_it_leads_to_are_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock and the socket have the same path for a link and its target.

    This holds for a given folder and for the default one.
    """
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert find_paths(tmp_path / "link") == find_paths(tmp_path / "real")
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_a, **_n: str(tmp_path / "link"))
    assert find_paths(None).base == tmp_path / "real"


def test_without_a_folder_the_system_names_the_places() -> None:
    paths = find_paths(None)
    assert paths.base.name == "runcomfy-desktop"
    assert paths.outputs.name == "RunComfy"
