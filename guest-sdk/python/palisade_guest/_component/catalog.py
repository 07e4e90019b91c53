"""``catalog`` and ``health``: what the provider says of itself."""

from __future__ import annotations

import json
from typing import Any, List, Optional, Tuple

import wit_world.exports as exports
from wit_world.exports import catalog

from .. import catalog as ours
from ..provider import capabilities_of, exported
from .convert import call, record
from .host import enter

BILLING = {
    ours.FailureBilling.NEVER: catalog.FailureBilling.NEVER,
    ours.FailureBilling.ALWAYS: catalog.FailureBilling.ALWAYS,
    ours.FailureBilling.UNKNOWN: catalog.FailureBilling.UNKNOWN,
}
CANCELLATION = {
    ours.Cancellation.NONE: catalog.Cancellation.NONE,
    ours.Cancellation.REFUNDED: catalog.Cancellation.REFUNDED,
    ours.Cancellation.BILLED: catalog.Cancellation.BILLED,
}


class Catalog(exports.Catalog):
    def describe(self) -> Any:
        enter()
        provider = exported()
        schema = provider.config_schema
        return catalog.ProviderInfo(
            id=provider.name,
            version=provider.version,
            summary=provider.summary,
            credential_names=list(provider.credential_names),
            hosts=list(provider.hosts),
            config_schema=None if schema is None else json.dumps(schema),
            bills_on_failure=BILLING[provider.bills_on_failure],
            idempotent=provider.idempotent,
            cancellation=CANCELLATION[provider.cancellation],
            resumes=list(provider.resumes),
        )

    def models(self, cursor: Optional[str]) -> Tuple[List[Any], Optional[str]]:
        enter()
        provider = exported()
        models, following = call(provider.list_models, cursor)
        served = served_by(capabilities_of(type(provider)))
        return [lower_model(model, served) for model in models], following


def served_by(interfaces: List[str]) -> List[str]:
    """The capabilities that interfaces serve: ``text-to-image-job`` serves ``text-to-image``, and ``jobs`` none."""
    return sorted({name[: -len("-job")] if name.endswith("-job") else name for name in interfaces} - {"jobs"})


class Health(exports.Health):
    def check(self) -> None:
        enter()
        call(exported().check_health)


def lower_model(model: Any, served: List[str]) -> Any:
    if isinstance(model, str):
        model = ours.Model(model)
    fields = record(model)
    fields["capabilities"] = list(model.capabilities) or served
    fields["params"] = [catalog.Param(name, lower_spec(spec)) for name, spec in model.params.items()]
    fields["quotas"] = [catalog.Quota(quota.unit, quota.per_ms, quota.amount) for quota in model.quotas]
    if model.prices is not None:
        fields["prices"] = [lower_price(price) for price in model.prices]
    return catalog.Model(**fields)


def lower_price(price: ours.Price) -> Any:
    when = [catalog.PriceWhen(when.param, when.op, json.dumps(when.value)) for when in price.when]
    return catalog.Price(price.unit, price.pico_usd, when)


def lower_spec(spec: ours.ParamSpec) -> Any:
    if isinstance(spec, ours.IntRange):
        return catalog.ParamSpec_IntRange(lower_range(spec))
    if isinstance(spec, ours.FloatRange):
        return catalog.ParamSpec_FloatRange(lower_range(spec))
    if isinstance(spec, ours.Choice):
        return catalog.ParamSpec_Choice(list(spec.words))
    if isinstance(spec, ours.Text):
        return catalog.ParamSpec_Text(spec.max_characters)
    if isinstance(spec, ours.Schema):
        return catalog.ParamSpec_Schema(json.dumps(spec.schema))
    return catalog.ParamSpec_Flag()


def lower_range(spec: Any) -> Any:
    return catalog.Range(float(spec.min), float(spec.max), None if spec.step is None else float(spec.step))
