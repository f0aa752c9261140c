"""One transaction around all tests of a file, in place of one around each: for files whose tests look at one world."""

import pytest
from django.db import transaction


# Called `db`, so that the database of the tests is made for whoever asks for it.
@pytest.fixture(scope="module", name="db")
def db_of_file(django_db_setup, django_db_blocker):
    """Import it, and every test of the file that asks for `db` shares what its fixtures wrote. Nothing stays behind."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
