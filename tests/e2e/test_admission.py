"""What a person sees at `kubectl apply`."""

import time

import pytest

from told import pod

REPOSITORY = "registry.test/shop/app"


@pytest.fixture(scope="module", autouse=True)
def pushed(product, hosts):
    registry = hosts.pusher("registry.test")
    for tag in ("1.4.1", "1.4.3", "2.0.0"):
        registry.push("shop/app", tag)
    hosts.pusher("private.test").push("shop/app", "1")


@pytest.fixture
def apply(cluster, namespace):
    def run(document, **more):
        begun = time.monotonic()
        done = cluster.apply(document, namespace=namespace, check=False, **more)
        done.seconds = time.monotonic() - begun
        return done

    return run


def login(cluster, namespace, name="regcred", password="right"):
    cluster.kubectl("-n", namespace, "create", "secret", "docker-registry", name,
                    "--docker-server=private.test", "--docker-username=user",
                    f"--docker-password={password}")  # fmt: skip
    return {"imagePullSecrets": [{"name": name}]}


def runs(cluster, namespace, name):
    cluster.kubectl("-n", namespace, "wait", f"pod/{name}", "--for=condition=Ready",
                    "--timeout=60s", timeout=70)  # fmt: skip


def test_a_malformed_reference_is_denied_with_its_mend(apply):
    done = apply(pod("web", "Nginx:Latest"))
    assert done.returncode == 1
    assert done.stderr.startswith(
        'Error from server (Forbidden): error when creating "STDIN": admission webhook'
        ' "pods.pullproof.io" denied the request: image "Nginx:Latest" (container "web") cannot be'
        ' pulled: repository names are lower case; did you mean "nginx:latest"?\n'
    )


def test_a_missing_tag_is_denied_with_the_nearest_ones(apply):
    done = apply(pod("web", f"{REPOSITORY}:1.4.2"))
    assert done.returncode == 1
    first, seen, fix, *_ = done.stderr.partition("denied the request: ")[2].splitlines()
    assert first.startswith(
        f'image "{REPOSITORY}:1.4.2" (container "web") cannot be pulled: tag "1.4.2" not found in'
        f" {REPOSITORY}; nearest: 1.4."
    )
    assert "1.4.1" in first
    assert "1.4.3" in first
    assert seen.strip().startswith("seen: 404 MANIFEST_UNKNOWN")
    assert "spec.containers[0].image" in fix


def test_an_image_that_is_there_runs(cluster, namespace, apply):
    done = apply(pod("web", f"{REPOSITORY}:1.4.1"))
    assert (done.returncode, done.stderr) == (0, "")
    runs(cluster, namespace, "web")


def test_a_private_image_with_the_right_secret_runs(cluster, namespace, apply):
    secret = login(cluster, namespace)
    done = apply(pod("web", "private.test/shop/app:1", **secret))
    assert (done.returncode, done.stderr) == (0, "")
    runs(cluster, namespace, "web")


def test_a_private_image_without_a_secret_is_admitted_with_a_warning(apply):
    done = apply(pod("web", "private.test/shop/app:1"))
    assert done.returncode == 0
    assert "wants credentials" in done.stderr
    assert done.stderr.count("Warning:") == 1


def test_a_missing_tag_behind_a_login_is_denied_in_the_secrets_name(cluster, namespace, apply):
    secret = login(cluster, namespace)
    done = apply(pod("web", "private.test/shop/app:nope", **secret))
    assert done.returncode == 1
    assert f"asked as Secret {namespace}/regcred" in done.stderr
    assert "right" not in done.stderr.replace("right to", "")


def test_a_wrong_password_is_admitted_with_a_warning_that_names_the_secret(
    cluster, namespace, apply
):
    secret = login(cluster, namespace, password="wrong")
    done = apply(pod("web", "private.test/shop/app:1", **secret))
    assert done.returncode == 0
    assert "rejected Secret" in done.stderr
    assert "regcred" in done.stderr


