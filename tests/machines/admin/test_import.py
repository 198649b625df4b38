"""Machines and reasons as files: preview, problems by line and column, confirmation, export."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from machines.models import Area, Machine, MachineGroup, StopReason, Tool
from mes.accounts.roles import Role
from tests.factories.machines import AreaFactory, MachineFactory, MachineGroupFactory, PlantFactory
from tests.support.admin import client_of, confirm, csv_file, import_rows, page_of, preview, problems_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer(client):
    return client_of(client, Role.ENGINEER)


@pytest.fixture
def plant():
    plant = PlantFactory(code="P1")
    AreaFactory(plant=plant, code="HALL")
    MachineGroupFactory(plant=plant, code="LATHES")
    other = PlantFactory(code="P2")
    AreaFactory(plant=other, code="HALL")
    MachineGroupFactory(plant=other, code="LATHES")
    return plant


def machine_row(number, **changes):
    return {
        "code": f"M{number:03}",
        "name": f"Lathe {number}",
        "plant": "P1",
        "area": "HALL",
        "group": "LATHES",
        "slots": 1,
        "counting_item": "cycle_event",
        "reference_cycle_seconds": "12,5",
        "active": "yes",
        **changes,
    }


def test_the_applications_own_database_role_may_import(engineer, plant, application_role):
    import_rows(engineer, Machine, [machine_row(1), machine_row(2)])
    import_rows(engineer, Machine, [machine_row(2, name="Lathe, long"), machine_row(3)])
    assert Machine.objects.count() == 3


def test_where_there_are_few_the_error_names_them(engineer, plant):
    previewed = preview(engineer, Area, csv_file([{"plant": "P3", "code": "HALL", "name": "Hall"}]))
    assert problems_of(previewed) == [(2, "plant", "There is no plant “P3”. There are: P1, P2.")]


def test_a_preview_changes_nothing_and_the_confirmation_takes_everything(engineer, plant):
    previewed = preview(engineer, Machine, csv_file([machine_row(1), machine_row(2, plant="P2")]))
    assert previewed.context_data["result"].totals["new"] == 2
    assert b"Lathe 1" in previewed.content
    assert not Machine.objects.exists()

    confirm(engineer, Machine, previewed)

    first, second = Machine.objects.order_by("code")
    assert (first.code, first.plant, first.area.plant) == ("M001", plant, plant)
    assert first.reference_cycle_seconds == Decimal("12.5")
    assert first.micro_stop_seconds == 300, "a column that is missing keeps the model's default"
    assert second.group.plant.code == "P2", "codes are looked up in the row's own plant"


def test_the_preview_shows_what_would_change_and_leaves_out_what_is_the_same(engineer, plant):
    import_rows(engineer, Machine, [machine_row(1), machine_row(2)])
    previewed = preview(engineer, Machine, csv_file([machine_row(1), machine_row(2, name="Lathe two")]))
    result = previewed.context_data["result"]
    assert (result.totals["update"], result.totals["skip"], result.totals["new"]) == (1, 1, 0)
    page = previewed.content.decode()
    assert "<ins" in page
    assert "<del" in page
    confirm(engineer, Machine, previewed)
    assert Machine.objects.get(code="M002").name == "Lathe two"


def test_a_missing_column_leaves_its_field_alone_and_an_empty_cell_clears_it(engineer, plant):
    import_rows(engineer, Machine, [machine_row(1)])
    import_rows(engineer, Machine, [{"code": "M001", "name": "New name"}])
    assert Machine.objects.get().reference_cycle_seconds == Decimal("12.5")
    import_rows(engineer, Machine, [{"code": "M001", "reference_cycle_seconds": ""}])
    assert Machine.objects.get().reference_cycle_seconds is None


def test_problems_name_line_and_column_and_nothing_is_taken(engineer, plant):
    rows = [
        machine_row(1),
        machine_row(2, area="HOLE"),
        machine_row(3, slots="two", counting_item="guess"),
        machine_row(4, name=""),
        machine_row(1),
        machine_row(6, plant=""),
        machine_row(7, reference_cycle_seconds="1.2.3"),
    ]
    answer = preview(engineer, Machine, csv_file(rows))
    assert "confirm_form" not in answer.context_data
    assert [(line, column) for line, column, _text in problems_of(answer)] == [
        (3, "area"),
        (4, "slots"),
        (4, "counting_item"),
        (5, "name"),
        (6, ""),
        (7, "area"),
        (7, "group"),
        (7, "plant"),
        (8, "reference_cycle_seconds"),
    ]
    page = answer.content.decode()
    assert "There is no area “HOLE” in plant “P1”." in page
    assert "Line 2 has the same key already." in page
    assert not Machine.objects.exists()


def test_what_only_the_database_knows_is_found_by_line_too(engineer, plant):
    answer = preview(engineer, Machine, csv_file([machine_row(1), machine_row(2, slots=0), machine_row(3)]))
    assert problems_of(answer) == [(3, "", "A machine has at least one slot.")]


def test_unknown_and_missing_columns_are_refused(engineer, plant):
    answer = preview(engineer, Machine, csv_file([{"code": "M1", "colour": "red"}]))
    [(_line, _column, text)] = problems_of(answer)
    assert text.startswith("There is no column “colour”.")
    answer = preview(engineer, Machine, csv_file([{"name": "Lathe"}]))
    assert problems_of(answer) == [(0, "", "The column “code” is missing.")]


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "cp1252"), (",", "utf-8"), ("\t", "utf-8-sig"), ("|", "utf-8")]
)
def test_files_are_read_as_plants_write_them(engineer, plant, delimiter, encoding):
    row = machine_row(1, name="Fräse Süd")
    row["reference_cycle_seconds"] = "12.5"
    confirm(
        engineer,
        Machine,
        preview(engineer, Machine, csv_file([row], delimiter=delimiter, encoding=encoding)),
    )
    assert Machine.objects.get().name == "Fräse Süd"


def test_a_spreadsheet_is_read_too(engineer, plant):
    book = Workbook()
    rows = [machine_row(1, slots=4), machine_row(2)]
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    out = BytesIO()
    book.save(out)
    confirm(engineer, Machine, preview(engineer, Machine, SimpleUploadedFile("m.xlsx", out.getvalue())))
    assert Machine.objects.get(code="M001").slots == 4


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n\n", "empty"),
        ("a.csv", b"code;code\n1;2\n", "there twice"),
        ("a.csv", b"code;name\nM1;a;b\n", "Line 2 has more cells"),
        ("a.csv", b'code;name\n"M1;a\n', "can&#x27;t be read"),
        ("a.xlsx", b"no spreadsheet", "can&#x27;t be read"),
    ],
)
def test_files_that_are_no_tables_are_refused_in_a_sentence(engineer, plant, name, body, sentence):
    answer = engineer.post(
        page_of(Machine, "import"), {"import_file": SimpleUploadedFile(name, body), "format": ""}
    )
    assert answer.status_code == 200
    assert sentence in answer.content.decode()


def test_when_the_data_changed_after_the_preview_nothing_is_half_applied(engineer, plant):
    previewed = preview(engineer, Machine, csv_file([machine_row(1), machine_row(2)]))
    Area.objects.filter(code="HALL").update(code="MOVED")
    done = confirm(engineer, Machine, previewed)
    assert {column for _line, column, _text in problems_of(done)} == {"area"}
    assert not Machine.objects.exists()


def test_a_confirmation_can_t_read_other_files(engineer, plant):
    previewed = preview(engineer, Machine, csv_file([machine_row(1)]))
    form = previewed.context_data["confirm_form"].initial
    answer = engineer.post(
        page_of(Machine, "process_import"), {**form, "import_file_name": "../../etc/passwd"}, follow=True
    )
    assert "The preview is too old." in answer.content.decode()


def export(client, model, *, spreadsheet=False):
    return client.post(page_of(model, "export"), {"format": "1" if spreadsheet else "0", "resource": ""})


def test_an_export_can_be_imported_again_unchanged(engineer, plant):
    import_rows(engineer, Machine, [machine_row(number) for number in range(1, 4)])
    body = export(engineer, Machine).content
    assert body.decode("utf-8-sig").splitlines()[0].startswith("code;name;plant;area;group;slots;")
    previewed = preview(engineer, Machine, SimpleUploadedFile("again.csv", body))
    assert previewed.context_data["result"].totals["skip"] == 3


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_exported_cell_starts_a_formula(engineer, plant, start):
    name = f"{start}1+1"
    MachineFactory(code="M9", name=name, plant=plant)
    text = export(engineer, Machine).content.decode("utf-8-sig")
    assert f"'{name}" in text
    assert f";{name}" not in text
    book = load_workbook(BytesIO(export(engineer, Machine, spreadsheet=True).content))
    assert book.active["B2"].value.startswith("'")
    assert book.active["B2"].data_type == "s"
    previewed = preview(engineer, Machine, SimpleUploadedFile("x.csv", text.encode()))
    assert previewed.context_data["result"].totals["skip"] == 1


def test_a_tree_of_reasons_comes_from_one_file(engineer, plant):
    base = {"plant": "P1", "name_de": "", "group": "malfunction", "planned": "no", "position": 1}
    import_rows(
        engineer,
        StopReason,
        [
            {**base, "code": "FAULT", "parent": "", "name_en": "Fault", "position": 7},
            {**base, "code": "ELECTRIC", "parent": "FAULT", "name_en": "Electric"},
            {**base, "code": "FUSE", "parent": "ELECTRIC", "name_en": "Fuse"},
            {**base, "code": "LAST", "parent": "", "name_en": "Last", "position": 8},
        ],
    )
    assert StopReason.objects.get(code="FUSE").parent.parent.code == "FAULT"
    listed = engineer.get(page_of(StopReason, "changelist")).content.decode()
    assert listed.index(">FAULT<") < listed.index("\u2003└ ELECTRIC") < listed.index("\u2003\u2003└ FUSE")
    assert listed.index("└ FUSE") < listed.index(">LAST<")


def test_groups_are_their_own_work_centre_unless_told_otherwise(engineer, plant):
    import_rows(engineer, MachineGroup, [{"plant": "P1", "code": "MILLS", "name": "Mills"}])
    assert MachineGroup.objects.get(code="MILLS").erp_code == "MILLS"


def test_tools_say_where_they_fit(engineer, plant):
    import_rows(engineer, Machine, [machine_row(1), machine_row(2)])
    tool = {"plant": "P1", "code": "T1", "name": "Chuck", "outputs": 2, "machines": "M001, M002"}
    import_rows(engineer, Tool, [tool])
    assert set(Tool.objects.get().machines.values_list("code", flat=True)) == {"M001", "M002"}
    answer = preview(engineer, Tool, csv_file([{**tool, "code": "T2", "machines": "M001, M999"}]))
    assert "There is no machine “M999”." in str(problems_of(answer))
