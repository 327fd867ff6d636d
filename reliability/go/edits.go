package main

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
)

type editsQuestion struct {
	Object string `json:"object"`
	Edits  []edit `json:"edits"`
}

// An edit sets a value at a path, or removes it; or it sets or removes a label.
type edit struct {
	Path  []string `json:"path"`
	Value *string  `json:"value"`
	Label string   `json:"label"`
}

type edited struct {
	// Is false for an object that is rejected.
	Read bool `json:"read"`
	// Head is apiVersion, kind, name, namespace and uid.
	Head []string `json:"head"`
	// Done is true for each edit that succeeded.
	Done []bool `json:"done"`
	JSON string `json:"json"`
}

func edits(q editsQuestion) edited {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON([]byte(q.Object)); err != nil {
		return edited{}
	}
	answer := edited{
		Read: true,
		Head: []string{object.GetAPIVersion(), object.GetKind(), object.GetName(), object.GetNamespace(), string(object.GetUID())},
		Done: []bool{},
	}
	for _, edit := range q.Edits {
		answer.Done = append(answer.Done, apply(object, edit) == nil)
	}
	text, err := object.MarshalJSON()
	if err != nil {
		return edited{}
	}
	answer.JSON = string(text)
	return answer
}

func apply(object *unstructured.Unstructured, edit edit) error {
	if edit.Label != "" {
		labels := object.GetLabels()
		if _, found := labels[edit.Label]; edit.Value == nil && !found {
			return nil
		}
		if labels == nil {
			labels = map[string]string{}
		}
		if edit.Value == nil {
			delete(labels, edit.Label)
		} else {
			labels[edit.Label] = *edit.Value
		}
		object.SetLabels(labels)
		return nil
	}
	if edit.Value == nil {
		unstructured.RemoveNestedField(object.Object, edit.Path...)
		return nil
	}
	var value any
	if err := json.Unmarshal([]byte(*edit.Value), &value); err != nil {
		return err
	}
	return unstructured.SetNestedField(object.Object, value, edit.Path...)
}
