from django.urls import path
from django.utils.translation import gettext_lazy as _

from mes.accounts import navigation
from mes.accounts.roles import Right, Role
from orders.views import (
    belief,
    conflicts,
    customer_orders,
    customer_status,
    downloads,
    order,
    orders,
    ownership,
    plan,
    plan_load,
    plan_versions,
    plan_what_if,
    replay,
    stop_photos,
    unresolved,
)
from orders.views.terminal import andon, download, logon, machine, operation, report, stops

at_machine = "terminal/<int:machine>/"
at_work = f"{at_machine}operations/<int:operation>/"

urlpatterns = [
    path("orders/", orders.order_list, name="orders"),
    path("orders/<int:pk>/", order.order_page, name="order"),
    path("orders/<int:pk>/events/", order.order_events, name="order-events"),
    path("orders/<int:pk>/release/", order.release, name="order-release"),
    path("orders/<int:pk>/hold/", order.hold, name="order-hold"),
    path("orders/<int:pk>/holds/<int:hold>/lift/", order.lift, name="order-lift-hold"),
    path("orders/<int:pk>/events/<int:event>/correct/", order.correct, name="order-correct"),
    path("orders/<int:pk>/belief/", belief.order_belief, name="order-belief"),
    path("machines/<str:code>/belief/", belief.machine_belief, name="machine-belief"),
    path("runs/<int:pk>/move/", replay.move, name="run-move"),
    path("machines/<int:pk>/thresholds/", replay.thresholds, name="machine-thresholds"),
    path("program-roles/change/", replay.role, name="program-role-change"),
    path("unresolved/", unresolved.unresolved_page, name="unresolved"),
    path("unresolved/count/", unresolved.count, name="unresolved-count"),
    path("unresolved/settle/", unresolved.settle_stretch, name="unresolved-settle"),
    path("unresolved/<int:pk>/take-back/", unresolved.take_back, name="unresolved-take-back"),
    path("conflicts/", conflicts.conflict_list, name="conflicts"),
    path("conflicts/count/", conflicts.count, name="conflict-count"),
    path("conflicts/<int:pk>/decide/", conflicts.decide, name="conflict-decide"),
    path("erp-rules/", conflicts.rule_matrix, name="erp-rules"),
    path("ownership/", ownership.ownership_list, name="ownership-home"),
    path("ownership/<slug:kind>/", ownership.ownership_list, name="ownership-list"),
    path("ownership/<slug:kind>/<int:pk>/", ownership.ownership, name="ownership"),
    path("ownership/<slug:kind>/<int:pk>/pin/", ownership.set_pin, name="ownership-pin"),
    path("downloads/", downloads.download_list, name="downloads"),
    path("plan/", plan.plan_page, name="plan"),
    path("plan/versions/", plan_versions.plan_versions, name="plan-versions"),
    path("plan/load/", plan_load.plan_load, name="plan-load"),
    path("plan/what-if/", plan_what_if.what_if_page, name="plan-what-if"),
    path("plan/what-if/accept/", plan_what_if.accept_answer, name="plan-what-if-accept"),
    path("plan/make/", plan.make, name="plan-make"),
    path("plan/<int:pk>/board/", plan.plan_board, name="plan-board"),
    path("plan/<int:pk>/operations/<int:operation>/", plan.plan_step, name="plan-step"),
    path("plan/<int:pk>/cancel/", plan.cancel, name="plan-cancel"),
    path("plan/<int:pk>/publish/", plan.publish, name="plan-publish"),
    path("customer-links/make/", customer_status.share, name="customer-link-make"),
    path("customer-links/<int:pk>/take-back/", customer_status.revoke, name="customer-link-revoke"),
    path("status/<str:token>/", customer_status.customer_status, name="customer-status"),
    path("customer-orders/", customer_orders.customer_order_list, name="customer-order-list"),
    path("customer-orders/<path:number>/", customer_orders.customer_order, name="customer-order"),
    path("terminal/", machine.home, name="terminal"),
    path("terminal/log-on/", logon.log_on_page, name="terminal-log-on"),
    path("terminal/log-off/", logon.leave, name="terminal-log-off"),
    path("terminal/switch/", logon.switch, name="terminal-switch"),
    path("terminal/pending/", logon.pending, name="terminal-pending"),
    path("terminal/machines/", machine.choose, name="terminal-choose"),
    path(at_machine, machine.machine_page, name="terminal-machine"),
    path(f"{at_machine}scan/", machine.scan, name="terminal-scan"),
    path(f"{at_machine}stops/", stops.choose_reason, name="terminal-stop"),
    path(f"{at_machine}stops/reason/", stops.give_reason, name="terminal-code-stop"),
    path(f"{at_machine}stops/all/", stops.all_stops, name="terminal-stops"),
    path(f"{at_machine}stops/split/", stops.split, name="terminal-split-stop"),
    path(f"{at_machine}stops/merge/", stops.merge, name="terminal-merge-stops"),
    path(f"{at_machine}stops/photo/", stops.add_photo, name="terminal-stop-photo"),
    path(f"{at_machine}help/", andon.choose_help, name="terminal-andon"),
    path(f"{at_machine}help/call/", andon.call, name="terminal-andon-call"),
    path(f"{at_machine}help/<int:pk>/", andon.step, name="terminal-andon-step"),
    path("stops/photos/<int:pk>/", stop_photos.photo, name="stop-photo"),
    path("stops/photos/<int:pk>/remove/", stop_photos.remove, name="stop-photo-remove"),
    path(at_work, operation.operation_page, name="terminal-operation"),
    path(f"{at_work}start-setup/", operation.begin_setup, name="terminal-start-setup"),
    path(f"{at_work}start-production/", operation.begin_production, name="terminal-start-production"),
    path(f"{at_work}interrupt/", operation.interrupt_run, name="terminal-interrupt"),
    path(f"{at_work}finish/", operation.finish_operation, name="terminal-finish"),
    path(f"{at_work}join/", operation.join, name="terminal-join"),
    path(f"{at_work}leave/", operation.leave, name="terminal-leave"),
    path(f"{at_work}read/", operation.read, name="terminal-read-requirements"),
    path(f"{at_work}download/approve/", download.approve, name="terminal-approve-download"),
    path(f"{at_work}download/send/", download.send, name="terminal-send-download"),
    path(f"{at_work}report/", report.report_pieces, name="terminal-report"),
    path(f"{at_work}reports/<int:event>/correct/", report.correct_report, name="terminal-correct"),
]

navigation.add(
    url_name="terminal",
    label=_("Terminal"),
    icon="tablet-landscape",
    right=Right.OPERATE,
    position=5,
    first_for=(Role.OPERATOR,),
)
navigation.add(url_name="orders", label=_("Orders"), icon="card-checklist", position=20)
navigation.add(url_name="plan", label=_("Plan"), icon="calendar3-range", position=25)
navigation.add(url_name="customer-order-list", label=_("Customer orders"), icon="people", position=52)
navigation.add(
    url_name="ownership-home",
    label=_("ERP and plant values"),
    icon="pin-angle",
    right=Right.MASTER_DATA,
    position=72,
)
navigation.add(url_name="downloads", label=_("Programs to machines"), icon="send-check", position=58)
navigation.add(
    url_name="unresolved",
    label=_("Unresolved counts"),
    icon="question-diamond",
    right=Right.CORRECT,
    position=54,
    badge="unresolved-count",
)
navigation.add(
    url_name="conflicts",
    label=_("Conflicts with the ERP"),
    icon="sign-merge-left",
    right=Right.RELEASE,
    position=56,
    badge="conflict-count",
)
