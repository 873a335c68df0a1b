"""How often one caller may read and write: counted for an address or a valid key, in memory or in a real Redis."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import limits
import pytest
from limits.aio.storage import MemoryStorage

from api import rate_limits
from api.catalogue import keys
from api.db import Database
from api.rate_limits import Counts, Limit
from api.settings import Settings
from api.vocabulary import KeyRole
from tests.conftest import Service, serving
from tests.databases import SqliteFiles
from tests.faults.processes import free_port
from tests.redis_server import RedisServer
from tests.v1.wire import ORIGIN, bearer, check_problem

LEAD = {"title": "Une piste", "kind": "lead"}
HEADERS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit", "ratelimit-policy")


@pytest.fixture
def url(sqlite_files: SqliteFiles) -> Iterator[str]:
    """A database; how requests are counted does not depend on its engine."""
    with sqlite_files.copy() as url:
        yield url


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    """Limits by the day, so that no window passes meanwhile."""
    yield from serving(Settings(database_url=url, rate_limit_writes="3/day", trusted_proxies="127.0.0.1"))


@pytest.fixture
def key(url: str) -> str:
    database = Database(url)
    with database.write() as session:
        secret = keys.create(session, KeyRole.MODERATOR, "Test")
    database.close()
    return secret


def elsewhere(service: Service, **options: object) -> httpx.Client:
    """A client at another address."""
    return service.client(transport=httpx.HTTPTransport(local_address="127.0.0.2"), **options)


def statuses(client: httpx.Client, count: int, **options: object) -> list[int]:
    return [client.post("/initiatives", json=LEAD, **options).status_code for _ in range(count)]  # type: ignore[arg-type]


# --- What is counted -------------------------------------------------------------------------------------------------


def test_one_write_too_many_is_refused_and_told_when_to_come_back(service: Service) -> None:
    with service.client(headers=ORIGIN) as client:
        assert statuses(client, 3) == [201, 201, 201]
        answer = client.post("/initiatives", json=LEAD, headers={"Accept-Language": "fr"})
        problem = check_problem(answer, 429, path="/v1/initiatives")
        seconds = answer.headers["retry-after"]
        assert 0 < int(seconds) <= 86400
        assert problem["title"] == "Trop de requêtes"
        assert problem["detail"] == f"Limite de requêtes dépassée ; réessayez dans {seconds} s."
        assert answer.headers["content-language"] == "fr"
        assert "retry-after" in answer.headers["access-control-expose-headers"].lower()
        assert "try again in" in client.post("/initiatives", json=LEAD).json()["detail"]
        for method, path in (("PATCH", "/submissions/s-0"), ("DELETE", "/submissions/s-0"), ("PUT", "/nothing")):
            check_problem(client.request(method, path), 429)


def test_an_answer_tells_what_is_left(service: Service) -> None:
    with service.client() as client:
        for status, left in ((400, 2), (400, 1), (400, 0), (429, 0)):
            answer = client.post("/initiatives", json={})
            assert answer.status_code == status
            limit, remaining, reset, field, policy = (answer.headers[name] for name in HEADERS)
            assert (limit, remaining, policy) == ("3", str(left), '"writes";q=3;w=86400')
            assert field == f'"writes";r={left};t={reset}'
            assert 0 < int(reset) <= 86400
        assert answer.headers["retry-after"] == reset


def test_reading_is_free_and_so_is_asking_what_there_is(service: Service) -> None:
    with service.client() as client:
        statuses(client, 4)
        for method, path in (("GET", "/status"), ("HEAD", "/initiatives"), ("OPTIONS", "/initiatives")):
            for _ in range(5):
                answer = client.request(method, path)
                assert answer.is_success
                assert not set(HEADERS) & set(answer.headers)


def test_reads_are_counted_where_a_limit_is_set_but_not_the_documentation(url: str) -> None:
    for service in serving(Settings(database_url=url, rate_limit_reads="3/day")):
        with service.client() as client:
            for path in ("/docs", "/openapi.json", "/static/docs.js", "/swagger-ui/swagger-ui.css") * 2:
                assert client.get(path).status_code == 200
            for left, method in ((2, "GET"), (1, "HEAD"), (0, "GET")):
                assert client.request(method, "/status").headers["ratelimit"].startswith(f'"reads";r={left};')
            check_problem(client.get("/initiatives"), 429)
            assert client.head("/initiatives").status_code == 429
            assert client.options("/initiatives").status_code == 204
            assert client.get("/openapi.json").status_code == 200
            assert client.post("/initiatives", json=LEAD).headers["ratelimit"].startswith('"writes";r=59;')
            for path in ("/health/live", "/health/ready", "/docs"):
                assert httpx.get(f"{service.address}{path}").status_code < 400


def test_a_window_passes(url: str) -> None:
    for service in serving(Settings(database_url=url, rate_limit_writes="1/2 seconds")):
        with service.client() as client:
            refused = next(a for _ in range(50) if (a := client.post("/initiatives", json={})).status_code == 429)
            assert int(refused.headers["retry-after"]) <= 2
            time.sleep(int(refused.headers["retry-after"]))
            assert client.post("/initiatives", json={}).status_code == 400


def test_sixty_writes_a_minute_are_allowed_unless_somebody_says_otherwise(url: str) -> None:
    for service in serving(Settings(database_url=url)):
        with service.client() as client:
            found = [client.post("/initiatives", json={}).status_code for _ in range(62)]
            assert found[:60] == [400] * 60
            assert 429 in found, "one more passes where the minute changes meanwhile"
            assert client.get("/status").status_code == 200


def test_nothing_is_counted_where_limits_are_off(url: str) -> None:
    for service in serving(Settings(database_url=url, rate_limit_writes="off")):
        with service.client() as client:
            answers = [client.post("/initiatives", json={}) for _ in range(70)]
            answers += [client.get("/moderation/submissions", headers=bearer("ti_x")) for _ in range(70)]
            assert {answer.status_code for answer in answers} == {400, 401}
            assert not any(set(HEADERS) & set(answer.headers) for answer in answers)


# --- Whom it is counted for ------------------------------------------------------------------------------------------


def test_another_address_and_the_holder_of_a_key_have_counts_of_their_own(service: Service, key: str) -> None:
    with service.client() as client, elsewhere(service) as other:
        assert statuses(client, 4) == [201, 201, 201, 429]
        assert statuses(other, 4) == [201, 201, 201, 429]
        assert statuses(client, 2, headers=bearer(key)) == [201, 201]
        assert statuses(other, 2, headers=bearer(key)) == [201, 429]


def test_made_up_keys_do_not_evade_a_limit(url: str, key: str) -> None:
    for service in serving(Settings(database_url=url, rate_limit_reads="3/day", rate_limit_writes="off")):
        with service.client() as client:
            made_up = [client.get("/status", headers=bearer(keys.new_secret(keys.KEY))) for _ in range(4)]
            assert [answer.status_code for answer in made_up] == [200, 200, 200, 429]
            assert client.get("/status").status_code == 429
            assert client.get("/status", headers=bearer(key)).status_code == 200


@pytest.mark.parametrize("prefix", [keys.KEY, keys.TOKEN, "something else "])
def test_keys_cannot_be_guessed_without_end(service: Service, key: str, prefix: str) -> None:
    with service.client() as client, elsewhere(service, headers=bearer(key)) as other:
        queue = "/moderation/submissions"
        tries = [client.get(queue, headers=bearer(keys.new_secret(prefix))).status_code for _ in range(5)]
        assert tries == [401, 401, 401, 429, 429]
        refused = client.get(queue, headers=bearer(key))
        check_problem(refused, 429)
        assert refused.headers["ratelimit-policy"] == '"tries";q=3;w=86400'
        assert other.get(queue).status_code == 200, "elsewhere the key is as good as before"
        assert client.get("/status").status_code == 200, "who shows no key is not concerned"
        assert statuses(client, 1) == [201]


def test_valid_keys_are_no_tries(service: Service, key: str) -> None:
    with service.client(headers=bearer(key)) as client:
        assert {client.get("/moderation/submissions").status_code for _ in range(10)} == {200}


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("somebody", "somebody else", True),
        ("192.0.2.3, 192.0.2.1", "192.0.2.4, 192.0.2.1", True),
    ],
)
def test_an_address_is_what_a_trusted_proxy_says_it_is(
    service: Service, first: str, second: str, *, same: bool
) -> None:
    with service.client() as proxy:
        assert statuses(proxy, 4, headers={"X-Forwarded-For": first})[-1] == 429
        assert statuses(proxy, 1, headers={"X-Forwarded-For": second}) == [429 if same else 201]


def test_nobody_else_says_who_he_is(service: Service) -> None:
    with elsewhere(service) as client:
        forged = [statuses(client, 1, headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(4)]
        assert forged == [[201], [201], [201], [429]]


def test_a_key_that_cannot_be_looked_up_while_the_database_is_away_is_a_503(
    service: Service, url: str, key: str
) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    path.unlink()
    path.mkdir()
    with service.client(headers=bearer(key)) as client:
        check_problem(client.post("/initiatives", json=LEAD), 503)


def test_a_fault_here_is_told_like_any_other(service: Service, url: str, key: str) -> None:
    database = Database(url)
    with database.write() as session:
        session.connection().exec_driver_sql("DROP TABLE access_key")
    database.close()
    with service.client(headers=bearer(key)) as client:
        answer = client.post("/initiatives", json=LEAD)
    check_problem(answer, 500, path="/v1/initiatives")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_many_callers_make_nobody_wait() -> None:
    async def seconds(callers: int) -> float:
        counts, limit = Counts("memory://"), Limit("writes", limits.parse("1000/day"))
        async with counts.kept():
            for number in range(callers):
                await counts.spend(limit, str(number))
            begun = time.perf_counter()
            for _ in range(200):
                await counts.spend(limit, "0")
                await asyncio.sleep(0)
            return time.perf_counter() - begun

    assert asyncio.run(seconds(20_000)) < 20 * asyncio.run(seconds(1))


def test_what_is_no_longer_needed_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "_SWEEP", 0.1)

    async def kept() -> int:
        storage = MemoryStorage()
        sweeping = asyncio.create_task(rate_limits._forget_the_expired(storage))
        await storage.acquire_sliding_window_entry("somebody", 3, 1)
        assert storage.storage
        await asyncio.sleep(2.5)
        sweeping.cancel()
        return len(storage.storage) + len(storage.locks)

    assert asyncio.run(kept()) == 0


# --- Counted together ------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def counted(url: str, store: RedisServer) -> Settings:
    return Settings(database_url=url, rate_limit_writes="4/day", rate_limit_storage=store.url)


def test_two_services_share_one_count(counted: Settings, store: RedisServer, key: str) -> None:
    for one in serving(counted):
        for two in serving(counted):
            with one.client() as client, two.client() as other:
                assert [statuses(c, 1) for c in (client, other, client, other)] == [[201]] * 4
                assert [statuses(c, 1) for c in (client, other)] == [[429]] * 2
                assert statuses(client, 1, headers=bearer(key)) == [201]
                left = other.post("/initiatives", json=LEAD, headers=bearer(key)).headers["ratelimit-remaining"]
                assert left == "2"
    with store.client() as client:
        told = b"".join(client.keys())
    assert key.encode() not in told
    assert keys.hash_of(key).encode() not in told


def wait_for_counts(client: httpx.Client) -> None:
    end = time.monotonic() + 30
    while "ratelimit-limit" not in client.post("/initiatives", json={}).headers:
        assert time.monotonic() < end, "nothing is counted again"
        time.sleep(0.1)


def test_without_its_storage_everybody_is_served_and_the_log_says_so_once(
    counted: Settings, store: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    for service in serving(counted):
        with service.client() as client:
            assert client.post("/initiatives", json=LEAD).headers["ratelimit-remaining"] == "3"
            store.kill()
            end = time.monotonic() + 5  # it is asked again meanwhile
            while time.monotonic() < end:
                answer = client.post("/initiatives", json={})
                assert answer.status_code == 400
                assert not set(HEADERS) & set(answer.headers)
                time.sleep(0.05)
            [line] = [r.getMessage() for r in caplog.records if r.name == "api.rate_limits"]
            assert line.startswith("rate limits are not counted while their storage is away: ")
            store.start()
            wait_for_counts(client)
            assert statuses(client, 4)[-1] == 429
            assert len([r for r in caplog.records if r.name == "api.rate_limits"]) == 1


def test_a_storage_that_hangs_delays_nobody_for_long(counted: Settings, store: RedisServer) -> None:
    for service in serving(counted):
        with service.client() as client:
            client.post("/initiatives", json={})
            store.process.send_signal(signal.SIGSTOP)
            try:
                begun = time.monotonic()
                assert client.post("/initiatives", json={}).status_code == 400
                assert time.monotonic() - begun < 1, "0.2 s, on a machine that is busy"
                begun = time.monotonic()
                assert {client.post("/initiatives", json={}).status_code for _ in range(20)} == {400}
                assert time.monotonic() - begun < 2, "or each would have waited"
            finally:
                store.process.send_signal(signal.SIGCONT)
            wait_for_counts(client)


def test_a_storage_that_was_never_there_keeps_nobody_from_starting(url: str) -> None:
    settings = Settings(database_url=url, rate_limit_storage=f"redis://127.0.0.1:{free_port()}")
    for service in serving(settings):
        with service.client() as client:
            assert statuses(client, 3) == [201, 201, 201]
