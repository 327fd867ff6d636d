// Command many contains as many plugins as BENCH_PLUGINS says, by default 50. src/main.rs is the same in Rust.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

type unpin struct{}

func (unpin) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{IncludedResources: []string{"pods"}}, nil
}

func (unpin) Execute(input *velero.RestoreItemActionExecuteInput) (*velero.RestoreItemActionExecuteOutput, error) {
	unstructured.RemoveNestedField(input.Item.UnstructuredContent(), "spec", "nodeName")
	return velero.NewRestoreItemActionExecuteOutput(input.Item), nil
}

func main() {
	number, err := strconv.Atoi(os.Getenv("BENCH_PLUGINS"))
	if err != nil {
		number = 50
	}
	server := framework.NewServer().BindFlags(pflag.CommandLine)
	for n := range number {
		server = server.RegisterRestoreItemAction(fmt.Sprintf("example.io/plugin-%d", n+1), func(logrus.FieldLogger) (any, error) {
			return unpin{}, nil
		})
	}
	server.Serve()
}
