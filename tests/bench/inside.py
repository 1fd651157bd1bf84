"""What must be done with a tree's own code, in a process of that tree: ``python inside.py WORK '{"its": "values"}'``.

Only names are used here that a site has had for long, so that a tree before a change and one after it both know them.
Prints one JSON value.
"""

import json
import os
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

MAIN, DAY = "hoi-nghi-ket-noi", "hoi-nghi-hom-nay"
_PURPOSE = (
    "Nhằm giới thiệu, quảng bá và kết nối tiêu thụ nông sản, sản phẩm OCOP của các hợp tác xã với doanh nghiệp"
    " phân phối, siêu thị, chợ đầu mối và sàn thương mại điện tử trong nước và nước ngoài. "
)


def _conference(slug: str, starts_at: datetime, now: datetime, **values: Any) -> Any:
    from conference.models import Conference

    return Conference.objects.create(
        slug=slug,
        name="Hội nghị trực tuyến kết nối cung cầu nông sản",
        short_name="Kết nối cung cầu",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        scheduled_at=now - timedelta(days=10),
        is_published=True,
        contact_name="Ban tổ chức",
        contact_email="btc@vidu.example",
        **values,
    )


def _furnish(conference: Any, points: int) -> None:
    """Give a conference what its pages show: points, partners, a programme, products."""
    from bridges.models import BridgePoint, Connection, Province
    from conference.models import Partner, Product, ProgrammeItem

    provinces = list(Province.objects.order_by("id")[: points + 1])
    online = BridgePoint.objects.create(conference=conference, kind="online", name="Trực tuyến", seats=None)
    Connection.objects.create(
        bridge_point=online, web_url="https://hop.example/phong/1", meeting_id="123 456", password="bi-mat"
    )
    for number in range(1, points):
        BridgePoint.objects.create(
            conference=conference,
            kind="venue",
            name=f"Điểm cầu Trung tâm Xúc tiến thương mại số {number}",
            province=provinces[number % len(provinces)] if provinces else None,
            address=f"Số {number}, đường Hùng Vương",
            seats=500,
            position=number,
        )
    for number in range(3):
        Partner.objects.create(conference=conference, name=f"Sở Công Thương {number}", role="host", position=number)
    for number in range(6):
        ProgrammeItem.objects.create(
            conference=conference,
            title=f"Phần {number + 1}: giới thiệu tiềm năng và sản phẩm của địa phương",
            speaker="Lãnh đạo Sở",
            starts_at=conference.starts_at + timedelta(minutes=20 * number),
            ends_at=conference.starts_at + timedelta(minutes=20 * number + 20),
        )
    for number, name in enumerate(("Na", "Vải thiều", "Cam", "Chè")):
        Product.objects.create(conference=conference, name=name, position=number)


def conferences(*, small: int, seats: int) -> dict[str, Any]:
    """Make the conference that is registered for, that of today, and ``small`` ones with ``seats`` seats each."""
    from bridges.models import BridgePoint
    from conference.models import Conference

    now = datetime.now(UTC)
    main = _conference(MAIN, now + timedelta(days=30), now, summary=_PURPOSE, purpose=_PURPOSE * 3)
    _furnish(main, 12)
    # Its door is open all the time that a run may take.
    today = _conference(DAY, now + timedelta(hours=6), now, doors_open_minutes=420, summary=_PURPOSE)
    _furnish(today, 2)
    few = []
    for number in range(small):
        conference = _conference(f"it-cho-{number}", now + timedelta(days=20), now)
        BridgePoint.objects.create(conference=conference, kind="venue", name="Hội trường nhỏ", seats=seats)
        few.append(conference.slug)
    online = {
        point.conference.slug: point.pk
        for point in BridgePoint.objects.select_related("conference").filter(position=0).order_by("pk")
    }
    assert Conference.objects.count() == small + 2
    return {"points": online, "small": few}


