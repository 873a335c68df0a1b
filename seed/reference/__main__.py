"""python -m seed.reference: build the reference from the installed sources; `make reference` installs them first."""

from seed.reference import france, french_points, sources, table


def main() -> None:
    """Write the file."""
    entries = france.territories(france.CURRENT, sources.places(french_points.COUNTRIES))
    table.FILE.write_bytes(table.packed(entries))


if __name__ == "__main__":
    main()
