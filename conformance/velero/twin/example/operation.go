package main

import (
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

// operationDuration returns the first annotation with this key that is a valid duration, unparsed.
func operationDuration(key string, annotations ...map[string]string) string {
	for _, from := range annotations {
		if _, ok := parseDuration(from[key]); ok {
			return from[key]
		}
	}
	return ""
}

// parseOperationID parses the duration in "<what>/<duration>".
func parseOperationID(id string) (time.Duration, bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 2 {
		return 0, false
	}
	return parseDuration(parts[1])
}

func parseDuration(text string) (time.Duration, bool) {
	duration, err := time.ParseDuration(text)
	return duration, err == nil && duration >= 0
}

// progressSince returns the progress of an operation with this start and duration. owner is for the error.
func progressSince(start *metav1.Time, duration time.Duration, owner string) (velero.OperationProgress, error) {
	if start == nil {
		return velero.OperationProgress{}, errors.Errorf("%s has no startTimestamp", owner)
	}
	now := time.Now()
	elapsed := max(now.Sub(start.Time), 0)
	return velero.OperationProgress{
		Completed:      elapsed >= duration,
		NCompleted:     int64(min(elapsed, duration) / time.Second),
		NTotal:         int64(duration / time.Second),
		OperationUnits: "seconds",
		Started:        start.Time,
		Updated:        now,
	}, nil
}
