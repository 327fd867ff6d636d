package main

import (
	"github.com/gobwas/glob"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/vmware-tanzu/velero/pkg/util/collections"
)

// matches is nil for an invalid selector or pattern.
type matches struct {
	Matches []bool `json:"matches"`
	// Panicked is set if the original has no answer: some patterns crash gobwas.
	Panicked bool `json:"panicked,omitempty"`
}

// orPanicked answers with the panic of the original.
func orPanicked(answer *matches) {
	if recover() != nil {
		*answer = matches{Panicked: true}
	}
}

type labelSelectorQuestion struct {
	// Either a text, as of an action, or an object, as of a backup.
	Text   *string               `json:"text"`
	Object *metav1.LabelSelector `json:"object"`
	Labels []labels.Set          `json:"labels"`
}

func labelSelector(q labelSelectorQuestion) matches {
	var selector labels.Selector
	var err error
	if q.Text != nil {
		selector, err = labels.Parse(*q.Text)
	} else {
		selector, err = metav1.LabelSelectorAsSelector(q.Object)
	}
	if err != nil {
		return matches{}
	}
	return matches{Matches: each(q.Labels, func(set labels.Set) bool { return selector.Matches(set) })}
}

type patternQuestion struct {
	Pattern string   `json:"pattern"`
	Texts   []string `json:"texts"`
}

func pattern(q patternQuestion) (answer matches) {
	defer orPanicked(&answer)
	compiled, err := glob.Compile(q.Pattern)
	if err != nil {
		return matches{}
	}
	return matches{Matches: each(q.Texts, compiled.Match)}
}

type includesQuestion struct {
	Includes []string `json:"includes"`
	Excludes []string `json:"excludes"`
	Texts    []string `json:"texts"`
}

// includes adds whether the lists include everything.
func includes(q includesQuestion) (answer matches) {
	defer orPanicked(&answer)
	lists := collections.NewIncludesExcludes().Includes(q.Includes...).Excludes(q.Excludes...)
	return matches{Matches: append([]bool{lists.IncludeEverything()}, each(q.Texts, lists.ShouldInclude)...)}
}

// each returns an empty list for no values, because JSON distinguishes it from none.
func each[V any](values []V, matches func(V) bool) []bool {
	found := []bool{}
	for _, value := range values {
		found = append(found, matches(value))
	}
	return found
}
