"""The readings of a stated strength: as magnesium, as the salt, as each hydrate; by weight and by volume; and which of them cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product as every_combination

from epsom.core.parameter import document, names
from epsom.core.strength import Species
from epsom.evidence.label_statements import Statement
from epsom.evidence.solution import HEAVIEST, Content, Salt, added_to_water, by_mass, by_volume, salt_of, saturated
from epsom.evidence.span import Span, hull, known

BRINE = "magnesium-chloride"  # as which the magnesium of a mixture of sea salts is dissolved
MG = 1e6 * document("solutes", "magnesium").parameters["molar_mass"].si  # mg of magnesium in a mol
VERDICTS = ("possible", "at the edge", "crystals only", "impossible")
SLIPS = {
    "mass": (("mg", 1e-3, "a thousandth of it (mg for g)"), ("ug", 1e-6, "a millionth of it (ug for g)")),
    "share": (("0.1", 1e-1, "a tenth of it"), ("ppm", 1e-3, "a thousandth of it"), ("ppm", 1e-4, "a ten-thousandth of it (ppm for %)")),
    "moles": (("mmol", 1e-3, "a thousandth of it (mmol for mol)"),),
}


@dataclass(frozen=True)
class Reading:
    """One way to read a strength.

    Attributes
    ----------
    statement : as printed.    species : what the number counts, "Mg" or a formula.    salt : name of its document; "" where the label
        names none (the range is then over all magnesium salts that ship).
    basis : "w/w", "w/v", "added to water", "per spray", "per pump" or "the salt itself".
    mol_per_mL, mol_per_g : magnesium in the product.    density : g/mL. Both per mL and density are None where there is no solution.
    saturation : magnesium beside that of a saturated solution, 1 being saturated; None for the salt itself.
    mol_per_spray : where the label counts in sprays or pumps, else None.
    mol : magnesium of a stated content, or put into the stated water, else None.
    verdict : one of VERDICTS.    law : which law decides, with numbers.    factor : by how much it is broken, 1 where it is not.
    """

    statement: str
    species: str
    salt: str
    basis: str
    mol_per_mL: Span | None
    mol_per_g: Span | None
    density: Span | None
    saturation: Span | None
    mol_per_spray: Span | None
    mol: Span | None
    verdict: str
    law: str
    factor: float


def magnesium_salts() -> list[str]:
    """Names of the salts of magnesium that ship."""
    return [name for name in names("salts") if document("salts", name).about["solute"] == "magnesium"]


def readings(statement: Statement, spray: Span, density: float | None = None) -> list[Reading]:
    """All readings of a strength or content, the strongest first."""
    name, found = statement.of, []
    for species in _species(statement):
        for basis in statement.bases:
            salts = [name.salt or BRINE] if name.salt or name.mixture else magnesium_salts()
            each = [_reading(statement, species, basis, salt_of(salt), spray, density, _share(name.mixture)) for salt in salts]
            found.append(each[0] if len(salts) == 1 else _of_any(each, species))
    return sorted(found, key=lambda r: -(r.mol_per_g.value if r.mol_per_g else r.mol.value))


def _species(statement: Statement) -> list[str]:
    name = statement.of
    if name.mixture:
        return ["mixture"]
    if name.species:
        return [name.species]
    if name.element or not name.salt:
        return ["Mg"]
    every = salt_of(name.salt).species
    if statement.quantity == "moles":  # a mol of a hydrate holds what a mol of the salt does
        return ["Mg"] if salt_of(name.salt).magnesium == 1 else list(every)[:2]
    return list(every)


def _share(mixture: str) -> Span | None:
    return known("plausibility", "household", mixture).si if mixture else None


def _reading(statement: Statement, species: str, basis: str, salt: Salt, spray: Span, density: float | None, mixed: Span | None) -> Reading:
    kind = salt.species["Mg" if mixed else species]
    number = statement.number * (mixed or 1.0)
    per_species = 1.0 if statement.quantity == "moles" else 1 / kind.molar_mass
    if basis == "the salt itself":
        moles = number * per_species * kind.solutes
        per_gram = Span(*(kind.solutes / kind.molar_mass * 1e-3 * m for m in ((mixed.value, mixed.low, mixed.high) if mixed else (1, 1, 1))))
        return Reading(
            statement.text, species, "" if mixed else salt.name, basis, None, per_gram, None, None, None, moles, "possible", "", 1.0
        )
    per = statement.per
    by_spray = basis.startswith("per ")
    if basis == "per pump":
        spray = known("plausibility", "household", "pump").si
    amount = number * (per_species if basis != "added to water" else 1.0 if statement.quantity != "moles" else kind.molar_mass) / per
    squirt = amount * kind.solutes if by_spray else None
    if by_spray:
        amount = amount / spray
    put_in = number * per_species * kind.solutes if basis == "added to water" else None
    whole = number / per * (1.0 if statement.quantity != "moles" else kind.molar_mass) if not by_spray else amount * kind.molar_mass
    contents = _contents(amount, basis, kind, salt, density)
    if statement.quantity == "share" and basis == "w/v":  # a share by volume: g in 100 mL
        contents = _contents(amount * 1e3, basis, kind, salt, density)
        whole = whole * 1e3
    return _judged(statement, species, basis, salt, kind, contents, whole, squirt, put_in, bool(mixed))


def _contents(amount: Span, basis: str, kind: Species, salt: Salt, density: float | None) -> list[Content]:
    """The solution in the middle, and at all corners of its number and of the salt's volume."""
    corners = [(amount.value, salt.volume.value), *every_combination({amount.low, amount.high}, (salt.volume.low, salt.volume.high))]
    if basis == "added to water":
        return [added_to_water(mass, kind, salt, volume) for mass, volume in corners]
    make = by_mass if basis == "w/w" else by_volume
    return [make(moles * kind.solutes / salt.magnesium, salt, volume, density) for moles, volume in corners]


