# ruff: noqa: RUF001  (letters that look like others are what this is about)
"""Text from people: one form as it enters, and one folded key by which it is found and ordered."""

from __future__ import annotations

import sqlite3
import unicodedata

import pytest
import sqlalchemy as sa
from anyascii import anyascii
from examples import examples
from hypothesis import example, given
from hypothesis import strategies as st

from domain.text import LONGEST_KEY, UncleanText, clean, clean_name, fold, is_storable, is_visible, key_of_name

ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

# names of the whole world, and what a fuzzer would write
texts = st.text(st.characters(), max_size=40) | st.text(
    st.sampled_from("aZéÉłŁøØđðþßẞıİæœſﬁǅ ΆςΣЁйїשׁمحمّكيが가각佐क्षไท่👩🏽‍💻\u0301\u200c\u200d\u00a0\u3000'’"), max_size=30
)
NEVER = [
    *map(chr, (*range(0x20), *range(0x7F, 0xA0))),
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    *"\u00ad\u034f\u115f\u1160\u17b4\u180e\u200b\u2028\u2029\u2060\u2061\u206a\u2800\u3164\ufeff\uffa0\ufff0\ufff9",
    *"\ufdd0\ufffe\uffff\U0001fffe\U0001d173\U000e0001\ud800\udfff",
]


def naive_fold(text: str) -> str:
    """The letters that are left once marks, case and spacing are taken away, for text of Latin, Greek and Cyrillic."""
    for before, after in {"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"}.items():
        text = text.replace(before, after)
    letters = [c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M")]
    return " ".join("".join(letters).casefold().split())


@given(st.text("aàâãåéîõüÿçñěščřžýźąęłŁøØđıæœßABC αάΩέжёйЙ-.()", max_size=40))
def test_marks_case_and_spacing_make_no_difference_to_the_key(text: str) -> None:
    assert fold(text) == naive_fold(text)
    assert fold(text.upper()) == fold(text.upper().lower())


@given(texts)
@example("\u0345ΐ")
def test_folding_twice_is_folding_once_and_normal_forms_do_not_matter(text: str) -> None:
    key = fold(text)
    assert fold(key) == key
    assert {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")} == {key}
    assert fold(f"  {text}\u00a0") == key
    assert key_of_name(key_of_name(text)) == key_of_name(text)
    key.encode()
    assert "\0" not in key


def test_every_latin_letter_with_something_added_is_that_letter() -> None:
    letters = [chr(code) for code in (*range(0xC0, 0x180), *range(0x1E00, 0x1F00)) if chr(code).isalpha()]
    rare = set("ŀĿỺỻỼỽẜẝẟẚƀ")
    assert [c for c in letters if c not in rare and fold(c) != anyascii(c).lower()] == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *(("zoe", "Zoë"), ("lodz", "Łódź"), ("osterbro", "Østerbro"), ("strasse", "Straße"), ("istanbul", "İSTANBUL")),
        *(("E\u0301ric Dupont", "Éric Dupont"), ("ISPARTA", "ısparta"), ("o'brien", "O’Brien"), ("dang", "Đặng")),
        *(("ΑΘΗΝΑΣ", "Αθήνας"), ("елка", "Ёлка"), ("שלום", "שָׁלוֹם"), ("محمد", "مُحَمَّد"), ("علی", "علي")),
        *(("میخواهم", "می\u200cخواهم"), ("ｱﾝﾅ", "アンナ"), ("株式会社", "㍿"), ("각", "\u1100\u1161\u11a8")),
    ],
)
def test_a_name_is_found_by_what_people_type(typed: str, name: str) -> None:
    assert fold(typed) == fold(name)


def test_a_key_has_one_blank_between_words_and_nothing_that_a_database_cannot_store() -> None:
    assert fold(" Anna   BERG ") == "anna berg"
    assert fold("Zo\0ë\x07 \ud800Berg") == "zoe berg"


def test_letters_of_another_meaning_stay_apart() -> None:
    for one, other in (("か", "が"), ("क्ष", "कष"), ("ক", "ক\u09be"), ("ไม", "ไหม"), ("Anna", "Аnna")):
        assert fold(one) != fold(other)


def test_a_stored_key_is_never_too_long_for_an_index() -> None:
    longest = key_of_name("\ufdfa" * 200)
    assert len(longest) <= LONGEST_KEY
    assert len(longest.encode()) < 2704
    assert key_of_name(f"{599 * 'a'} b") == 599 * "a"


@examples(20)
@given(st.lists(texts, min_size=2, max_size=30))
def test_both_databases_order_keys_as_python_does(names: list[str]) -> None:
    """SQLite compares bytes, as PostgreSQL does under the collation `C`: in UTF-8 the order of code points."""
    keys = sorted({key_of_name(name) for name in names})
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE names (key TEXT)")
        connection.executemany("INSERT INTO names VALUES (?)", [(key,) for key in reversed(keys)])
        assert [key for (key,) in connection.execute("SELECT key FROM names ORDER BY key")] == keys
    connection.close()
    assert sorted(keys, key=str.encode) == keys


