"""Bringing in tables: the page with the forms, and the page of one import from its reading to what it became."""

import re
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin import import_files
from partners.admin.import_cells import table_of_lines
from partners.admin.import_forms import (
    ImportForm,
    ListsForm,
    SourceOfRowsForm,
    TableForm,
    jobs_of,
    kinds_for,
)
from partners.changes.revising import name_of_user
from partners.curation_vocabularies import ImportState, LineState
from partners.exchange.importing.jobs import may_import
from partners.exchange.importing.kinds import IMPORT_KINDS, WHOLE_LISTS
from partners.models import ImportJob, Source
from partners.models.imports import KEPT_FOR

LINES_ON_A_PAGE = 100
JOBS_SHOWN = 20
# After so long somebody should be told that nothing happens.
WAITS_AT_MOST = timedelta(seconds=15)
STEPS_IN_WORDS = {
    "reading": gettext_lazy("Reading the rows"),
    "checking": gettext_lazy("Checking the rows"),
    "keeping": gettext_lazy("Putting the preview together"),
    "writing": gettext_lazy("Writing"),
}
# What is said of all rows.
SETTINGS = ("source", "source_typed", "columns", WHOLE_LISTS)
# In the order in which somebody looks at them.
TABS = {
    LineState.REFUSED: gettext_lazy("Refused"),
    LineState.ALIKE: gettext_lazy("Alike, to decide"),
    LineState.CONFLICT: gettext_lazy("Conflicts"),
    LineState.NEW: gettext_lazy("New"),
    LineState.CHANGED: gettext_lazy("Changed"),
    LineState.UNCHANGED: gettext_lazy("Unchanged"),
    LineState.SKIPPED: gettext_lazy("Left out"),
}
DECISION = re.compile(r"(alike|take)-([0-9]{1,8})(?:-([a-z_]{1,60}))?", re.ASCII)
SAID_OF_ALIKE = re.compile(r"other|skip|same:[-a-zA-Z0-9_]{1,100}", re.ASCII)
MEANS_ALL = ("same", "other", "skip")
# What can be done with an import, by the states in which it can.
SETTLED = (ImportState.READY, ImportState.FAILED, ImportState.CANCELLED)


def import_urls() -> list:
    """The addresses of these pages."""
    view = admin.site.admin_view
    return [
        path("import/", view(imports_view), name="imports"),
        path("import/<int:key>/", view(job_view), name="import"),
        path("import/<int:key>/state/", view(state_view), name="import_state"),
        path("import/<int:key>/file/", view(import_files.upload_view), name="import_file"),
        path("import/<int:key>/findings.csv", view(import_files.findings_view), name="import_findings"),
        path(
            "import/template/<slug:kind>.<slug:ending>",
            view(import_files.template_view),
            name="import_template",
        ),
        path(
            "import/records/<slug:kind>.<slug:ending>", view(import_files.records_view), name="import_records"
        ),
    ]


def imports_view(request):
    """The form for a new import, one's own imports, and what files look like."""
    if not kinds_for(request.user):
        raise PermissionDenied
    is_sent = request.method == "POST"
    form = ImportForm(request.POST or None, request.FILES or None, user=request.user) if is_sent else None
    form = form or ImportForm(user=request.user, initial={"kind": kinds_for(request.user)[0][0]})
    source = SourceOfRowsForm(request.POST if is_sent else None)
    is_sound = [form.is_valid(), source.is_valid()] if is_sent else [False, False]
    # A browser does not keep a file: it is taken at once, and its page asks for the rest.
    if all(is_sound) or is_sound[0] and form.cleaned_data["file"]:
        return begin(request, form, source)
    context = admin.site.each_context(request) | {
        "title": _("Import"),
        "form": form,
        "source": source,
        "jobs": jobs_of(request.user)[:JOBS_SHOWN],
        "kept_days": KEPT_FOR.days,
        "kinds": [(IMPORT_KINDS[name], label) for name, label in kinds_for(request.user)],
    }
    return TemplateResponse(request, "admin/imports.html", context)


def begin(request, form: ImportForm, source: SourceOfRowsForm):
    said = form.cleaned_data
    options = {"source_typed": source.typed()} if source.errors else {"source": source.given()}
    options[WHOLE_LISTS] = said[WHOLE_LISTS]
    job = ImportJob.objects.create(
        kind=said["kind"],
        who=request.user.pk,
        name_of_who=name_of_user(request.user),
        why=said["why"],
        options={name: value for name, value in options.items() if value},
        **form.table(),
    )
    told = _("“%s” is here. You see what it would change before anything is saved.")
    messages.success(request, told % job.name)
    return HttpResponseRedirect(reverse("admin:import", args=[job.pk]))


