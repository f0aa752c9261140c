"""The whole directory in one file, and back: on either engine, whatever engine it came from."""
