"""Every way in which curation changes a record, derived from what is registered; and proposals made by it."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from zipfile import ZipFile

from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from partners.changes.accepting import CellStanding
from partners.changes.writing import unique_columns
from partners.models import Proposal, ProposedCell, Publishable, Revision, Source, Writing
from partners.versions.packing import write_package
from partners.vocabularies import PublicationState
from tests.curation import act, add_form, change_form, change_url, delete, save
from tests.past import from_here_on
from tests.records import add_party, cite, make_organization, make_sector, make_source
from tests.registered import ADMINS, INLINES, fields_in, make_free, others, prefix_of, relation, typed_in

KINDS = [label for label in ADMINS if label.startswith("partners.")]
ROWS = [(label, inline) for label, inline in INLINES if label in KINDS]


# Fields that say something only together with others of their form.
GO_TOGETHER = {"country_code", "field", "says", "reason", "value"}


@dataclass(frozen=True)
class Deed:
    """Something that a person does in curation to a record of one kind. `prepare` comes before it, and is nobody's."""

    name: str
    do: Callable[[Client, dict], object]
    prepare: Callable[[dict], object] = lambda records: None

    def __str__(self):
        return self.name


def deeds() -> list[Deed]:
    """All of them."""
    found = [Deed(f"change {label}", retyping(label)) for label in KINDS]
    for label, inline in ROWS:
        what = f"{inline.model._meta.model_name} of {label}"
        found += [
            Deed(f"change {what}", changing_row(label, inline), one_more_source(label)),
            Deed(f"add {what}", adding_row(label, inline), without_rows(label, inline)),
            Deed(f"remove {what}", removing_row(label, inline), one_more_source(label)),
        ]
    for label in KINDS:
        model = ADMINS[label].model
        # Readers see no source that nothing cites, and one that is cited is not deleted.
        if not issubclass(model, Publishable | Source) and ADMINS[
            label
        ].has_delete_permission.__qualname__.startswith("BaseModelAdmin"):
            found.append(Deed(f"delete {label}", deleting(label), freeing(label)))
            if "citation" not in label:
                found.append(Deed(f"delete chosen {label}", deleting_chosen(label), freeing(label)))
        if issubclass(model, Publishable):
            found += [
                Deed(f"publish {label}", pressing(label, "_publish"), as_drafts(label)),
                Deed(f"withhold {label}", pressing(label, "_withhold", _breaks="yes")),
            ]
        if ADMINS[label].can_be_merged:
            found.append(Deed(f"merge {label}", merging(label), with_twin(label)))
    label = "partners.organization"
    found += [
        Deed("publish chosen ones", acting(label, "publish_selected"), as_drafts(label)),
        Deed("withhold chosen ones", acting(label, "withhold_selected")),
        Deed("add a sector in a popup", adding_in_popup),
        Deed("take back a revision", taking_back, lambda records: records.update(late=revised(records))),
        Deed("bring back what was deleted", bringing_back, lambda records: records.update(late=removed())),
    ]
    return found


def retyping(label):
    def do(client, records):
        record = records[label]
        form = change_form(client, record)
        offered = fields_in(client.get(change_url(record)))
        before = dict(form.data)
        for name, each in offered.items():
            field = record._meta.get_field(name)
            if field.many_to_many:
                form[name] = [field.remote_field.model._base_manager.last().pk]
            elif not field.remote_field and name not in GO_TOGETHER:
                form[name] = next(others(field, record, each), before[name])
        answer = form.send()
        for _time in range(3):
            # What does not go together stays as it was.
            if answer.status_code == 200:
                refused = set(answer.context["adminform"].form.errors) & before.keys()
                form.data |= {name: before[name] for name in refused}
                answer = form.send()
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        return answer

    return do


def changing_row(label, inline):
    def do(client, records):
        record = records[label]
        page = client.get(change_url(record))
        form, prefix = change_form(client, record), prefix_of(page, inline)
        formset = next(
            each.formset for each in page.context["inline_admin_formsets"] if each.formset.prefix == prefix
        )
        offered = {
            name: each
            for name, each in formset.forms[0].fields.items()
            if name in {field.name for field in inline.model._meta.fields} - {"id", relation(record, inline)}
            and name not in GO_TOGETHER
        }
        name, value = typed_in(formset.forms[0].instance, offered)
        form[f"{prefix}-0-{name}"] = value
        return sent(form)

    return do


def adding_row(label, inline):
    def do(client, records):
        form, rows = change_form(client, records[label]), records["rows"]
        form.add_row(prefix_of(client.get(change_url(records[label])), inline), **rows)
        return sent(form)

    return do


def without_rows(label, inline):
    """Notes what a new row would say: what one of the rows says, with another record where that is not enough."""

    def prepare(records):
        record = records[label]
        row = inline.model._base_manager.filter(**{relation(record, inline): record}).first()
        own = {relation(record, inline), "id", "slug"}
        names = {field.name: field for field in row._meta.fields if field.name not in own}
        values = {name: getattr(row, name) for name, field in names.items() if field.editable}
        values = {name: value for name, value in values.items() if value not in (None, "")}
        if "source" in values:
            values = {"source": make_source("Added")}
        elif "organization" in values:
            values |= {
                "organization": type(values["organization"])
                ._base_manager.exclude(pk__in=record.parties.values("organization"))
                .last()
            }
        elif "value" in values:
            values |= {"value": "Another name"}
        records["rows"] = values

    return prepare


