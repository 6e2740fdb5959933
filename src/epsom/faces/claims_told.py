"""Text and data for `epsom claims` and `epsom studies`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from epsom.core.errors import InputError, nearest
from epsom.core.sources import plain
from epsom.evidence import checks, matching, rulings, trail, tried, wording
from epsom.evidence.claims import Claim, Link, chosen, claim, claims
from epsom.evidence.marketed import Marketed, marketed
from epsom.evidence.studies import Route, Study, studies, study
from epsom.faces.terminal import line, table_lines, wrap

CLAIMS, STUDIES, MATCH = "epsom-claims/1", "epsom-studies/1", "epsom-claims-match/1"
GRAPH, LINT, MARKETED, VERIFIED = "epsom-claims-graph/1", "epsom-claims-lint/1", "epsom-marketed/1", "epsom-claims-verified/1"
ONE_READER = "Read by one person, mostly in abstracts and registries; what is absent was not reported there."
NOT_ALL = "Claims are recognised by words; a sentence without one may still make a claim, or one that is not registered."
NOT_ADVICE = "Information for research and education, not medical advice."
FEW = 3                      # numbers of a source that a trail names


class Told(NamedTuple):
    """Something as text, as data, and as bare names for scripts."""

    text: str
    data: dict
    names: list[str]


def _fields(pairs: Iterable[tuple[str, object]]) -> list[str]:
    """Lines of "name: value" for values that are there."""
    return [wrap(f"{name}: {value}", "    ", "      ") for name, value in pairs if value not in (None, "", ())]


# ---- claims ----------------------------------------------------------------------------------------------------------
def _claim_data(c: Claim) -> dict:
    links = [{**link.model_dump(exclude_none=True), "on_people": link.on_people} for link in c.links]
    return {**c.model_dump(mode="json", exclude_none=True), "links": links, "verdict_sentence": wording.of(c),
            "to_be_verified": c.to_be_verified(), "in_the_model": _tried_data(c)}


def _tried_data(c: Claim) -> dict | None:
    """What the model says of it; None where nothing is tried or was kept."""
    found = tried.stored().get(c.id)
    return found and {"asked": [p.words for p in c.test.holds], **found.as_dict(), "answer": found.answer,
                      "sentence": found.sentence(c.test.words), "leaves_out": c.test.leaves_out}


def _in_the_model(c: Claim) -> list[str]:
    """What the model was asked, what it says, and what that leaves out."""
    if c.test is None:
        return []
    found = tried.stored().get(c.id)
    asked = f"{c.test.scenario}{' with ' + ', '.join(c.test.set) if c.test.set else ''}: {c.test.words}"
    return _fields([("asked", asked), ("found", found.sentence(c.test.words) if found else f"not tried yet: epsom claims verify {c.id}"),
                    ("not in it", c.test.leaves_out)])


def verified(wanted: list[str], every: bool, quiet: bool) -> Told:
    """Claims tried again in the model where something behind them has changed."""
    from epsom.evidence import trying
    from epsom.faces.terminal import warn

    chosen_ones = [claim(each) for each in wanted] or list(claims().values())
    tests = trying.of_claims(chosen_ones)
    for c in chosen_ones:
        if wanted and c.test is None:
            can = ", ".join(trying.of_claims(claims().values()))
            raise InputError(f"the model cannot speak to {c.id}", f"It can to {can}", value=c.id)
    found = trying.verify(tests, every, None if quiet else lambda name: warn([f"running {name}"]))
    chance = lambda one: "-" if one is None else f"{one.answer} ({', '.join(f'{100 * x:.0f}' for x in one.chance)} of 100)"
    rows = [(key, chance(v.before), chance(v.now) if v.touched else "as before", "moved" if v.moved else "same" if v.touched else "untouched")
            for key, v in found.items()]
    moved, touched = [key for key, v in found.items() if v.moved], sum(v.touched for v in found.values())
    text = [*table_lines(("claim", "kept", "now", ""), rows), "",
            wrap(f"{len(found)} claims can be tried; {touched} were run again, the others rest on what has not changed; {len(moved)} moved"
                 f"{': ' + ', '.join(moved) if moved else ''}. Of 100 people, if what is not known is unfavourable, middling, favourable. "
                 "The register's verdicts rest on studies and are not moved by this.")]
    data = {"schema": VERIFIED, "claims": [{"id": key, "kept": v.before and v.before.as_dict(), "now": v.now.as_dict(), "touched": v.touched,
                                            "moved": v.moved} for key, v in found.items()], "note": NOT_ADVICE}
    return Told("\n".join([*text, NOT_ADVICE]), data, moved)


def claim_list(verdict: str | None, theme: str | None, kind: str | None, letter: str | None) -> Told:
    """Claims of a choice, as a table."""
    found = chosen(verdict, theme, kind, letter)
    rows = [(c.id, c.text, c.verdict, c.certainty) for c in found]
    text = "\n".join(table_lines(("id", "claim", "verdict", "certainty"), rows)) if rows else "No claim is of this kind."
    return Told(text, {"schema": CLAIMS, "claims": list(map(_claim_data, found))}, [c.id for c in found])


def _link_line(link: Link) -> str:
    head = f"{link.to} {link.registered.who}" if link.study else link.to
    kind = f"{link.registered.design}, {link.registered.route}" if link.study else f"on {link.on}"
    return wrap(f"{link.relation}: {head} ({kind}): {link.note}", "    ", "      ")


def claim_shown(wanted: str) -> Told:
    """One claim with all that is known about it."""
    c = claim(wanted)
    marks = [wrap(f"{where}: {'; '.join(what)}", "    ", "      ") for where, what in c.to_be_verified().items()]
    past = [wrap(f"{each.date}: {each.verdict}, certainty {each.certainty}. {each.why[0].upper()}{each.why[1:]}.", "    ", "      ")
            for each in c.history]
    on_record = rulings.on([c.id])
    readouts = f" ({', '.join(c.observable.readouts)})" if c.observable and c.observable.readouts else ""
    lines = [wrap(f"{c.id}  {c.text}"), *_fields([
        ("said in", f"{c.heard.title} ({c.heard.letter}), {c.section}"), ("about", f"{c.scope}; {c.type}; {c.theme}"),
        ("verdict", c.verdict), ("certainty", c.certainty), ("in words", wording.of(c)), ("why", c.reason),
        ("would change it", c.would_change), ("to be measured", f"{c.observable.what}{readouts}" if c.observable else None),
        ("judged", c.judged)])]
    for title, part in (("Studies", list(map(_link_line, c.links))), ("In the model, which is no study", _in_the_model(c)),
                        ("To be verified", marks), ("Judged before", past),
                        ("Rulings", [wrap(_ruling(each), "    ", "      ") for each in on_record])):
        lines += [title, *part] if part else []
    lines += [wrap(rulings.NO_ADVICE)] if on_record else []
    data = {"schema": CLAIMS, "claims": [_claim_data(c)], "rulings": [each.model_dump() for each in on_record]}
    return Told("\n".join([*lines, NOT_ADVICE]), data, [f"{c.verdict}, {c.certainty}"])


def _ruling(each: rulings.Ruling) -> str:
    return each.told + (f" To be verified: {'; '.join(each.verify)}." if each.verify else "")


# ---- matching --------------------------------------------------------------------------------------------------------
def matched(text: str, threshold: float) -> Told:
    """The claims of a text."""
    found = matching.match(text, threshold)
    made = list(dict.fromkeys(each.claim.id for part in found for each in part.found))
    on_record = rulings.on(made)
    lines = []
    for part in found:
        lines.append(wrap(f"\"{part.text}\""))
        for each in part.found:
            lines += _found_lines(each, each.claim.text)
        for each in part.denied:
            lines += [wrap(f"{each.claim.id} is named, but denied or doubted: {each.claim.text}", "    ", "      ")]
        if not part.found and not part.denied:
            lines.append("    No registered claim recognised.")
    if on_record:
        lines += ["", "Rulings on claims of this kind", *(wrap(_ruling(each), "    ", "      ") for each in on_record),
                  wrap(rulings.NO_ADVICE)]
    without = sum(not part.found for part in found)
    lines += ["", wrap(f"{len(made)} registered claims in {len(found)} sentences; {without} without one. {NOT_ALL} {NOT_ADVICE}")]
    data = {"schema": MATCH, "threshold": threshold, "sentences": [
        {"text": part.text, "claims": list(map(_found_data, part.found)), "denied": list(map(_found_data, part.denied))} for part in found],
        "claims": made, "rulings": [each.model_dump() for each in on_record], "note": f"{NOT_ALL} {rulings.NO_ADVICE}"}
    return Told("\n".join(lines), data, made)


def _found_lines(each: matching.Found, text: str) -> list[str]:
    marks = sum(map(len, each.claim.to_be_verified().values()))
    score = "" if each.score == 1.0 else f", {each.score:.0%} of the ideas"
    return [wrap(f"{each.claim.id} {text} (by: {', '.join(each.words)}{score})", "    ", "      "),
            wrap(f"{each.claim.verdict}, certainty {each.claim.certainty}. {wording.of(each.claim)}"
                 + (f" {marks} things behind it are to be verified." if marks else ""), "      ", "      ")]


def _found_data(each: matching.Found) -> dict:
    return {"id": each.claim.id, "text": each.claim.text, "by": each.words, "score": each.score, "verdict": each.claim.verdict,
            "certainty": each.claim.certainty, "verdict_sentence": wording.of(each.claim), "to_be_verified": each.claim.to_be_verified()}


# ---- graph and rules -------------------------------------------------------------------------------------------------
def _wanted(wanted: str | None) -> list[Claim]:
    return [claim(wanted)] if wanted else list(claims().values())


def traced(wanted: str | None) -> Told:
    """Claims, what they stand on, and numbers of the model, as a tree of text."""
    lines, data, names = [], [], []
    for c in _wanted(wanted):
        steps = trail.steps(c)
        lines.append(line(f"{c.id} {c.text} [{c.verdict}, {c.certainty}]", "  "))
        for step in steps:
            head = f"{step.link.to} {step.link.registered.who}" if step.link.study else plain(step.link.to)
            lines.append(line(f"  {step.link.relation} <- {head}", "      "))
            some = step.numbers if wanted else step.numbers[:FEW]
            lines += [line(f"      number {key}", "        ") for key in some]
            lines += [f"      and {len(step.numbers) - len(some)} more numbers"] if len(some) < len(step.numbers) else []
        if not steps:
            lines.append("  no study")
        data.append({"claim": c.id, "verdict": c.verdict, "certainty": c.certainty, "links": [
            {"to": step.link.to, "kind": "study" if step.link.study else "source", "relation": step.link.relation,
             "numbers": step.numbers} for step in steps]})
        names += [c.id, *(step.link.to for step in steps)]
    return Told("\n".join(lines), {"schema": GRAPH, "claims": data}, list(dict.fromkeys(names)))


def dot(wanted: str | None) -> str:
    """The same for Graphviz."""
    return trail.as_dot(_wanted(wanted))


def linted() -> Told:
    """What breaks the rules of the register."""
    found = checks.findings()
    lines = [wrap(f"{each.where}: {each.what} ({each.rule})") for each in found]
    of = checks.register()
    lines.append(f"{len(checks.RULES)} rules, {len(of.claims)} claims, {len(of.studies)} studies, {len(of.marketed)} products: "
                 f"{len(found) or 'nothing'} found.")
    return Told("\n".join(lines), {"schema": LINT, "rules": list(checks.RULES), "findings": [each._asdict() for each in found]},
                list(dict.fromkeys(each.where for each in found)))


# ---- products --------------------------------------------------------------------------------------------------------
def marketed_told(wanted: str | None) -> Told:
    """What is sold, as a table, or one of it."""
    every = marketed()
    if wanted is None:
        found = list(every.values())
        rows = [(m.id, m.what, m.label or "", "; ".join(map(_reading, m.readings))) for m in found]
        text = "\n".join([*table_lines(("id", "what it is", "label prints", "read as"), rows),
                          wrap("Readings are arithmetic on labels, none checked by analysis; what is applied is not absorbed.")])
    elif wanted.upper() in every:
        found = [every[wanted.upper()]]
        text = _marketed_text(found[0])
    else:
        raise InputError(f"there is no product '{wanted}'", nearest(wanted.upper(), every), value=wanted)
    return Told(text, {"schema": MARKETED, "products": [_marketed_data(m) for m in found]}, [m.id for m in found])


def _reading(reading) -> str:
    amount = f"{reading.low:g}" + (f" to {reading.high:g}" if reading.high else "")
    return f"{reading.as_}: {amount} {reading.unit}"


def _marketed_data(m: Marketed) -> dict:
    data = m.model_dump(exclude_none=True, by_alias=True)
    return {**data, "readings": [{**told, "mmol_per_L": reading.per_litre} for told, reading in zip(data["readings"], m.readings)]}


def _marketed_text(m: Marketed) -> str:
    linked = [f"{', '.join((*r.products, *r.salts))} ({r.as_})" for r in m.readings if r.products or r.salts]
    return "\n".join([wrap(f"{m.id}  {m.what}"), *_fields([
        ("brand", m.brand), ("label prints", m.label), ("salt", m.salt), *(("read as", _reading(r)) for r in m.readings), ("use", m.use),
        ("area", m.area), ("can be simulated as", "; ".join(linked)), ("not known", "; ".join(m.not_known)),
        ("studies", ", ".join(m.studies)), ("note", m.note), ("source", m.source), ("to be verified", "; ".join(m.verify))]),
        "No label was checked by analysis; no endorsement."])


# ---- studies ---------------------------------------------------------------------------------------------------------
def _study_data(s: Study) -> dict:
    return {**s.model_dump(mode="json", exclude_none=True), "on_people": s.on_people, "has_results": s.has_results}


def study_list(route: str | None, verify: bool) -> Told:
    """Studies of a choice, as a table."""
    if route is not None and route not in Route.__args__:
        raise InputError(f"there is no route '{route}'", nearest(route, Route.__args__), key="--route", value=route)
    found = [s for s in studies().values() if (route is None or s.route == route) and (s.verify or not verify)]
    rows = [(s.id, s.who, s.about, "" if s.people is None else str(s.people), s.risk_of_bias.overall) for s in found]
    text = "\n".join([*table_lines(("id", "study", "about", "people", "risk of bias"), rows), wrap(ONE_READER)])
    return Told(text, {"schema": STUDIES, "extraction": ONE_READER, "studies": list(map(_study_data, found))}, [s.id for s in found])


def study_shown(wanted: str) -> Told:
    """One study with all that is known about it."""
    s = study(wanted)
    behind = [c.id for c in claims().values() if any(link.study == s.id for link in c.links)]
    bias = f"{s.risk_of_bias.overall} ({s.risk_of_bias.tool}): {s.risk_of_bias.reason}"
    outcomes = [wrap(f"{o.what}{f', {o.when}' if o.when else ''}: {o.effect}{f'. {o.numbers}' if o.numbers else ''}", "    ", "      ")
                for o in s.outcomes]
    lines = [wrap(f"{s.id}  {s.about}"), *_fields([
        ("authors", s.authors), ("title", s.title), ("in", f"{s.journal} ({s.year})"), ("found by", ", ".join(s.identifiers)),
        ("read at", s.read_at), ("design", s.design), ("state", s.status if s.status != "published" else None), ("people", s.people),
        ("arms", s.arms), ("who", s.population), ("product", s.product), ("salt", s.salt), ("magnesium", s.elemental_dose),
        ("where on the body", s.area), ("for how long", s.duration), ("against", s.comparator), ("blinded", s.blinding),
        ("route", f"{s.route}{f' ({s.route_detail})' if s.route_detail else ''}")]),
        "Outcomes", *outcomes, *_fields([
            ("risk of bias", bias), ("pooled", "possible" if s.pooling.possible else f"not: {', '.join(s.pooling.because)}"),
            ("paid by", s.funding), ("claims", ", ".join(behind)), ("to be verified", "; ".join(s.verify))]), wrap(ONE_READER)]
    data = {"schema": STUDIES, "extraction": ONE_READER, "studies": [{**_study_data(s), "claims": behind}]}
    return Told("\n".join(lines), data, list(s.identifiers))
