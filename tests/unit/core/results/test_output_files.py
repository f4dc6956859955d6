"""Paths of results: no file is overwritten, and no partial file stays for ever."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.partial_file import record_path
from runcomfy_desktop.core.results.output_files import (
    clear_leftovers,
    leftover_key,
    move_into_place,
    part_path,
    replace_file,
    target_path,
    write_file,
)
from runcomfy_desktop.domain.jobs.output import RUN_SUFFIX, Output, OutputKind
from tests.support.job_factory import make_job

if TYPE_CHECKING:
    from pathlib import Path

JOB = make_job(job_id="0123456789abcdef", created_s=1_770_000_000.0, deployment_name="flux-dev")


def output(name: str, node_id: str = "9") -> Output:
    return Output(node_id, "images", OutputKind.IMAGE, name, f"https://x.example/{name}?sig=1")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def part_with(folder: Path, data: bytes, name: str = "a.png.part") -> Path:
    part = folder / name
    part.write_bytes(data)
    return part


def test_outputs_of_one_name_come_in_files_of_their_own(tmp_path: Path) -> None:
    outputs = [output("a.png"), output("A.PNG"), output("a.png", "10")]
    targets = [target_path(tmp_path, JOB, each) for each in outputs]
    parts = [part_path(target, JOB, each) for target, each in zip(targets, outputs, strict=True)]
    assert targets[0] == targets[2]
    assert len({part.name.lower() for part in parts}) == 3
    again = part_path(targets[0], JOB, output("a.png"))
    assert again == parts[0], "the next try goes on with it"
    assert part_path(targets[0], JOB, output("a.png"), 1) not in parts


def test_of_two_jobs_whose_names_begin_alike_each_has_its_own(tmp_path: Path) -> None:
    other = make_job(job_id="01234567ffff", created_s=JOB.created_s, deployment_name="flux-dev")
    target = target_path(tmp_path, JOB, output("a.png"))
    assert target == target_path(tmp_path, other, output("a.png"))
    assert part_path(target, JOB, output("a.png")) != part_path(target, other, output("a.png"))


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "é" * 300, "🎨" * 300 + ".jpeg"])
def test_the_longest_names_fit_with_all_that_is_added(tmp_path: Path, name: str) -> None:
    target = target_path(tmp_path, JOB, output(name))
    part = part_path(target, JOB, output(name))
    assert len(record_path(part).name.encode()) <= 255
    target.parent.mkdir()
    part.write_bytes(b"x")
    record_path(part).write_bytes(b"x")
    for _again in range(3):
        part.write_bytes(os.urandom(9))
        assert move_into_place(part, target).is_file()


def test_a_fresh_file_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    place = tmp_path / "a.png"
    place.write_bytes(b"half")
    assert replace_file(part_with(tmp_path, b"whole"), place, 4) == place
    assert place.read_bytes() == b"whole"
    assert names(tmp_path) == ["a.png"]


def test_a_file_that_is_the_same_stays(tmp_path: Path) -> None:
    place = tmp_path / "a.png"
    place.write_bytes(b"whole")
    assert replace_file(part_with(tmp_path, b"whole"), place, 5) is None
    assert names(tmp_path) == ["a.png"]


def test_a_place_that_became_free_is_taken(tmp_path: Path) -> None:
    place = tmp_path / "a.png"
    assert replace_file(part_with(tmp_path, b"whole"), place, 4) == place
    assert names(tmp_path) == ["a.png"]


def test_a_file_that_windows_keeps_for_another_program_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: Path, _target: Path) -> None:
        raise PermissionError(13, "in use")

    place = tmp_path / "a.png"
    place.write_bytes(b"half")
    part = part_with(tmp_path, b"whole")
    monkeypatch.setattr(os, "replace", refuse)
    assert replace_file(part, place, 4) == tmp_path / "a-1.png"
    assert names(tmp_path) == ["a-1.png", "a.png"]


def test_a_name_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"somebody's")
    placed = move_into_place(part_with(tmp_path, b"ours"), target)
    assert placed.name == "a-1.png"
    assert target.read_bytes() == b"somebody's"
    assert placed.read_bytes() == b"ours"
    assert names(tmp_path) == ["a-1.png", "a.png"]


def test_a_small_file_of_ours_is_laid_down_whole_or_not_at_all(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    part, place = tmp_path / "a.part", tmp_path / "a.png.run.json"
    part.symlink_to(elsewhere)
    assert write_file(b"ours", part, place) == place
    assert not elsewhere.exists()
    assert write_file(b"ours", part, place) == place, "the same is not written twice"
    assert write_file(b"other", part, place).name == "a.png.run-1.json"
    assert names(tmp_path) == ["a.png.run-1.json", "a.png.run.json"]
    with pytest.raises(OSError, match="a"):
        write_file(b"ours", tmp_path / "gone" / "a.part", tmp_path / "gone" / "a")
    # This also works with a name longer than any real one.
    target = target_path(tmp_path, JOB, output("🎨" * 300 + ".jpeg"))
    long = tmp_path / f"{target.name}{RUN_SUFFIX}"
    assert write_file(b"x", part_path(long, JOB, output("a")), long) == long


def test_half_of_what_lies_beside_results_is_cleared_like_theirs(tmp_path: Path) -> None:
    place = tmp_path / "flux-dev"
    place.mkdir()
    target = place / f"{target_path(tmp_path, JOB, output('a.png')).name}{RUN_SUFFIX}"
    target.write_bytes(b"whole")
    part_with(place, b"half", part_path(target, JOB, output("a.png")).name)
    assert clear_leftovers(tmp_path, lambda _key: False, before_s=0.0) == 1
    assert names(place) == [target.name]


def test_a_file_that_was_placed_before_a_kill_is_found(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"ours")
    part = part_with(tmp_path, b"ours")
    record_path(part).write_bytes(b"{}")
    assert move_into_place(part, target) == target
    assert names(tmp_path) == ["a.png"]


def test_a_kill_between_both_names_of_a_file_does_no_harm(tmp_path: Path) -> None:
    part = part_with(tmp_path, b"ours")
    os.link(part, tmp_path / "a.png")
    assert move_into_place(part, tmp_path / "a.png").read_bytes() == b"ours"
    assert names(tmp_path) == ["a.png"]


def test_a_folder_or_a_dangling_link_of_that_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    (tmp_path / "a-1.png").symlink_to(tmp_path / "nowhere")
    assert move_into_place(part_with(tmp_path, b"ours"), tmp_path / "a.png").name == "a-2.png"
    assert not (tmp_path / "nowhere").exists()


def test_a_file_system_without_second_names_takes_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulates the error of FAT, which cannot be mounted everywhere."""

    def refuse(_part: Path, _place: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "a.png").write_bytes(b"somebody's")
    assert move_into_place(part_with(tmp_path, b"ours"), tmp_path / "a.png").name == "a-1.png"
    assert names(tmp_path) == ["a-1.png", "a.png"]


