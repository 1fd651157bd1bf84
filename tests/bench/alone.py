"""Mails without a site: ``python -m tests.bench.alone {django,smtplib} FOLDER PORT COUNT``, over one connection.

FOLDER holds mails as the site has sent them; they are sent again and again, until there are COUNT. Prints the
milliseconds of processor that each took.
"""

import email
import smtplib
import sys
import time
from email.message import EmailMessage as Parsed
from email.policy import default
from itertools import cycle, islice
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection


def _as_django_writes(octets: bytes) -> EmailMultiAlternatives:
    """A mail of Django's with the same text, HTML and files."""
    parsed = email.message_from_bytes(octets, _class=Parsed, policy=default)
    bodies = {kind: parsed.get_body((kind,)) for kind in ("plain", "html")}
    text, html = (body.get_content() if body else "" for body in bodies.values())
    mail = EmailMultiAlternatives(
        parsed["subject"], text, "no-reply@diemcau.example", [parsed["to"].addresses[0].addr_spec]
    )
    if html:
        mail.attach_alternative(html, "text/html")
    for part in parsed.walk():
        if not part.is_multipart() and part.get_content_maintype() != "text":
            mail.attach(part.get_filename("file"), part.get_content(), part.get_content_type())
        elif part.get_content_type() == "text/calendar":
            mail.attach(part.get_filename("file.ics"), part.get_content(), "text/calendar")
    return mail


def _by_django(mails: list[bytes], port: int) -> float:
    """Send ``mails``; milliseconds of processor. Reading them is no part of it."""
    read = {octets: _as_django_writes(octets) for octets in set(mails)}
    written, started = [read[octets] for octets in mails], time.process_time()
    with get_connection(host="127.0.0.1", port=port) as connection:
        connection.send_messages(written)
    return (time.process_time() - started) * 1000


def _by_smtplib(mails: list[bytes], port: int) -> float:
    """Send ``mails`` as they are; milliseconds of processor."""
    started = time.process_time()
    with smtplib.SMTP("127.0.0.1", port) as line:
        for number, octets in enumerate(mails):
            line.sendmail("no-reply@diemcau.example", [f"khach{number}@vidu.example"], octets)
    return (time.process_time() - started) * 1000


def main() -> None:
    way, folder, port, count = sys.argv[1:]
    settings.configure(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", USE_TZ=True)
    kept = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    mails = list(islice(cycle(kept), int(count)))
    milliseconds = (_by_django if way == "django" else _by_smtplib)(mails, int(port))
    sys.stdout.write(f"{milliseconds / len(mails)}\n")


if __name__ == "__main__":
    main()
