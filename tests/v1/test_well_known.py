"""What stands at known addresses: which API there is, and whom to tell of a vulnerability."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import httpx
import pytest

from api.settings import Settings
from tests.conftest import PUBLIC_URL, serving
from tests.databases import SqliteFiles
from tests.v1.conftest import Shared

CATALOG, SECURITY = "/.well-known/api-catalog", "/.well-known/security.txt"


def get(shared: Shared, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{shared.service.address}{path}", headers=headers)


def fields(answer: httpx.Response) -> dict[str, str]:
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return dict(line.split(": ", 1) for line in answer.text.splitlines())


def test_the_catalog_of_apis_is_a_linkset_of_the_profile(shared: Shared) -> None:
    answer = get(shared, CATALOG)
    assert answer.status_code == 200
    said = EmailMessage()
    said["Content-Type"] = answer.headers["content-type"]
    assert said.get_content_type() == "application/linkset+json"
    assert said["Content-Type"].params["profile"] == "https://www.rfc-editor.org/info/rfc9727"
    catalog, about = answer.json()["linkset"]
    assert catalog == {"anchor": f"{PUBLIC_URL}{CATALOG}", "item": [{"href": f"{PUBLIC_URL}/v1"}]}
    assert about["anchor"] == f"{PUBLIC_URL}/v1"
    assert about.keys() == {"anchor", "service-desc", "service-doc", "service-meta", "status"}


def test_what_the_catalog_of_apis_links_to_is_there_and_of_the_type_that_it_says(shared: Shared) -> None:
    _, about = get(shared, CATALOG).json()["linkset"]
    links = [link for relation, links in about.items() if relation != "anchor" for link in links]
    assert len(links) == 5
    for link in links:
        answer = get(shared, link["href"].removeprefix(PUBLIC_URL), Accept=link["type"])
        assert answer.status_code == 200, link
        assert answer.headers["content-type"].partition(";")[0] == link["type"]


def test_head_leads_to_the_catalog_of_apis(shared: Shared) -> None:
    answer = httpx.head(f"{shared.service.address}{CATALOG}", headers={"Host": "evil.example"})
    assert answer.status_code == 200
    assert answer.headers["link"] == f'<{PUBLIC_URL}{CATALOG}>; rel="api-catalog"'


def test_the_mailbox_for_flaws_is_told_with_a_term_of_less_than_a_year(shared: Shared) -> None:
    answer = get(shared, SECURITY)
    said = fields(answer)
    assert said.keys() == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert said["Contact"] == "mailto:webmaster@catalogue.example"
    assert said["Preferred-Languages"] == "fr, en"
    assert said["Canonical"] == f"{PUBLIC_URL}{SECURITY}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said["Expires"])
    assert timedelta(days=90) < datetime.fromisoformat(said["Expires"]) - datetime.now(UTC) < timedelta(days=365)


def test_the_mailbox_is_the_one_of_the_settings(sqlite_files: SqliteFiles) -> None:
    with sqlite_files.empty() as url:
        for service in serving(Settings(database_url=url, contact_email="mairie@example.org")):
            assert fields(httpx.get(f"{service.address}{SECURITY}"))["Contact"] == "mailto:mairie@example.org"
            with service.client() as client:
                assert client.get("/openapi.json").json()["info"]["contact"]["email"] == "mairie@example.org"


@pytest.mark.parametrize("path", [CATALOG, SECURITY])
def test_known_addresses_are_kept_and_asked_for_anew(shared: Shared, path: str) -> None:
    answer = get(shared, path)
    assert answer.headers["cache-control"].startswith("public, max-age=10,")
    again = get(shared, path, **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert get(shared, path, **{"If-None-Match": '"other"'}).status_code == 200
