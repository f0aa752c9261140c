"""Signing in to curation: password, second step, links for a password, time without use. Built on django-allauth."""
