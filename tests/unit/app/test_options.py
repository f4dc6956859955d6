"""Command line options."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from runcomfy_desktop import __version__
from runcomfy_desktop.app.options import LINK_SCHEME, Options, parse
from runcomfy_desktop.domain.app_link import SCHEME

LINK = "runcomfy-desktop:deployment/0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


def test_nothing_given_means_as_usual() -> None:
    assert parse([]) == Options()
    assert asdict(Options().timeouts) == dict.fromkeys(
        ("other_window_s", "keyring_s", "queue_policy", "update_schedule")
    )


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
        open_target=str(Path.cwd() / "w.json"),
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


@pytest.mark.parametrize("arguments", [["w.json"], ["--open", "w.json"], ["--", "w.json"]])
def test_a_file_can_be_named_with_and_without_its_option(arguments: list[str]) -> None:
    assert parse(arguments) == Options(open_target=str(Path.cwd() / "w.json"))


def test_a_name_in_a_folder_that_is_gone_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for arguments in (["w.json"], ["--open", "w.json"]):
        with pytest.raises(SystemExit) as ended:
            parse(arguments)
        assert ended.value.code == 2
        assert "w.json cannot be found: the folder you are in is gone" in capsys.readouterr().err
    assert parse(["/tmp/w.json"]) == Options(open_target="/tmp/w.json")
    assert parse([LINK]) == Options(open_target=LINK)


def test_a_link_arrives_as_it_is() -> None:
    assert parse(["--demo", LINK]) == Options(demo=True, open_target=LINK)
    assert LINK_SCHEME == SCHEME


@pytest.mark.parametrize(
    "behind",
    [
        ["--base-url", "https://evil.example"],
        ["--data-dir", "/tmp/x"],
        ["--tour", "x"],
        ["--self-test"],
        ["w.json"],
        [LINK],
    ],
)
@pytest.mark.parametrize("link", [LINK, LINK.upper(), "runcomfy-desktop:"])
def test_a_link_brings_no_options_with_it(
    link: str, behind: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([link, *behind])
    assert ended.value.code == 2
    assert "nothing may follow a link" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["a.json", "b.json"], ["a.json", "--open", "b.json"]])
def test_of_two_files_none_is_opened(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert "b.json" in (said := capsys.readouterr().err) or said.endswith("at a time\n")
