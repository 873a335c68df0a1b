"""Who may do what: every caller at every route, at what is theirs, somebody else's, hidden or absent, by rule."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from api import auth
from api.catalogue import keys
from api.db import Database
from api.v1.app import create_v1
from api.vocabulary import KeyRole
from tests.conftest import DRAFT, published, submitted
from tests.v1.conftest import Shared
from tests.v1.test_moderating import act, done
from tests.v1.test_provisional import SABADELL, SYNDICATE, settle, told
from tests.v1.wire import ORIGIN, bearer, check_problem, patch

# --- The rules -------------------------------------------------------------------------------------------------------

ROLES = {"contributor": "contributor", "other contributor": "contributor"}
ROLES |= {"moderator": "moderator", "colleague": "moderator", "admin": "admin"}
CALLERS = ("anybody", "bad key", "expired key", "revoked key", "sender", "other sender", *ROLES)
ELSEWHERE = {"territories": [{"territory": "insee:56098"}]}
LET_IN = 0  # by a policy

_NO_KEY = dict.fromkeys(CALLERS, 401) | dict.fromkeys(ROLES, LET_IN)
_NO_MODERATOR = {caller: 403 for caller, role in ROLES.items() if role == "contributor"}
_NO_ADMIN = {caller: 403 for caller, role in ROLES.items() if role != "admin"}
# What each policy answers to each caller.
POLICIES: Mapping[str, Mapping[str, int]] = {
    "anybody": dict.fromkeys(CALLERS, LET_IN),
    "follower": dict.fromkeys(CALLERS, LET_IN),  # what is not theirs is absent
    "sender": _NO_KEY | {"anybody": LET_IN},
    "holder": _NO_KEY,
    "moderator": _NO_KEY | _NO_MODERATOR,
    "admin": _NO_KEY | _NO_ADMIN,
}


@dataclass(frozen=True)
class Target:
    """What is asked for: what it is called in the path, and whose it is."""

    kind: str
    sender: str | None = None


@dataclass(frozen=True)
class Route:
    """A route's policy, what it answers to whoever may by the kind of the target, and what is sent to it."""

    policy: str
    answers: Mapping[str, int]
    body: Any = None
    own_is_refused: bool = False

    def expected(self, caller: str, target: Target) -> int:
        """The status that a caller deserves."""
        if refused := POLICIES[self.policy][caller]:
            return refused
        if target.kind == "absent" or (self.policy == "follower" and caller != target.sender):
            return 404
        if self.own_is_refused and caller == target.sender:
            return 403
        if target.kind == "elsewhere" and caller == "contributor":
            return 403
        if target.kind == "at Albi" and caller == "other contributor":
            return 403
        return self.answers[target.kind]


