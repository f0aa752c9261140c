"""Changes: what they are made of, the differences of two states, and when each value changed."""
