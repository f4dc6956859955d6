"""Information for Help about an installation, read from real files; it contains no secrets."""

from __future__ import annotations

import errno
import logging
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop import __version__
from runcomfy_desktop.app import installation_info
from runcomfy_desktop.domain.diagnostics import diagnostics_text
from runcomfy_desktop.domain.settings import ProxyMode, Settings
from runcomfy_desktop.paths import Paths
from tests.unit.app.test_logs import logging_to

if TYPE_CHECKING:
    from runcomfy_desktop.domain.diagnostics import StorageLocation

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "data", tmp_path / "results")


def test_the_versions_and_the_back_ends_are_among_it(paths: Paths) -> None:
    facts = dict(installation_info.create_installation_info(paths, Settings).diagnostics().facts)
    assert facts["RunComfy Desktop"].startswith(f"{__version__} (")
    assert facts["Python"] == sys.version.split()[0]
    assert "PySide6" in facts["Qt"]
    assert facts["Keyring"] == "keyring.backends.fail.Keyring"
    assert facts["TLS"].startswith("OpenSSL")
    assert facts["Proxy"] == "no"
    assert facts["Service"] == "usual"


def test_of_a_proxy_and_an_address_only_that_they_are_there(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        base_url="https://runs.secret-company.example",
        proxy_mode=ProxyMode.OWN,
        proxy_address="http://proxy.secret-company.example:8080",
        proxy_user="secret-user",
        ca_file="/etc/secret-company.pem",
    )
    found = installation_info.create_installation_info(paths, lambda: settings).diagnostics()
    facts = dict(found.facts)
    assert facts["Proxy"] == facts["Company certificate"] == "yes"
    monkeypatch.setenv("HTTPS_PROXY", "http://name:secret-word@proxy.example:3128")
    more = installation_info.create_installation_info(paths, Settings).diagnostics()
    assert dict(more.facts)["Proxy"] == "yes"
    for each in (found, more):
        text = diagnostics_text(each, [], lambda _place: "", ())
        assert "secret" not in text
        assert "proxy.example" not in text


def test_the_log_and_the_last_crash_are_shown_from_their_ends(paths: Paths) -> None:
    with logging_to(paths.logs):
        for number in range(200):
            logging.getLogger("any").info("line %d", number)
    (paths.logs / "last-crash.log").write_text("Fatal Python error: Aborted\n" + "more\n" * 500)
    found = installation_info.create_installation_info(paths, Settings).diagnostics()
    assert len(found.log) == installation_info.LOG_LINES
    assert found.log[-1].endswith("line 199")
    assert found.crash[0] == "Fatal Python error: Aborted"
    assert len(found.crash) == installation_info.CRASH_LINES


def by_key(places: tuple[StorageLocation, ...]) -> dict[str, StorageLocation]:
    return {each.key: each for each in places}


def test_the_places_are_measured_and_missing_ones_are_no_fault(paths: Paths) -> None:
    look = installation_info.create_installation_info(paths, Settings)
    assert [each.size_bytes for each in look.storage_locations()] == [None] * 4
    (paths.logs / "deep").mkdir(parents=True)
    (paths.logs / "deep" / "a.log").write_bytes(bytes(1000))
    paths.settings.write_bytes(bytes(24))
    (paths.base / "elsewhere").symlink_to("/")
    found = by_key(look.storage_locations())
    assert (found["data"].size_bytes, found["data"].file_count) == (1024, 2)
    assert (found["logs"].size_bytes, found["logs"].file_count) == (1000, 1)
    assert (found["settings"].size_bytes, found["settings"].is_file) == (24, True)
    assert found["outputs"].size_bytes is None
    assert found["outputs"].path == str(paths.outputs)


def test_a_place_that_cannot_be_looked_at_keeps_nothing_else_back(paths: Paths) -> None:
    """A folder that cannot be read, such as on a missing network disk, does not hide the others."""
    settings = Settings(output_folder=f"/{'x' * 300}")
    found = installation_info.create_installation_info(paths, lambda: settings).diagnostics()
    assert found.facts
    assert by_key(found.locations)["outputs"].error == os.strerror(errno.ENAMETOOLONG)
    assert by_key(found.locations)["data"].error == ""


def test_the_home_folder_is_known_by_all_its_names(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("HOME", str(tmp_path / "link"))
    homes = installation_info.create_installation_info(paths, Settings).home_paths
    assert homes == (str(tmp_path / "link"), str(tmp_path / "real"))


def test_results_are_where_the_settings_say(paths: Paths, tmp_path: Path) -> None:
    settings = Settings(output_folder=str(tmp_path / "elsewhere"))
    found = by_key(
        installation_info.create_installation_info(paths, lambda: settings).storage_locations()
    )
    assert found["outputs"].path == str(tmp_path / "elsewhere")


def test_a_checkout_names_what_it_is_built_on_with_its_licence() -> None:
    (only,) = installation_info.documents()
    lines = only.text.splitlines()
    for name, licence in (
        ("PySide6", "LGPL"),
        ("httpx", "BSD"),
        ("h11", "MIT"),
        ("certifi", "MPL"),
    ):
        assert any(line.startswith(name) and licence in line for line in lines), name
    assert not any(line.startswith(("pytest", "mypy")) for line in lines)


def test_the_list_begins_with_what_the_project_depends_on() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {installation_info._NAME.match(each)[0] for each in project["dependencies"]}  # type: ignore[index]
    assert {name.partition("[")[0] for name in named} == set(installation_info.LIBRARIES)
