"""The gate of the dorsal horn, with wind-up and slow sensitisation that magnesium of the cerebrospinal fluid holds down."""

from __future__ import annotations

from epsom.felt.circuit import circuit, drive_of, fibres, inhibition, pain_of, projection, wound_up
from epsom.felt.laws import magnesium_block
from epsom.mechanism import Mechanism, Scalar


class Gate(Mechanism):
    """What the spinal cord passes on of pain. Magnesium of the skin does not reach it: its magnesium is a parameter."""

    reads = {"c_fibre_firing": "1", "a_delta_firing": "1", "a_beta_firing": "1", "c_tactile_firing": "1", "cold_receptor_opening": "1",
             "descending_drive": "1", "autonomic_arousal": "1"}
    owns = {"wind_up": Scalar("1", 1e-2), "sensitisation": Scalar("1", 1e-2)}
    gives = {"spinal_inhibition": "1", "spinal_projection": "1", "pain_signal": "1"}
    readouts = ("spinal_projection", "pain_signal")

    def constants(self, p):
        g = circuit(p)
        drive = drive_of(g, p["complaint.usual_pain"])
        fluid, law = p["csf_magnesium"], (p["spinal_voltage"], p["nociceptor.block_half"], p["nociceptor.block_per_volt"])
        block = magnesium_block(fluid * p["csf_magnesium_change"], *law) / magnesium_block(fluid, *law)
        return {**g, "start": fibres(g, drive)[0], "nmda": block * p["nmda_conductance"], "wind_up_time": p["wind_up_time"],
                "sensitisation_time": p["sensitisation_time"]}

    def initial(self, c):
        return dict(zip(("wind_up", "sensitisation"), wound_up(c, c["start"])))

    def spinal_inhibition(self, c, v):
        """Of interneurons that touch, cold and the brain excite."""
        return inhibition(c, v["c_fibre_firing"], v["a_beta_firing"], v["c_tactile_firing"], v["cold_receptor_opening"],
                          v["descending_drive"])

    def spinal_projection(self, c, v):
        """Of neurons that send pain to the brain."""
        return projection(c, v["c_fibre_firing"], v["a_delta_firing"], v["wind_up"] + v["sensitisation"], v["spinal_inhibition"],
                          v["a_beta_firing"], v["autonomic_arousal"])

    def pain_signal(self, c, v):
        """The pain that the projection stands for, 0 to 10 and a little more where it is beyond the worst."""
        return pain_of(c, v["spinal_projection"])

    def rates(self, c, v):
        wind_up, pull = v["wind_up"], c["nmda"] * c["wind_up_gain"] * v["c_fibre_firing"]
        return {"wind_up": (pull * (1 - wind_up) - wind_up) / c["wind_up_time"],
                "sensitisation": (c["sensitisation_gain"] * wind_up ** 2 - v["sensitisation"]) / c["sensitisation_time"]}
