"""Prometheus objects for the table in ``pullproof.metrics``."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from pullproof.metrics import Kind, Metric

SECONDS_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meters:
    """The metrics of one program."""

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._registry = CollectorRegistry()
        self._counters: dict[Metric, Counter] = {}
        self._gauges: dict[Metric, Gauge] = {}
        self._histograms: dict[Metric, Histogram] = {}
        for one in metrics:
            if one.kind is Kind.COUNTER:
                self._counters[one] = Counter(
                    one.name, one.help, one.labels, registry=self._registry
                )
            elif one.kind is Kind.GAUGE:
                self._gauges[one] = Gauge(one.name, one.help, one.labels, registry=self._registry)
            else:
                self._histograms[one] = Histogram(
                    one.name,
                    one.help,
                    one.labels,
                    registry=self._registry,
                    buckets=SECONDS_BUCKETS,
                )

    def count(self, metric: Metric, *labels: str) -> None:
        """One more."""
        counter = self._counters[metric]
        (counter.labels(*labels) if labels else counter).inc()

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """The value now."""
        gauge = self._gauges[metric]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def observe(self, metric: Metric, seconds: float) -> None:
        """One duration."""
        self._histograms[metric].observe(seconds)

    def text(self) -> bytes:
        """The exposition format."""
        return bytes(generate_latest(self._registry))
