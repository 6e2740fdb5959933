"""What was asked and what was done, in words that people use at home."""

from __future__ import annotations

from epsom import feeling
from epsom.core.digits import digits
from epsom.core.household import in_household_words
from epsom.result import Result


def question(result: Result) -> str:
    """What this run was asked."""
    product, site = result.scenario.product.resolved, result.scenario.site
    title, felt = product.title or "This product", ", and would a person feel it" if feeling.hurts(result.scenario) else ""
    return f"{title}, on {site.area.text.replace('^2', '²')} of the {site.name}: what reaches which tissue, and when{felt}?"


def step_text(result: Result, step) -> str:
    """A step in words, with what a household amount means."""
    if step.apply is not None:
        mass = result.scenario.mass_of(step.apply)
        area = result.scenario.site.area.si
        product = result.scenario.product.resolved
        at_home = in_household_words(mass / product.density.si, product.spray.si if product.spray else None)
        means = (f"{step.apply.replace('^2', '²')} of product, which is {digits(mass * 1e3)} g in all, {at_home}, "
                 f"{digits(mass / area * 100)} mg/cm²")
        rubbed = f", rubbed for {step.rub.duration}" if step.rub else ""
        return f"At {step.at}: apply {means}{rubbed}"
    if step.soak is not None:
        warm = f" at {step.soak.temperature}" if step.soak.temperature else ""
        return f"At {step.at}: soak for {step.soak.duration} in {step.soak.volume}{warm}"
    if step.wash is not None:
        return f"At {step.at}: wash {100 * step.wash:.0f} % of the film away"
    if step.occlude is not None:
        return f"At {step.at}: cover for {step.occlude.duration}"
    return f"At {step.at}: {step.action}"
