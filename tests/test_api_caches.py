"""Every cache has a bound, and says in the metrics how much of it is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from api_client import Served, served

from api.http.cache_metrics import caches_of
from projections.dated_rows import DatedRows
from projections.judgement_cache import JudgementCache

ROOT = Path(__file__).parents[1]
ROOMS = ("domain", "projections", "api", "web")
MADE_IN: dict[str, set[str]] = {
    "projections/catch_up.py": {"projections"},
    "projections/log/application.py": {"aggregates"},
    "projections/log/hash_chain.py": {"stream ends"},
    "projections/answer_cache.py": {"answers", "latest answers"},
    "projections/view_caches.py": {"answers"},
    "projections/judgement_cache.py": {"judgements"},
    "projections/judging.py": {"judgements"},
    "projections/columnar/lru.py": {"columnar choices", "columnar labels"},
    "projections/columnar/columnar_view.py": {"columnar choices", "columnar labels"},
    "projections/columnar/append_only_table.py": set(),  # two selections of a table
    "api/imports/on_record.py": set(),  # lives as long as one import
    "api/context.py": {"keys", "people", "names", "pages"},
}
"""The files that make caches other than those of functions, and the names of these caches in the metrics."""
MAKERS = re.compile(r"(OrderedDict|\w*Cache)(\[|\(|$)")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("caches")) as firm:
        yield firm


def calls() -> Iterator[tuple[str, ast.Call]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield path.relative_to(ROOT).as_posix(), node


def test_no_function_has_a_cache_without_a_bound() -> None:
    unbounded = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if re.search(r"^from functools import .*\bcache\b", source, re.MULTILINE) or "functools.cache" in source:
                unbounded.append(path.name)
    for name, call in calls():
        if isinstance(call.func, ast.Name) and call.func.id == "lru_cache":
            bounds = [word.value for word in call.keywords if word.arg == "maxsize"]
            if not bounds or not isinstance(bounds[0], ast.Constant) or not isinstance(bounds[0].value, int):
                unbounded.append(name)
    assert unbounded == []


def test_every_cache_is_in_the_metrics_with_its_size_and_its_bound(firm: Served) -> None:
    makers = {name for name, call in calls() if MAKERS.fullmatch(ast.unparse(call.func) + "(")}
    factories = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "default_factory=VersionedCache" in path.read_text(encoding="utf-8")
    }
    makers |= factories
    assert makers == MADE_IN.keys(), "a new cache: give it a bound and a `use`, and name it here"
    client = firm.admin.post("/clients", {"name": "Acme"})["id"]
    firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": "2024-01-01"})
    for _ in range(2):
        firm.admin.get("/reports/drift")
    text = firm.client.get("/metrics", headers={"Authorization": f"Bearer {firm.admin.key}"}).text
    size, bound = (
        {m[1]: float(m[2]) for m in re.finditer(rf'seatline_cache_{what}{{cache="([^"]+)".*?}} (\S+)', text)}
        for what in ("size", "bound")
    )
    assert set().union(*MADE_IN.values()) <= size.keys()
    assert size.keys() == bound.keys()
    assert len([name for name in size if "." in name]) > 20, "the caches of functions are there as well"
    assert {name for name in size if not 0 <= size[name] <= bound[name]} == set()
    assert min(bound.values()) > 0
    hits = {m[1]: float(m[2]) for m in re.finditer(r'seatline_cache_hits_total{cache="([^"]+)"} (\S+)', text)}
    assert hits["answers"] >= 1
    assert hits["keys"] >= 1
    assert "seatline_log_queue " in text
    assert float(re.search(r"seatline_log_commits_total ([0-9.]+)", text)[1]) >= 2  # type: ignore[index]


def test_the_caches_of_an_application_have_one_name_each(firm: Served) -> None:
    names = [use.name for use in caches_of(firm.context)]
    assert len(names) == len(set(names))


def test_a_judgement_that_failed_leaves_nothing_in_the_cache() -> None:
    cache = JudgementCache()

    def fail() -> DatedRows:
        raise ZeroDivisionError

    for number in range(10):
        with pytest.raises(ZeroDivisionError):
            cache.rows(number, 1, lambda: None, fail, lambda rows, clients: rows, lambda after, up_to: {uuid4()})
    assert len(cache._entries) == 0


def test_invented_methods_are_one_label(firm: Served) -> None:
    for number in range(3):
        firm.client.request(f"MADE{number}", "/healthz")
    text = firm.client.get("/metrics", headers={"Authorization": f"Bearer {firm.admin.key}"}).text
    assert 'method="' in text
    assert "MADE" not in text
