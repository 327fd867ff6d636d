//go:build velero1

package main

import (
	"reflect"

	"github.com/spf13/pflag"
)

// serve calls the server's Register methods by name, because later generations have more of them.
func serve(plugins []declared) {
	server := newServer().BindFlags(pflag.CommandLine)
	for _, declared := range plugins {
		register := reflect.ValueOf(server).MethodByName("Register" + declared.kind)
		make := reflect.ValueOf(declared.make).Convert(register.Type().In(1))
		register.Call([]reflect.Value{reflect.ValueOf(domain + declared.name), make})
	}
	server.Serve()
}
