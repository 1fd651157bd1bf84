"""The faults, each a module with ``run(rig) -> Verdict`` whose first docstring line says what it does."""

from importlib import import_module

NAMES = ("kill", "redis", "postgres", "smtp", "many", "term", "clock", "day")


def load(name: str):
    """The module of the fault ``name``."""
    return import_module(f"tests.chaos.faults.{name}")
