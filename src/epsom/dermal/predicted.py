"""What skin is likely to let through of a solute that nobody measured: permeability, lag time and diffusivity in tissue.

No mechanism uses this: it is the rule by which numbers in `data/solutes` were made where a measurement is missing, and the
data tests hold those numbers to it. Every function gives a median and the geometric standard deviation around it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

# Potts & Guy 1992 (doi 10.1023/A:1015810312465), human skin in water: log10(cm/s) = a + b log10(Kow) - c M, M in g/mol.
POTTS_GUY = -6.3, 0.71, 0.0061
# US EPA 2004, Risk assessment guidance for Superfund, part E, eq. 3.8: the same form in log10(cm/h).
EPA = -2.80, 0.66, 0.0056
# Root mean square error of the second over 175 chemicals, in log10 (DERMWIN in doi 10.1186/s13321-021-00503-5, abstract).
# Potts & Guy fitted much the same data with the same two descriptors: their error is taken as no smaller.
LOG_ERROR = 0.78
# Unbound solute in dermis, Dancik et al. 2013 (doi 10.1016/j.addr.2012.01.006): log10(cm^2/s) = a - b log10(M), M in g/mol.
DERMIS = -4.15, 0.655
DERMIS_GSD = 1.35        # no error was published; that of the tortuosity squared, 3.5 within 2-6, by which water falls to dermis
TORTUOSITY_SQUARED = 3.5
# Renkin 1954 (doi 10.1085/jgp.38.2.225): steric exclusion and drag in a cylindrical pore, in powers of solute over pore radius.
RENKIN = (1.0, 0.0), (-2.104, 1.0), (2.09, 3.0), (-0.95, 5.0)
PORE_RADIUS = 20e-10     # m; pores of wet human epidermis, 15-28 Angstrom in three reports
# Water: viscosity (Pa s) and temperature (K) at which free diffusivities are tabulated, and at which they are used in tissue.
TABLE_WATER, TISSUE_WATER = (0.890e-3, 298.15), (0.734e-3, 307.15)
BOLTZMANN = 1.380649e-23
LAG = 6.0                # lag time of a slab = thickness^2 / (6 diffusivity) (Crank 1975, section 4.3)
CENTIMETRE, HOUR, GRAM = 1e-2, 3600.0, 1e-3


class Predicted(NamedTuple):
    """A median in SI and its geometric standard deviation."""

    value: float
    gsd: float


def permeability(log_octanol_water: float, molar_mass: float, rule: str = "potts-guy") -> Predicted:
    """Permeability of wet human corneum to a neutral solute in water, m/s.

    Parameters
    ----------
    log_octanol_water : decimal logarithm of the partition coefficient.    molar_mass : kg/mol.
    rule : "potts-guy" or "epa". Both rest on 18-750 g/mol and log Kow -3 to +6; for ions they mean nothing.
    """
    constant, lipid, size = {"potts-guy": POTTS_GUY, "epa": EPA}[rule]
    second = HOUR if rule == "epa" else 1.0
    logarithm = constant + lipid * log_octanol_water - size * molar_mass / GRAM
    return Predicted(10 ** logarithm * CENTIMETRE / second, 10 ** LOG_ERROR)


def lag(molar_mass: float, thickness: float) -> Predicted:
    """Lag time of a corneum of this thickness (m) for a neutral solute, s.

    The part of Potts & Guy's rule that does not know the lipids is diffusivity over thickness. The error of their
    permeability is taken to come half from that part and half from partitioning.
    """
    constant, _, size = POTTS_GUY
    speed = 10 ** (constant - size * molar_mass / GRAM) * CENTIMETRE
    return Predicted(thickness / (LAG * speed), 10 ** (LOG_ERROR / math.sqrt(2)))


def dermis_diffusivity(molar_mass: float) -> Predicted:
    """Diffusivity of an unbound neutral solute in dermis, m^2/s. For ions see `ion_in_dermis`."""
    constant, size = DERMIS
    return Predicted(10 ** (constant - size * math.log10(molar_mass / GRAM)) * CENTIMETRE ** 2, DERMIS_GSD)


def ion_in_dermis(free_diffusivity: float) -> Predicted:
    """Diffusivity of an ion around the cells of dermis at 34 degC, m^2/s, from that in water at 25 degC.

    By its mass a hydrated ion would be taken for a much smaller molecule: the rule for neutral solutes gives magnesium its
    diffusivity in plain water.
    """
    (old, cold), (new, warm) = TABLE_WATER, TISSUE_WATER
    return Predicted(free_diffusivity * (old / new) * (warm / cold) / TORTUOSITY_SQUARED, DERMIS_GSD)


def stokes_radius(free_diffusivity: float) -> float:
    """Radius in m of a ball that diffuses so in water at 25 degC (Stokes & Einstein)."""
    viscosity, temperature = TABLE_WATER
    return BOLTZMANN * temperature / (6 * math.pi * viscosity * free_diffusivity)


def hindrance(radius_ratio: float) -> float:
    """Diffusion in a pore relative to free water (Renkin), from solute radius over pore radius below 1."""
    return (1 - radius_ratio) ** 2 * sum(factor * radius_ratio ** power for factor, power in RENKIN)


def through_pores(free_diffusivity: float, reference: float, measured: Predicted, pore_radius: float = PORE_RADIUS) -> Predicted:
    """Permeability of the same water-filled pores to another solute, m/s.

    Parameters
    ----------
    free_diffusivity, reference : of the solute and of the one that was measured, in water at 25 degC, m^2/s.
    measured : permeability to the latter. Charge is not looked at: its sign matters for skin by less than the spread.
    """
    mobile = [d * hindrance(stokes_radius(d) / pore_radius) for d in (free_diffusivity, reference)]
    return Predicted(measured.value * mobile[0] / mobile[1], measured.gsd)
