"""Compute the tables and the picture of electrodiffusion.md and write them into the page: `make tables` (three minutes)."""

import re
from pathlib import Path

import numpy as np

from epsom import plots
from epsom.dermal import electrodiffusion_factor as factor

PAGE = Path(__file__).parent / "electrodiffusion.md"
PICTURE = Path(__file__).parent / "images" / "electrodiffusion.svg"
DONORS = (1, 17, 100, 411, 1000, 2600, 4500)             # mol/m^3 of magnesium chloride
BATH, CREAM, FILM = DONORS[1], DONORS[3], DONORS[5]      # Epsom bath; 1 % magnesium, as in kokki2019; lotion
CHARGES = (0, -30, -100, -300)                           # mol/m^3 of pore
RADII = (1e-9, 2e-9, 5e-9, np.inf)                       # m
INCREMENTS = (0.1, 1, 3, 5, 10, 30, 100, 300, 1000, 2600)                # mol/m^3
NOTICED = 5                                              # percent
RADIUS, CHARGE = factor.central("pore_radius"), factor.central("fixed_charge")
salt = factor.chloride_of


def markdown(*rows) -> str:
    """Rows of text, the head first, as a table."""
    head, *others = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *others))


def readable(x: float) -> str:
    """Two digits."""
    return f"{float(f'{x:.2g}'):g}"


def by_charge(name: str, value) -> list[str]:
    """A row: what `value` makes of each fixed charge."""
    return [name, *map(value, CHARGES)]


def size(donor, charge, radius, cells: int) -> str:
    """E and the potential of the body in mV."""
    found = factor.passage(donor, charge, radius, cells)
    return f"{found.factor:.2f} ({found.potential * 1e3:+.0f})"


def donors(cells: int) -> str:
    """By donor and fixed charge."""
    outside = {f"{donor}": salt(donor) for donor in DONORS} | {f"{BATH}, sulfate": {"magnesium": BATH, "sulfate": BATH}}
    return markdown(by_charge("donor, mM", "X = {} mM".format),
                    *(by_charge(name, lambda x, donor=donor: size(donor, x, RADIUS, cells)) for name, donor in outside.items()))


def charges(cells: int) -> str:
    """What else goes with the fixed charge."""
    level = lambda donor, charge: factor.passage(salt(donor), charge, RADIUS, cells).factor
    within = lambda charge: " to ".join(map(readable, factor.ordinary_donors(charge, RADIUS, cells) or ())) or "none"
    return markdown(
        by_charge("", "X = {} mM".format),
        by_charge("transport number of sodium, over that in water", lambda x: f"{factor.transport_number(x, RADIUS):.2f}"),
        by_charge("chloride donors with E from 1.0 to 1.8, mM", within),
        *(by_charge(f"E at {donor} mM, over E at {CREAM} mM", lambda x, donor=donor: f"{level(donor, x) / level(CREAM, x):.2f}")
          for donor in (BATH, FILM)),
        *(by_charge(f"lag at {donor} mM, over Fick's", lambda x, donor=donor: f"{factor.lag(salt(donor), x, RADIUS, cells // 2):.2f}")
          for donor in (BATH, FILM)))


def pores(cells: int) -> str:
    """By the pores' radius."""
    places = [(donor, charge) for charge in (0, CHARGE) for donor in (BATH, FILM)]
    name = lambda radius: f"{radius * 1e9:g}" if np.isfinite(radius) else "wide"
    return markdown(["pore radius, nm", *(f"{donor} mM, X = {charge:g} mM" for donor, charge in places)],
                    *([name(radius), *(size(salt(donor), charge, radius, cells) for donor, charge in places)] for radius in RADII))


def dermis(cells: int) -> str:
    """Errors of Fick's law in deep tissue, in percent; the last row is interpolated."""
    errors = 100 * np.array([factor.dermis(increment, cells) for increment in INCREMENTS]).T
    limit = [np.exp(np.interp(NOTICED, error, np.log(INCREMENTS))) for error in errors]
    return markdown(["increment at the surface, mM", "amount entered, % too little", "concentration, % of the increment"],
                    *([f"{increment}", f"{entered:.1f}", f"{there:.1f}"] for increment, entered, there in zip(INCREMENTS, *errors)),
                    [f"{NOTICED} % at, mM", *map(readable, limit)])


TABLES = {"donors": donors, "charges": charges, "pores": pores, "dermis": dermis}


def between_marks(name: str) -> re.Pattern:
    """Where the table of this name stands in the page: (mark, table, mark)."""
    return re.compile(rf"(<!-- {name} -->\n\n)(.*?)(\n\n<!-- end -->)", re.S)


def filled(page: str, tables: dict[str, str]) -> str:
    """The page with each table in its place."""
    for name, text in tables.items():
        page = between_marks(name).sub(lambda found, text=text: found[1] + text + found[3], page)
    return page


def curves():
    """(donors, {fixed charge: E}) for the picture."""
    among = np.geomspace(DONORS[0], DONORS[-1], 60)
    return among, {x: np.array([factor.passage(salt(c), x, RADIUS).factor for c in among]) for x in CHARGES}


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8"), {name: table(96) for name, table in TABLES.items()}), "utf-8")
    PICTURE.write_text(plots.as_svg(plots.electrodiffusion_factor(*curves(), factor.ORDINARY)), "utf-8")
