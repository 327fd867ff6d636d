package main

import (
	"fmt"
	"strings"
	"time"
)

// report returns the table.
func report(sides []*side) string {
	var text strings.Builder
	text.WriteString("|")
	row := func(title string, cell func(*side) string) {
		fmt.Fprintf(&text, " %s |", title)
		for _, side := range sides {
			fmt.Fprintf(&text, " %s |", cell(side))
		}
		text.WriteString("\n|")
	}
	row("", func(s *side) string { return s.name })
	text.WriteString("---|" + strings.Repeat("---:|", len(sides)) + "\n|")
	mib := func(mib float64) string { return fmt.Sprintf("%.2f MiB", mib) }
	begin := func(what string) string {
		return fmt.Sprintf("%s after %s calls and %d objects", what, thousands(firstCalls), firstObjects)
	}
	row(begin("memory"), func(s *side) string { return mib(s.before.memory) })
	row("memory at the end", func(s *side) string { return mib(s.after.memory) })
	row(begin("resident memory"), func(s *side) string { return mib(s.before.resident) })
	row("resident memory at the end", func(s *side) string { return mib(s.after.resident) })
	row("peak resident memory", func(s *side) string { return mib(s.peak) })
	row(begin("threads"), func(s *side) string { return fmt.Sprint(s.before.threads) })
	row("threads at the end", func(s *side) string { return fmt.Sprint(s.after.threads) })
	row(begin("file descriptors"), func(s *side) string { return fmt.Sprint(s.before.descriptors) })
	row("file descriptors at the end", func(s *side) string { return fmt.Sprint(s.after.descriptors) })
	row("files left over", func(s *side) string { return fmt.Sprint(s.left) })
	sampled := thousands(len(sides[rust].first))
	for _, figure := range figures {
		title := func(which string) string { return fmt.Sprintf("%s of the %s %s calls", figure.name, which, sampled) }
		row(title("first"), func(s *side) string { return milliseconds(s.first.at(figure.part)) })
		row(title("last"), func(s *side) string { return milliseconds(s.last.at(figure.part)) })
	}
	return strings.TrimSuffix(text.String(), "|")
}

// figures are the compared latencies. They may grow by a part, beyond the growth of the twin's, which the machine's load causes.
var figures = []struct {
	name       string
	part, grow float64
}{{"p50", 0.5, 1.25}, {"p99", 0.99, 2}}

// shortcomings returns what fell short.
func shortcomings(sides []*side) (short []string) {
	for _, side := range sides[:golang] {
		add := func(bad bool, format string, arguments ...any) {
			if bad {
				short = append(short, side.name+": "+fmt.Sprintf(format, arguments...))
			}
		}
		before, after := side.before, side.after
		add(after.threads > before.threads, "%d threads at the end, expected at most %d", after.threads, before.threads)
		add(after.descriptors > before.descriptors, "%d file descriptors at the end, expected at most %d", after.descriptors, before.descriptors)
		add(side.left > 0, "%d files are left over", side.left)
		if side == sides[uncached] {
			memory := before.memory + 1
			add(after.memory > memory, "%.2f MiB of memory at the end, expected at most %.2f", after.memory, memory)
		}
		for _, figure := range figures {
			limit := figure.grow * max(1, growth(sides[golang], figure.part))
			grown := growth(side, figure.part)
			add(grown > limit, "%s at the end is %.2f times that at the start, expected at most %.2f", figure.name, grown, limit)
		}
	}
	return short
}

// growth returns the latency at the end, divided by that at the start.
func growth(side *side, part float64) float64 {
	return float64(side.last.at(part)) / float64(side.first.at(part))
}

func milliseconds(duration time.Duration) string {
	return fmt.Sprintf("%.3f ms", float64(duration.Microseconds())/1000)
}

// thousands returns a number such as `12,345`.
func thousands(number int) string {
	if number < 1000 {
		return fmt.Sprint(number)
	}
	return fmt.Sprintf("%s,%03d", thousands(number/1000), number%1000)
}
