"""A long log folded by several processes: each reads the streams of its share, and hands back their rows.

The others only read, and only from the log: one that is killed, at any time, leaves nothing behind.
"""

from __future__ import annotations

import gc
import json
import marshal
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import IO, Any, NamedTuple, cast
from uuid import UUID

from projections.batches import Batch, fold_streams
from projections.catch_up import ProjectionFault
from projections.log import LogReader, Undecodable, UnknownTopic, read_log
from projections.log.log import FIRST, LAST
from projections.read_models import READ_MODELS

ROWS_AT_ONCE = 5_000
WORTH_SHARING = 50_000
"""Events: as many as one process folds in the seconds that two others take to start."""

MOST_SHARES = 4
"""Whoever puts their rows into the store has enough to do with that many."""

COMMAND = (sys.executable, "-P", "-m", "projections.shares")
"""No folder that happens to be the present one may stand for a package of ours."""

SAMPLES = 128
LOOK_SECONDS = 0.5
_LENGTH = 8
_TABLES = [table for model in READ_MODELS for table in model.tables]


class ShareLost(Exception):  # noqa: N818  (a condition; the work is done without help then)
    """A process that folded a share ended before it was done."""


class Share(NamedTuple):
    """The streams from `first` to `last`, both included."""

    first: UUID
    last: UUID


def shares_of(log: LogReader, up_to: int, number: int) -> Sequence[Share]:
    """About equal shares of the events up to a position, at most so many; raises what reading the log raises."""
    places = {1 + up_to * sample // SAMPLES for sample in range(SAMPLES)}
    streams = sorted(log.read(place - 1, 1)[0].event.originator_id for place in places)
    cuts = sorted({streams[len(streams) * share // number] for share in range(1, number)})
    firsts = [FIRST, *(UUID(int=cut.int + 1) for cut in cuts if cut != LAST)]
    return [Share(first, last) for first, last in zip(firsts, [*cuts, LAST], strict=False)]


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fold_shares(place: Path | str, shares: Sequence[Share], up_to: int) -> Generator[Batch, None, None]:
    """The rows of all shares, batch by batch as they come; an empty batch now and then while none does.

    Raises `ProjectionFault` and `ShareLost`.
    """
    with ExitStack() as running, DefaultSelector() as selector:
        for share in shares:
            selector.register(running.enter_context(_folding(place, share, up_to)), EVENT_READ)
        while selector.get_map():
            ready = selector.select(LOOK_SECONDS)
            for key, _ in ready:
                told = _receive(cast("IO[bytes]", key.fileobj))
                match told:
                    case [events, rows]:
                        yield Batch(events, dict(zip(_TABLES, rows, strict=True)))
                    case [position, stream, why]:
                        raise ProjectionFault(position, UUID(bytes=stream), why)
                    case _:
                        selector.unregister(key.fileobj)
            if not ready:
                yield Batch(0, {})


@contextmanager
def _folding(place: Path | str, share: Share, up_to: int) -> Iterator[IO[bytes]]:
    """A process that folds a share; what it hands back can be read. It does not outlive this."""
    kind = "folder" if isinstance(place, Path) else "url"
    asked = {kind: str(place), "up_to": up_to, "first": share.first.hex, "last": share.last.hex}
    try:
        folder = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)  # noqa: S603
    except OSError as fault:
        raise ShareLost from fault
    stdin, stdout = cast("IO[bytes]", folder.stdin), cast("IO[bytes]", folder.stdout)
    try:
        with stdin:
            # the address may hold a password: no other process sees it here
            stdin.write(json.dumps(asked).encode())
        yield stdout
    except BrokenPipeError as fault:
        raise ShareLost from fault
    finally:
        folder.kill()
        stdout.close()
        folder.wait()


def _receive(pipe: IO[bytes]) -> Any:
    """What a process says next. Raises `ShareLost` when it says nothing more."""
    return marshal.loads(_exactly(pipe, int.from_bytes(_exactly(pipe, _LENGTH))))  # noqa: S302  (from our own process)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    parts = []
    while length > 0:
        part = pipe.read(length)
        if not part:
            raise ShareLost
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _send(pipe: IO[bytes], told: Any) -> None:
    content = marshal.dumps(told)
    pipe.write(len(content).to_bytes(_LENGTH))
    pipe.write(content)
    pipe.flush()


def _fold_as_asked(asked: dict[str, Any], pipe: IO[bytes]) -> None:
    """Fold a share and hand back its rows: `[events, rows by table]` each time, a null at the end, or a fault."""
    place = Path(asked["folder"]) if "folder" in asked else asked["url"]
    gc.freeze()
    gc.disable()
    first, last = UUID(asked["first"]), UUID(asked["last"])
    with read_log(place) as log:
        try:
            for batch in fold_streams(log, READ_MODELS, asked["up_to"], ROWS_AT_ONCE, first, last):
                _send(pipe, [batch.events, [batch.rows[table] for table in _TABLES]])
        except ProjectionFault as fault:
            _send(pipe, [fault.position, cast("UUID", fault.stream).bytes, fault.why])
        else:
            _send(pipe, None)


if __name__ == "__main__":
    try:
        _fold_as_asked(json.load(sys.stdin), sys.stdout.buffer)
    except (BrokenPipeError, Undecodable, UnknownTopic):
        # whoever asked is gone, or finds the event by itself
        sys.exit(1)
