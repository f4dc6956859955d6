"""The installer for Windows, used as a person and as an administrator's script use it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from project import BUILD
from runcomfy_desktop import __version__
from tests.installers.windows import setups
from tests.installers.windows.setups import OLD, Setups
from tests.installers.windows.wine import contents, place, remove, wait

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.installers.windows.wine import Windows

PICTURES = BUILD / "windows"
UNINSTALL = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\RunComfyDesktop"
CLASSES = "Software\\Classes"
RUNNING, OTHER_FILES = 3, 4


def data(windows: Windows) -> Path:
    return windows.local / "runcomfy-desktop"


def put_data(windows: Windows) -> None:
    data(windows).mkdir(parents=True, exist_ok=True)
    (data(windows) / "settings.json").write_text("{}")


def started(windows: Windows) -> list[str]:
    """What the program was last started with, and what it found; waits for it."""
    file = windows.c / "started.txt"
    wait("the program was started", file.exists)
    lines = file.read_text(encoding="utf-8").splitlines()
    file.unlink()
    windows.settle()
    return lines


def test_every_file_arrives_whole(
    windows: Windows, program: Path, tmp_path: Path, made: Setups
) -> None:
    """With the real files of the program, of all sizes."""
    payload = setups.make_payload(program, tmp_path / "payload", whole=True)
    setup = setups.make_setup(payload, tmp_path / "whole-setup.exe", __version__)
    assert windows.run(setup, "/S") == 0
    installed = contents(place(windows))
    listed = installed.pop(setups.LIST).decode("ascii")
    assert installed.pop("uninstall.exe")
    assert installed == contents(payload)
    names = [line.replace("\\", "/") for line in listed.splitlines()]
    assert {name for name in names if not name.endswith("/")} == set(installed)
    assert names[-1] == "_internal/"


def test_windows_is_told_what_was_installed(windows: Windows, made: Setups) -> None:
    assert windows.run(made.new, "/S") == 0
    folder = windows.seen_from_inside(place(windows))
    entry = windows.registry()[UNINSTALL]
    size_kb = int(entry.pop("EstimatedSize").removeprefix("dword:"), 16)
    total = sum(len(body) for body in contents(made.payload).values())
    assert size_kb == -(-total // 1024)
    assert entry == {
        "DisplayName": "RunComfy Desktop",
        "DisplayVersion": __version__,
        "DisplayIcon": f"{folder}\\runcomfy-desktop.exe",
        "Publisher": "RunComfy Desktop contributors",
        "Comments": "An independent program, not made by RunComfy.",
        "URLInfoAbout": "https://github.com/runcomfy-desktop/runcomfy-desktop",
        "InstallLocation": folder,
        "UninstallString": f'"{folder}\\uninstall.exe"',
        "QuietUninstallString": f'"{folder}\\uninstall.exe" /S',
        "NoModify": "dword:00000001",
        "NoRepair": "dword:00000001",
    }


def test_nothing_is_left_but_the_persons_data(windows: Windows, made: Setups) -> None:
    put_data(windows)
    # Written by Windows itself at the first start of anything.
    windows.settle()
    files, registry = windows.files(), windows.registry()
    assert windows.run(made.new, "/S") == 0
    assert windows.files() != files
    remove(windows)
    assert windows.files() - files == set()
    assert files - windows.files() == set()
    assert windows.registry() == registry
    assert (data(windows) / "settings.json").exists()


def test_the_data_and_the_key_go_where_it_is_asked_for(windows: Windows, made: Setups) -> None:
    put_data(windows)
    results = windows.person / "Pictures" / "RunComfy"
    results.mkdir(parents=True)
    (results / "hills.png").write_bytes(b"png")
    probe = windows.c / "probe.exe"
    probe.write_bytes((made.payload / "runcomfy-desktop.exe").read_bytes())
    assert windows.run(probe, "--keep-keys") == 0
    assert "keys 3 and 1" in started(windows)
    for words, keys in (((), "keys 3 and 1"), (("/REMOVEDATA",), "keys 0 and 1")):
        assert windows.run(made.new, "/S") == 0
        remove(windows, None, *words)
        assert windows.run(probe) == 0
        assert started(windows)[0] == keys
    assert not data(windows).exists()
    assert not place(windows).exists()
    assert (results / "hills.png").exists()


def test_an_upgrade_drops_what_the_older_version_had(windows: Windows, made: Setups) -> None:
    put_data(windows)
    assert windows.run(made.old, "/S") == 0
    assert windows.registry()[UNINSTALL]["DisplayVersion"] == OLD
    for name in setups.STALE:
        assert (place(windows) / name).exists()
    assert windows.run(made.new, "/S") == 0
    installed = contents(place(windows), without=(setups.LIST, "uninstall.exe"))
    assert installed == contents(made.payload)
    assert not (place(windows) / "_internal" / "gone_package").exists()
    assert windows.registry()[UNINSTALL]["DisplayVersion"] == __version__
    assert (data(windows) / "settings.json").exists()


def test_a_repair_puts_back_what_is_missing_or_broken(windows: Windows, made: Setups) -> None:
    assert windows.run(made.new, "/S") == 0
    inside = sorted(path for path in (place(windows) / "_internal").rglob("*") if path.is_file())
    inside[0].write_text("broken")
    inside[-1].unlink()
    windows.shortcut.unlink()
    (place(windows) / "runcomfy-desktop.exe").unlink()
    assert windows.run(made.new, "/S") == 0
    installed = contents(place(windows), without=(setups.LIST, "uninstall.exe"))
    assert installed == contents(made.payload)
    assert windows.shortcut.exists()


def test_a_repair_works_without_the_list_of_files(windows: Windows, made: Setups) -> None:
    assert windows.run(made.new, "/S") == 0
    (place(windows) / setups.LIST).unlink()
    assert windows.run(made.new, "/S") == 0
    assert (place(windows) / setups.LIST).exists()
    remove(windows)
    assert not place(windows).exists()


@pytest.mark.parametrize("kept", [0, 40])
def test_a_repair_works_with_a_list_that_is_cut_off(
    windows: Windows, made: Setups, kept: int
) -> None:
    """As a computer leaves it that went off while it was installed."""
    assert windows.run(made.new, "/S") == 0
    names = place(windows) / setups.LIST
    names.write_bytes(names.read_bytes()[:kept])
    assert windows.run(made.new, "/S") == 0
    assert contents(place(windows), without=(setups.LIST, "uninstall.exe")) == contents(
        made.payload
    )
    remove(windows)
    assert not place(windows).exists()


def test_what_the_person_put_there_stays(windows: Windows, made: Setups) -> None:
    assert windows.run(made.new, "/S") == 0
    notes = [place(windows) / "notes.txt", place(windows) / "_internal" / "PIL" / "mine.txt"]
    for note in notes:
        note.write_text("mine")
    assert windows.run(made.new, "/S") == 0
    remove(windows)
    left = sorted(path for path in place(windows).rglob("*") if path.is_file())
    assert left == sorted(notes)
    for note in notes:
        note.unlink()


def test_a_running_program_is_not_overwritten(windows: Windows, made: Setups) -> None:
    assert windows.run(made.old, "/S") == 0
    before = contents(place(windows))
    running = windows.start(place(windows) / "runcomfy-desktop.exe", "--wait")
    file = windows.c / "started.txt"
    wait("the program runs", file.exists)
    try:
        assert windows.run(made.new, "/S") == RUNNING
        folder = windows.seen_from_inside(place(windows))
        # Without a copy of itself, so that its exit code can be seen.
        words = ("/S", *f"_?={folder}".split(" "))
        assert windows.run(place(windows) / "uninstall.exe", *words) == RUNNING
        assert contents(place(windows)) == before
        assert windows.registry()[UNINSTALL]["DisplayVersion"] == OLD
    finally:
        (windows.c / "end").touch()
        running.wait(60)
        (windows.c / "end").unlink()
        file.unlink()
    assert windows.run(made.new, "/S") == 0
    assert windows.registry()[UNINSTALL]["DisplayVersion"] == __version__


def test_the_wizard_says_that_the_program_runs(
    windows: Windows, made: Setups, display: Display
) -> None:
    """And goes on by Retry once it is closed."""
    assert windows.run(made.old, "/S") == 0
    running = windows.start(place(windows) / "runcomfy-desktop.exe", "--wait")
    file = windows.c / "started.txt"
    wait("the program runs", file.exists)
    wizard = windows.start(made.new)
    for _page in range(2):
        display.focus(display.wait_for_window("RunComfy Desktop Setup"))
        settle_picture(display, "wizard-upgrade.png")
        display.press("Return")
    wait("it asks", lambda: len(display.windows("RunComfy Desktop Setup")) > 1)
    settle_picture(display, "wizard-running.png")
    (windows.c / "end").touch()
    running.wait(60)
    (windows.c / "end").unlink()
    file.unlink()
    display.focus(display.windows("RunComfy Desktop Setup")[-1])
    display.press("Return")
    version = place(windows) / setups.LIST
    wait("it goes on", lambda: version.exists() and "gone_package" not in version.read_text())
    wait("it is done", (place(windows) / "uninstall.exe").exists)
    settle_picture(display, "wizard-upgraded.png")
    display.focus(display.wait_for_window("RunComfy Desktop Setup"))
    # Without starting it.
    display.press("space")
    close(display, "RunComfy Desktop Setup")
    assert wizard.wait(60) == 0
    windows.settle()
    assert not file.exists()
    entry = windows.registry()[UNINSTALL]
    assert entry["DisplayVersion"] == __version__
    assert entry["InstallLocation"] == windows.seen_from_inside(place(windows))


def test_another_folder_can_be_chosen_and_is_remembered(windows: Windows, made: Setups) -> None:
    folder = windows.c / "Tools" / "Run Comfy"
    # Two words, for the installer wants the rest of the line without quotation marks.
    assert windows.run(made.old, "/S", "/D=C:\\Tools\\Run", "Comfy") == 0
    assert (folder / "runcomfy-desktop.exe").exists()
    assert not place(windows).exists()
    assert windows.run(made.new, "/S") == 0
    assert windows.registry()[UNINSTALL]["InstallLocation"] == "C:\\Tools\\Run Comfy"
    assert not place(windows).exists()
    remove(windows, folder)
    assert not folder.exists()


def test_moving_leaves_nothing_in_the_first_folder(windows: Windows, made: Setups) -> None:
    assert windows.run(made.old, "/S", "/D=C:\\First") == 0
    assert windows.run(made.new, "/S", "/D=C:\\Second") == 0
    assert not (windows.c / "First").exists()
    assert windows.registry()[UNINSTALL]["InstallLocation"] == "C:\\Second"
    remove(windows, windows.c / "Second")
    assert not (windows.c / "Second").exists()


def test_a_folder_with_other_files_is_refused(windows: Windows, made: Setups) -> None:
    folder = windows.c / "Letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear all")
    assert windows.run(made.new, "/S", "/D=C:\\Letters") == OTHER_FILES
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    assert UNINSTALL not in windows.registry()


def test_the_start_menu_starts_it(windows: Windows, made: Setups) -> None:
    assert windows.run(made.new, "/S") == 0
    assert "not made by RunComfy" in windows.shortcut.read_bytes().decode("utf-16-le", "ignore")
    assert windows.run("start", windows.seen_from_inside(windows.shortcut)) == 0
    found = started(windows)
    assert not any(line.startswith("argument") for line in found)


def test_the_manifest_does_what_it_says(windows: Windows, made: Setups) -> None:
    assert windows.run(made.new, "/S") == 0
    assert windows.run(place(windows) / "runcomfy-desktop.exe") == 0
    assert started(windows)[1:] == ["code page 65001", "per monitor v2 1"]


@pytest.mark.parametrize(
    "link", ["runcomfy-desktop:deployment/0b5d-11", "runcomfy-desktop:deployment/%22%20--demo"]
)
def test_a_link_opens_the_program_as_one_word(windows: Windows, made: Setups, link: str) -> None:
    assert windows.run(made.new, "/S") == 0
    windows.share_class("runcomfy-desktop")
    assert windows.run("start", link) == 0
    assert started(windows)[0] == f"argument {link}"


def test_json_files_can_be_opened_with_it_but_belong_to_nobody(
    windows: Windows, made: Setups
) -> None:
    before = windows.registry()
    assert windows.run(made.new, "/S") == 0
    registry = windows.registry()
    application = f"{CLASSES}\\Applications\\runcomfy-desktop.exe"
    assert registry[application]["FriendlyAppName"] == "RunComfy Desktop"
    assert registry[f"{application}\\SupportedTypes"] == {".json": ""}
    assert registry.get(f"{CLASSES}\\.json") == before.get(f"{CLASSES}\\.json")
    exe, word = re.findall(r'"([^"]*)"', registry[f"{application}\\shell\\open\\command"][""])
    assert word == "%1"
    file = "C:\\My pictures\\Hügel und Täler.json"
    assert windows.run(exe, file) == 0
    assert started(windows)[0] == f"argument {file}"


def test_the_wizard_installs_and_removes(windows: Windows, made: Setups, display: Display) -> None:
    """By keyboard alone, as it is shown; the pictures are kept."""
    put_data(windows)
    wizard = windows.start(made.old)
    pages = (("welcome", "Return"), ("folder", "Return"))
    for name, key in pages:
        window = display.wait_for_window("RunComfy Desktop Setup")
        settle_picture(display, f"wizard-{name}.png")
        display.focus(window)
        display.press(key)
    wait("it is installed", lambda: (place(windows) / "uninstall.exe").exists())
    settle_picture(display, "wizard-finish.png")
    close(display, "RunComfy Desktop Setup")
    assert wizard.wait(60) == 0
    assert not any(line.startswith("argument") for line in started(windows))

    windows.start(place(windows) / "uninstall.exe").wait(60)
    window = display.wait_for_window("RunComfy Desktop Uninstall")
    settle_picture(display, "uninstall-choice.png")
    display.focus(window)
    display.press("Return")
    wait("it is removed", lambda: not place(windows).exists())
    close(display, "RunComfy Desktop Uninstall")
    windows.settle()
    assert (data(windows) / "settings.json").exists()


def close(display: Display, title: str) -> None:
    """Presses the last page's button, which takes a moment until it can be pressed."""

    def is_closed() -> bool:
        for window in display.windows(title):
            display.focus(window)
            display.press("Return")
        return not display.windows(title)

    wait(f"{title} closes", is_closed)


def settle_picture(display: Display, name: str) -> None:
    """Saves the screen once it stands still."""
    target = PICTURES / name
    before = b""
    for _ in range(40):
        display.picture(target)
        now = target.read_bytes()
        if now == before:
            return
        before = now
        os.sched_yield()
    raise AssertionError(f"{name} never stood still")