def people(*, count: int, slug: str, channels: list[str]) -> list[str]:
    """Register ``count`` people through the site's own service; the paths of their join pages."""
    from django.db import transaction

    from bridges.models import BridgePoint
    from conference.models import Conference
    from registrations.models import Delegate
    from registrations.services import NewRegistration, OrganisationData, Person, register

    conference = Conference.objects.get(slug=slug)
    point = BridgePoint.objects.filter(conference=conference, position=0).order_by("pk")[0]
    with transaction.atomic():
        for number in range(count):
            phone = f"+8490{number:07d}" if "sms" in channels else ""
            email = f"dai.bieu{number}@vidu.example" if "email" in channels else ""
            form = NewRegistration(
                organisation=OrganisationData("cooperative", f"HTX Ví Dụ {number}"),
                people=[Person(f"Nguyễn Văn {number}", "Giám đốc", phone, email)],
                language="vi",
            )
            register(conference=conference, point=point, form=form, now=datetime.now(UTC))
    found = Delegate.objects.filter(registration__conference=conference).order_by("pk")
    return ["/" + each.join_url.split("/", 3)[3] for each in found]


def phones(*, count: int, slug: str) -> dict[str, list[str]]:
    """Pair ``count`` phones, each with a door of its own; their secrets, and the codes of everybody."""
    from accounts.models import User
    from attendance import devices
    from bridges.models import BridgePoint
    from registrations.models import Delegate

    point = BridgePoint.objects.filter(conference__slug=slug, kind="venue").order_by("pk")[0]
    by, _made = User.objects.get_or_create(email="truc.ban@vidu.example")
    now, secrets = datetime.now(UTC), []
    for number in range(count):
        door = devices.add_door(point=point, name=f"Cửa {number}")
        device = devices.make_device(door=door, name=f"Máy {number}", role="scan", by=by, now=now)
        secrets.append(devices.pair(token=device.token, now=now)[1])
    codes = Delegate.objects.filter(registration__conference__slug=slug).order_by("pk")
    return {"secrets": secrets, "codes": list(codes.values_list("token_hash", flat=True))}


def day(*, rooms: int, boards: int, walls: int) -> dict[str, Any]:
    """Have the conference of today run, with ``rooms`` more points; where its screens ask, and how those are let in."""
    from bridges.models import BridgePoint, Connection
    from conference.models import Conference
    from control.presses import Press, make_cues, press
    from control.rooms import link_of
    from control.show import version_of
    from control.wall import link_of as wall_of

    now = datetime.now(UTC)
    conference = Conference.objects.get(slug=DAY)
    conference.starts_at, conference.ends_at = now - timedelta(minutes=5), now + timedelta(hours=3)
    conference.save()
    for place, item in enumerate(conference.programme.all()):
        # So long that nothing is late by another minute every minute while it is measured.
        item.starts_at = conference.starts_at + timedelta(hours=place)
        item.ends_at = item.starts_at + timedelta(hours=1)
        item.save()
    links = []
    for number in range(rooms):
        point = BridgePoint.objects.create(
            conference=conference, kind="video_room", name=f"Phòng họp {number}", seats=30, position=10 + number
        )
        Connection.objects.create(bridge_point=point, technician_name="Lò Văn Máy", technician_phone="+84901234567")
        links.append(link_of(point=point, now=now).token)
    make_cues(conference=conference)
    press(conference=conference, what=Press.NEXT, version=version_of(conference), now=now)
    return {
        "slug": DAY,
        "rooms": links,
        "walls": [wall_of(conference=conference).token] * walls,
        "sessions": [session(email=f"ban-dieu-hanh-{number}@vidu.example") for number in range(boards)],
        "version": version_of(conference),
    }


def session(*, email: str) -> str:
    """The session cookie of a superuser who is signed in, as ``name=value``."""
    from django.conf import settings
    from django.test import Client

    from accounts.models import User

    user = User.objects.filter(email=email).first() or User.objects.create_superuser(email)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def jobs() -> dict[str, float]:
    """Do all recurring jobs once, which plans reminders; seconds, seconds of processor, MiB at most."""
    from django.utils.module_loading import import_string

    from conference.jobs import JOBS

    started, used = time.monotonic(), time.process_time()
    for job in JOBS:
        import_string(job.task).run()
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": time.monotonic() - started,
        "cpu": time.process_time() - used,
        "peak_mib": kilobytes / 1024,
    }


_WORKS = {work.__name__: work for work in (conferences, people, phones, day, session, jobs)}


def main() -> None:
    # Python puts the folder of this file first; its neighbours are no part of the site.
    sys.path[0] = os.getcwd()
    os.environ["DJANGO_SETTINGS_MODULE"] = "conference.settings"
    import django

    django.setup()
    sys.stdout.write(json.dumps(_WORKS[sys.argv[1]](**json.loads(sys.argv[2]))) + "\n")


if __name__ == "__main__":
    main()
