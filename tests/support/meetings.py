"""Lists of participants as the systems write them, and Zoom's calls: recorded, with invented names.

The conference is 19/7/2027 from 08:00 to 11:00 in Vietnam, see ``factories.START``.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from django.test import Client

SECRET = "vi-du-secret-token"
MEETING = "85012345678"

ZOOM = """\ufeffMeeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
850 1234 5678,Hội nghị ví dụ,07/19/2027 07:31:02 AM,07/19/2027 11:05:40 AM,btc@vidu.example,215,6

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent,In Waiting Room
{rows}"""

_TEAMS_HEAD = """1. Summary
Meeting title\tHội nghị ví dụ
Attended participants\t2
Start time\t7/19/27, 7:55:00 AM
End time\t7/19/27, 11:02:00 AM
Meeting duration\t3h 7m
Average attendance time\t2h 10m

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
{people}

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
{times}
"""


def zoom(*rows: str) -> bytes:
    """Zoom's CSV: the meeting above, the participants below."""
    return ZOOM.format(rows="\n".join(rows) + "\n").encode()


def teams(people: list[str], times: list[str]) -> bytes:
    """Teams' report as it is downloaded: UTF-16, tabs, three sections."""
    text = _TEAMS_HEAD.format(people="\n".join(people), times="\n".join(times))
    return text.replace("\n", "\r\n").encode("utf-16")


def teams_events(*rows: str) -> bytes:
    """Teams' report of before 2021, and that of a meeting that goes on: each coming and leaving is a line."""
    return "\r\n".join(["Full Name\tUser Action\tTimestamp", *rows, ""]).encode("utf-16")


def meet(*rows: str) -> bytes:
    """Google Meet's CSV."""
    return "\n".join(["First name,Last name,Email,Duration,Time joined,Time exited", *rows, ""]).encode()


def call(event: str, name: str, *, user: str = "16778240", at: str, email: str = "", **about: Any) -> dict[str, Any]:
    """What Zoom sends when somebody joins or leaves."""
    is_joining = event.endswith("joined")
    person = {
        "user_id": user,
        "user_name": name,
        "id": "",
        "participant_uuid": f"55555AAAiAAAAAiAiAiiAii{user}",
        "email": email,
        "join_time" if is_joining else "leave_time": at,
    }
    about = {
        "id": MEETING,
        "uuid": "4444AAAiAAAAAiAiAiiAii==",
        "host_id": "x1yCzABCDEfg23HiJKl4mN",
        "topic": "Hội nghị ví dụ",
        "type": 8,
        "start_time": "2027-07-19T00:31:02Z",
        "timezone": "Asia/Bangkok",
        "duration": 240,
        "participant": person,
        **about,
    }
    return {
        "event": f"meeting.participant_{event}",
        "payload": {"account_id": "AAAAAABBBB", "object": about},
        "event_ts": 1626230691572,
    }


def send(address: str, said: Any, *, now: datetime, secret: str = SECRET, **headers: str) -> Any:
    """The answer to Zoom's call of ``said`` (JSON, or bytes as they are), signed at ``now``."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    stamp = headers.get("stamp") or str(int(now.timestamp()))
    right = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    sent = {"x-zm-request-timestamp": stamp, "x-zm-signature": headers.get("signature", right)}
    return Client().post(address, body, content_type="application/json", headers=sent)
