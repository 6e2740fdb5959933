"""One offline page for a Result or a Comparison: question, answer, pictures, numbers, evidence, limits and what made it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from epsom import answer as asked
from epsom import certainty, comparison_plots, cross_section, feeling, feeling_plots, feeling_text, plots, storage, value_of_information_text
from epsom import comparison_text as told
from epsom.comparison import AMOUNTS, FILM, RISES, Comparison, Row
from epsom.core import sources
from epsom.core.digits import digits
from epsom.core.parameter import Parameter
from epsom.core.posterior import calibrated
from epsom.result import Result
from epsom.safety import red_flag


@cache
def template(name: str):
    """A template of `data/templates`; undefined names are errors."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("epsom") / "data" / "templates"
    environment = Environment(loader=FunctionLoader(lambda part: (folder / part).read_text("utf-8")), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(name)


def prepare() -> None:
    """Load the libraries that the page and the run folder need; worth doing while the solver is busy."""
    import h5netcdf  # noqa: F401

    plots.prepare()
    template("report.html.j2")


def page(result: Result) -> str:
    """The report as one HTML page that needs no network."""
    found = asked.answers(result)
    return template("report.html.j2").render(
        result=result, scenario=result.scenario, product=result.scenario.product.resolved, gates=result.gates,
        alarms=asked.alarms(result), complaint=red_flag(result.scenario), headline=asked.headline(result, found),
        certainty=certainty.told(result, found), question=question(result), solutes=[section(result, s, found) for s in result.solutes],
        parameters=[parameter_row(p) for p in _by_grade(result)], grades=grade_counts(result), grade_meaning=asked.GRADE_MEANING,
        not_modelled=result.not_modelled, disclaimers=storage.filled_disclaimers(result),
        sources=[sources.plain(key) for key in used_sources(result)], steps=[step_text(result, s) for s in result.scenario.steps],
        felt=felt_section(result) if feeling.felt(result) else None,
        measuring={"lines": value_of_information_text.lines(result), **value_of_information_text.rows(result)},
        early=asked.EARLY, near_width=asked.near_width(result) if asked.has_pattern(result) else "",
        provenance=result.provenance)


def write_report(result: Result, root: str | Path) -> Path:
    """Write the run folder with the report in it; returns its path."""
    return storage.write(result, root, {"report.html": lambda: page(result)})


def write_comparison(comparison: Comparison, root: str | Path) -> Path:
    """Write the folder of a comparison or sweep with its page and pictures in it; returns its path."""
    drawn = pictures(comparison)
    alone = {f"pictures/{p['name']}.svg": lambda text=p["svg"]: text for p in drawn}
    return storage.write_comparison(comparison, root, {**alone, "report.html": lambda: comparison_page(comparison, drawn)})


def comparison_page(comparison: Comparison, drawn: list[dict]) -> str:
    """A comparison as one HTML page that needs no network."""
    first = comparison.results[0]
    overview = told.overview(comparison)
    return template("comparison.html.j2").render(
        question=told.question(comparison), labels=comparison.labels, first=told.named(comparison)[0], swept=comparison.swept,
        gates=told.gates(comparison), alarms=told.alarms(comparison), red_flags=told.red_flags(comparison),
        disclaimers=storage.filled_disclaimers(comparison),
        headline=told.headline(comparison), draws=comparison.draws, mixed=told.MIXED, notes=told.notes(comparison),
        overview=[{"solute": s, "rows": [row for row in overview if row.solute in (s, "")]} for s in comparison.solutes],
        differences=told.differences(comparison), pictures=drawn, grade_meaning=asked.GRADE_MEANING,
        not_modelled=told.not_modelled(comparison), sources=[sources.plain(key) for key in used_sources(comparison)],
        version=first.provenance["version"], commit=first.provenance["commit"], seed=first.draws.seed,
        fingerprint=comparison.fingerprint,
        runs=[(label, r.provenance["fingerprint"]) for label, r in zip(comparison.labels, comparison.results)])


def pictures(comparison: Comparison) -> list[dict]:
    """Name, SVG, words and rows of each picture: over time in a comparison, over the swept values in a sweep."""
    table = comparison.table
    if comparison.swept:
        shown = [comparison.row(f"entered_amount[{s}].end") for s in comparison.solutes]
        shown += [row for row in told.overview(comparison) if not row.variable.startswith("applied") and "between" not in row.variable]
        return [_picture(row.key, comparison_plots.over_values(comparison, row.key), [row], comparison) for row in shown]
    wanted = [f"{word}[{s}]" for s in comparison.solutes for word in (*AMOUNTS, *RISES)] + list(FILM)
    rows = {variable: [row for row in table if row.variable == variable] for variable in wanted}
    return [_picture(variable, comparison_plots.by_time(comparison, variable), own, comparison) for variable, own in rows.items() if own]


def _picture(name: str, figure, rows: list[Row], comparison: Comparison) -> dict:
    last = rows[-1]
    values = "; ".join(f"{label}: {last.shown(i)}" for i, label in enumerate(comparison.labels))
    file = name.replace("[", "-").replace("]", "").replace(" ", "-")
    return {"name": file, "svg": plots.as_svg(figure), "rows": rows,
            "text": f"Simulated {last.text}, median and nine in ten draws. {values}."}


def question(result: Result) -> str:
    """What this run was asked."""
    product, site = result.scenario.product.resolved, result.scenario.site
    title, felt = product.title or "This product", ", and would a person feel it" if feeling.hurts(result.scenario) else ""
    return f"{title}, on {site.area.text.replace('^2', '²')} of the {site.name}: what reaches which tissue, and when{felt}?"


def section(result: Result, solute: str, found: list[asked.Answer]) -> dict:
    """Pictures and tables of a solute."""
    own = [a for a in found if a.solute == solute]
    amounts = [a for a in own if a.variable.partition("[")[0] in asked.AMOUNTS]
    names = list(dict.fromkeys(a.key.partition(".")[2] for a in amounts))
    shown = [str(result.scenario.duration) if name == "end" else name for name in names]
    table = [(word, [next(a for a in amounts if a.key == f"{word}.{name}").interval for name in names])
             for word in asked.AMOUNTS]
    rises = [(asked.RISES[word], *(next(a for a in own if a.key == f"{word}.{kind}") for kind in ("peak", "peak_time")))
             for word in asked.RISES]
    fans = [(plots.as_svg(plots.fan(result, v)), plots.alternative_text(result, v), course(result, v),
             result.words[v.partition("[")[0] + f"[{solute}]"].shown_unit.replace("umol", "µmol"))
            for v in plots.shown_rises(result, solute)]
    return {
        "name": solute, "times": shown,
        "applied": next(a for a in own if a.key == "applied_amount.end").interval,
        "amounts": [(asked.AMOUNTS[word], cells) for word, cells in table],
        "rises": [(where, peak.interval, time.interval + (f"; {time.note}" if time.note else ""), peak.weakest_grade,
                   asked.percent(peak.assumed) if peak.assumed else "-") for where, peak, time in rises],
        "around": around_follicles(own),
        "pattern": (plots.as_svg(plots.around_follicles(result, solute)), pattern_text(own)) if asked.has_pattern(result) else None,
        "ledger": (plots.as_svg(plots.ledger(result, solute)), ledger_text(own, result)),
        "drawing": (plots.as_svg(cross_section.cross_section(result, solute, own)), cross_section.in_words(result, solute, own)),
        "depth": (plots.as_svg(plots.depth_time(result, solute)), depth_text(result, solute)), "fans": fans}


def felt_section(result: Result) -> dict:
    """Sentences, pictures and tables of what would be felt."""
    drawn = [(feeling_plots.noticed(result), feeling_text.noticed_text(result))]
    rows = feeling_text.share_rows(result)
    if feeling.hurts(result.scenario):
        drawn.insert(0, (feeling_plots.pain(result), feeling_text.pain_text(result)))
        if rows:
            drawn.insert(1, (feeling_plots.shares(result), feeling_text.shares_text(result)))
            drawn.insert(2, (feeling_plots.hundred(result), feeling_text.hundred_text(result)))
    return {"lines": feeling_text.lines(result), "pictures": [(plots.as_svg(figure), text) for figure, text in drawn],
            "share_times": [feeling_text.minutes(t) for t in feeling.shares(result)], "shares": rows,
            "chances": feeling_text.chance_rows(result) if feeling.hurts(result.scenario) and feeling.relief(result) else [],
            "assumed_at": feeling_text.minutes(feeling_text.told_at(result)) if rows else "",
            "window": feeling_text.window(result), "rests": feeling_text.rests_on(result) if rows else "",
            "noticed": [(m, [feeling_text.told(r) for r in ratings.values()]) for m, ratings in feeling.noticed(result)],
            "words": list(feeling.RATINGS.values()), "not_modelled": feeling_text.NOT_MODELLED}


def around_follicles(own: list[asked.Answer]) -> list[tuple]:
    """Rows of (layer, zone, rises at the early reading times)."""
    named = {a.key: a.interval for a in own}
    return [(asked.RISES[word], where, [named.get(f"{word}{zone}.{name}", "-") for name in asked.EARLY])
            for word in asked.PATTERNED for zone, where in asked.ZONES.items()]


def pattern_text(own: list[asked.Answer]) -> str:
    """The picture of the pattern around follicles in words."""
    named = {a.key: a.interval for a in own}
    told = "; ".join(f"{where} {named[key]}" for zone, where in asked.ZONES.items()
                     if (key := f"{asked.PATTERNED[1]}{zone}.{asked.EARLY[0]}") in named)
    return ("Simulated rise in the papillary dermis near follicles, on average and between them, medians with 50 % of draws"
            + (f". After {asked.EARLY[0]}: {told}." if told else "."))


def ledger_text(own: list[asked.Answer], result: Result) -> str:
    """The ledger picture in words."""
    end = str(result.scenario.duration)
    named, needed = {a.key: a.interval for a in own}, "interpretable_amount.end"
    return (f"Simulated, after {end} (dot: median; bars: 50 and 90 % of draws): applied {named['applied_amount.end']}; left the film "
            f"{named['entered_amount.end']}; passed the corneum {named['crossed_amount.end']}; carried off by blood "
            f"{named['blood_uptake_amount.end']}"
            + (f"; {named[needed]} would have to reach blood at once for a test on one person to tell." if needed in named else "."))


def depth_text(result: Result, solute: str) -> str:
    """The depth-time map in words."""
    import numpy as np

    profile = result.profiles[solute]
    median = profile.quantiles[profile.levels.index(0.5)]
    k = int(median[:, 0].argmax())
    half = profile.depths[np.argmax(median[k] <= median[k, 0] / 2)] * 1e3
    return (f"Map of the simulated median rise of {solute} by depth and time. It is highest at the top of the living "
            f"tissue, {median[k, 0]:.2g} mmol/L at {result.times[k] / 3600:.2g} h, and half of that {half:.2g} mm deeper.")


def course(result: Result, variable: str) -> list[tuple[str, str, str, str]]:
    """The table behind a fan chart: time, 5 %, median, 95 %."""
    import numpy as np

    word = result.words[variable]
    names = {**asked.READING_TIMES, str(result.scenario.duration): float(result.times[-1])}
    rows = []
    for name, t in names.items():
        if t <= result.times[-1]:
            low, middle, high = np.quantile(result.at(variable, t), asked.LEVELS) * word.shown_factor
            rows.append((name, *(digits(float(x)) for x in (low, middle, high))))
    return rows


def step_text(result: Result, step) -> str:
    """A step in words, with what a household amount means."""
    if step.apply is not None:
        mass = result.scenario.mass_of(step.apply)
        area = result.scenario.site.area.si
        means = (f"{step.apply.replace('^2', '²')} of product, which is {digits(mass * 1e3)} g in all, "
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


def parameter_row(p: Parameter) -> dict:
    low, high = (p.value, p.value) if p.spread_free else p.interval()
    return {"key": p.key, "value": f"{p.value:.3g}", "unit": "" if p.unit == "1" else p.unit, "grade": p.grade,
            "spread": "" if p.spread_free else f"{low:.2g} to {high:.2g}", "source": p.source, "where": p.where,
            "note": "; ".join(filter(None, (p.note, calibrated_text(p)))), "verify": p.verify}


def calibrated_text(p: Parameter) -> str:
    """What was learnt of a number from outcomes measured in people."""
    after = calibrated(p)
    return f"calibrated: {after[1]:.2g} ({after[0]:.2g} to {after[2]:.2g})" if after else ""


def _by_grade(result: Result) -> list[Parameter]:
    return sorted(result.parameters.values(), key=lambda p: (p.grade == "-", -ord(p.grade), p.key))


def grade_counts(result: Result) -> dict[str, int]:
    """{grade: how many numbers of this run}, without constants of physics and chemistry."""
    return {g: sum(p.grade == g and not p.constant for p in result.parameters.values()) for g in asked.GRADE_MEANING}


def used_sources(result: Result | Comparison) -> list[str]:
    """Keys of the sources of this run, sorted."""
    return sorted({p.source for p in result.parameters.values()} & set(sources.bibliography()))

