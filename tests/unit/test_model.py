"""Building a model checks its whole wiring, and every error names the mechanisms."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom import setting
from epsom.core.errors import ModelError
from epsom.core.parameter import Document
from epsom.mechanism import CellMechanism, Chain, Mechanism, Scalar
from epsom.model import Model
from epsom.scenario import Scenario
from epsom.standard import standard_model

NEW = {"unit": "mol", "meaning": "A word of the tests."}


class Toy(Mechanism):
    """A mechanism of the tests; its words may be new."""

    new = ()

    def document(self):
        return Document(self.name, {}, {}, {word: dict(NEW) for word in self.new})


def toy(label: str, base=Toy, **attributes) -> Mechanism:
    """A mechanism called `label` with these ports and methods."""
    return type(label, (base,), attributes)()


class Cells(Toy, CellMechanism):
    """Three cells that lose what they hold."""

    new = ("cell_amount", "cell_flow", "cell_total")
    chains = (Chain("row", 3),)
    unknown = ("cell_amount", "mol")
    exchanges = {"cell_flow": "mol"}
    probes = {"cell_total": "mol"}

    def capacity(self, c):
        return jnp.ones((3, 1))

    def conductance(self, c, v):
        return jnp.ones((3, 1))

    def exchange(self, c, u, v):
        return {"cell_flow": -u}

    def depth(self, c):
        return jnp.arange(3.0)[:, None]

    def cell_total(self, c, u):
        return u.sum(0)


POOL = toy("Pool", new=("pool_amount",), owns={"pool_amount": Scalar("mol", 1.0, amount=True)})


def built(*mechanisms) -> Model:
    """A model of these toys and one more state, an amount."""
    return Model((POOL, *mechanisms))


def refusal(*mechanisms) -> str:
    """What the error says."""
    with pytest.raises(ModelError) as error:
        built(*mechanisms)
    return str(error.value)


def says(text: str, *parts: str):
    missing = [part for part in parts if part not in text]
    assert not missing, text


KEEPER = toy("Keeper", owns={"film_water": Scalar("kg", 1.0)})


# ---- what does not fit together --------------------------------------------------------------------------------------
def test_two_owners_of_a_state():
    says(
        refusal(KEEPER, toy("Rival", owns={"film_water": Scalar("kg", 1.0)})),
        "'film_water' has two owners",
        "keeper",
        "rival",
    )


def test_one_owns_what_another_gives():
    rival = toy("Rival", gives={"film_water": "kg"}, film_water=lambda self, c, v: jnp.ones(1))
    says(refusal(KEEPER, rival), "'film_water' has two owners", "keeper", "rival")


def test_one_gives_what_another_probes():
    rival = toy("Rival", gives={"cell_total": "mol"}, cell_total=lambda self, c, v: jnp.ones(1))
    says(refusal(Cells(), rival), "'cell_total' has two owners", "cells", "rival")


def test_the_same_mechanism_twice():
    says(refusal(KEEPER, KEEPER), "two owners", "keeper")


def test_two_mechanisms_of_one_name():
    """They would share a parameter file and take each other's constants."""
    says(refusal(KEEPER, toy("Keeper", owns={"film_coverage": Scalar("1", 1.0)})), "keeper")


def test_nobody_owns_what_is_read():
    says(
        refusal(toy("Reader", reads={"film_water": "kg"})),
        "reader reads 'film_water'",
        "no mechanism of this model owns or gives",
    )


def test_wrong_unit_of_a_read_names_the_owner():
    says(
        refusal(KEEPER, toy("Reader", reads={"film_water": "g"})),
        "reader takes 'film_water' in g",
        "in kg",
        "owner: keeper",
    )


def test_wrong_unit_of_what_is_owned():
    says(refusal(toy("Keeper", owns={"film_water": Scalar("m^3", 1.0)})), "keeper takes 'film_water' in m^3", "in kg")


@pytest.mark.parametrize("kind", ["reads", "owns", "gives"])
def test_an_unknown_word_offers_the_nearest(kind):
    ports = {"film_watr": Scalar("kg", 1.0) if kind == "owns" else "kg"}
    says(
        refusal(toy("Speller", **{kind: ports})), "speller", "'film_watr'", "no word of the vocabulary", "'film_water'"
    )


def test_an_undeclared_read_in_a_rate():
    says(
        refusal(
            KEEPER,
            toy(
                "Sneak",
                owns={"film_coverage": Scalar("1", 1.0)},
                rates=lambda self, c, v: {"film_coverage": v["film_water"]},
            ),
        ),
        "sneak uses 'film_water' without declaring it",
    )


def test_an_undeclared_read_in_a_derived_quantity_that_nobody_reads():
    says(
        refusal(
            KEEPER, toy("Sneak", gives={"film_volume": "m^3"}, film_volume=lambda self, c, v: v["film_water"] * 1e-3)
        ),
        "sneak uses 'film_water' without declaring it",
    )


