"""The run desk: hands drafts to the queue, once their files were looked at and a person agreed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.run_plan import plan_run, plan_runs
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.deployment import runs_otherwise
from runcomfy_desktop.domain.draft import media_files
from runcomfy_desktop.domain.large_media import address_wanted
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.widgets.press_guard import Settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.bench_state import BenchState
    from runcomfy_desktop.core.partner_key import PartnerKey
    from runcomfy_desktop.core.run_plan import RunPlan
    from runcomfy_desktop.core.sweep_planner import Prepared
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Changes, Draft
    from runcomfy_desktop.domain.sweep.several import Several
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.money_desk import MoneyDesk
    from runcomfy_desktop.ui.parts import WindowParts

# Nobody has read by then that the deployment is another one.
_READING_S = 1.5
WAITS = "run waits"
"""The `about` of the notice of a run that waits for a key."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts of a RunPlan that are looked at before its runs go; `deployments` are those whose
    workflows they were made for, `wish` is what is run, under which name and how often. `draft_key`
    is "" for a grid, whose window tells when it is begun."""

    wish: tuple[object, str, int]
    draft_key: str
    deployments: tuple[Deployment, ...]
    files: tuple[MediaFile, ...]
    large: tuple[MediaFile, ...]
    shrinkable: tuple[MediaFile, ...]
    has_partners: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The draft, and the notices that its deployments have changed."""
        return self.draft_key, *map(_changed, self.deployments)


