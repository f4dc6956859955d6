"""Assembly of an AppImage; running it is tested in tests/installers."""

from __future__ import annotations

from pathlib import Path

from linux.appimage import bundle


def test_the_image_follows_the_program_and_the_mark_is_in_it() -> None:
    program = b"\x7fELF\x02\x01\x01\x00" + bytes(8) + b"the rest"
    made = bundle.join(program, b"hsqs and so on")
    assert made[:8] == program[:8]
    assert made[8:11] == b"AI\x02"
    assert made[11 : len(program)] == program[11:]
    assert made[len(program) :] == b"hsqs and so on"


def test_its_name_says_what_it_is() -> None:
    assert bundle.path("1.0", Path("dist")).name == "RunComfy_Desktop-1.0-x86_64.AppImage"
