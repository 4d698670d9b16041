# ruff: noqa: RUF001  (letters that look like others are what this is about)
"""Two email addresses are the same only after lower-casing ASCII letters, and stores of earlier versions learn it."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import normalize
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from api_client import Served
from hypothesis import given
from hypothesis import strategies as st
from signing_in import Browser, invite, user_in

from api.state.addresses import canonical_email, email_key
from api.state.login_attempts import on_account
from api.state.migrate import MIGRATIONS, migrate
from domain.text import key_of_name

ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
addresses = st.builds(
    "{}@{}.{}".format,
    st.text("aAbBſsKkßéüıİ.-+", min_size=1, max_size=6),
    st.text("aAsSßſéüKk-", min_size=1, max_size=6),
    st.sampled_from(["de", "DE", "org"]),
)


@given(addresses, addresses)
def test_two_addresses_are_one_only_after_lower_casing_ascii_letters(one: str, other: str) -> None:
    try:
        first, second = canonical_email(one), canonical_email(other)
    except ValueError:
        return
    assert (email_key(one) == email_key(other)) is (first.translate(ASCII_LOWER) == second.translate(ASCII_LOWER))
    spelt = [normalize("NFC", text).translate(ASCII_LOWER) for text in (one, other)]
    assert (email_key(one) == email_key(other)) is (spelt[0] == spelt[1])


@pytest.mark.parametrize(
    "text", ["no address", "a\u200b@b.de", "a@b\0.de", "a@ſtrasse.de", "a@b．de", "\ud800@b.de", ""]
)
def test_what_is_no_address_is_refused_and_only_the_same_as_itself(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        canonical_email(text)
    key = email_key(text)
    key.encode()
    assert "\0" not in key
    assert key not in {email_key(other) for other in ("a@b.de", "a@strasse.de", "?@b.de", "\ufffd@b.de")}


def test_passwords_attempts_and_invitations_compare_addresses_alike(either: Served) -> None:
    sam, _ = user_in(either, "sam@example.org")
    other, _ = user_in(either, "ſam@example.org")
    assert sam != other
    invite_again = {"name": "x", "role": "viewer"}
    for email in ("SAM@example.org", "ſAM@EXAMPLE.org", " sam@example.org "):
        either.admin.post("/users", {**invite_again, "email": email}, status=409)
    for email in ("sam\u200b@example.org", "sam@exa\u00admple.org", "\u202esam@example.org", "sam@"):
        problem = either.admin.post("/users", {**invite_again, "email": email}, status=422)
        assert [error["field"] for error in problem["errors"]] == ["email"]
    for email, user in (("Sam@EXAMPLE.org", sam), ("ſAM@example.org", other)):
        browser = Browser(either)
        assert browser.sign_in(email).status_code == 303
        assert browser.ask("GET", "/me")["id"] == user
    for email in ("sam\u200b@example.org", "ſam@ſexample.org"):
        assert Browser(either).sign_in(email).status_code == 422
    counted = {on_account(email_key(email)).hash for email in ("sam@example.org", "SAM@Example.org ")}
    assert len(counted) == 1
    assert on_account(email_key("ſam@example.org")).hash not in counted
    assert invite(either, "noor@strasse.de")["email"] != invite(either, "noor@straße.de")["email"]


@pytest.fixture(params=["sqlite", "postgres"])
def connection(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[sa.Connection]:
    """A connection to an empty store of one of the databases."""
    url = f"sqlite:///{data_dir / 'kept.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
    data_dir.mkdir(exist_ok=True)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_users_and_people_of_earlier_versions_get_their_keys_and_none_is_lost(connection: sa.Connection) -> None:
    """Earlier versions folded users' addresses; what was typed is known from the person."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0012")
    typed = {
        1: ("Zoë", "noor@straße.de", "noor@strasse.de"),
        2: ("Łódź", "Sam@example.org", "sam@example.org"),
        3: ("Ab", None, "changed@example.org"),
        4: ("Ac", "a@müller.de", "a@müller.de"),
        5: ("Ad", "a@xn--mller-kva.de", "a@xn--mller-kva.de"),
        6: ("Ae", "no address", None),
    }
    for number, (name, email, signs_in) in typed.items():
        key, row = UUID(int=number), {"made_at": number}
        person = {"name": name, "email": email, "employer": "firm", "made_by": key, **row}
        connection.execute(sa.insert(table("people", "made_by", *person)).values(id=key, **person))
        if signs_in is not None:
            user = {"email": signs_in, "role": "admin", **row}
            connection.execute(sa.insert(table("users", *user)).values(id=key, **user))
    connection.execute(sa.insert(table("people", "made_by", "made_at", "employer")).values(**erased()))
    migrate(connection)
    people = connection.execute(sa.text("SELECT name, name_key, email_key FROM people WHERE name IS NOT NULL")).all()
    assert {row.name: row.name_key for row in people} == {name: key_of_name(name) for name, _, _ in typed.values()}
    assert {row.name: row.email_key for row in people}["Zoë"] == "noor@xn--strae-oqa.de"
    users = connection.execute(sa.text("SELECT email FROM users ORDER BY made_at")).scalars().all()
    assert users == [
        *("noor@xn--strae-oqa.de", "sam@example.org", "changed@example.org", "a@müller.de", "a@xn--mller-kva.de"),
    ]


def table(name: str, *columns: str) -> Any:
    """A table as far as this test needs it."""
    ids = {"made_by"}
    return sa.table(
        name, sa.column("id", sa.Uuid), *(sa.column(c, sa.Uuid) if c in ids else sa.column(c) for c in set(columns))
    )


def erased() -> dict[str, Any]:
    return {"id": UUID(int=99), "made_by": UUID(int=99), "made_at": 1, "employer": "firm"}
