"""The standard model: the one list of mechanisms that is run unless told otherwise."""

from __future__ import annotations

from epsom.body.baseline import Baseline
from epsom.body.plasma import Plasma
from epsom.dermal.column import Column
from epsom.dermal.dose import Dose
from epsom.dermal.film import Film
from epsom.dermal.follicle import Follicle
from epsom.dermal.hydration import Hydration
from epsom.dermal.perifollicular import Perifollicular
from epsom.dermal.zones import Zones
from epsom.felt_mechanisms import FELT
from epsom.model import Model
from epsom.scenario import Scenario
from epsom.tissue.hands import Hands
from epsom.tissue.heat import Heat
from epsom.tissue.metabolites import Metabolites
from epsom.tissue.vessel import Vessel

NOT_MODELLED = (
    "Sleep: no equation stands behind it, so nothing is said about it.",
    "Blood flow that answers to cold, to the warmth of the whole body or to irritated nerves.",
    "What the kidney's threshold, cells, bone and gut make of the rise in blood: here plasma is one volume with a constant clearance.",
)


def standard_model(scenario: Scenario | None = None, refinement: int = 1) -> Model:
    """The standard mechanisms for the solutes of a scenario's product (magnesium without one); every layer gets `refinement`
    times its usual number of cells. What is felt is asked where a complaint is stated."""
    felt = (Metabolites(), *FELT) if scenario is None or scenario.complaint else ()
    solutes = tuple(i.solute for i in scenario.product.resolved.ingredients) if scenario else ("magnesium",)
    return Model((Film(), Hydration(), Dose(), Follicle(refinement), Column(refinement), Perifollicular(refinement), Zones(),
                  Baseline(), Plasma(), Hands(), Vessel(), Heat(), *felt), solutes)
