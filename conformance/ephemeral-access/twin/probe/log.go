package main

import "errors"

// logEverything writes a record at each level, and a last one with text.
func (s script) logEverything(text string) {
	fields := []any{"text", "two words", "number", 42, "negative", -7, "fraction", 1.5, "yes", true}
	s.log.Trace("a trace record", fields...)
	s.log.Debug("a debug record", fields...)
	s.log.Info("an info record", fields...)
	s.log.Warn("a warn record", fields...)
	s.log.Error("an error record", fields...)
	s.log.Info("quotes \" and\nlines and \u00fcml\u00e4uts")
	s.log.Error("a record with an error", "error", errors.New("the cause"))
	s.log.Info(text)
}

// logHostile writes a record with field names that hosts reserve, except those that crash a host.
func (s script) logHostile() {
	s.log.Info("hostile fields", "level", true, "time", 1.5, "timestamp", 2, "logSource", 3)
}
