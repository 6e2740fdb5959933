"""The mechanisms that only feel: added to a model of skin and tissue, they listen to it and change nothing in it."""

from __future__ import annotations

from epsom.felt.autonomic import Autonomic
from epsom.felt.expectation import Expectation
from epsom.felt.gate import Gate
from epsom.felt.guarding import Guarding
from epsom.felt.natural_course import NaturalCourse
from epsom.felt.nociceptor import Nociceptor
from epsom.felt.ratings import Ratings
from epsom.felt.thermal_sense import ThermalSense
from epsom.felt.touch import Touch

FELT = (NaturalCourse(), Nociceptor(), Touch(), Gate(), Expectation(), Guarding(), Autonomic(), ThermalSense(), Ratings())
