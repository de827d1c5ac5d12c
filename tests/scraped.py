"""/metrics as Prometheus reads it."""

from prometheus_client.parser import text_string_to_metric_families


def scraped(text: str) -> dict[str, float]:
    """Return the value of each series, named as in a query: `name{label="value"}`."""
    return {
        _series(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _series(name: str, labels: dict[str, str]) -> str:
    shown = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{shown}}}" if shown else name
