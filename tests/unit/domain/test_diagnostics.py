"""The diagnostics text for support: complete, uniform, and without the home folder's name."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.diagnostics import (
    Diagnostics,
    StorageLocation,
    diagnostics_text,
    hide_home,
)

HOME = "/home/maria"


@pytest.mark.parametrize(
    ("text", "home", "expected"),
    [
        ("in /home/maria/.local/x", HOME, "in ~/.local/x"),
        ("/home/maria", HOME, "~"),
        ('File "/home/maria/a.py", /home/maria/b', HOME, 'File "~/a.py", ~/b'),
        ("/home/mariah/x and /home/maria-old", HOME, "/home/mariah/x and /home/maria-old"),
        (r"C:\Users\Maria\AppData", r"C:\Users\Maria", r"~\AppData"),
        (r"c:/users/maria/AppData", r"C:\Users\Maria", "~/AppData"),
        (r"'C:\\Users\\Maria\\x.json'", r"C:\Users\Maria", r"'~\\x.json'"),
        ("/root/x /x", "/", "/root/x /x"),
        ("/x", "", "/x"),
    ],
)
def test_the_home_folder_is_not_named(text: str, home: str, expected: str) -> None:
    assert hide_home(text, [home]) == expected


def test_nor_is_it_by_what_it_leads_to() -> None:
    homes = ["/home/maria", "/home/maria/real"]
    assert hide_home("/home/maria/real/x in /home/maria/y", homes) == "~/x in ~/y"


def size(place: StorageLocation) -> str:
    return f"{place.size_bytes}"


def test_everything_is_said_and_what_is_not_known_is_left_out() -> None:
    findings = Diagnostics(
        (("Program", "1.0"), ("Desktop", "")),
        (
            StorageLocation("data", "Data", f"{HOME}/data", 7),
            StorageLocation("logs", "Logs", "/var/log"),
        ),
        ("a line", f"in {HOME}/x"),
        ("Fatal Python error",),
    )
    assert diagnostics_text(findings, [("Screens", "one"), ("Theme", "")], size, [HOME]) == (
        "Program: 1.0\nScreens: one\n\n"
        "Data: ~/data (7)\nLogs: /var/log (None)\n\n"
        "The last crash:\nFatal Python error\n\n"
        "The last lines of the log:\na line\nin ~/x\n"
    )


def test_without_logs_there_are_no_headings_of_them() -> None:
    assert (
        diagnostics_text(Diagnostics((("Program", "1.0"),)), [], size, [HOME])
        == "Program: 1.0\n\n\n"
    )
