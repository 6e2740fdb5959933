"""The fixed texts of gates, red flags and disclaimers, word by word. They change only with this file."""

from __future__ import annotations

import pytest

from epsom import safety

GATES = {
    "kidney-unknown": (
        "Kidney function is not given. It is unknown, not normal: magnesium that enters the body leaves it by "
        "the kidney. Below 30 mL/min/1.73 m2 it can accumulate; blood magnesium is then a matter for a "
        "clinician."
    ),
    "kidney-low": (
        "Kidney function is below 30 mL/min/1.73 m2. Magnesium can accumulate in blood to harmful levels. Do not "
        "use magnesium products without a clinician who knows this."
    ),
    "infant": (
        "This is an infant. Skin, surface and kidneys differ from an adult's and nothing here was measured in "
        "infants. Do not use magnesium products on an infant without a clinician."
    ),
    "heart-block": (
        "Heart block: magnesium slows conduction in the heart. A clinician must decide."
    ),
    "myasthenia": (
        "Myasthenia gravis: magnesium weakens the transmission from nerve to muscle. A clinician must decide."
    ),
    "neuromuscular-blockers": (
        "Neuromuscular blockers: magnesium prolongs their effect. A clinician must decide."
    ),
    "oral-magnesium": (
        "Magnesium is also taken by mouth. The doses add up; swallowed magnesium is by far the larger one and "
        "can harm where kidneys are weak."
    ),
    "swallowing": (
        "Magnesium salts must not be given as an enema and bath salts must not be swallowed: near-fatal and "
        "fatal poisonings are on record."
    ),
    "insensate-heat": (
        "Feet that do not feel heat and warm water: burns go unnoticed. Measure the temperature with a "
        "thermometer, or leave the warm bath out."
    ),
    "hot-bath": (
        "The bath is above 41 degC. Water that hot can scald and can make a person faint."
    ),
    "damaged-large": (
        "Damaged skin over more than a tenth of the body: far more can enter than through intact skin. Ask a "
        "clinician before use."
    ),
    "no-barrier": (
        "ALARM: the stratum corneum is absent here. What lies on the skin reaches living tissue almost "
        "unhindered; concentrated brine injures it. Blood magnesium can rise to 2 mmol/L and above, where harm "
        "begins. The time to that level stands with the answer."
    ),
    "no-barrier-wet": (
        "ALARM: a soak or a covered dressing on skin without stratum corneum. This does not run until you "
        "acknowledge it."
    ),
}
RED_FLAGS = {
    "calf cramp": (
        "One calf that is swollen, warm, red or tender may be a clot in a vein: do not rub it, see a doctor the "
        "same day. Sudden breathlessness or chest pain is an emergency."
    ),
    "muscle tightness": (
        "One limb that is swollen and warm: do not rub it, see a doctor the same day. New numbness or weakness "
        "needs a doctor now."
    ),
    "cervical tightness": (
        "A stiff neck with fever, the worst or a sudden headache, or new weakness or numbness is an emergency."
    ),
    "knee stiffness": (
        "A knee that is hot, red and swollen, or swollen after an injury, needs a doctor the same day."
    ),
    "lumbar and trapezius tightness": (
        "Numbness where one sits on a saddle, loss of control of bladder or bowel, weakness in the legs, or back "
        "pain with fever is an emergency."
    ),
    "migraine-related neck tension": (
        "A sudden or worst-ever headache, a headache with fever and stiff neck, with weakness, trouble speaking "
        "or seeing, or after a blow to the head is an emergency."
    ),
    "tendon": (
        "A sudden snap with loss of strength, or a tendon that is hot, red and swollen, needs a doctor the same "
        "day."
    ),
}
DISCLAIMERS = {
    "not-advice": (
        "This is research and education, not medical advice, and not a medical device."
    ),
    "conditional": (
        "Simulated results hold only under the model's assumptions; {share} of the numbers behind this run have "
        "no human data for the very quantity."
    ),
    "not-for": (
        "Not for broken skin, infants or poor kidney function without a clinician. Never swallow bath salts or "
        "give them as an enema: near-fatal and fatal cases are on record."
    ),
    "stop": (
        "Stop and wash it off at burning, rash or faintness."
    ),
    "medicines": (
        "Do not change prescribed medicines because of anything here."
    ),
    "products": (
        "Product names are examples without endorsement; what labels say was not checked by analysis."
    ),
    "sources": (
        "Vendors' texts are material that is tested here, not evidence; they are restated, not quoted."
    ),
    "own-test": (
        "What one person finds on themself holds for that person under those conditions."
    ),
    "ethics": (
        "A trial on other people needs the approval of an ethics committee."
    ),
    "data": (
        "Your data stay on your machine: nothing is sent anywhere."
    ),
}

WHO = {
    "weak kidneys": "Below 30 mL/min/1.73 m2 magnesium can accumulate in blood to harmful levels.",
    "infants": "Skin, surface and kidneys differ from an adult's, and nothing here was measured in infants.",
    "heart block": "Magnesium slows conduction in the heart.",
    "myasthenia gravis": "Magnesium weakens the transmission from nerve to muscle.",
    "neuromuscular blockers": "Magnesium prolongs their effect.",
    "magnesium by mouth as well": "The doses add up; what is swallowed is by far the larger one and can harm where kidneys are weak.",
    "feet that do not feel heat": "Burns in warm water go unnoticed.",
    "hot baths": "Above 41 degC water can scald and can make a person faint.",
    "damaged skin": "Far more can enter than through whole skin, and concentrated brine injures open skin.",
    "swallowing, enemas": "Bath salts swallowed or given as an enema have poisoned people, some of them fatally.",
}


@pytest.mark.parametrize("name", GATES)
def test_gate_says_exactly_this(name):
    assert safety.gate_texts()[name] == GATES[name]


@pytest.mark.parametrize("kind", RED_FLAGS)
def test_red_flag_says_exactly_this(kind):
    assert safety.complaints()[kind] == RED_FLAGS[kind]


def test_there_are_no_other_texts():
    """A new text is held here too; none is lost."""
    assert set(safety.gate_texts()) == set(GATES) and set(safety.complaints()) == set(RED_FLAGS)


def test_who_should_not_says_exactly_this_and_of_nobody_in_particular():
    assert dict(safety.who_should_not()) == WHO
    assert not [text for text in WHO.values() if "this" in text.lower().split()]


def test_disclaimers_say_exactly_this_in_this_order():
    assert safety.disclaimers() == list(DISCLAIMERS.values())


def test_one_disclaimer_has_a_place_for_the_assumed_share():
    """The report fills {share} in; no other text has a hole."""
    texts = [*GATES.values(), *RED_FLAGS.values(), *DISCLAIMERS.values()]
    assert [t for t in texts if "{" in t or "}" in t] == [DISCLAIMERS["conditional"]]
    assert DISCLAIMERS["conditional"].count("{share}") == 1
