"""The formats of this installation. A new format is one line here and one folder beside it."""

from integrations.domain.connectors import register_connector
from integrations.domain.formats import (
    register_answer_format,
    register_confirmation_format,
    register_layout_check,
    register_move_format,
    register_order_format,
    register_other_message,
    register_reader,
    register_totals_message,
)
from integrations.erp.api import customer_orders, erp_totals
from integrations.erp.api.master import MASTER_READERS
from integrations.erp.api.orders import ApiOrders
from integrations.erp.b2mml.confirm import ConfirmFormat
from integrations.erp.b2mml.mapping import B2mmlFormat
from integrations.erp.b2mml.performance import PerformanceFormat
from integrations.erp.bc.client import BusinessCentralConnector
from integrations.erp.bc.mapping import BusinessCentralOrders
from integrations.erp.files.confirmations import CsvConfirmations
from integrations.erp.files.mapping import CsvFormat
from integrations.erp.idoc.movements import MovementFormat
from integrations.erp.idoc.reading import IdocFormat
from integrations.erp.idoc.statuses import StatusFormat
from integrations.erp.idoc.tickets import TicketFormat
from integrations.erp.mapped.confirmations import MappedConfirmations
from integrations.erp.mapped.definition import problems_of
from integrations.erp.mapped.mapping import MappedOrders
from integrations.erp.measured.aqdef import AqdefFormat
from integrations.erp.measured.table import MeasuredCsv
from integrations.erp.odata.client import SapConnector
from integrations.erp.odata.mapping import ODataOrders
from integrations.erp.staging.client import StagingConnector
from integrations.erp.tryton.client import TrytonConnector
from integrations.erp.tryton.mapping import TrytonFormat


def register_formats() -> None:
    for order_format in (
        IdocFormat(),
        CsvFormat(),
        ApiOrders(),
        MappedOrders(),
        ODataOrders(),
        BusinessCentralOrders(),
        TrytonFormat(),
        B2mmlFormat(),
        MeasuredCsv(),
        AqdefFormat(),
    ):
        register_order_format(order_format)
    for confirmation_format in (
        TicketFormat(),
        CsvConfirmations(),
        MappedConfirmations(),
        PerformanceFormat(),
    ):
        register_confirmation_format(confirmation_format)
    for answer_format in (StatusFormat(), ConfirmFormat()):
        register_answer_format(answer_format)
    register_move_format(MovementFormat())
    for connector in (SapConnector(), BusinessCentralConnector(), TrytonConnector(), StagingConnector()):
        register_connector(connector)
    for reader in MASTER_READERS:
        register_reader("api", reader.name, reader)
    register_other_message("api", customer_orders.MESSAGE_TYPE, customer_orders.apply_again)
    register_layout_check(problems_of)
    register_totals_message("api", erp_totals.MESSAGE_TYPE, erp_totals.read_again)
