package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v2"
)

type policy struct {
	TimeZone string  `yaml:"timeZone"`
	Ticket   *ticket `yaml:"ticket"`
	Rules    []rule  `yaml:"rules"`

	zone *time.Location
}

type ticket struct {
	Annotation string `yaml:"annotation"`
	Pattern    string `yaml:"pattern"`
}

type rule struct {
	Name         string   `yaml:"name"`
	Users        []string `yaml:"users"`
	Roles        []string `yaml:"roles"`
	Projects     []string `yaml:"projects"`
	Applications []string `yaml:"applications"`
	Hours        []hours  `yaml:"hours"`
	NeedsTicket  *bool    `yaml:"needsTicket"`
}

func readPolicy(file string) (*policy, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var policy policy
	if err := yaml.UnmarshalStrict(text, &policy); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if policy.zone, err = time.LoadLocation(policy.TimeZone); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if policy.Ticket != nil && policy.Ticket.Pattern == "" {
		policy.Ticket.Pattern = "*"
	}
	return &policy, nil
}

// matchesAny treats a missing list as matching everything.
func matchesAny(globs []string, texts ...string) bool {
	for _, glob := range globs {
		for _, text := range texts {
			if matches(glob, text) {
				return true
			}
		}
	}
	return globs == nil
}

func matches(glob, text string) bool {
	pattern := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(glob), `\*`, ".*") + "$"
	return regexp.MustCompile(pattern).MatchString(text)
}

const day, week = 24 * 60, 7 * 24 * 60

var days = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

type hours struct {
	text         string
	on           [7]bool
	from, length int
}

func (h *hours) UnmarshalYAML(unmarshal func(any) error) error {
	if err := unmarshal(&h.text); err != nil {
		return err
	}
	ranges, times, _ := strings.Cut(h.text, " ")
	for _, part := range strings.Split(ranges, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := indexOf(first), indexOf(last)
		if from < 0 || to < 0 {
			return fmt.Errorf("invalid hours %q", h.text)
		}
		for h.on[from] = true; from != to; h.on[from] = true {
			from = (from + 1) % 7
		}
	}
	var hour, minute, endHour, endMinute int
	if _, err := fmt.Sscanf(times, "%02d:%02d-%02d:%02d", &hour, &minute, &endHour, &endMinute); err != nil {
		return fmt.Errorf("invalid hours %q: %w", h.text, err)
	}
	h.from = hour*60 + minute
	h.length = (endHour*60 + endMinute - h.from + day) % day
	if h.length == 0 {
		h.length = day
	}
	return nil
}

func indexOf(name string) int {
	for i, day := range days {
		if day == name {
			return i
		}
	}
	return -1
}

func (h *hours) contain(now time.Time) bool {
	minute := (int(now.Weekday())+6)%7*day + now.Hour()*60 + now.Minute()
	for i, on := range h.on {
		if on && (minute+week-i*day-h.from)%week < h.length {
			return true
		}
	}
	return false
}
