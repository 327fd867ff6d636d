package matrix

var listingScenarios = []scenario{
	{name: "listing", on: func(h host) bool { return !h.files() }, play: func(s *session) {
		s.noteDiscovery()
		s.note("Listing/names by kind/all", s.ask(request{Call: "list"}))
	}},
	{name: "listing of files", on: host.files, play: func(s *session) {
		s.noteDiscovery()
		s.note("Listing/names by kind/files", s.ask(request{Call: "list"}))
	}},
	{name: "unknown names", play: func(s *session) {
		s.discover()
		for _, kind := range []string{"ObjectStore", "VolumeSnapshotter"} {
			s.note("Listing/unknown name/"+kind, s.plugin(kind, "unknown").ask("Init", object{}))
		}
	}},
}

// noteDiscovery records whether the host accepts the plugins.
func (s *session) noteDiscovery() {
	s.t.Helper()
	s.discovered = true
	s.note("Listing/discovery/accepted", s.ask(request{Call: "discover"}))
}
