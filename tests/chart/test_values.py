"""What people may write into values, and what comes of it."""

import json

import pytest
import yaml

from chart import CHART, notes, refusal, render
from make_chart import MANIFESTS, manifests_text
from pullproof.policy import Action, Mode
from pullproof.settings import Settings, parse_settings, to_mapping

AUTHORITY = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
PATH = "0123456789abcdef" * 4
WITHOUT_GUARDIAN = {
    "guardian.enabled": False,
    "certificates.mode": "secret",
    "certificates.existingSecret": "mine",
    "certificates.caBundle": AUTHORITY,
    "certificates.path": PATH,
}


def settings_of(objects):
    text = objects["ConfigMap", "pullproof"]["data"]["config.yaml"]
    return parse_settings(text)


def configuration(objects):
    hooks = objects["ValidatingWebhookConfiguration", "pullproof"]["webhooks"]
    return {one["name"]: one for one in hooks}


@pytest.mark.parametrize("major", [3, 4])
def test_off_without_quotes_is_a_boolean_to_yaml_and_is_meant_all_the_same(major):
    assert yaml.safe_load("mode: off") == {"mode": False}
    objects = render(
        {
            "config.mode": False,
            "config.policy.workloads": False,
            "config.policy.platformMismatch": False,
        },
        major=major,
    )
    found = settings_of(objects)
    assert (found.mode, found.policy.workloads) == (Mode.OFF, Mode.OFF)
    assert found.policy.platform_mismatch is Action.OFF
    assert set(configuration(objects)) == {
        "enforce.pods.pullproof.io",
        "warn.pods.pullproof.io",
        "canary.pullproof.io",
    }


@pytest.mark.parametrize("major", [3, 4])
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"config.mode": True}, "mode"),
        ({"config.registries": [{"hots": "a.example"}]}, "hots"),
        ({"config.times.foundSeconds": -1}, "foundSeconds"),
        ({"webhook.timeoutSeconds": 31}, "timeoutSeconds"),
        ({"webhook.port": 443}, "port"),
        ({"webhook.port": 8080}, "must differ"),
        ({"webhook.replicas": 0}, "replicas"),
        ({"webhook.resources.limit": {"memory": "1Gi"}}, "limit"),
        ({"webhook.matchConditions": [{"name": "x"}]}, "expression"),
        ({"webhook.clientAuthority": "ca.pem"}, "clientAuthority"),
        ({"image.digest": "abc"}, "digest"),
        ({"image.tag": 1.30}, "tag"),
        ({"imagePullSecrets": ["name"]}, "imagePullSecrets"),
        ({**WITHOUT_GUARDIAN, "certificates.path": ""}, "needs certificates.path"),
        ({**WITHOUT_GUARDIAN, "certificates.path": "secret"}, "path"),
        ({"certificates.path": PATH}, "makes a path of its own"),
        ({"certificates.existingSecret": "mine"}, "for certificates.mode: secret only"),
        ({**WITHOUT_GUARDIAN, "certificates.mode": "certManager"}, "needs the guardian"),
        ({"config.credentials.namespaces": ["shop"]}, "has no effect without"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(values, says, major):
    assert says in refusal(values, major)


def test_every_setting_is_in_the_schema_and_every_key_of_the_schema_is_a_setting():
    schema = json.loads((CHART / "values.schema.json").read_text())

    def names(node):
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        return {key: names(child) for key, child in node.get("properties", {}).items()}

    def keys(mapping):
        return {k: keys(v) if isinstance(v, dict) else {} for k, v in mapping.items()}

    assert names(schema["properties"]["config"]) == keys(to_mapping(Settings()))


def test_with_cert_manager_leaves_come_from_an_authority_that_outlives_them():
    objects = render({"certificates.mode": "certManager"})
    leaf = objects["Certificate", "pullproof-webhook"]["spec"]
    authority = objects["Certificate", "pullproof-webhook-ca"]["spec"]
    issuer = objects["Issuer", "pullproof-webhook"]["spec"]
    assert leaf["issuerRef"]["name"] == "pullproof-webhook"
    assert issuer == {"ca": {"secretName": authority["secretName"]}}
    assert authority["isCA"]
    assert "isCA" not in leaf
    assert "pullproof-webhook.pullproof.svc" in leaf["dnsNames"]
    metadata = objects["ValidatingWebhookConfiguration", "pullproof"]["metadata"]
    assert metadata["annotations"] == {
        "cert-manager.io/inject-ca-from": "pullproof/pullproof-webhook"
    }
    pod = objects["Deployment", "pullproof-webhook"]["spec"]["template"]["spec"]
    sources = pod["volumes"][1]["projected"]["sources"]
    assert [one["secret"]["name"] for one in sources] == ["pullproof-webhook", leaf["secretName"]]
    guardian = objects["Deployment", "pullproof-guardian"]["spec"]["template"]["spec"]
    assert "--certificates=external" in guardian["containers"][0]["command"]


def test_with_an_issuer_of_yours_none_of_ours_is_made():
    objects = render(
        {
            "certificates.mode": "certManager",
            "certificates.certManager.issuerRef": {"kind": "ClusterIssuer", "name": "corporate"},
        }
    )
    assert not any(kind == "Issuer" for kind, _ in objects)
    leaf = objects["Certificate", "pullproof-webhook"]["spec"]
    assert leaf["issuerRef"] == {"kind": "ClusterIssuer", "name": "corporate"}


def test_without_the_guardian_the_chart_says_what_it_would_have_put_in():
    objects = render({**WITHOUT_GUARDIAN, "config.mode": "warn"})
    assert not any("guardian" in name for _, name in objects)
    paths = {
        name: entry["clientConfig"]["service"]["path"]
        for name, entry in configuration(objects).items()
    }
    assert paths == {
        "pods.pullproof.io": f"/{PATH}/pods/warn",
        "enforce.pods.pullproof.io": f"/{PATH}/pods/enforce",
        "workloads.pullproof.io": f"/{PATH}/workloads/warn",
        "enforce.workloads.pullproof.io": f"/{PATH}/workloads/enforce",
        "canary.pullproof.io": f"/{PATH}/canary",
    }
    assert all(entry["clientConfig"]["caBundle"] for entry in configuration(objects).values())


def test_an_alert_asks_for_the_canary_where_there_is_one_and_fires_when_it_is_gone():
    on = {"metrics.prometheusRule.enabled": True}

    def alerts(values):
        rules = render(values)["PrometheusRule", "pullproof"]["spec"]["groups"][0]["rules"]
        return {one["alert"]: one["expr"] for one in rules}

    assert "absent(pullproof_canary_ok)" in alerts(on)["PullproofNotProtecting"]
    assert "PullproofNotProtecting" not in alerts({**on, **WITHOUT_GUARDIAN})
    assert len(alerts(on)) == len(alerts({**on, **WITHOUT_GUARDIAN})) + 1


def test_labels_that_a_prometheus_selects_by_can_be_added():
    objects = render(
        {
            "metrics.podMonitor.enabled": True,
            "metrics.podMonitor.labels": {"release": "prometheus"},
        }
    )
    assert objects["PodMonitor", "pullproof"]["metadata"]["labels"]["release"] == "prometheus"


def test_further_objects_may_be_text_and_are_filled_in():
    objects = render(
        {
            "extraObjects": [
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ .Release.Name }}-text'}}",
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a-map"}},
            ]
        }
    )
    assert ("ConfigMap", "pullproof-text") in objects
    assert ("ConfigMap", "a-map") in objects


