import json
import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from chart import CHART, NEWEST, OLDEST, helm, pod_templates, refusal, render, text
from make_chart import schema_text, values_text
from pullproof.settings import Settings, parse_settings, to_mapping

VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "cert-manager": {"certificates.mode": "certManager"},
    "own-secret": {"certificates.mode": "secret", "certificates.existingSecret": "mine"},
    "one-replica": {"webhook.replicas": 1},
    "namespaces": {
        "config.credentials.mode": "namespaces",
        "config.credentials.namespaces": ["a", "b"],
    },
    "warn": {"config.mode": "warn"},
    "without-guardian": {
        "guardian.enabled": False,
        "certificates.mode": "secret",
        "certificates.existingSecret": "mine",
        "certificates.path": "ab" * 32,
    },
    "everything": {
        "metrics.podMonitor.enabled": True,
        "metrics.prometheusRule.enabled": True,
        "networkPolicy.enabled": True,
        "webhook.hostNetwork": True,
        "tolerations": [{"operator": "Exists"}],
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
    },
}
NO_SCHEMA = {"PodMonitor", "PrometheusRule", "Certificate", "Issuer"}


@pytest.mark.parametrize("major", [3, 4])
def test_helm_finds_nothing_to_complain_about(major):
    done = helm("lint", "--strict", str(CHART), major=major)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kube_version", [OLDEST, NEWEST])
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.timeout(120)
def test_every_object_is_valid_by_the_api_servers_own_schema(variant, kube_version):
    objects = render(VARIANTS[variant], kube_version)
    assert len(objects) > 10
    for (kind, _), body in objects.items():
        if kind not in NO_SCHEMA:
            minor = kube_version.rpartition(".")[0]
            kubernetes_validate.validate(body, minor, strict=True)


def test_an_older_kubernetes_is_refused():
    done = helm("template", "x", str(CHART), "--kube-version", "1.29.9")
    assert "incompatible" in done.stderr


@pytest.mark.parametrize("variant", VARIANTS)
def test_both_helms_render_the_same(variant):
    assert render(VARIANTS[variant], major=3) == render(VARIANTS[variant], major=4)


def test_two_renders_are_equal_to_the_byte():
    again = helm("template", "pullproof", str(CHART), "--namespace", "pullproof",
                 "--kube-version", NEWEST, "--api-versions", "monitoring.coreos.com/v1")  # fmt: skip
    assert again.stdout == text()


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_pod_is_restricted_by_default(variant):
    templates = pod_templates(render(VARIANTS[variant]))
    assert len(templates) == (3 if variant == "without-guardian" else 4)
    for name, spec in templates.items():
        of_pod = spec["securityContext"]
        assert of_pod["runAsNonRoot"] is True, name
        assert of_pod["runAsUser"] == 65532
        assert of_pod["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False
            assert own["readOnlyRootFilesystem"] is True
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            assert "cpu" not in container["resources"]["limits"]
        volumes = {kind for one in spec.get("volumes", ()) for kind in one if kind != "name"}
        assert volumes <= {"configMap", "projected"}
        hosts = {"hostNetwork"} if (variant, name) == ("everything", "pullproof-webhook") else set()
        assert {one for one in ("hostNetwork", "hostPID", "hostIPC") if one in spec} == hosts


def test_what_every_pod_logs_in_with_is_its_own_account():
    accounts = {name: spec["serviceAccountName"] for name, spec in pod_templates(render()).items()}
    assert accounts == {
        "pullproof-webhook": "pullproof-webhook",
        "pullproof-operator": "pullproof-operator",
        "pullproof-cleanup": "pullproof-cleanup",
        "pullproof-guardian": "pullproof-guardian",
    }


def test_the_settings_in_the_chart_are_those_of_the_code():
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert values["config"] == json.loads(json.dumps(to_mapping(Settings())))


def test_what_is_generated_in_the_chart_is_up_to_date():
    hint = "run: python tests/support/make_chart.py"
    assert (CHART / "values.yaml").read_text() == values_text(), hint
    assert (CHART / "values.schema.json").read_text() == schema_text(), hint


def test_the_programs_can_read_what_the_chart_renders():
    (config,) = (body for (kind, _), body in render().items() if kind == "ConfigMap")
    assert parse_settings(config["data"]["config.yaml"]) == Settings()


def test_every_value_is_used_in_a_template():
    templates = "".join(one.read_text() for one in (CHART / "templates").iterdir())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    leaves = list(_paths({k: v for k, v in values.items() if k != "config"}))
    unused = [path for path in leaves if f".Values.{path}" not in templates]
    assert unused == []


def _paths(values, prefix=""):
    for key, value in values.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and value and "requests" not in value:
            yield from _paths(value, f"{path}.")
        else:
            yield path


@pytest.mark.parametrize("major", [3, 4])
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"webhok.replicas": 1}, "webhok"),
        ({"webhook.replica": 1}, "replica"),
        ({"config.policy.absnt": "deny"}, "absnt"),
        ({"config.mode": "sometimes"}, "mode"),
        ({"webhook.failurePolicy": "Maybe"}, "failurePolicy"),
        ({"webhook.failurePolicy": "Fail"}, "clientAuthority"),
        ({"webhook.failurePolicy": "Fail", "webhook.replicas": 1}, "replicas of 2"),
        ({"guardian.enabled": False}, "nobody else makes the certificates"),
        ({"certificates.mode": "secret"}, "existingSecret"),
        ({"config.credentials.mode": "namespaces"}, "config.credentials.namespaces"),
    ],
)
def test_a_mistake_is_refused_with_a_sentence(values, says, major):
    assert says in refusal(values, major)


def test_it_is_not_installed_into_kube_system():
    done = helm("template", "x", str(CHART), "--namespace", "kube-system")
    assert "must not be installed in kube-system" in done.stderr


def test_an_image_is_named_by_its_digest_if_there_is_one():
    spec = pod_templates(render({"image.digest": "sha256:" + "a" * 64}))["pullproof-webhook"]
    assert spec["containers"][0]["image"].endswith("pullproof/pullproof@sha256:" + "a" * 64)
    other = pod_templates(render({"global.imageRegistry": "r.example"}))["pullproof-webhook"]
    assert other["containers"][0]["image"] == "r.example/pullproof/pullproof:0.1.0"


def test_a_budget_for_disruptions_comes_with_the_second_replica():
    kinds = {kind for kind, _ in render({"webhook.replicas": 1})}
    assert "PodDisruptionBudget" not in kinds
    budget = render()[("PodDisruptionBudget", "pullproof-webhook")]
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_every_alert_asks_for_a_metric_that_there_is():
    from pullproof.metrics import ALL

    names = {one.name for one in ALL}
    rules = render(VARIANTS["everything"])[("PrometheusRule", "pullproof")]["spec"]["groups"][0]
    for rule in rules["rules"]:
        assert set(re.findall(r"pullproof_\w+", rule["expr"])) <= names


def test_the_schema_refuses_unknown_names_at_every_level():
    schema = json.loads((CHART / "values.schema.json").read_text())
    free = {"affinity", "nodeSelector", "resources", "issuerRef", "podAnnotations", "matchLabels",
            "global"}  # fmt: skip

    def check(name, node):
        if node.get("type") == "object" and name not in free:
            assert node.get("additionalProperties") is False, name
        for key, child in node.get("properties", {}).items():
            check(key, child)

    check("", schema)
    for name, node in schema["$defs"].items():
        check(name, node)
