"""Experiments: both ways without loss, what ships, what is refused and how it is said."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.core.errors import InputError
from epsom.core.parameter import names
from epsom.experiment import Experiment

SLAB = {"name": "slab", "thickness": "10 um", "partition": 2.0, "diffusivity": "1e-9 cm^2/s"}
WHOLE = {"name": "test", "duration": "1 h", "layers": [SLAB], "donor": {"concentration": "1 mmol/L"}}
FILM = {"amount": "1 umol/cm^2", "thickness": "10 uL/cm^2"}
MIXED = {"volume": "5 mL/cm^2"}


def changed(**parts):
    """A whole experiment with other parts."""
    return Experiment.build(WHOLE | parts, "cell.toml")


@pytest.mark.parametrize("name", names("experiments"))
def test_what_ships_loads_and_goes_both_ways(name):
    one = Experiment.load(name)
    assert one.name == name and len(one.note) > 60
    assert Experiment.build(one.tables()) == one and one.to_toml()


def test_a_layer_by_permeability_and_lag():
    """D = h^2 / 6 lag, K = P h / D."""
    one = changed(layers=[{"name": "a", "thickness": "30 um", "permeability": "3.6e-3 cm/h", "lag_time": "150 s"}])
    np.testing.assert_allclose(one.layers[0].transport, (1e-8 * 3e-5 / 1e-12, 1e-12), rtol=1e-14)


def test_times_hold_the_end_and_every_event_with_the_moment_before():
    receptor = MIXED | {"sample": "1 mL/cm^2", "sample_at": ["30 min"]}
    one = changed(times=["10 min"], donor=FILM | {"removed_at": "20 min", "removed_share": 0.9}, receptor=receptor)
    np.testing.assert_allclose(one.output_times, [0, 600, 1200 * (1 - 1e-6), 1200, 1800 * (1 - 1e-6), 1800, 3600], rtol=1e-15)
    assert one.events == {1200.0: (0.9, 0.0), 1800.0: (0.0, pytest.approx(0.2))}
    assert len(changed().output_times) == 49


@pytest.mark.parametrize("amount, unit, value", [("2 mg/cm^2", "kg", 0.02), ("2 umol/cm^2", "mol", 0.02)])
def test_one_kind_of_amount_is_enough(amount, unit, value):
    one = changed(donor={"amount": amount})
    assert one.unit == unit and one.per_area(one.donor.amount) == pytest.approx(value)


def test_molar_mass_ties_masses_and_amounts():
    layers = [SLAB | {"start": "0.1 mg/mL"}]
    one = changed(donor={"amount": "2 umol/cm^2"}, layers=layers, molar_mass="200 g/mol")
    assert one.unit == "mol" and one.per_area(one.layers[0].start) == pytest.approx(0.5)
    with pytest.raises(InputError, match=r"layers.0.start: some amounts are masses and some are not.*Give the molar_mass"):
        changed(donor={"amount": "2 umol/cm^2"}, layers=layers)


@pytest.mark.parametrize("parts, said", [
    ({"layers": [SLAB | {"diffusivty": "1 cm^2/s"}]}, "layers.0.diffusivty: unknown key. Did you mean 'diffusivity'"),
    ({"layers": [SLAB | {"diffusivity": "1 cm/s"}]}, "layers.0.diffusivity: 'cm/s' cannot be converted to m^2/s"),
    ({"layers": [SLAB | {"lag_time": "1 h"}]}, "Give one of the two pairs"),
    ({"layers": [SLAB | {"partition": 0.0}]}, "layers.0.partition"),
    ({"layers": [SLAB, SLAB]}, "layers: layers have different names"),
    ({"layers": [SLAB | {"name": "receptor"}]}, "layers: layers have different names, other than donor"),
    ({"layers": []}, "layers"),
    ({"donor": {"concentration": 1}}, 'donor.concentration: a bare number where a unit is due (found: 1). Write number and unit'),
    ({"donor": {"concentration": "1 mol/m^2"}}, "cannot be converted to mol/m^3"),
    ({"donor": {"amount": "-1 mg/cm^2"}}, "donor.amount: this quantity is negative"),
    ({"donor": FILM | {"concentration": "1 mmol/L"}}, "donor.amount: a donor has a concentration or an amount, not both"),
    ({"donor": {"thickness": "1 um"}}, "donor.thickness: a film has a thickness above zero and a concentration or an amount"),
    ({"donor": {"amount": "1 mg"}}, 'donor.amount: this is for a whole area, which is not given (found: \'1 mg\'). Give the area, or a value '
                                    'per area as in "1 mg/cm^2"'),
    ({"donor": {"amount": "1 mg/cm^2", "removed_at": "1 min"}}, "donor.removed_at: nothing can be taken away from a thin deposit"),
    ({"donor": {"concentration": "1 mmol/L", "removed_at": "1 min", "removed_share": 0.5}}, "donor.removed_share"),
    ({"donor": FILM | {"removed_at": "2 h"}}, "donor.removed_at: 2 h is after the end of the experiment (1 h)"),
    ({"donor": FILM | {"loss": "1 1/h"}}, 'donor.loss: \'1/h\' cannot be converted to m/s (found: \'1 1/h\'). Write it as in "0.1 cm/h"'),
    ({"donor": {}}, "donor: nothing is there to permeate"),
    ({"receptor": {"closed": True, "volume": "1 mL/cm^2"}}, "receptor.closed: a closed receptor takes nothing up"),
    ({"receptor": {"flow": "1 mL/h/cm^2"}}, "receptor.volume: a receptor that is renewed or sampled has a volume above zero"),
    ({"receptor": MIXED | {"sample": "1 mL/cm^2"}}, "receptor.sample: samples have a volume (sample) and times (sample_at)"),
    ({"receptor": MIXED | {"sample": "6 mL/cm^2", "sample_at": ["1 h"]}}, "receptor.sample: a sample is larger than the receptor"),
    ({"times": ["2 h"]}, "times: 2 h is after the end"),
    ({"observed": [{"what": "permeated", "at": "1 h", "source": "x"}]}, "observed.0.share: an observation is a share or an amount"),
    ({"molarmass": "1 g/mol"}, "molarmass: unknown key. Did you mean 'molar_mass'"),
])
def test_refused_with_file_key_and_next_step(parts, said):
    with pytest.raises(InputError) as error:
        changed(**parts)
    assert str(error.value).startswith("cell.toml: ") and said in str(error.value)
