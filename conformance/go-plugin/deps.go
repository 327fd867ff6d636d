//go:build originals

// Package conformance compares this repository's go-plugin with HashiCorp's.
package conformance

// Required by go-plugin's own tests, which are built from its module.
import _ "github.com/jhump/protoreflect/grpcreflect"
