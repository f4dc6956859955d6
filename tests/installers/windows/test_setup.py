"""The installer for Windows, as used interactively and by an administrator's script."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from project import BUILD
from runcomfy_desktop import __version__
from tests.installers.windows import windows_setups
from tests.installers.windows.windows_setups import OLD_VERSION, WindowsSetups
from tests.installers.windows.wine import file_contents, program_folder, uninstall, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.installers.windows.wine import WinePrefix

PICTURES = BUILD / "windows"
UNINSTALL = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\RunComfyDesktop"
CLASSES = "Software\\Classes"
RUNNING, OTHER_FILES = 3, 4


def data(windows: WinePrefix) -> Path:
    return windows.local / "runcomfy-desktop"


def put_data(windows: WinePrefix) -> None:
    data(windows).mkdir(parents=True, exist_ok=True)
    (data(windows) / "settings.json").write_text("{}")


def started(windows: WinePrefix) -> list[str]:
    """Waits for a start of the program and returns the lines that the program recorded about it."""
    file = windows.drive_c / "started.txt"
    wait_until("the program was started", file.exists)
    lines = file.read_text(encoding="utf-8").splitlines()
    file.unlink()
    windows.wait_until_idle()
    return lines


def test_every_file_arrives_whole(
    windows: WinePrefix, program: Path, tmp_path: Path, built_setups: WindowsSetups
) -> None:
    """The real files of the program, of all sizes, are installed unchanged."""
    payload = windows_setups.make_payload(program, tmp_path / "payload", whole=True)
    setup = windows_setups.make_setup(payload, tmp_path / "whole-setup.exe", __version__)
    assert windows.run(setup, "/S") == 0
    installed = file_contents(program_folder(windows))
    listed = installed.pop(windows_setups.FILE_LIST).decode("ascii")
    assert installed.pop("uninstall.exe")
    assert installed == file_contents(payload)
    names = [line.replace("\\", "/") for line in listed.splitlines()]
    assert {name for name in names if not name.endswith("/")} == set(installed)
    assert names[-1] == "_internal/"


def test_windows_is_told_what_was_installed(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    assert windows.run(built_setups.new, "/S") == 0
    folder = windows.windows_path(program_folder(windows))
    entry = windows.registry()[UNINSTALL]
    size_kb = int(entry.pop("EstimatedSize").removeprefix("dword:"), 16)
    total = sum(len(body) for body in file_contents(built_setups.payload).values())
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


def test_nothing_is_left_but_the_persons_data(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    put_data(windows)
    # At the first start of any program, Windows writes files; they are not compared.
    windows.wait_until_idle()
    files, registry = windows.files(), windows.registry()
    assert windows.run(built_setups.new, "/S") == 0
    assert windows.files() != files
    uninstall(windows)
    assert windows.files() - files == set()
    assert files - windows.files() == set()
    assert windows.registry() == registry
    assert (data(windows) / "settings.json").exists()


def test_the_data_and_the_key_go_where_it_is_asked_for(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    put_data(windows)
    results = windows.user_folder / "Pictures" / "RunComfy"
    results.mkdir(parents=True)
    (results / "hills.png").write_bytes(b"png")
    probe = windows.drive_c / "probe.exe"
    probe.write_bytes((built_setups.payload / "runcomfy-desktop.exe").read_bytes())
    assert windows.run(probe, "--keep-keys") == 0
    assert "keys 3 and 1" in started(windows)
    for words, keys in (((), "keys 3 and 1"), (("/REMOVEDATA",), "keys 0 and 1")):
        assert windows.run(built_setups.new, "/S") == 0
        uninstall(windows, None, *words)
        assert windows.run(probe) == 0
        assert started(windows)[0] == keys
    assert not data(windows).exists()
    assert not program_folder(windows).exists()
    assert (results / "hills.png").exists()


def test_an_upgrade_drops_what_the_older_version_had(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    put_data(windows)
    assert windows.run(built_setups.old, "/S") == 0
    assert windows.registry()[UNINSTALL]["DisplayVersion"] == OLD_VERSION
    for name in windows_setups.STALE_FILES:
        assert (program_folder(windows) / name).exists()
    assert windows.run(built_setups.new, "/S") == 0
    installed = file_contents(
        program_folder(windows), without=(windows_setups.FILE_LIST, "uninstall.exe")
    )
    assert installed == file_contents(built_setups.payload)
    assert not (program_folder(windows) / "_internal" / "gone_package").exists()
    assert windows.registry()[UNINSTALL]["DisplayVersion"] == __version__
    assert (data(windows) / "settings.json").exists()


def test_a_repair_puts_back_what_is_missing_or_broken(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    assert windows.run(built_setups.new, "/S") == 0
    inside = sorted(
        path for path in (program_folder(windows) / "_internal").rglob("*") if path.is_file()
    )
    inside[0].write_text("broken")
    inside[-1].unlink()
    windows.shortcut.unlink()
    (program_folder(windows) / "runcomfy-desktop.exe").unlink()
    assert windows.run(built_setups.new, "/S") == 0
    installed = file_contents(
        program_folder(windows), without=(windows_setups.FILE_LIST, "uninstall.exe")
    )
    assert installed == file_contents(built_setups.payload)
    assert windows.shortcut.exists()


def test_a_repair_works_without_the_list_of_files(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    assert windows.run(built_setups.new, "/S") == 0
    (program_folder(windows) / windows_setups.FILE_LIST).unlink()
    assert windows.run(built_setups.new, "/S") == 0
    assert (program_folder(windows) / windows_setups.FILE_LIST).exists()
    uninstall(windows)
    assert not program_folder(windows).exists()


@pytest.mark.parametrize("kept", [0, 40])
def test_a_repair_works_with_a_list_that_is_cut_off(
    windows: WinePrefix, built_setups: WindowsSetups, kept: int
) -> None:
    """A truncated file list is left by a computer that was switched off during the installation."""
    assert windows.run(built_setups.new, "/S") == 0
    names = program_folder(windows) / windows_setups.FILE_LIST
    names.write_bytes(names.read_bytes()[:kept])
    assert windows.run(built_setups.new, "/S") == 0
    assert file_contents(
        program_folder(windows), without=(windows_setups.FILE_LIST, "uninstall.exe")
    ) == file_contents(built_setups.payload)
    uninstall(windows)
    assert not program_folder(windows).exists()


def test_what_the_person_put_there_stays(windows: WinePrefix, built_setups: WindowsSetups) -> None:
    assert windows.run(built_setups.new, "/S") == 0
    notes = [
        program_folder(windows) / "notes.txt",
        program_folder(windows) / "_internal" / "PIL" / "mine.txt",
    ]
    for note in notes:
        note.write_text("mine")
    assert windows.run(built_setups.new, "/S") == 0
    uninstall(windows)
    left = sorted(path for path in program_folder(windows).rglob("*") if path.is_file())
    assert left == sorted(notes)
    for note in notes:
        note.unlink()


def test_a_running_program_is_not_overwritten(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    assert windows.run(built_setups.old, "/S") == 0
    before = file_contents(program_folder(windows))
    running = windows.start(program_folder(windows) / "runcomfy-desktop.exe", "--wait")
    file = windows.drive_c / "started.txt"
    wait_until("the program runs", file.exists)
    try:
        assert windows.run(built_setups.new, "/S") == RUNNING
        folder = windows.windows_path(program_folder(windows))
        # The uninstaller runs without copying itself, so that its exit code is available.
        words = ("/S", *f"_?={folder}".split(" "))
        assert windows.run(program_folder(windows) / "uninstall.exe", *words) == RUNNING
        assert file_contents(program_folder(windows)) == before
        assert windows.registry()[UNINSTALL]["DisplayVersion"] == OLD_VERSION
    finally:
        (windows.drive_c / "end").touch()
        running.wait(60)
        (windows.drive_c / "end").unlink()
        file.unlink()
    assert windows.run(built_setups.new, "/S") == 0
    assert windows.registry()[UNINSTALL]["DisplayVersion"] == __version__


def test_the_wizard_says_that_the_program_runs(
    windows: WinePrefix, built_setups: WindowsSetups, display: Display
) -> None:
    """The wizard reports that the program is running, and continues with Retry after it ends."""
    assert windows.run(built_setups.old, "/S") == 0
    running = windows.start(program_folder(windows) / "runcomfy-desktop.exe", "--wait")
    file = windows.drive_c / "started.txt"
    wait_until("the program runs", file.exists)
    wizard = windows.start(built_setups.new)
    for _page in range(2):
        display.focus(display.wait_for_window("RunComfy Desktop Setup"))
        settle_picture(display, "wizard-upgrade.png")
        display.press("Return")
    wait_until("it asks", lambda: len(display.windows("RunComfy Desktop Setup")) > 1)
    settle_picture(display, "wizard-running.png")
    (windows.drive_c / "end").touch()
    running.wait(60)
    (windows.drive_c / "end").unlink()
    file.unlink()
    display.focus(display.windows("RunComfy Desktop Setup")[-1])
    display.press("Return")
    version = program_folder(windows) / windows_setups.FILE_LIST
    wait_until("it goes on", lambda: version.exists() and "gone_package" not in version.read_text())
    wait_until("it is done", (program_folder(windows) / "uninstall.exe").exists)
    settle_picture(display, "wizard-upgraded.png")
    display.focus(display.wait_for_window("RunComfy Desktop Setup"))
    # Clears the check box for starting the program.
    display.press("space")
    close(display, "RunComfy Desktop Setup")
    assert wizard.wait(60) == 0
    windows.wait_until_idle()
    assert not file.exists()
    entry = windows.registry()[UNINSTALL]
    assert entry["DisplayVersion"] == __version__
    assert entry["InstallLocation"] == windows.windows_path(program_folder(windows))


def test_another_folder_can_be_chosen_and_is_remembered(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    folder = windows.drive_c / "Tools" / "Run Comfy"
    # Two arguments, because the installer expects the rest of the line without quotation marks.
    assert windows.run(built_setups.old, "/S", "/D=C:\\Tools\\Run", "Comfy") == 0
    assert (folder / "runcomfy-desktop.exe").exists()
    assert not program_folder(windows).exists()
    assert windows.run(built_setups.new, "/S") == 0
    assert windows.registry()[UNINSTALL]["InstallLocation"] == "C:\\Tools\\Run Comfy"
    assert not program_folder(windows).exists()
    uninstall(windows, folder)
    assert not folder.exists()


def test_moving_leaves_nothing_in_the_first_folder(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    assert windows.run(built_setups.old, "/S", "/D=C:\\First") == 0
    assert windows.run(built_setups.new, "/S", "/D=C:\\Second") == 0
    assert not (windows.drive_c / "First").exists()
    assert windows.registry()[UNINSTALL]["InstallLocation"] == "C:\\Second"
    uninstall(windows, windows.drive_c / "Second")
    assert not (windows.drive_c / "Second").exists()


def test_a_folder_with_other_files_is_refused(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    folder = windows.drive_c / "Letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear all")
    assert windows.run(built_setups.new, "/S", "/D=C:\\Letters") == OTHER_FILES
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    assert UNINSTALL not in windows.registry()


def test_the_start_menu_starts_it(windows: WinePrefix, built_setups: WindowsSetups) -> None:
    assert windows.run(built_setups.new, "/S") == 0
    assert "not made by RunComfy" in windows.shortcut.read_bytes().decode("utf-16-le", "ignore")
    assert windows.run("start", windows.windows_path(windows.shortcut)) == 0
    found = started(windows)
    assert not any(line.startswith("argument") for line in found)


def test_the_manifest_does_what_it_says(windows: WinePrefix, built_setups: WindowsSetups) -> None:
    assert windows.run(built_setups.new, "/S") == 0
    assert windows.run(program_folder(windows) / "runcomfy-desktop.exe") == 0
    assert started(windows)[1:] == ["code page 65001", "per monitor v2 1"]


@pytest.mark.parametrize(
    "link", ["runcomfy-desktop:deployment/0b5d-11", "runcomfy-desktop:deployment/%22%20--demo"]
)
def test_a_link_opens_the_program_as_one_word(
    windows: WinePrefix, built_setups: WindowsSetups, link: str
) -> None:
    assert windows.run(built_setups.new, "/S") == 0
    windows.share_class("runcomfy-desktop")
    assert windows.run("start", link) == 0
    assert started(windows)[0] == f"argument {link}"


def test_json_files_can_be_opened_with_it_but_belong_to_nobody(
    windows: WinePrefix, built_setups: WindowsSetups
) -> None:
    before = windows.registry()
    assert windows.run(built_setups.new, "/S") == 0
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


def test_the_wizard_installs_and_removes(
    windows: WinePrefix, built_setups: WindowsSetups, display: Display
) -> None:
    """The wizard can be used with the keyboard alone; pictures of its pages are kept."""
    put_data(windows)
    wizard = windows.start(built_setups.old)
    pages = (("welcome", "Return"), ("folder", "Return"))
    for name, key in pages:
        window = display.wait_for_window("RunComfy Desktop Setup")
        settle_picture(display, f"wizard-{name}.png")
        display.focus(window)
        display.press(key)
    wait_until("it is installed", lambda: (program_folder(windows) / "uninstall.exe").exists())
    settle_picture(display, "wizard-finish.png")
    close(display, "RunComfy Desktop Setup")
    assert wizard.wait(60) == 0
    assert not any(line.startswith("argument") for line in started(windows))

    windows.start(program_folder(windows) / "uninstall.exe").wait(60)
    window = display.wait_for_window("RunComfy Desktop Uninstall")
    settle_picture(display, "uninstall-choice.png")
    display.focus(window)
    display.press("Return")
    wait_until("it is removed", lambda: not program_folder(windows).exists())
    close(display, "RunComfy Desktop Uninstall")
    windows.wait_until_idle()
    assert (data(windows) / "settings.json").exists()


def close(display: Display, title: str) -> None:
    """Presses the button of the last page repeatedly, because it is enabled with a delay."""

    def is_closed() -> bool:
        for window in display.windows(title):
            display.focus(window)
            display.press("Return")
        return not display.windows(title)

    wait_until(f"{title} closes", is_closed)


def settle_picture(display: Display, name: str) -> None:
    """Saves a picture of the screen once it no longer changes."""
    target = PICTURES / name
    before = b""
    for _ in range(40):
        display.save_screenshot(target)
        now = target.read_bytes()
        if now == before:
            return
        before = now
        os.sched_yield()
    raise AssertionError(f"{name} never stood still")
