"""The register of studies, `data/studies/*.toml`: what was done to whom, what came out, how far it can be trusted, what must be checked.

A file holds studies of a kind; the key of each table is its id (T on skin, B past the barrier, E samples of skin and animals, O by mouth
or vein, X context and method, D status of magnesium, F harm). **What is absent was not reported in what was read**; most was read in
abstracts and registries, by one person. The fields:

| field | what it is |
|---|---|
| `about` | the study in our words |
| `authors` `title` `journal` `year` | as far as known |
| `identifiers` | CURIEs (`doi:`, `pmid:`, `pmc:`, `nct:`, `actrn:`, `isrctn:`, `ctri:`), `url:` only where there is nothing else |
| `source` | key in `sources.bib`, where numbers of the model come from the same study |
| `read_at` | where it was read, if elsewhere |
| `design` `status` | of closed lists (`Design`, `Status`) |
| `people` | all people in it; of registered trials, as planned |
| `arms` `population` `product` `salt` `elemental_dose` `area` `duration` `comparator` | in words |
| `blinding` | `Blinding` |
| `species` | whose skin or body; "human" unless said |
| `route` `route_detail` | how magnesium came to the body (`Route`), or what else the study is about |
| `outcomes` | list of `Outcome`: `what`, `when`, `effect` (`Effect`), `numbers` in words, `people` |
| `risk_of_bias` | `tool`, `overall`, `domains` where known, `reason`; of two grades in the first reading the worse |
| `pooling` | `possible`, or `because` (`NotPooled`): can its numbers, as read, enter a pooled effect of magnesium on intact skin? |
| `funding` | who paid, or was close |
| `overlaps` | ids of studies that count the same people |
| `verify` | what still has to be read or checked |

Where numbers can be computed with, an outcome has `magnesium` and `control` (`mean`, `sd`, `people`) or a `difference` (`kind`, `value`,
`low`, `high`: 95 %), with `unit` and `lower_is_better`. `people_assumed` marks arms whose sizes were not read. `effect` speaks of the
contrast with the control only: a change from before to after is "change without control", whatever its size; a contrast in which magnesium
is not what differs is "other comparison".
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from epsom.core import sources
from epsom.core.errors import DataError, InputError, nearest
from epsom.core.parameter import folder, names
from epsom.schema import Part, build, refusal

FOLDER = "studies"
MOST_TEXT = 600
ID = re.compile(r"[TBEOXDF]\d\d")
CURIE = {"doi": r"10\.\d{4,}/\S+", "pmid": r"\d+", "pmc": r"PMC\d+", "nct": r"NCT\d{8}", "actrn": r"ACTRN\d{14}", "isrctn": r"ISRCTN\d{8}",
         "ctri": r"CTRI/\d{4}/\d\d/\d+", "url": r"https?://\S+"}      # {prefix: what stands behind the colon}

Text = Annotated[str, Field(max_length=MOST_TEXT)]
Design = Literal["randomised parallel", "randomised crossover", "randomised within person", "controlled, not randomised", "before and after",
                 "volunteer experiment", "laboratory experiment", "animal experiment", "case-control", "cohort", "case report",
                 "meta-analysis", "systematic review", "narrative review"]
Status = Literal["published", "not published", "not in an indexed journal", "abstract only", "results on a registry only",
                 "no results posted"]
Blinding = Literal["none", "single", "double", "triple", "mixed", "unclear"]
Species = Literal["human", "pig", "rat", "mouse", "rabbit"]
Route = Literal["intact skin", "broken barrier", "skin sample", "oral", "vein", "context", "method", "deficiency", "safety"]
Effect = Literal["favours magnesium", "no difference", "favours control", "change without control", "not reported", "other comparison"]
Domain = Literal["randomisation", "confounding", "deviations", "missing", "measurement", "selection"]
Overall = Literal["low", "some concerns", "moderate", "high", "serious", "critical", "not judged"]
NotPooled = Literal["no spread reported", "no control", "no test between arms", "other route", "other outcome", "results not posted",
                    "duplicate", "numbers not read", "numbers in doubt", "magnesium not separated", "already pooled", "not a trial"]
REVIEWS = ("meta-analysis", "systematic review", "narrative review")
RANDOMISED = ("randomised parallel", "randomised crossover", "randomised within person")


class Arm(Part):
    """Mean, standard deviation and people of one arm, in the outcome's unit."""

    mean: float = Field(allow_inf_nan=False)
    sd: float = Field(gt=0.0, allow_inf_nan=False)
    people: int = Field(ge=1)


class Difference(Part):
    """A contrast as the study tells it, with its 95 % interval."""

    kind: Literal["mean difference", "standardised mean difference", "risk ratio", "risk difference"]
    value: float = Field(allow_inf_nan=False)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _stands_within(self):
        if not self.low <= self.value <= self.high:
            raise refusal("the value is outside its interval", "Correct one of the three", "value")
        return self


