// Reads a node and the platforms of an index, one pair a line, and writes which entry containerd and
// CRI-O (containers/image) would take, -1 for none.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"

	"github.com/containerd/platforms"
	"github.com/containers/image/v5/manifest"
	"github.com/containers/image/v5/types"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

type question struct {
	Node      v1.Platform    `json:"node"`
	Platforms []*v1.Platform `json:"platforms"`
}

type answer struct {
	Containerd int `json:"containerd"`
	CRIO       int `json:"cri-o"`
}

// As containerd's images.Manifest goes through an index.
func byContainerd(asked question) int {
	comparer := platforms.Only(asked.Node)
	var fitting []int
	for at, one := range asked.Platforms {
		if one == nil || comparer.Match(*one) {
			fitting = append(fitting, at)
		}
	}
	sort.SliceStable(fitting, func(i, j int) bool {
		first, second := asked.Platforms[fitting[i]], asked.Platforms[fitting[j]]
		if first == nil {
			return false
		}
		if second == nil {
			return true
		}
		return comparer.Less(*first, *second)
	})
	if len(fitting) == 0 {
		return -1
	}
	return fitting[0]
}

func byCRIO(asked question) int {
	var entries []v1.Descriptor
	positions := map[digest.Digest]int{}
	for at, one := range asked.Platforms {
		sum := digest.FromString(fmt.Sprint(at))
		positions[sum] = at
		entries = append(entries, v1.Descriptor{
			MediaType: v1.MediaTypeImageManifest, Digest: sum, Size: 1, Platform: one,
		})
	}
	index := manifest.OCI1IndexFromComponents(entries, nil)
	chosen, err := index.ChooseInstance(&types.SystemContext{
		OSChoice:           asked.Node.OS,
		ArchitectureChoice: asked.Node.Architecture,
		VariantChoice:      asked.Node.Variant,
	})
	if err != nil {
		return -1
	}
	return positions[chosen]
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	out := bufio.NewWriter(os.Stdout)
	answers := json.NewEncoder(out)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(answer{byContainerd(asked), byCRIO(asked)}); err != nil {
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