class RunDesk(QObject):
    """Runs, or says why not.

    Emits `told` with a Notice, `submitted` after a run was handed to the queue, `input_wanted`
    with the key of the input that keeps a run from starting, `enable_wanted` with the id of a
    disabled deployment that does, `key_wanted` to connect a key and `partner_key_wanted` for the
    settings of the other one. While nobody knows whether there is a
    key, the latest wish to run waits: that is told. `outdated` is emitted with the `about` of a
    notice that is no longer true.
    """

    told = Signal(object)
    submitted = Signal()
    input_wanted = Signal(object)
    enable_wanted = Signal(str)
    key_wanted = Signal()
    partner_key_wanted = Signal()
    outdated = Signal(str)

    def __init__(self, window: QWidget, money_desk: MoneyDesk, partner: PartnerKey) -> None:
        super().__init__(window)
        self._window = window
        self._partner = partner
        self._money_desk = money_desk
        self._parts: WindowParts | None = None
        self._links = Subscriptions()
        self.settle = Settle(span_s=_READING_S)
        self._told_changed = self._unread = ""
        # What is about to run, as in _Facts.
        self._checking: list[tuple[object, str, int]] = []
        # Tells whether that is still unknown, and does what was wished.
        self._waiting: tuple[Callable[[], bool], Callable[[], object]] | None = None

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._links.add(parts.account.changed, lambda _state: self._go_on())
        self._links.add(self._partner.changed, lambda _state: self._go_on())
        self._links.add(parts.queue.entry.entered, lambda _nothing: self._on_entered())

    def detach(self) -> None:
        self._links.close()
        self._checking = []
        self.give_up()
        self._parts = None

    def run(self) -> None:
        """Hands the draft to the queue, or says what has to be done first."""
        if self._parts is not None:
            self._start(plan_run(self._parts.workbench), self.run)

    def run_each(self, variants: Sequence[Changes], label: str, abouts: Sequence[str]) -> None:
        """Runs the draft once with each of `variants`, as one batch named `label`."""
        if self._parts is None or not variants:
            return
        bench = self._parts.workbench
        plan = plan_runs(bench, variants, label, abouts)
        again = partial(self.run_each, variants, label, abouts)
        self._start(plan, again, bench.why_not(variants[0]))

    def run_several(self, several: Several) -> None:
        """Runs the draft so often, as one batch. Number and price were on the button that was
        pressed for it: they are not asked about again."""
        if self._parts is None:
            return
        # Late: the first frame runs nothing.
        from runcomfy_desktop.core.several import plan_several

        again = partial(self.run_several, several)
        self._start(plan_several(self._parts.workbench, several), again, is_priced=True)

    def run_grid(self, prepared: Prepared) -> None:
        """The same for a grid that was prepared."""
        if self._parts is not None:
            sweeps = self._parts.sweeps
            drafts = [run.draft for run in prepared.cells.runs]
            made_for = {
                run.deployment.deployment_id: run.deployment
                for run in prepared.cells.runs
                if not run.draft.runs_file
            }
            facts = _Facts(
                (prepared, "", len(drafts)),
                "",
                tuple(made_for.values()),
                tuple(dict.fromkeys(file for draft in drafts for file in media_files(draft))),
                _files(drafts, lambda draft: draft.large),
                _files(drafts, lambda draft: draft.shrinkable),
                any(draft.has_partner_nodes for draft in drafts),
            )
            self._check(
                facts,
                lambda go: go(),
                lambda shrinks: sweeps.start(prepared, shrinks=shrinks),
            )

    def give_up(self) -> None:
        """Forgets a run that waits for a key."""
        self._waiting = None
        self.outdated.emit(WAITS)

    def explain(self, again: Callable[[], object]) -> None:
        """Says why nothing can be run, or what has to be done first. While that is not known, it
        does `again` as soon as it is."""
        self._explain(again)

    def _start(
        self,
        plan: RunPlan | None,
        again: Callable[[], object],
        why: str = "",
        *,
        is_priced: bool = False,
    ) -> None:
        """Nothing of the draft changes before all questions about its runs are answered."""
        assert self._parts is not None
        if plan is None:
            self._explain(again, why)
            return
        # This is the run that was waited for.
        self.give_up()
        queue, money = self._parts.queue, self._money_desk

        def ask(go: Callable[[], object]) -> None:
            if is_priced:
                go()
            else:
                money.ask(plan.deployment, plan.count, go)

        facts = _Facts(
            (plan.draft, plan.name, plan.count),
            plan.draft.key,
            () if plan.draft.runs_file else (plan.deployment,),
            plan.files,
            plan.large,
            plan.shrinkable,
            plan.has_partner_nodes,
        )
        self._check(facts, ask, lambda shrinks: queue.submit_plan(plan, shrinks=shrinks))

    def _check(
        self,
        facts: _Facts,
        ask: Callable[[Callable[[], object]], object],
        submit: Callable[[bool], object],
    ) -> None:
        """Nothing is asked and nothing is sent before the deployments are known to be as they were
        when Run was pressed, and every file to be whole. `ask` is the question about much money,
        which calls what it is given when the user agrees; `submit` hears whether large pictures go
        out smaller."""
        parts = self._parts
        assert parts is not None
        if self._unread in facts.names and not self.settle.ask():
            # It was on its way before anybody could read what came of the run before.
            return
        what, *how = wish = facts.wish
        if any(each is what and list(same) == how for each, *same in self._checking):
            # A second press, for want of an answer to the first.
            return

        is_waiting = False

        def look_at_files(changed: Deployment | None) -> None:
            self._checking = [each for each in self._checking if each is not wish]
            if self._parts is not parts:
                return
            if changed is not None:
                self._tell_changed(changed)
                self._has_news(_changed(changed))
                return
            if is_waiting and facts.draft_key:
                self._has_news(facts.draft_key)
            go_on = partial(self._ask_all, parts, facts, ask, submit)
            parts.shelf.watch.before_run(facts.files, go_on, lambda: self._refuse(facts.files))

        self._checking.append(wish)
        parts.queue.check.before_run(facts.deployments, look_at_files)
        is_waiting = True

    def _on_entered(self) -> None:
        """Takes back that nothing was sent, also where a job of the queue runs again."""
        about, self._told_changed = self._told_changed, ""
        if about:
            self.outdated.emit(about)

    def _ask_all(
        self,
        parts: WindowParts,
        facts: _Facts,
        ask: Callable[[Callable[[], object]], object],
        submit: Callable[[bool], object],
    ) -> None:
        """Asks what there is to ask, one question after the other."""

        def submit_now(shrinks: bool) -> None:
            if self._parts is parts:
                submit(shrinks)
                self.submitted.emit()

        def go_on(shrinks: bool) -> None:
            ask(partial(submit_now, shrinks))

        def ask_about_size() -> None:
            if self._parts is parts:
                self._choose_size(facts, go_on)

        def ask_for_key() -> None:
            if not facts.has_partners or self._partner.state.has_key:
                ask_about_size()
                return
            if self._partner.state.is_asked:
                self._wait(lambda: self._partner.state.is_asked, ask_for_key)
                return
            # Late: the first frame has no questions.
            from runcomfy_desktop.ui.dialogs.partner_question import ask_without_key

            ask_without_key(self._window, ask_about_size, self.partner_key_wanted.emit)

        ask_for_key()

    def _choose_size(self, facts: _Facts, go: Callable[[bool], object]) -> None:
        """Calls `go` with whether large pictures go out smaller, as settings or user say."""
        assert self._parts is not None
        way = self._parts.workbench.state.large_pictures
        if way is LargePictures.ADDRESS and facts.large:
            # Of a further run: in the draft in view it is a fault of its input.
            why = f"{one_line(facts.large[0].name)}: {address_wanted(facts.large[0])}"
            self._tell(cannot_run(), _("%s Nothing was sent and nothing was billed.") % why)
        elif way is LargePictures.ASK and facts.shrinkable:
            # Late: the first frame has no questions.
            from runcomfy_desktop.ui.dialogs.size_question import ask_about_size

            ask_about_size(self._window, facts.shrinkable, go)
        else:
            go(way is LargePictures.SHRINK)

    def _tell_changed(self, deployment: Deployment) -> None:
        """Says that a deployment is another than the one on screen was when Run was pressed."""
        assert self._parts is not None
        if self._parts.workbench.state.is_disabled:
            self._explain(self.run)
            return
        news, of = self._parts.catalogue.news, deployment.deployment_id
        shown = self._parts.workbench.record_of(of)
        what_now = _("Check your inputs, then press Run.")
        if shown is None or runs_otherwise(deployment, shown):
            what_now = _("It could not be read yet. Try again in a moment.")
        deed = _("What changed") if news.of(of) is not None else ""
        self.told.emit(
            Notice(
                NoticeLevel.WARNING,
                _("The deployment %s has changed.") % one_line(deployment.name),
                f"{_('Nothing was sent and nothing was billed.')} {what_now}",
                "",
                deed,
                partial(news.read, of) if deed else None,
                _changed(deployment),
            )
        )
        self._told_changed = _changed(deployment)

    def _has_news(self, name: str) -> None:
        """Something came of a run that had to be waited for: presses that were on their way are not
        for the next one."""
        self._unread = name
        self.settle.begin()

    def _refuse(self, files: Sequence[MediaFile]) -> None:
        """Says why a run with these files does not begin."""
        if self._parts is None:
            return
        lost = self._parts.shelf.watch.lost
        bad = next((file for file in files if file.stored_name in lost), None)
        if self._parts.workbench.state.blocked or bad is None:
            self._explain(self.run)
            return
        # Of an axis, which the draft in view knows nothing of.
        why = f"{one_line(bad.name)}: {lost[bad.stored_name]}"
        self._tell(cannot_run(), _("%s Nothing was sent and nothing was billed.") % why)

    def _explain(self, again: Callable[[], object], why: str = "") -> None:
        if self._parts is None:
            return
        bench, account = self._parts.workbench.state, self._parts.account.state
        if bench.draft is not None:
            self._tell_obstacle(bench, why or bench.blocked)
            blocking = (key for key, fault in bench.faults.items() if fault.blocks)
            key = next(blocking, None)
            if key is not None:
                self.input_wanted.emit(key)
            return
        if account.is_undecided:
            of = self._parts.account
            self._wait(lambda: of.state.is_undecided, again)
            return
        title = _("There is nothing to run yet.")
        if account.is_demo or account.key_place:
            self._tell(title, _("Choose a deployment, or open a workflow file."))
            return
        detail = _("Connect a key first; then your deployments are listed on the left.")
        if account.problem is not None:
            detail = account.problem.sentence()
        button = _("Connect a key")
        wanted = self.key_wanted.emit
        self.told.emit(Notice(NoticeLevel.INFO, title, detail, "", button, wanted))

    def _tell_obstacle(self, bench: BenchState, why: str) -> None:
        """Says why a draft cannot run; a disabled deployment is enabled from there."""
        if not bench.is_disabled or bench.deployment is None:
            self._tell(cannot_run(), why)
            return
        wanted = partial(self.enable_wanted.emit, bench.deployment.deployment_id)
        deed = _("Enable…") if bench.deployment.min_instances else _("Enable")
        self.told.emit(Notice(NoticeLevel.INFO, cannot_run(), why, "", deed, wanted))

    def _wait(self, is_unknown: Callable[[], bool], deed: Callable[[], object]) -> None:
        """However often Run is pressed meanwhile, one run waits: the last one."""
        self.told.emit(
            Notice(
                NoticeLevel.WARNING,
                _("The run waits for your key."),
                _(
                    "It goes on when the system's keyring has answered, or when the key that you "
                    "typed has been tested. Nothing has been sent."
                ),
                "",
                _("Do not run"),
                self.give_up,
                WAITS,
            )
        )
        self._waiting = is_unknown, deed

    def _go_on(self) -> None:
        if self._waiting is None or self._waiting[0]():
            return
        _is_unknown, deed = self._waiting
        self.give_up()
        deed()

    def _tell(self, title: str, detail: str = "") -> None:
        self.told.emit(Notice(NoticeLevel.INFO, title, detail))


def _files(
    drafts: Sequence[Draft], keys: Callable[[Draft], Iterable[InputKey]]
) -> tuple[MediaFile, ...]:
    found = (draft.changes[key] for draft in drafts for key in keys(draft))
    return tuple(dict.fromkeys(each for each in found if isinstance(each, MediaFile)))


def _changed(deployment: Deployment) -> str:
    """The `about` of the notice that a deployment has changed."""
    return f"changed {deployment.deployment_id}"


def cannot_run() -> str:
    """The title of the notice that says why; it goes when it is no longer true."""
    return _("This cannot run yet.")
