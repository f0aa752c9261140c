"""What is particular to SQLite and to PostgreSQL: the backends that the settings name, and statements of both."""
