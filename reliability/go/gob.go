package main

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-plugin"
)

func init() {
	gob.Register(&plugin.BasicError{})
}

// Everything has a field of each kind that Plugwright's gob supports.
type Everything struct {
	Flag        bool
	Int         int
	Uint        uint64
	Text        string
	Bytes       []byte
	Time        time.Time
	Any         any
	Error       error
	Inner       Inner
	FlagOrNil   *bool
	IntOrNil    *int64
	TextOrNil   *string
	TimeOrNil   *time.Time
	InnerOrNil  *Inner
	Ints        []int64
	Texts       []string
	Inners      []Inner
	TextsByText map[string]string
	InnersByInt map[int64]Inner
	AnyByText   map[string]any
}

// Inner is a struct in others and in itself.
type Inner struct {
	Name    string
	Numbers []uint
	Deeper  []Inner
}

type gobQuestion struct {
	Stream []byte `json:"stream"`
}

// decoded has no text if the stream is invalid. Again is the value, written by Go.
type decoded struct {
	Text  *string `json:"text"`
	Again []byte  `json:"again"`
}

func decodeGob(q gobQuestion) decoded {
	var value Everything
	if err := gob.NewDecoder(bytes.NewReader(q.Stream)).Decode(&value); err != nil {
		return decoded{}
	}
	var again bytes.Buffer
	if err := gob.NewEncoder(&again).Encode(&value); err != nil {
		return decoded{}
	}
	text := value.String()
	return decoded{&text, again.Bytes()}
}

// String returns the same format as the Rust side.
func (e *Everything) String() string {
	parts := []string{
		fmt.Sprint(e.Flag), fmt.Sprint(e.Int), fmt.Sprint(e.Uint), fmt.Sprintf("%x", e.Text), fmt.Sprintf("%x", e.Bytes),
		moment(e.Time), anything(e.Any), failure(e.Error), e.Inner.String(),
		orNil(e.FlagOrNil, func(flag bool) string { return fmt.Sprint(flag) }),
		orNil(e.IntOrNil, func(number int64) string { return fmt.Sprint(number) }),
		orNil(e.TextOrNil, func(text string) string { return fmt.Sprintf("%x", text) }),
		orNil(e.TimeOrNil, moment),
		orNil(e.InnerOrNil, Inner.String),
		list(e.Ints, func(number int64) string { return fmt.Sprint(number) }),
		list(e.Texts, func(text string) string { return fmt.Sprintf("%x", text) }),
		list(e.Inners, Inner.String),
		sorted(e.TextsByText, func(key, text string) string { return fmt.Sprintf("%x:%x", key, text) }),
		sorted(e.InnersByInt, func(key int64, inner Inner) string { return fmt.Sprintf("%d:%s", key, inner) }),
		sorted(e.AnyByText, func(key string, value any) string { return fmt.Sprintf("%x:%s", key, anything(value)) }),
	}
	return strings.Join(parts, " ")
}

func (i Inner) String() string {
	numbers := list(i.Numbers, func(number uint) string { return fmt.Sprint(number) })
	return fmt.Sprintf("(%x %s %s)", i.Name, numbers, list(i.Deeper, Inner.String))
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond())
}

func anything(value any) string {
	switch value := value.(type) {
	case nil:
		return "-"
	case string:
		return fmt.Sprintf("s%x", value)
	case []byte:
		return fmt.Sprintf("b%x", value)
	default:
		return fmt.Sprintf("%T%v", value, value)
	}
}

func failure(err error) string {
	if err == nil {
		return "-"
	}
	return fmt.Sprintf("%x", err.Error())
}

func orNil[T any](value *T, text func(T) string) string {
	if value == nil {
		return "-"
	}
	return text(*value)
}

func list[T any](values []T, text func(T) string) string {
	texts := []string{}
	for _, value := range values {
		texts = append(texts, text(value))
	}
	return "[" + strings.Join(texts, ",") + "]"
}

func sorted[K interface{ ~string | ~int64 }, V any](values map[K]V, text func(K, V) string) string {
	keys := slices.Sorted(maps.Keys(values))
	return list(keys, func(key K) string { return text(key, values[key]) })
}
