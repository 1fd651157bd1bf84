"""Uploaded lists on their way to being applied, and an office's own letter in Word."""

from lists.models.heading import KnownHeading
from lists.models.import_job import ImportJob
from lists.models.letter import LetterTemplate
from lists.models.participant import KnownParticipant

__all__ = ["ImportJob", "KnownHeading", "KnownParticipant", "LetterTemplate"]