def test_postgresql_orders_keys_as_python_does(postgres_url: str) -> None:
    keys = sorted({fold(chr(code)) for code in range(0x20, 0x2FA20, 37) if not 0xD800 <= code < 0xE000})
    engine = sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        query = sa.text('SELECT key FROM unnest(CAST(:keys AS text[])) AS key ORDER BY key COLLATE "C"')
        assert connection.execute(query, {"keys": keys[::-1]}).scalars().all() == keys
    engine.dispose()


@given(texts)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    for multiline in (False, True):
        try:
            cleaned = clean(text, multiline=multiline)
        except UncleanText:
            continue
        assert clean(cleaned, multiline=multiline) == cleaned
        assert cleaned == unicodedata.normalize("NFC", cleaned)
        assert {clean(unicodedata.normalize(form, text), multiline=multiline) for form in ("NFC", "NFD")} == {cleaned}
        assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in cleaned.replace("\n", ""))


@pytest.mark.parametrize("character", NEVER, ids=lambda c: f"U+{ord(c):04X}")
def test_controls_and_invisible_characters_are_refused(character: str) -> None:
    for multiline in (False, True):
        if not (multiline and character in "\n\r"):
            with pytest.raises(UncleanText):
                clean(f"Anna{character}Berg", multiline=multiline)


@pytest.mark.parametrize("character", "\x0b\x0c\x1c\x85\u2028")
def test_controls_are_refused_at_the_end_of_a_text_too(character: str) -> None:
    with pytest.raises(UncleanText):
        clean(f"Anna{character}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("An\x07na", "must not hold control characters (U+0007)"),
        ("An\ufdd0na", "must not hold a code point that is not a character (U+FDD0)"),
        ("An\u202ena", "must not hold controls of the writing direction (U+202E)"),
        ("An\u2800na", "must not hold invisible characters (U+2800)"),
        ("An\u200bna", "must not hold invisible characters (U+200B)"),
        ("one\ntwo", "must not hold control characters (U+000A)"),
    ],
)
def test_a_refusal_names_the_first_character_that_a_text_must_not_hold(text: str, message: str) -> None:
    with pytest.raises(UncleanText) as refused:
        clean(text)
    assert str(refused.value) == message


def test_only_blanks_are_taken_off_the_ends_of_a_text() -> None:
    assert clean("  XX  ") == "XX"
    assert clean("\u3000\u00a0Zoë \t") == "Zoë"


def test_a_database_stores_neither_nul_nor_half_a_surrogate_pair() -> None:
    assert all(is_storable(text) for text in ("", "Anna", "Zoë", "\ud7ff\ue000", "XX\nXX"))
    assert not any(is_storable(text) for text in ("An\0na", "Zo\0ë", "\ud800", "é\udfffé"))


def test_a_blank_of_braille_is_not_visible() -> None:
    assert not is_visible("\u2800")
    assert is_visible("\u2801")


def test_text_of_several_lines_keeps_its_lines() -> None:
    assert clean("one\r\ntwo\rthree\n", multiline=True) == "one\ntwo\nthree"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "می\u200cخواهم",
            "CTO\u200cها",
            "ه\u200d.ش",
            "क\u094d\u200cष",
            "ක\u0dca\u200dර",
            "ന\u0d4d\u200d",
            "র\u200d\u09cdয",
        ),
        *(
            "👩🏽\u200d💻",
            "👨\u200d👩\u200d👧",
            "🏳\ufe0f\u200d🌈",
            "🙂\u200d↔\ufe0f",
            "❤\ufe0f",
            "1\ufe0f\u20e3",
            "葛\U000e0100城",
        ),
        *("ᠮ\u180b", ENGLAND, f"{ENGLAND}{ENGLAND}", f"Leeds {ENGLAND} and {ENGLAND} York"),
    ],
)
def test_joiners_stay_where_a_script_or_an_emoji_needs_them(text: str) -> None:
    assert clean_name(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "text",
    [
        *("An\u200dna", "An\u200cna", "Αν\u200dνα", "Ан\u200cна", "é\u200da", "Anna\u200d", "\u200dAnna", "1\u200c2"),
        *(
            "می\u200c",
            "ع\u200d\u200dع",
            "ع\u200da",
            "👨\u200d",
            "👨\u200da",
            "Anna\ufe0f",
            "Anna\U000e0061",
            "שלום\u200dא",
            "\ufe0f❤",
            "Anna\u180b",
            "🏴\U000e0067\U000e0062",
            "Anna\U000e0067\U000e007f",
            f"{ENGLAND}🏴\U000e0067",
        ),
    ],
)
def test_joiners_are_refused_where_nothing_needs_them(text: str) -> None:
    with pytest.raises(UncleanText):
        clean(text)


@pytest.mark.parametrize("name", ["", " ", "\u00a0\u3000", "\u0301", "\u3164", "\u200b", "\u2800", "\ufe0f"])
def test_a_name_holds_something_to_be_seen(name: str) -> None:
    with pytest.raises(UncleanText):
        clean_name(name)
