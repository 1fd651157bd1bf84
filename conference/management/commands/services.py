"""``manage.py services``: web server, worker, beat and loop as one service, which loads the site once."""

import logging
from argparse import ArgumentParser
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand

from common import process
from conference import one_parent
from conference.supervisor import Supervisor

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Runs web server, Celery worker with beat, and loop as forks of one process, which share its memory."

    # They would take as long as loading the site; `manage.py check --deploy` is for them.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="address and port (127.0.0.1:8000)")
        parser.add_argument("--workers", type=int, default=3, help="processes of the web server (3)")
        parser.add_argument("--threads", type=int, default=4, help="threads of each (4)")
        parser.add_argument("--concurrency", type=int, default=2, help="tasks that Celery does at once (2)")
        parser.add_argument("--patience", type=float, default=35, help="seconds to end in, when told to stop (35)")

    def handle(
        self,
        *args: Any,
        bind: str,
        workers: int,
        threads: int,
        concurrency: int,
        patience: float,
        **options: Any,
    ) -> None:
        # Tables of a version that is too old get a sentence here, not a traceback later.
        self.check(tags=[Tags.database], databases=["default"])
        one_parent.load()
        programs = one_parent.programs(
            bind=bind, workers=workers, threads=threads, concurrency=concurrency, patience=patience
        )
        # The last before it forks: what is there now is shared, and no collector writes to it.
        process.settle()
        with Supervisor(log.warning, patience=patience, forks=True) as supervisor:
            for program in programs:
                # Asked to stop meanwhile: nothing more is started.
                if not supervisor.is_stopping:
                    supervisor.start(program)
            supervisor.run()
