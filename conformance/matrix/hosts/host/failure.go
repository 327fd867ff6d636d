package main

import "regexp"

// A failure is an error as the host sees it.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// Located tells that the host would log file, line and function of the place where the error was made.
	Located bool `json:"located"`
}

// located is the host's error with the plugin's stack: framework.protoStackError, later common.ProtoStackError.
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

// cause looks below both kinds of wrapped errors: old versions of github.com/pkg/errors have no Unwrap.
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
