"""Phones at doors, and what they send, for tests."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from attendance import devices
from attendance.batches import Batch, batch_of
from attendance.models import Device, Door
from attendance.scanning import Taken, take_scans
from bridges.models import BridgePoint
from registrations.models import Delegate
from tests.support.factories import OrganiserFactory


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def arrival(delegate: Delegate, at: datetime, **more: Any) -> dict[str, Any]:
    """That the code of ``delegate`` was read at ``at`` by the clock of the phone."""
    scan = {"uid": str(uuid4()), "kind": "arrive", "code": delegate.token_hash, "verdict": "welcome"}
    return {**scan, "at": milliseconds(at), **more}


def undo(scan: dict[str, Any], after: timedelta = timedelta(seconds=20)) -> dict[str, Any]:
    """That ``scan`` was taken back."""
    moment = scan["at"] + round(after.total_seconds() * 1000)
    return {**scan, "uid": str(uuid4()), "kind": "undo", "at": moment, "undoes": scan["uid"]}


def body(scans: list[Any], clock: datetime, **more: Any) -> str:
    return json.dumps({"clock": milliseconds(clock), "queue": len(scans), "scans": scans, **more})


def batch(scans: list[Any], clock: datetime, **more: Any) -> Batch:
    return batch_of(body(scans, clock, **more).encode())


class Phone:
    """A paired phone at a door of ``point``; by ``door`` at one of this name."""

    def __init__(self, point: BridgePoint, now: datetime, *, door: str = "Cửa chính", role: str = "scan") -> None:
        found, _made = Door.objects.get_or_create(bridge_point=point, name=door)
        made = devices.make_device(door=found, name=f"Máy {door}", role=role, by=OrganiserFactory(), now=now)
        self.device, self.secret = devices.pair(token=made.token, now=now)
        self.device = Device.objects.select_related("conference", "bridge_point", "door").get(pk=self.device.pk)

    def send(self, *scans: dict[str, Any], now: datetime, clock: datetime | None = None, **more: Any) -> Taken:
        """Send at ``now``; the phone takes it for ``clock``."""
        return take_scans(device=self.device, batch=batch(list(scans), clock or now, **more), now=now)

    def client(self) -> Client:
        """A browser that holds the secret."""
        client = Client(headers={"Origin": "http://testserver"})
        client.cookies["desk"] = self.secret
        return client

    def post(self, text: str | bytes, **headers: str) -> HttpResponse:
        """Post ``text`` as the page does."""
        return self.client().post("/desk/scans/", text, content_type="application/json", headers=headers)
