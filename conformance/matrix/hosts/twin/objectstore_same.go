//go:build !ark09

package main

// objectStore is the store as this generation calls it.
func objectStore(store velerosObjectStore) any { return store }
