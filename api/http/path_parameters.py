"""Path parameters of routes.

In the OpenAPI document each is named after its resource with the suffix `_id`, because generated clients already use
the name `client`.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Path

ClientInPath: TypeAlias = Annotated[
    str, Path(alias="client_id", description="The client's id or slug.", examples=["halcyon-health"])
]
EngagementInPath: TypeAlias = Annotated[UUID, Path(alias="engagement_id", description="The engagement's id.")]
MilestoneInPath: TypeAlias = Annotated[UUID, Path(alias="milestone_id", description="The milestone's id.")]
PersonInPath: TypeAlias = Annotated[UUID, Path(alias="person_id", description="The person's id.")]
KeyInPath: TypeAlias = Annotated[UUID, Path(alias="key_id", description="The key's id.")]
UserInPath: TypeAlias = Annotated[UUID, Path(alias="user_id", description="The user's id.")]
SessionInPath: TypeAlias = Annotated[UUID, Path(alias="session_id", description="The session's id.")]
ViewInPath: TypeAlias = Annotated[UUID, Path(alias="view_id", description="The saved view's id.")]
ShareLinkInPath: TypeAlias = Annotated[UUID, Path(alias="share_link_id", description="The share link's id.")]
CalendarLinkInPath: TypeAlias = Annotated[UUID, Path(alias="calendar_link_id", description="The calendar link's id.")]
WebhookInPath: TypeAlias = Annotated[UUID, Path(alias="webhook_id", description="The webhook's id.")]
DeliveryInPath: TypeAlias = Annotated[UUID, Path(alias="delivery_id", description="The delivery's id.")]
ImportInPath: TypeAlias = Annotated[UUID, Path(alias="import_id", description="The import's id.")]
MappingInPath: TypeAlias = Annotated[UUID, Path(alias="mapping_id", description="The remembered mapping's id.")]
SignInPath: TypeAlias = Annotated[str, Path(alias="sign_id", description="The sign's id.", examples=["A07"])]
FrameworkInPath: TypeAlias = Annotated[
    str, Path(alias="framework_id", description="The framework's id.", examples=["seam"])
]
