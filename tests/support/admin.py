"""The admin in tests: who is logged in, files in, and what a page asks of the database."""

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories.accounts import UserFactory


def client_of(client, role):
    """The test client, logged in as a new person with ``role``."""
    client.force_login(UserFactory(roles=[role.value]))
    return client


def page_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return [query["sql"] for query in queries]


def csv_file(rows, *, name="table.csv", delimiter=";", encoding="utf-8"):
    """A file from a list of dicts; the columns are those of the first."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return SimpleUploadedFile(name, out.getvalue().encode(encoding), content_type="text/csv")


def preview(client, model, file):
    """The first step of an import: the page with the preview or the problems."""
    response = client.post(page_of(model, "import"), {"import_file": file, "format": ""})
    assert response.status_code == 200, response.status_code
    return response


def confirm(client, model, previewed):
    """The second step: what the confirmation form of the preview would send."""
    form = previewed.context_data["confirm_form"]
    return client.post(page_of(model, "process_import"), form.initial, follow=True)


def import_rows(client, model, rows):
    """Both steps; returns the result of the preview."""
    previewed = preview(client, model, csv_file(rows))
    assert "confirm_form" in previewed.context_data, problems_of(previewed)
    done = confirm(client, model, previewed)
    assert done.status_code == 200
    assert "result" not in done.context_data, problems_of(done)
    return previewed.context_data["result"]


def problems_of(response):
    """(line in the file, column or "", sentence) of everything that is wrong."""
    result = response.context_data["result"]
    found = [(0, "", str(error.error)) for error in result.base_errors]
    found += [
        (number + 1, "", str(error.error)) for number, errors in result.row_errors() for error in errors
    ]
    for row in result.invalid_rows:
        for column, errors in row.field_specific_errors.items():
            found += [(row.number + 1, column, str(error)) for error in errors]
        found += [(row.number + 1, "", str(error)) for error in row.non_field_specific_errors]
    return found
