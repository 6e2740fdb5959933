"""What studies say: registered, pooled where that is sound, and graded."""
