// Package conformance lets Velero's own client code drive plugins made with Plugwright and the same plugins made with Velero's
// framework in Go, with the same calls, and compares the answers. README.md says how to run it and what it compares.
package conformance

import "regexp"

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

// contextFields are on each of our log records, so that it says which call it is from. They are left out of comparisons and have
// a test of their own.
var contextFields = []string{"plugin", "pluginKind", "resource", "namespace", "name", "backup", "restore"}

// improvements is the whole list.
var improvements = []*improvement{
	improved(`(TestUnknownPluginName|TestNameOfAnotherKind)/.*`,
		fails(` plugin: .* was not found or has an invalid name format`),
		fails(`\w+ plugin .* not found in this binary; plugins of this kind: .*`),
		"names the kind, which Go's framework forgets (ServerMux.kind is never set), and the names that there are"),

	improved(`TestMalformedObjects/.*_(item|itemFromBackup|persistentVolume)_.*`,
		fails(`.*`), fails(`(item|itemFromBackup|PersistentVolume) from the host: .*`),
		"says which object is wrong; never quotes the object whole, which may be a Secret"),
	improved(`TestMalformedObjects/.*_(backup|restore)_.*`,
		fails(`.*`), fails(`invalid velero\.io/v1 (Backup|Restore)[:,] .*`),
		"says which object is wrong, and where in it"),
	improved(`TestMalformedObjects/.*_itemFromBackup_nothing`,
		fails(`unexpected end of JSON input`), `{"value":.*}`,
		"a server that does not know the item of the backup may leave it out"),
	improved(`TestMalformedObjects/.*_(lone_surrogate|no_UTF-8)`,
		`{"value":.*}`, fails(`.* is not JSON: .*`),
		"is no JSON text; Go puts another character in its place without a word. Velero's encoder never writes it"),
	improved(`TestMalformedObjects/.*/SetVolumeID_persistentVolume_odd_metadata`,
		`{"value":".*\[\].*"}`, `{"value":".*volume-id.*"}`,
		"the annotation is set; Go's setter gives up without a word where metadata is no object"),

	improved(`TestUnusualBackups/(malformed|text|fraction|ttl)_.*`,
		fails(`(json|time|parsing time).*`), fails(`invalid velero\.io/v1 Backup: (spec|status)\.\w+: .* at line \d+ column \d+`),
		"says which object is wrong, and where in it"),
	improved(`TestUnusualBackups/nulls`,
		fails(`time: invalid duration \\"\\"`), `{"value":.*ttl=0s.*}`,
		"null is the default in every field of Kubernetes' API; Go's metav1.Duration forgets that"),
	improved(`TestUnusualBackups/negative_ttl`,
		`{"value":.*ttl=-1h0m0s.*}`, `{"value":.*ttl=0s.*}`,
		"durations are std::time::Duration, which has no sign; Velero refuses such a backup anyway"),
	improved(`TestUnusualBackups/names_in_capitals`,
		`{"value":.*name=n".*}`, `{"value":.*name=".*}`,
		"names are read as they are declared, which is how Velero's encoder writes them"),

	improved(`(TestOperations|TestExampleOperations)/.*(progress|cancel)_.*`,
		`{"error":{"code":"Unknown","located":false,"message":"operation ID .* is invalid"}}`, fails(`operation ID .* is invalid`),
		"says where"),

	improved(`TestObjectSizes/put_size-0`,
		fails(`EOF`), `{"error":{"code":"Unknown","located":(true|false),"message":"EOF: the host sent no message, as it does for an empty object: .*"}}`,
		"says why a host's empty object can't be stored"),
	improved(`TestObjectStoreArguments/signed_for_-1s`,
		`{"value":".*"}`, fails(`a ttl of -1000000000 ns is negative`),
		"there is no URL that has ended before it begins"),
	improved(`TestObjectStoreConfiguration/unknown_key`,
		fails(`config has invalid keys \[unknown\]; valid keys are \[.* caCert\]`),
		fails(`config has invalid keys \[unknown\]; valid keys are \[.* caCert credentialsFile\]`),
		"Velero adds credentialsFile, too, where a location has a credential of its own"),

	improved(`TestConstructorThatFailsAtFirst/held_back,_AppliesTo`,
		`{"error":{.*"held back by FILE"}}`, `{"value":null}`,
		"AppliesTo is answered from the declaration: Velero gives up a whole restore for an error there"),
	improved(`TestLongLogRecord/200000,_at_level_info`,
		`false`, `true`,
		"a record that is longer than what go-plugin reads at once is cut; Go's arrives in pieces of 64 KiB, as debug"),
	improved(`TestHostileLogRecords/log-hostile/record`,
		`{"fields":{.*"fields.@message":5.*},"level":"info","message":"hostile fields"}`,
		`{"fields":{.*"field.@level":7,"field.@message":5,"field.@timestamp":9,.*"field.logSource":3,.*},"level":"info","message":"hostile fields"}`,
		"no field is lost, and none reaches the names that a host takes for its own"),

	improved(`TestHandshakeLine/multiplexing(_off)?`,
		`{"line":"1\|2\|unix\|SOCKET\|grpc\|\|true\\n",.*}`, `{"line":"1\|2\|unix\|SOCKET\|grpc\|\|false\\n",.*}`,
		"multiplexing is for brokers, which no plugin of Velero's uses: the host is told that it is not served"),
	improved(`TestMultiplexing/connect`,
		`{"value":null}`, `{"error":{.*"client requested gRPC broker multiplexing but plugin does not support the feature"}}`,
		"a host that insists hears it at the start"),
	improved(`TestSocketPlace/no_such_(directory|group)`,
		`{"answer":{"line":"","status":0},.*"says why":true.*}`, `{"answer":{"line":"","status":1},.*"says why":true.*}`,
		"a process that could not start does not end with status 0"),
}

// fails is an error of a plugin's with a message like that.
func fails(message string) string {
	return `{"error":{"code":"Unknown","located":true,"message":"` + message + `"}}`
}

func improved(on, twin, ours, reason string) *improvement {
	whole := func(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }
	return &improvement{on: whole(on), twin: whole(twin), ours: whole(ours), reason: reason}
}

// findImprovement is the entry that allows this difference, if there is one.
func findImprovement(on, twin, ours string) *improvement {
	for _, entry := range improvements {
		if entry.on.MatchString(on) && entry.twin.MatchString(twin) && entry.ours.MatchString(ours) {
			entry.seen = true
			return entry
		}
	}
	return nil
}
