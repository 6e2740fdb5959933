"""Nerve, gate, guarding, autonomic tone, expectation: what a person feels."""
