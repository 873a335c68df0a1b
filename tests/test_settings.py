"""Settings are environment variables, described where they are declared, and refused when they cannot be right."""

import pytest
from pydantic import ValidationError

from api.settings import Settings, Submissions, strangers


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
        ("public_url", "https://catalogue.example/dev1", "https://catalogue.example/dev1"),
        ("public_url", "https://v1/", "https://v1"),
        ("contact_email", "", ""),
        ("contact_email", "l.o'brien+carte@mairie-albi.example.org", "l.o'brien+carte@mairie-albi.example.org"),
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
        ("database_url", ""),
        ("database_url", "/path/x.db"),
        ("database_url", "data/x.sqlite"),
        ("database_url", "mysql://host/name"),
        ("database_url", "sqlite://"),
        ("database_url", "sqlite:///:memory:"),
        ("database_url", "postgresql://user:p@ss@host:port/name"),
        ("public_url", "catalogue.example"),
        ("public_url", "ftp://catalogue.example"),
        ("public_url", "https://catalogue.example/v1"),
        ("public_url", "https://catalogue.example/innovation/v1/"),
        ("public_url", ""),
        ("contact_email", "foo"),
        ("contact_email", "foo@localhost"),
        ("contact_email", "mailto:mairie@example.org"),
        ("contact_email", "Mairie <mairie@example.org>"),
        ("contact_email", "mairie@example.org?subject=x"),
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


@pytest.mark.parametrize("name", ["DATABSE_URL", "RATE_LIMIT", "PORTS", "SUPPORT", "TESTS", "X", ""])
@pytest.mark.parametrize("prefix", ["TERRITOIRES_", "territoires_"])
def test_a_variable_that_names_no_setting_is_noticed(monkeypatch: pytest.MonkeyPatch, prefix: str, name: str) -> None:
    monkeypatch.setenv(prefix + name, "sqlite:///mine.sqlite")
    assert strangers() == [prefix + name]


@pytest.mark.parametrize(
    "name",
    [
        "TERRITOIRES_TEST_CHROMIUM",
        "TERRITOIRES_PORT",
        "TERRITOIRES_PORT_8000_TCP_ADDR",
        "TERRITOIRES_SERVICE_HOST",
        "TERRITOIRES_SERVICE_PORT_HTTP",
        "TERRITOIRES_POSTGRES_SERVICE_PORT",
        "TERRITOIRES_POSTGRES_PORT_5432_TCP",
        "XTERRITOIRES_X",
    ],
)
def test_variables_of_the_tests_and_of_kubernetes_are_let_be(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "tcp://10.0.0.1:8000")
    assert strangers() == []


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