def test_a_changed_setting_restarts_nothing():
    def pods(values):
        objects = render(values)
        return [body for (kind, _), body in objects.items() if kind == "Deployment"]

    assert pods({"config.registries": [{"host": "r.example:5000"}]}) == pods({})


def test_the_notes_say_the_mode_and_how_to_try_it_and_how_to_be_rid_of_it():
    text = notes()
    assert "mode: enforce" in text
    assert "kubectl run try" in text
    assert "kubectl label namespace NAME pullproof.io/mode=warn" in text
    assert "kubectl delete validatingwebhookconfiguration pullproof" in text
    assert "helm uninstall pullproof" in text
    assert "50 images" in text
    assert "WARNING" not in text


def test_the_notes_warn_of_what_fail_means():
    text = notes(
        {
            "webhook.failurePolicy": "Fail",
            "webhook.clientAuthority": AUTHORITY,
            "webhook.excludedNamespaces": ["cni"],
        }
    )
    assert "no Pod can be created outside\npullproof and kube-system, cni" in text


def test_the_plain_manifests_are_what_the_chart_renders():
    hint = "run: python tests/support/make_chart.py"
    assert MANIFESTS.read_text() == manifests_text(), hint


def test_the_plain_manifests_hold_no_hook_that_would_run_at_once():
    assert "helm.sh/hook" not in MANIFESTS.read_text()
    kinds = [one["kind"] for one in yaml.safe_load_all(MANIFESTS.read_text()) if one]
    assert kinds[0] == "Namespace"
    assert kinds.count("Deployment") == 3


def test_every_object_names_its_namespace_so_that_it_cannot_land_in_another():
    for (kind, name), body in render().items():
        if kind not in ("ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration"):
            assert body["metadata"].get("namespace") == "pullproof", (kind, name)
