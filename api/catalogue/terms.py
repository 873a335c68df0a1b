"""The names of the posting lists: one for each value of each discrete filter."""

ALL = "all"


def theme(theme_id: str) -> str:
    """Initiatives of a theme or of one below it."""
    return f"theme:{theme_id}"


def within(territory_id: str) -> str:
    """Initiatives in a territory or anywhere inside it, whatever its role."""
    return f"in:{territory_id}"


def country(code: str) -> str:
    """Initiatives in a country: its territory's id is its ISO code, lower case."""
    return within(code.lower())


def kind(value: str) -> str:
    return f"kind:{value}"


def progress(value: str) -> str:
    return f"progress:{value}"
