//go:build deleteitem

package main

import "github.com/sirupsen/logrus"

func trace(log *logrus.Entry, message string) { log.Trace(message) }
