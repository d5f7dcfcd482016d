"""The rights of the three programs, to the letter: any widening shows here."""

from chart import hooks, render


def rules(name, kind="ClusterRole", values=None):
    found = render(values)[(kind, name)]["rules"]
    return sorted(
        (
            ",".join(one["apiGroups"]) or "core",
            ",".join(one["resources"]),
            ",".join(one.get("resourceNames", ())),
            ",".join(one["verbs"]),
        )
        for one in found
    )


def test_the_webhook_only_reads():
    assert rules("pullproof-webhook") == [
        ("core", "pods,nodes", "", "list,watch"),
        ("core", "secrets,serviceaccounts", "", "get"),
    ]


def test_the_operator_writes_events_and_annotations_and_nothing_else():
    assert rules("pullproof-operator") == [
        ("apps", "replicasets", "", "get"),
        ("batch", "jobs", "", "get"),
        ("core", "events", "", "create,patch"),
        ("core", "pods,nodes,events", "", "get,list,watch"),
        ("core", "pods/status", "", "patch"),
        ("core", "secrets,serviceaccounts", "", "get"),
    ]


def test_the_guardian_touches_what_is_its_own():
    assert rules("pullproof-guardian") == [
        (
            "admissionregistration.k8s.io",
            "validatingwebhookconfigurations",
            "pullproof",
            "get,patch",
        ),
    ]
    assert rules("pullproof-guardian", "Role") == [
        ("apps", "deployments", "pullproof-guardian", "get"),
        ("core", "podtemplates", "", "create"),
        ("core", "secrets", "", "create"),
        ("core", "secrets", "pullproof-webhook", "get,patch"),
    ]


def test_after_an_uninstall_annotations_are_taken_off_and_nothing_else():
    assert rules("pullproof-cleanup") == [
        ("core", "pods", "", "list"),
        ("core", "pods/status", "", "patch"),
    ]
    objects = render()
    for kind in ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"):
        annotations = objects[kind, "pullproof-cleanup"]["metadata"]["annotations"]
        assert annotations["helm.sh/hook"] == "post-delete"
        assert "hook-failed" in annotations["helm.sh/hook-delete-policy"]


def test_the_hook_is_one_so_that_nothing_of_it_is_left_when_it_fails():
    """Of several hooks, Helm 3 leaves those that succeeded behind when the last one fails."""
    (hook,) = hooks()
    assert hook["kind"] == "List"
    kinds = [one["kind"] for one in hook["items"]]
    assert kinds == ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"]
    spec = hook["items"][-1]["spec"]
    assert (spec["activeDeadlineSeconds"], spec["backoffLimit"]) == (60, 0)


def test_nobody_lists_or_watches_secrets_and_nobody_has_a_star():
    for (kind, name), body in render().items():
        for rule in body.get("rules", ()):
            assert "*" not in str(rule), (kind, name)
            if "secrets" in rule.get("resources", ()):
                assert set(rule["verbs"]) <= {"get", "patch", "create"}


def test_without_credentials_no_secret_can_be_read():
    for name in ("pullproof-webhook", "pullproof-operator"):
        found = rules(name, values={"config.credentials.mode": "none"})
        assert not any("secrets" in resources for _, resources, _, _ in found)


def test_credentials_of_some_namespaces_are_read_there_only():
    values = {
        "config.credentials.mode": "namespaces",
        "config.credentials.namespaces": ["shop"],
    }
    for name in ("pullproof-webhook", "pullproof-operator"):
        assert not any("secrets" in one[1] for one in rules(name, values=values))
    role = render(values)[("Role", "pullproof-credentials")]
    assert role["metadata"]["namespace"] == "shop"


def test_what_is_switched_off_takes_its_right_along():
    found = rules("pullproof-operator", values={"config.operator.annotate": False})
    assert not any("pods/status" in one[1] for one in found)
    found = rules("pullproof-operator", values={"config.operator.events": False})
    assert ("core", "events", "", "create,patch") not in found
