"""Every setting is an environment variable `TERRITOIRES_…`, described here and nowhere else."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict


class Submissions(StrEnum):
    """Who may submit."""

    OPEN = "open"
    KEYS = "keys"
    CLOSED = "closed"


def _address(value: str) -> str:
    return str(TypeAdapter(HttpUrl).validate_python(value)).rstrip("/")


class Settings(BaseSettings):
    """The service's settings, read once from the environment by `create_app` and the command."""

    model_config = SettingsConfigDict(env_prefix="TERRITOIRES_", frozen=True)

    database_url: str = Field(
        default="sqlite:///data/territoires.sqlite",
        description="Where the catalogue lives: sqlite:///relative/path, sqlite:////absolute/path "
        "or postgresql://user:password@host/name.",
    )
    public_url: Annotated[str, AfterValidator(_address)] = Field(
        default="http://127.0.0.1:8000",
        description="The address under which clients reach the service; absolute links are made from it. "
        "`serve` sets it to the address it listens on when it is unset.",
    )
    contact_email: str | None = Field(
        default=None,
        description="Where questions about the service go, as the OpenAPI document says; "
        "unset, webmaster@ the host of the public address.",
    )
    submissions: Submissions = Field(
        default=Submissions.OPEN,
        description="Who may submit: open (anybody), keys (holders of a key) or closed (nobody).",
    )