def test_halves_are_cleared_when_no_job_wants_them(tmp_path: Path) -> None:
    place = tmp_path / "flux-dev"
    place.mkdir()
    others = [make_job(job_id=f"{number}" * 32, created_s=JOB.created_s) for number in (1, 2)]
    halves = {}
    for job in (JOB, *others):
        target = target_path(tmp_path, job, output("a.png"))
        halves[job.job_id] = part_with(place, b"half", part_path(target, job, output("a.png")).name)
        record_path(halves[job.job_id]).write_bytes(b"{}")
    old = halves[others[1].job_id]
    for each in (old, record_path(old)):
        os.utime(each, (1.0, 1.0))
    stored = [part_with(place, b"x", name) for name in ("a.png.part", "film.part", "a.png")]
    wanted = {leftover_key(others[0]), leftover_key(others[1])}
    assert clear_leftovers(tmp_path, wanted.__contains__, before_s=1000.0) == 4
    half = halves[others[0].job_id]
    assert {each.name for each in place.iterdir()} == {
        half.name,
        record_path(half).name,
        *(each.name for each in stored),
    }


def test_without_a_folder_there_is_nothing_to_clear(tmp_path: Path) -> None:
    assert clear_leftovers(tmp_path / "missing", lambda _key: False, 0.0) == 0
