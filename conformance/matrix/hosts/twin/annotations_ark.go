//go:build !velero1

package main

// Ark has no such annotations.
const skipAnnotation, mustIncludeAnnotation = "", ""
