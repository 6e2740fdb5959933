"""What happens below the surface: hands, vessels, heat and metabolites."""
