import msgspec
import pytest

from builders import pod
from pullproof.workload import (
    Object,
    controller,
    is_mirror,
    managed_by,
    pod_spec,
    secret_names,
    uses_of,
)

SPEC = {
    "containers": [{"name": "web", "image": "a:1", "imagePullPolicy": "Never"}, {"name": "none"}],
    "initContainers": [{"name": "init", "image": "b:1"}],
    "ephemeralContainers": [{"name": "debug", "image": "c:1"}],
    "volumes": [{"name": "model", "image": {"reference": "d:1"}}, {"name": "tmp", "emptyDir": {}}],
    "imagePullSecrets": [{"name": "one"}, {"name": ""}, {"name": "two"}],
}
PLACES = {
    "Pod": ("spec", lambda spec: {"spec": spec}),
    "CronJob": (
        "spec.jobTemplate.spec.template.spec",
        lambda spec: {"spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}},
    ),
    "PodTemplate": ("template.spec", lambda spec: {"template": {"spec": spec}}),
    **{
        kind: ("spec.template.spec", lambda spec: {"spec": {"template": {"spec": spec}}})
        for kind in (
            "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "ReplicationController",
        )
    },
}  # fmt: skip


def made(document):
    return msgspec.convert(document, Object)


@pytest.mark.parametrize("kind", PLACES)
def test_every_image_of_every_kind_is_found_with_its_path(kind):
    path, place = PLACES[kind]
    uses = uses_of(made({"kind": kind, **place(SPEC)}))
    assert [(use.image, use.field, use.kind) for use in uses] == [
        ("b:1", f"{path}.initContainers[0].image", "init container"),
        ("a:1", f"{path}.containers[0].image", "container"),
        ("c:1", f"{path}.ephemeralContainers[0].image", "ephemeral container"),
        ("d:1", f"{path}.volumes[0].image.reference", "image volume"),
    ]
    assert uses[1].pull_policy == "Never"


@pytest.mark.parametrize("kind", PLACES)
def test_an_object_without_a_spec_has_no_images(kind):
    assert uses_of(made({"kind": kind})) == ()


def test_other_kinds_have_no_images():
    assert uses_of(made({"kind": "Service", "spec": {"containers": [{"image": "x"}]}})) == ()


def test_the_secrets_come_in_their_order():
    found = pod_spec(made({"kind": "Pod", "spec": SPEC}))
    assert found is not None
    assert secret_names(found[1]) == ("one", "", "two")


def test_a_static_pod_is_known_by_its_annotation():
    assert is_mirror(made(pod(metadata={"annotations": {"kubernetes.io/config.mirror": "x"}})))
    assert not is_mirror(made(pod()))


def test_only_a_controller_counts_as_the_maker():
    plain = {"kind": "ReplicaSet", "name": "rs", "uid": "1"}
    assert controller(made(pod(metadata={"ownerReferences": [plain]}))) is None
    made_by = controller(made(pod(metadata={"ownerReferences": [{**plain, "controller": True}]})))
    assert made_by is not None
    assert made_by.name == "rs"


@pytest.mark.parametrize(
    ("metadata", "tool"),
    [
        ({}, ""),
        ({"labels": {"app.kubernetes.io/managed-by": "Helm"}}, "Helm"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}, "Flux"),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "x"}}, "Argo CD"),
    ],
)
def test_the_tool_that_owns_an_object_is_recognised(metadata, tool):
    assert managed_by(made(pod(metadata=metadata)).metadata) == tool
