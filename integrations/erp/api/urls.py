"""Version 1 of the API. Additive changes only; anything else is version 2."""

from django.urls import path

from integrations.erp.api import (
    andon,
    calibration,
    confirmations,
    customer_orders,
    customer_status,
    erp_totals,
    inspection_results,
    inspections,
    machines,
    nonconformances,
    operation_commands,
    order_costs,
    order_exports,
    plans,
    production_orders,
    profiles,
    promises,
)
from integrations.erp.api import (
    master_views as master,
)

urlpatterns = [
    path("production-orders", production_orders.ProductionOrders.as_view(), name="production-orders"),
    path(
        "production-orders/<str:number>",
        production_orders.ProductionOrderDetail.as_view(),
        name="production-order",
    ),
    path(
        "production-orders/<str:number>/release",
        production_orders.ReleaseOrder.as_view(),
        name="release-production-order",
    ),
    path("items", master.Items.as_view(), name="items-api"),
    path("boms", master.Boms.as_view(), name="boms-api"),
    path("routings", master.Routings.as_view(), name="routings-api"),
    path("work-centres", master.WorkCentres.as_view(), name="work-centres-api"),
    path("customers", master.Customers.as_view(), name="customers-api"),
    path(
        "customer-orders/<str:number>/status",
        customer_status.CustomerOrderStatus.as_view(),
        name="customer-order-status",
    ),
    path("customer-orders", customer_orders.CustomerOrders.as_view(), name="customer-orders"),
    path("promises", promises.Promises.as_view(), name="promises-api"),
    path("calibration", calibration.CalibrationView.as_view(), name="calibration-api"),
    path("promises/<uuid:key>/check", promises.PromiseCheck.as_view(), name="promise-check"),
    path("operation-commands", operation_commands.OperationCommands.as_view(), name="operation-commands"),
    path("inspections", inspections.Inspections.as_view(), name="inspections-api"),
    path(
        "inspection-results",
        inspection_results.InspectionResults.as_view(),
        name="inspection-results-api",
    ),
    path("nonconformances", nonconformances.Nonconformances.as_view(), name="nonconformances-api"),
    path(
        "nonconformances/<str:number>/dispositions",
        nonconformances.NonconformanceDispositions.as_view(),
        name="nonconformance-dispositions-api",
    ),
    path("machine-profile", profiles.MachineProfile.as_view(), name="machine-profile-api"),
    path("machines", machines.Machines.as_view(), name="machines-api"),
    path("work-queue", machines.WorkQueue.as_view(), name="work-queue"),
    path("open-stops", machines.OpenStops.as_view(), name="open-stops"),
    path("stop-codings", machines.StopCodings.as_view(), name="stop-codings"),
    path("andon-calls", andon.AndonCalls.as_view(), name="andon-calls"),
    path("andon-commands", andon.AndonCommands.as_view(), name="andon-commands"),
    path("plan/what-ifs", plans.WhatIfs.as_view(), name="plan-what-ifs"),
    path("plans", plans.Plans.as_view(), name="plans-api"),
    path("order-exports", order_exports.OrderExports.as_view(), name="order-exports"),
    path("order-exports/status", order_exports.OrderExportStatus.as_view(), name="order-export-status"),
    path("order-costs", order_costs.OrderCosts.as_view(), name="order-costs"),
    path("erp-totals", erp_totals.ErpTotals.as_view(), name="erp-totals"),
    path("confirmations", confirmations.Confirmations.as_view(), name="confirmations"),
    path(
        "confirmations/acknowledge",
        confirmations.AcknowledgeConfirmations.as_view(),
        name="acknowledge-confirmations",
    ),
]
