package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/sirupsen/logrus"
)

// A logCapture keeps what the host's logger gets, but for the host's own words.
type logCapture struct {
	mu      sync.Mutex
	records []logRecord
}

// A logRecord is one entry of the host's log.
type logRecord struct {
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Fields  map[string]any `json:"fields"`
}

func newLogger() (*logrus.Logger, *logCapture) {
	capture := &logCapture{}
	logger := logrus.New()
	logger.Out = io.Discard
	logger.Level = logrus.DebugLevel
	logger.Hooks.Add(capture)
	return logger, capture
}

func (c *logCapture) Levels() []logrus.Level { return logrus.AllLevels }

// Fire takes what came from a plugin's stderr and what go-plugin says of the plugin: both have the plugin's file as name.
func (c *logCapture) Fire(entry *logrus.Entry) error {
	if _, found := entry.Data["pluginName"]; !found {
		return nil
	}
	fields := map[string]any{}
	for name, value := range entry.Data {
		if err, ok := value.(error); ok {
			value = err.Error()
		}
		if _, ok := value.(fmt.Stringer); ok {
			value = fmt.Sprint(value)
		}
		fields[name] = value
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records = append(c.records, logRecord{Level: entry.Level.String(), Message: entry.Message, Fields: fields})
	return nil
}

// take gives what has come since the last time.
func (c *logCapture) take() []logRecord {
	c.mu.Lock()
	defer c.mu.Unlock()
	records := c.records
	c.records = nil
	return records
}
