package matrix

import "regexp"

// An improvement is an intended difference from the twin. Any other difference fails the run, and so does an improvement that does not
// occur in the whole matrix.
type improvement struct {
	// on matches the host, the kind, the call and the case.
	on *regexp.Regexp
	// twin and ours match the results as compact JSON.
	twin, ours *regexp.Regexp
	// reason explains why our result is better.
	reason string

	seen bool
}

// improvements lists all intended differences. The table refers to entries by their position.
var improvements = []*improvement{
	improved(`.*/ObjectStore/PutObject/nothing`,
		`{"error":{"code":"(Unknown|OutOfRange)","message":"EOF",.*`, fails(`EOF: the host sent no message, as it does for an empty object: .*`),
		"hosts send no message for an empty object, so it cannot be stored; the error explains this"),
	improved(`.*/ObjectStore/ListObjects/a request of 5 MiB`,
		`{"error":{"code":"ResourceExhausted",.*`, `{"value":.*`,
		"requests above gRPC's default limit of 4 MiB are accepted"),
	improved(`(ark|velero-0).*/ObjectStore/ListObjects/an answer of 5 MiB`,
		`.*trying to send message larger than max.*`, `.*received message larger than max.*`,
		"the host reports its own limit; Go plugins for Ark have another limit"),
	improved(`.*/ObjectStore/Init/unknown key`,
		fails(`config has invalid keys \[unknown\]; valid keys are \[.*\]`),
		fails(`config has invalid keys \[unknown\]; valid keys are \[.* caCert credentialsFile\]`),
		"the error lists all keys that a host may add"),
	improved(`.*/(Backup|Restore)ItemActionV2/(Progress|Cancel)/operation (unknown)?`,
		fails(`[oO]peration ID .* is invalid\.?`), fails(`operation ID .* is invalid`),
		"the error has a source location, and the text of the newest host"),
	improved(`.*/Harm/log fields/hostile fields`,
		`{"level":"info","message":"hostile fields","fields":{.*`,
		`{"level":"info","message":"hostile fields","fields":{.*"field.@level":7,"field.@message":5,"field.@timestamp":9,.*"field.logSource":3,.*`,
		"no field is lost, and none has a name that hosts reserve: hosts crash if its value is not text"),
	improved(`(ark|velero-0).*/(Log|Harm)/[^/]*/a record with an error`,
		`{"level":"error","message":"a record with an error","fields":{.*"error":"the cause",.*`,
		`{"level":"error","message":"a record with an error","fields":{.*"error":"the cause","error.file":"file:line","error.function":"function",.*`,
		"the record has the error's source location, which Ark's loggers for plugins lack"),
	improved(`(ark|velero-0).*/BackupItemAction/Execute/panic`,
		`{"error":{"code":"(Unavailable|Internal)",.*`, `{"error":{"code":"Aborted","message":"plugin panicked: it broke",.*`,
		"a panic fails one call; a Go plugin for Ark exits, with all its calls"),
	improved(`.*/Process/host killed/the plugin ends`,
		`false`, `true`,
		"exits with its host, even if the host is killed; a Go plugin runs forever"),
	improved(`.*/Process/(close|host killed)/sockets left`,
		`[1-9]`, `0`,
		"removes its socket: Ark kills a plugin that has not exited after 250 ms"),
	improved(`velero-1.2.0/Harm/flags of the server/.*`,
		`{"error":.*`, `({}|{"value":.*)`,
		"accepts --features, on which Go plugins of this version exit"),
}

// fails matches a plugin's error with this message.
func fails(message string) string {
	return `{"error":{"code":"Unknown","message":"` + message + `","located":(true|false)}}`
}

func improved(on, twin, ours, reason string) *improvement {
	whole := func(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?s:" + pattern + ")$") }
	return &improvement{on: whole(on), twin: whole(twin), ours: whole(ours), reason: reason}
}

// findImprovement returns the position of the entry that allows this difference, or -1.
func findImprovement(on, twin, ours string) int {
	for at, entry := range improvements {
		if entry.on.MatchString(on) && entry.twin.MatchString(twin) && entry.ours.MatchString(ours) {
			entry.seen = true
			return at
		}
	}
	return -1
}
