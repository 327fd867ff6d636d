// Package conformance makes the same calls, with Velero's own client code, to plugins made with Plugwright and to the same
// plugins made with Velero's framework in Go, and compares the responses. README.md describes how to run it.
package conformance

import "regexp"

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

// contextFields identify the call of each of our log records. They have their own test, and are omitted from comparisons.
var contextFields = []string{"plugin", "pluginKind", "resource", "namespace", "name", "backup", "restore"}

// improvements lists all intended differences.
var improvements = []*improvement{
	improved(`(TestUnknownPluginName|TestNameOfAnotherKind|TestKindWithoutPlugins)/.*`,
		fails(` plugin: .* was not found or has an invalid name format`),
		fails(`\w+ plugin .* not found in this binary; plugins of this kind: .*`),
		"contains the kind, which Go's framework never sets (ServerMux.kind), and the existing names"),

	improved(`TestMalformedObjects/.*_(item|itemFromBackup|persistentVolume)_.*`,
		fails(`.*`), fails(`(item|itemFromBackup|PersistentVolume) from the host: .*`),
		"names the invalid object, and does not quote it, because it may be a Secret"),
	improved(`TestMalformedObjects/.*_(backup|restore)_.*`,
		fails(`.*`), fails(`invalid velero\.io/v1 (Backup|Restore)[:,] .*`),
		"names the invalid object, and the location in it"),
	improved(`TestMalformedObjects/.*_itemFromBackup_nothing`,
		fails(`unexpected end of JSON input`), `{"value":.*}`,
		"a server may omit the item of the backup"),
	improved(`TestMalformedObjects/.*_(lone_surrogate|no_UTF-8)`,
		`{"value":.*}`, fails(`.*invalid JSON in the item: .*`),
		"is not valid JSON; Go silently replaces the character. Velero's encoder never writes it"),
	improved(`TestMalformedObjects/.*/SetVolumeID_persistentVolume_odd_metadata`,
		`{"value":".*\[\].*"}`, `{"value":".*volume-id.*"}`,
		"sets the annotation; Go's setter silently fails if metadata is not an object"),

	improved(`TestUnusualBackups/(malformed|text|fraction|ttl)_.*`,
		fails(`(json|time|parsing time).*`), fails(`invalid velero\.io/v1 Backup: (spec|status)\.\w+: .* at line \d+ column \d+`),
		"names the invalid object, and the location in it"),
	improved(`TestUnusualBackups/nulls`,
		fails(`time: invalid duration \\"\\"`), `{"value":.*ttl=0s.*}`,
		"null means the default for every field of the Kubernetes API; Go's metav1.Duration rejects it"),
	improved(`TestUnusualBackups/negative_ttl`,
		`{"value":.*ttl=-1h0m0s.*}`, `{"value":.*ttl=0s.*}`,
		"std::time::Duration cannot be negative; Velero rejects such a backup anyway"),
	improved(`TestUnusualBackups/names_in_capitals`,
		`{"value":.*name=n".*}`, `{"value":.*name=".*}`,
		"names are case-sensitive; Velero's encoder writes them as declared"),

	improved(`(TestOperations|TestExampleOperations)/.*(progress|cancel)_.*`,
		`{"error":{"code":"Unknown","located":false,"message":"operation ID .* is invalid"}}`, fails(`operation ID .* is invalid`),
		"has a source location"),

	improved(`TestObjectSizes/put_size-0`,
		fails(`EOF`), `{"error":{"code":"Unknown","located":(true|false),"message":"EOF: the host sent no message, as it does for an empty object: .*"}}`,
		"explains why an empty object cannot be stored"),
	improved(`TestObjectStoreArguments/signed_for_-1s`,
		`{"value":".*"}`, fails(`a ttl of -1000000000 ns is negative`),
		"a URL cannot have a negative time to live"),
	improved(`TestObjectStoreConfiguration/unknown_key`,
		fails(`config has invalid keys \[unknown\]; valid keys are \[.* caCert\]`),
		fails(`config has invalid keys \[unknown\]; valid keys are \[.* caCert credentialsFile\]`),
		"Velero also adds credentialsFile if a location has its own credentials"),

	improved(`TestConstructorThatFailsAtFirst/AppliesTo_without_construction`,
		`{"error":{.*"blocked by FILE"}}`, `{"value":null}`,
		"the declaration answers AppliesTo, because an error would fail a whole restore"),
	improved(`TestLongLogRecord/200000,_at_level_info`,
		`false`, `true`,
		"a record that exceeds go-plugin's buffer is truncated; Go's arrives in parts of 64 KiB at level debug"),
	improved(`TestHostileLogRecords/log-hostile/record`,
		`{"fields":{.*"fields.@message":5.*},"level":"info","message":"hostile fields"}`,
		`{"fields":{.*"field.@level":7,"field.@message":5,"field.@timestamp":9,.*"field.logSource":3,.*},"level":"info","message":"hostile fields"}`,
		"no field is lost, and none has a name that hosts reserve"),

	improved(`TestHandshakeLine/multiplexing(_off)?`,
		`{"line":"1\|2\|unix\|SOCKET\|grpc\|\|true\\n",.*}`, `{"line":"1\|2\|unix\|SOCKET\|grpc\|\|false\\n",.*}`,
		"multiplexing is only for brokers, which Velero does not use: the host is told that it is not supported"),
	improved(`TestMultiplexing/connect`,
		`{"value":null}`, `{"error":{.*"client requested gRPC broker multiplexing but plugin does not support the feature"}}`,
		"a host that requires multiplexing gets the error at the start"),
	improved(`TestSocketPlace/no_such_(directory|group)`,
		`{"answer":{"line":"","status":0},.*"says why":true.*}`, `{"answer":{"line":"","status":1},.*"says why":true.*}`,
		"a process that fails to start exits with a status other than 0"),
}

// fails matches a plugin's error with this message.
func fails(message string) string {
	return `{"error":{"code":"Unknown","located":true,"message":"` + message + `"}}`
}

func improved(on, twin, ours, reason string) *improvement {
	whole := func(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }
	return &improvement{on: whole(on), twin: whole(twin), ours: whole(ours), reason: reason}
}

// findImprovement returns the entry that allows this difference, or nil.
func findImprovement(on, twin, ours string) *improvement {
	for _, entry := range improvements {
		if entry.on.MatchString(on) && entry.twin.MatchString(twin) && entry.ours.MatchString(ours) {
			entry.seen = true
			return entry
		}
	}
	return nil
}
