"""The least that an order system with a key, an audit row and an outbox row needs."""

from django.db import models


class Account(models.Model):
    key_hash = models.CharField(max_length=64, unique=True)


class Number(models.Model):
    last = models.BigIntegerField(default=0)


class Request(models.Model):
    key = models.CharField(max_length=100, unique=True)
    body = models.BinaryField()


class Order(models.Model):
    number = models.CharField(max_length=40, unique=True)
    item = models.CharField(max_length=40)
    quantity = models.DecimalField(max_digits=15, decimal_places=3)
    due = models.DateTimeField(null=True)
    state = models.CharField(max_length=20, default="planned")
    good = models.DecimalField(max_digits=15, decimal_places=3, default=0)


class Operation(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="operations")
    number = models.CharField(max_length=10)
    text = models.CharField(max_length=200)
    setup_seconds = models.DecimalField(max_digits=12, decimal_places=3)
    run_seconds = models.DecimalField(max_digits=12, decimal_places=3)
    good = models.DecimalField(max_digits=15, decimal_places=3, default=0)


class Component(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="components")
    item = models.CharField(max_length=40)
    quantity = models.DecimalField(max_digits=15, decimal_places=3)


class Audit(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    what = models.CharField(max_length=40)
    details = models.JSONField()


class Outbox(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    payload = models.JSONField()
    sent = models.BooleanField(default=False)
