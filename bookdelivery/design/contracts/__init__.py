"""Contracts for other programs, written from the model: AsyncAPI, OpenAPI, JSON Schemas, Kubernetes objects."""

from bookdelivery.design.contracts.asyncapi import asyncapi
from bookdelivery.design.contracts.catalogue import event_catalogue
from bookdelivery.design.contracts.kubernetes import kubernetes
from bookdelivery.design.contracts.openapi import openapi
from bookdelivery.design.contracts.schemas import json_schemas
from bookdelivery.design.contracts.text import to_json, to_yaml

__all__ = ["asyncapi", "event_catalogue", "json_schemas", "kubernetes", "openapi", "to_json", "to_yaml"]
