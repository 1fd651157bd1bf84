"""What the main point keeps of the day: rooms, their reports, incidents, run of show, slides, questions, polls."""

from control.models.floor import Floor, FloorQuestion, FloorQuestionQuerySet, Support
from control.models.incident import Incident, IncidentQuerySet
from control.models.measurement import LineMeasurement
from control.models.polls import Hands, Poll, Vote
from control.models.report import RoomReport
from control.models.room import Room, RoomLink, RoomState
from control.models.run_of_show import Cue, Rehearsal, RehearsedCue, Show, ShowPress
from control.models.slides import SlideCall, SlideFile, SlideLink
from control.models.wall import WallLink

__all__ = [
    "Cue",
    "Floor",
    "FloorQuestion",
    "FloorQuestionQuerySet",
    "Hands",
    "Incident",
    "IncidentQuerySet",
    "LineMeasurement",
    "Poll",
    "Rehearsal",
    "RehearsedCue",
    "Room",
    "RoomLink",
    "RoomReport",
    "RoomState",
    "Show",
    "ShowPress",
    "SlideCall",
    "SlideFile",
    "SlideLink",
    "Support",
    "Vote",
    "WallLink",
]
