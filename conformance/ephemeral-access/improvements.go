// Package conformance lets EphemeralAccess's own client code drive an access requester made with Plugwright and the same one made
// with EphemeralAccess's packages in Go, with the same calls, and compares the answers. README.md says how to run it and what it
// compares.
package conformance

import (
	"regexp"
	"sync"
)

// An improvement is an answer of ours that differs from the twin's by intention. Whatever else differs fails the suite, and so does
// an improvement that is no longer seen.
type improvement struct {
	// on is the full name of the comparison, as `go test -v` prints it.
	on *regexp.Regexp
	// twin and ours match the two answers, written as compact JSON.
	twin, ours *regexp.Regexp
	// reason says why ours is better.
	reason string

	seen bool
}

// improvements is the whole list.
var improvements = []*improvement{
	improved(`TestPanics/\w+/panic`,
		`{"error":"\w+ RPC call error: unexpected EOF","type":"\*errors.errorString","value":null}`,
		`{"error":"plugin panicked: it broke","type":"\*plugin.PluginError","value":null}`,
		"a panic is an error of that call; a Go plugin's process dies, and the controller has no plugin until it is started again"),
	improved(`TestPanics/\w+/(the_next_call|a_ping)_is_answered`, `false`, `true`, "the process lives on"),
	improved(`TestHostThatDies/(plugin_ends|socket_is_gone)`, `false`, `true`,
		"a Go plugin waits for another host for ever"),

	improved(`TestObjects/(grant|revoke)_(nil|request_only|application_only)`,
		`{"value":.*}`, `{"error":"the host sent no (AccessRequest|Application)","type":"\*plugin.PluginError","value":null}`,
		"a plugin is never asked about nothing; the controller always sends both"),
	improved(`TestErrors/(grant|revoke)_error:`,
		`{"error":"","type":"\*plugin.PluginError","value":null}`,
		`{"error":"error of type alloc::string::String without a message","type":"\*plugin.PluginError","value":null}`,
		"an error message is never empty"),
	improved(`TestOddValues/(grant|revoke)_duration_-.*`,
		`{"value":.*"duration":"-.*}`, `{"value":.*"spec":{"application":{"name":"cart","namespace":"argocd"},"role":.*}`,
		"durations are std::time::Duration, which has no sign: less than nothing is nothing"),
	improved(`TestLaterHost/(empty_)?id`,
		`{"value":{"username":"ada"}}`, `{"value":{"userId":"a1b2","username":"ada"}}`,
		"the twin is of a version without the field"),
	improved(`TestWrongArguments/.*`,
		`{"error":"gob: type mismatch.*}`,
		`{"error":"(Plugin.GrantAccess: (AccReq: (Spec: )?)?expected a struct, found an? \w+","type":"rpc.ServerError"|the host sent no AccessRequest","type":"\*plugin.PluginError"),"value":null}`,
		"says which argument is wrong, and where in it"),

	improved(`TestTooLargeObject/20_MiB`,
		`{"value":null}`, `{"error":"GrantAccess RPC call error: Plugin.GrantAccess: a message of \d+ bytes; .*","type":"\*errors.errorString","value":null}`,
		"what is read is capped; no object of Kubernetes is as large"),

	improved(`TestLogRecords/format_,_level_.*/records`,
		`\[{"fields":{},"level":"debug","message":"TIME \[.*`, `\[{"fields":{.*},"level":"(error|warn|info|debug|trace)","message":"an? \w+ record"}.*`,
		"JSON unless text is asked for: of text the host sees neither level nor fields, and a controller at level info leaves out all of it"),
	improved(`TestLogRecords/format_text,_level_.*/records`,
		`\[{"fields":{},"level":"debug","message":"TIME \[.*`, `\[{"fields":{},"level":"(info|debug)","message":"\[\w+\] +plugin: an? \w+ record: .*`,
		"a line begins with its level, where the host looks for it, and not with the time, which the host adds"),
	improved(`TestLogRecords/format_(JSON|nonsense),_level_.*/records`,
		`\[{"fields":{},"level":"debug","message":"TIME \[.*`, `\[{"fields":{.*},"level":"(info|debug)","message":"an? \w+ record"}.*`,
		"a format that nobody knows is no reason to lose levels; no controller starts with it"),
	improved(`TestLogRecords/format_(json)?,_level_(warning|fatal|panic)/records`,
		`.*an info record.*`, `\[\]|\[{"fields":{.*},"level":"(warn|error)","message":"an? \w+ record"}.*`,
		"levels of the controller's logger that a Go plugin's takes for info; nothing is logged at the last two"),
	improved(`TestLongLogRecord/200000,_its_beginning_at_level_info`, `false`, `true`,
		"a record that is longer than what go-plugin reads at once is cut; Go's arrives in pieces of 64 KiB, as debug"),
	improved(`TestHostileLogRecords/record`,
		`{"fields":{"level":true,"logSource":3,"time":1.5,"timestamp":"TIME"},"level":"info","message":"hostile fields"}`,
		`{"fields":{.*"field.@level":7,"field.@message":5,"field.@timestamp":9,.*},"level":"info","message":"hostile fields"}`,
		"no field is lost, and none reaches the names that a host takes for its own"),

	improved(`TestHandshakeLine/multiplexing`,
		`{"line":"1\|1\|unix\|SOCKET\|netrpc\|\|true\\n",.*}`, `{"line":"1\|1\|unix\|SOCKET\|netrpc\|\|false\\n",.*}`,
		"multiplexing is gRPC's, and is not served"),
	improved(`TestSocketPlace/no_such_(directory|group)`,
		`{"answer":{"line":"","status":0},.*"says why":true.*}`, `{"answer":{"line":"","status":1},.*"says why":true.*}`,
		"a process that could not start does not end with status 0"),
}

// seenLock guards the entries' seen: tests run side by side.
var seenLock sync.Mutex

func improved(on, twin, ours, reason string) *improvement {
	whole := func(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }
	return &improvement{on: whole(on), twin: whole(twin), ours: whole(ours), reason: reason}
}

// findImprovement is the entry that allows this difference, if there is one.
func findImprovement(on, twin, ours string) *improvement {
	seenLock.Lock()
	defer seenLock.Unlock()
	for _, entry := range improvements {
		if entry.on.MatchString(on) && entry.twin.MatchString(twin) && entry.ours.MatchString(ours) {
			entry.seen = true
			return entry
		}
	}
	return nil
}
