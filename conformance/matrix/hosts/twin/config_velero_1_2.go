//go:build velero1 && !heptio

package main

import "github.com/vmware-tanzu/velero/pkg/plugin/framework"

func validateKeys(config map[string]string, valid ...string) error {
	return framework.ValidateObjectStoreConfigKeys(config, valid...)
}
