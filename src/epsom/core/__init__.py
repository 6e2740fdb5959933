"""Ground: errors, units, sources, parameters, vocabulary, draws. Knows no skin and no solver."""
