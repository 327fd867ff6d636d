//go:build !ark09

package main

// objectStore adapts the store to this generation's interface.
func objectStore(store velerosObjectStore) any { return store }
