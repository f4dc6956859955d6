"""The command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from runcomfy_desktop import __version__
from runcomfy_desktop.options import Options, parse


def test_nothing_given_means_as_usual() -> None:
    assert parse([]) == Options()


def test_every_option_arrives() -> None:
    options = parse(
        [
            "--demo",
            "--base-url",
            "https://api.example.org",
            "--data-dir",
            "d",
            "--open",
            "w.json",
            "--tour",
            "t",
            "--log-level",
            "debug",
        ]
    )
    assert options == Options(
        demo=True,
        base_url="https://api.example.org",
        data_dir=Path("d"),
        open_file=Path("w.json"),
        tour=Path("t"),
        log_level="debug",
    )


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--version"])
    assert ended.value.code == 0
    assert __version__ in capsys.readouterr().out


def test_an_unknown_log_level_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--log-level", "loud"])
    assert ended.value.code == 2
    assert "loud" in capsys.readouterr().err
