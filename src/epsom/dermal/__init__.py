"""What happens between the film on the skin and the muscle below it, for any solute."""
