"""Preferences: saved and published only when they really change."""

from __future__ import annotations

from runcomfy_desktop.core.base.preferences import MAX_HIDDEN, MAX_RECENT, Preferences
from runcomfy_desktop.domain.settings import Settings, ThemeMode


def test_a_change_is_kept_and_told_once() -> None:
    stored, received = list[Settings](), list[Settings]()
    preferences = Preferences(Settings(), stored.append)
    preferences.changed.subscribe(received.append)
    preferences.set(theme=ThemeMode.DARK, output_folder="/pictures")
    preferences.set(theme=ThemeMode.DARK)
    expected = Settings(theme=ThemeMode.DARK, output_folder="/pictures")
    assert preferences.settings == expected
    assert stored == received == [expected]


def test_the_recent_files_are_few_distinct_and_newest_first() -> None:
    preferences = Preferences(Settings(), lambda _settings: None)
    for number in range(MAX_RECENT + 3):
        preferences.remember_file(f"/{number}.json")
    preferences.remember_file("/5.json")
    recent = preferences.settings.recent_files
    assert recent[:2] == ("/5.json", "/10.json")
    assert len(recent) == len(set(recent)) == MAX_RECENT


def test_deployments_whose_examples_are_not_offered_are_distinct_and_not_too_many() -> None:
    preferences = Preferences(Settings(), lambda _settings: None)
    for number in range(MAX_HIDDEN + 3):
        preferences.hide_examples(f"d-{number}")
    preferences.hide_examples("d-5")
    hidden = preferences.settings.hidden_examples
    assert hidden[0] == "d-5"
    assert len(hidden) == len(set(hidden)) == MAX_HIDDEN


def test_an_id_beyond_all_measure_is_not_kept() -> None:
    preferences = Preferences(Settings(), lambda _settings: None)
    preferences.hide_examples("d" * 5000)
    assert preferences.settings.hidden_examples == ()


def test_workflows_that_open_with_all_inputs_are_distinct_and_not_too_many() -> None:
    preferences = Preferences(Settings(), lambda _settings: None)
    for number in range(MAX_HIDDEN + 3):
        preferences.remember_all_inputs(f"d-{number}", shown=True)
    preferences.remember_all_inputs("d-5", shown=True)
    shown = preferences.settings.all_inputs_shown
    assert shown[0] == "d-5"
    assert len(shown) == len(set(shown)) == MAX_HIDDEN
    preferences.remember_all_inputs("d-5", shown=False)
    preferences.remember_all_inputs("d-1" * 5000, shown=True)
    preferences.remember_all_inputs("", shown=True)
    assert preferences.settings.all_inputs_shown == shown[1:]
