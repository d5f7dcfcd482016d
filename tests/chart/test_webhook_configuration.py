import pytest

from chart import render


def entries(values=None):
    found = render(values)[("ValidatingWebhookConfiguration", "pullproof")]["webhooks"]
    return {one["name"]: one for one in found}


def modes(entry):
    (rule,) = (
        one
        for one in entry["namespaceSelector"]["matchExpressions"]
        if one["key"] == "pullproof.io/mode"
    )
    return rule["operator"], rule["values"]


def test_it_cannot_break_a_cluster():
    for name, entry in entries().items():
        assert entry["failurePolicy"] == "Ignore", name
        assert entry["timeoutSeconds"] == 5
        assert entry["sideEffects"] == "None"


@pytest.mark.parametrize("name", ["pods.pullproof.io", "warn.workloads.pullproof.io"])
def test_our_own_namespace_and_the_systems_are_left_alone_by_a_label_that_nobody_can_set(name):
    first = entries()[name]["namespaceSelector"]["matchExpressions"][0]
    assert first == {
        "key": "kubernetes.io/metadata.name",
        "operator": "NotIn",
        "values": ["pullproof", "kube-system"],
    }


def test_by_default_namespaces_are_enforced_unless_they_say_otherwise():
    found = entries()
    assert set(found) == {
        "pods.pullproof.io",
        "warn.pods.pullproof.io",
        "workloads.pullproof.io",
        "warn.workloads.pullproof.io",
        "canary.pullproof.io",
    }
    assert modes(found["pods.pullproof.io"]) == ("NotIn", ["warn", "off"])
    assert modes(found["warn.pods.pullproof.io"]) == ("In", ["warn"])


def test_in_warn_mode_a_namespace_can_ask_to_be_enforced():
    found = entries({"config.mode": "warn"})
    assert modes(found["pods.pullproof.io"]) == ("NotIn", ["enforce", "off"])
    assert modes(found["enforce.pods.pullproof.io"]) == ("In", ["enforce"])


def test_switched_off_only_namespaces_that_ask_for_it_are_looked_at():
    assert set(entries({"config.mode": "off"})) == {
        "enforce.pods.pullproof.io", "warn.pods.pullproof.io",
        "enforce.workloads.pullproof.io", "warn.workloads.pullproof.io", "canary.pullproof.io",
    }  # fmt: skip


def test_workloads_can_be_left_out():
    assert not any("workloads" in name for name in entries({"config.policy.workloads": "off"}))


def test_what_the_guardian_puts_in_is_not_rendered_so_that_no_upgrade_wipes_it():
    for entry in entries().values():
        assert "caBundle" not in entry["clientConfig"]
        assert "path" not in entry["clientConfig"]["service"]


def test_pods_and_what_debugging_adds_are_seen():
    rules = entries()["pods.pullproof.io"]["rules"]
    assert [(one["resources"], one["operations"]) for one in rules] == [
        (["pods"], ["CREATE", "UPDATE"]),
        (["pods/ephemeralcontainers"], ["UPDATE"]),
    ]


def test_the_api_server_keeps_to_itself_what_we_need_not_see():
    pods = [one["name"] for one in entries()["pods.pullproof.io"]["matchConditions"]]
    assert pods == ["not-being-deleted", "not-a-static-pod", "an-image-changed"]
    workloads = [one["name"] for one in entries()["workloads.pullproof.io"]["matchConditions"]]
    assert workloads == ["not-being-deleted", "not-made-by-a-controller", "an-image-changed"]
