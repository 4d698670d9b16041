"""`seatline backup` and `seatline restore`: a whole store in one file, and back, on either database."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from api_client import Caller, Served, served
from logs import meeting, opened, written_over
from patience import HANGING_SECONDS
from typer.testing import CliRunner, Result

from api.auth.access import COOKIE
from api.backup.archive import bytes_from_json, bytes_to_json
from api.backup.files import file_of, remove_old, replacing
from api.state.migrate import VERSION
from api.state.roles import Role
from projections.log import open_log
from projections.log.stored_log import verify_store
from web.cli import app
from web.server_client import ServerClient
from web.settings import Settings
from web.stores import open_context

ONCE = {"Idempotency-Key": "opened-once"}
OPENING = {"name": "Leadership", "started_on": "2025-01-06"}
LATER = "2199-01-01T00:00:00Z"
NOW = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)


def run(command: str, file: Path, store: Path | str, *options: str) -> Result:
    """Run one of the commands on a store."""
    where = ["--data", str(store)] if isinstance(store, Path) else ["--database-url", store]
    return CliRunner().invoke(app, [command, str(file), *where, *options])


def backed_up(store: Path | str, file: Path) -> str:
    """Back a store up; returns the end of its log."""
    result = run("backup", file, store)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def restored(file: Path, store: Path | str) -> str:
    """Restore a backup; returns the end of its log."""
    result = run("restore", file, store)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def small_store(folder: Path) -> Path:
    """A store of this program's version with four events."""
    with open_context(Settings(data=folder)) as context:
        opened(context.log)
    return folder


