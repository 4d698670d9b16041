"""A workbook as somebody keeps it by hand: notes, a title, other names of columns, and what goes wrong in years."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import openpyxl

HEAD = ("Customer", "Contract", "What happened", "Date", "Roles", "Who", "Commitment", "Employed by", "Fee", "Currency")
MORE = ("Comment", "Deliverable", "Mood")
MILLS, SHOP, BAKERY = "Müller & Söhne GmbH", "Łódź Textiles", "Nowak Bakery"
NAMESAKE = "Ana Lima"


def workbook() -> bytes:
    """Several sheets, one of them hidden, and a table with a merged title, blank rows, a double and namesakes."""
    book = openpyxl.Workbook()
    notes = book.worksheets[0]
    notes.title = "Read me"
    notes["A1"] = "Kept by Marta since 2021. Ask before you change the second sheet."
    history = book.create_sheet("History")
    history.merge_cells("A1:M1")
    history["A1"] = "Who sits where (updated 3.11.2025)"
    history["C3"] = "do not sort!"
    contract, seat = "CTO and CAIO", ("fractional", "firm")
    nothing = (None,) * 6
    rows: list[tuple[object, ...]] = [
        (*HEAD, *MORE),
        (MILLS, contract, "Opened", "20.02.2023", *nothing, "signed at the fair", None, "good"),
        (MILLS, contract, "Structure chosen", "17.04.2023", "technology+ai", "Dana Whitfield", *seat, 8500.5, "EUR"),
        (MILLS, contract, "Deliverable issued", date(2023, 5, 2), *nothing, "see the folder", "roadmap", "ok"),
        (),
        (f"{SHOP} ", "AI letter", "Opened", "03/04/2024"),
        (SHOP.lower(), "AI letter", "Structure chosen", "05/04/2024", "technology", "Jo Park", *seat, "4200,50", "EUR"),
        (SHOP, "AI letter", "Paused", "1 Sep 2024", *nothing, "budget freeze"),
        (SHOP, "AI letter", "Paused", "1 Sep 2024", *nothing, "budget freeze"),
        (BAKERY, "AI letter", "Opened", "2.1.2025"),
        (BAKERY, "AI letter", "Structure chosen", "3.1.2025", "ai", NAMESAKE, *seat, 3100.125, "KWD"),
        (SHOP, "AI letter", "Resumed", "soon", *nothing, None, None, "tense"),
    ]
    for row in rows:
        history.append(row)
    fees = book.create_sheet("Fees 2024")
    fees.append(["Customer", "Invoice", "Total"])
    fees.append([MILLS, "2024-01", "=SUM(1,2)"])
    old = book.create_sheet("Old, do not use")
    old.append(["Customer", "What happened", "Date"])
    old.sheet_state = "hidden"
    file = BytesIO()
    book.save(file)
    return file.getvalue()
