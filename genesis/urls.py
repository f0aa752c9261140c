"""The addresses of the site: curation under /admin/, everything else is the directory. Each page and file stands there
once for each language; what is made for machines, or is the same bytes in every language, only once."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from partners.admin.signin.urls import sign_in_urls
from partners.urls import in_no_language

urlpatterns = [
    path("", include(in_no_language)),
    *i18n_patterns(
        path("admin/", include(sign_in_urls)),
        path("admin/", admin.site.urls),
        path("", include("partners.urls")),
        prefix_default_language=False,
    ),
]

handler400 = "partners.views.errors.bad_request"
handler403 = "partners.views.errors.forbidden"
handler404 = "partners.views.errors.page_not_found"
handler500 = "partners.views.errors.server_error"
