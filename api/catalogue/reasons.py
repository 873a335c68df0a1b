"""What moderators often have to say, in both languages: each sender reads it in their own."""

from api.texts import Language, Text
from api.vocabulary import ReasonTemplate

TEMPLATES = {
    ReasonTemplate.THANKS: Text("Thank you: this is published.", "Merci : c'est publié."),
    ReasonTemplate.SOURCES_WANTED: Text(
        "Please add at least one link by which others can check this: a page of the town's site, a press article.",
        "Merci d'ajouter au moins un lien qui permette de vérifier : une page du site de la commune, un article de "
        "presse.",
    ),
    ReasonTemplate.UNCLEAR: Text(
        "Please say more precisely what was done, by whom and since when.",
        "Merci de dire plus précisément ce qui a été fait, par qui et depuis quand.",
    ),
    ReasonTemplate.WRONG_TERRITORY: Text(
        "Please check the territory: the text seems to speak of another.",
        "Merci de vérifier le territoire : le texte semble parler d'un autre.",
    ),
    ReasonTemplate.ALREADY_THERE: Text(
        "The catalogue has this case already. If something is missing there, propose a change of it.",
        "Le catalogue contient déjà ce cas. S'il y manque quelque chose, proposez-en une modification.",
    ),
    ReasonTemplate.NOT_LOCAL: Text(
        "The catalogue tells what territories have tried; this seems to be something else.",
        "Le catalogue raconte ce que des territoires ont essayé ; ceci semble être autre chose.",
    ),
    ReasonTemplate.ADVERTISING: Text(
        "This reads like an advertisement. Please tell what was tried and what came of it.",
        "Ce texte ressemble à une publicité. Merci de raconter ce qui a été essayé et ce que cela a donné.",
    ),
    ReasonTemplate.PERSONAL_DATA: Text(
        "Please take out what concerns private persons: names, addresses, telephone numbers.",
        "Merci de retirer ce qui concerne des particuliers : noms, adresses, numéros de téléphone.",
    ),
}


def in_words(template: str | None, reason: str | None, language: Language) -> str | None:
    """The whole reason: what the template says, then what the moderator added."""
    said = TEMPLATES[ReasonTemplate(template)].said_in(language) if template else None
    return "\n\n".join(filter(None, (said, reason))) or None
