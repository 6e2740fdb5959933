"""Two significant digits, as people write them."""

import numpy as np
import pytest

from epsom.core.digits import digits, scaled_digits


@pytest.mark.parametrize("x, text", [
    (0, "0"), (2, "2.0"), (0.0123, "0.012"), (0.996, "1.0"), (9.96, "10"), (123.4, "120"), (98765, "99000"), (-0.52, "-0.52"),
    (5e-4, "less than 0.001"), (-5e-4, "about 0"), (np.nan, "no number"), (np.inf, "no number")])
def test_plain_numbers(x, text):
    assert digits(x) == text


@pytest.mark.parametrize("x, text", [(5e-4, "5.0e-4"), (-1.26e-9, "-1.3e-9"), (12345, "1.2e4"), (2, "2.0"), (0, "0"), (1e-3, "0.0010"),
                                     (np.inf, "no number")])
def test_numbers_of_any_size(x, text):
    assert scaled_digits(x) == text
