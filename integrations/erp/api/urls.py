"""Version 1 of the API. Additive changes only; anything else is version 2."""

from django.urls import path

from integrations.erp.api import production_orders

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
]
