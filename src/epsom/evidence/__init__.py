"""What others have found and what is said about it: studies, claims and the words that a claim is made in."""