class Outcome(Part):
    """One thing that was looked at: `effect` says what the contrast with the control showed."""

    what: Text
    effect: Effect
    when: Text | None = None
    numbers: Text = ""
    people: int | None = Field(None, ge=1)
    unit: str | None = None
    magnesium: Arm | None = None
    control: Arm | None = None
    people_assumed: bool = False
    difference: Difference | None = None
    lower_is_better: bool | None = None

    @model_validator(mode="after")
    def _can_be_computed_with(self):
        if (self.magnesium is None) != (self.control is None):
            raise refusal("one arm alone is no contrast", "Give both or neither", "control")
        has_unit = self.magnesium is not None or (self.difference is not None and self.difference.kind == "mean difference")
        if has_unit and self.unit is None:
            raise refusal("these numbers need a unit", "Add it", "unit")
        return self


class RiskOfBias(Part):
    """How a study could mislead: by which tool, overall, by domain where known, and why."""

    tool: Literal["RoB 2", "ROBINS-I", "none"]
    overall: Overall
    domains: dict[Domain, Overall] = Field(default_factory=dict)
    reason: Text

    @model_validator(mode="after")
    def _words_of_the_tool(self):
        own = {"RoB 2": {"low", "some concerns", "high"}, "ROBINS-I": {"low", "moderate", "serious", "critical"}}.get(self.tool)
        if own and (wrong := {self.overall, *self.domains.values()} - own):
            raise refusal(f"'{sorted(wrong)[0]}' is no grade of {self.tool}", f"Its grades are {', '.join(sorted(own))}", "overall")
        return self


class Pooling(Part):
    """Whether numbers as read could enter a pooled effect of magnesium on intact skin, and if not, why."""

    possible: bool
    because: tuple[NotPooled, ...] = ()

    @model_validator(mode="after")
    def _says_why_not(self):
        if self.possible == bool(self.because):
            raise refusal("what cannot be pooled has reasons, and only that", "Correct `possible` or `because`", "because")
        return self


class Study(Part):
    """One study; the meaning of its fields stands at the head of this file."""

    id: str
    about: Text
    authors: Text | None = None
    title: Text | None = None
    journal: Text
    year: int = Field(ge=1900, le=2030)
    identifiers: tuple[str, ...] = ()
    source: str | None = None
    read_at: str | None = None
    design: Design
    status: Status = "published"
    people: int | None = Field(None, ge=1)
    arms: Text | None = None
    population: Text | None = None
    product: Text | None = None
    salt: Text | None = None
    elemental_dose: Text | None = None
    area: Text | None = None
    duration: Text | None = None
    comparator: Text | None = None
    blinding: Blinding | None = None
    species: Species = "human"
    route: Route
    route_detail: Text | None = None
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    risk_of_bias: RiskOfBias
    pooling: Pooling
    funding: Text | None = None
    overlaps: tuple[str, ...] = ()
    verify: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _can_be_found_again(self):
        if not ID.fullmatch(self.id):
            raise refusal(f"'{self.id}' is no id of a study", "A letter of T B E O X D F and two digits", "id")
        for curie in self.identifiers:
            prefix, _, rest = curie.partition(":")
            if not re.fullmatch(CURIE.get(prefix, "$"), rest):
                raise refusal(f"'{curie}' is no identifier", f"One of {', '.join(CURIE)}, a colon and the number", "identifiers")
        if not self.identifiers and not any("identifier" in each for each in self.verify):
            raise refusal("a study without identifier says so in `verify`", "Add either", "identifiers")
        if (self.route == "intact skin") == ("other route" in self.pooling.because):
            raise refusal("what was not on intact skin is of another route, and only that", "Correct `pooling.because`", "pooling.because")
        if self.source is not None and self.source not in sources.bibliography():
            raise refusal(f"'{self.source}' is not in sources.bib", nearest(self.source, sources.bibliography()), "source")
        return self

    @property
    def who(self) -> str:
        """First author and year, as in "Kass 2017"; the year alone where nobody is named."""
        return f"{self.authors.split(',')[0].split(' ')[0]} {self.year}" if self.authors else str(self.year)

    @property
    def on_people(self) -> bool:
        """Whether living people were looked at: no animals, no pieces of skin, no narrative."""
        return self.species == "human" and self.route != "skin sample" and self.design not in ("narrative review", "laboratory experiment")

    @property
    def has_results(self) -> bool:
        """Whether any outcome tells what came out."""
        return any(outcome.effect != "not reported" for outcome in self.outcomes)


@cache
def studies() -> dict[str, Study]:
    """{id: study} of all that ship, in the order of their ids. Raises InputError (file, key, value) where a file breaks the rules above."""
    found: dict[str, Study] = {}
    for name in names(FOLDER):
        for key, table in tomllib.loads((folder(FOLDER) / f"{name}.toml").read_text("utf-8")).items():
            if key in found:
                raise DataError(f"{key} stands in two files", "Take one away", file=f"{name}.toml", key=key)
            found[key] = build(Study, {"id": key, **table}, f"{name}.toml: {key}")
    for study in found.values():
        if unknown := set(study.overlaps) - set(found):
            raise DataError(f"{study.id} overlaps with an unknown study", nearest(min(unknown), found), key="overlaps", value=min(unknown))
    return dict(sorted(found.items()))


def study(wanted: str) -> Study:
    """One study by its id, upper or lower case. Raises InputError with the nearest ids."""
    every = studies()
    if wanted.upper() not in every:
        raise InputError(f"there is no study '{wanted}'", nearest(wanted.upper(), every), value=wanted)
    return every[wanted.upper()]
