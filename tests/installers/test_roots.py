"""The clean systems themselves: downloads are verified, and results do not depend on the umask."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from linux import roots
from project import Failed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(300)


def test_a_debian_that_cannot_be_checked_is_not_fetched(tmp_path: Path) -> None:
    """A Debian is not downloaded if its signature cannot be verified.

    Debian's keys are in a separate package, which other systems do not have by default.
    """
    fetch = shlex.join(map(str, roots.fetching("trixie", tmp_path / "system")))
    without_keys = f"mount -t tmpfs tmpfs /usr/share/keyrings && {fetch}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", without_keys],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "Keyring" in done.stdout + done.stderr


def test_a_person_gets_about_in_it_whoever_made_it() -> None:
    usual = os.umask(0o077)
    try:
        with roots.current(roots.TESTED_ON[0]).enter() as place:
            place.add_person()
            place.write("/opt/new/folder/file", b"read by a person")
            message = place.must(["cat", "/opt/new/folder/file"], user=True)
    finally:
        os.umask(usual)
    assert message == "read by a person"


def test_a_system_in_use_is_not_made_anew_at_midnight() -> None:
    """A system in use is not rebuilt at midnight.

    Its package lists are of the current day, and other processes may have it mounted.
    """
    assert roots.current(roots.TESTED_ON[0]) is roots.current(roots.TESTED_ON[0])


def test_what_does_not_end_in_there_is_said() -> None:
    late = pytest.raises(Failed, match="Inside: sleep 60 did not end within 1 s")
    with roots.current(roots.TESTED_ON[0]).enter() as place, late:
        place.must(["sleep", "60"], limit_s=1)
