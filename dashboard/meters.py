"""Figures of the server for Prometheus, on a port of their own: how it fares, never what it shows or to whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard import audit, database, health, ledger
from dashboard.errors import SimantaError
from dashboard.settings import LOOPBACK, settings

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a counter began says nothing that is asked here
REGISTRY = CollectorRegistry()
ANSWERS = Counter("simanta_answers", "Answers, by kind of address and status.", ["page", "status"], registry=REGISTRY)
SESSIONS = Gauge("simanta_sessions_open", "Browsers that are connected now.", registry=REGISTRY)
FAULTS = Counter("simanta_faults", "Pages that could not be drawn by a fault of ours.", registry=REGISTRY)
DRAWS = Histogram(
    "simanta_draw_seconds",
    "Seconds to draw a page to its end.",
    ["page"],
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30),
    registry=REGISTRY,
)


class OfTheStore(Collector):
    """What is asked of the store when somebody reads the figures: version, age, how the last load ended."""

    def describe(self) -> list[Metric]:
        """Nothing beforehand: a store that cannot be read yet may not keep the server from starting."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        version, _ = health.readiness()
        yield GaugeMetricFamily("simanta_ready", "1 where pages can be shown, else 0.", int(version is not None))
        if version is not None:
            store = database.open_store(settings().store, version)
            yield GaugeMetricFamily("simanta_version", "The data version that is served.", version)
            age_s = (datetime.now(UTC).replace(tzinfo=None) - store.published_at).total_seconds()
            yield GaugeMetricFamily("simanta_data_age_seconds", "Since that version was published.", age_s)
        yield from _last_load()


REGISTRY.register(OfTheStore())


def _last_load() -> Iterator[Metric]:
    try:
        last = audit.lines(ledger.open_ledger(settings().store), action="load", most=1)
    except SimantaError:
        return  # `simanta_ready` is 0 then
    for line in last:
        ended = GaugeMetricFamily("simanta_last_load", "1 for how the last load ended.", labels=["outcome"])
        ended.add_metric([line.outcome], 1)
        yield ended
        at_s = datetime.fromisoformat(line.at).timestamp()
        yield GaugeMetricFamily("simanta_last_load_timestamp_seconds", "When it ended.", at_s)


@contextmanager
def drawing(page: str) -> Iterator[None]:
    """Takes the time of a page that is drawn to its end; one that was broken off by the next choice tells nothing."""
    began = perf_counter()
    yield
    DRAWS.labels(page).observe(perf_counter() - began)


def serve() -> None:
    """Opens the port, on this machine alone, where the settings name one. Raises SimantaError where it is taken."""
    port = settings().metrics_port
    if port is None:
        return
    try:
        start_http_server(port, addr=LOOPBACK[0], registry=REGISTRY)
    except OSError:
        told = f"The port of the figures, {port}, is in use."
        raise SimantaError("METRICS_PORT", told, "Name another one as metrics_port.") from None
