package matrix

import "regexp"

// An improvement is an outcome of ours that differs from the twin's by intention. Whatever else differs fails the run, and so does an
// improvement that the whole matrix has not shown.
type improvement struct {
	// on is the host, the kind, the call and the case.
	on *regexp.Regexp
	// twin and ours match the two outcomes, written as compact JSON.
	twin, ours *regexp.Regexp
	// reason says why ours is better.
	reason string

	seen bool
}

// improvements is the whole list; the table names entries by their place.
var improvements = []*improvement{
	improved(`.*/ObjectStore/PutObject/nothing`,
		`{"error":{"code":"(Unknown|OutOfRange)","message":"EOF",.*`, fails(`EOF: the host sent no message, as it does for an empty object: .*`),
		"an empty object can't be stored, because hosts send nothing at all for one: ours says why"),
	improved(`.*/ObjectStore/ListObjects/a request of 5 MiB`,
		`{"error":{"code":"ResourceExhausted",.*`, `{"value":.*`,
		"requests above gRPC's usual limit of 4 MiB are read"),
	improved(`(ark|velero-0).*/ObjectStore/ListObjects/an answer of 5 MiB`,
		`.*trying to send message larger than max.*`, `.*received message larger than max.*`,
		"the limit is the host's, and the host says so; Go's plugins for Ark have one of their own"),
	improved(`.*/ObjectStore/Init/unknown key`,
		fails(`config has invalid keys \[unknown\]; valid keys are \[.*\]`),
		fails(`config has invalid keys \[unknown\]; valid keys are \[.* caCert credentialsFile\]`),
		"names all keys that a host may add by itself"),
	improved(`.*/(Backup|Restore)ItemActionV2/(Progress|Cancel)/operation (unknown)?`,
		fails(`[oO]peration ID .* is invalid\.?`), fails(`operation ID .* is invalid`),
		"says where, and in the newest host's words"),
	improved(`.*/Harm/log fields/hostile fields`,
		`{"level":"info","message":"hostile fields","fields":{.*`,
		`{"level":"info","message":"hostile fields","fields":{.*"field.@level":7,"field.@message":5,"field.@timestamp":9,.*"field.logSource":3,.*`,
		"no field is lost, and none reaches the names that a host takes for its own: hosts end on those with a value that is no text"),
	improved(`(ark|velero-0).*/(Log|Harm)/[^/]*/a record with an error`,
		`{"level":"error","message":"a record with an error","fields":{.*"error":"the cause",.*`,
		`{"level":"error","message":"a record with an error","fields":{.*"error":"the cause","error.file":"file:line","error.function":"function",.*`,
		"says where the error was made, which Ark's loggers for plugins did not yet"),
	improved(`(ark|velero-0).*/BackupItemAction/Execute/panic`,
		`{"error":{"code":"(Unavailable|Internal)",.*`, `{"error":{"code":"Aborted","message":"plugin panicked: it broke",.*`,
		"a panic ends one call; a Go plugin for Ark ends with all its calls"),
	improved(`.*/Process/host killed/the plugin ends`,
		`false`, `true`,
		"ends with its host, however that ends; a Go plugin stays for ever"),
	improved(`.*/Process/(close|host killed)/sockets left`,
		`[1-9]`, `0`,
		"leaves no socket behind: Ark kills after 250 ms what does not end by itself"),
	improved(`velero-1.2.0/Harm/flags of the server/.*`,
		`{"error":.*`, `({}|{"value":.*)`,
		"takes --features, on which Go plugins of this version end"),
}

// fails is an error of the plugin's with a message like that.
func fails(message string) string {
	return `{"error":{"code":"Unknown","message":"` + message + `","located":(true|false)}}`
}

func improved(on, twin, ours, reason string) *improvement {
	whole := func(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?s:" + pattern + ")$") }
	return &improvement{on: whole(on), twin: whole(twin), ours: whole(ours), reason: reason}
}

// findImprovement is the place of the entry that allows this difference; -1 if there is none.
func findImprovement(on, twin, ours string) int {
	for at, entry := range improvements {
		if entry.on.MatchString(on) && entry.twin.MatchString(twin) && entry.ours.MatchString(ours) {
			entry.seen = true
			return at
		}
	}
	return -1
}
