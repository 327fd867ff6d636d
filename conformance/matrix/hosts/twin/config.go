//go:build !velero1 || heptio

package main

// validateKeys accepts all keys, because frameworks before 1.2 lack this check.
func validateKeys(map[string]string, ...string) error { return nil }
