"""The facts below a result: their texts, and the space that they take."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QDateTime, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton, QWidget

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.jobs.run_facts import RunFacts
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.results.output_properties import OutputProperties
from runcomfy_desktop.ui.widgets.layouts import column
from tests.gui.support.scripted_queue import job
from tests.gui.support.user_input import find, key, press, process_events, show

pytestmark = pytest.mark.usefixtures("qapp")

NOW_S = float(QDateTime.fromString("2026-08-05T16:00:00", "yyyy-MM-ddTHH:mm:ss").toSecsSinceEpoch())
HOUR_S = 3600.0
TEXT, NEGATIVE, CFG = InputKey("6", "text"), InputKey("7", "text"), InputKey("3", "cfg")
PROMPT = "Turn the harbour to the blue hour. " * 20


class _Panel(QWidget):
    """Panel with a picture and the facts of a job below it."""

    def __init__(self, height: int, **fields: Any) -> None:
        super().__init__()
        self.picture = QWidget(self)
        self.facts = OutputProperties(self.picture, self, lambda: NOW_S)
        column((self.picture, 1), self.facts, owner=self)
        self.facts.show_job(job("x", JobState.DONE, **fields))
        self.facts.show_output(None, None)
        show(self, 400, height)
        process_events()


def _value(key: str, **fields: Any) -> str:
    panel = _Panel(800, **fields)
    return panel.facts.value(key)


def test_the_prompt_and_each_change_are_shown() -> None:
    panel = _Panel(
        800,
        changes={CFG: 3.5, TEXT: "a blue bicycle"},
        facts=RunFacts(
            earlier={CFG: "2.5", TEXT: "a red bicycle"},
            titles={"6": "Positive"},
            prompts={TEXT: ""},
            negative_prompts={NEGATIVE: "blurry"},
        ),
    )
    facts = panel.facts
    assert facts.value("prompt") == "a blue bicycle"
    assert facts.value("negative") == "blurry"
    assert facts.value("changed").split("\n") == [
        "cfg 2.5 → 3.5",
        "Positive · text “a red bicycle” → “a blue bicycle”",
    ]
    press(find(facts, QToolButton, "copy_prompt"))
    assert QGuiApplication.clipboard().text() == "a blue bicycle"


def test_a_job_of_an_earlier_version_has_no_prompt_and_no_values_before() -> None:
    panel = _Panel(800, changes={CFG: 3.5})
    facts = panel.facts
    assert not find(facts, QWidget, "fact_prompt").isVisible()
    assert facts.value("changed") == "cfg 3.5"


def test_a_run_without_changes_says_so() -> None:
    assert _value("changed") == "nothing, as deployed"
    seed = {"changes": {InputKey("3", "seed"): 7}, "seed": 7}
    assert (_value("changed", **seed), _value("seed", **seed)) == ("only the seed", "7")


@pytest.mark.parametrize(
    ("age_s", "text"), [(2 * HOUR_S, "today "), (20 * HOUR_S, "yesterday "), (50 * HOUR_S, "2026")]
)
def test_the_day_is_named(age_s: float, text: str) -> None:
    assert _value("when", created_s=NOW_S - age_s).startswith(text)


def test_times_and_cost_are_left_out_until_they_are_known() -> None:
    assert (_value("took"), _value("cost")) == ("", "")
    ended = {"queued_s": 100.0, "running_s": 121.0, "finished_s": 189.0, "cost_usd": 0.05}
    assert _value("took", **ended) == "queue 0:21 · run 1:08"
    assert _value("cost", **ended) == "about $0.05"
    assert _value("took", queued_s=100.0, finished_s=130.0) == "queue 0:30"


def test_the_facts_are_as_high_as_they_need_and_never_squeeze_the_picture() -> None:
    fields = {"request_id": "r-9", "facts": RunFacts(prompts={TEXT: PROMPT})}
    high = _Panel(800, **fields)
    assert not high.facts.verticalScrollBar().isVisible()
    assert high.facts.height() < 250
    low = _Panel(200, **fields)
    assert low.facts.verticalScrollBar().isVisible()
    assert low.picture.height() >= 100
    more = find(low, QToolButton, "more_prompt")
    press(more)
    process_events()
    assert low.picture.height() >= 100
    # The last row comes into view with the keyboard.
    copy = find(low, QToolButton, "copy_request_id")
    more.setFocus()
    key(more, Qt.Key.Key_Tab)
    key(find(low, QToolButton, "copy_changed"), Qt.Key.Key_Tab)
    assert copy.hasFocus()
    assert copy.visibleRegion().boundingRect().height() == copy.height()


def test_a_text_that_is_unfolded_gets_the_space_that_there_is() -> None:
    panel = _Panel(800, facts=RunFacts(prompts={TEXT: PROMPT}))
    before = panel.facts.height()
    press(find(panel, QToolButton, "more_prompt"))
    process_events()
    assert panel.facts.height() > before + 100
    assert panel.picture.height() >= 400


def test_of_many_changes_only_the_first_are_listed() -> None:
    changes = {InputKey(str(each), "x" * 500): "y\n" * 500 for each in range(1_000)}
    entries = _value("changed", changes=changes).split("\n")
    assert (len(entries), entries[-1]) == (201, "800 more")
    assert max(map(len, entries)) < 150
