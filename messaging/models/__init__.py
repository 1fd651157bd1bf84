"""Reminder rules, announcements, texts, and what people have been told."""

from messaging.models.announcement import Announcement, Unsubscription
from messaging.models.known import KnownDetails, KnownTime
from messaging.models.rule import Rule, RuleRound
from messaging.models.template import Template

__all__ = ["Announcement", "KnownDetails", "KnownTime", "Rule", "RuleRound", "Template", "Unsubscription"]
