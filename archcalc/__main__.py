"""The console script, and ``python -m archcalc``.

A run is short and what it builds lives to its end, so the garbage collector finds nothing, and to take it all apart
at exit helps no one. Left as they are, the two take a quarter of a cold check.
"""

import gc
import os
import signal
import sys


def main() -> None:
    """Run the command line."""
    gc.set_threshold(100_000)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # What is imported first may take an exception for a library that is not there.
        signal.signal(signal.SIGINT, _leave)
    from archcalc.cli.main import main as run

    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        run()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        status = end.code
    else:
        status = 0
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, _leave)
    # What cannot be written down to here is said by Python's own exit.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    os._exit(status)


def _leave(_signal: int, _frame: object) -> None:
    """End as one does who is interrupted, where nothing is to be tidied up."""
    os._exit(130)


def _interrupt(_signal: int, _frame: object) -> None:
    """Let the command tidy up. Whoever interrupts it again does not wait."""
    signal.signal(signal.SIGINT, _leave)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
