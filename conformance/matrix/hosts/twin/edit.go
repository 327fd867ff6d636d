package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// edit changes an item. updated is nil until the first change.
type edit struct {
	item    *unstructured.Unstructured
	updated runtime.Unstructured
}

func editOf(item runtime.Unstructured) *edit {
	return &edit{item: &unstructured.Unstructured{Object: item.UnstructuredContent()}}
}

func (e *edit) annotate(name, value string) {
	annotations := e.item.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[domain+name] = value
	e.item.SetAnnotations(annotations)
	e.updated = e.item
}

// command runs a command that all actions with an item in their output support.
func (e *edit) command(verb, argument string) (bool, error) {
	switch verb {
	case "set":
		pointer, value, found := strings.Cut(argument, "=")
		if !found {
			return true, errors.New("expected set:<pointer>=<value>")
		}
		e.updated = e.item
		return true, setPointer(e.item.Object, pointer, parseValue(value))
	case "remove":
		e.updated = e.item
		return true, removePointer(e.item.Object, argument)
	case "label":
		name, value, _ := strings.Cut(argument, "=")
		labels := e.item.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[name] = value
		e.item.SetLabels(labels)
		e.updated = e.item
	case "echo-item":
		e.annotate("item", describe(e.item))
	default:
		return false, nil
	}
	return true, nil
}

func describe(item *unstructured.Unstructured) string {
	return fmt.Sprintf("%s|%s|%s|%s|%s|%s",
		item.GetAPIVersion(), item.GetKind(), item.GroupVersionKind().Group, item.GetNamespace(), item.GetName(), item.GetUID())
}

// additional returns the items for the command "additional", or "additional:NUMBER".
func additional(number string) ([]resourceIdentifier, error) {
	if number == "" {
		return someItems(), nil
	}
	count, err := strconv.Atoi(number)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	var items []resourceIdentifier
	for n := range count {
		name := fmt.Sprintf("map-%d", n)
		items = append(items, resourceIdentifier{GroupResource: schema.GroupResource{Resource: "configmaps"}, Namespace: "probe", Name: name})
	}
	return items, nil
}

// someItems are the items for the commands "additional" and "post-operation".
func someItems() []resourceIdentifier {
	return []resourceIdentifier{
		{GroupResource: schema.GroupResource{Resource: "secrets"}, Namespace: "probe", Name: "one"},
		{GroupResource: schema.GroupResource{Group: "apps", Resource: "deployments"}, Namespace: "probe", Name: "two"},
		{GroupResource: schema.GroupResource{Resource: "persistentvolumes"}, Name: "three"},
	}
}
