"""The answers of an assessment in its correction form: the recorded ones, with typed changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from api.http.problems import Problem
from domain.assessment import QUESTIONS, Answers, AnswersRefused, answers_mapping, parse_answers
from web.form_fields import Typed
from web.forms import words_of
from web.pages.assess.form import AnswerForm
from web.pages.form_submit import errors_of


@dataclass(frozen=True)
class AnswerSheet:
    """The questions with the answers of one assessment. `before` are its answers as they were recorded."""

    before: Mapping[str, object]
    form: AnswerForm

    @classmethod
    def of(cls, recorded: Mapping[str, object], typed: Typed | None) -> AnswerSheet:
        """The recorded answers, or the typed ones if there are any."""
        answers: dict[str, object] = {}
        unread: dict[str, str] = {}
        for name, answer in recorded.items():
            try:
                parse_answers({name: answer})
                answers[name] = answer
            except AnswersRefused:
                unread[name] = _text(answer)
        return cls(recorded, AnswerForm(parse_answers(answers), typed, unread=unread))

    @property
    def others(self) -> list[tuple[str, str]]:
        """Answers to questions that the form no longer shows: they stay unchanged."""
        return [(words_of(name), text) for name, text in self.form.unread.items() if name not in QUESTIONS]

    def after(self) -> dict[str, object]:
        """All answers; untouched ones are exactly as recorded."""
        answers, _ = self.form.read()
        typed = answers_mapping(Answers({name: answers.of(name) for name in self.form.touched()}))
        return {**self.before, **typed}

    def faults(self) -> list[tuple[str, str]]:
        """The names of the answers that cannot be read, with the error messages."""
        _, errors = self.form.read()
        return [(f"answers.{name}", message) for name, message in errors.items()]

    def refused(self, problem: Problem) -> AnswerSheet:
        """The same questions with the problem's error messages."""
        beside = {
            name.split(".")[1]: message
            for name, message in errors_of(problem, "details.").items()
            if name.startswith("answers.")
        }
        return replace(self, form=replace(self.form, errors=beside))


def _text(answer: object) -> str:
    value = answer.get("value", answer) if isinstance(answer, Mapping) else answer
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