def job_for(request, key: int) -> ImportJob:
    """An import of whoever asks; of others nobody is told that they are there."""
    job = jobs_of(request.user).filter(pk=key).first()
    if job is None:
        raise Http404
    if not may_import(request.user, job.kind):
        raise PermissionDenied
    return job


def state_view(request, key: int):
    """How far an import is, for the page that shows it."""
    job = job_for(request, key)
    told = {
        "state": job.state,
        "round": job.round,
        "step": told_step(job),
        "done": job.done,
        "total": job.total,
    }
    return JsonResponse(told | {"is_to_do": job.is_to_do, "waits": waits_for_worker(job)})


def told_step(job: ImportJob) -> str:
    return str(STEPS_IN_WORDS.get(job.step, _("Waiting for the worker")))


def waits_for_worker(job: ImportJob) -> bool:
    """Whether nobody has taken up an import for longer than that should take."""
    is_held = job.worker and job.held_until and job.held_until > timezone.now()
    return job.is_to_do and not is_held and job.touched_at < timezone.now() - WAITS_AT_MOST


# The page of one import -----------------------------------------------------------------------------------------------


def job_view(request, key: int):
    job = job_for(request, key)
    if request.method == "POST":
        return answer(request, job)
    return job_page(request, job)


def job_page(request, job: ImportJob, **context):
    shown = request.GET.get("show", "")
    lines = job.lines.all()
    if shown in TABS:
        lines = lines.filter(state=shown)
    if only := bool(request.GET.get("only")):
        lines = lines.filter(has_finding=True)
    if again := bool(request.GET.get("again")) and job.changed_meanwhile > 0:
        lines = lines.filter(is_changed=True)
    page = Paginator(lines, LINES_ON_A_PAGE).get_page(request.GET.get("page"))
    own = {
        "title": job.name,
        "job": job,
        "kind": IMPORT_KINDS[job.kind],
        "kind_label": dict(kinds_for(request.user)).get(job.kind, job.kind),
        "step": told_step(job),
        "waits": waits_for_worker(job),
        "shown": shown if shown in TABS else "",
        "only": only,
        "again": again,
        "tabs": [(state, label, job.totals.get(state, 0)) for state, label in TABS.items()],
        "page": page,
        "table": table_of_lines(page if job.state != ImportState.CHECKING else (), job),
        "undecided": job.totals.get(LineState.ALIKE, 0),
        "refused": job.totals.get(LineState.REFUSED, 0),
        "source_given": source_in_words(job),
        "source": SourceOfRowsForm(job.options.get("source_typed"), initial=job.options.get("source")),
        "lacks_source": "source_typed" in job.options,
        "table_form": TableForm(auto_id="new_%s"),
        "lists": ListsForm(initial=job.options),
        "has_lists": bool(IMPORT_KINDS[job.kind].rows),
        "is_whole": bool(job.options.get(WHOLE_LISTS)),
        "columns": columns_in_view(job),
        "is_settled": job.state in SETTLED,
    }
    return TemplateResponse(request, "admin/import.html", admin.site.each_context(request) | own | context)


def source_in_words(job: ImportJob) -> str:
    given = job.options.get("source")
    if not given:
        return ""
    known = Source.objects.filter(url=given["url"]).first()
    return str(known) if known else _("%s (new)") % given.get("title", given["url"])


def columns_in_view(job: ImportJob) -> list[dict[str, Any]]:
    """Each column of the file, and what it was read as."""
    return [
        {"number": number, "header": header, "name": name}
        for number, (header, name) in enumerate(job.reading.get("columns", ()))
    ]


# What somebody does with it -------------------------------------------------------------------------------------------


def answer(request, job: ImportJob):
    """Do what a button says; leads back to the page. Decisions on the page are kept with any of them."""
    does = request.POST.get("do", "")
    if does == "stop":
        stop(request, job)
    elif does == "replace" and job.state in SETTLED:
        form = TableForm(request.POST, request.FILES, auto_id="new_%s")
        if not form.is_valid():
            return job_page(request, job, table_form=form)
        check_again(request, job, **form.table())
    elif does == "settings" and job.state in SETTLED:
        form = SourceOfRowsForm(request.POST)
        if not form.is_valid():
            return job_page(request, job, source=form, lists=ListsForm(request.POST))
        change_settings(request, job, form)
    elif does == "forget" and not job.is_to_do:
        job.lines.all().delete()
        jobs_of(request.user).filter(pk=job.pk).delete()
        messages.success(request, _("The import of %s is thrown away. What was written stays.") % job.name)
        return HttpResponseRedirect(reverse("admin:imports"))
    elif does in ("decide", "again", "apply", "apply_rest") and job.state in SETTLED:
        decide(request, job, does)
    query = request.POST.get("query", "")
    return HttpResponseRedirect(reverse("admin:import", args=[job.pk]) + (f"?{query}" if query else ""))


