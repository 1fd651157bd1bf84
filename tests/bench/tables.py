"""Plain aligned text."""


def row(name: str, *cells: str) -> str:
    """A name and its figures, as a line of a table."""
    return f"  {name:<34}" + "".join(f"{cell:>12}" for cell in cells)
