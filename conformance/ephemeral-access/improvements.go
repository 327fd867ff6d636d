// Package conformance makes the same calls, with EphemeralAccess's own client code, to an access requester made with Plugwright and
// to the same one made with EphemeralAccess's packages in Go, and compares the responses. README.md describes how to run it.
package conformance

import (
	"regexp"
	"sync"
)

// An improvement is an intended difference from the twin's response. Any other difference fails the suite, and so does an
// improvement that no longer occurs.
type improvement struct {
	// on matches the full name of the comparison, as `go test -v` prints it.
	on *regexp.Regexp
	// twin and ours match the responses as compact JSON.
	twin, ours *regexp.Regexp
	// reason explains why our response is better.
	reason string

	seen bool
}

// improvements lists all intended differences.
var improvements = []*improvement{
	improved(`TestPanics/\w+/panic`,
		`{"error":"\w+ RPC call error: unexpected EOF","type":"\*errors.errorString","value":null}`,
		`{"error":"plugin panicked: it broke","type":"\*plugin.PluginError","value":null}`,
		"a panic fails only its call; a Go plugin exits, and the controller has no plugin until it restarts"),
	improved(`TestPanics/\w+/(the_next_call|a_ping)_is_answered`, `false`, `true`, "the process continues"),
	improved(`TestHostThatDies/(plugin_ends|socket_is_gone)`, `false`, `true`,
		"a Go plugin waits for another host forever"),

	improved(`TestObjects/(grant|revoke)_(nil|request_only|application_only)`,
		`{"value":.*}`, `{"error":"the host sent no (AccessRequest|Application)","type":"\*plugin.PluginError","value":null}`,
		"a plugin is not called without objects; the controller always sends both"),
	improved(`TestErrors/(grant|revoke)_error:`,
		`{"error":"","type":"\*plugin.PluginError","value":null}`,
		`{"error":"error of type alloc::string::String without a message","type":"\*plugin.PluginError","value":null}`,
		"an error message is never empty"),
	improved(`TestOddValues/(grant|revoke)_duration_-.*`,
		`{"value":.*"duration":"-.*}`, `{"value":.*"spec":{"application":{"name":"cart","namespace":"argocd"},"role":.*}`,
		"std::time::Duration cannot be negative: a negative duration becomes zero"),
	improved(`TestLaterHost/(empty_)?id`,
		`{"value":{"username":"ada"}}`, `{"value":{"userId":"a1b2","username":"ada"}}`,
		"the twin's version lacks the field"),
	improved(`TestWrongArguments/.*`,
		`{"error":"gob: type mismatch.*}`,
		`{"error":"(Plugin.GrantAccess: (AccReq: (Spec: )?)?expected a struct, found an? \w+","type":"rpc.ServerError"|the host sent no AccessRequest","type":"\*plugin.PluginError"),"value":null}`,
		"names the invalid argument, and the location in it"),

	improved(`TestTooLargeObject/20_MiB`,
		`{"value":null}`, `{"error":"GrantAccess RPC call error: Plugin.GrantAccess: expected a message of at most \d+ bytes, found \d+","type":"\*errors.errorString","value":null}`,
		"the size of a request is limited; Kubernetes objects are smaller"),

	improved(`TestLogRecords/format_,_level_.*/records`,
		`\[{"fields":{},"level":"debug","message":"TIME \[.*`, `\[{"fields":{.*},"level":"(error|warn|info|debug|trace)","message":"an? \w+ record"}.*`,
		"JSON is the default: the host reads neither level nor fields of text, and a controller at level info omits all of it"),
	improved(`TestLogRecords/format_text,_level_.*/records`,
		`\[{"fields":{},"level":"debug","message":"TIME \[.*`, `\[{"fields":{},"level":"(info|debug)","message":"\[\w+\] +plugin: an? \w+ record: .*`,
		"a line begins with its level, where the host expects it, instead of the time, which the host adds"),
	improved(`TestLogRecords/format_(JSON|nonsense),_level_.*/records`,
		`\[{"fields":{},"level":"debug","message":"TIME \[.*`, `\[{"fields":{.*},"level":"(info|debug)","message":"an? \w+ record"}.*`,
		"an unknown format keeps the levels; no controller starts with it"),
	improved(`TestLogRecords/format_(json)?,_level_(warning|fatal|panic)/records`,
		`.*an info record.*`, `\[\]|\[{"fields":{.*},"level":"(warn|error)","message":"an? \w+ record"}.*`,
		"levels of the controller's logger, which a Go plugin treats as info; the last two levels have no records"),
	improved(`TestLongLogRecord/200000,_its_beginning_at_level_info`, `false`, `true`,
		"a record that exceeds go-plugin's buffer is truncated; Go's arrives in parts of 64 KiB at level debug"),
	improved(`TestHostileLogRecords/record`,
		`{"fields":{"level":true,"logSource":3,"time":1.5,"timestamp":"TIME"},"level":"info","message":"hostile fields"}`,
		`{"fields":{.*"field.@level":7,"field.@message":5,"field.@timestamp":9,.*},"level":"info","message":"hostile fields"}`,
		"no field is lost, and none has a name that hosts reserve"),

	improved(`TestHandshakeLine/multiplexing`,
		`{"line":"1\|1\|unix\|SOCKET\|netrpc\|\|true\\n",.*}`, `{"line":"1\|1\|unix\|SOCKET\|netrpc\|\|false\\n",.*}`,
		"multiplexing exists only for gRPC, and is not supported"),
	improved(`TestSocketPlace/no_such_(directory|group)`,
		`{"answer":{"line":"","status":0},.*"says why":true.*}`, `{"answer":{"line":"","status":1},.*"says why":true.*}`,
		"a process that fails to start exits with a status other than 0"),
}

// seenLock guards the entries' field seen, because tests run concurrently.
var seenLock sync.Mutex

func improved(on, twin, ours, reason string) *improvement {
	whole := func(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }
	return &improvement{on: whole(on), twin: whole(twin), ours: whole(ours), reason: reason}
}

// findImprovement returns the entry that allows this difference, or nil.
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
