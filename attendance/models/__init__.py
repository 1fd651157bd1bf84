"""Who was there, and how that is known: doors, their phones, and what those have read."""

from attendance.models.attendance import Attendance, AttendanceQuerySet
from attendance.models.doors import Device, Door
from attendance.models.meeting import MeetingHook, MeetingStay
from attendance.models.scans import Scan

__all__ = ["Attendance", "AttendanceQuerySet", "Device", "Door", "MeetingHook", "MeetingStay", "Scan"]
