package conformance

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/vmware-tanzu/velero/pkg/plugin/framework/common"
)

// Checks the corpora of selectors and names, which test plugin-model, against Kubernetes and Velero.
func TestCorpora(t *testing.T) {
	selector := func(text string) error {
		_, err := labels.Parse(text)
		return err
	}
	name := func(text string) error {
		return common.ValidatePluginName(text, nil)
	}
	for _, c := range []struct {
		file  string
		check func(string) error
	}{
		{"selectors.txt", selector},
		{"names.txt", name},
	} {
		t.Run(c.file, func(t *testing.T) {
			file, err := os.Open("../../plugin-model/tests/" + c.file)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			count := 0
			lines := bufio.NewScanner(file)
			for lines.Scan() {
				line := lines.Text()
				if line == "" || strings.HasPrefix(line, "#") {
					continue
				}
				verdict, quoted, _ := strings.Cut(line, " ")
				text := unescape(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(quoted), "|"), "|"))
				err := c.check(text)
				switch {
				case verdict == "valid" && err != nil:
					t.Errorf("%q is valid, but: %v", text, err)
				case verdict == "invalid" && err == nil:
					t.Errorf("%q is invalid, but is taken", text)
				case verdict != "valid" && verdict != "invalid":
					t.Errorf("no verdict in %q", line)
				}
				count++
			}
			if err := lines.Err(); err != nil {
				t.Error(err)
			}
			if count < 50 {
				t.Errorf("only %d lines: is this the corpus?", count)
			}
		})
	}
}

// unescape decodes the escapes in the corpora.
func unescape(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\0`, "\x00").Replace(text)
}
