//go:build velero1 && heptio

package main

import "github.com/heptio/velero/pkg/plugin/framework"

var newServer = framework.NewServer
