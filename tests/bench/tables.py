"""Plain aligned text."""


def row(name: str, *cells: str) -> str:
    """A name and its figures, as a line of a table."""
    return f"  {name:<32}" + "".join(f"{cell:>16}" for cell in cells)
