package main

import (
	"github.com/pkg/errors"
	"github.com/sirupsen/logrus"
)

// logEverything writes a record at each level, and a last one with text.
func (s script) logEverything(text string) {
	log := s.log.WithFields(logrus.Fields{
		"text":     "two words",
		"number":   42,
		"negative": -7,
		"fraction": 1.5,
		"yes":      true,
	})
	trace(log, "a trace record")
	log.Debug("a debug record")
	log.Info("an info record")
	log.Warn("a warn record")
	log.Error("an error record")
	s.log.Info("quotes \" and\nlines and \u00fcml\u00e4uts")
	s.log.WithError(errors.New("the cause")).Error("a record with an error")
	s.log.Info(text)
}

// logHostile writes a record with field names that hosts reserve, except "@timestamp", which crashes a host.
func (s script) logHostile() {
	s.log.WithFields(logrus.Fields{
		"@message":  5,
		"@level":    7,
		"level":     true,
		"time":      1.5,
		"timestamp": 2,
		"logSource": 3,
	}).Info("hostile fields")
}
