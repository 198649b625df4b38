"""From the set-up at the terminal to the file on the share, through the worker's rounds."""

import uuid

import pytest
from django.core.exceptions import ValidationError

from integrations.enums import DownloadWay
from integrations.models import DownloadChannel
from integrations.signals.downloads.sender import downloads_once
from orders.domain.execution import start_setup
from orders.enums import DownloadState
from orders.models import Download
from tests.factories.accounts import OperatorFactory
from tests.factories.integrations import DownloadChannelFactory, SignalConnectionFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import DownloadRuleFactory, OperationFactory, ProgramFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(tmp_path, settings):
    settings.DNC_DIR = tmp_path
    (tmp_path / "press").mkdir()
    return tmp_path / "press"


@pytest.fixture
def machine(place):
    operation = OperationFactory(released=True, position=1, program="O1234", program_revision="B")
    machine = MachineFactory(plant=operation.plant, group=operation.machine_group)
    ProgramFactory(plant=operation.plant)
    DownloadRuleFactory(machine=machine)
    machine.operation = operation
    return machine


def set_up(machine):
    start_setup(operation=machine.operation, machine=machine, by=OperatorFactory(), key=uuid.uuid4())


def test_a_set_up_puts_the_program_on_the_share(machine, place):
    DownloadChannelFactory(machine=machine)
    set_up(machine)
    assert downloads_once() == 1
    download = Download.objects.get()
    assert download.state == DownloadState.VERIFIED
    assert (place / "O1234.NC").read_bytes() == bytes(download.file.content)
    assert download.steps.get(state="sent").comment.endswith("press/O1234.NC")
    assert downloads_once() == 0


@pytest.mark.parametrize("active", [None, False])
def test_without_a_channel_that_is_on_nothing_leaves(machine, place, active):
    if active is not None:
        DownloadChannelFactory(machine=machine, active=active)
    set_up(machine)
    downloads_once()
    download = Download.objects.get()
    assert download.state == DownloadState.FAILED
    assert "No channel" in download.problem
    assert list(place.iterdir()) == []


def test_a_share_that_is_away_is_tried_again_later(machine, place):
    DownloadChannelFactory(machine=machine, folder="elsewhere")
    set_up(machine)
    downloads_once()
    download = Download.objects.get()
    assert download.state == DownloadState.APPROVED
    assert "isn't there" in download.problem
    (place.parent / "elsewhere").mkdir()
    Download.objects.update(next_try_at=download.requested_at)
    downloads_once()
    download.refresh_from_db()
    assert download.state == DownloadState.VERIFIED


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"way": DownloadWay.FOLDER, "folder": ""}, "needs a folder"),
        ({"way": DownloadWay.MQTT, "options": {"topic": "a", "echo_topic": "b"}}, "needs a connection"),
        ({"options": {"topic": "a"}}, "Unknown: topic"),
        ({"way": DownloadWay.MQTT, "options": {"topic": "a"}}, "Missing: echo_topic"),
    ],
)
def test_a_channel_that_can_not_work_is_refused(machine, changes, words):
    with pytest.raises(ValidationError, match=words):
        DownloadChannel(machine=machine, **{"way": DownloadWay.FOLDER, "folder": "x", **changes}).full_clean()


def test_a_channel_of_another_way_needs_no_folder(machine):
    DownloadChannel(
        machine=machine,
        way=DownloadWay.MQTT,
        connection=SignalConnectionFactory(plant=machine.plant, protocol="topics"),
        options={"topic": "a", "echo_topic": "b"},
    ).full_clean()
