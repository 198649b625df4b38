from django.urls import path
from django.utils.translation import gettext_lazy as _

from mes.accounts import navigation
from mes.accounts.roles import Role
from quality.views import (
    actions,
    alarm_codes,
    andon,
    audit,
    evidence,
    holds,
    inspections,
    machine,
    machine_history,
    maps,
    nonconformances,
    oee,
    requirements,
    spc,
    stops,
    terminal,
    terminal_nonconformance,
    wall,
)

at_work = "terminal/<int:machine>/operations/<int:operation>/"

urlpatterns = [
    path("wall/", wall.wall, name="wall"),
    path("wall/maps/<int:pk>/", maps.area_map, name="area-map"),
    path("wall/maps/<int:pk>/places/", maps.save_places, name="area-map-places"),
    path("wall/maps/<int:pk>/picture/", maps.save_picture, name="area-map-picture"),
    path("wall/map-pictures/<int:pk>/", maps.map_picture, name="map-picture"),
    path("oee/", oee.oee_page, name="oee"),
    path("oee/stops/", oee.oee_stops, name="oee-stops"),
    path("machines/<str:code>/", machine.machine_page, name="machine"),
    path("machines/<str:code>/figures/", machine.machine_figures, name="machine-figures"),
    path("machines/<str:code>/timeline.json", machine.machine_timeline, name="machine-timeline"),
    path("machines/<str:code>/cycles/", machine_history.machine_cycles, name="machine-cycles"),
    path("machines/<str:code>/references/", machine_history.machine_references, name="machine-references"),
    path("machines/<str:code>/setups/", machine_history.machine_setups, name="machine-setups"),
    path("machines/<str:code>/events/", machine.machine_events, name="machine-events"),
    path("inspections/", inspections.inspections_page, name="inspections"),
    path("operations/<int:pk>/inspect/", inspections.inspect, name="inspect-operation"),
    path("orders/<int:pk>/requirements/", requirements.order_requirements, name="order-requirements"),
    path("requirements/<int:pk>/verify/", requirements.verify, name="verify-requirement"),
    path("orders/<int:pk>/evidence/", evidence.order_evidence, name="order-evidence"),
    path("orders/<int:pk>/evidence.pdf", evidence.order_evidence_pdf, name="order-evidence-pdf"),
    path(
        "evidence/<path:number>/",
        evidence.customer_order_evidence,
        name="customer-order-evidence",
    ),
    path(
        "evidence-pdf/<path:number>/",
        evidence.customer_order_evidence_pdf,
        name="customer-order-evidence-pdf",
    ),
    path("spc/", spc.spc_page, name="spc"),
    path("spc/<int:pk>/", spc.characteristic_page, name="spc-characteristic"),
    path("spc/<int:pk>/chart.json", spc.chart_json, name="spc-chart"),
    path("spc/scrap/<int:plant>/<str:item>/<str:number>/", spc.scrap_page, name="spc-scrap"),
    path("spc/scrap/<int:plant>/<str:item>/<str:number>/chart.json", spc.scrap_json, name="spc-scrap-chart"),
    path("inspection-results/<int:pk>/", spc.result_page, name="inspection-result"),
    path(f"{at_work}inspections/<int:characteristic>/chart/", spc.terminal_chart, name="terminal-chart"),
    path(f"{at_work}inspections/", terminal.operation_inspections, name="terminal-inspections"),
    path(
        f"{at_work}inspections/<int:characteristic>/",
        terminal.inspect_characteristic,
        name="terminal-inspect",
    ),
    path("andon/", andon.andon_page, name="andon"),
    path("andon/seen/", andon.seen, name="andon-seen"),
    path("andon/<int:pk>/", andon.step, name="andon-step"),
    path("nonconformances/", nonconformances.nonconformance_list, name="nonconformances"),
    path("nonconformances/count/", nonconformances.count, name="nonconformance-count"),
    path("nonconformances/new/", nonconformances.new, name="nonconformance-new"),
    path("nonconformances/<int:pk>/", nonconformances.nonconformance, name="nonconformance"),
    path("nonconformances/<int:pk>/photo/", nonconformances.photo, name="nonconformance-photo"),
    path("actions/", actions.action_list, name="actions"),
    path("actions/new/", actions.new, name="action-new"),
    path("actions/<int:pk>/", actions.one, name="action"),
    path("holds/", holds.hold_list, name="holds"),
    path("holds/<int:pk>/release/", holds.release, name="hold-release"),
    path("audit/", audit.review, name="audit-review"),
    path("audit/export/", audit.export, name="audit-export"),
    path("audit/head/", audit.head, name="audit-head"),
    path(
        "terminal/<int:machine>/operations/<int:operation>/nonconformance/",
        terminal_nonconformance.raise_here,
        name="terminal-nonconformance",
    ),
    path("stops/", stops.stops_page, name="stops"),
    path("stops/coding/", stops.coding_page, name="stop-coding"),
    path("stops/codes/", alarm_codes.codes_page, name="stop-codes"),
    path("stops/codes/map/", alarm_codes.map_code, name="stop-code-map"),
    path("stops/codes/<int:pk>/apply/", alarm_codes.apply_code, name="stop-code-apply"),
    path("stops/<str:code>/<int:slot>/", stops.stop_page, name="stop"),
]

navigation.add(
    url_name="nonconformances",
    label=_("Nonconformances"),
    icon="exclamation-diamond",
    position=53,
    badge="nonconformance-count",
)
navigation.add(url_name="wall", label=_("Wall"), icon="grid-3x3-gap-fill", position=10)
navigation.add(url_name="oee", label=_("OEE"), icon="speedometer2", position=40)
navigation.add(
    url_name="inspections",
    label=_("Inspections"),
    icon="clipboard-check",
    position=30,
    first_for=(Role.QUALITY,),
)
navigation.add(url_name="stops", label=_("Stops"), icon="pause-circle", position=56)
navigation.add(url_name="andon", label=_("Calls"), icon="bell", position=15)
