"""Less work for the garbage collector, in processes that live long."""

import gc


def settle() -> None:
    """Call it once everything is loaded: what is there now stays, so that the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    # Requests and batches make more objects than the default of 700 between two looks.
    gc.set_threshold(20_000, 20, 50)