def test_an_undeclared_read_in_cells():
    says(
        refusal(KEEPER, toy("Sneak", Cells, exchange=lambda self, c, u, v: {"cell_flow": v["film_water"] - u})),
        "sneak uses 'film_water' without declaring it",
    )


def test_a_circle_among_derived_quantities_names_all_of_it():
    one = toy(
        "One",
        reads={"film_volume": "m^3"},
        gives={"film_coverage": "1"},
        film_coverage=lambda self, c, v: v["film_volume"],
    )
    two = toy(
        "Two",
        reads={"film_coverage": "1"},
        gives={"film_volume": "m^3"},
        film_volume=lambda self, c, v: v["film_coverage"],
    )
    says(refusal(one, two), "in a circle", "film_coverage", "film_volume", "one", "two", "a state")


def test_an_action_that_is_a_probe():
    says(
        refusal(
            toy(
                "Loop",
                Cells,
                reads={"cell_total": "mol"},
                exchange=lambda self, c, u, v: {"cell_flow": v["cell_total"] - u},
            )
        ),
        "'cell_total' of loop is a probe",
        "state",
    )


def test_an_action_that_depends_on_a_probe_through_a_derived_quantity():
    middle = toy(
        "Middle",
        reads={"cell_total": "mol"},
        gives={"film_coverage": "1"},
        film_coverage=lambda self, c, v: v["cell_total"],
    )
    loop = toy(
        "Loop",
        Cells,
        reads={"film_coverage": "1"},
        exchange=lambda self, c, u, v: {"cell_flow": v["film_coverage"] - u},
    )
    says(refusal(middle, loop), "'cell_total' of loop is a probe of cells", "an action must not depend on one")


def test_redefining_a_word():
    says(refusal(toy("Poet", new=("film_water",))), "poet redefines the word 'film_water'")


def test_two_additions_that_bring_the_same_word():
    says(refusal(toy("Poet", new=("mood",)), toy("Bard", new=("mood",))), "bard redefines the word 'mood'")


def test_a_rate_for_what_another_owns():
    says(
        refusal(
            KEEPER, toy("Meddler", reads={"film_water": "kg"}, rates=lambda self, c, v: {"film_water": v["film_water"]})
        ),
        "meddler gives a rate for 'film_water'",
        "does not own",
    )


@pytest.mark.parametrize("per_solute, word", [(False, "film_amount"), (True, "film_water")])
def test_axes_that_do_not_fit(per_solute, word):
    unit = {"film_amount": "mol", "film_water": "kg"}[word]
    says(refusal(toy("Odd", per_solute=per_solute, owns={word: Scalar(unit, 1.0)})), "odd", "axis", f"'{word}'")


def test_a_derived_quantity_without_its_method():
    says(refusal(toy("Forgetful", gives={"film_volume": "m^3"})), "forgetful", "film_volume")


def test_a_readout_that_is_no_port():
    says(
        refusal(toy("Boaster", owns={"film_water": Scalar("kg", 1.0)}, readouts=("film_volume",))),
        "boaster",
        "film_volume",
    )


def test_an_exchange_that_was_not_declared():
    says(
        refusal(toy("Leaky", Cells, exchange=lambda self, c, u, v: {"cell_flow": -u, "flow_from_film": u})),
        "leaky",
        "flow_from_film",
    )


def test_a_start_value_for_what_another_owns():
    """It would be dropped in silence, or overwrite the owner's."""
    says(refusal(KEEPER, toy("Meddler", initial=lambda self, c: {"film_water": jnp.ones(1)})), "meddler", "film_water")


# ---- what fits -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def model():
    """The standard model of magnesium where no complaint is stated."""
    return standard_model(Scenario.load("magnesium-oil-calf"))


def test_the_order_of_mechanisms_does_not_matter(model):
    turned = Model(reversed(model.mechanisms))
    assert set(turned.scalar_names) == set(model.scalar_names) and set(turned.readouts) == set(model.readouts)
    assert {label: keys for label, keys in turned.parameters_used.items()} == model.parameters_used
    assert [set(stage) for stage in turned.stages] == [set(stage) for stage in model.stages]


def test_each_solute_has_a_column_of_its_own():
    both = Model(standard_model().mechanisms, ("magnesium", "caffeine"))
    assert both.forest.size == 2 * standard_model().forest.size
    assert {"film_amount[magnesium]", "film_amount[caffeine]"} <= set(both.scalar_names)
    assert [copy.label for copy in both.copies].count("film") == 1 and both.accounts == ("magnesium", "caffeine")


def test_cells_feel_only_what_their_mechanisms_read(model):
    assert model.action_names == ("follicle_drive[magnesium]", "film_coverage", "film_drive[magnesium]",
                                  "plasma_free_concentration[magnesium]", "skin_blood_flow_ratio")


def test_probes_that_no_rate_feels_are_left_out_of_the_algebra(model):
    layers = "papillary_dermis", "lower_dermis"
    by_vessels = {f"{layer}_{what}" for layer in layers for what in ("concentration", "excess_near_follicles")}
    by_vessels |= {"upper_muscle_concentration"}
    flows = {"flow_into_follicles", "flow_from_film", "flow_from_blood"}
    assert set(model.felt_names) == {f"{name}[magnesium]" for name in flows | by_vessels}


