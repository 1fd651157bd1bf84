"""``make chaos``: what is promised about messages, with the site's real processes and servers that fail.

Everything runs on servers of its own in a temporary folder; nothing else on this machine is touched. One line a fault;
the exit code is 1 if a promise was broken.
"""

import argparse
import sys
import time
import traceback

from tests.chaos.faults import NAMES, load
from tests.chaos.rig import Rig, Verdict
from tests.chaos.servers import Hung, Missing, Stage


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _try(name: str, rig: Rig) -> bool:
    started = time.monotonic()
    try:
        verdict = load(name).run(rig)
    except Hung as error:
        verdict = Verdict(broken=[str(error)])
    except Exception as error:
        traceback.print_exc()
        verdict = Verdict(broken=[f"{type(error).__name__}: {error}"])
    took = time.monotonic() - started
    result = "FAIL: " + "; ".join(verdict.broken) if verdict.broken else "PASS"
    _say(f"{name:<9} {'; '.join(verdict.figures)} ({took:.0f} s)  {result}")
    return not verdict.broken


def main() -> int:
    """Try the chosen faults; 0 if every promise held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("fault", nargs="*", help="which to try (all)")
    parser.add_argument("--messages", type=int, default=2000, help="messages for each fault (2000)")
    parser.add_argument("--list", action="store_true", help="say which faults there are")
    arguments = parser.parse_args()
    if arguments.list:
        for name in NAMES:
            _say(f"{name:<9} {(load(name).__doc__ or '').splitlines()[0]}")
        return 0
    if unknown := [name for name in arguments.fault if name not in NAMES]:
        parser.error(f"no such fault: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    try:
        with Stage("chaos") as stage:
            rig = Rig(stage, max(arguments.messages, 40))
            results = [_try(name, rig) for name in arguments.fault or NAMES]
    except Missing as error:
        _say(f"Cannot try faults: {error}.")
        return 1
    except KeyboardInterrupt:
        _say("Interrupted; everything that was started has been ended.")
        return 130
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
