"""From the record to all that is published of initiatives (`Rendered`), in batches."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from sqlmodel import SQLModel, col, or_, select

from api.catalogue import history, scales, terms
from api.db import ReadSession
from api.documents import (
    LICENSE,
    InitiativeDocument,
    InitiativeReference,
    Label,
    Neighbour,
    Source,
    SourceDocument,
    TakingPart,
    ThemeLabel,
)
from api.models import (
    Initiative,
    InitiativeTerritory,
    InitiativeTheme,
    Publication,
    PublicationExtent,
    PublicationRevision,
    PublicationSource,
    PublicationTerm,
    Relation,
    SourceLink,
    Territory,
    Theme,
)
from api.vocabulary import INVERSE, InitiativeState, RelationKind, SourceKind, TerritoryRole
from api.webpages import host_of

# As plain values: what is published are many rows, and a model made for each would be most of the work.
Row = Mapping[str, Any]
Rows = Mapping[type[SQLModel], list[Row]]

# Part of every ETag: raise it when the same record is published, or a file of it written, otherwise.
RENDERER = 4


@dataclass(frozen=True)
class Rendered:
    """What is published of one initiative; of an archived one, nothing but that it is gone."""

    initiative: Initiative
    shown: InitiativeDocument | None = None
    other_names: Sequence[str] = ()  # of its territories
    terms: frozenset[str] = frozenset()
    extent: Row | None = None
    sources: Sequence[Row] = ()
    revisions: Sequence[Row] = ()

    @cached_property
    def document(self) -> bytes | None:
        """As it is served."""
        return self.shown.model_dump_json(exclude={"match"}).encode() if self.shown else None

    @property
    def rows(self) -> Rows:
        """What stands in each table, in the order of its key."""
        one = self.initiative
        publication = {
            "number": one.number,
            "id": one.id,
            "sequence": one.sequence,
            "change": one.change,
            "changed_at": one.changed_at,
            "document": self.document,
            "code": one.code,
            "successor": one.merged_into,
        }
        return {
            Publication: [publication],
            PublicationTerm: [{"term": term, "number": one.number} for term in sorted(self.terms)],
            PublicationExtent: [self.extent] if self.extent else [],
            PublicationSource: [*self.sources],
            PublicationRevision: [*self.revisions],
        }


@dataclass(frozen=True)
class _Surroundings:
    """All that the documents of a batch show besides their own rows, by initiative id, theme id or territory id."""

    territories: Mapping[str, Sequence[tuple[InitiativeTerritory, Territory]]]
    themes: Mapping[str, Sequence[str]]
    taxonomy: Mapping[str, Theme]
    sources: Mapping[str, Sequence[SourceLink]]
    neighbours: Mapping[str, Sequence[Neighbour]]
    versions: Mapping[str, Sequence[Row]]


def render(session: ReadSession, initiatives: Sequence[Initiative]) -> list[Rendered]:
    """What is published of each of these initiatives, as the record stands."""
    if not initiatives:
        return []
    around = _surroundings(session, initiatives)
    return [_rendered(initiative, around) for initiative in initiatives]


def neighbours(session: ReadSession, initiative_id: str) -> Sequence[Initiative]:
    """The published initiatives whose documents show this one."""
    ids = [
        relation.target_id if relation.initiative_id == initiative_id else relation.initiative_id
        for relation in _relations(session, [initiative_id])
    ]
    if not ids:  # as for most: not worth asking
        return ()
    published = col(Initiative.state) == InitiativeState.PUBLISHED
    found = session.exec(
        select(Initiative).where(col(Initiative.id).in_(ids), published).order_by(col(Initiative.number))
    )
    return found.all()


def _relations(session: ReadSession, ids: Sequence[str]) -> Sequence[Relation]:
    mentions = or_(col(Relation.initiative_id).in_(ids), col(Relation.target_id).in_(ids))
    return session.exec(select(Relation).where(mentions)).all()


def _surroundings(session: ReadSession, initiatives: Sequence[Initiative]) -> _Surroundings:
    ids = [initiative.id for initiative in initiatives]
    territories = session.exec(
        select(InitiativeTerritory, Territory)
        .join(Territory)
        .where(col(InitiativeTerritory.initiative_id).in_(ids))
        .order_by(col(InitiativeTerritory.position))
    ).all()
    themes = session.exec(
        select(InitiativeTheme)
        .where(col(InitiativeTheme.initiative_id).in_(ids))
        .order_by(col(InitiativeTheme.position))
    ).all()
    sources = session.exec(
        select(SourceLink).where(col(SourceLink.initiative_id).in_(ids)).order_by(col(SourceLink.position))
    ).all()
    return _Surroundings(
        territories=_grouped((part.initiative_id, (part, territory)) for part, territory in territories),
        themes=_grouped((chosen.initiative_id, chosen.theme_id) for chosen in themes),
        taxonomy={theme.id: theme for theme in session.exec(select(Theme))},
        sources=_grouped((source.initiative_id, source) for source in sources),
        neighbours=_neighbours(session, ids),
        versions=history.versions_of(session, initiatives),
    )


def _neighbours(session: ReadSession, ids: Sequence[str]) -> Mapping[str, Sequence[Neighbour]]:
    """Relations seen from either end, as long as both ends are published."""
    relations = _relations(session, ids)
    if not relations:
        return _grouped(())
    ends = {end for relation in relations for end in (relation.initiative_id, relation.target_id)}
    titles = dict(
        session.exec(
            select(Initiative.id, Initiative.title).where(
                col(Initiative.id).in_(ends), col(Initiative.state) == InitiativeState.PUBLISHED
            )
        ).all()
    )
    seen = []
    for relation in relations:
        here, there, kind = relation.initiative_id, relation.target_id, RelationKind(relation.kind)
        if here in titles and there in titles:
            seen.append((here, Neighbour(kind=kind, id=there, title=titles[there])))
            seen.append((there, Neighbour(kind=INVERSE[kind], id=here, title=titles[here])))
    return _grouped(sorted(set(seen), key=lambda pair: (pair[1].kind, pair[1].id)))


Key = TypeVar("Key")
Value = TypeVar("Value")


def _grouped(pairs: Iterable[tuple[Key, Value]]) -> Mapping[Key, Sequence[Value]]:
    groups: defaultdict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _rendered(initiative: Initiative, around: _Surroundings) -> Rendered:
    if initiative.state != InitiativeState.PUBLISHED:
        return Rendered(initiative)
    parts = around.territories[initiative.id]
    document, lead = _document(initiative, around), _lead(parts)
    return Rendered(
        initiative,
        document,
        [name for _, territory in parts for name in territory.other_names],
        terms.of(document, lead, around.taxonomy),
        scales.extent(initiative, lead),
        _sources(initiative, around),
        around.versions[initiative.id],
    )


def _document(initiative: Initiative, around: _Surroundings) -> InitiativeDocument:
    sources = around.sources[initiative.id]
    return InitiativeDocument.model_validate(
        initiative.model_dump()
        | {
            "themes": [_theme_label(around.taxonomy[theme]) for theme in around.themes[initiative.id]],
            "territories": [
                TakingPart.model_validate(
                    territory.model_dump()
                    | part.model_dump(include={"role", "stated_population", "stated_on"})
                    | {"within": territory.within}
                )
                for part, territory in around.territories[initiative.id]
            ],
            "relations": around.neighbours[initiative.id],
            "sources": [Source.model_validate(source.model_dump()) for source in sources],
            "evidence": evidence([(source.kind, host_of(source.url)) for source in sources]),
            "license": LICENSE,
        }
    )


def _theme_label(theme: Theme) -> ThemeLabel:
    return ThemeLabel(id=theme.id, label=Label(fr=theme.label_fr, en=theme.label_en))


def evidence(links: Sequence[tuple[str, str]]) -> int:
    """How well links, as (kind, host), document a case: from 0 (none) to 3."""
    official = {host for kind, host in links if kind == SourceKind.OFFICIAL}
    told = {host for kind, host in links if kind in (SourceKind.PRESS, SourceKind.TESTIMONY)}
    apart = any(one != other for one in official for other in told)
    if apart or any(kind == SourceKind.EVALUATION for kind, _ in links):
        return 3
    return min(2, len({host for _, host in links}))


def _lead(parts: Sequence[tuple[InitiativeTerritory, Territory]]) -> Territory | None:
    return next((territory for part, territory in parts if part.role == TerritoryRole.LEAD), None)


def _sources(initiative: Initiative, around: _Surroundings) -> list[Row]:
    reference = InitiativeReference(id=initiative.id, title=initiative.title)
    rows: list[Row] = []
    for source in around.sources[initiative.id]:
        host = host_of(source.url)
        document = SourceDocument.model_validate(source.model_dump() | {"host": host, "initiative": reference})
        rows.append(
            {
                "number": initiative.number,
                "position": source.position,
                "host": host,
                "kind": source.kind,
                "document": document.model_dump_json().encode(),
            }
        )
    return rows
