package main

import (
	"slices"

	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

// itemBlockPlugin groups a pod with the volume claims that it mounts.
type itemBlockPlugin struct {
	log logrus.FieldLogger
}

func (p *itemBlockPlugin) Name() string { return "" }

func (p *itemBlockPlugin) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{IncludedResources: []string{"pods"}}, nil
}

func (p *itemBlockPlugin) GetRelatedItems(item runtime.Unstructured, _ *v1.Backup) ([]velero.ResourceIdentifier, error) {
	p.log.Info("Hello from my ItemBlockPlugin!")
	metadata, err := meta.Accessor(item)
	if err != nil {
		return nil, err
	}
	if item.GetObjectKind().GroupVersionKind().Kind != "Pod" {
		return nil, nil
	}

	var claims []velero.ResourceIdentifier
	volumes, _, _ := unstructured.NestedSlice(item.UnstructuredContent(), "spec", "volumes")
	for _, volume := range volumes {
		fields, _ := volume.(map[string]any)
		name, _, _ := unstructured.NestedString(fields, "persistentVolumeClaim", "claimName")
		claim := velero.ResourceIdentifier{
			GroupResource: schema.GroupResource{Resource: "persistentvolumeclaims"},
			Namespace:     metadata.GetNamespace(),
			Name:          name,
		}
		if name != "" && !slices.Contains(claims, claim) {
			claims = append(claims, claim)
		}
	}
	return claims, nil
}
