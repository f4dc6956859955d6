"""Files of jobs are fetched again from the queue panel, and shown there with their new content."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from tests.gui.support.jobs_panel import (
    button_of,
    choose_entry,
    click_row,
    menu_entries,
    open_menu,
    show_jobs_panel,
)
from tests.gui.support.scripted_queue import ScriptedQueue, done_job, output, picture
from tests.gui.support.user_input import wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")


def test_the_menu_offers_to_fetch_the_files_of_a_job_again() -> None:
    whole, text = output("/x/a.png"), Output("5", "text", OutputKind.TEXT, text="A bicycle.")
    long_ago = time.time() - 8 * 24 * 3600
    queue = ScriptedQueue(
        done_job("old", whole, finished_s=long_ago),
        done_job("half", whole, replace(whole, path="/x/b.png", is_damaged=True)),
        done_job("good", whole, text),
    )
    panel = show_jobs_panel(queue)
    click_row(panel, "old")
    assert "fetch_again" not in menu_entries(open_menu(panel, "old"))
    for job_id, words in (
        ("good", "Fetch the files again"),
        ("half", "Fetch the damaged files again"),
    ):
        click_row(panel, job_id)
        menu = open_menu(panel, job_id)
        assert words in [each.text() for each in menu.actions()]
        choose_entry(menu, "menu_fetch_again")
    assert queue.calls == [("fetch_again", "good", ["/x/a.png"]), ("fetch_again", "half")]
    assert button_of(panel, "half").text() == "Fetch again"


def test_many_are_fetched_again_at_once_where_runcomfy_still_has_them() -> None:
    whole = output("/x/a.png")
    lost = replace(whole, path="", fault="Gone.")
    long_ago = time.time() - 8 * 24 * 3600
    queue = ScriptedQueue(
        done_job("old", replace(whole, is_damaged=True), finished_s=long_ago),
        done_job("one", whole),
        done_job("two", whole, lost),
        done_job("three", whole),
    )
    panel = show_jobs_panel(queue)
    click_row(panel, "one")
    panel.table.selectAll()
    menu = open_menu(panel, "one")
    assert "Fetch the missing files again" in [each.text() for each in menu.actions()]
    choose_entry(menu, "menu_fetch_again")
    queue.put(done_job("two", whole, whole))
    menu = open_menu(panel, "one")
    assert "Fetch the files again (3)" in [each.text() for each in menu.actions()]
    choose_entry(menu, "menu_fetch_again")
    path = ["/x/a.png"]
    assert queue.calls[0] == ("fetch_again", "two")
    [(name, wanted)] = queue.calls[1:]
    assert name == "fetch_many_again"
    assert wanted == {"one": path, "two": [*path, *path], "three": path}


def test_a_thumbnail_is_read_again_when_its_file_was_fetched_again(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"half a picture")
    half = output(str(path), is_damaged=True)
    queue = ScriptedQueue(done_job("one", half))
    panel = show_jobs_panel(queue)
    thumbnails = panel._thumbnails
    wait_until(lambda: thumbnails.get(str(path)).error)
    picture(tmp_path, "a.png")
    queue.put(done_job("one", replace(half, is_damaged=False, version=1)))
    wait_until(lambda: thumbnails.get(str(path)).pixmap is not None)
