"""Checks of how the mechanisms of a Model fit together; each error names who does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epsom.core.errors import ModelError, nearest
from epsom.ports import Copy

if TYPE_CHECKING:
    from epsom.model import Model


def check_promises(mechanisms) -> None:
    """Every word that a mechanism gives, probes or reads out is one of its methods or ports."""
    for m in mechanisms:
        for word in (*m.gives, *getattr(m, "probes", ())):
            if not callable(getattr(m, word, None)):
                raise ModelError(f"{m.name} promises '{word}' but has no method of that name", "Write it", key=word)
        for word in m.readouts:
            if word not in m.ports:
                raise ModelError(f"{m.name} lists '{word}' as a readout, which is none of its ports",
                                 nearest(word, m.ports), key=word)


def check_ports(model: Model) -> None:
    """Every variable has one owner and everything that is read exists, in the unit of the vocabulary."""
    from epsom.core import units

    claims: dict[str, Copy] = {}
    for found in (model.owner, model.givers, model.probers):
        for name, copy in found.items():
            if name in claims:
                raise ModelError(f"'{name}' has two owners: {claims[name].label} and {copy.label}", "Keep one", key=name)
            claims[name] = copy
    for copy in model.copies:
        for word, unit in copy.mechanism.ports.items():
            if word not in model.words:
                raise ModelError(f"{copy.label} reads '{word}', which is no word of the vocabulary",
                                 nearest(word, model.words), key=word)
            mine, due = units.unit_of(unit), units.unit_of(model.words[word].unit)
            if mine != due:
                owner = claims.get(copy.names(model.words[word])[0])
                raise ModelError(f"{copy.label} takes '{word}' in {unit}, but it is in {model.words[word].unit}"
                                 + (f" (owner: {owner.label})" if owner else ""), "Correct the port", key=word)
        for word in copy.mechanism.reads:
            for name in copy.names(model.words[word]):
                if name not in claims:
                    raise ModelError(f"{copy.label} reads '{name}', which no mechanism of this model owns or gives",
                                     f"Add the mechanism that does. {nearest(name, claims)}", key=name)


def find_feeds(model: Model) -> list[tuple[str, list[tuple[int, int]]]]:
    """[(exchange, [(giving cell, taking cell)])], counted over all cells."""
    found = []
    for copy in model.cell_copies:
        for word, feed in copy.mechanism.feeds.items():
            check_own(copy, word, "exchanges", "a feed")
            if not copy.mechanism.counted:
                raise ModelError(f"{copy.label} feeds '{word}' into '{feed.into}' from cells that stand beside the balance",
                                 "What is not counted cannot become an amount: set counted = True", key=word)
            takers = [c for c in model.cell_copies if c.mechanism.unknown[0] == feed.into and c.solute == copy.solute]
            if len(takers) != 1 or takers[0] is copy:
                unknowns = {c.mechanism.unknown[0] for c in model.cell_copies if c is not copy}
                raise ModelError(f"{copy.label} feeds '{feed.into}', which is no unknown of other cells of this model",
                                 nearest(feed.into, unknowns), key=word)
            found.append(_pairs(model, word, copy, takers[0], feed.pairs))
        for word, pairs in copy.mechanism.echoes.items():
            giver = word in model.words and model.probers.get(copy.names(model.words[word])[0])
            if not giver or giver is copy or word not in giver.mechanism.feeds or giver.solute != copy.solute:
                feeding = {w for c in model.cell_copies if c is not copy for w in c.mechanism.feeds}
                raise ModelError(f"{copy.label} echoes '{word}', which no other cells of this model feed",
                                 nearest(word, feeding), key=word)
            if copy.mechanism.counted:
                raise ModelError(f"{copy.label} echoes '{word}', so that its solute would be there twice",
                                 "Set counted = False for cells that stand beside the balance", key=word)
            found.append(_pairs(model, word, giver, copy, pairs))
    return found


def _pairs(model: Model, word: str, giver: Copy, taker: Copy, pairs) -> tuple[str, list[tuple[int, int]]]:
    for own, other in pairs:
        if not (0 <= own < giver.mechanism.size and 0 <= other < taker.mechanism.size):
            raise ModelError(f"{giver.label} feeds cell {other} of {taker.label} from its cell {own}; they have "
                             f"{taker.mechanism.size} and {giver.mechanism.size} cells", "Correct the pairs", key=word)
    begin, there = model.slices[giver.label].start, model.slices[taker.label].start
    return giver.names(model.words[word])[0], [(begin + own, there + other) for own, other in pairs]


def check_own(copy: Copy, word: str, kind: str, what: str) -> None:
    """A mechanism answers only for what it owns."""
    own = getattr(copy.mechanism, kind)
    if word not in own:
        raise ModelError(f"{copy.label} gives {what} for '{word}', which it does not own", nearest(word, own), key=word)
