"""Parts of SQL that statements of several rooms are put together from."""

from collections.abc import Sized

# Whether two values differ, or are the same, where NULL is a value too.
DIFFER = {"sqlite": "{} IS NOT {}", "postgresql": "{} IS DISTINCT FROM {}"}
SAME = {"sqlite": "{} IS {}", "postgresql": "{} IS NOT DISTINCT FROM {}"}


def placeholders(values: Sized) -> str:
    """What stands for some values between the brackets of IN; NULL where there are none, which nothing equals."""
    return ", ".join(["%s"] * len(values)) or "NULL"
