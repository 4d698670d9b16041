"""Laws of the hash chain: whatever is done to stored events behind the program's back is noticed and named."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from projections.log.hash_chain import ORIGIN, ChainEnd, ChainExtension, ChainRow, Row, StreamEnds, digest_of, link_of
from projections.log.verification import Damage, DamageKind, Verification, verify

STREAMS = [UUID(int=number) for number in range(1, 4)]


@dataclass
class Stored:
    """The tables of a log: its events, their links, and the end of the chain."""

    rows: list[Row]
    chain: list[ChainRow]
    end: ChainEnd | None = field(default=None)

    def verify(self, *noted: ChainEnd) -> Verification:
        return verify(self.rows, self.chain, self.end, noted)


def stored(streams: list[int], batches: list[int]) -> Stored:
    """A log of events of these streams, recorded in batches by a writer that remembers the end of one stream."""
    versions = dict.fromkeys(STREAMS, 0)
    rows: list[Row] = []
    for number in streams:
        stream = STREAMS[number]
        versions[stream] += 1
        rows.append((len(rows) + 1, stream, versions[stream], "domain.thing", f"{len(rows)} of {number}".encode()))
    chain: list[ChainRow] = []
    ends, digest, first = StreamEnds(size=1), ORIGIN, 0

    def find_links(events: object) -> dict[UUID, bytes]:
        wanted = set(events)  # type: ignore[call-overload]
        return {row[1]: link.link for row, link in zip(rows, chain, strict=False) if (row[1], row[2]) in wanted}

    for size in [*batches, len(rows)]:
        extension = ChainExtension(digest, ends, find_links)
        chain += extension.extend(rows[first : first + size])
        extension.commit()
        digest, first = extension.digest, first + size
    return Stored(rows, chain, ChainEnd(len(rows), digest))


@st.composite
def logs(draw: st.DrawFn, at_least: int = 0) -> Stored:
    return stored(
        draw(st.lists(st.integers(0, 2), min_size=at_least, max_size=12)),
        draw(st.lists(st.integers(1, 4), max_size=4)),
    )


def forged(log: Stored, rows: list[Row]) -> Stored:
    """The log with other rows and all links computed anew, as somebody could who knows how."""
    ends: dict[UUID, bytes] = {}
    chain: list[ChainRow] = []
    digest = ORIGIN
    for row in rows:
        ends[row[1]] = link_of(ends.get(row[1], ORIGIN), row)
        digest = digest_of(digest, ends[row[1]])
        chain.append(ChainRow(row[0], ends[row[1]], digest))
    return Stored(rows, chain, ChainEnd(len(rows), digest))


@examples(200)
@given(logs())
def test_a_log_as_it_was_recorded_is_sound_and_any_end_that_was_noted_lies_on_it(log: Stored) -> None:
    noted = [ChainEnd(link.position, link.digest) for link in log.chain]
    verification = log.verify(*noted)
    assert verification == Verification(len(log.rows), log.end or ChainEnd(), [], 0)
    assert verification.is_sound


@examples(200)
@given(logs(1), st.data())
def test_an_event_that_was_changed_in_any_column_is_named(log: Stored, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log.rows) - 1))
    position, stream, version, topic, state = log.rows[place]
    other = data.draw(
        st.sampled_from(
            [
                (position, UUID(int=99), version, topic, state),
                (position, stream, version + 1, topic, state),
                (position, stream, version, topic + "x", state),
                (position, stream, version, topic, state + b"x"),
                (position, stream, version, topic + state.decode()[:1], state[1:]),
            ]
        )
    )
    log.rows[place] = other
    assert Damage(DamageKind.CHANGED, position, other[1], other[2]) in log.verify().damages


@examples(200)
@given(logs(1), st.data())
def test_deleted_events_are_named_with_or_without_their_links(log: Stored, data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(log.rows) - 1), min_size=1))
    with_links = data.draw(st.booleans())
    rows = {place: row for place, row in enumerate(log.rows) if place in places}
    log.rows = [row for place, row in enumerate(log.rows) if place not in places]
    if with_links:
        log.chain = [link for place, link in enumerate(log.chain) if place not in places]
    damages = log.verify().damages
    last = max(len(rows), *(row[0] for row in [*log.rows, *rows.values()]))
    tail = {
        position
        for position in range(last, 0, -1)
        if all(p in {r[0] for r in rows.values()} for p in range(position, last + 1))
    }
    deleted = {damage.position for damage in damages if damage.kind is DamageKind.DELETED}
    expected = {row[0] for row in rows.values()}
    assert deleted == (expected - tail if with_links else expected)
    assert {damage.kind for damage in damages} <= {DamageKind.DELETED, DamageKind.CUT_OFF}
    if with_links and tail:
        assert damages[-1] == Damage(DamageKind.CUT_OFF, last)
    for damage in damages:
        if damage.stream is not None:
            assert (damage.stream, damage.version) == rows[damage.position - 1][1:3]


@examples(100)
@given(logs(2), st.data())
def test_events_that_changed_places_are_named(log: Stored, data: st.DataObject) -> None:
    one, other = data.draw(st.lists(st.integers(0, len(log.rows) - 1), min_size=2, max_size=2, unique=True))
    first, second = log.rows[one], log.rows[other]
    log.rows[one], log.rows[other] = (first[0], *second[1:]), (second[0], *first[1:])
    positions = {damage.position for damage in log.verify().damages if damage.kind is DamageKind.CHANGED}
    assert {first[0], second[0]} <= positions


@examples(100)
@given(logs(), st.data())
def test_an_event_that_another_program_inserted_is_named(log: Stored, data: st.DataObject) -> None:
    stream = data.draw(st.sampled_from(STREAMS))
    version = 1 + sum(row[1] == stream for row in log.rows)
    log.rows.append((len(log.rows) + 1, stream, version, "domain.thing", b"{}"))
    assert Damage(DamageKind.UNLINKED, len(log.rows), stream, version) in log.verify().damages


@examples(100)
@given(logs(1), st.data())
def test_an_event_changed_with_its_link_is_named_there_or_at_the_next(log: Stored, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log.rows) - 1))
    rows = [*log.rows]
    rows[place] = (*rows[place][:4], b"forged")
    other = forged(log, rows)
    log.rows, log.chain[place] = rows, other.chain[place]
    damages = log.verify().damages
    at_the_end = place == len(rows) - 1
    kinds = {DamageKind.END_CHANGED} if at_the_end else {DamageKind.CHAIN_CHANGED, DamageKind.CHANGED}
    assert damages
    assert damages[0].kind in kinds
    assert damages[0].position == place + (1 if at_the_end else 2)


@examples(100)
@given(logs(1), st.data())
def test_a_history_forged_as_a_whole_or_cut_off_with_its_end_does_not_contain_the_end_that_was_noted(
    log: Stored, data: st.DataObject
) -> None:
    assert log.end is not None
    kept = data.draw(st.integers(0, len(log.rows) - 1))
    cut = forged(log, log.rows[:kept])
    assert cut.verify().is_sound
    assert cut.verify(log.end).damages == [Damage(DamageKind.CUT_OFF, len(log.rows))]
    rows = [*log.rows]
    rows[kept] = (*rows[kept][:4], b"forged")
    rewritten = forged(log, rows)
    assert rewritten.verify().is_sound
    assert rewritten.verify(log.end).damages == [Damage(DamageKind.OTHER_HISTORY, len(rows))]


def test_a_missing_end_a_wrong_end_and_a_changed_chain_are_named() -> None:
    log = stored([0, 0, 1], [])
    assert replace(log, end=None).verify().damages == [Damage(DamageKind.END_CHANGED, 3)]
    assert replace(log, end=ChainEnd(2, log.chain[1].digest)).verify().damages == [Damage(DamageKind.END_CHANGED, 3)]
    log.chain[1] = log.chain[1]._replace(digest=ORIGIN)
    kinds = [(damage.kind, damage.position) for damage in log.verify().damages]
    assert kinds == [(DamageKind.CHAIN_CHANGED, 2), (DamageKind.CHAIN_CHANGED, 3)]


def test_what_is_damaged_beyond_measure_is_counted_and_the_first_hundred_listed() -> None:
    log = stored([0], [])
    last = log.chain[0]._replace(position=10**12)
    verification = verify([], [last], ChainEnd(10**12, last.digest))
    assert (len(verification.damages), verification.damage_count) == (100, 10**12)


def test_a_damage_is_a_sentence() -> None:
    assert str(Damage(DamageKind.CHANGED, 7, STREAMS[0], 2)) == (
        f"The event at position 7 was changed or moved (version 2 of stream {STREAMS[0]})."
    )
    assert str(Damage(DamageKind.CUT_OFF, 9)) == "The log was cut off: it once ended at position 9."