def _over(values: Iterable[float]) -> Span:
    values = list(values)
    return Span(values[0], min(values), max(values))


def _judged(
    statement: Statement,
    species: str,
    basis: str,
    salt: Salt,
    kind: Species,
    contents: list[Content],
    whole: Span,
    squirt: Span | None,
    put_in: Span | None,
    mixed: bool,
) -> Reading:
    per_g, per_mL = _over(c.per_mass * 1e-3 for c in contents), _over(c.per_volume * 1e-6 for c in contents)
    full_mass, full_volume = saturated(salt)
    dry = min(c.water for c in contents) <= 0
    saturation = per_mL * 1e6 / full_volume if dry else per_g * 1e3 / full_mass
    share = _over(c.salt for c in contents)
    verdict, law, factor = _verdict(basis, salt, whole, share, saturation, dry)
    if species == salt_crystal(salt) and basis == "w/w" and abs(whole.value - 1) < 1e-9:
        verdict, law, factor = "crystals only", "the whole is the salt itself: crystals, not a solution", 1.0
    fluid = verdict in ("possible", "at the edge")
    return Reading(
        statement.text,
        species,
        "" if mixed else salt.name,
        basis,
        per_mL if fluid or basis == "w/v" else None,
        per_g,
        _over(c.density * 1e-3 for c in contents) if fluid else None,
        saturation,
        squirt,
        put_in,
        verdict,
        law,
        factor,
    )


def salt_crystal(salt: Salt) -> str:
    """The formula of the heaviest species: the hydrate that is sold."""
    return max(salt.species.values(), key=lambda each: each.molar_mass).formula


def _verdict(basis: str, salt: Salt, whole: Span, share: Span, saturation: Span, dry: bool) -> tuple[str, str, float]:
    if basis == "w/w" and (whole.low > 1 or share.low > 1):
        worst = max(whole.low, share.low)
        return "impossible", f"a part is not more than the whole: {worst:.3g} g of salt in 1 g of product", worst
    if basis not in ("w/w", "added to water") and whole.low > HEAVIEST:
        return (
            "impossible",
            (
                f"a part is not more than the whole: {whole.low / 1e3:.3g} g in 1 mL, where the heaviest product that is taken "
                f"weighs {HEAVIEST / 1e3:g} g"
            ),
            whole.low / HEAVIEST,
        )
    if saturation.low > 1:
        law = f"solubility: {saturation.value:.3g} times the magnesium of a saturated solution of {salt.name}"
        if basis == "w/w" and not dry and share.low <= salt.crystal_share * 1.01:
            return "crystals only", f"{law}; the crystals themselves hold that much", saturation.low
        return "impossible", law, saturation.low
    if saturation.value > 1:
        return "at the edge", "at saturation, within what is known of solubility and density", 1.0
    return "possible", "", 1.0


def _of_any(each: list[Reading], species: str) -> Reading:
    """A reading where no salt is named: over all salts in which it is possible, or the nearest one where it is in none."""
    best = min(VERDICTS.index(r.verdict) for r in each)
    kept = [r for r in each if VERDICTS.index(r.verdict) == best]
    near = min(kept, key=lambda r: r.factor)
    if near.verdict == "impossible" or near.basis == "the salt itself":
        return Reading(**{**near.__dict__, "species": species, "salt": ""})
    law = "" if len(kept) == len(each) else f"only as {', '.join(r.salt.removeprefix('magnesium-') for r in kept)}: other salts dissolve less"
    return Reading(
        near.statement,
        species,
        "",
        near.basis,
        _hull([r.mol_per_mL for r in kept]),
        hull(r.mol_per_g for r in kept),
        _hull([r.density for r in kept]),
        hull(r.saturation for r in kept),
        near.mol_per_spray,
        near.mol,
        near.verdict,
        law,
        near.factor,
    )


def _hull(spans: list[Span | None]) -> Span | None:
    """All of them at once; None where one of the salts makes no solution."""
    return None if None in spans else hull(spans)


def slip(statement: Statement, spray: Span, density: float | None) -> tuple[str, Reading] | None:
    """The unit that would make sense of a strength that is impossible in every reading, and the strongest reading with it."""
    for _, factor, told in SLIPS.get(statement.quantity, ()):
        number = statement.number * factor
        found = [
            r
            for r in readings(
                Statement(statement.text, statement.kind, statement.of, statement.quantity, number, statement.per, statement.bases),
                spray,
                density,
            )
            if r.verdict == "possible"
        ]
        if found:
            return told, found[0]
    return None


def spray_of(stated: list[Statement]) -> tuple[Span, bool]:
    """(m^3 of a spray, whether the label says so); else the household's."""
    sizes = [s.number / s.per for s in stated if s.kind == "spray size" and s.number.low > 0 and s.per.low > 0]
    return (sizes[0], True) if sizes else (known("plausibility", "household", "spray").si, False)
