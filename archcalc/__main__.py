"""The console script, and ``python -m archcalc``.

A run is short and what it builds lives to its end, so the garbage collector finds nothing. Left as
it is, it takes a fifth of a cold check: passes during the imports, and two more at exit.
"""

import gc


def main() -> None:
    """Run the command line."""
    gc.set_threshold(100_000)
    from archcalc.cli.main import main as run

    try:
        run()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
