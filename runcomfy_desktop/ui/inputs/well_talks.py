"""What wells are asked and told while files are looked at and copied: several at once, or large."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs.several_words import refused_words, survey_words
from runcomfy_desktop.ui.inputs.talk import CANCEL, Answer, Talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.core.media_shelf import Keeping, MediaShelf, Survey
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.media import MediaFile
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.intake import Intake, Way
    from runcomfy_desktop.ui.inputs.wells import WellLayer

_STOP, _EACH, _FIRST = "stop", "each", "first"


@dataclass(frozen=True, slots=True)
class _Asked:
    """Several files for one input, and what is known of them."""

    way: Way
    survey: Survey


class WellTalks(QObject):
    """Belongs to a session, and speaks in all `wells`. `told` says what a person should know.

    `runs_wished` comes with the values of each run, the batch's name and a name for each run.
    """

    told = Signal(str)
    runs_wished = Signal(object, str, object)

    def __init__(
        self,
        wells: Sequence[WellLayer],
        intake: Intake,
        shelf: MediaShelf,
        workbench: Workbench,
    ) -> None:
        super().__init__(intake)
        self._wells = wells
        self._intake = intake
        self._shelf = shelf
        self._workbench = workbench
        self._draft_key = ""
        self._tickets: dict[str, InputKey] = {}
        self._singles: set[str] = set()
        self._asked: dict[InputKey, _Asked] = {}
        self._links = Subscriptions()
        self._links.add(shelf.keeping, self._on_keeping)
        self._links.add(workbench.changed, self._on_workbench_changed)
        self._on_workbench_changed(workbench.state)
        intake.begun.connect(self._on_begun)
        intake.several.connect(self._on_several)
        for each in wells:
            each.answered.connect(self._on_answered)

    def close(self) -> None:
        self._links.close()
        self._forget_all()
        for each in self._wells:
            each.answered.disconnect(self._on_answered)

    # What is asked

    def _on_several(self, key: InputKey, paths: Sequence[str], way: Way) -> None:
        self._forget(key)
        kind = self._intake.goal(key).kind
        ticket = self._shelf.survey(paths, kind, partial(self._on_surveyed, key, way))
        self._tickets[ticket] = key

    def _on_surveyed(self, key: InputKey, way: Way, survey: Survey) -> None:
        usable = survey.usable
        if len(usable) > 1:
            self._asked[key] = _Asked(way, survey)
            count = len(usable)
            each = n_("%d run, one each", "%d runs, one each", count) % count
            answers = (
                Answer(_EACH, each, is_main=True),
                Answer(_FIRST, _("Use the first")),
                Answer(CANCEL, _("Cancel")),
            )
            is_picture = self._intake.goal(key).kind is InputKind.IMAGE
            chosen = self._workbench.state.large_pictures
            words = survey_words(survey, chosen if is_picture else LargePictures.AS_IS)
            self._show(key, Talk(self._name(key, count), words, answers))
            return
        self.told.emit(refused_words(survey))
        if usable:
            self._intake.take_file(usable[0], self._intake.goal(key), way)

    def _on_answered(self, key: InputKey, answer: str) -> None:
        if answer == _STOP:
            self._forget(key)
            return
        asked = self._asked.pop(key, None)
        self._show(key, None)
        if asked is None:
            return
        if answer == _FIRST:
            self._intake.take_file(asked.survey.usable[0], self._intake.goal(key), asked.way)
        elif answer == _EACH:
            usable, kind = asked.survey.usable, self._intake.goal(key).kind
            kept = partial(self._on_kept, key, len(usable))
            self._tickets[self._shelf.add_files(usable, kept, kind)] = key

    def _on_kept(self, key: InputKey, wanted: int, files: list[MediaFile]) -> None:
        if len(files) < wanted:
            count = wanted - len(files)
            text = n_(
                "%d file could not be read to its end and was left out.",
                "%d files could not be read to their end and were left out.",
                count,
            )
            self.told.emit(text % count)
        if files:
            variants = [{key: file} for file in files]
            names = [one_line(file.name) for file in files]
            self.runs_wished.emit(variants, self._name(key, len(files)), names)

    def _show(self, key: InputKey, talk: Talk | None) -> None:
        """An input may have a well in several places; it says the same in each."""
        for each in self._wells:
            each.show_talk(key, talk)

    def _name(self, key: InputKey, count: int) -> str:
        text = n_("%d file for %s", "%d files for %s", count)
        return text % (count, one_line(key.name))

    # How far it has come

    def _on_begun(self, key: InputKey, ticket: str) -> None:
        self._forget(key)
        self._tickets[ticket] = key
        self._singles.add(ticket)

    def _on_keeping(self, keeping: Keeping) -> None:
        key = self._tickets.get(keeping.ticket)
        if key is None:
            return
        if keeping.is_over:
            del self._tickets[keeping.ticket]
            self._singles.discard(keeping.ticket)
            if key not in self._asked:
                self._show(key, None)
            return
        share = keeping.done / keeping.whole if keeping.whole else 0.0
        text = _("Being copied… %d %%") % int(share * 100)
        title = one_line(keeping.name) or _("Looking at the files…")
        self._show(key, Talk(title, text, (Answer(_STOP, _("Stop")),), share))

    def _on_workbench_changed(self, state: BenchState) -> None:
        """Another workflow has other wells, with the same names perhaps."""
        key = "" if state.draft is None else state.draft.key
        if key != self._draft_key:
            self._draft_key = key
            self._forget_all()

    def _forget(self, key: InputKey) -> None:
        self._asked.pop(key, None)
        for ticket in [each for each, meant in self._tickets.items() if meant == key]:
            del self._tickets[ticket]
            self._shelf.stop(ticket)
        self._show(key, None)

    def _forget_all(self) -> None:
        for ticket in self._singles & self._tickets.keys():
            # A single copy goes on: whoever wanted it is told where it ended.
            self._show(self._tickets.pop(ticket), None)
        self._singles.clear()
        for key in {*self._asked, *self._tickets.values()}:
            self._forget(key)
