"""The standard model: the one list of mechanisms that is run unless told otherwise."""

from __future__ import annotations

from epsom.body.plasma import Plasma
from epsom.dermal.column import Column
from epsom.dermal.dose import Dose
from epsom.dermal.film import Film
from epsom.dermal.follicle import Follicle
from epsom.dermal.hydration import Hydration
from epsom.model import Model
from epsom.scenario import Scenario

# The first of these stands with every headline: it biases all numbers one way.
NOT_MODELLED = (
    "Hair follicles and sweat ducts are left out, so all numbers are too low: for magnesium by estimate about fivefold under "
    "a concentrated film and less than twofold on wet skin in the long run, and by far more in the first half hour.",
    "Feeling: nerve, touch, cooling, expectation and relief. This run says nothing about whether a person would notice.",
    "Drying of the film, crystals, and slow wetting of the stratum corneum. The film keeps its water between steps.",
    "Blood flow that reacts to magnesium, heat or rubbing.",
    "The kidney's threshold, cells, bone and gut. Plasma is one volume with a constant clearance.",
)


def standard_model(scenario: Scenario | None = None) -> Model:
    """The standard mechanisms for the solutes of a scenario's product (magnesium without one)."""
    solutes = tuple(i.solute for i in scenario.product.resolved.ingredients) if scenario else ("magnesium",)
    return Model((Film(), Hydration(), Dose(), Follicle(), Column(), Plasma()), solutes)
