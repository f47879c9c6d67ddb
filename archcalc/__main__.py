"""The console script, and ``python -m archcalc``.

A run is short and what it builds lives to its end, so the garbage collector finds nothing. Left as
it is, it takes a fifth of a cold check: passes during the imports, and two more at exit.
"""

import gc
import os
import signal


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
    finally:
        if signal.getsignal(signal.SIGINT) is _interrupt:
            signal.signal(signal.SIGINT, _leave)
        gc.freeze()


def _leave(_signal: int, _frame: object) -> None:
    """End as one does who is interrupted, where nothing is to be tidied up."""
    os._exit(130)


def _interrupt(_signal: int, _frame: object) -> None:
    """Let the command tidy up. Whoever interrupts it again does not wait."""
    signal.signal(signal.SIGINT, _leave)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
