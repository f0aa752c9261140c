"""Forms of curation as a browser sends them: everything on the page, and what the curator changed."""

from django.forms import ModelMultipleChoiceField
from django.urls import reverse


class Form:
    """The form at an address, read from its page. `form["name"] = …` types, `add_row` fills in a new row."""

    def __init__(self, client, url, page=None):
        """`page` is the answer with the form, where it was not opened but came back."""
        self.client, self.url = client, url
        if page is None:
            page = client.get(url)
            assert page.status_code == 200, page
        self.data = {"_opened": page.context.get("opened", "")}
        self.read(page.context["adminform"].form)
        for inline in page.context["inline_admin_formsets"]:
            self.read(inline.formset.management_form)
            for row in inline.formset.forms:
                self.read(row)

    def read(self, form):
        for field in form:
            value = field.value()
            if isinstance(field.field, ModelMultipleChoiceField):
                value = [getattr(each, "pk", each) for each in value or []]
            self[field.html_name] = value

    def __getitem__(self, name):
        return self.data[name]

    def __setitem__(self, name, value):
        self.data[name] = "" if value is None or value is False else value

    def add_row(self, prefix, **values):
        """Fills the empty row that a new form offers, or adds one."""
        rows = int(self[f"{prefix}-TOTAL_FORMS"])
        empty = [
            number for number in range(rows) if not self.data.get(f"{prefix}-{number}-{next(iter(values))}")
        ]
        number = empty[0] if empty else rows
        self[f"{prefix}-TOTAL_FORMS"] = max(rows, number + 1)
        for name, value in values.items():
            self[f"{prefix}-{number}-{name}"] = getattr(value, "pk", value)

    def delete_row(self, prefix, number=0):
        self[f"{prefix}-{number}-DELETE"] = "on"

    def send(self, button="_save", **changes):
        """The answer to the form, sent with one of its buttons."""
        self.sent = self.data | changes
        return self.client.post(self.url, self.sent | {button: "1"})

    def choose(self, page, whose):
        """Says "mine" or "theirs" wherever a page asks whose value stays."""
        parts = [part for row in page.context["both_changed"].rows for part in row.parts]
        names = {part.text.choice.name for part in parts if part.text and part.text.choice}
        self.data |= dict.fromkeys(names, whose)
        return self

    def returned(self, page):
        """The form as it came back from where it was sent."""
        return Form(self.client, page.context["form_url"] or self.url, page)


def save(form):
    answer = form.send()
    assert answer.status_code == 302, errors(answer)


def add_form(client, model):
    return Form(client, reverse(f"admin:partners_{model}_add"))


def change_form(client, record):
    return Form(client, change_url(record))


def change_url(record, page="change"):
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{page}", args=[record.pk])


def list_url(model, query=""):
    return reverse(f"admin:partners_{model}_changelist") + (f"?{query}" if query else "")


def act(client, action, *records, **sent):
    """The page after an action on those records of a list; what it asks before is confirmed."""
    chosen = {"action": action, "_selected_action": [record.pk for record in records]} | sent
    page = client.post(list_url(records[0]._meta.model_name), chosen, follow=True)
    if "used_by" in (page.context or {}) and "sent" in page.context:
        return act(client, action, *records, **sent, post="yes")
    return page


def delete(client, record, follow=False):
    """The answer to the confirmation of a deletion."""
    page = client.get(change_url(record, "delete"))
    context = page.context or {}
    sent = {"post": "yes", "_opened": context.get("opened", "")}
    return client.post(change_url(record, "delete"), sent, follow=follow)


def listed(response):
    """The records on the page of a list."""
    return list(response.context["cl"].result_list)


def messages(response):
    return [str(message) for message in response.context["messages"]]


def errors(response):
    """Every error on the page, by the field or the rows it stands at."""
    page = response.context
    found = {
        name: [str(each) for each in each_field] for name, each_field in page["adminform"].form.errors.items()
    }
    for inline in page["inline_admin_formsets"]:
        formset = inline.formset
        for_rows = [str(error) for error in formset.non_form_errors()]
        for row in formset.forms:
            for_rows += [str(error) for field in row.errors.values() for error in field]
        if for_rows:
            found[formset.prefix] = for_rows
    return found
