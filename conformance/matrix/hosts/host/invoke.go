package main

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

var (
	errorType  = reflect.TypeOf((*error)(nil)).Elem()
	readerType = reflect.TypeOf((*io.Reader)(nil)).Elem()
	itemType   = reflect.TypeOf((*runtime.Unstructured)(nil)).Elem()
)

// invoke calls a method by its name. Signatures differ between generations, but all arguments can be decoded from JSON, and all results
// encoded as JSON.
func invoke(plugin any, name string, args []json.RawMessage) (any, error) {
	method := reflect.ValueOf(plugin).MethodByName(name)
	if !method.IsValid() {
		return nil, fmt.Errorf("%T has no method %s", plugin, name)
	}
	if method.Type().NumIn() != len(args) {
		return nil, fmt.Errorf("%s takes %d arguments, not %d", name, method.Type().NumIn(), len(args))
	}
	in := make([]reflect.Value, len(args))
	for i, arg := range args {
		in[i] = reflect.New(method.Type().In(i)).Elem()
		if err := decode(arg, in[i]); err != nil {
			return nil, fmt.Errorf("argument %d of %s: %w", i, name, err)
		}
	}
	out := method.Call(in)
	last := len(out) - 1
	if err, ok := out[last].Interface().(error); ok {
		return nil, err
	}
	values := make([]any, 0, last)
	for _, value := range out[:last] {
		shown, err := show(value)
		if err != nil {
			return nil, err
		}
		values = append(values, shown)
	}
	return values, nil
}

// decode decodes JSON into value. Items and bodies are interfaces, also in the fields of an input.
func decode(arg json.RawMessage, value reflect.Value) error {
	switch {
	case string(arg) == "null":
		return nil
	case value.Type() == itemType:
		item := &unstructured.Unstructured{}
		if err := utiljson.Unmarshal(arg, &item.Object); err != nil {
			return err
		}
		value.Set(reflect.ValueOf(item))
		return nil
	case value.Type() == readerType:
		body := &body{}
		if err := json.Unmarshal(arg, body); err != nil {
			return err
		}
		value.Set(reflect.ValueOf(body))
		return nil
	case isInput(value.Type()):
		value.Set(reflect.New(value.Type().Elem()))
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(arg, &fields); err != nil {
			return err
		}
		for name, field := range fields {
			if err := decode(field, value.Elem().FieldByName(name)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	default:
		return json.Unmarshal(arg, value.Addr().Interface())
	}
}

// isInput distinguishes input and output structs of actions from API objects by their field with an item interface.
func isInput(of reflect.Type) bool {
	if of.Kind() != reflect.Ptr || of.Elem().Kind() != reflect.Struct {
		return false
	}
	for i := 0; i < of.Elem().NumField(); i++ {
		if of.Elem().Field(i).Type == itemType {
			return true
		}
	}
	return false
}

func show(value reflect.Value) (any, error) {
	if value.Type() == errorType {
		// Ark's restore actions return a warning in addition to the error.
		if value.IsNil() {
			return nil, nil
		}
		return value.Interface().(error).Error(), nil
	}
	switch shown := value.Interface().(type) {
	case io.ReadCloser:
		defer shown.Close()
		return digestOf(shown)
	case runtime.Unstructured:
		return shown.UnstructuredContent(), nil
	}
	if isInput(value.Type()) && !value.IsNil() {
		fields := map[string]any{}
		for i := 0; i < value.Elem().NumField(); i++ {
			field, err := show(value.Elem().Field(i))
			if err != nil {
				return nil, err
			}
			fields[value.Elem().Type().Field(i).Name] = field
		}
		return fields, nil
	}
	return value.Interface(), nil
}
