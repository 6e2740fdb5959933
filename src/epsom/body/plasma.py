"""Plasma as one well-mixed volume with a constant clearance; everything is an increment over the baseline.

First form. For magnesium the kidney's threshold is what makes a constant clearance fair for a rise: above it the extra
load is cleared at filtration rate times ultrafiltrable share; close to it the true clearance is smaller.
"""

from __future__ import annotations

from epsom.mechanism import Mechanism, Scalar


class Plasma(Mechanism):
    """Rise in plasma, from blood's exchange with the tissue column, infusions and elimination."""

    per_solute = True
    reads = {"flow_from_blood": "mol/s", "free_magnesium_baseline": "mol/m^3", "serum_magnesium_baseline": "mol/m^3"}
    owns = {"plasma_amount": Scalar("mol", 1e-6, amount=True), "eliminated_amount": Scalar("mol", 1e-6, amount=True),
            "infusion_flow": Scalar("mol/s", 1e-6), "vein_supply_amount": Scalar("mol", 1e-6, amount=True)}
    gives = {"plasma_concentration": "mol/m^3", "plasma_free_concentration": "mol/m^3",
             "interstitial_baseline_concentration": "mol/m^3", "plasma_baseline_concentration": "mol/m^3",
             "plasma_interpretable_rise": "mol/m^3", "plasma_interpretable_amount": "mol"}
    readouts = ("plasma_concentration", "eliminated_amount", "interstitial_baseline_concentration",
                "plasma_baseline_concentration", "plasma_interpretable_rise", "plasma_interpretable_amount")

    def constants(self, p):
        return {"volume": p["solute.distribution_volume_per_weight"] * p["scenario.weight"],
                "clearance": (p["solute.ultrafiltrable_share"] * (1 - p["solute.reabsorbed_share"])
                              * p["glomerular_filtration"] + p["solute.other_clearance"]),
                "free": p["solute.ultrafiltrable_share"],
                "interstitial_baseline": p["solute.interstitial_baseline"],
                "plasma_baseline": p["solute.plasma_baseline"],
                "magnesium": p["solute.magnesium_share"], "interpretable": p["solute.interpretable_change"]}

    def plasma_concentration(self, c, v):
        """Total concentration over baseline."""
        return v["plasma_amount"] / c["volume"]

    def plasma_free_concentration(self, c, v):
        """What can pass the capillary wall."""
        return c["free"] * v["plasma_concentration"]

    def interstitial_baseline_concentration(self, c, v):
        """What tissue holds of it; magnesium as the whole body's steady state has it."""
        return c["interstitial_baseline"] + c["magnesium"] * v["free_magnesium_baseline"]

    def plasma_baseline_concentration(self, c, v):
        return c["plasma_baseline"] + c["magnesium"] * v["serum_magnesium_baseline"]

    def plasma_interpretable_rise(self, c, v):
        """The smallest rise between two samples of one person that means anything."""
        return c["interpretable"] * v["plasma_baseline_concentration"]

    def plasma_interpretable_amount(self, c, v):
        """What it takes for that at once; more where it comes slowly, as kidney and cells take their share meanwhile."""
        return v["plasma_interpretable_rise"] * c["volume"]

    def rates(self, c, v):
        eliminated = c["clearance"] * v["plasma_concentration"]
        return {"plasma_amount": v["infusion_flow"] - v["flow_from_blood"] - eliminated, "eliminated_amount": eliminated,
                "vein_supply_amount": -v["infusion_flow"]}
