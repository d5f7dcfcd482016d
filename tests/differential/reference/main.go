// Reads JSON strings, one a line, and writes what distribution/reference makes of each, as the kubelet
// calls it: with sha256, sha384 and sha512 registered.
package main

import (
	"bufio"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/json"
	"errors"
	"log"
	"os"
	"strings"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
)

type verdict struct {
	Valid      bool   `json:"valid"`
	Kind       string `json:"kind,omitempty"`
	Domain     string `json:"domain,omitempty"`
	Path       string `json:"path,omitempty"`
	Tag        string `json:"tag,omitempty"`
	Digest     string `json:"digest,omitempty"`
	Familiar   string `json:"familiar,omitempty"`
	Normalized string `json:"normalized,omitempty"`
	Pull       string `json:"pull,omitempty"`
}

func kindOf(err error) string {
	switch {
	case errors.Is(err, reference.ErrNameEmpty):
		return "name-empty"
	case errors.Is(err, reference.ErrNameTooLong):
		return "name-too-long"
	case errors.Is(err, reference.ErrNameContainsUppercase):
		return "uppercase"
	case errors.Is(err, reference.ErrReferenceInvalidFormat):
		return "invalid-format"
	case errors.Is(err, digest.ErrDigestUnsupported):
		return "digest-unsupported"
	case errors.Is(err, digest.ErrDigestInvalidLength):
		return "digest-length"
	case errors.Is(err, digest.ErrDigestInvalidFormat):
		return "digest-format"
	case strings.HasSuffix(err.Error(), "must be lowercase"):
		return "uppercase"
	case strings.HasSuffix(err.Error(), "cannot specify 64-byte hexadecimal strings"):
		return "identifier"
	}
	log.Fatalf("an error of no known kind: %v", err)
	return ""
}

func judge(text string) verdict {
	named, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return verdict{Kind: kindOf(err)}
	}
	found := verdict{
		Valid:      true,
		Domain:     reference.Domain(named),
		Path:       reference.Path(named),
		Familiar:   reference.FamiliarString(named),
		Normalized: named.String(),
	}
	if tagged, ok := named.(reference.Tagged); ok {
		found.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		found.Digest = digested.Digest().String()
	}
	if pulled, err := reference.ParseDockerRef(text); err == nil {
		found.Pull = pulled.String()
	}
	return found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	out := bufio.NewWriter(os.Stdout)
	answers := json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(judge(text)); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}
