"""The pages about partners and their messages."""

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from integrations.views import (
    agreement,
    connections,
    gateways,
    inbound,
    items,
    mapping,
    message_mappings,
    monitor,
    outbound,
    reconciliation,
    standards,
    unknown,
)
from mes.accounts import navigation
from mes.accounts.roles import Right

urlpatterns: list[URLPattern] = [
    path("messages/", monitor.monitor, name="messages"),
    path("messages/in/", monitor.monitor, {"direction": "in"}, name="messages-in"),
    path("messages/in/<int:pk>/", inbound.inbound, name="message-in"),
    path("messages/in/<int:pk>/raw/", inbound.inbound_raw, name="message-in-raw"),
    path("messages/in/<int:pk>/replay/", inbound.replay_inbound, name="message-replay"),
    path("messages/waiting/", unknown.waiting_list, name="messages-waiting"),
    path("messages/unknown/", unknown.unknown_list, name="unknown-values"),
    path("messages/unknown/<int:pk>/", unknown.unknown, name="unknown-value"),
    path("messages/unknown/<int:pk>/translate/", unknown.translate_unknown, name="unknown-translate"),
    path("messages/unknown/<int:pk>/read-again/", unknown.read_again, name="unknown-read-again"),
    path("messages/out/", monitor.monitor, {"direction": "out"}, name="messages-out"),
    path("messages/alarms/", monitor.alarms_strip, name="partner-alarms"),
    path("messages/decide/", monitor.decide_many, name="messages-decide"),
    path("messages/decisions/<int:pk>/", monitor.bulk_decision, name="bulk-decision"),
    path("messages/decisions/<int:pk>/on/", monitor.carry_on_decision, name="bulk-decision-on"),
    path("messages/out/<int:pk>/", outbound.outbound, name="message-out"),
    path("messages/out/<int:pk>/resend/", outbound.resend_outbound, name="message-resend"),
    path("messages/out/<int:pk>/hold-back/", outbound.hold_back_outbound, name="message-hold-back"),
    path("messages/out/<int:pk>/discard/", outbound.discard_outbound, name="message-discard"),
    path("messages/mappings/", message_mappings.mapping_list, name="message-mappings"),
    path("messages/mappings/new/", message_mappings.new_mapping, name="message-mapping-new"),
    path("messages/mappings/<int:pk>/", message_mappings.mapping_page, name="message-mapping"),
    path(
        "messages/mappings/<int:pk>/preview/",
        message_mappings.mapping_preview,
        name="message-mapping-preview",
    ),
    path(
        "messages/mappings/<int:pk>/sample/", message_mappings.mapping_sample, name="message-mapping-sample"
    ),
    path(
        "messages/mappings/<int:pk>/discard/",
        message_mappings.mapping_discard,
        name="message-mapping-discard",
    ),
    path(
        "messages/mappings/<int:pk>/export/", message_mappings.mapping_export, name="message-mapping-export"
    ),
    path(
        "messages/mappings/<int:pk>/test/<int:message_pk>/",
        message_mappings.mapping_test,
        name="message-mapping-test",
    ),
    path(
        "messages/mappings/<int:pk>/versions/<int:number>/",
        message_mappings.mapping_version,
        name="message-mapping-version",
    ),
    path("messages/out/<int:pk>/redate/", outbound.redate_outbound, name="message-redate"),
    path("messages/out/<int:pk>/booked/", outbound.booked_outbound, name="message-booked"),
    path("messages/reconciliation/", reconciliation.reconciliation, name="reconciliation"),
    path("messages/reconciliation/<int:pk>/", reconciliation.difference_page, name="difference"),
    path("messages/reconciliation/<int:pk>/close/", reconciliation.close, name="difference-close"),
    path("messages/partners/<int:pk>/compare/", reconciliation.compare_now, name="partner-compare"),
    path("messages/partners/<int:pk>/self-test/", reconciliation.self_test, name="self-test"),
    path("standards/", standards.standards_page, name="standards"),
    path("standards/propose/", standards.propose, name="standards-propose"),
    path("messages/agreement/", agreement.agreement_page, name="messages-agreement"),
    path("messages/agreement/orders/<int:pk>/", agreement.order_agreement, name="order-agreement"),
    path("connections/", connections.connection_list, name="connections"),
    path("connections/new/", connections.new_connection, name="connection-new"),
    path("connections/troubles/", connections.troubles_strip, name="connection-troubles"),
    path("connections/templates/", mapping.template_list, name="mapping-templates"),
    path("connections/gateways/<int:pk>/", gateways.gateway_page, name="gateway"),
    path("connections/mappings/<int:pk>/", mapping.edit_mapping, name="mapping"),
    path("connections/mappings/<int:pk>/remove/", mapping.remove_mapping, name="mapping-remove"),
    path("connections/<int:pk>/", connections.connection_page, name="connection"),
    path("connections/<int:pk>/edit/", connections.edit_connection, name="connection-edit"),
    path("connections/<int:pk>/switch/", connections.switch_connection, name="connection-switch"),
    path("connections/<int:pk>/items/", items.items_page, name="connection-items"),
    path("connections/<int:pk>/items/ask/", items.ask_again, name="connection-ask"),
    path(
        "connections/<int:pk>/put-right/",
        connections.put_machine_right,
        name="connection-put-right",
    ),
    path("connections/<int:pk>/items/map/", items.map_device, name="connection-map"),
    path("connections/<int:pk>/items/values/", items.item_values, name="connection-item-values"),
    path("connections/<int:pk>/template/", mapping.new_template, name="connection-template"),
    path("connections/<int:pk>/export/", mapping.export_mapping, name="connection-export"),
    path("connections/<int:pk>/import/", mapping.import_page, name="connection-import"),
]

navigation.add(url_name="standards", label=_("Standards"), icon="rulers", position=51)
navigation.add(
    url_name="messages", label=_("Messages"), icon="envelope-paper", right=Right.MESSAGES, position=60
)
navigation.add(
    url_name="connections", label=_("Connections"), icon="plug", right=Right.MASTER_DATA, position=70
)
