"""The site of curation; what it shows is in `admin/`, which cannot be read before there is a site."""

import functools
from contextlib import suppress

from django.contrib.admin import AdminSite

from partners.selection.index import PATIENCE, Unsettled, bring_up_to_date


class CurationSite(AdminSite):
    """Indexes what a curator has changed at once: the next reader need not, and waits for no other writer then."""

    def autocomplete_view(self, request):
        from partners.admin.pickers import PickerView  # needs this site

        return PickerView.as_view(admin_site=self)(request)

    def admin_view(self, view, cacheable=False):
        @functools.wraps(view)
        def answer(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            if request.method == "POST":
                with suppress(Unsettled):
                    bring_up_to_date(patience=PATIENCE)
            return response

        return super().admin_view(answer, cacheable)