STATES = ("pending", "rejected", "withdrawn", "accepted")
STALE = dict.fromkeys(STATES, 412)  # whoever may is told that it has changed: nothing of the target does
LIST = {"": 200}
REASON = {"reason": "r"}
CASES = ("published", "archived", "quarantined", "merged")
GONE = dict.fromkeys(CASES, 410)
CASE = {"at Albi": 201, "elsewhere": 201}
DECISION = Route("moderator", STALE, REASON, own_is_refused=True)
CURATION = Route("moderator", dict.fromkeys(CASES, 412), REASON)
ROUTES = {
    "GET /initiatives": Route("anybody", LIST),
    "GET /initiatives/{initiative}": Route("anybody", GONE | {"published": 200, "merged": 308}),
    "GET /initiatives/{initiative}/revisions": Route("anybody", GONE | {"published": 200}),
    "POST /initiatives/{initiative}/revisions": Route("sender", GONE | {"published": 412}, {"title": "Autre"}),
    "POST /initiatives": Route("sender", CASE, DRAFT),
    "POST /initiatives?check=true": Route("sender", dict.fromkeys(CASE, 200), DRAFT),
    "GET /territories": Route("anybody", LIST),
    "GET /territories/{territory}": Route("anybody", {"known": 200}),
    "GET /themes": Route("anybody", LIST),
    "GET /changes": Route("anybody", LIST),
    "GET /initiatives.ndjson": Route("anybody", LIST),
    "GET /territories.ndjson": Route("anybody", LIST),
    **{
        f"GET /{path}": Route("anybody", LIST)
        for path in (
            "initiatives.atom",
            *(
                f"{kind}.{ending}"
                for kind in ("initiatives", "territories")
                for ending in ("csv", "geojson", "schema.json")
            ),
        )
    },
    "GET /sources": Route("anybody", LIST),
    "GET /status": Route("anybody", LIST),
    "GET /catalog": Route("anybody", LIST),
    "GET /submissions": Route("holder", LIST),
    "GET /submissions/{submission}": Route("follower", dict.fromkeys(STATES, 200)),
    "PATCH /submissions/{submission}": Route("follower", STALE, {}),
    "DELETE /submissions/{submission}": Route("follower", STALE),
    "GET /moderation/submissions": Route("moderator", LIST),
    "GET /moderation/submissions/{submission}": Route("moderator", dict.fromkeys(STATES, 200)),
    "POST /moderation/submissions/{submission}/_publish": DECISION,
    "POST /moderation/submissions/{submission}/_reject": DECISION,
    "POST /moderation/submissions/{submission}/_request-changes": DECISION,
    "POST /moderation/submissions/{submission}/_token": Route("moderator", STALE, {}),
    "GET /moderation/initiatives/{initiative}": Route("moderator", dict.fromkeys(CASES, 200)),
    "POST /moderation/initiatives/{initiative}/_archive": CURATION,
    "POST /moderation/initiatives/{initiative}/_quarantine": CURATION,
    "POST /moderation/initiatives/{initiative}/_restore": CURATION,
    "POST /moderation/initiatives/{initiative}/_merge": Route(
        "moderator", dict.fromkeys(CASES, 412), REASON | {"into": "courcy"}
    ),
    "GET /moderation/territories": Route("moderator", LIST),
    # Whoever may is told of a mistake in the body.
    "POST /moderation/territories/{territory}/_confirm": Route(
        "moderator", {"provisional": 400, "settled": 409}, {"id": "zz-zz"}, own_is_refused=True
    ),
    "POST /moderation/territories/{territory}/_merge": Route(
        "moderator", {"provisional": 400, "settled": 409}, {"into": "insee:00000"}, own_is_refused=True
    ),
    "GET /moderation/events": Route("moderator", LIST),
    "GET /keys": Route("admin", LIST),
    "POST /keys": Route("admin", {"": 201}, {"role": "moderator", "name": "Nouvelle"}),
    "POST /keys/{key}/_rotate": Route("admin", {"revoked": 409}),
    "POST /keys/{key}/_revoke": Route("admin", {"revoked": 409}),
}


# --- A catalogue to try them in --------------------------------------------------------------------------------------


@dataclass
class World:
    """Callers, and by the part of a path that names them, things to ask for."""

    callers: dict[str, httpx.Client] = field(default_factory=dict)
    things: dict[str, dict[Target, str]] = field(default_factory=dict)

    def targets(self, route: str) -> dict[Target, str]:
        """What a route is asked for, with its path."""
        path = route.partition(" ")[2]
        if named := re.search(r"\{[a-z]+\}", path):
            kind = "provisional" if "/moderation/territories" in path else named[0]
            return {target: path.replace(named[0], name) for target, name in self.things[kind].items()}
        return {Target(kind): path for kind in ROUTES[route].answers}


