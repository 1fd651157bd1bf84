"""``make bench``: how fast it is, beside the least that is possible, in one run on one machine.

Everything runs on servers of its own in a temporary folder; nothing else on this machine is touched. No figure fails.
"""

import argparse
import sys

from tests.bench import lists, mail, registrations, reminders
from tests.chaos.rig import Rig
from tests.chaos.servers import Missing, Stage

_PARTS = {
    "mail": (mail.run, reminders.run, mail.run_beside_registrations),
    "registrations": (registrations.run, lists.run),
}


def say(words: str = "") -> None:
    """Print a line, at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    """Measure the chosen parts."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"what to measure: {', '.join(_PARTS)} (all)")
    parser.add_argument("--messages", type=int, default=2000, help="mails in each round (2000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, taking turns; the median counts (3)")
    parser.add_argument("--delegates", type=int, default=100_000, help="delegates to list and to remind (100000)")
    parser.add_argument("--registrations", type=int, default=600, help="registrations in each round (600)")
    arguments = parser.parse_args()
    if unknown := [part for part in arguments.part if part not in _PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(_PARTS)}")
    try:
        with Stage("bench") as stage:
            rig = Rig(stage, arguments.messages)
            for part in arguments.part or _PARTS:
                for measure in _PARTS[part]:
                    for line in measure(rig, arguments):
                        say(line)
                    say()
    except Missing as error:
        say(f"Cannot measure: {error}.")
        return 1
    except KeyboardInterrupt:
        say("Interrupted; everything that was started has been ended.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
