package matrix

func finish() error { return nil }
