//go:build velero1 && !heptio

package main

import "github.com/vmware-tanzu/velero/pkg/plugin/framework"

var newServer = framework.NewServer
