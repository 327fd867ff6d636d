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
	found := []bool{}
	for _, set := range q.Labels {
		found = append(found, selector.Matches(set))
	}
	return matches{Matches: found}
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
	found := []bool{}
	for _, text := range q.Texts {
		found = append(found, compiled.Match(text))
	}
	return matches{Matches: found}
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
	found := []bool{lists.IncludeEverything()}
	for _, text := range q.Texts {
		found = append(found, lists.ShouldInclude(text))
	}
	return matches{Matches: found}
}
