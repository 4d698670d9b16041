"""The state tables. In SQLite they are in the log's file, in PostgreSQL in the log's schema."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    false,
)

from api.state.checked_columns import check_columns
from api.state.instants import InstantColumn

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


FOLDED = Text().with_variant(Text(collation="C"), "postgresql")
"""A folded key, ordered by code point on both databases."""

people = Table(
    "people",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text),  # null once erased
    Column("name_key", FOLDED),  # sorts and finds people
    Column("email", Text),
    Column("email_key", Text),  # the same for every spelling of the address
    Column("employer", String(10), nullable=False),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Column("erased_at", InstantColumn),
    Index("ix_people_name_key", "name_key", "id"),
    Index("ix_people_email_key", "email_key"),
)

former_names = Table(
    "former_names",
    metadata,
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("name_key", FOLDED, nullable=False),
    Column("until", InstantColumn, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("email", Text, unique=True),
    Column("password", Text),  # Argon2id; null if the user signs in with links only
    Column("role", String(10), nullable=False),
    Column("clients", JSON(none_as_null=True)),  # ids; null means all
    Column("made_at", InstantColumn, nullable=False),
    Column("disabled_at", InstantColumn),
    Column("joined_at", InstantColumn),  # null: invited, but not signed in yet
)

keys = Table(
    "keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
    Column("start", String(12), nullable=False),  # the first characters, to tell keys apart
    Column("role", String(10), nullable=False),
    Column("clients", JSON(none_as_null=True)),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Column("expires_at", InstantColumn),
    Column("last_used_at", InstantColumn),
    Column("revoked_at", InstantColumn),
    Column("old_secret_hash", LargeBinary(32)),  # the previous secret
    Column("old_until", InstantColumn),
    Index("ix_keys_old_secret_hash", "old_secret_hash", unique=True),
)

firm_settings = Table(
    "firm_settings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("firm_name", Text),
    Column("fiscal_year_start_month", Integer, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("public_address", Text),
    Column("currency", String(3), nullable=False),
    Column("version", Integer, nullable=False),
    Column("logo", Text),  # the name of a `firm_logo`
)

firm_logo = Table(
    "firm_logo",
    metadata,
    Column("name", Text, primary_key=True),  # the hash of the content, and its suffix
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

sign_thresholds = Table(
    "sign_thresholds",
    metadata,
    # SQLite assigns the number only to an INTEGER primary key
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("sign", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Integer, nullable=False),
    Column("counts_from", Date, nullable=False),
    Column("recorded_at", InstantColumn, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
)
"""Every threshold that the firm ever set; rows are only added."""

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), index=True),  # null: the link creates a user
    Column("role", String(10), nullable=False),
    Column("clients", JSON(none_as_null=True)),
    Column("made_at", InstantColumn, nullable=False),
    Column("expires_at", InstantColumn, nullable=False),
    Column("used_at", InstantColumn),
    Column("purpose", String(10), nullable=False, server_default="enter"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False, index=True),
    Column("made_at", InstantColumn, nullable=False),
    Column("last_used_at", InstantColumn, nullable=False),
    Column("expires_at", InstantColumn, nullable=False),
    Column("ended_at", InstantColumn),
    Column("browser", Text),  # like "Firefox on Linux"; null: unknown
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False, index=True),
    Column("made_at", InstantColumn, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("subject_hash", LargeBinary(32), primary_key=True),  # of an account or an address
    Column("tries", Integer, nullable=False),
    Column("last_at", InstantColumn, nullable=False, index=True),
    Column("open_at", InstantColumn, nullable=False),  # no attempts before this instant
)

imports = Table(
    "imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("status", String(20), nullable=False),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Column("position", BigInteger),  # null: no events recorded
    Column("rows", JSON, nullable=False),
    Column("first_position", BigInteger),  # null: no events recorded, or imported by an early version
    Column("counts", JSON),  # null: imported by an early version
    Column("file_name", String(255)),
    Column("undone_at", InstantColumn),
    Column("undone_by", Uuid),
    Column("undo_reason", Text),
    Column("undo_position", BigInteger),
    Column("undo_line", Text),  # the type and ref of the first line of what undid it
)

import_files = Table(
    "import_files",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("content_type", String(100), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("options", JSON, nullable=False),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
)

import_runs = Table(
    "import_runs",
    metadata,
    Column("id", Uuid, primary_key=True),  # of the import that it becomes
    Column("status", String(20), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("until", InstantColumn, nullable=False),  # its server has stopped if this has passed
    Column("file_id", Uuid),  # of the uploaded file; null: the file was sent to the API
    Column("file_name", String(255)),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Column("problem", JSON(none_as_null=True)),  # why it failed
)

import_columns = Table(
    "import_columns",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("headers_hash", LargeBinary(32), nullable=False, unique=True),
    Column("columns", JSON, nullable=False),
    Column("date_order", String(3)),
    Column("ignore_unknown", Boolean, nullable=False),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
)

import_refs = Table(
    "import_refs",
    metadata,
    Column("type", String(40), primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("content_hash", LargeBinary(32), nullable=False),
    Column("id", Uuid, nullable=False),
    Column("within_id", Uuid),  # the engagement of a milestone, the client of an engagement
    Column("field_hashes", LargeBinary),  # JSON; null: imported by an early version, or an erased person
    Column("import_id", Uuid, ForeignKey("imports.id"), nullable=False),
    Column("is_undone", Boolean, nullable=False, server_default=false()),
    Index("ix_import_refs_id", "id"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("erased_at", InstantColumn, nullable=False),
    Column("is_swept", Boolean, nullable=False),  # false until free pages are purged
)

acts = Table(
    "acts",
    metadata,
    # SQLite assigns the number only to an INTEGER primary key
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", InstantColumn, nullable=False),
    Column("act", String(40), nullable=False),
    Column("caller", Uuid),  # null: not signed in
    Column("door", String(20)),
    Column("door_id", Uuid),
    Column("subject", Uuid),
    Column("detail", JSON, nullable=False),
    Index("ix_acts_at", "at", "number"),
)

recorded_in = Table(
    "recorded_in",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),  # the position of the event in the log
    Column("session_id", Uuid, nullable=False),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),  # path and query of a page
    Column("is_shared", Boolean, nullable=False),  # visible to the whole firm; else only to its maker
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Index("ix_saved_views_made_by", "made_by"),
)

share_links = Table(
    "share_links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("client", Uuid, nullable=False),
    Column("money", Boolean, nullable=False),
    Column("notes", Boolean, nullable=False),
    Column("embed", Boolean, nullable=False),
    Column("as_of", Date),  # null: the day of viewing
    Column("known_at", InstantColumn),  # null: the current knowledge
    Column("password", Text),  # Argon2id; null: no password needed
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Column("expires_at", InstantColumn, nullable=False),
    Column("revoked_at", InstantColumn),
    Column("uses", Integer, nullable=False),
    Column("last_used_at", InstantColumn),
    Column("assessments", Boolean, nullable=False, server_default=false()),
    Index("ix_share_links_client", "client"),
)

calendar_links = Table(
    "calendar_links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("name", Text),
    Column("clients", JSON(none_as_null=True)),  # null: all that the maker may see
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Column("revoked_at", InstantColumn),
    Column("uses", Integer, nullable=False),
    Column("last_used_at", InstantColumn),
    Index("ix_calendar_links_made_by", "made_by"),
)


webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("url", Text, nullable=False),
    Column("types", JSON(none_as_null=True)),  # null means all
    Column("clients", JSON(none_as_null=True)),  # ids; null means all that its maker may see
    Column("secret", Text, nullable=False),  # signs every request, so it cannot be a hash
    Column("old_secret", Text),
    Column("old_secret_until", InstantColumn),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Column("position", BigInteger, nullable=False),  # events up to here are queued, or left out by the filters
    Column("failing_since", InstantColumn),  # the first failure after the last success
    Column("disabled_at", InstantColumn),
    Column("disabled_reason", String(20)),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("webhook_id", Uuid, ForeignKey("webhooks.id"), nullable=False),
    Column("position", BigInteger),  # of the event in the log; null: a test
    Column("client", Uuid),
    Column("type", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Column("next_at", InstantColumn),  # null: waits for an earlier event of its client, or is finished
    Column("first_at", InstantColumn),
    Column("last_at", InstantColumn),
    Column("last_status", Integer),
    Column("last_error", Text),
    Index("ix_webhook_deliveries_position", "webhook_id", "position", unique=True),
    Index("ix_webhook_deliveries_next_at", "next_at"),
    Index("ix_webhook_deliveries_lane", "webhook_id", "client", "status", "position"),
    Index("ix_webhook_deliveries_made_at", "webhook_id", "made_at", "id"),
)

webhook_lease = Table(
    "webhook_lease",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", Uuid, nullable=False),  # a running server
    Column("until", InstantColumn, nullable=False),  # by the clock of the database
)
"""Which of several servers on one PostgreSQL database sends webhooks; a single row."""

visits = Table(
    "visits",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("session_id", Uuid, nullable=False),
    Column("seen_at", InstantColumn, nullable=False),
    Column("seen_position", BigInteger, nullable=False),
    Column("since_at", InstantColumn),  # the end of the visit before this one; null on the first visit
    Column("since_position", BigInteger),
)
"""When each user last looked at the Overview."""

check_columns(metadata)
