//go:build originals

// Package conformance compares this repository's go-plugin with HashiCorp's.
package conformance

// Beside its examples, go-plugin's own tests are built from its module. They need this.
import _ "github.com/jhump/protoreflect/grpcreflect"
