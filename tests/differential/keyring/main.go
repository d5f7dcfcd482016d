// Keyring answers, by the kubelet's own code, which logins it would try for an image.
//
// It reads one case a line from standard input and writes one answer a line to standard output.
//
// Kubernetes replaces its staging modules by folders of its repository; go.mod puts the modules in
// their place that were published with the same release. Another release: change both versions
// everywhere in go.mod, then go mod tidy.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"os"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
	"k8s.io/kubernetes/pkg/util/parsers"
)

type secret struct {
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Type      string            `json:"type"`
	Data      map[string][]byte `json:"data"`
}

type question struct {
	Image   string   `json:"image"`
	Secrets []secret `json:"secrets"`
}

type candidate struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Secret   string `json:"secret"`
}

type answer struct {
	Lookup     string      `json:"lookup"`
	ImageError string      `json:"imageError"`
	Error      string      `json:"error"`
	Candidates []candidate `json:"candidates"`
}

// reply does what image_manager.go does before a pull, without the node's own logins.
func reply(asked question) answer {
	found := answer{Candidates: []candidate{}}
	lookup, _, _, err := parsers.ParseImageName(asked.Image)
	if err != nil {
		found.ImageError = err.Error()
		return found
	}
	found.Lookup = lookup
	pullSecrets := []v1.Secret{}
	for _, one := range asked.Secrets {
		pullSecrets = append(pullSecrets, v1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: one.Namespace, Name: one.Name},
			Type:       v1.SecretType(one.Type),
			Data:       one.Data,
		})
	}
	keyring, err := secrets.MakeDockerKeyring(pullSecrets, credentialprovider.UnionDockerKeyring{})
	if err != nil {
		found.Error = err.Error()
		return found
	}
	logins, _ := keyring.Lookup(lookup)
	for _, login := range logins {
		from := login.Source.Secret
		found.Candidates = append(found.Candidates, candidate{
			Username: login.Username,
			Password: login.Password,
			Secret:   from.Namespace + "/" + from.Name,
		})
	}
	return found
}

func main() {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	input := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	encoder := json.NewEncoder(output)
	for {
		var asked question
		if err := input.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(reply(asked)); err != nil {
			log.Fatal(err)
		}
	}
}
