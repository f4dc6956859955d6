"""Problem: one error for users, with its parts kept separate and joined on demand."""

from __future__ import annotations

from runcomfy_desktop.domain.base.problem import Problem, ProblemKind


def test_a_problem_is_local_and_certain_unless_said_otherwise() -> None:
    problem = Problem("It broke.")
    assert (problem.kind, problem.is_uncertain, problem.retry_after_s) == (
        ProblemKind.LOCAL,
        False,
        None,
    )
    assert str(problem) == problem.sentence() == "It broke."


def test_the_sentence_leaves_out_what_is_missing_and_what_is_technical() -> None:
    problem = Problem("It broke.", "", "Mend it.", technical="errno 5")
    assert problem.sentence() == "It broke. Mend it."
    assert Problem("A.", "B.", "C.").sentence() == "A. B. C."