def one_more_source(label):
    """What is public keeps a source and a partner."""

    def prepare(records):
        record = records[label]
        if hasattr(record, "citations"):
            cite(record)
        if hasattr(record, "parties") and hasattr(record, "amounts"):
            add_party(record, make_organization("Further"))

    return prepare


def removing_row(label, inline):
    def do(client, records):
        record = records[label]
        page = client.get(change_url(record))
        form = change_form(client, record)
        form.delete_row(prefix_of(page, inline), 0)
        return sent(form)

    return do


def freeing(label):
    return lambda records: make_free(records[label])


def deleting(label):
    return lambda client, records: delete(client, records[label])


def deleting_chosen(label):
    return lambda client, records: act(client, "delete_selected", records[label], post="yes")


def pressing(label, button, **sent_too):
    """Another button of the form than that to save."""

    def do(client, records):
        answer = change_form(client, records[label]).send(button, **sent_too)
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        return answer

    return do


def acting(label, action):
    return lambda client, records: act(client, action, records[label])


def as_drafts(label):
    def prepare(records):
        record = records[label]
        type(record)._base_manager.filter(pk=record.pk).update(
            publication_state=PublicationState.DRAFT, published_at=None
        )

    return prepare


def with_twin(label):
    """Adds a record like it, of which readers see as much, with a row in every inline."""

    def prepare(records):
        record = records[label]
        twin = type(record)._base_manager.get(pk=record.pk)
        twin.pk, twin.slug = None, "twin"
        for name in unique_columns(type(record)) - {"id", "slug"}:
            setattr(twin, name, "")
        twin.save()
        if isinstance(record, Source):
            cite(records["partners.organization"], source=twin)
        elif hasattr(record, "citations"):
            cite(twin)
        records["twin"] = twin

    return prepare


def merging(label):
    def do(client, records):
        address = reverse(f"admin:{label.replace('.', '_')}_merge", args=[records[label].pk])
        page = client.get(address, {"with": records["twin"].pk})
        sent = {"with": records["twin"].pk, "_planned": page.context["planned"], "why": "Twins."}
        answer = client.post(address, sent)
        assert answer.status_code == 302, answer.context["problems"]
        return answer

    return do


def adding_in_popup(client, records):
    form = add_form(client, "sector")
    form.data |= {"name_en": "Popup", "slug": "popup", "_popup": "1"}
    return form.send()


def revised(records) -> int:
    record = records["partners.organization"]
    from_here_on()
    record.city = "Elsewhere"
    record.save()
    return ended()


def removed() -> int:
    sector = make_sector("Gone")
    from_here_on()
    sector.delete()
    return ended()


def ended() -> int:
    """The number of the newest revision; what comes is another one."""
    Writing.objects.all().delete()
    return Revision.objects.first().number


def taking_back(client, records):
    return client.post(reverse("admin:partners_revision_undo", args=[records["late"]]), {"why": "Wrong."})


bringing_back = taking_back


def sent(form):
    answer = form.send()
    assert answer.status_code == 302, (
        answer.context["adminform"].form.errors,
        [each.formset.errors for each in answer.context["inline_admin_formsets"]],
    )
    return answer


# People and what they see --------------------------------------------------------------------------------------------


def somebody(role, name="") -> Client:
    """A client in whose window somebody in that role has signed in."""
    user, is_new = User.objects.get_or_create(username=name or role.lower(), defaults={"is_staff": True})
    if is_new:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def public_package() -> dict[str, bytes]:
    """The files of the package that readers can have."""
    file = io.BytesIO()
    write_package(file)
    with ZipFile(file) as package:
        return {name: package.read(name) for name in package.namelist()}


def address_of(proposal: Proposal) -> str:
    return reverse("admin:partners_proposal_change", args=[proposal.pk])


def press(client, proposal, button, **sent_too):
    """The answer to a button of the page of a proposal."""
    return client.post(address_of(proposal), {"do": button} | sent_too)


def accept_each(client, proposal, **sent_too):
    """The answer once each cell is accepted that can be, one by one: what has a warning is not accepted in bulk."""
    page = client.get(address_of(proposal))
    asked = [each for row in page.context["rows"] for each in row.decisions] if page.context else []
    ready = [each for each in asked if each.may_be_accepted and each.standing is not CellStanding.CHANGED]
    sent = {f"shown-{each.cell.pk}": each.shown for each in ready}
    sent |= {f"cell-{each.cell.pk}": "accept" for each in ready}
    return press(client, proposal, "decide", **sent, **sent_too)


def propose(client, record, **values) -> Proposal:
    """What comes of a form of a public record, with these values typed."""
    form = change_form(client, record)
    form.data |= values
    save(form)
    return Proposal.objects.first()


def cell(proposal, column) -> ProposedCell:
    return proposal.cells.get(column=column)


def decision(client, proposal, **words) -> dict:
    """What the page would send for decisions about columns."""
    rows = client.get(address_of(proposal)).context["rows"]
    shown = {each.cell.column: each for row in rows for each in row.decisions}
    sent = {f"shown-{each.cell.pk}": each.shown for each in shown.values()}
    return sent | {f"cell-{shown[column].cell.pk}": word for column, word in words.items()}