def test_a_secret_that_does_not_exist_is_named(apply):
    done = apply(pod("web", "private.test/shop/app:1", imagePullSecrets=[{"name": "typo"}]))
    assert done.returncode == 0
    assert 'pull secret "typo"' in done.stderr


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("faults.test/hang/app:1", "no answer in time"),
        ("faults.test/status-500/app:1", "is not answering as it should"),
        ("faults-two.test/limited/app:1", "rate limit"),
        ("faults.test/html/app:1", "is not answering as it should"),
        ("unknown-ca.test/ok/app:1.0", "unknown authority"),
        ("wrong-name.test/ok/app:1.0", "another name"),
        ("expired.test/ok/app:1.0", "not valid at this time"),
        ("plain.test/ok/app:1.0", "plain HTTP"),
        ("refused.test/ok/app:1.0", "refused the connection"),
        ("nowhere.test/ok/app:1.0", 'to have it asked, add to config.registries: {host: "nowhere.test"}'),
    ],
)  # fmt: skip
def test_a_registry_in_trouble_never_blocks_and_says_its_own_word(apply, image, says):
    done = apply(pod("web", image))
    assert done.returncode == 0, done.stderr
    assert says in done.stderr
    assert done.stderr.count("Warning:") == 1
    assert done.seconds < 7


def test_an_undeclared_host_on_a_private_address_gives_the_line_that_declares_it(apply):
    done = apply(pod("web", "undeclared.test/ok/app:1.0"))
    assert done.returncode == 0
    assert 'add to config.registries: {host: "undeclared.test"}' in done.stderr


def test_several_bad_images_are_told_at_once(apply):
    document = pod("web", f"{REPOSITORY}:nope")
    document["spec"]["initContainers"] = [{"name": "init", "image": "Postgres:16"}]
    document["spec"]["containers"].append({"name": "fine", "image": f"{REPOSITORY}:1.4.1"})
    done = apply(document)
    assert "2 of 3 images cannot be pulled" in done.stderr


def test_a_deployment_is_created_and_warned_of(apply):
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": f"{REPOSITORY}:nope"}]},
    }
    done = apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template},
        }
    )
    assert done.returncode == 0
    assert 'Warning: Deployment "web": "web" registry.test/shop/app:nope: tag "nope"' in done.stderr


def test_an_image_volume_is_looked_at(apply):
    document = pod("web", f"{REPOSITORY}:1.4.1")
    document["spec"]["volumes"] = [{"name": "model", "image": {"reference": f"{REPOSITORY}:nope"}}]
    done = apply(document)
    assert done.returncode == 1
    assert '(image volume "model")' in done.stderr


def test_a_pod_that_is_never_to_pull_is_admitted(apply):
    done = apply(pod("web", f"{REPOSITORY}:nope", container={"imagePullPolicy": "Never"}))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_namespace_that_wants_warnings_gets_warnings(cluster, make_namespace):
    namespace = make_namespace(mode="warn")
    done = cluster.apply(pod("web", "Nginx:Latest"), namespace=namespace, check=False)
    assert done.returncode == 0
    assert done.stderr.startswith('Warning: "web" Nginx:Latest: repository names are lower case')


def test_what_a_node_holds_is_never_denied(cluster, namespace, hosts, apply):
    registry = hosts.pusher("registry.test")
    digest = registry.push("shop/kept", "1")
    apply(pod("first", "registry.test/shop/kept:1"))
    runs(cluster, namespace, "first")
    registry.delete("shop/kept", digest)
    until = time.monotonic() + 30
    while True:
        done = apply(pod("second", "registry.test/shop/kept:1"))
        if done.stderr or time.monotonic() > until:
            break
        cluster.kubectl("-n", namespace, "delete", "pod", "second", "--wait=true")
    assert done.returncode == 0
    assert "Admitted: a node may hold it already" in done.stderr
    runs(cluster, namespace, "second")


def test_an_update_that_leaves_the_image_alone_is_never_held_up(cluster, namespace, hosts, apply):
    registry = hosts.pusher("registry.test")
    digest = registry.push("shop/old", "1")
    apply(pod("web", "registry.test/shop/old:1"))
    runs(cluster, namespace, "web")
    registry.delete("shop/old", digest)
    cluster.kubectl("-n", namespace, "label", "pod", "web", "tier=front")
    cluster.kubectl("-n", namespace, "delete", "pod", "web", "--wait=true")


def test_debugging_with_a_missing_image_is_denied(cluster, namespace, apply):
    apply(pod("web", f"{REPOSITORY}:1.4.1"))
    runs(cluster, namespace, "web")
    done = cluster.kubectl("-n", namespace, "debug", "web", f"--image={REPOSITORY}:nope",
                           "--container=debugger", "--attach=false", check=False)  # fmt: skip
    assert "denied the request" in done.stderr
    assert '(ephemeral container "debugger")' in done.stderr
