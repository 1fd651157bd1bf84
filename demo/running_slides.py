"""What the speakers of the running conference have handed in: two files, and somebody is still waited for."""

import io
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta

from common.text import without_accents
from conference.models import Conference
from control.models import Cue
from control.slides import asking, receiving

#: By the place of the part: mail address, pages, and width and height of a page in points.
_HANDED_IN = ((0, "ban.to.chuc@vidu.example", 3, (960, 540)), (1, "chi.cuc@vidu.example", 12, (720, 540)))
_WAITED_FOR = (2, "diem.cau@vidu.example")


def hand_in(*, conference: Conference, cues: Sequence[Cue], now: datetime) -> None:
    """Let speakers of ``conference`` have been asked two days before ``now``, and two have sent their slides."""
    asked_at = now - timedelta(days=2)
    asking.set_due(conference=conference, due_at=conference.starts_at - timedelta(hours=12))
    for index, email, pages, size in _HANDED_IN:
        asking.ask(cue=cues[index], email=email, phone="", now=asked_at)
        content = _pdf(without_accents(cues[index].title), pages, size)
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.flush()
            name, moment = f"bai-trinh-bay-{index + 1}.pdf", asked_at + timedelta(hours=5 + index)
            receiving.take(cue=cues[index], file=file, name=name, size=len(content), now=moment)
    asking.ask(cue=cues[_WAITED_FOR[0]], email=_WAITED_FOR[1], phone="", now=asked_at)


def _pdf(title: str, pages: int, size: tuple[int, int]) -> bytes:
    """A small PDF: on each of its ``pages`` the ``title``, in ASCII, and the number of the page."""
    width, height = size
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(pages))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(1, pages + 1):
        text = f"BT /F1 28 Tf 60 {height // 2} Td ({title} - {number}) Tj ET"
        fonts = "/Resources << /Font << /F1 3 0 R >> >>"
        bodies += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {3 + 2 * number} 0 R {fonts} >>",
            f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        ]
    made, places = io.BytesIO(), []
    made.write(b"%PDF-1.4\n")
    for number, body in enumerate(bodies, start=1):
        places.append(made.tell())
        made.write(f"{number} 0 obj\n{body}\nendobj\n".encode("ascii", "replace"))
    table, count = made.tell(), len(bodies) + 1
    made.write(f"xref\n0 {count}\n0000000000 65535 f \n".encode())
    made.write("".join(f"{place:010d} 00000 n \n" for place in places).encode())
    made.write(f"trailer << /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode())
    return made.getvalue()
