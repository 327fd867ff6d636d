// Package conformance lets EphemeralAccess's own client code drive an access requester made with Plugwright and the same one made
// with EphemeralAccess's packages in Go, with the same calls, and compares the answers. README.md says how to run it and what it
// compares.
package conformance

import (
	"regexp"
	"sync"
)

// An improvement is an answer of ours that differs from the twin's by intention. Whatever else differs fails the suite, and so does
// an improvement that is no longer seen.
type improvement struct {
	// on is the full name of the comparison, as `go test -v` prints it.
	on *regexp.Regexp
	// twin and ours match the two answers, written as compact JSON.
	twin, ours *regexp.Regexp
	// reason says why ours is better.
	reason string

	seen bool
}

// improvements is the whole list.
var improvements = []*improvement{}

// seenLock guards the entries' seen: tests run side by side.
var seenLock sync.Mutex

func improved(on, twin, ours, reason string) *improvement {
	whole := func(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }
	return &improvement{on: whole(on), twin: whole(twin), ours: whole(ours), reason: reason}
}

// findImprovement is the entry that allows this difference, if there is one.
func findImprovement(on, twin, ours string) *improvement {
	seenLock.Lock()
	defer seenLock.Unlock()
	for _, entry := range improvements {
		if entry.on.MatchString(on) && entry.twin.MatchString(twin) && entry.ours.MatchString(ours) {
			entry.seen = true
			return entry
		}
	}
	return nil
}
