package matrix

import "regexp"

// An improvement is an outcome of ours that differs from the twin's by intention. Whatever else differs fails the run, and so does an
// improvement that the whole matrix has not shown.
type improvement struct {
	// on is the host, the kind, the call and the case.
	on *regexp.Regexp
	// twin and ours match the two outcomes, written as compact JSON.
	twin, ours *regexp.Regexp
	// reason says why ours is better.
	reason string

	seen bool
}

// improvements is the whole list; the table names entries by their place.
var improvements = []*improvement{}

// fails is an error of the plugin's with a message like that.
func fails(message string) string {
	return `{"error":{"code":"Unknown","message":"` + message + `","located":(true|false)}}`
}

func improved(on, twin, ours, reason string) *improvement {
	whole := func(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?s:" + pattern + ")$") }
	return &improvement{on: whole(on), twin: whole(twin), ours: whole(ours), reason: reason}
}

// findImprovement is the place of the entry that allows this difference; -1 if there is none.
func findImprovement(on, twin, ours string) int {
	for at, entry := range improvements {
		if entry.on.MatchString(on) && entry.twin.MatchString(twin) && entry.ours.MatchString(ours) {
			entry.seen = true
			return at
		}
	}
	return -1
}
