package main

import "regexp"

// A failure is an error as received by the host.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// Located reports whether the error has file, line and function of its origin, which the host logs.
	Located bool `json:"located"`
}

// located is the host's error type with the plugin's stack: framework.protoStackError, later common.ProtoStackError.
type located interface {
	File() string
	Line() int32
	Function() string
}

var grpcError = regexp.MustCompile(`(?s)^rpc error: code = (\w+) desc = (.*)$`)

func failureOf(err error) *failure {
	failure := &failure{Code: "none: the host's own", Message: err.Error()}
	if match := grpcError.FindStringSubmatch(err.Error()); match != nil {
		failure.Code, failure.Message = match[1], match[2]
	}
	for ; err != nil; err = cause(err) {
		if place, ok := err.(located); ok {
			failure.Located = place.File() != "" && place.Line() > 0 && place.Function() != ""
		}
	}
	return failure
}

// cause unwraps both kinds of wrapped errors, because old versions of github.com/pkg/errors lack Unwrap.
func cause(err error) error {
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return err.Unwrap()
	case interface{ Cause() error }:
		return err.Cause()
	default:
		return nil
	}
}