@pytest.fixture(scope="module")
def world(shared: Shared) -> Iterator[World]:
    world = World({"anybody": shared.anybody, "moderator": shared.moderator, "colleague": shared.colleague})
    secrets, revoked = _secrets(shared)
    receipts = {"sender": submitted(shared.anybody), "other sender": submitted(shared.anybody)}
    secrets |= {name: str(receipt["edit_token"]) for name, receipt in receipts.items()}
    for name, secret in secrets.items():
        world.callers[name] = shared.service.client(headers=bearer(secret) | ORIGIN)
    world.things = {
        "{submission}": _submissions(world, receipts["sender"]),
        "{initiative}": _initiatives(shared),
        "{territory}": {Target("known"): "fr", Target("absent"): "zz"},
        "provisional": _bodies(shared),
        "{key}": {Target("revoked"): revoked, Target("absent"): "k-0000000000"},
    }
    yield world
    for name in secrets:
        world.callers[name].close()


def _secrets(shared: Shared) -> tuple[dict[str, str], str]:
    """Keys of every sort, and the id of the one that is revoked."""
    database = Database(shared.service.settings.database_url)
    with database.write() as session:
        secrets = {
            "bad key": keys.new_secret(keys.KEY),
            "expired key": keys.create(session, KeyRole.ADMIN, "Expired", timedelta(seconds=-1)),
            "revoked key": keys.create(session, KeyRole.ADMIN, "Revoked"),
            "contributor": keys.create(session, KeyRole.CONTRIBUTOR, "Tarn", territories=["fr-dep-81"]),
            "other contributor": keys.create(session, KeyRole.CONTRIBUTOR, "Lanester", territories=["fr-56098"]),
            "admin": keys.create(session, KeyRole.ADMIN, "Admin"),
        }
        holder = keys.holder(session, secrets["revoked key"])
        assert holder is not None
        assert holder.key_id is not None
        keys.revoke(session, holder.key_id, keys.OPERATOR)
    database.close()
    return secrets, holder.key_id


def _submissions(world: World, own: Mapping[str, object]) -> dict[Target, str]:
    """Submissions of several senders in every state; the one whose token a caller holds."""
    things = {Target("absent"): "s-0000000000", Target("pending", "sender"): str(own["id"])}
    for state in STATES:
        for sender in (None, "contributor", "moderator"):
            receipt = submitted(world.callers[sender or "anybody"], title=f"{state} {sender}")
            _bring(world, receipt, state)
            things[Target(state, sender)] = str(receipt["id"])
    return things


def _bring(world: World, receipt: dict[str, Any], state: str) -> None:
    if state == "withdrawn":
        headers = bearer(receipt["edit_token"]) | {"If-Match": "*"}
        done(world.callers["anybody"].delete(f"/submissions/{receipt['id']}", headers=headers))
    elif state != "pending":
        verb = {"rejected": "_reject", "accepted": "_publish"}[state]
        done(act(world.callers["colleague"], receipt, verb, reason="r"))


def _initiatives(shared: Shared) -> dict[Target, str]:
    things = {Target(state): published(shared.anybody, shared.moderator, title=state) for state in CASES}
    for state, verb in (("archived", "_archive"), ("quarantined", "_quarantine"), ("merged", "_merge")):
        into = {"into": "courcy"} if state == "merged" else {}
        done(act(shared.moderator, things[Target(state)], verb, reason="r", **into))
    return things | {Target("absent"): "absent"}


def _bodies(shared: Shared) -> dict[Target, str]:
    """Provisional territories: somebody's, the moderator's own, and one that is settled."""
    bodies = (SABADELL, SYNDICATE, SABADELL | {"name": "Terrassa"})
    clients = (shared.anybody, shared.moderator, shared.anybody)
    sent = {
        str(submitted(client, territories=told(body))["id"]): target
        for client, body, target in zip(
            clients,
            bodies,
            (Target("provisional"), Target("provisional", "moderator"), Target("settled")),
            strict=True,
        )
    }
    waiting = shared.moderator.get("/moderation/territories?limit=100").json()["items"]
    things = {sent[body["submissions"][0]]: str(body["id"]) for body in waiting}
    done(settle(shared.moderator, things[Target("settled")], "_confirm"))
    return things | {Target("absent"): "t-0000000000"}


