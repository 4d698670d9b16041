"""Holds up the recording of a file after its first line, until a test lets it go on."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from patience import HANGING_SECONDS

from api.imports.importer import Importer


class HeldUp:
    """While it is in place, every import waits after its first line."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.goes_on = Event(), Event()
        decide = Importer._decide

        def slowly(importer: Importer, *parts: Any) -> Any:
            importer.on_progress(1)
            self.reached.set()
            self.goes_on.wait(HANGING_SECONDS)
            return decide(importer, *parts)

        monkeypatch.setattr(Importer, "_decide", slowly)
