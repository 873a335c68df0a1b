"""Schemathesis takes it that a schema says all. Here is what ours cannot say, and what the contract wants otherwise."""

import itertools
import os
import re
import unicodedata
from collections.abc import Iterator

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import IgnoredAuth, MissingHeaderNotRejected, RejectedPositiveData, UseAfterFree

from api.mistakes import _SAYINGS

SOAK = "SOAK" in os.environ
_TURNS = itertools.count()

# What there is; how one field stands to another; 30 February, and hosts that no URL can have.
_KINDS = ["unknown_theme", "unknown_territory", "unknown_code", "unknown_initiative", "itself", "bad_cursor"]
_KINDS += ["case_needs_it", "no_lead", "several_leads"]
_KINDS += ["ends_before_start", "calendar_date", "web_address"]
_KINDS += [
    "unknown_department",
    "unknown_name",
    "body_with_a_place",
    "similar_name",
    "unknown_country",
    "unknown_of_its_kind",
    "ambiguous_territory",
    "not_of_its_country",
]
_KINDS += ["contributor_needs_it", "contributors_alone"]
_KINDS += ["nothing_sought", "many_words", "radius_alone", "box", "range", "days", "times", "no_population"]
_EXCUSES = {words for kind in _KINDS for words in (_SAYINGS[kind].en, _SAYINGS[kind].fr)}
# What is said of a territory holds of none, an item is there twice, an order needs another parameter, or something is
# nearly a theme: the sentence names what.
_TOLD_APART = tuple(
    words.partition("{")[0]
    for kind in (
        "not_of_this_name",
        "disagreement",
        "sorted_by_nothing",
        "repeated_territory",
        "repeated_url",
        "similar_theme",
    )
    for words in (_SAYINGS[kind].en, _SAYINGS[kind].fr)
)
_REQUIRED = {_SAYINGS["missing"].en, _SAYINGS["missing"].fr}
_LENGTH = re.compile(r"(At least|At most|Au moins|Au plus) \d+ (character|caractère)")

_INVISIBLE = re.compile(r"After \d+ characters there is|Après \d+ caractères se trouve")
# Where joiners and selectors may stand, and the planes beyond the first, where Python and ECMAScript write differently.
_HARD_TO_SAY = re.compile("[\u200c\u200d\ufe0e\ufe0f\U00010000-\U0010ffff]")


@schemathesis.hook
def filter_case(context: HookContext, case: Case) -> bool:
    """Of the thousands of cases of the coverage phase one in twenty, unless there is time."""
    return SOAK or case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE or next(_TURNS) % 20 == 0


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Keep every failure but these."""
    if isinstance(failure, RejectedPositiveData):
        details = {error["detail"] for error in response.json().get("errors", ())}
        # Gone, changed since, or with a key that another request had: no schema knows.
        beyond_all = response.status_code in (410, 412, 422)
        return not (beyond_all or (details and all(_beyond_schemas(detail, case) for detail in details)))
    if isinstance(failure, IgnoredAuth | MissingHeaderNotRejected) and case.path.startswith("/submissions/"):
        # To whoever has not its token, a submission is as good as unknown.
        return not re.search(r"(?i)got `?(400|404) ", failure.message)
    # A submission that its sender withdrew stays readable to him.
    return not isinstance(failure, UseAfterFree) or response.json().get("state") != "withdrawn"


def _beyond_schemas(detail: str, case: Case) -> bool:
    if _LENGTH.match(detail):  # measured in texts as they are kept
        return any(text != unicodedata.normalize("NFC", text).strip() for text in _texts(case.body))
    if detail.startswith(_TOLD_APART):
        return True
    if _INVISIBLE.match(detail):
        return any(_HARD_TO_SAY.search(text) for text in _texts(case.body))
    # A patch may take fields away, and give a part of what the case has none of.
    return detail in _EXCUSES or (detail in _REQUIRED and case.media_type == "application/merge-patch+json")


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list | dict):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _texts(item)