@pytest.fixture
def small_backup(data_dir: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    file = tmp_path / "small.zip"
    backed_up(small_store(data_dir), file)
    return file


def rewritten(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of an archive with its members changed; those that become null are left out."""
    copy = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = change(name, before.read(name))
            if content is not None:
                after.writestr(name, content)
    return copy


class History:
    """A firm with a bit of everything, and what it answers."""

    def __init__(self, firm: Served) -> None:
        """Tell it, and remember the answers."""
        admin = firm.admin
        self.key = admin.key
        self.session = firm.session(Role.ADMIN)
        person = admin.post("/people", {"name": "Zoë Dana 健康", "employer": "firm"})["id"]
        self.slug = admin.post("/clients", {"name": "Halcyon", "profile": {"headcount": 40}})["slug"]
        self.engagement = admin.post(f"/clients/{self.slug}/engagements", OPENING, headers=ONCE)
        seat = {"holder": person, "commitment": "fractional", "provider": "firm"}
        milestones = f"/engagements/{self.engagement['id']}/milestones"
        chosen = {
            "kind": "structure_chosen",
            "effective_on": "2025-02-03",
            "seats": [{"functions": ["technology", "ai"], **seat}],
        }
        self.instants = [firm.context.now()]
        admin.post(milestones, chosen)
        self.instants.append(firm.context.now())
        split = {"kind": "split_to_two_roles", "effective_on": "2025-06-02", "technology": seat, "ai": seat}
        admin.post(milestones, split)
        self.instants.append(firm.context.now())
        admin.ask("PATCH", "/settings", {"firm_name": "North & Co", "fiscal_year_start_month": 4})
        self.share = admin.post("/share-links", {"client": self.slug, "expires_at": LATER})
        admin.post("/webhooks", {"url": "https://93.184.215.14/hook", "types": ["seatline.client.retracted"]})
        self.answers = self.ask(firm)

    def ask(self, firm: Served) -> dict[str, Any]:
        """What an admin is answered, as of some days and as known at some instants."""
        instants = [instant.isoformat().replace("+00:00", "Z") for instant in self.instants]
        paths = ["/people", "/settings", "/share-links", "/webhooks", "/events", "/audit?limit=200"]
        paths += [f"/clients/{self.slug}?known_at={instant}&as_of=2026-01-01" for instant in instants]
        paths += [
            f"/clients/{self.slug}/timeline?known_at={instant}&as_of={day}"
            for instant in instants
            for day in ("2025-01-31", "2025-03-01", "2025-12-31")
        ]
        headers = {"Authorization": f"Bearer {self.key}"}
        answers = {path: firm.client.get(f"/api/v1{path}", headers=headers).json() for path in paths}
        acts = answers["/audit?limit=200"]["items"]
        answers["/audit?limit=200"] = [act for act in acts if not act["kind"].startswith("log.")]
        return answers

    def check(self, store: Path | str) -> None:
        """The store answers as the first one did, and goes on where that one ended."""
        assert verify_store(store).is_sound
        with served(store) as firm:
            assert self.ask(firm) == self.answers
            admin = Caller(firm.client, self.key)
            again = admin.post(f"/clients/{self.slug}/engagements", OPENING, headers=ONCE)
            assert again == self.engagement
            added = admin.post("/people", {"name": "Somebody new", "employer": "firm"})
            assert added["id"] in json.dumps(admin.get("/people"))
            assert firm.client.get("/", headers={"Cookie": f"{COOKIE}={self.session}"}).status_code == 200
            assert firm.client.get(urlsplit(self.share["url"]).path).status_code == 200


def test_a_store_moves_from_sqlite_to_postgres_and_back_with_all_that_it_has(
    data_dir: Path, tmp_path: Path, postgres_url: str
) -> None:
    with served(data_dir) as firm:
        history = History(firm)
        end = backed_up(data_dir, tmp_path / "first.zip")  # beside the server
    assert restored(tmp_path / "first.zip", postgres_url) == end
    assert backed_up(postgres_url, tmp_path / "second.zip") == end
    assert restored(tmp_path / "second.zip", tmp_path / "back") == end
    history.check(postgres_url)
    history.check(tmp_path / "back")
    with zipfile.ZipFile(tmp_path / "first.zip") as first, zipfile.ZipFile(tmp_path / "second.zip") as second:
        assert first.namelist() == second.namelist()
        differing = {name for name in first.namelist() if first.read(name) != second.read(name)}
        assert differing == {"manifest.json", "acts.jsonl"}
        acts, later = (archive.read("acts.jsonl").splitlines() for archive in (first, second))
        assert later[:-1] == acts
        assert json.loads(later[-1])["act"] == "log.restored"
        assert first.namelist()[-1] == "manifest.json"


def test_half_a_backup_and_a_changed_one_are_refused_before_anything_is_written(
    small_backup: Path, tmp_path: Path
) -> None:
    content = small_backup.read_bytes()
    half = tmp_path / "half.zip"
    half.write_bytes(content[: len(content) // 2])
    flipped = tmp_path / "flipped.zip"
    flipped.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])

    def newer(name: str, member: bytes) -> bytes:
        return member.replace(b'"format": 1,', b'"format": 2,') if name == "manifest.json" else member

    def later_revision(name: str, member: bytes) -> bytes:
        return member.replace(b'"revision": "', b'"revision": "9') if name == "manifest.json" else member

    assert_refused(half, "not a complete backup", tmp_path)
    assert_refused(flipped, "was changed", tmp_path)
    for change, words in (
        (lambda name, member: member.replace(b"Acme", b"Acne"), "its member events.jsonl is not the one"),
        (lambda name, member: member + b"{}\n" if name == "people.jsonl" else member, "its member people.jsonl"),
        (lambda name, member: None if name == "acts.jsonl" else member, "its members are not those of its manifest"),
        (lambda name, member: None if name == "manifest.json" else member, "it has no manifest"),
        (newer, "is of a newer version of the program"),
        (later_revision, "is of a newer version of the program"),
        (lambda name, member: b"{}" if name == "manifest.json" else member, "manifest of the backup cannot be read"),
    ):
        assert_refused(rewritten(small_backup, change), words, tmp_path)


def assert_refused(file: Path, words: str, tmp_path: Path) -> None:
    """A file is not restored, and nothing is written."""
    result = run("restore", file, tmp_path / "new")
    assert result.exit_code == 1
    assert words in result.stderr, result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "new").exists()


def test_events_that_do_not_lead_to_the_digest_are_refused_and_nothing_remains(
    small_backup: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(small_backup) as archive:
        digest = json.loads(archive.read("manifest.json"))["digest"]
    forged = rewritten(
        small_backup,
        lambda name, member: member.replace(digest.encode(), b"0" * 64) if name == "manifest.json" else member,
    )
    result = run("restore", forged, tmp_path / "new")
    assert result.exit_code == 1
    assert "its events do not lead to the digest in its manifest" in result.stderr
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["log.lock"]


def test_a_store_with_anything_in_it_or_with_a_server_is_not_restored_over(
    small_backup: Path, data_dir: Path, tmp_path: Path
) -> None:
    before = (data_dir / "log.db").read_bytes()
    result = run("restore", small_backup, data_dir)
    assert (result.exit_code, "The store is not empty" in result.stderr) == (1, True)
    assert (data_dir / "log.db").read_bytes() == before
    with open_context(Settings(data=tmp_path / "served")):
        result = run("restore", small_backup, tmp_path / "served")
        assert (result.exit_code, "is in use by process" in result.stderr) == (1, True)
    # a firm of which nothing is recorded yet may be restored over
    assert restored(small_backup, tmp_path / "served").startswith("4:")
    with open_log(tmp_path / "served") as log:
        assert log.head() == 4


def test_a_postgres_database_with_a_server_or_with_anything_in_it_is_not_restored_over(
    small_backup: Path, postgres_url: str
) -> None:
    with open_context(Settings(database_url=postgres_url)):
        result = run("restore", small_backup, postgres_url)
        assert (result.exit_code, "Stop all servers" in result.stderr) == (1, True), result.output
    restored(small_backup, postgres_url)
    result = run("restore", small_backup, postgres_url)
    assert (result.exit_code, "The store is not empty" in result.stderr) == (1, True), result.output


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_damaged_log_is_backed_up_only_as_such_and_stays_so(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store: Path | str = tmp_path / "data" if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))
    settings = Settings(data=store) if isinstance(store, Path) else Settings(database_url=store)
    with open_context(settings) as context:
        opened(context.log)
    written_over(store, 2, b"\xff not an event")
    file = tmp_path / "damaged.zip"
    refused = run("backup", file, store)
    assert refused.exit_code == 1
    assert "The event at position 2 was changed or moved" in refused.stderr
    assert list(tmp_path.glob("damaged*")) == []
    assert run("backup", file, store, "--damaged").exit_code == 0
    other = tmp_path / "other"
    assert "The log is damaged" in run("restore", file, other).stderr
    assert verify_store(other).damages == verify_store(store).damages
    assert [damage.position for damage in verify_store(other).damages] == [2]


def test_a_backup_beside_four_writers_has_every_event_acknowledged_before_it(data_dir: Path, tmp_path: Path) -> None:
    with open_context(Settings(data=data_dir)) as context:
        log, stopped = context.log, threading.Event()
        opened(log)

        def record() -> None:
            while not stopped.is_set():
                log.engagements.run(meeting)

        writers = [threading.Thread(target=record) for _ in range(4)]
        for writer in writers:
            writer.start()
        log.wait(20, HANGING_SECONDS)
        acknowledged = log.read(limit=100_000)
        backed_up(data_dir, tmp_path / "busy.zip")
        stopped.set()
        for writer in writers:
            writer.join()
        everything = log.read(limit=100_000)
    restored(tmp_path / "busy.zip", tmp_path / "other")
    assert verify_store(tmp_path / "other").is_sound
    with open_log(tmp_path / "other") as log:
        events = log.read(limit=100_000)
        assert events[: len(acknowledged)] == acknowledged
        assert events == everything[: len(events)]
        opened(log, uuid4(), uuid4())
    assert verify_store(tmp_path / "other").is_sound


def test_backups_are_private_and_replace_the_earlier_file_only_when_complete(
    small_backup: Path, data_dir: Path, tmp_path: Path
) -> None:
    assert stat.S_IMODE(small_backup.stat().st_mode) == 0o600
    before = small_backup.read_bytes()
    with sqlite3.connect(data_dir / "log.db") as file:
        file.execute("DROP TRIGGER stored_events_stay_delete")
        file.execute("DELETE FROM stored_events WHERE rowid = 3")
    file.close()
    assert run("backup", small_backup, data_dir).exit_code == 1
    assert small_backup.read_bytes() == before
    assert [path.name for path in tmp_path.glob("small*")] == ["small.zip"]
    missing = run("backup", tmp_path / "missing" / "a.zip", data_dir)
    assert (missing.exit_code, "No such file or directory" in missing.stderr) == (1, True)
    empty = run("backup", tmp_path / "a.zip", tmp_path / "nowhere")
    assert (empty.exit_code, "There is no log in the folder" in empty.stderr) == (1, True)


def test_only_the_newest_dated_backups_are_left(tmp_path: Path) -> None:
    stranger, part = tmp_path / "firm-notes.zip", tmp_path / "firm-20261101T000000Z.zip.part"
    other = tmp_path / "firm-2-20261101T000000Z.zip"
    for file in (stranger, part, other):
        file.touch()
    for days in range(4):
        path = file_of(tmp_path / "firm.zip", NOW + timedelta(days=days), dated=True)
        with replacing(path) as half:
            half.write(b"backup")
            assert path.with_name(f"{path.name}.part").exists()
        remove_old(path, 2)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [other.name, "firm-20261202T210000Z.zip", "firm-20261203T210000Z.zip", stranger.name]
    assert file_of(tmp_path, NOW, dated=False) == tmp_path / "seatline-20261130T210000Z.zip"
    assert file_of(tmp_path / "a.zip", NOW, dated=False) == tmp_path / "a.zip"


def test_the_command_keeps_as_many_backups_as_it_is_told(data_dir: Path, tmp_path: Path) -> None:
    small_store(data_dir)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "seatline-20200101T000000Z.zip").touch()
    assert run("backup", folder, data_dir, "--keep", "1").exit_code == 0
    (file,) = folder.iterdir()
    assert file.name > "seatline-2026"
    assert restored(file, tmp_path / "other").startswith("4:")
    assert run("backup", folder, data_dir, "--keep", "0").exit_code == 2


@pytest.mark.parametrize("value", [b"", b"{}", "Zoë".encode(), b"\x00\xff", bytes(range(256))])
def test_any_bytes_are_written_and_read_again(value: bytes) -> None:
    assert bytes_from_json(json.loads(json.dumps(bytes_to_json(value)))) == value


def passed_on(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a request that a test client takes, too."""
    return {name: options[name] for name in ("json", "headers")}


def acts_in(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "log.db")) as connection:
        return [detail for (detail,) in connection.execute("SELECT detail FROM acts ORDER BY number")]


def test_a_backup_its_restoration_and_a_migration_are_in_the_audit(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(data_dir) as firm:
        History(firm)
        position = firm.context.log.head()
        owner = ServerClient(str(firm.client.base_url), firm.context.owner_secret)
        monkeypatch.setattr("httpx.post", lambda url, **options: firm.client.post(url, **passed_on(options)))
        monkeypatch.setattr("web.server_client.find_server", lambda store: owner)
        backed_up(data_dir, tmp_path / "one.zip")  # beside the server
        newest = firm.admin.get("/audit")["items"][0]
        assert (newest["kind"], newest["detail"]) == ("log.backed_up", {"position": position, "events": position})
        monkeypatch.undo()
    backed_up(data_dir, tmp_path / "two.zip")  # without one
    assert json.loads(acts_in(data_dir)[-1])["position"] == position
    restored(tmp_path / "two.zip", tmp_path / "other")
    with closing(sqlite3.connect(tmp_path / "other" / "log.db")) as connection, connection:
        connection.execute("UPDATE kept_version SET version_num = '0025'")
        connection.execute("DROP TABLE import_runs")
    with served(tmp_path / "other") as firm:
        acts = firm.admin.get("/audit?kind=log")["items"]
        assert [act["kind"] for act in acts] == ["log.migrated", "log.restored", "log.backed_up"]
        assert acts[0]["detail"] == {"from": "0025", "to": VERSION}
        detail = acts[1]["detail"]
        assert (detail["from"], detail["into"], detail["position"]) == ("sqlite", "sqlite", position)


def test_damaged_rows_are_named_by_verify_and_kept_by_a_backup(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(data_dir) as firm:
        person = firm.admin.post("/people", {"name": "Ada", "employer": "firm"})["id"]
        other = firm.admin.post("/people", {"name": "Bo", "employer": "firm"})["id"]
    damage = (("made_by", "no id", person), ("made_at", "soon", other), ("name", b"\xff", other))
    with closing(sqlite3.connect(data_dir / "log.db")) as connection, connection:
        for column, value, row in damage:
            connection.execute(f"UPDATE people SET {column} = ? WHERE id = ?", (value, UUID(row).hex))  # noqa: S608
        people = connection.execute("SELECT * FROM people ORDER BY id").fetchall()
    monkeypatch.setenv("SEATLINE_DATA", str(data_dir))
    verified = CliRunner().invoke(app, ["verify"])
    assert verified.exit_code == 1
    assert f"The row {person} of the table people cannot be read: made_by." in verified.stderr
    assert f"The row {other} of the table people cannot be read: name, made_at." in verified.stderr
    assert "events are as they were recorded" in verified.stderr
    backed_up(data_dir, tmp_path / "damaged.zip")
    restored(tmp_path / "damaged.zip", tmp_path / "other")
    with closing(sqlite3.connect(tmp_path / "other" / "log.db")) as connection:
        assert connection.execute("SELECT * FROM people ORDER BY id").fetchall() == people