def test_without_names_what_would_have_no_owner(model):
    with pytest.raises(ModelError, match=r"(hydration|dose\[magnesium\]|column\[magnesium\]) reads"):
        model.without("film")


def test_without_what_nobody_needs_leaves_the_rest(model):
    extra = Model((*model.mechanisms, toy("Extra", new=("mood",), owns={"mood": Scalar("mol", 1.0)})))
    assert extra.without("extra").scalar_names == model.scalar_names


def test_without_an_unknown_mechanism_offers_the_nearest(model):
    with pytest.raises(ModelError, match=r"no mechanism 'colum'.*'column'"):
        model.without("colum")


def test_repr_shows_mechanisms_ports_stages_and_parameter_counts(model):
    text = repr(model)
    for copy in model.copies:
        assert f"{copy.label}  ({len(model.parameters_used[copy.label])} parameters)" in text
    for part in (
        "reads     dissolved_amount",
        "owns      film_water",
        "gives     film_liquid_water",
        "exchanges flow_into_follicles, flow_through_wall",
        "probes    living_tissue_amount",
        "solved with the cells: ",
        "only listening: ",
        "158 cells, 25 scalars",
    ):
        assert part in text


def test_stages_are_states_that_cells_feel_and_states_that_only_listen(model):
    with_cells, after = model.stages
    assert set(with_cells) | set(after) == set(model.scalar_names) and not set(with_cells) & set(after)
    assert {"film_amount[magnesium]", "corneum_hydration", "film_water", "plasma_amount[magnesium]"} <= set(
        with_cells
    )
    assert set(after) == {"muscle_tone"} | {
        f"{name}[magnesium]"
        for name in ("supply_amount", "washed_off_amount", "vanished_amount", "entered_amount", "follicle_entered_amount",
                     "blood_uptake_amount", "eliminated_amount", "vein_supply_amount")
    }


def test_a_listener_is_a_listener(model):
    """A mechanism that only reads is solved after the cells, not with them."""
    watcher = toy(
        "Watcher",
        new=("mood",),
        owns={"mood": Scalar("mol", 1.0)},
        reads={"occlusion": "1"},
        rates=lambda self, c, v: {"mood": v["occlusion"]},
    )
    assert "mood" in Model((*model.mechanisms, watcher)).stages[1]


def test_upstream_walks_from_the_nearest(model):
    found = model.upstream("papillary_dermis_concentration[magnesium]")
    assert found[0] == "column[magnesium]" and set(found) == {
        "column[magnesium]",
        "follicle[magnesium]",
        "dose[magnesium]",
        "film",
        "hydration",
        "plasma[magnesium]",
        "baseline",
        "vessel",
        "heat",
        "hands",
        "zones[magnesium]",
        "perifollicular[magnesium]",
    }


def test_a_circle_is_walked_once_and_results_walk_the_same_way(model):
    from epsom.result import upstream
    from epsom.simulation import trail

    stored = trail(model, setting.parameters(model, Scenario.load("magnesium-lotion-calf")))
    for variable in (*model.owner, *model.givers, *model.probers):
        assert list(model.upstream(variable)) == upstream(stored, variable)


def test_upstream_of_what_rests_on_nothing_else():
    assert built(KEEPER).upstream("film_water") == ("keeper",)


def test_upstream_of_no_variable_offers_the_nearest(model):
    with pytest.raises(ModelError, match=r"'papillary_concentration' is no variable.*papillary_dermis_concentration"):
        model.upstream("papillary_concentration")


def test_parameters_are_found_by_tracing(model):
    used = model.parameters_used
    assert "hydration.dry_permeability_factor" in used["hydration"] and "site.corneum_thickness" in used["column[magnesium]"]
    assert used["dose[magnesium]"] == {
        "salt[magnesium].solute_per_formula", "salt[magnesium].solubility", "salt[magnesium].crystal_hydration",
        "solute[magnesium].air_over_water", "film.water_molar_mass", "film.water_density", "film.smallest_thickness",
        "scenario.area"}


def test_start_values_are_the_vocabularys_or_the_mechanisms():
    model = built(
        toy(
            "Keeper",
            owns={"film_water": Scalar("kg", 1.0), "occlusion": Scalar("1", 1.0)},
            initial=lambda self, c: {"film_water": 2.0},
        )
    )
    np.testing.assert_array_equal(model.initial(model.constants({}), 3), [[0.0] * 3, [2.0] * 3, [0.0] * 3])


def test_cells_need_no_reader():
    assert built(Cells()).forest.size == 3


def test_a_model_without_any_amount_can_be_built():
    """A nerve alone has no mass to balance."""
    assert Model((KEEPER,)).accounts == ()


def test_a_model_of_cells_alone_can_be_built():
    assert Model((Cells(),)).scalar_names == ()
