"""The look and the menu of the admin, in the plant's words."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAINTAIN = "mes.lib.admin.rights.may_maintain"
ADMINISTER = "mes.lib.admin.rights.may_administer"
ENTER = "mes.lib.admin.rights.may_enter"

Title = str | Promise


def page(title: Title, icon: str, name: str, permission: str = MAINTAIN) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}"),
        "permission": permission,
    }


def group(title: Title, *pages: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "items": list(pages)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "MES",
    "SITE_HEADER": "MES",
    "SITE_SUBHEADER": _("Master data"),
    "SITE_SYMBOL": "precision_manufacturing",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("icon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "4px",
    "STYLES": [lambda _request: static("mes-admin.css")],
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(54.6% .245 262.9)",
            "700": "oklch(48.8% .243 264.4)",
            "800": "oklch(42.4% .199 265.6)",
            "900": "oklch(37.9% .146 265.5)",
            "950": "oklch(28.2% .091 267.9)",
        }
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            group(
                _("Plant"),
                page(_("Plants"), "factory", "machines_plant_changelist"),
                page(_("Areas"), "map", "machines_area_changelist"),
                page(_("Machine groups"), "workspaces", "machines_machinegroup_changelist"),
                page(_("Machines"), "precision_manufacturing", "machines_machine_changelist"),
                page(_("Tools"), "construction", "machines_tool_changelist"),
                page(_("Program roles"), "terminal", "machines_programrole_changelist"),
            ),
            group(
                _("Working time"),
                page(_("Shift patterns"), "schedule", "machines_shiftpattern_changelist"),
                page(_("Shifts"), "view_week", "machines_shift_changelist"),
                page(_("Exceptions"), "event_busy", "machines_calendarexception_changelist"),
            ),
            group(
                _("Reasons"),
                page(_("Stop reasons"), "account_tree", "machines_stopreason_changelist"),
                page(_("Calls for help"), "notifications_active", "machines_andonkind_changelist"),
                page(_("Machine codes"), "e911_emergency", "machines_alarmmapping_changelist"),
                page(_("Scrap reasons"), "delete", "orders_scrapreason_changelist"),
                page(_("Defect codes"), "broken_image", "quality_defectcode_changelist"),
                page(_("Release of holds"), "lock_open", "orders_holdpolicy_changelist"),
            ),
            group(
                _("Products"),
                page(_("Items"), "category", "orders_item_changelist"),
                page(_("Bills of material"), "list_alt", "orders_bom_changelist"),
                page(_("BOM lines"), "table_rows", "orders_bomline_changelist"),
                page(_("Routings"), "route", "orders_routing_changelist"),
                page(_("Routing operations"), "table_rows", "orders_routingoperation_changelist"),
                page(_("Programs"), "code", "orders_program_changelist"),
                page(_("Thresholds of items"), "tune", "orders_itemthreshold_changelist"),
                page(_("Setup families"), "palette", "orders_setupfamily_changelist"),
                page(_("Units"), "straighten", "orders_unit_changelist"),
            ),
            group(
                _("Inspection"),
                page(_("Inspection plans"), "checklist_rtl", "quality_inspectionplan_changelist"),
                page(_("Characteristics"), "square_foot", "quality_characteristic_changelist"),
                page(_("Gauges"), "straighten", "quality_gauge_changelist"),
            ),
            group(
                _("Material"),
                page(_("Lots"), "inventory", "orders_lot_changelist"),
                page(_("Storage places"), "shelves", "orders_place_changelist"),
                page(_("Handling units"), "pallet", "orders_handlingunit_changelist"),
                page(_("Supplier orders"), "local_shipping", "orders_purchaseorder_changelist"),
                page(_("Rules for lots"), "rule", "orders_outputlotrule_changelist"),
                page(_("Substitutes"), "swap_horiz", "orders_substitute_changelist"),
            ),
            group(
                _("Customers"),
                page(_("Customers"), "handshake", "orders_customer_changelist"),
                page(_("Customer orders"), "shopping_cart", "orders_customerorder_changelist"),
                page(_("Order lines and requirements"), "checklist", "orders_customerorderline_changelist"),
            ),
            group(
                _("People and access"),
                page(_("People"), "group", "accounts_user_changelist", ADMINISTER),
                page(_("Skills"), "school", "accounts_skill_changelist"),
                page(_("API keys"), "key", "accounts_apikey_changelist", ADMINISTER),
                page(_("Failed log-ins"), "lock", "axes_accessattempt_changelist", ADMINISTER),
            ),
            group(
                _("Exchange"),
                page(_("Connections"), "sync_alt", "integrations_connection_changelist"),
                page(_("Segment dictionaries"), "dictionary", "integrations_segmentdictionary_changelist"),
                page(_("Gateways"), "router", "integrations_gateway_changelist"),
                page(_("Signal connections"), "cable", "integrations_signalconnection_changelist"),
                page(_("Signal mappings"), "schema", "integrations_signalmapping_changelist"),
                page(_("Mapping templates"), "layers", "integrations_mappingtemplate_changelist"),
                page(_("Download channels"), "upload_file", "integrations_downloadchannel_changelist"),
                page(_("Download rules"), "rule_settings", "orders_downloadrule_changelist"),
                page(_("Number ranges"), "pin", "orders_numberrange_changelist"),
            ),
            group(
                _("Records"),
                page(_("Changes of master data"), "history", "audit", ENTER),
                page(_("Production events"), "receipt_long", "orders_productionevent_changelist", ENTER),
                page(_("Stock"), "inventory_2", "orders_stockbalance_changelist", ENTER),
                page(_("Shipments"), "local_shipping", "orders_shipment_changelist", ENTER),
                page(_("Recalls"), "undo", "quality_recall_changelist", ENTER),
                page(_("Genealogy links"), "account_tree", "orders_genealogylink_changelist", ENTER),
                page(_("Stock moves"), "swap_vert", "orders_stockmove_changelist", ENTER),
                page(_("Inspections"), "fact_check", "quality_inspection_changelist", ENTER),
                page(_("Inspection results"), "rule_folder", "quality_inspectionresult_changelist", ENTER),
                page(_("Requirements read"), "visibility", "orders_requirementreading_changelist", ENTER),
                page(_("Requirement checks"), "rule", "quality_requirementcheck_changelist", ENTER),
                page(_("Gaps of gateways"), "data_alert", "integrations_gatewaygap_changelist", ENTER),
                page(_("Signal sources"), "sensors", "machines_source_changelist", ENTER),
                page(_("Refused signals"), "report", "machines_sampleproblem_changelist", ENTER),
            ),
        ],
    },
}
