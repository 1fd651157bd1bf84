"""``make bench``: how fast the site is as visitors see it, beside the bare limit, in one run on one machine.

Everything runs on servers of its own in a temporary folder; nothing else on this machine is touched. No figure fails.
docs/speed.md says how to read them.
"""

import argparse
import sys
from pathlib import Path

from tests.bench import day, lists, mail, memory, pages, personal, registrations, reminders, scans
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.chaos.servers import Hung, Missing, Stage

PARTS = {
    "registrations": registrations.run,
    "oversell": registrations.run_oversell,
    "pages": pages.run,
    "own": personal.run_own,
    "join": personal.run_join,
    "scans": scans.run,
    "day": day.run,
    "mail": mail.run,
    "during": mail.run_during,
    "lists": lists.run,
    "reminders": reminders.run,
    "memory": memory.run,
}


def say(words: str = "") -> None:
    """Print a line, at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"what to measure: {', '.join(PARTS)} (all)")
    parser.add_argument("--beside", metavar="FOLDER", help="another checkout, measured in turn with this one")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, taking turns; the median counts (3)")
    parser.add_argument("--registrations", type=int, default=200, help="registrations in each round (200)")
    parser.add_argument("--pages", type=int, default=400, help="pages of each kind in each round (400)")
    parser.add_argument("--messages", type=int, default=2000, help="mails in each round (2000)")
    parser.add_argument("--delegates", type=int, default=100_000, help="to list and to remind (100000)")
    parser.add_argument("--minutes", type=float, default=10, help="for which screens ask in `day` (10)")
    parser.add_argument("--web-workers", type=int, default=2, help="processes of gunicorn (2)")
    parser.add_argument("--json", action="store_true", help="print the lines of JSON only")
    options = parser.parse_args(arguments)
    if unknown := [part for part in options.part if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if options.beside and not (Path(options.beside) / "manage.py").is_file():
        parser.error(f"no checkout of the site in {options.beside}")
    return options


def main(arguments: list[str] | None = None) -> int:
    """Measure the chosen parts."""
    options = _options(sys.argv[1:] if arguments is None else arguments)
    try:
        with Stage("bench") as stage:
            bench = Bench(stage, options)
            for part in options.part or PARTS:
                for line in PARTS[part](bench):
                    if isinstance(line, Figure):
                        say(line.json_line())
                    elif not options.json:
                        say(line)
    except Missing as error:
        say(f"Cannot measure: {error}.")
        return 1
    except Hung as error:
        say(f"Gave up: {error}.")
        return 1
    except KeyboardInterrupt:
        say("Interrupted; everything that was started has been ended.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
