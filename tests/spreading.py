"""How tests are spread over workers: those that share what they set up stay together, and the longest begin first."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

POSTGRES = "postgres"
BROWSER = "browser"
TOGETHER = {
    BROWSER: ("_browser", "house_fixtures", "web_live", "live_forms", "pages_account", "long_names", "paper_and_phone"),
    "projections survival": ("projections_survival",),  # both load lifelines
    "web paper": ("web_board", "web_assessment_report", "names_of_the_world"),  # all load the PDF printer
}
"""The files that share what takes seconds to start or load, by words of their names."""

LONGEST_FIRST = (
    *(POSTGRES, BROWSER, "web", "api", "projections"),
    *("house", "docs", "oracle", "laws", "network", "demo", "domain"),
)
"""What the names of groups say: the longest test should not begin when all others have ended."""


def group_of(test: str) -> str:
    """The tests that need a PostgreSQL, for which one worker starts one, those of files with a group, or of a file."""
    if POSTGRES in test:
        return POSTGRES
    file = test.partition("::")[0]
    return next((group for group, words in TOGETHER.items() if any(word in file for word in words)), file)


def turn_of(test: str) -> int:
    """When a test's group is given to a worker."""
    group = group_of(test)
    return next((turn for turn, word in enumerate(LONGEST_FIRST) if word in group), len(LONGEST_FIRST))


def scheduler_of(config: Any, log: Any) -> Any:
    """A scheduler of groups by the ids of tests: those of xdist's own `loadgroup` are not heard of in pytest 9.2."""
    config.option.loadscopereorder = False  # in the order of their tests
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = group_of  # its own variants differ in this alone
    return scheduler