def ask(world: World, caller: str, route: str, path: str, target: Target) -> httpx.Response:
    """A route's request as a caller makes it, on a version that was there once."""
    method, body = route.partition(" ")[0], ROUTES[route].body
    headers = {"If-Match": '"0"'}
    if method == "PATCH" or path.endswith("/revisions"):
        headers["Content-Type"] = "application/merge-patch+json"
    if target.kind == "elsewhere":
        body = body | ELSEWHERE
    return world.callers[caller].request(method, path, json=body, headers=headers)


# --- The matrix ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_every_caller_is_answered_by_rule(world: World, route: str) -> None:
    expected, given, absences = {}, {}, set()
    for target, path in world.targets(route).items():
        for caller in CALLERS:
            answer = ask(world, caller, route, path, target)
            expected[caller, target] = ROUTES[route].expected(caller, target)
            given[caller, target] = answer.status_code
            if answer.status_code == 404:  # of what is hidden, the same bytes as of what is not there
                problem = check_problem(answer, 404, path=f"/v1{path}")
                absences.add(answer.text.replace(problem["instance"], "…"))
    deviations = {case: (given[case], status) for case, status in expected.items() if given[case] != status}
    assert not deviations
    assert len(absences) <= 1


def operations() -> dict[str, list[Any]]:
    """Each operation of version 1, with what it depends on."""
    routes = iter_route_contexts(create_v1("https://catalogue.example", "webmaster@catalogue.example").routes)
    described = [route for route in routes if hasattr(route, "dependant")]
    return {
        f"{method} {route.path}": [inner.call for inner in route.dependant.dependencies]
        for route in described
        for method in route.methods or ()
    }


def test_the_matrix_has_every_route_and_some_hundred_cases(world: World) -> None:
    assert {route.partition("?")[0] for route in ROUTES} == operations().keys()
    assert sum(len(world.targets(route)) * len(CALLERS) for route in ROUTES) >= 400


@pytest.mark.parametrize("route", operations())
def test_every_route_names_one_policy_which_is_the_one_of_the_matrix(route: str) -> None:
    (policy,) = (call for call in operations()[route] if call in auth.POLICIES)
    assert ROUTES[route].policy == policy.__name__


def test_public_reads_are_answered_alike_whatever_the_credentials(world: World) -> None:
    for route in (name for name, route in ROUTES.items() if route.policy == "anybody"):
        for target, path in world.targets(route).items():
            answers = [ask(world, caller, route, path, target) for caller in CALLERS]
            assert len({(answer.status_code, answer.content, answer.headers.get("etag")) for answer in answers}) == 1


def test_a_refusal_says_what_is_wanted_in_both_languages(world: World) -> None:
    def said(caller: str, path: str, language: str) -> str:
        answer = world.callers[caller].get(path, headers={"Accept-Language": language})
        return str(check_problem(answer, 403)["detail"])

    assert "moderator" in said("contributor", "/moderation/events", "en")
    assert "modérateur" in said("contributor", "/moderation/events", "fr")
    assert "admin" in said("moderator", "/keys", "en")
    assert "administrateur" in said("moderator", "/keys", "fr")
    answer = world.callers["other contributor"].post("/initiatives?check=true", json=DRAFT)
    assert (
        "The key of this submission is for Lanester (fr-56098) and what is inside"
        in check_problem(answer, 403)["detail"]
    )


def test_a_contributor_cannot_move_a_submission_elsewhere(world: World) -> None:
    contributor = world.callers["contributor"]
    receipt = submitted(contributor)
    path = f"/submissions/{receipt['id']}"
    check_problem(patch(contributor, path, ELSEWHERE, '"1"'), 403)
    check_problem(patch(world.callers["anybody"], path, ELSEWHERE, '"1"', **bearer(receipt["edit_token"])), 403)
    assert contributor.get(path).json()["draft"] == receipt["draft"]
    assert patch(contributor, path, {"title": "Un autre titre"}, '"1"').status_code == 200
