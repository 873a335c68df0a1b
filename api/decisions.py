"""What moderators and admins send: decisions, each with its reason, and keys to be made."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from api.drafts import FEW, Draft, once
from api.known import KnownCode
from api.types import ChosenSlug, Days, InitiativeId, Reason, ShortText, TerritoryCode
from api.vocabulary import KeyRole, ReasonCode, ReasonTemplate


class NoteDraft(Draft):
    """What a moderator says to a sender."""

    template: ReasonTemplate | None = Field(
        default=None, description="A sentence of ours for the sender, who reads it in French or English; never public."
    )
    reason: Reason | None = Field(default=None, description="For the sender; never public.")
    code: ReasonCode | None = Field(default=None, description="The reason in a word; public where the decision is.")


class PublishDraft(NoteDraft):
    """A moderator's yes to a draft."""

    id: ChosenSlug | None = Field(
        default=None, description="The public id, at first publication; a number is added if taken."
    )


def _given(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


class DecisionDraft(NoteDraft):
    """A moderator's decision, with its reason: a template, the moderator's own words, or both."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [_given("reason"), _given("template")]})

    reason: Reason | None = Field(default=None, validate_default=True, description="For the sender; never public.")
    code: ReasonCode = Field(default=ReasonCode.OTHER, description="Public.")

    @field_validator("reason")
    @classmethod
    def _there_is_one(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("template", ...) is None:
            raise PydanticCustomError("no_reason", "no reason")
        return value


class MergeInitiativeDraft(DecisionDraft):
    """Which published initiative an initiative is part of from now on."""

    into: InitiativeId = Field(description="The public id of the other initiative.", examples=["gand-refill"])
    code: ReasonCode = Field(default=ReasonCode.DUPLICATE, description="Public.")


class ConfirmDraft(Draft):
    """A moderator's yes to a provisional territory."""

    reason: Reason | None = Field(default=None, description="Never public.")
    id: ChosenSlug | None = Field(
        default=None,
        examples=["es-sabadell"],
        description="The id that it is to have, beginning with its country; by default its name's.",
    )


class MergeDraft(Draft):
    """Which territory a provisional one is."""

    into: TerritoryCode = Field(description="The id or official code of the territory.")
    reason: Reason | None = Field(default=None, description="Never public.")


class KeyDraft(Draft):
    """A key to be made: for whom, and for what."""

    role: KeyRole
    name: ShortText = Field(description="Who holds it, for the admins' memory.", examples=["Ville d'Albi"])
    territories: Annotated[list[KnownCode], FEW, AfterValidator(once)] = Field(
        default=[],
        validate_default=True,
        description="A contributor's, by id or official code; everything inside is included. Other roles have none.",
    )
    days: Days = Field(default=365, description="How long it is valid.")

    @field_validator("territories")
    @classmethod
    def _as_its_role_wants(cls, value: list[str], info: ValidationInfo) -> list[str]:
        role = info.data.get("role")
        if role is KeyRole.CONTRIBUTOR and not value:
            raise PydanticCustomError("contributor_needs_it", "a contributor needs it")
        if value and role in (KeyRole.MODERATOR, KeyRole.ADMIN):
            raise PydanticCustomError("contributors_alone", "for contributors alone")
        return value
