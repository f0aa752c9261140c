"""The public addresses. Every one must appear in the walk of tests/test_publication.py."""

urlpatterns = []
