//go:build !velero1

package main

// Ark does all that it is told: it has no annotations that say otherwise.
const skipAnnotation, mustIncludeAnnotation = "", ""
