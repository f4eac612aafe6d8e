"""The database: tables, repositories that return values of the core, their transaction, migrations."""
