"""Dynamic prompts: text alternatives and wildcards chosen for each run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.dynamic_prompts import (
    NO_WILDCARDS,
    Wildcards,
    expanded_draft,
    expansion_errors,
)
from runcomfy_desktop.domain.validation.input_issue import InputIssue
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.workflow.workflow import InputKey


class DynamicPrompts:
    """Expands drafts for runs, and finds the issues of their dynamic prompts."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self.wildcards: Wildcards = NO_WILDCARDS
        self._rng = rng or random.SystemRandom()
        self._is_read = False

    def set_wildcards(self, wildcards: Wildcards) -> None:
        """Sets the content of the user's files; until then, no draft that needs them can run."""
        self._is_read, self.wildcards = True, wildcards

    def expanded(self, draft: Draft) -> Draft:
        """Returns the draft with its dynamic prompts expanded for one run."""
        return (
            expanded_draft(draft, self.wildcards, self._rng)
            if draft.dynamic_prompt_inputs
            else draft
        )

    def issues(self, draft: Draft) -> dict[InputKey, InputIssue]:
        """Returns the issues of a draft's dynamic prompts, by input."""
        errors = expansion_errors(draft, self.wildcards)
        if self._is_read:
            return {key: InputIssue(error) for key, error in errors.items()}
        # The content of the files is not known yet.
        issue = InputIssue(_("The files for the words of this text are being read."))
        return dict.fromkeys(errors, issue)
