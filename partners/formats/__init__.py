"""The formats of a selection, a file for each, with what is said about them."""
