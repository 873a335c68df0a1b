"""Every mistake that can be found in what is sent, said so that a clerk knows what to do."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from pydantic_core import ErrorDetails

from api.errors import BadInput, Mistake
from api.texts import Text

_OBJECT = Text(
    "Fields with their names are expected, in braces.", "Des champs avec leurs noms sont attendus, entre accolades."
)
# What pydantic and our own types find, by the type of the error. `ctx` of the error fills the braces.
_SAYINGS = {
    "missing": Text("This is required.", "Ce champ est obligatoire."),
    "case_needs_it": Text(
        'Required for a case. Of an initiative that you know hardly more of than its name, send "kind": "lead".',
        'Obligatoire pour un cas. D\'une initiative dont vous ne connaissez guère que le nom, indiquez "kind": "lead".',
    ),
    "no_lead": Text('One territory must have the role "lead".', "Un territoire doit avoir le rôle « lead » (porteur)."),
    "several_leads": Text(
        'Only one territory can have the role "lead".',
        "Un seul territoire peut avoir le rôle « lead » (porteur).",
    ),
    "repeated_territory": Text(
        "The same territory is there twice, as items {first} and {second}; leave one out.",
        "Le même territoire figure deux fois, en positions {first} et {second} ; retirez-en un.",
    ),
    "repeated_url": Text(
        "The same page is there twice, as items {first} and {second}; leave one of its addresses out.",
        "La même page figure deux fois, en positions {first} et {second} ; retirez l'une de ses adresses.",
    ),
    "extra_forbidden": Text(
        "There is no such field or parameter; check its spelling.",
        "Ce champ ou paramètre n'existe pas ; vérifiez son orthographe.",
    ),
    "misspelt": Text(
        "There is no such field here; is {meant} meant?",
        "Ce champ n'existe pas ici ; est-ce {meant} ?",
    ),
    "no_body": Text(
        "A JSON body is expected; /docs shows an example.", "Un corps JSON est attendu ; /docs en montre un exemple."
    ),
    "string_too_short": Text("At least {min_length} character(s).", "Au moins {min_length} caractère(s)."),
    "string_too_long": Text("At most {max_length} characters.", "Au plus {max_length} caractères."),
    "too_short": Text("At least {min_length} item(s).", "Au moins {min_length} élément(s)."),
    "too_long": Text("At most {max_length} items.", "Au plus {max_length} éléments."),
    "string_pattern_mismatch": Text(
        "It is written otherwise than expected; /docs shows an example.",
        "La forme attendue est différente ; /docs en montre un exemple.",
    ),
    "string_type": Text("A text is expected, in quotes.", "Un texte est attendu, entre guillemets."),
    "string_unicode": Text(
        "It holds broken characters; type the text again, and send it as UTF-8.",
        "Ce texte contient des caractères abîmés ; saisissez-le de nouveau, et envoyez-le en UTF-8.",
    ),
    "int_type": Text(
        "A whole number is expected, in digits alone and without quotes, such as 50.",
        "Un nombre entier est attendu, en chiffres seuls et sans guillemets, par exemple 50.",
    ),
    # Of a parameter: nothing is quoted there.
    "digits": Text(
        "A whole number is expected, in digits alone, such as 50.",
        "Un nombre entier est attendu, en chiffres seuls, par exemple 50.",
    ),
    "float_type": Text(
        "A number is expected, without quotes and with a point for decimals, such as 4.5.",
        "Un nombre est attendu, sans guillemets et avec un point pour les décimales, par exemple 4.5.",
    ),
    "finite_number": Text(
        "This number is too large; a larger unit may help.",
        "Ce nombre est trop grand ; une unité plus grande peut convenir.",
    ),
    "bool_type": Text("Write true (yes) or false (no).", "Écrivez true (oui) ou false (non)."),
    "list_type": Text("A list is expected, in square brackets.", "Une liste est attendue, entre crochets."),
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "enum": Text("One of these is expected: {expected}.", "Une de ces valeurs est attendue : {expected}."),
    "literal_error": Text("One of these is expected: {expected}.", "Une de ces valeurs est attendue : {expected}."),
    "greater_than_equal": Text("At least {ge}.", "Au moins {ge}."),
    "less_than_equal": Text("At most {le}.", "Au plus {le}."),
    "given_twice": Text("This can be given only once.", "Ceci ne peut être donné qu'une fois."),
    "control_character": Text(
        "It holds a control character; type the text again or paste it without formatting.",
        "Ce texte contient un caractère de contrôle ; saisissez-le de nouveau ou collez-le sans mise en forme.",
    ),
    "line_break": Text(
        "After {before} characters there is a line break or a tabulation; this text is one line.",
        "Après {before} caractères se trouve un retour à la ligne ou une tabulation ; ce texte tient sur une ligne.",
    ),
    "invisible_character": Text(
        "After {before} characters there is one that cannot be seen; such characters come along when a text is pasted. "
        "Type the words around it again, or paste without formatting.",
        "Après {before} caractères se trouve un caractère invisible ; un copier-coller en apporte souvent. "
        "Saisissez de nouveau les mots voisins, ou collez le texte sans mise en forme.",
    ),
    "calendar_date": Text(
        "There is no such date; write 2014, 2014-06 or 2014-06-30.",
        "Cette date n'existe pas ; écrivez 2014, 2014-06 ou 2014-06-30.",
    ),
    "ends_before_start": Text(
        "It ends before it starts; check both dates.", "La fin précède le début ; vérifiez les deux dates."
    ),
    "web_address": Text(
        "Not a web address; copy one, whole, from http:// or https:// on.",
        "Ce n'est pas une adresse web ; copiez-en une seule, en entier, depuis http:// ou https://.",
    ),
    "blank_in_address": Text(
        "A web address holds no blank; copy it from the browser, which writes %20 for each.",
        "Une adresse web ne contient pas d'espace ; copiez-la depuis le navigateur, qui écrit %20 à la place.",
    ),
    "unknown_theme": Text(
        "There is no such theme; /v1/themes lists them.",
        "Ce thème n'existe pas ; /v1/themes en donne la liste.",
    ),
    "similar_theme": Text(
        "There is no such theme; is {meant} meant? /v1/themes lists them all.",
        "Ce thème n'existe pas ; est-ce {meant} ? /v1/themes en donne la liste.",
    ),
    "unknown_territory": Text(
        "There is no such territory; /v1/territories lists them. An official code also serves, such as insee:81004.",
        "Ce territoire n'existe pas ; /v1/territories en donne la liste. Un code officiel convient aussi, "
        "par exemple insee:81004.",
    ),
    "unknown_code": Text(
        "No territory has this code; check it, or give the territory's name, if need be with its department: "
        "Courcy (51).",
        "Aucun territoire n'a ce code ; vérifiez-le, ou donnez le nom du territoire, au besoin avec son département : "
        "Courcy (51).",
    ),
    "contributor_needs_it": Text(
        "A contributor's key needs at least one territory, such as insee:81004.",
        "Une clé de contributeur est liée à au moins un territoire, par exemple insee:81004.",
    ),
    "contributors_alone": Text(
        "Only a contributor's key is bound to territories; leave them out.",
        "Seule une clé de contributeur est liée à des territoires ; n'en indiquez pas.",
    ),
    "territory_type": Text(
        'A code, a name, or an object such as {{"name": "Courcy", "department": "51"}} is expected.',
        'Un code, un nom, ou un objet tel que {{"name": "Courcy", "department": "51"}} est attendu.',
    ),
    "unknown_department": Text(
        "There is no such department; write its number or its name, such as 51, 2A or Marne, or an id or code, such as "
        "be-dep-70000.",
        "Ce département n'existe pas ; écrivez son numéro ou son nom, par exemple 51, 2A ou Marne, ou un identifiant "
        "ou un code, par exemple be-dep-70000.",
    ),
    "unknown_country": Text(
        "There is no such country; write its code in ISO 3166-1, such as ES for Spain.",
        "Ce pays n'existe pas ; écrivez son code ISO 3166-1, par exemple ES pour l'Espagne.",
    ),
    "unknown_name": Text(
        "No territory has this name; check its spelling, or give an official code, such as insee:51183. "
        "Of a body that is in no reference, tell the name, kind and country, as an object.",
        "Aucun territoire ne porte ce nom ; vérifiez-en l'orthographe, ou donnez un code officiel, par exemple "
        "insee:51183. D'un organisme absent du référentiel, indiquez le nom (name), le type (kind) et le pays "
        "(country), dans un objet.",
    ),
    "body_with_a_place": Text(
        "No territory has this name. Of a body that is in no reference, tell the name, kind and country only: leave "
        "department and postcode out.",
        "Aucun territoire ne porte ce nom. D'un organisme absent du référentiel, n'indiquez que le nom (name), le type "
        "(kind) et le pays (country) : retirez department et postcode.",
    ),
    "unknown_of_its_kind": Text(
        "No territory of this kind and country has this name; check its spelling. Of one that is too new to be in the "
        "reference, tell its official code (code) as well.",
        "Aucun territoire de ce type et de ce pays ne porte ce nom ; vérifiez-en l'orthographe. S'il est trop récent "
        "pour figurer au référentiel, indiquez aussi son code officiel (code).",
    ),
    "similar_name": Text(
        "No territory has this name; candidates lists the nearest. Check its spelling, or give an id or an official "
        "code, such as insee:51183.",
        "Aucun territoire ne porte ce nom ; candidates donne les plus proches. Vérifiez-en l'orthographe, ou donnez un "
        "identifiant ou un code officiel, par exemple insee:51183.",
    ),
    "longer_names": Text(
        "No territory has this name alone any more; candidates lists the one that has taken over a commune of this "
        "name, and those whose names go on. Give an id, an INSEE code, or the whole name.",
        "Aucun territoire ne porte plus ce nom seul ; candidates donne celui qui a repris une commune de ce nom, et "
        "ceux dont le nom est plus long. Donnez un identifiant, un code INSEE ou le nom entier.",
    ),
    "ambiguous_territory": Text(
        "Several territories have this name; candidates lists them. Give an id, an INSEE code (insee:51183), "
        "or add the department or a postcode: Courcy (51), Courcy (51220).",
        "Plusieurs territoires portent ce nom ; candidates en donne la liste. Donnez un identifiant, un code INSEE "
        "(insee:51183), ou ajoutez le département ou un code postal : Courcy (51), Courcy (51220).",
    ),
    "not_of_this_name": Text(
        "A territory of this name is known, but not with this {facts}; candidates lists what may be meant.",
        "Un territoire de ce nom est connu, mais pas avec cette précision : {facts} ; candidates donne ce qui peut "
        "être visé.",
    ),
    "not_of_its_country": Text(
        "The id begins with the country's code, such as es-.", "L'identifiant commence par le code du pays, comme es-."
    ),
    "disagreement": Text(
        "These do not belong to the same territory: {facts}; candidates lists what may be meant.",
        "Ces indications ne désignent pas le même territoire : {facts} ; candidates donne ce qui peut être visé.",
    ),
    "no_reason": Text(
        "A reason is wanted: write it in reason, or name a template.",
        "Il faut un motif : écrivez-le dans reason, ou indiquez un modèle dans template.",
    ),
    "itself": Text("A case is not related to itself.", "Un cas n'est pas en relation avec lui-même."),
    "unknown_initiative": Text(
        "No published initiative has this id; /v1/initiatives lists them.",
        "Aucune initiative publiée ne porte cet identifiant ; /v1/initiatives en donne la liste.",
    ),
    "bad_cursor": Text(
        "Not a cursor of this list with these filters; begin again without it.",
        "Ce curseur n'est pas celui de cette liste avec ces filtres ; recommencez sans lui.",
    ),
    "nothing_sought": Text(
        "No letter and no digit is in it; write a name, or its beginning.",
        "Ce texte ne contient ni lettre ni chiffre ; écrivez un nom, ou son début.",
    ),
    "many_words": Text("At most twelve words.", "Douze mots au plus."),
    "point": Text(
        "A latitude and a longitude are expected, in degrees, such as 49.21,5.37.",
        "Une latitude et une longitude sont attendues, en degrés, par exemple 49.21,5.37.",
    ),
    "box": Text(
        "West, south, east and north are expected, in degrees, such as 5.2,49.1,5.5,49.3; south is not above north.",
        "L'ouest, le sud, l'est et le nord sont attendus, en degrés, par exemple 5.2,49.1,5.5,49.3 ; "
        "le sud n'est pas au-dessus du nord.",
    ),
    "range": Text(
        "Two whole numbers are expected, the smaller first, such as 20000/40000; for an open end, .. (100000/.., "
        "../5000).",
        "Deux nombres entiers sont attendus, le plus petit d'abord, par exemple 20000/40000 ; .. laisse une borne "
        "libre (100000/.., ../5000).",
    ),
    "days": Text(
        "Two dates are expected, the earlier first, such as 2000/2010 or 2014-06/2014-06-30; for an open end, .. "
        "(2014/.., ../2014).",
        "Deux dates sont attendues, la plus ancienne d'abord, par exemple 2000/2010 ou 2014-06/2014-06-30 ; .. laisse "
        "une borne libre (2014/.., ../2014).",
    ),
    "times": Text(
        "Two dates or times are expected, the earlier first, such as 2026-01-01/2026-06 or 2026-01-01T08:00:00Z/..; "
        ".. is an open end.",
        "Deux dates ou heures sont attendues, la plus ancienne d'abord, par exemple 2026-01-01/2026-06 ou "
        "2026-01-01T08:00:00Z/.. ; .. laisse une borne libre.",
    ),
    "sorted_by_nothing": Text(
        "This order needs `{parameter}` too: it says what is compared.",
        "Ce tri demande aussi `{parameter}` : il indique à quoi comparer.",
    ),
    "no_population": Text(
        "The population of this territory is not known; name another that is like it.",
        "La population de ce territoire n'est pas connue ; indiquez-en un autre qui lui ressemble.",
    ),
    "radius_alone": Text(
        "It needs `near`, the point that it is around.", "Il faut aussi `near`, le point autour duquel chercher."
    ),
}
_RETRY_KEY = "Idempotency-Key"
# A pattern says nothing to a clerk: what is expected of these fields and parameters is told by example.
_DATE = Text("Write 2014, 2014-06 or 2014-06-30.", "Écrivez 2014, 2014-06 ou 2014-06-30.")
_HOST = Text(
    "The name of a site is expected, such as www.example.org.",
    "Le nom d'un site est attendu, par exemple www.example.org.",
)
_FORMS = {
    **dict.fromkeys(("started_on", "ended_on", "stated_on", "published_on", "consulted_on"), _DATE),
    **dict.fromkeys(("territory", "territories", "parent", "similar"), _SAYINGS["unknown_territory"]),
    "into": Text(
        "The id of the other one is expected, such as fr-81004 or gand-refill.",
        "L'identifiant de l'autre est attendu, par exemple fr-81004 ou gand-refill.",
    ),
    **dict.fromkeys(("theme", "themes"), _SAYINGS["unknown_theme"]),
    "department": _SAYINGS["unknown_department"],
    **dict.fromkeys(("initiative", "related"), _SAYINGS["unknown_initiative"]),
    "cursor": _SAYINGS["bad_cursor"],
    "If-Match": Text(
        'An ETag in quotes is expected, such as "3", or *.',
        'Un ETag entre guillemets est attendu, par exemple "3", ou *.',
    ),
    _RETRY_KEY: Text(
        "One key of 16 to 255 letters, digits and signs without blanks or accents is expected, such as a UUID.",
        "Une seule clé est attendue, de 16 à 255 lettres, chiffres et signes sans espaces ni accents, par exemple un "
        "UUID.",
    ),
    "url": _SAYINGS["web_address"],
    **dict.fromkeys(("host", "source"), _HOST),
    "email": Text(
        "Not an e-mail address; one such as mairie@example.org is expected.",
        "Ce n'est pas une adresse électronique ; il en faut une telle que mairie@example.org.",
    ),
    "language": Text(
        "A two-letter code is expected, such as fr.", "Un code à deux lettres est attendu, par exemple fr."
    ),
    "country": Text(
        "A two-letter code is expected, such as FR.", "Un code à deux lettres est attendu, par exemple FR."
    ),
    "postcode": Text(
        "A postcode is expected, as on a letter, such as 55100.",
        "Un code postal est attendu, comme sur une lettre, par exemple 55100.",
    ),
    "code": Text(
        "An official code with its scheme is expected, such as insee:51183 or siren:200067213.",
        "Un code officiel avec son préfixe est attendu, par exemple insee:51183 ou siren:200067213.",
    ),
    "id": Text(
        "Lower-case letters without accents, digits and hyphens are expected, such as albi-jardin-partage.",
        "Des minuscules sans accent, des chiffres et des traits d'union sont attendus, par exemple "
        "albi-jardin-partage.",
    ),
}
# Of these that sentence helps more than a number of characters; a number instead of a text is told both.
_CODED = ("started_on", "ended_on", "stated_on", "published_on", "consulted_on", "language", "country", "postcode")
_LENGTHS = ("string_too_short", "string_too_long")
# Where a list or an object is expected, how it may look.
_SHAPES = ("list_type", "dict_type", "model_type", "model_attributes_type")
_EXAMPLES = {
    "territories": '[{"territory": "insee:81004"}]',
    "themes": '["circuit-court"]',
    "sources": '[{"url": "https://www.example.org/jardin"}]',
    "actors": '[{"name": "Ville d\'Albi", "kind": "public"}]',
    "results": '[{"label": "Surface cultivée", "value": 73, "unit": "ha"}]',
    "relations": '[{"kind": "inspired_by", "initiative": "gand-refill"}]',
    "place": '{"label": "Mairie", "latitude": 43.93, "longitude": 2.15}',
    "contact": '{"email": "mairie@example.org"}',
}
_TERRITORY = Text(
    'What you know of the territory goes into territory: {{"territory": "insee:81004"}}, or {{"territory": {{"name": '
    '"Courcy", "department": "51"}}}}.',
    'Ce que vous savez du territoire se met dans territory : {{"territory": "insee:81004"}}, ou {{"territory": '
    '{{"name": "Courcy", "department": "51"}}}}.',
)
_OTHERWISE = Text(
    "This value is not accepted; /docs shows what is expected.",
    "Cette valeur ne convient pas ; /docs montre ce qui est attendu.",
)

SAID = Text(
    "What was sent has mistakes; errors lists them.",
    "L'envoi comporte des erreurs ; errors en donne la liste.",
)
MOST = 100  # mistakes


class _Twice:
    """What stands for a field of a body that was given twice: whatever was expected, it is not that."""


TWICE = _Twice()


def saying(error: ErrorDetails) -> Text:
    """What a person should read of one error that validation found."""
    kind = "given_twice" if error.get("input") is TWICE else error["type"]
    return _filled(_said(kind, error["loc"]), error.get("ctx", {}))


def _said(kind: str, location: Sequence[int | str]) -> Text:
    """The sentence for such an error of what stands there."""
    name = next((part for part in reversed(location) if isinstance(part, str)), "")
    form, said = _FORMS.get(name), _SAYINGS.get(kind, _OTHERWISE)
    if form and (kind == "string_pattern_mismatch" or (name in _CODED and kind in _LENGTHS) or name == _RETRY_KEY):
        return form
    if form and name in _CODED and kind == "string_type":
        return Text(f"{said.en} {form.en}", f"{said.fr} {form.fr}")
    if (kind, name) == ("missing", "territory"):
        return _TERRITORY
    if kind in _SHAPES and name in _EXAMPLES:
        example = _EXAMPLES[name] if name == location[-1] else _EXAMPLES[name].strip("[]")  # of one of a list
        example = example.replace("{", "{{").replace("}", "}}")
        return Text(f"{said.en[:-1]}, such as {example}.", f"{said.fr[:-1]}, par exemple {example}.")
    return said


def _filled(said: Text, named: Mapping[str, object]) -> Text:
    """A sentence with what it names."""
    return said.format(**{name: _in_both(value) for name, value in named.items()})


def _in_both(value: object) -> Text:
    return value if isinstance(value, Text) else Text(str(value), str(value).replace(" or ", " ou "))


def pointer(location: Sequence[int | str]) -> str:
    """RFC 6901 JSON Pointer to a place in a body; a name that is too long to be one of ours is cut."""
    return "".join("/" + str(part)[:100].replace("~", "~0").replace("/", "~1") for part in location)


def mistaken(mistakes: Iterable[Mistake]) -> BadInput:
    """Every mistake once, at most a hundred."""
    return BadInput(SAID, list(islice(dict.fromkeys(mistakes), MOST)))


def in_body(errors: Iterable[ErrorDetails]) -> BadInput:
    """The mistakes of a body, each at its place."""
    return mistaken(
        Mistake(saying(error), pointer(error["loc"]), candidates=error.get("ctx", {}).get("candidates", ()))
        for error in errors
    )


def in_fields(found: Iterable[tuple[str, str]]) -> BadInput:
    """Fields of a body that only the catalogue could find wrong, as (name, kind of mistake)."""
    return mistaken(Mistake(_SAYINGS[kind], pointer=pointer([name])) for name, kind in found)


def in_parameter(name: str, kind: str, **named: object) -> Mistake:
    """A parameter that only the catalogue could find wrong, told with what the sentence names."""
    return Mistake(_filled(_SAYINGS[kind], named), parameter=name)


def in_parameters(found: Iterable[tuple[str, str]]) -> BadInput:
    """Parameters that only the catalogue could find wrong, as (name, kind of mistake)."""
    return mistaken(in_parameter(name, kind) for name, kind in found)
