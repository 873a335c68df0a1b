"""Reads cases, proposes one and follows it, with the client that openapi-python-client makes."""

from collections.abc import Iterator

from territoires import AuthenticatedClient, Client
from territoires.api.initiatives import get_initiative, list_initiatives, submit_initiative
from territoires.api.submissions import edit_submission, get_submission
from territoires.models import (
    InitiativeDocument,
    InitiativeDraft,
    InitiativePage,
    InitiativePatch,
    Problem,
    Progress,
    ReceiptDocument,
    SubmissionDocument,
    TerritoryDraft,
)

API = "http://127.0.0.1:8000/v1"


def every_case(client: Client, territory: str) -> Iterator[InitiativeDocument]:
    """All that a list has, page after page."""
    cursor: str | None = None
    while True:
        page = list_initiatives.sync(client=client, territory=[territory], limit=3, cursor=cursor)
        if not isinstance(page, InitiativePage):
            raise SystemExit(page)
        yield from page.items
        if page.next_ is None:
            return
        cursor = page.next_


with Client(base_url=API) as anybody:
    for case in every_case(anybody, "be"):
        print(case.id, case.progress, case.started_on)

    one = get_initiative.sync("genk-vennestraat", client=anybody)
    if isinstance(one, InitiativeDocument):
        print(one.title, *(source.url for source in one.sources))

    draft = InitiativeDraft(title="Un four à pain communal", themes=["patrimoine"])
    refused = submit_initiative.sync(client=anybody, body=draft, accept_language="fr")
    if isinstance(refused, Problem):
        print(refused.status, refused.detail)
        for mistake in refused.errors or []:
            print(mistake.pointer, "-", mistake.detail)

    draft = InitiativeDraft(
        title="Un four à pain communal",
        summary="Les habitants ont remis en service le four du village.",
        territories=[TerritoryDraft(territory="insee:81004")],
        progress=Progress.RUNNING,
    )
    receipt = submit_initiative.sync(client=anybody, body=draft)
    if not isinstance(receipt, ReceiptDocument):
        raise SystemExit(receipt)
    print(receipt.state, "- it may still tell:", *(missing.field for missing in receipt.completeness.missing))

# Only the receipt holds the edit token: keep it.
with AuthenticatedClient(base_url=API, token=receipt.edit_token) as sender:
    change = InitiativePatch(started_on="2025-03")
    edit_submission.sync(receipt.id, client=sender, if_match=f'"{receipt.version}"', body=change)
    followed = get_submission.sync(receipt.id, client=sender)
    if isinstance(followed, SubmissionDocument):
        print(followed.state, followed.version, followed.draft.started_on)
