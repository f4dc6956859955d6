from __future__ import annotations

from dataclasses import replace

from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.domain.jobs.output_merge import merge_outputs


def _file(name: str, url: str, path: str = "", fault: str = "") -> Output:
    return Output("9", "images", OutputKind.IMAGE, name, url, path=path, fault=fault)


def test_files_that_are_here_stay_when_the_result_is_read_again() -> None:
    known = (
        _file("a.png", "https://x/1", path="/o/a.png"),
        _file("b.png", "https://x/2", fault="cut"),
        _file("a.png", "https://x/3", path="/o/a-1.png"),
        _file("gone.png", "https://x/4", path="/o/gone.png"),
    )
    fresh = (
        _file("a.png", "https://x/1?signed"),
        _file("b.png", "https://x/2?signed"),
        _file("a.png", "https://x/3?signed"),
        _file("new.png", "https://x/5"),
    )
    missing = replace(fresh[1], fault="cut")
    first = replace(known[0], url="https://x/1?signed")
    second = replace(known[2], url="https://x/3?signed")
    assert merge_outputs(fresh, known) == (
        first,
        missing,
        second,
        fresh[3],
        known[3],
    )
    assert merge_outputs(fresh, ()) == fresh
    assert merge_outputs((), known) == (known[0], known[2], known[3])


def test_what_was_missing_stays_said_until_it_is_here() -> None:
    """The fault of a missing file stays: if the program is killed during a repeated download, the
    row must not look complete."""
    lost = Output("9", "images", OutputKind.IMAGE, "a.png", "https://x/a.png?1", fault="Not there.")
    fresh = replace(lost, url="https://x/a.png?2", fault="")
    new = replace(fresh, filename="b.png")
    assert merge_outputs((fresh, new), (lost,)) == (
        replace(fresh, fault="Not there."),
        new,
    )
