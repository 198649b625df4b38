"""Samples by MQTT: lists of samples on `mes/<plant>/…/samples`."""
