"""Which field of a draft is meant by a name that is none: a slip, or the word that a clerk would use."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from api.catalogue.names import plain

# As people call them, in French, Portuguese or other English words.
_ALIASES = {
    "title": "titre titulo intitule nom nome name",
    "summary": "resume resumo abstract chapeau",
    "description": "texte text detail details descricao",
    "language": "langue lang lingua",
    "themes": "theme thematique thematiques tema temas tags",
    "progress": "avancement etat statut status estado",
    "startedon": "debut datededebut datedebut start started startdate inicio",
    "endedon": "fin datedefin datefin end ended enddate fim",
    "territories": "territory territoire territoires commune communes ville villes municipality municipio municipios",
    "territory": "territoire commune ville municipality municipio id insee siren nis dicofre",
    "statedpopulation": "population habitants populacao",
    "place": "lieu adresse location local",
    "latitude": "lat",
    "longitude": "lon lng long",
    "actors": "acteurs acteur partenaires atores",
    "results": "resultats resultat resultados",
    "value": "valeur valor",
    "unit": "unite unidade",
    "year": "annee ano",
    "label": "libelle",
    "relations": "relation",
    "openquestions": "questions question",
    "sources": "source lien liens links link url urls references",
    "url": "lien link href adresse",
    "publisher": "editeur media journal",
    "publishedon": "date publie datedepublication",
    "contact": "email courriel mail telephone",
    "email": "courriel mail",
    "name": "nom nome",
    "department": "departement departamento dept province provincia district distrito",
    "postcode": "codepostal cp zip zipcode codigopostal",
    "country": "pays pais",
    "code": "insee siren nis dicofre",
    "kind": "type nature tipo",
}


def told(draft: type[BaseModel], fault: ErrorDetails) -> ErrorDetails:
    """What validation found wrong with a draft; of a field that is not there, with the one that may be meant."""
    meant = _meant(draft, fault["loc"]) if fault["type"] == "extra_forbidden" else None
    return {**fault, "type": "misspelt", "ctx": {"meant": meant}} if meant else fault


def _meant(draft: type[BaseModel], location: Sequence[int | str]) -> str | None:
    *around, name = location
    model = draft
    for part in around:
        if isinstance(part, str):
            model = next(_models(model.model_fields[part].annotation))
    fields = {_folded(field): field for field in model.model_fields}
    said = _folded(str(name))
    called = [field for field in fields if said == field or said in _ALIASES.get(field, "").split()]
    return next((fields[field] for field in called or get_close_matches(said, fields, 1, 0.8)), None)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _folded(name: str) -> str:
    """Letters alone, without case or accents."""
    return "".join(filter(str.isalpha, plain(name)))
