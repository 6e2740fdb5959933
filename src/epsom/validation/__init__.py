"""Cases with numbers to compare with: what others measured or computed beside what this model says, misses included.

Numbers that defaults were set on are *reproduced*, the others are *predicted*; the two are kept apart (docs/validation.md).
"""
