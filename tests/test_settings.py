"""Settings are environment variables, described where they are declared, and refused when they cannot be right."""

import pytest
from pydantic import ValidationError

from api.settings import Settings, Submissions


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TERRITOIRES_{name.upper()}", raising=False)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for_and_has_a_default(name: str) -> None:
    field = Settings.model_fields[name]
    assert len(field.description or "") > 20
    assert getattr(Settings(), name) == field.default


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("database_url", "postgresql://user:p%40ss@host/name", "postgresql://user:p%40ss@host/name"),
        ("public_url", "https://catalogue.example/", "https://catalogue.example"),
        ("public_url", "https://catalogue.example/innovation/", "https://catalogue.example/innovation"),
        ("submissions", "keys", Submissions.KEYS),
        ("submissions", "closed", Submissions.CLOSED),
        ("rate_limit_reads", "1000/minute", "1000/minute"),
        ("rate_limit_reads", "20 per 5 seconds", "20 per 5 seconds"),
        ("rate_limit_writes", "off", "off"),
        ("rate_limit_storage", "redis://:p%40ss@host:6379/1", "redis://:p%40ss@host:6379/1"),
        ("rate_limit_storage", "rediss://host", "rediss://host"),
        ("pending_limit", "off", "off"),
        ("pending_limit", "20", "20"),
        ("trusted_proxies", "", ""),
        ("trusted_proxies", "127.0.0.1, 10.0.0.0/8,2001:db8::/32", "127.0.0.1, 10.0.0.0/8,2001:db8::/32"),
    ],
)
def test_a_setting_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, read: object
) -> None:
    monkeypatch.setenv(f"TERRITOIRES_{name.upper()}", given)
    assert getattr(Settings(), name) == read


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("public_url", "catalogue.example"),
        ("public_url", "ftp://catalogue.example"),
        ("public_url", ""),
        ("submissions", "Open"),
        ("submissions", "off"),
        ("submissions", ""),
        ("rate_limit_reads", "many"),
        ("rate_limit_reads", "60"),
        ("rate_limit_reads", "60/fortnight"),
        ("rate_limit_reads", "60/minute; 5/second"),
        ("rate_limit_writes", "0/minute"),
        ("rate_limit_writes", "-1/minute"),
        ("rate_limit_writes", ""),
        ("rate_limit_writes", "Off"),
        ("rate_limit_storage", "memory"),
        ("rate_limit_storage", "memcached://host"),
        ("rate_limit_storage", "redis://host:port"),
        ("rate_limit_storage", "redis://host:99999"),
        ("pending_limit", "0"),
        ("pending_limit", "-1"),
        ("pending_limit", ""),
        ("pending_limit", "²"),
        ("pending_limit", "9" * 5000),
        ("trusted_proxies", "*"),
        ("trusted_proxies", "proxy.example"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("trusted_proxies", "127.0.0.1,"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    monkeypatch.setenv(f"TERRITOIRES_{name.upper()}", given)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [fault["loc"] for fault in refused.value.errors()] == [(name,)]


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({}, 200),
        ({"rate_limit_writes": "off"}, None),
        ({"rate_limit_writes": "off", "pending_limit": "5"}, 5),
        ({"pending_limit": "off"}, None),
    ],
)
def test_who_lets_everybody_write_without_a_limit_lets_all_of_it_wait(
    settings: dict[str, str], most: int | None
) -> None:
    assert Settings(**settings).most_pending == most


def test_settings_do_not_change_once_they_are_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().submissions = Submissions.CLOSED
