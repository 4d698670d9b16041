"""The command `seatline config`: the settings in effect, and where each of them comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from web.cli_common import Data, DatabaseUrl, call_api, context_of, print_table, settings_of

if TYPE_CHECKING:
    from web.settings import Settings

HIDDEN = "(set, not shown)"
_SECRET_PARAMETERS = frozenset({"password", "sslpassword", "passfile"})


def show_config(context: typer.Context, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Print the settings in effect and where each comes from: an option, the environment, the firm, or a default."""
    from api.state.firm_settings import SETTABLE, FirmSettings

    settings = settings_of(data=data, database_url=database_url)
    of_firm = {**_stored(settings), **settings.fixed}
    defaults = FirmSettings()
    rows: list[tuple[str | None, ...]] = []
    for name in type(settings).model_fields:
        value = of_firm[name] if name in SETTABLE else getattr(settings, name)
        rows.append((name, _text(name, value), _source(context, settings, name, value, defaults)))
    rows.append(("logo", "none" if of_firm["logo"] is None else "set", _of_firm(of_firm["logo"], None)))
    print_table(("Setting", "Value", "From"), rows)


def _source(context: typer.Context, settings: Settings, name: str, value: Any, defaults: Any) -> str:
    source = context.get_parameter_source(name)
    if source is not None and source.name == "COMMANDLINE":
        return f"--{name.replace('_', '-')}"
    if name in settings.model_fields_set:
        return f"SEATLINE_{name.upper()}"
    return _of_firm(value, getattr(defaults, name)) if hasattr(defaults, name) else "default"


def _of_firm(value: Any, default: Any) -> str:
    return "default" if value == default else "settings of the firm"


def _stored(settings: Settings) -> dict[str, Any]:
    """The firm's settings in the store; the defaults if there is no store yet, which is not created for this."""
    from api.state.firm_settings import SETTABLE, FirmSettings
    from web.server_client import find_server

    if find_server(settings.store) is not None:
        answer = call_api(settings, "GET", "/settings")
        return {name: answer[name] for name in SETTABLE}
    if isinstance(settings.store, Path) and not (settings.store / "log.db").exists():
        stored = FirmSettings()
    else:
        with context_of(settings) as context:
            stored = context.firm
    return {name: getattr(stored, name) for name in SETTABLE}


def _text(name: str, value: Any) -> str:
    """A value as text, without secrets."""
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return HIDDEN
    if name == "database_url" and value:
        return _without_password(value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _without_password(address: str) -> str:
    """The address of a database without secrets; nothing of an address that cannot be read."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        return HIDDEN
    secret = _SECRET_PARAMETERS & url.query.keys()
    return url.update_query_dict(dict.fromkeys(secret, "hidden")).render_as_string(hide_password=True)
