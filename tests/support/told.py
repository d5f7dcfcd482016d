"""What a person would see of a Pod: Events, annotations, `kubectl describe`."""

import json
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from cluster.kind_cluster import Cluster
from cluster.tools import kubectl

Json = dict[str, Any]


def wait_for(
    cluster: Cluster,
    kind: str,
    namespace: str,
    wanted: Callable[[Json], bool],
    seconds: float,
    what: str,
    *selector: str,
) -> tuple[Json, float]:
    """The first object of a kind for which ``wanted`` is true, and the time when it was seen.

    Watches; on failure it says what was seen last.
    """
    command = [str(kubectl()), "-n", namespace, "get", kind, *selector, "--watch", "-o", "json",
               "--output-watch-events"]  # fmt: skip
    process = subprocess.Popen(command, env=cluster.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    last: Json = {}
    try:
        assert process.stdout is not None
        for event in _documents(process.stdout):
            last = event["object"]
            if wanted(last):
                return last, time.time()
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    events = cluster.kubectl("-n", namespace, "get", "events", check=False).stdout
    described = cluster.kubectl("-n", namespace, "describe", "pods", check=False).stdout
    raise AssertionError(
        f"{what} was not seen within {seconds} s\nlast: {json.dumps(last)[:1500]}\n{events}\n{described}"
    )


def _documents(stream: Any) -> Any:
    """JSON documents, one after the other, as kubectl prints them."""
    decoder = json.JSONDecoder()
    text = ""
    while True:
        line = stream.readline()
        if not line:
            return
        text += line
        try:
            document, end = decoder.raw_decode(text)
        except ValueError:
            continue
        text = text[end:].lstrip()
        yield document


def event_with(reason: str) -> Callable[[Json], bool]:
    return lambda event: event.get("reason") == reason


def wait_for_event(
    cluster: Cluster, namespace: str, reason: str, seconds: float = 30
) -> tuple[Json, float]:
    return wait_for(cluster, "events", namespace, event_with(reason), seconds, f"an Event {reason}")


def diagnosis_of(pod: Json) -> Json | None:
    text = pod["metadata"].get("annotations", {}).get("pullproof.io/diagnosis.json")
    return json.loads(text) if text else None


def pod(name: str, image: str, **spec: Any) -> Json:
    container = {"name": "web", "image": image, **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, **spec},
    }