def stop(request, job: ImportJob) -> None:
    """Stop the work; what is written already is written, and can be taken back."""
    stopped = ImportJob.objects.filter(pk=job.pk, state__in=[ImportState.CHECKING, ImportState.WRITING])
    facts = {
        "state": ImportState.CANCELLED,
        "round": job.round + 1,
        "touched_at": timezone.now(),
        "worker": "",
    }
    if stopped.update(**facts):
        messages.success(request, _("Stopped. Nothing was written."))
    else:
        messages.warning(request, _("It was at its end already; see below what became of it."))


def check_again(request, job: ImportJob, **facts) -> None:
    """Have a worker check it anew, with what its owner has said since."""
    own = ImportJob.objects.filter(pk=job.pk, round=job.round, state__in=SETTLED)
    always = {"state": ImportState.CHECKING, "round": job.round + 1, "touched_at": timezone.now()}
    if not own.update(**always | {"problem": "", "changed_meanwhile": 0} | facts):
        messages.warning(request, _("It was changed in another window meanwhile: this is how it stands."))


def change_settings(request, job: ImportJob, form: SourceOfRowsForm) -> None:
    options = {name: value for name, value in job.options.items() if name not in SETTINGS}
    if given := form.given():
        options["source"] = given
    if request.POST.get(WHOLE_LISTS):
        options[WHOLE_LISTS] = True
    chosen = {}
    for column in columns_in_view(job):
        name = request.POST.get(f"column-{column['number']}", column["name"])
        if name in ("", *(each.name for each in IMPORT_KINDS[job.kind].columns)):
            chosen[column["header"]] = name
    if any(IMPORT_KINDS[job.kind].column_called(header) != name for header, name in chosen.items()):
        options["columns"] = chosen
    check_again(request, job, options=options, why=why_of(request, job))


def why_of(request, job: ImportJob) -> str:
    return " ".join(request.POST.get("why", job.why).split())[:1000]


def decide(request, job: ImportJob, does: str) -> None:
    """Keep the decisions of a page. Where they are new the table is checked again; else it is done what was asked."""
    options = decided(request, job)
    if options != job.options or does in ("decide", "again"):
        check_again(request, job, options=options, why=why_of(request, job))
        return
    lacks = job.totals.get(LineState.ALIKE, 0) or "source_typed" in job.options
    refused = job.totals.get(LineState.REFUSED, 0) and does != "apply_rest"
    if lacks or refused or not job.totals.get("rows_written"):
        messages.warning(request, _("Not yet: see at the end of the page what is still to be decided."))
        return
    ready = ImportJob.objects.filter(
        pk=job.pk, state=ImportState.READY, planned=request.POST.get("planned", "")
    )
    facts = {
        "state": ImportState.WRITING,
        "touched_at": timezone.now(),
        "why": why_of(request, job),
        "problem": "",
    }
    if not ready.update(**facts, changed_meanwhile=0):
        messages.warning(request, _("It was changed in another window meanwhile: this is how it stands."))


def decided(request, job: ImportJob) -> dict[str, Any]:
    """The options of an import with what was decided on the page that was sent."""
    said = [(found, value) for name, value in request.POST.items() if (found := DECISION.fullmatch(name))]
    keys = dict(
        job.lines.filter(line__in={int(found[2]) for found, _value in said}).values_list("line", "key")
    )
    alike, taken = dict(job.options.get("alike", {})), dict(job.options.get("taken", {}))
    for found, value in said:
        key = keys.get(int(found[2]))
        if key is not None and found[1] == "alike" and SAID_OF_ALIKE.fullmatch(value):
            alike[key] = value
        elif key is not None and found[1] == "take" and found[3]:
            columns = {*taken.get(key, ())} - {found[3]} | ({found[3]} if value == "take" else set())
            taken[key] = sorted(columns)
    if (all_of_them := request.POST.get("all_alike")) in MEANS_ALL:
        alike |= said_of_all(job, all_of_them)
    found = {"alike": alike, "taken": {key: columns for key, columns in taken.items() if columns}}
    return {name: value for name, value in (job.options | found).items() if value}


def said_of_all(job: ImportJob, decision: str) -> dict[str, str]:
    """The same decision about every line that waits for one; a record is only taken where there is one that it can be."""
    lines = job.lines.filter(state=LineState.ALIKE).values_list("key", "alike")
    if decision != "same":
        return dict.fromkeys((key for key, _alike in lines), decision)
    return {key: f"same:{alike[0]['key']}" for key, alike in lines if len(alike) == 1}
