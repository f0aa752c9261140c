"""Data packages in and out, and the reading of tables that a spreadsheet program has written."""
