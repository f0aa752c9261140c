"""The addresses of the site: curation under /admin/, everything else is the directory."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("partners.urls")),
]

handler400 = "partners.views.errors.bad_request"
handler403 = "partners.views.errors.forbidden"
handler404 = "partners.views.errors.page_not_found"
handler500 = "partners.views.errors.server_error"
