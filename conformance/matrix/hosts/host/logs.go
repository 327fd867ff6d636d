package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/sirupsen/logrus"
)

// A logCapture collects the records of the host's logger, except the host's own.
type logCapture struct {
	mu      sync.Mutex
	records []logRecord
}

// A logRecord is an entry in the host's log.
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

// Fire keeps records from a plugin's stderr and go-plugin's records about the plugin. Both are named after the plugin's file.
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

// take returns the new records.
func (c *logCapture) take() []logRecord {
	c.mu.Lock()
	defer c.mu.Unlock()
	records := c.records
	c.records = nil
	return records
}
