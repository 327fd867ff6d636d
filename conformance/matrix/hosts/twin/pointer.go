package main

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"k8s.io/apimachinery/pkg/util/json"
)

// parseValue parses JSON. Invalid JSON is a text.
func parseValue(text string) any {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	return value
}

func parts(pointer string) ([]string, error) {
	if !strings.HasPrefix(pointer, "/") {
		return nil, errors.Errorf("%q is not a JSON pointer", pointer)
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	names := strings.Split(pointer[1:], "/")
	for i := range names {
		names[i] = unescape.Replace(names[i])
	}
	return names, nil
}

// setPointer sets a value and creates missing parent objects. "-" appends to a list.
func setPointer(object map[string]any, pointer string, value any) error {
	names, err := parts(pointer)
	if err != nil {
		return err
	}
	_, err = setIn(object, names, value)
	return err
}

func setIn(in any, names []string, value any) (any, error) {
	if len(names) == 0 {
		return value, nil
	}
	switch in := in.(type) {
	case nil:
		return setIn(map[string]any{}, names, value)
	case map[string]any:
		child, err := setIn(in[names[0]], names[1:], value)
		in[names[0]] = child
		return in, err
	case []any:
		if names[0] == "-" {
			child, err := setIn(nil, names[1:], value)
			return append(in, child), err
		}
		index, err := strconv.Atoi(names[0])
		if err != nil || index >= len(in) {
			return in, errors.Errorf("invalid index %s", names[0])
		}
		child, err := setIn(in[index], names[1:], value)
		in[index] = child
		return in, err
	default:
		return in, errors.Errorf("the parent of %s is not an object", names[0])
	}
}

// removePointer removes a value, if it exists.
func removePointer(object map[string]any, pointer string) error {
	names, err := parts(pointer)
	if err != nil {
		return err
	}
	in := object
	for _, name := range names[:len(names)-1] {
		next, ok := in[name].(map[string]any)
		if !ok {
			return nil
		}
		in = next
	}
	delete(in, names[len(names)-1])
	return nil
}
