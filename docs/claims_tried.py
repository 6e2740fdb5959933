"""`make claims`: try every claim that the model can speak to, and keep what was found with the package."""

from __future__ import annotations

from pathlib import Path

import epsom
from epsom.evidence import tried, trying
from epsom.evidence.claims import claims


def main() -> None:
    found = trying.verify(trying.of_claims(claims().values()), every=True, progress=print)
    file = Path(epsom.__file__).parent / "data" / tried.STORED
    file.write_text(tried.written({key: v.now for key, v in found.items()}), "utf-8")
    for key, v in found.items():
        print(key, v.now.sentence(claims()[key].test.words))


if __name__ == "__main__":
    main()
