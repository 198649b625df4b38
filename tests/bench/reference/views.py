"""Create an order, report a quantity, list orders: bare Django, nothing left out and nothing more."""

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import wraps

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.bench.reference.models import (
    Account,
    Audit,
    Component,
    Number,
    Operation,
    Order,
    Outbox,
    Request,
)

View = Callable[[HttpRequest], HttpResponse]


def with_key(view: View) -> View:
    """Machine accounts by hashed key; what is wrong with a body is said in JSON."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Authorization", "").removeprefix("Api-Key ")
        if not Account.objects.filter(key_hash=hashlib.sha256(key.encode()).hexdigest()).exists():
            return JsonResponse({"error": "This key is not valid."}, status=401)
        try:
            with transaction.atomic():
                return view(request)
        except (KeyError, ValueError, InvalidOperation, Order.DoesNotExist) as error:
            return JsonResponse({"error": str(error)}, status=400)

    return guarded


@with_key
def create(request: HttpRequest) -> HttpResponse:
    key = request.headers["Idempotency-Key"]
    if Request.objects.filter(key=key).exists():
        return JsonResponse({"replayed": True})
    body = json.loads(request.body)
    Request.objects.create(key=key, body=request.body)
    counter = Number.objects.select_for_update().get(pk=1)
    counter.last += 1
    counter.save()
    order = Order.objects.create(
        number=f"{counter.last:06}",
        item=body["item"],
        quantity=Decimal(str(body["quantity"])),
        due=body["due"],
    )
    Operation.objects.bulk_create(
        Operation(
            order=order,
            number=one["number"],
            text=one["text"],
            setup_seconds=Decimal(str(one["setup_seconds"])),
            run_seconds=Decimal(str(one["run_seconds"])),
        )
        for one in body["operations"]
    )
    Component.objects.bulk_create(
        Component(order=order, item=one["item"], quantity=Decimal(str(one["quantity"])))
        for one in body["components"]
    )
    Audit.objects.create(what="created", details={"order": order.number})
    Outbox.objects.create(payload={"order": order.number, "state": "created"})
    return JsonResponse({"number": order.number}, status=201)


@with_key
def report(request: HttpRequest) -> HttpResponse:
    body = json.loads(request.body)
    if Request.objects.filter(key=body["key"]).exists():
        return JsonResponse({"replayed": True})
    Request.objects.create(key=body["key"], body=request.body)
    order = Order.objects.select_for_update().get(number=body["order"])
    operation = Operation.objects.select_for_update().get(order=order, number=body["operation"])
    good = Decimal(str(body["good"]))
    Operation.objects.filter(pk=operation.pk).update(good=F("good") + good)
    Order.objects.filter(pk=order.pk).update(good=F("good") + good)
    Audit.objects.create(what="reported", details={"operation": operation.pk, "good": str(good)})
    Outbox.objects.create(payload={"operation": operation.pk, "good": str(good)})
    return JsonResponse({"good": str(operation.good + good)})


@with_key
def orders(request: HttpRequest) -> HttpResponse:
    listed = Order.objects.prefetch_related("operations").order_by("-id")[:50]
    return render(request, "reference/orders.html", {"orders": listed})


urlpatterns = [path("create", create), path("report", report), path("orders", orders)]
