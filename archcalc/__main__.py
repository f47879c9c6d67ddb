"""The console script, and ``python -m archcalc``.

A run is short and what it builds lives to its end, so the garbage collector finds nothing, and to take it all apart
at exit helps no one. Left as they are, the two take a quarter of a cold check.
"""

import gc
import os
import sys


def main() -> None:
    """Run the command line."""
    gc.set_threshold(100_000)
    from archcalc.cli.main import main as run

    try:
        run()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        status = end.code
    else:
        status = 0
    # What cannot be written down to here is said by Python's own exit.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
