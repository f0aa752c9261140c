"""The site of curation; what it shows is in `admin/`, which cannot be read before there is a site."""

import functools
from contextlib import suppress

from django.contrib.admin import AdminSite
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.auth.views import PasswordChangeView
from django.contrib.contenttypes.models import ContentType
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse

from partners.folding import fold
from partners.selection.index import INDEX_PATIENCE, Unsettled, bring_up_to_date

# More than the words of any title.
MOST_WORDS = 40


class CurationSite(AdminSite):
    """Looks at everything that a page of curation writes: what readers would see may have to wait for a reviewer.

    Indexes at once what has changed, so that the next reader does not have to do it, or wait for it.
    """

    def autocomplete_view(self, request):
        from partners.admin.pickers import PickerView  # needs this site

        return PickerView.as_view(admin_site=self)(request)

    def index(self, request, extra_context=None):
        from partners.admin.desk import work_context  # needs this site

        return super().index(request, work_context(request) | (extra_context or {}))

    def login(self, request, extra_context=None):
        from partners.admin.signin.views import sign_in  # needs this site

        return sign_in(request)

    def password_change(self, request, extra_context=None):
        from partners.admin.signin.forms import OwnPasswordForm  # needs this site

        context = self.each_context(request) | (extra_context or {})
        aim = reverse("admin:password_change_done")
        return PasswordChangeView.as_view(form_class=OwnPasswordForm, success_url=aim, extra_context=context)(
            request
        )

    def get_urls(self):
        from partners.admin.desk import desk_urls  # needs this site
        from partners.admin.imports import import_urls  # needs this site

        address = "r/<int:content_type_id>/<path:object_id>/"
        return [
            *desk_urls(),
            *import_urls(),
            path(address, self.admin_view(self.page_for_readers), name="view_on_site"),
            # Django's own leads whoever may sign in to the address of any record, hidden or not.
            *(each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site"),
        ]

    def page_for_readers(self, request, content_type_id, object_id):
        """Redirect to the public page of a record that the curator may see here; 404 where there is none."""
        kind = ContentType.objects.filter(pk=content_type_id).first()
        admin = self._registry.get(kind.model_class()) if kind else None
        record = admin.get_object(request, object_id) if admin else None
        if record and callable(admin.view_on_site) and admin.has_view_permission(request, record):
            address = admin.view_on_site(record)
            if address:
                return redirect(address)
        raise Http404

    def admin_view(self, view, cacheable=False):
        @functools.wraps(view)
        def answer(request, *args, **kwargs):
            from partners.admin.security import answering  # needs this site
            from partners.admin.signin.frame import end_if_over, second_step_first

            before = answering.set(request)
            try:
                return (
                    end_if_over(request)
                    or second_step_first(request)
                    or self.answer(view, request, *args, **kwargs)
                )
            finally:
                answering.reset(before)

        return super().admin_view(answer, cacheable)

    def answer(self, view, request, *args, **kwargs):
        """What a page of curation answers, once whatever may not go live is proposed and what changed is indexed."""
        if "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR)):
            raise Http404  # the admin would look for the column of that name
        keep_search_short(request)
        if request.method in ("GET", "HEAD", "OPTIONS", "TRACE"):
            return view(request, *args, **kwargs)
        from partners.admin.live import answer_or_propose  # needs this site

        response = answer_or_propose(view, request, *args, **kwargs)
        with suppress(Unsettled):
            bring_up_to_date(patience=INDEX_PATIENCE)
        return response


def keep_search_short(request) -> None:
    """Look for the first words alone of what lists (`q`) and pickers (`term`) are searched for: each word is a condition of
    its own, of which a statement holds no thousand. A page says so by `words_searched`, the number of words."""
    for name in (SEARCH_VAR, "term"):
        words = fold(request.GET.get(name, "")).split()
        if len(words) > MOST_WORDS:
            request.GET = request.GET.copy()
            request.GET[name] = " ".join(words[:MOST_WORDS])
            request.words_searched = MOST_WORDS
