"""``python -m tests.support.drawn NUMBER``: the least spec that shows what is wrong with the one of that number."""

from __future__ import annotations

import re
import sys

from tests.support.drawn.documents import Drawn
from tests.support.drawn.held import outcomes
from tests.support.drawn.numbered import numbered
from tests.support.drawn.smaller import smaller


def main(number: int) -> None:
    """Print the spec, made as small as it can be, and what is wrong with it."""
    drawn = numbered(number)
    wrong = [one.wrong for one in outcomes(drawn) if one.wrong]
    if wrong:
        said = re.sub(r"^(small|large|wide) ", "", wrong[0])[:32]

        def shows(less: Drawn) -> bool:
            return any(said in one.wrong for one in outcomes(less))

        drawn = smaller(drawn, shows)
    for path, text in drawn.texts().items():
        print(f"# {path}\n{text}")
    for one in outcomes(drawn):
        print(one.what, one.wrong)


if __name__ == "__main__":
    main(int(sys.argv[1]))
